"""Strip of a block's units, small: a thumbnail of each, or a bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]

# So many thumbnails and bars have room in a strip; of more units, the first are shown, and how many there are.
MOST_THUMBNAILS, MOST_BARS = 8, 32


@dataclass(frozen=True, eq=False)
class UnitStrip:
    """Values of a block's units, to be drawn small.

    Attributes:
        values: (units, height, width) for a thumbnail of each, row 0 at the top, or (units,) for bars. Units that have
            no room may be left out.
        total: how many units the block has.
        reach: the value of the full colour, and of the highest bar.
        describe: sentence on one of the units, by its number, counted from 0.
    """

    values: Array
    total: int
    reach: float
    describe: Callable[[int], str]

    @property
    def bars(self) -> bool:
        """True if each unit is a single number."""
        return self.values.ndim == 1

    @property
    def shown(self) -> int:
        """Number of units that are drawn: one place is taken by the number of those that are not."""
        most = MOST_BARS if self.bars else MOST_THUMBNAILS
        return self.total if self.total <= most else most - (6 if self.bars else 1)
