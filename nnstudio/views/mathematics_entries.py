"""Entries of the mathematics lens: the formulas of a block and of its update, with their numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.mathematics import Step
from nnstudio.training.requests.block_mathematics import MathematicsPicture
from nnstudio.training.requests.block_update import UpdatePicture, UpdateStep
from nnstudio.views.array_canvas import Shown
from nnstudio.views.plotting import short

Array = NDArray[Any]
# Results of the engine and of the readable functions agree up to the rounding of their number type.
_ROUNDING = 1e-4
# Letters by which the formulas of optimisers call what they take.
_LETTERS = {
    "learning_rate": "η",
    "step": "t",
    "velocity": "v",
    "first": "m",
    "second": "s",
    "square": "s",
    "total": "s",
}
# Names of the arrays that an update of a parameter computes.
UPDATED = ("new w", "new w − w")
# Name of the step's result, the parameter of an update or "", place in the update.
Key = tuple[str, str, int]


@dataclass(frozen=True, eq=False)
class Entry:
    """One formula in the lens.

    Attributes:
        key: tells it from the others of its block. title: as a person reads it.
        result: array that it computes.
        show: makes the arrays that it takes, and its result, ready to be drawn.
        tell: compares the result with the engine's, or says where the numbers of an update come from.
    """

    key: Key
    title: str
    step: Step
    result: Array
    # Only one entry is on display, and large arrays take their time.
    show: Callable[[], Sequence[Shown]]
    tell: Callable[[], str]


def entries_of(picture: MathematicsPicture, update: UpdatePicture | None) -> tuple[Entry, ...]:
    """Entries of a block: forward and backward, then the next update of its parameters if that is known."""
    found = [
        Entry(
            (step.name, "", 0),
            step.title,
            step,
            np.asarray(picture.values[step.name]),
            partial(arrays_of, step, picture),
            partial(_agreement, picture, step.name),
        )
        for step in picture.steps
    ]
    return (*found, *(() if update is None else map(_of_update, update.steps, [update.remark] * len(update.steps))))


def symbol(name: str) -> str:
    """Name of an array as it is written in a formula: "∂E/∂x"."""
    found = re.fullmatch(r"d([xyz](?:_\d+)?)|d_(\w+)", name)
    return f"∂E/∂{found[1] or found[2]}" if found else name


def arrays_of(step: Step, picture: MathematicsPicture) -> Sequence[Shown]:
    """Arrays that a step takes, and the one that it computes."""
    names: list[str] = []
    for name in step.needs:
        names += [other for other in picture.values if other.startswith("x_")] if name == "inputs" else [name]
    taken = [Shown(symbol(name), picture.values[name]) for name in names]
    return [*taken, Shown(symbol(step.name), picture.values[step.name], "=")]


def _of_update(each: UpdateStep, remark: str) -> Entry:
    key = each.step.name, each.parameter, each.number
    return Entry(
        key,
        each.title,
        each.step,
        each.result,
        partial(_update_arrays, each),
        lambda: f"{remark} Nothing is changed before the step is made.",
    )


def _update_arrays(update: UpdateStep) -> list[Shown]:
    name, taken, result = update.step.name, update.taken, update.result
    letter = _LETTERS.get(name, name)
    arrays = [Shown(_LETTERS.get(each, each), array) for each, array in taken.items()]
    arrays.append(Shown(f"new {letter}" if name in taken else letter, result, "="))
    if name == "w":
        # Most updates are too small to be seen in the parameter itself.
        arrays.append(Shown(UPDATED[1], result - taken[name]))
    return arrays


def _agreement(picture: MathematicsPicture, name: str) -> str:
    """Comparison of a result with the engine's, as a sentence."""
    difference = picture.difference(name)
    if difference is None:
        return "An intermediate result, which the engine does not keep."
    if difference == 0:
        return "Equal to what the engine computed."
    if difference < _ROUNDING:
        return f"Equal to what the engine computed, up to rounding ({short(difference, 1)} of the largest number)."
    return f"Differs from what the engine computed by {short(difference, 2)} of the largest number."
