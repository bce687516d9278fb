"""Faces of blocks and wires: their texts, from the document and its analysis."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache

from engine.types import Shape, show_shape
from nnstudio.canvas.items.block_item import Face
from nnstudio.canvas.items.tooltips import tip
from nnstudio.document.analysis import Analysis, learns
from nnstudio.document.block_stats import figures
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire
from nnstudio.document.problems import Severity

_OFF, _UNUSED = "off", "unused"
_REASONS = {
    _OFF: "Disabled: passes its input on unchanged.",
    _UNUSED: "Not part of the network: it feeds only disabled blocks that do not pass it on.",
}
_RENEWED = "New weights: this block was initialised again; the others keep their trained weights."
_FROZEN = "Frozen: its weights stay fixed while the others train."


# Most wires of a network carry one of few shapes.
_written = lru_cache(1024)(show_shape)


class KnownFaces:
    """The newest face of each block of a scene, with all that it was made from: of many blocks, an edit changes few."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[object, ...], Face]] = {}

    def face(self, block: Block, analysis: Analysis, *, renewed: bool = False, inputs: tuple[str, ...] = ()) -> Face:
        """The same as `block_face`; the very one from before where nothing has changed."""
        name, signature = block.name, analysis.signature
        made_from = (
            block.layer,
            block.disabled,
            block.frozen,
            analysis.reports.get(name),
            analysis.memory.get(name),
            analysis.problems.get(name),
            name in analysis.idle,
            signature.input_shape if signature is not None else None,
            renewed,
            inputs,
        )
        known = self._known.get(name)
        if known is not None and known[0] == made_from:
            return known[1]
        face = block_face(block, analysis, renewed=renewed, inputs=inputs)
        self._known[name] = made_from, face
        return face

    def keep_only(self, names: Container[str]) -> None:
        """Forget the faces of all other blocks."""
        for gone in [name for name in self._known if name not in names]:
            del self._known[gone]


def block_face(block: Block, analysis: Analysis, *, renewed: bool = False, inputs: tuple[str, ...] = ()) -> Face:
    """Face of a layer; `renewed` says that its weights started anew in a network that was trained already.

    `inputs` are the blocks that feed it, where their order matters.
    """
    layer = block.layer
    report = analysis.reports.get(block.name)
    count = ""
    notes: list[str] = []
    if report is not None and report.output is not None:
        count = f"{report.parameters:,} params" if report.parameters else ""
        notes.append(_arrow(report.inputs, report.output))
        notes.append(" · ".join(f"{title}: {text}" for title, text in figures(block.name, analysis).items()))
    if len(inputs) > 1:
        notes.append("Inputs in their order: " + ", ".join(f"{n} {name}" for n, name in enumerate(inputs, start=1)))
    off = _OFF if block.disabled else _UNUSED if block.name in analysis.idle else ""
    if off:
        notes.append(_REASONS[off])
    if renewed:
        notes.append(_RENEWED)
    frozen = block.frozen and not off and learns(analysis, block.name)
    if frozen:
        notes.append(_FROZEN)
    return Face(
        title=layer.title,
        name=block.name,
        detail=layer.summary(),
        count=count,
        icon=layer.icon,
        category=layer.category,
        tip=tip(layer.title, layer.help, layer.formula, layer.use, notes),
        problem=_sentence(analysis, block.name),
        off=off,
        note="new weights" if renewed else "",
        frozen=frozen,
    )


def input_face(document: Document, analysis: Analysis) -> Face:
    """Face of the data end."""
    dataset, signature = document.data.dataset, analysis.signature
    detail = count = ""
    if signature is not None:
        kinds, word = len(signature.classes), "label" if signature.multi_label else "target"
        detail = f"{kinds} classes" if kinds else f"{signature.targets} {word}" + ("s" if signature.targets > 1 else "")
        count = f"{signature.samples:,} samples" if signature.samples else "no samples yet"
    lesson = tip(f"Data: {dataset.title}", dataset.help)
    sentence, calm = _sentence(analysis, INPUT), _is_calm(analysis, INPUT)
    return Face(dataset.title, "data", detail, count, dataset.icon, "", lesson, sentence, calm=calm)


def output_face(document: Document, analysis: Analysis) -> Face:
    """Face of the loss end."""
    training = document.training
    rate = training.optimizer.learning_rate
    lesson = tip(f"Loss: {training.loss.title}", training.loss.help, training.loss.formula)
    way = f", {training.schedule.title.lower()}" if training.schedule is not None else ""
    detail = f"{training.optimizer.title}, rate {rate:g}{way}"
    title = training.loss.short or training.loss.title
    sentence, calm = _sentence(analysis, OUTPUT), _is_calm(analysis, OUTPUT)
    return Face(title, "loss", detail, "", "loss", "", lesson, sentence, calm=calm)


def _is_calm(analysis: Analysis, where: str) -> bool:
    """True if the problem there is no mistake: data that are not here yet, a network that is not finished."""
    problem = analysis.problems.get(where)
    return problem is not None and problem.severity is not Severity.ERROR


def wire_label(wire: Wire, analysis: Analysis) -> str:
    """Shape that flows through a wire, as text; "" while it is unknown."""
    if wire.source == INPUT:
        shape = analysis.signature.input_shape if analysis.signature is not None else None
    else:
        report = analysis.reports.get(wire.source)
        shape = report.output if report is not None else None
    return _written(shape) if shape is not None else ""


def labels_of(analysis: Analysis) -> dict[str, str]:
    """Wire labels by source: each block, and the data, where the shape is known."""
    shapes = {name: report.output for name, report in analysis.reports.items()}
    if analysis.signature is not None:
        shapes[INPUT] = analysis.signature.input_shape
    return {name: _written(shape) for name, shape in shapes.items() if shape is not None}


def _arrow(inputs: tuple[Shape | None, ...], output: Shape) -> str:
    return f"{', '.join(_written(shape) for shape in inputs if shape is not None)} → {_written(output)}"


def _sentence(analysis: Analysis, name: str) -> str:
    problem = analysis.problems.get(name)
    return problem.sentence if problem is not None else ""
