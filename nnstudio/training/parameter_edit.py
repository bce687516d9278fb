"""Parameter edit: one number of the network, set by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ParameterEdit:
    """One number of a parameter, set by a person.

    Attributes:
        name: full name of the parameter ("dense_1.weight"). index: place in its array.
        value: the new number.
        gesture: consecutive edits of the same number with the same gesture, as when a slider is dragged, are one step
            of the undo history; 0 for a step of its own.
    """

    name: str
    index: tuple[int, ...]
    value: float
    gesture: int = 0

    @property
    def title(self) -> str:
        """Name of the step in the undo history: "Set weight of dense_1"."""
        block, _, key = self.name.rpartition(".")
        return f"Set {key} of {block}"

    def continues(self, other: ParameterEdit) -> bool:
        """True if this edit and an earlier one are one step."""
        same = (self.name, self.index, self.gesture) == (other.name, other.index, other.gesture)
        return same and self.gesture != 0
