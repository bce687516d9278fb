"""Tools of the pad: pen and eraser, width, undo, clear; size, place and ground of the drawing."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from nnstudio.ui.controls import ComboBox, Slider
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.ui.icons import set_icon
from nnstudio.views.trying.facts import PictureFacts
from nnstudio.views.trying.pad import WIDTHS, Pad

# Colours of a pen for pictures in colour, and their names.
_COLOURS = (
    ("White", "#ffffff"),
    ("Black", "#000000"),
    ("Red", "#e53935"),
    ("Orange", "#fb8c00"),
    ("Yellow", "#fdd835"),
    ("Green", "#43a047"),
    ("Blue", "#1e88e5"),
    ("Violet", "#8e24aa"),
    ("Brown", "#6d4c41"),
    ("Grey", "#9e9e9e"),
)
# Part of the pad's height that a person fills, by which the first pen is as wide as the data's strokes.
_FILLED = 0.7
_SLIDER = 84


class PadTools(QWidget):
    """Tools of a pad.

    Signals:
        changed: the drawing is to be prepared otherwise.
    """

    changed = Signal()

    def __init__(self, pad: Pad, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pad = pad
        self._facts: PictureFacts | None = None
        self.pen = self._button("tryPen", "paint", "Pen", "Draw (key E takes the eraser)", checkable=True)
        self.eraser = self._button("tryEraser", "brush-erase", "Eraser", "Erase (key E)", checkable=True)
        self.undo = self._button("tryUndo", "undo", "Undo stroke", "Take the last stroke back (Backspace)")
        self.clear = self._button("tryClear", "delete", "Clear", "Clear the pad (Delete); undo brings it back")
        self.width_ = Slider(Qt.Orientation.Horizontal)
        self.width_.setObjectName("tryWidth")
        self.width_.setAccessibleName("Width of the pen")
        self.width_.setToolTip("Width of the pen (keys + and −)")
        self.width_.setRange(*WIDTHS)
        self.width_.setFixedWidth(_SLIDER)
        self.ink = ComboBox()
        self.ink.setObjectName("tryInk")
        self.ink.setAccessibleName("Colour of the pen")
        for name, colour in _COLOURS:
            swatch = QPixmap(14, 14)
            swatch.fill(QColor(colour))
            self.ink.addItem(swatch, name, colour)
        self.place = ComboBox()
        self.place.setObjectName("tryPlace")
        self.place.setAccessibleName("Size and place of the drawing")
        self.place.addItem("Centred", True)
        self.place.addItem("As drawn", False)
        self.ground = ComboBox()
        self.ground.setObjectName("tryGround")
        self.ground.setAccessibleName("Ground of the drawing")
        self.ground.addItem("White on black", False)
        self.ground.addItem("Black on white", True)
        row = QWidget()
        buttons = FlowLayout(row)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(4)
        group = QWidget()
        inner = QHBoxLayout(group)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for button in (self.pen, self.eraser, self.undo, self.clear):
            inner.addWidget(button)
        buttons.addWidget(group)
        buttons.addWidget(self.width_)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        row.setSizePolicy(policy)
        choices = QHBoxLayout()
        choices.setSpacing(6)
        choices.addWidget(self.place, 5)
        choices.addWidget(self.ground, 6)
        choices.addWidget(self.ink, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(row)
        layout.addLayout(choices)
        self.pen.clicked.connect(lambda: self._take(erasing=False))
        self.eraser.clicked.connect(lambda: self._take(erasing=True))
        self.undo.clicked.connect(pad.undo)
        self.clear.clicked.connect(pad.clear)
        self.width_.valueChanged.connect(self._set_width)
        self.ink.activated.connect(lambda: pad.set_pen(QColor(self.ink.currentData())))
        self.place.activated.connect(self.changed)
        self.ground.activated.connect(self._turn)
        pad.tool_changed.connect(self._show)
        pad.changed.connect(self._show)
        self._show()

    def _button(self, name: str, drawing: str, title: str, tip: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(tip)
        button.setCheckable(checkable)
        button.setAutoRaise(True)
        button.setIconSize(QSize(18, 18))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_icon(button, drawing)
        return button

    @property
    def placed(self) -> bool:
        """True if a drawing gets size and place of the data's."""
        return bool(self.place.currentData())

    @property
    def light(self) -> bool:
        """True if the ground is light."""
        return bool(self.ground.currentData())

    def show_data(self, facts: PictureFacts, shape: tuple[int, ...]) -> None:
        """Begin as suits other data: their ground, their proportions, their strokes."""
        self._facts = facts
        placement, colours = facts.placement, len(shape) == 3 and shape[0] == 3
        self.ground.setCurrentIndex(int(facts.ground.light))
        told = (
            "measured at the corners of the training pictures"
            if facts.ground.plain
            else "the pictures have no plain one"
        )
        self.ground.setToolTip(f"Ground of the drawing; {told}")
        self.place.setCurrentIndex(0 if placement.uniform else 1)
        self.place.setToolTip(place_words(facts))
        self.ink.setVisible(colours)
        self.ink.setCurrentIndex(int(facts.ground.light))
        self._pad.set_proportions(*shape[-2:])
        self._pad.forget()
        self._colour()
        wanted = placement.stroke * _FILLED * self._pad.drawing_height
        self._pad.pen_width = float(min(max(round(wanted), WIDTHS[0]), WIDTHS[1]))
        self._pad.erasing = False
        self._show()

    def _take(self, *, erasing: bool) -> None:
        self._pad.erasing = erasing
        self._show()
        self._pad.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_width(self, width: int) -> None:
        self._pad.pen_width = float(width)
        self._pad.update()

    def _turn(self) -> None:
        self.ink.setCurrentIndex(int(self.light))
        self._colour()
        self.changed.emit()

    def _colour(self) -> None:
        """Colours of pad and pen. Grey pictures have the pen in the other colour than their ground."""
        facts = self._facts
        if facts is None:
            return
        ground = facts.ground.turned(light=self.light)
        spread = max(ground.high - ground.low, 1e-12)
        shades = [round(255 * (value - ground.low) / spread) for value in ground.background]
        self._pad.set_colours(QColor(*(shades * 3)[:3]), QColor(self.ink.currentData()))

    def _show(self) -> None:
        self.pen.setChecked(not self._pad.erasing)
        self.eraser.setChecked(self._pad.erasing)
        self.undo.setEnabled(self._pad.can_undo)
        self.clear.setEnabled(not self._pad.empty)
        with QSignalBlocker(self.width_):
            self.width_.setValue(round(self._pad.pen_width))


def place_words(facts: PictureFacts) -> str:
    """Size and place of what the data show, in words."""
    placement = facts.placement
    if not placement.uniform:
        return "The pictures of these data have no common size and place, so a drawing is taken as it is drawn"
    down, across = (f"{side:.3g}" for side in placement.box)
    size = "stretched to" if placement.stretched else "its proportions kept, within"
    upright = ", set upright" if placement.upright else ""
    centre = "its centre of mass" if placement.centre == "mass" else "its middle"
    return (
        f"As measured of the training pictures: {size} {down} × {across} pixels{upright}, {centre} in the middle of "
        f"{placement.shape[0]} × {placement.shape[1]}"
    )
