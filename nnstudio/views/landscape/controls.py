"""Controls of the loss landscape: directions, seed, extent, scale, and how it is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QToolButton, QWidget

from nnstudio.training.requests.landscape import Directions
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.ui.icons import set_icon

_EXTENTS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)


class LandscapeControls(QWidget):
    """Row of controls, in as many lines as its width asks for.

    Signals:
        plane_changed: other directions, another seed, or a new plane through the present parameters are wanted.
        extent_changed: another part of the plane is wanted.
        style_changed: the same losses are to be drawn in another way.

    Attributes:
        seed: of random directions. ground: counts the planes that were wanted.
    """

    plane_changed = Signal()
    extent_changed = Signal()
    style_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.seed, self.ground = 0, 0
        self.kind = _box("landscapeStyle", "How the loss is drawn", ("Contours", False), ("3-D", True))
        self.directions_box = _box(
            "landscapeDirections",
            "Directions of the plane: two random ones, each filter scaled to the size of its weights, or the principal "
            "components of the run's path",
            ("Random", "random"),
            ("Path", "path"),
        )
        self.extent_box = _box(
            "landscapeExtent",
            "How far the plane is drawn: 1 × is a change as large as the weights themselves, or the run's whole path",
            *((f"{extent:g} ×", extent) for extent in _EXTENTS),
        )
        self.extent_box.setCurrentIndex(_EXTENTS.index(1.0))
        self.dice = _button("landscapeSeed", "dice", "Other random directions")
        self.here = _button("landscapeHere", "here", "Compute again here: a plane through the parameters of now")
        self.log = QCheckBox("Log")
        self.log.setObjectName("landscapeLog")
        self.log.setAccessibleName("Logarithmic scale of the loss")
        self.log.setToolTip("Colours, contours and heights on a log scale")
        self.log.setChecked(True)
        row = FlowLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(4)
        for widget in (self.kind, self.directions_box, self.dice, self.extent_box, self.log, self.here):
            row.addWidget(widget)
        self.kind.activated.connect(lambda: self.style_changed.emit())
        self.log.toggled.connect(lambda: self.style_changed.emit())
        self.extent_box.activated.connect(lambda: self.extent_changed.emit())
        self.directions_box.activated.connect(lambda: self._choose())
        self.dice.clicked.connect(lambda: self._throw())
        self.here.clicked.connect(lambda: self._renew())
        self._tell_seed()

    @property
    def surface(self) -> bool:
        """True if the loss is to be drawn as a surface."""
        return bool(self.kind.currentData())

    @property
    def directions(self) -> Directions:
        """Chosen directions."""
        found: Directions = self.directions_box.currentData()
        return found

    @property
    def extent(self) -> float:
        """Factor on the first size of the picture."""
        return float(self.extent_box.currentData())

    def _choose(self) -> None:
        self.dice.setVisible(self.directions == "random")
        self.plane_changed.emit()

    def _throw(self) -> None:
        self.seed += 1
        self._tell_seed()
        self.plane_changed.emit()

    def _renew(self) -> None:
        self.ground += 1
        self.plane_changed.emit()

    def _tell_seed(self) -> None:
        self.dice.setToolTip(f"Other random directions (these have the seed {self.seed})")


def _box(name: str, tip: str, *entries: tuple[str, object]) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(tip.partition(":")[0])
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    for text, value in entries:
        box.addItem(text, value)
    return box


def _button(name: str, drawing: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setAccessibleName(tip.partition(":")[0])
    button.setToolTip(tip)
    set_icon(button, drawing)
    return button
