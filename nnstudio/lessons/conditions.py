"""Conditions of lessons: what a person has to do before the next step, in a closed set of sentences.

None of them is evaluated as code: each sentence fits one of the forms below, or is refused.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.layers import REGISTRY
from nnstudio.document.model import Document
from nnstudio.document.probe import OwnSample, Probe, SampleRef, UnitRef
from nnstudio.training.messages import RunState


@dataclass(frozen=True)
class Moment:
    """Moment in the window, as conditions see it.

    Attributes:
        selected: name of the selected block, "" for none.
        epoch, step: of the newest snapshot. values: newest values by the names in `QUANTITIES`.
        docks: names of the docks in sight. layout: name of the arrangement.
        lens: block and step in the mathematics lens.
        answered: the exercise of this step was answered rightly.
    """

    document: Document
    probe: Probe
    selected: str = ""
    unit: UnitRef | None = None
    state: RunState = RunState.EMPTY
    values: Mapping[str, float] = field(default_factory=dict)
    docks: frozenset[str] = frozenset()
    layout: str = ""
    lens: tuple[str, str] = ("", "")
    answered: bool = False


# Of the present moment, and of the one at which the step of the lesson began.
Check = Callable[[Moment, Moment], bool]

QUANTITIES = (
    "epoch",
    "step",
    "loss",
    "validation loss",
    "accuracy",
    "validation accuracy",
    "learning rate",
    "batch size",
)
_COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"


@dataclass(frozen=True)
class Form:
    """Form of a condition: its pattern, an example, and what makes a check of its parts.

    `make` raises ValueError where a part names nothing that exists.
    """

    pattern: str
    example: str
    make: Callable[..., Check]


def _layer(kind: str, what: str) -> Check:
    if kind not in REGISTRY:
        raise ValueError(f"there is no layer {kind}; the names are those of the palette, such as Dense")
    way = 1 if what == "added" else -1
    return lambda now, start: way * (_count(now.document, kind) - _count(start.document, kind)) > 0


def _count(document: Document, kind: str) -> int:
    return sum(block.layer.type_name() == kind for block in document.blocks)


def _compare(quantity: str, comparison: str, number: str) -> Check:
    compare, bound = _COMPARISONS[comparison], float(number)
    return lambda now, _: quantity in now.values and bool(compare(now.values[quantity], bound))


def _selected(name: str) -> Check:
    def check(now: Moment, _: Moment) -> bool:
        return now.selected == name or _kind(now.document, now.selected) == name

    return check


def _kind(document: Document, name: str) -> str:
    """Name of the layer of a block; "" if there is no such block."""
    return document.block(name).layer.type_name() if name and document.has_block(name) else ""


def _able(name: str, what: str) -> Check:
    wanted = what == "disabled"
    return lambda now, _: now.document.has_block(name) and now.document.block(name).disabled is wanted


def _probe(part: str, number: str) -> Check:
    if int(number) < 1:
        raise ValueError("samples are counted from 1")
    wanted = SampleRef("train" if part == "training" else "validation", int(number) - 1)
    return lambda now, _: now.probe == wanted


def _state(*wanted: RunState) -> Callable[[], Check]:
    return lambda: lambda now, _: now.state in wanted


_QUANTITY = "|".join(sorted(QUANTITIES, key=len, reverse=True))
FORMS: tuple[Form, ...] = (
    Form(rf"layer ({_NAME}) (added|removed)", "layer Dense added", _layer),
    Form(rf"block ({_NAME}) (disabled|enabled)", "block dropout_1 disabled", _able),
    Form(rf"({_QUANTITY}) (<=|>=|==|<|>) ({_NUMBER})", "epoch >= 5", _compare),
    Form("playing", "playing", _state(RunState.RUNNING)),
    Form("paused", "paused", _state(RunState.PAUSED, RunState.FINISHED)),
    Form("finished", "finished", _state(RunState.FINISHED)),
    Form("failed", "failed", _state(RunState.FAILED)),
    Form(rf"selected ({_NAME})", "selected dense_1", _selected),
    Form(r"probe is (training|validation) (\d{1,9})", "probe is training 3", _probe),
    Form("probe is own", "probe is own", lambda: lambda now, _: isinstance(now.probe, OwnSample)),
    Form("probe changed", "probe changed", lambda: lambda now, start: now.probe != start.probe),
    Form(
        rf"unit of ({_NAME}) chosen",
        "unit of conv2d_1 chosen",
        lambda name: lambda now, start: now.unit is not None and now.unit.block == name and now.unit != start.unit,
    ),
    Form(rf"dock ({_NAME}) shown", "dock networkView shown", lambda name: lambda now, _: name in now.docks),
    Form(
        r"layout (build|watch|understand)",
        "layout understand",
        lambda name: lambda now, _: now.layout == name,
    ),
    Form(
        rf"mathematics of ({_NAME}) at ({_NAME})",
        "mathematics of dense_1 at d_weight",
        lambda block, step: lambda now, _: now.lens == (block, step),
    ),
    Form("answer correct", "answer correct", lambda: lambda now, _: now.answered),
)


def parse(text: str) -> Check:
    """Check that a sentence stands for. Raises ValueError, with all forms, where it fits none."""
    words = " ".join(text.split())
    for form in FORMS:
        found = re.fullmatch(form.pattern, words)
        if found:
            return form.make(*found.groups())
    examples = ", ".join(f"“{form.example}”" for form in FORMS)
    raise ValueError(f"this is no condition; write one like these: {examples}")
