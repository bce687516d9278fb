"""Command `nnstudio summary`: layers, shapes and parameters of a project."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.document.model import TrainingSettings
    from nnstudio.training.project import Project


def run(options: argparse.Namespace) -> int:
    """Print the layers, shapes and parameters of a project, and how it is trained. Raises EngineError."""
    from engine.backends.computing import Computing
    from nnstudio.document.active_graph import active
    from nnstudio.document.analysis import analyse, analyse_with
    from nnstudio.document.block_stats import memory
    from nnstudio.document.problems import count
    from nnstudio.project.project_file import load
    from nnstudio.training.build import build

    project = load(options.file, trusted=options.allow_outside)
    document = project.document
    # A trained project knows the shape of its data, which need not be there.
    known = project.checkpoint.preparation.source_signature if project.checkpoint.preparation is not None else None
    analysis = analyse(document, known)
    seen = analysis.signature if known is not None else None
    shapes = analyse_with(document, seen) if seen is not None else None
    print(build(document, shapes, computing=Computing()).summary())
    print(f"training takes about {memory(document, analysis)}")
    for remark in analysis.remarks:
        print(f"{remark.severity.value}: {remark.where}: {remark.sentence}")
    if analysis.dismissed:
        print(f"dismissed: {count(analysis.dismissed)}")
    idle = active(document).idle
    if idle:
        print(f"disabled: {', '.join(block.name for block in document.blocks if block.name in idle)}")
    frozen = [block.name for block in document.blocks if block.frozen and block.name not in idle]
    if frozen:
        print(f"frozen: {', '.join(frozen)}")
    training, data = document.training, document.data
    parts = (training.schedule, training.clipping, training.penalty, training.early_stopping)
    extra = [part.title.lower() for part in parts if part is not None]
    extra += _class_weights(training, analysis.signature.classes if analysis.signature is not None else ())
    print(
        f"\ndata: {data.dataset.title}, {data.validation:.0%} for validation\n"
        f"training: {training.loss.title}, {training.optimizer.title} (learning rate "
        f"{training.optimizer.learning_rate:g}), batch size {training.batch_size}, {training.epochs} epochs"
        f"{', with ' if extra else ''}{', '.join(extra)}\n"
        f"trained: {_progress(project)}"
    )
    return 0


def _progress(project: Project) -> str:
    """Progress of a project's training, in words."""
    if not project.trained:
        return "not yet"
    changed = "; the network, its loss or its data have changed since" if "loss" in project.stale else ""
    return f"{project.checkpoint.epoch} epochs, {project.checkpoint.step} steps{changed}"


def _class_weights(training: TrainingSettings, classes: Sequence[str]) -> list[str]:
    """Class weights in words, if they are not all equal."""
    match training.class_weight:
        case "none":
            return []
        case "balanced":
            return ["balanced class weights"]
        case "by_hand":
            own = [f"{name}: {weight:g}" for name in classes if (weight := training.weight_of(name)) != 1]
            return [f"class weights by hand ({', '.join(own) or 'all 1'})"]
