"""Formulas from LaTeX, typeset in a thread, in the theme's colours."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme

# Size of the letters for which formulas are typeset; they are scaled from there.
_SIZE = 24
# The colour that stands for the theme's in a typeset formula.
_INK = "#010203"
_LOOK_MS = 15
# Of the height of a line of text, so that fractions stay readable beside it.
_LARGER = 1.15

_typesetter = ThreadPoolExecutor(1, "formulas")


@lru_cache(1024)
def _typeset(latex: str) -> Future[str]:
    """SVG of a formula, as soon as it is there."""
    return _typesetter.submit(_svg, latex)


def _svg(latex: str) -> str:
    # Late, and in a thread: it takes a quarter of a second to import, and tens of milliseconds for a formula.
    import ziamath

    # Qt draws paths, but places no symbols.
    ziamath.config.svg2 = False
    svg: str = ziamath.Latex(latex, size=_SIZE, color=_INK).svg()
    return svg


@lru_cache(512)
def _renderer(svg: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.replace(_INK, colour).encode()))


class FormulaLabel(QWidget):
    """Label with a formula. Where it cannot be typeset, its LaTeX text stands there."""

    def __init__(self, latex: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._latex, self._svg = "", ""
        self._waiting = QTimer(self, interval=_LOOK_MS)
        self._waiting.timeout.connect(self._look)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)
        self.set_latex(latex)

    @property
    def latex(self) -> str:
        """Formula on display."""
        return self._latex

    @property
    def typeset(self) -> bool:
        """True once the formula itself is shown instead of its text."""
        return bool(self._svg)

    def set_latex(self, latex: str) -> None:
        """Show another formula; screen readers read its LaTeX."""
        if latex == self._latex:
            return
        self._latex, self._svg = latex, ""
        self.setAccessibleName(latex)
        self._waiting.stop()
        if latex:
            self._look()
            if not self._svg:
                self._waiting.start()
        self._resized()

    def sizeHint(self) -> QSize:
        if not self._svg:
            metrics = self.fontMetrics()
            return QSize(metrics.horizontalAdvance(self._latex), metrics.height()) if self._latex else QSize()
        return (_renderer(self._svg, _INK).defaultSize().toSizeF() * self._scale).toSize()

    def minimumSizeHint(self) -> QSize:
        # Where there is less room than it takes, it is drawn smaller.
        return QSize(1, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._resized()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._svg:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            size = self.sizeHint().toSizeF()
            size *= min(1.0, self.width() / max(size.width(), 1))
            box = QRectF(0, (self.height() - size.height()) / 2, size.width(), size.height())
            _renderer(self._svg, theme().colours.text).render(painter, box)
        elif not self._waiting.isActive():
            painter.setPen(theme().colours.muted)
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self._latex)

    @property
    def _scale(self) -> float:
        return _LARGER * self.fontMetrics().height() / _SIZE

    def _look(self) -> None:
        """Takes the formula over once it is there."""
        made = _typeset(self._latex)
        if not made.done():
            return
        self._waiting.stop()
        if made.exception() is None:
            self._svg = made.result()
        self._resized()

    def _resized(self) -> None:
        self.updateGeometry()
        self.adjustSize()
        self.update()
