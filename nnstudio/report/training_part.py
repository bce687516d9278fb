"""Part of the report on training: curves, settings, and the network's blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine import metrics
from engine.declared import Declared, FieldInfo, describe
from engine.errors import SpecError
from engine.types import show_shape
from nnstudio.document.analysis import analyse, analyse_with
from nnstudio.document.block_stats import amount
from nnstudio.document.model import TrainingSettings
from nnstudio.report.axes import Axes, limits
from nnstudio.report.page import figure, key, row, section, table
from nnstudio.report.subject import Subject
from nnstudio.training.checkpoint import Curve

# From this ratio on, an axis is logarithmic, as in the window.
_LOG_FROM = 50
# Characters of a setting.
_LONGEST = 200


def curves(subject: Subject) -> str:
    """Curves of loss and metrics over the epochs."""
    known = subject.checkpoint.curves
    names = [name for name in known if not name.startswith("val_") and len(known[name].y)]
    # The loss first, whatever the project has first.
    names.sort(key=lambda name: name != "loss")
    drawn = [figure(_curve(name, known), f"{_title(name)} over the epochs.", _legend(name, known)) for name in names]
    return section("Training", row(*drawn)) if drawn else ""


def _curve(name: str, known: Mapping[str, Curve]) -> str:
    pair = [curve for each in (name, f"val_{name}") if (curve := known.get(each)) is not None and len(curve.y)]
    up = limits(*(curve.y for curve in pair))
    log = name == "loss" and up[0] > 0 and up[1] / up[0] > _LOG_FROM
    if not log and up[0] >= 0:
        up = limits(*(curve.y for curve in pair), zero=name == "loss")
    axes = Axes(_title(name), limits(*(curve.x for curve in pair), zero=True), up, ("epoch", _title(name)), log=log)
    for curve, kind in zip(pair, ("measure", "held"), strict=False):
        axes.line(curve.x, curve.y, kind)
        if len(curve.y) == 1:
            axes.dots(curve.x, curve.y)
    return axes.svg()


def _legend(name: str, known: Mapping[str, Curve]) -> str:
    held = f"val_{name}" in known and len(known[f"val_{name}"].y) > 0
    return key([("measure", "training"), *([("held", "validation")] if held else [])])


def _title(name: str) -> str:
    if name == "loss":
        return "Loss"
    try:
        return metrics.get(name).title
    except SpecError:
        return name


def settings(subject: Subject) -> str:
    """Settings of data and training, with the seeds."""
    data, training = subject.document.data, subject.document.training
    lines = [
        ("Data", _words(data.dataset)),
        (
            "Split",
            f"{data.validation:.0%} validation, {data.test:.0%} test, {data.split_by}, seed {data.split_seed}",
        ),
    ]
    lines += [("Preparation", _words(step)) for step in data.used_steps]
    lines += _training_lines(training)
    made = subject.checkpoint
    lines.append(("Trained", f"{made.epoch:,} epochs, {made.step:,} steps"))
    return section("Settings", table(("Setting", "Value"), lines, left=True))


def _training_lines(training: TrainingSettings) -> Iterator[tuple[str, str]]:
    yield "Loss", _words(training.loss)
    yield "Optimiser", _words(training.optimizer)
    yield "Batch size", f"{training.batch_size:,}{'' if training.shuffle else ', not shuffled'}"
    yield "Seed", str(training.seed)
    if training.class_weight != "none":
        yield "Class weights", training.class_weight.replace("_", " ")
    for title, part in (
        ("Schedule", training.schedule),
        ("Gradient clipping", training.clipping),
        ("Regularisation", training.penalty),
        ("Early stopping", training.early_stopping),
    ):
        if part is not None:
            yield title, _words(part)


def _words(part: Declared) -> str:
    """Title of a declaration with its settings."""
    fields = [f"{field.title.lower()}: {_value(field, getattr(part, field.name))}" for field in describe(type(part))]
    return f"{part.title} ({', '.join(fields)})" if fields else part.title


def _value(field: FieldInfo, value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if value is None or value == "":
        return field.none or "none"
    if field.kind in ("file", "folder"):
        # Where it lies is nobody's business to whom the page is sent.
        return Path(str(value)).name
    return str(value)[:_LONGEST]


def network(subject: Subject) -> str:
    """Blocks of the network in the order of the data, with shapes and parameters."""
    document, known = subject.document, subject.checkpoint.preparation
    analysis = analyse(document) if known is None else analyse_with(document, known.signature)
    lines = [
        (
            name,
            document.block(name).layer.title,
            show_shape(report.output) if report.output is not None else "",
            amount(report.parameters),
        )
        for name, report in analysis.reports.items()
        if name not in analysis.idle
    ]
    total = int(np.sum([report.parameters for name, report in analysis.reports.items() if name not in analysis.idle]))
    lines.append(("All", "", "", amount(total)))
    return section("Network", table(("Block", "Layer", "Output", "Parameters"), lines, means=1))
