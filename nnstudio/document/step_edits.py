"""Edits of the steps that prepare the data: add, take out, move, switch, set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.data import Signature
from engine.data.steps import STEPS, Augmentation, ScaleInputs, Step
from engine.errors import SpecError
from nnstudio.document.edits import set_data
from nnstudio.document.model import Document
from nnstudio.document.preparing import prepared


def add(document: Document, step: Step, place: int | None = None) -> Document:
    """Add a step at a place; at the end by default."""
    steps = list(document.data.steps)
    steps.insert(len(steps) if place is None else place, step)
    return set_data(document, steps=tuple(steps))


def take_out(document: Document, index: int) -> Document:
    """Take one step out. Raises IndexError."""
    steps = list(document.data.steps)
    del steps[index]
    return set_data(document, steps=tuple(steps))


def move(document: Document, index: int, by: int) -> Document:
    """Move a step so many places down the list, or up; as far as the list goes."""
    steps = list(document.data.steps)
    place = min(max(index + by, 0), len(steps) - 1)
    steps.insert(place, steps.pop(index))
    return set_data(document, steps=tuple(steps))


def change(document: Document, index: int, **changes: Any) -> Document:
    """Set fields of one step. Raises SpecError if a value is not allowed."""
    steps = list(document.data.steps)
    steps[index] = steps[index].with_changes(**changes)
    return set_data(document, steps=tuple(steps))


def beginning(kind: type[Step], source: Signature | None) -> Step:
    """Step of a kind with the settings that suit such data, such as one scale from 0 to 1 for pictures."""
    if kind is ScaleInputs and source is not None and len(source.input_shape) > 1:
        return ScaleInputs(method="min_max", per="all")
    if issubclass(kind, Augmentation) and source is not None and len(source.input_shape) > 1:
        return kind.suited(source)
    return kind()  # type: ignore[call-arg]  # every field of a step has a default


def unfit(document: Document, kind: type[Step], source: Signature | None) -> str:
    """Reason why a further step of a kind cannot be added, as a sentence; "" where it can."""
    if source is None:
        return ""
    try:
        before = prepared(document.data, source)
    except SpecError:
        return ""  # another step is in the way, of which the panel tells
    try:
        beginning(kind, source).check(replace(before))
    except SpecError as error:
        return error.message
    return ""


def kinds() -> tuple[type[Step], ...]:
    """Kinds of steps to choose from, in the order of their titles; those that augment pictures come last."""
    return tuple(sorted(STEPS.values(), key=lambda kind: (issubclass(kind, Augmentation), kind.title)))
