"""Weights export for `engine.Network.load`: tensors with the network's description."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nnstudio.export.base import Exporter

if TYPE_CHECKING:
    from nnstudio.training.project import Project


# Where the metadata hold the preparation, as JSON that `engine.data.Preparation` reads.
PREPARATION = "preparation"


class Safetensors(Exporter):
    """Weights in .safetensors, with the network's description and the preparation of its data in the metadata.

    The network itself takes numbers as they were in training. Disabled blocks are left out.
    """

    title: ClassVar[str] = "Safetensors: the trained network, for engine.Network.load"
    help: ClassVar[str] = (
        "Weights as tensors by name, with the network's description and the data's preparation in the metadata. "
        "Network.load reads it; other programs read the tensors."
    )
    format = "safetensors"
    suffix = ".safetensors"

    def why_not(self, project: Project) -> str:
        return "" if project.trained else "Nothing has been trained yet, so there are no weights. Train first."

    def write(self, project: Project, path: Path) -> None:
        from engine.backends.computing import Computing
        from nnstudio.document.analysis import analyse_with
        from nnstudio.training.build import build
        from nnstudio.training.export_subject import known_preparation

        document, made = project.document, project.checkpoint
        # The data need not be there: a trained project, and an imported one, know their shape.
        preparation = known_preparation(document, made)
        analysis = analyse_with(document, preparation.signature) if preparation is not None else None
        # Without what was fitted on the data, nobody could tell what the network takes and gives.
        known = {} if preparation is None else {PREPARATION: preparation.model_dump_json(exclude_none=True)}
        build(document, analysis, made.weights, Computing()).save(path, known)
