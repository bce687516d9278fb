"""Transfer weights from one network into another, and report which fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.checks import expect_kind, shown
from engine.errors import DataError, one_line
from engine.types import Array, show_shape

# So many names stand in a line of a report.
_MOST_NAMED = 40


@dataclass(frozen=True)
class Transfer:
    """Result of a weight transfer.

    Attributes:
        matched: names whose arrays were taken over.
        missing: own names that the source does not have.
        misfits: own names whose array has another shape there: (there, here).
        left_over: names of the source that are not own ones.
    """

    matched: tuple[str, ...]
    missing: tuple[str, ...]
    misfits: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]
    left_over: tuple[str, ...]

    @property
    def missed(self) -> list[str]:
        """Own names for which nothing was taken over."""
        return [*self.missing, *self.misfits]

    def __str__(self) -> str:
        shapes = [
            f"{one_line(name)} ({show_shape(there)} there, {show_shape(here)} here)"
            for name, (there, here) in self.misfits.items()
        ]
        lines = [f"copied: {len(self.matched)} of {len(self.matched) + len(self.missed)}"]
        for title, names in (("missing", self.missing), ("different shape", shapes), ("unused", self.left_over)):
            if names:
                more = f", and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
                lines.append(f"{title}: {', '.join(map(one_line, names[:_MOST_NAMED]))}{more}")
        return "\n".join(lines)


def transfer(source: Mapping[str, Array], target: Mapping[str, Array]) -> Transfer:
    """Copy all arrays whose name and shape agree into `target`'s. Raises DataError if the sources are not arrays."""
    expect_kind(source, Mapping, "the weights to copy", "a mapping from name to array", DataError)
    for name, array in source.items():
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise DataError(f"the weights to copy must be arrays of numbers, but {shown(name)} is {shown(array)}")
    common = [name for name in target if name in source]
    matched = [name for name in common if source[name].shape == target[name].shape]
    for name in matched:
        target[name][...] = source[name]
    return Transfer(
        tuple(matched),
        tuple(name for name in target if name not in source),
        {name: (source[name].shape, target[name].shape) for name in common if name not in matched},
        tuple(name for name in source if name not in target),
    )
