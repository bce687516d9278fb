"""Edits of the steps that prepare the data: add, take out, move, switch, set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from engine.data import Signature
from engine.data.steps import STEPS, Augmentation, ScaleInputs, Step
from engine.errors import SpecError
from nnstudio.document.edits import set_data
from nnstudio.document.model import DataSettings, Document
from nnstudio.document.preparing import prepared

# The field of a data set by which older projects, and the command line, scale its inputs before all steps.
SCALED: Final = "standardize"


def listed(data: DataSettings) -> tuple[Step, ...]:
    """Steps as a person sees them: what a data set does by its own setting is the first of them.

    Both ways give the same numbers, and there is one place to look at and to change them.
    """
    return (ScaleInputs(), *data.steps) if data.dataset.standardised else data.steps


def _with(document: Document, steps: Sequence[Step]) -> Document:
    """Document with these steps, as they are listed. The setting of the data set is as it was while its step is."""
    data, kept = document.data, tuple(steps)
    if not data.dataset.standardised:
        return set_data(document, steps=kept)
    if kept and kept[0] == ScaleInputs():
        return set_data(document, steps=kept[1:])
    return set_data(document, dataset=data.dataset.with_changes(**{SCALED: False}), steps=kept)


def add(document: Document, step: Step, place: int | None = None) -> Document:
    """Add a step at a place; at the end by default."""
    steps = list(listed(document.data))
    steps.insert(len(steps) if place is None else place, step)
    return _with(document, steps)


def take_out(document: Document, index: int) -> Document:
    """Take one step out. Raises IndexError."""
    steps = list(listed(document.data))
    del steps[index]
    return _with(document, steps)


def move(document: Document, index: int, by: int) -> Document:
    """Move a step so many places down the list, or up; as far as the list goes."""
    steps = list(listed(document.data))
    place = min(max(index + by, 0), len(steps) - 1)
    steps.insert(place, steps.pop(index))
    return _with(document, steps)


def change(document: Document, index: int, **changes: Any) -> Document:
    """Set fields of one step. Raises SpecError if a value is not allowed."""
    steps = list(listed(document.data))
    steps[index] = steps[index].with_changes(**changes)
    return _with(document, steps)


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
