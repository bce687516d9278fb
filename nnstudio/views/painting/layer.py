"""Painting as a layer of a plot: bar, easel, marks of the points, and the hint on an empty sheet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.document.model import OUTPUT
from nnstudio.document.probe import SampleRef
from nnstudio.store import Store
from nnstudio.ui.colours import class_colour
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme
from nnstudio.views.painting.bar import PaintBar
from nnstudio.views.painting.brush import Tool
from nnstudio.views.painting.easel import Easel
from nnstudio.views.painting.marks import PointMarks
from nnstudio.views.painting.sheet import Sheet
from nnstudio.views.plotting import Mark, ThemedPlot

_HINTS = {
    False: "Click to place points; the keys 1 to 9 choose the class. Press Play at any time.",
    True: "Click to place points; the wheel changes the height. Press Play at any time.",
}
_LOOKING = "There are no points yet. Choose Point or Spray above to paint some."


class PaintLayer(QObject):
    """Layer that paints on a plot while the document's data are painted ones; nothing is seen of it otherwise.

    Signals:
        changed: the sheet or the brush has changed.
        message: a sentence on what cannot be painted.

    Attributes:
        bar: to be placed beside the plot. easel: the gestures. fix: the button with what makes the network fit.
    """

    changed = Signal()
    message = Signal(str)

    def __init__(self, store: Store, plot: ThemedPlot, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._plot = store, plot
        self.bar = PaintBar()
        self.easel = Easel(store, plot, self.bar, self)
        self._marks = PointMarks()
        plot.addItem(self._marks, ignoreBounds=True)
        self._hint = PlainLabel(plot)
        self._hint.setObjectName("paintHint")
        self._hint.setAccessibleName("Hint")
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.hide()
        # Over the plot, and not beside it: the plane would move under the brush that paints another class.
        self.fix = QPushButton(plot)
        self.fix.setObjectName("paintFix")
        self.fix.setAccessibleName("Make the network fit")
        set_icon(self.fix, "fix")
        self.fix.clicked.connect(self._fix)
        self.fix.hide()
        plot.installEventFilter(self)
        plot.restyled.connect(self._restyle)
        self.easel.changed.connect(self.changed)
        self.easel.strokes.refused.connect(self.message)
        store.changed.connect(self._offer_fix)
        self._restyle()
        self._offer_fix()

    @property
    def sheet(self) -> Sheet | None:
        """Sheet that is painted on; None where the data are others."""
        return self.easel.sheet

    def begin(self) -> None:
        """Take up the brush."""
        if self.sheet is not None:
            self.bar.set(tool=Tool.POINT)
            self._plot.setFocus()

    def show_points(self, scale: tuple[float, float]) -> None:
        """Draw the points; heights are coloured on a scale (centre, reach)."""
        sheet = self.sheet
        self._marks.show_sheet(sheet, scale)
        self._hint.setVisible(sheet is not None and not len(sheet.xy))
        if sheet is not None and not len(sheet.xy):
            self._hint.setText(_HINTS[sheet.heights] if self.easel.painting else _LOOKING)
            self._place_over()

    def legend(self) -> list[Mark]:
        """Entries of a legend of the points."""
        sheet, colours = self.sheet, theme().colours
        if sheet is None:
            return []
        if sheet.heights:
            entries = [("●", colours.text, "Train")]
        else:
            names = enumerate(sheet.dataset.classes)
            entries = [("●", class_colour(colours, index).name(), name) for index, name in names]
        if sheet.held.any():
            entries.append(("■" if sheet.heights else "□", colours.text, "Validation"))
        return entries

    def point_at(self, place: QPointF) -> int | None:
        """Index of the point at a place of the plot; None if there is none near."""
        return self.easel.nearest(place)

    def sample_at(self, place: QPointF) -> SampleRef | None:
        """Sample that the point at a place is; None if there is none near."""
        index, sheet = self.point_at(place), self.sheet
        return None if index is None or sheet is None else sheet.sample(index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._plot and event.type() == QEvent.Type.Resize:
            self._place_over()
        return super().eventFilter(watched, event)

    def _place_over(self) -> None:
        """Places what lies over the plot."""
        width = min(max(self._plot.width() - 80, 60), 420)
        height = self._hint.heightForWidth(width)
        left, top = (self._plot.width() - width) // 2 + 16, (self._plot.height() - height) // 2 - 10
        self._hint.setGeometry(left, max(top, 0), width, height)
        size = self.fix.sizeHint()
        right, bottom = self._plot.width() - size.width() - 8, self._plot.height() - size.height() - 30
        self.fix.setGeometry(max(right, 0), max(bottom, 0), size.width(), size.height())

    def _restyle(self) -> None:
        self._hint.setStyleSheet(f"color: {theme().colours.muted}; background: transparent;")

    def _offer_fix(self) -> None:
        """Offers what makes the network fit, as after the first point of another class."""
        problem = self._store.analysis.problems.get(OUTPUT)
        fix = None if problem is None else problem.fix
        offered = "" if fix is None or self.sheet is None else fix.title
        self.fix.setText(offered)
        self.fix.setAccessibleDescription(offered)
        self.fix.setVisible(bool(offered))
        self._place_over()

    def _fix(self) -> None:
        problem = self._store.analysis.problems.get(OUTPUT)
        if problem is not None:
            self._store.apply_fix(problem)
