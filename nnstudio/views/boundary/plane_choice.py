"""Choice of a plane among many inputs, and the words for it."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from engine.data import Data
from nnstudio.document.probe import Probe
from nnstudio.training.planes import WHOLE, FeaturePlane, Frame, Plane, PrincipalPlane
from nnstudio.views.plotting import column

_PRINCIPAL, _FEATURES = range(2)


class PlaneChoice(QWidget):
    """Boxes that choose a plane: principal components or two inputs, and where the other inputs are.

    They are hidden for two inputs, whose plane is all there is. Pictures have principal components only. `lead` stands
    in front of them.

    Signals:
        changed: another plane is chosen.

    Attributes:
        whole: there is but one plane.
    """

    changed = Signal()

    def __init__(self, lead: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = _box("Plane", "Plane through the space of inputs that is shown", "PCA", "Features")
        self.first = _box("Input to the right", "Input that runs to the right")
        self.second = _box("Input upwards", "Input that runs up")
        self.rest = _box("Other inputs", "Where the plane lies among the other inputs", "at mean", "at probe")
        self._features, upper = QWidget(), QWidget()
        for holder, boxes in ((upper, (lead, self.kind, self.rest)), (self._features, (self.first, self.second))):
            row = QHBoxLayout(holder)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(4)
            for box in boxes:
                row.addWidget(box, 1)
        for box in (self.kind, self.rest, self.first, self.second):
            box.currentIndexChanged.connect(self._choose)
        column(self, upper, self._features).setSpacing(3)
        self.whole = True
        self._offer(flat=False)

    def set_data(self, data: Data) -> None:
        """Offer the planes of these data; the first is chosen."""
        shape = data.shown.shape[1:]
        self.whole = math.prod(shape) == 2
        flat = len(shape) == 1
        names = input_names(data) if flat and not self.whole else ()
        for box in (self.kind, self.first, self.second, self.rest):
            box.blockSignals(True)
        for place, box in enumerate((self.first, self.second)):
            box.clear()
            box.addItems(names)
            box.setCurrentIndex(place if names else -1)
        self.kind.setCurrentIndex(_PRINCIPAL)
        self.rest.setCurrentIndex(0)
        for box in (self.kind, self.first, self.second, self.rest):
            box.blockSignals(False)
        self._offer(flat=flat)

    def clear(self) -> None:
        """Offer no plane: of two inputs there is one only."""
        self.whole = True
        self._offer(flat=False)

    def _offer(self, *, flat: bool) -> None:
        """Shows the boxes that these data need."""
        self.kind.setVisible(flat and not self.whole)
        self.rest.setVisible(not self.whole)
        self._features.setVisible(flat and not self.whole and self.kind.currentIndex() == _FEATURES)

    def plane(self, probe: Probe) -> Plane:
        """Chosen plane, given the probe."""
        if self.whole:
            return WHOLE
        rest = probe if self.rest.currentIndex() == 1 else None
        if self.kind.currentIndex() == _FEATURES:
            return FeaturePlane(self.first.currentIndex(), self.second.currentIndex(), rest)
        return PrincipalPlane(rest)

    def _choose(self) -> None:
        if self.first.currentIndex() == self.second.currentIndex() >= 0:
            # The other box takes another input: a plane has two.
            box = self.second if self.sender() is self.first else self.first
            box.blockSignals(True)
            box.setCurrentIndex((box.currentIndex() + 1) % box.count())
            box.blockSignals(False)
        self._features.setVisible(self.kind.currentIndex() == _FEATURES)
        self.changed.emit()


def _box(name: str, tip: str, *entries: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.addItems(entries)
    return box


def input_names(data: Data) -> tuple[str, ...]:
    """Names of the inputs; numbered where they have none."""
    size = math.prod(data.shown.shape[1:])
    if len(data.shown_features) == size:
        return data.shown_features
    return ("x₁", "x₂") if size == 2 else tuple(f"input {index + 1}" for index in range(size))


def axis_names(plane: Plane, data: Data) -> tuple[str, str]:
    """Names of a plane's two coordinates."""
    if isinstance(plane, PrincipalPlane):
        return "component 1", "component 2"
    names = input_names(data)
    return names[plane.first], names[plane.second]


def plane_sentence(plane: Plane, frame: Frame) -> str:
    """Line on where the plane lies and what the points are; "" where it holds all of the space."""
    if frame.exact:
        return ""
    others = "the probe" if plane.rest is not None else "the mean"
    if isinstance(plane, FeaturePlane):
        count = len(frame.origin) - 2
        where = f"Other {count} inputs at {others}" if count > 1 else f"Other input at {others}"
    else:
        share = sum(frame.explained or (0.0, 0.0))
        where = f"PCA plane through {others}, {share:.0%} of the variance"
    return f"{where}; points projected."
