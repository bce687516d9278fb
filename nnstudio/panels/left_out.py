"""List of what of a source was left out, with reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit

from engine.data.samples import Skipped
from nnstudio.panels.section import Section

# So many lines can be looked through; a longer list is for the command line.
_MOST = 2000
_HEIGHT = 140


class LeftOut(Section):
    """Section with what was left out, as lines that can be copied; hidden where nothing was."""

    def __init__(self) -> None:
        self._lines = QPlainTextEdit()
        self._lines.setObjectName("leftOut")
        self._lines.setAccessibleName("Left out, with reasons")
        self._lines.setReadOnly(True)
        self._lines.setFixedHeight(_HEIGHT)
        super().__init__("leftOut", "Left out", self._lines)
        self._shown: tuple[Skipped, ...] = ()
        self.hide()

    def show_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Show what was left out."""
        self.setVisible(bool(skipped))
        if tuple(skipped) == self._shown:
            return
        self._shown = tuple(skipped)
        lines = [f"{name} {reason}" for name, reason in skipped[:_MOST]]
        if len(skipped) > _MOST:
            lines.append(f"and {len(skipped) - _MOST:,} more; nnstudio data lists all of them")
        self._lines.setPlainText("\n".join(lines))
        self.summarise(f"{len(skipped):,}")
