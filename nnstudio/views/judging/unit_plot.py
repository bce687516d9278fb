"""Plot of fractions against fractions."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nnstudio.views.plotting import ThemedPlot

_ROOM = 0.06
_TICKS = [(place / 10, f"{place / 10:g}") for place in range(0, 11, 2)]


class UnitPlot(ThemedPlot):
    """Plot of the unit square, with both of its ends on the axes."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        for axis in ("left", "bottom"):
            self.getAxis(axis).setTicks([_TICKS])
        self.fit(-_ROOM, 1 + _ROOM, -_ROOM, 1 + _ROOM)
