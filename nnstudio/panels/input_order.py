"""Input order of a merge block, with buttons that change it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from nnstudio.document import ports
from nnstudio.document.model import Wire, shown_name
from nnstudio.panels.form import LABEL_WIDTH
from nnstudio.store import Store
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel, text_label

_IDLE = "Their order matters only while the block is disabled: the first one passes."


class InputOrder(QWidget):
    """List of a merge block's inputs: number, source, and buttons to move."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.setObjectName("inputOrder")
        self._store = store
        self._lines: list[_Line] = []
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._note = text_label(_IDLE, "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._grid)
        column.addWidget(self._note)

    def show_inputs(self, name: str) -> None:
        """Show the inputs of a block; nothing where their order does not matter."""
        document = self._store.document
        wires = [wire for wire in document.wires if wire.target == name]
        self.setVisible(len(wires) > 1)
        while len(self._lines) < len(wires):
            self._lines.append(_Line(self._grid, len(self._lines), self._move))
        for place, line in enumerate(self._lines, start=1):
            line.show_wire(wires[place - 1] if place <= len(wires) else None, last=place == len(wires))
        self._note.setVisible(not ports.in_order(document, name))

    def _move(self, wire: Wire, place: int, step: int) -> None:
        document = self._store.document
        self._store.edit(ports.reorder_text(wire, place), ports.reorder(document, wire, place))
        # The keyboard goes with the input that was moved.
        self._lines[place - 1].take_focus(step)


class _Line:
    """The widgets of one input."""

    def __init__(self, grid: QGridLayout, index: int, move: Callable[[Wire, int, int], None]) -> None:
        self._place, self._move = index + 1, move
        self._wire: Wire | None = None
        self._title = PlainLabel(f"Input {self._place}")
        self._title.setProperty("role", "muted")
        self._source = PlainLabel()
        self._source.setObjectName(f"input{self._place}")
        self._up = self._button("Earlier", "chevron-up", -1)
        self._down = self._button("Later", "chevron-down", 1)
        for column, widget in enumerate((self._title, self._source, self._up, self._down)):
            grid.addWidget(widget, index, column)

    def _button(self, what: str, drawing: str, step: int) -> QToolButton:
        button = QToolButton()
        button.setObjectName(f"input{self._place}{what}")
        set_icon(button, drawing)
        button.clicked.connect(lambda: self._pressed(step))
        return button

    def _pressed(self, step: int) -> None:
        if self._wire is not None:
            self._move(self._wire, self._place + step, step)

    def show_wire(self, wire: Wire | None, *, last: bool) -> None:
        """Shows the wire that ends at this input; None where there is no such input."""
        self._wire = wire
        for widget in (self._title, self._source, self._up, self._down):
            widget.setVisible(wire is not None)
        if wire is None:
            return
        source = shown_name(wire.source)
        self._source.setText(source)
        self._source.setAccessibleName(f"Input {self._place}: {source}")
        for button, what, able in ((self._up, "an earlier", self._place > 1), (self._down, "a later", not last)):
            button.setEnabled(able)
            button.setToolTip(f"Make {source} {what} input")
            button.setAccessibleName(f"Make {source} {what} input of {wire.target}")

    def take_focus(self, step: int) -> None:
        """Gives the keyboard to the button that goes on the same way, or else to the other one."""
        first, second = (self._up, self._down) if step < 0 else (self._down, self._up)
        (first if first.isEnabled() else second).setFocus()
