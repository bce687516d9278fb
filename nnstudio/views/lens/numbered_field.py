"""Narrow fields for whole numbers that say what they count."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

# Room for arrows and edges, in pixels.
_ARROWS = 36


def numbered(name: str, prefix: str, help_: str, bounds: tuple[int, int] = (1, 1)) -> QSpinBox:
    """Field with an object name, a prefix such as "stride ", a tooltip, and bounds."""
    box = QSpinBox()
    box.setObjectName(name)
    box.setPrefix(prefix)
    box.setRange(*bounds)
    box.setAccessibleName(help_)
    box.setToolTip(help_)
    box.setMaximumWidth(field_width(box, f"{prefix}{bounds[1]}"))
    return box


def count_up_to(box: QSpinBox, most: int) -> None:
    """Let a field count from 1 to `most`, and say so: "map 3/8"."""
    box.setRange(1, max(most, 1))
    box.setSuffix(f"/{most}")
    box.setMaximumWidth(field_width(box, f"{box.prefix()}{most}/{most}"))


def field_width(box: QWidget, longest: str) -> int:
    """Width in which a field shows a text."""
    return box.fontMetrics().horizontalAdvance(longest) + _ARROWS
