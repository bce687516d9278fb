"""Numbers of a network that were set by hand between two steps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from engine.backends.base import NetworkLike
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.recorder import Course


@dataclass(frozen=True)
class BeforeEdit:
    """State of a run before a number was set by hand.

    Attributes:
        edit: the edit that brings the number back. step: the step at which it was set.
        learnt: something was there to be kept: trained weights, or numbers set by hand.
        course: state of the recorder.
    """

    edit: ParameterEdit
    step: int
    learnt: bool
    course: Course


class HandEdits:
    """Record of the numbers set by hand since the last step, and of how many there were in all.

    A number that is set back to what training has made of it no longer counts as set by hand.

    Attributes:
        count: how many times a number was set.
    """

    def __init__(self) -> None:
        self.count = 0
        self._step = 0
        # What the numbers were, by name and place.
        self._before: dict[tuple[str, tuple[int, ...]], float] = {}

    def __bool__(self) -> bool:
        """True if a number differs from what training has made of it, as of the last edit."""
        return bool(self._before)

    @property
    def names(self) -> tuple[str, ...]:
        """Parameters of which numbers are set by hand, in the order in which they were."""
        return tuple(dict.fromkeys(name for name, _ in self._before))

    def write(self, network: NetworkLike, edit: ParameterEdit, step: int) -> None:
        """Set a number of the network, after so many steps."""
        array = np.array(network.parameters[edit.name])
        old = float(array[edit.index])
        array[edit.index] = edit.value
        network.take_parameters({edit.name: array})
        self.count += 1
        if step != self._step:
            self._before, self._step = {}, step
        place = edit.name, edit.index
        if self._before.setdefault(place, old) == float(array[edit.index]):
            del self._before[place]


def reverse(network: NetworkLike, edit: ParameterEdit) -> ParameterEdit | None:
    """Edit that brings back what an edit is about to overwrite; None where there is no such number."""
    array = network.parameters.get(edit.name)
    if array is None or len(edit.index) != array.ndim:
        return None
    if any(not 0 <= place < size for place, size in zip(edit.index, array.shape, strict=True)):
        return None
    return replace(edit, value=float(array[edit.index]))
