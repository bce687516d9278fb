"""Shared plotting parts: a themed plot, an empty page, a colour bar."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from nnstudio.training.contours import rounded_up
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import STEPS, value_image

Array = NDArray[Any]


def short(value: float, digits: int = 4) -> str:
    """Short text of a number: few significant digits, and a true minus sign."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−")


def blend(colour: str, over: str, strength: float) -> QColor:
    """Blend `colour` over another with this strength, 0 to 1."""
    return QColor(*_blended(colour, over, strength))


# Drawings ask for the same few shades again and again.
@lru_cache(maxsize=1024)
def _blended(colour: str, over: str, strength: float) -> tuple[int, int, int]:
    a, b = QColor(colour), QColor(over)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    red, green, blue = (round(x * strength + y * (1 - strength)) for x, y in pairs)
    return red, green, blue


def ink(ground: QColor) -> QColor:
    """Black or white, whichever is readable on this colour."""
    red, green, blue = ((part / 255) ** 2.2 for part in (ground.red(), ground.green(), ground.blue()))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor("#10151c") if luminance > 0.18 else QColor("#ffffff")


# What a legend says of one thing: a mark, the mark's colour, a text.
Mark = tuple[str, str, str]


def marked(entries: Iterable[Mark]) -> str:
    """Rich text of legend entries in a row."""
    return "&nbsp;&nbsp; ".join(
        f'<span style="color:{colour}">{mark}</span>&nbsp;{escape(text).replace(" ", "&nbsp;")}'
        for mark, colour, text in entries
    )


class RichLabel(QLabel):
    """Line of text with coloured marks that never asks for more room than it gets."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_marks(self, entries: Iterable[Mark]) -> None:
        """Show entries in a row."""
        html = marked(entries)
        if html != self.text():
            self.setText(html)


class Header(QWidget):
    """Legend and controls, side by side if there is room, else stacked.

    Attributes:
        wide_from: the width from which they stand side by side, in pixels.
    """

    def __init__(self, *widgets: QWidget, wide_from: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.wide_from = wide_from
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(8, 3, 8, 3)
        self._row.setSpacing(4)
        for index, widget in enumerate(widgets):
            self._row.addWidget(widget, 0 if index else 1)

    def minimumSizeHint(self) -> QSize:
        # Whatever stands beside each other now: where it gets narrow, it does so no longer.
        margins, size = self._row.contentsMargins(), super().minimumSizeHint()
        items = [item.minimumSize().width() for place in range(self._row.count()) if (item := self._row.itemAt(place))]
        return QSize(max(items) + margins.left() + margins.right(), size.height())

    def arrange(self) -> None:
        """Arrange the widgets for the present width."""
        wide = self.width() >= self.wide_from
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()
        super().resizeEvent(event)


class HintPages(QStackedWidget):
    """Content, or a sentence that says why there is none and what to do."""

    def __init__(self, content: QWidget, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint = PlainLabel()
        self._hint.setObjectName("hint")
        self._hint.setAccessibleName("Hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setMargin(16)
        self._hint.setMinimumSize(1, 1)
        self.addWidget(self._hint)
        self.addWidget(content)
        theme().changed.connect(self._restyle)
        self._restyle()
        self.show_hint(hint)

    @property
    def hint(self) -> str:
        """Sentence on display, "" while there is content."""
        return self._hint.text() if self.currentIndex() == 0 else ""

    def show_hint(self, text: str) -> None:
        """Show a sentence instead of the content."""
        self._hint.setText(text)
        self.setCurrentIndex(0)

    def show_content(self) -> None:
        """Show the content."""
        self.setCurrentIndex(1)

    def _restyle(self) -> None:
        colours = theme().colours
        self._hint.setStyleSheet(f"QLabel {{ color: {colours.muted}; background: {colours.canvas}; }}")


class LogAxis(pg.AxisItem):
    """Axis with readable ticks on a log scale of less than a decade, or very many."""

    def logTickValues(self, minVal: float, maxVal: float, size: float, stdTicks: Any) -> list[tuple[Any, list[float]]]:  # noqa: N803
        decades = maxVal - minVal
        room = max(size / 28, 2)
        if decades < 0.7:
            low, high = 10.0**minVal, 10.0**maxVal
            step = rounded_up((high - low) / room)
            values = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
            return [(None, np.log10(values[values > 0]).tolist())]
        exponents = np.arange(math.floor(minVal), math.ceil(maxVal) + 1)
        if decades * 3 <= room:
            ticks = (exponents[:, None] + np.log10([1.0, 2.0, 5.0])).ravel()
        else:
            ticks = exponents[:: max(1, math.ceil(decades / room))].astype(float)
        return [(None, ticks[(ticks >= minVal) & (ticks <= maxVal)].tolist())]

    def logTickStrings(self, values: list[float], scale: float, spacing: Any) -> list[str]:
        return [short(10.0**value * scale) for value in values]


class ThemedPlot(pg.PlotWidget):
    """Plot in the theme's colours that follows its data until the user zooms.

    A double-click returns to that.

    Signals:
        restyled: the theme has changed; items must update their colours.
    """

    restyled = Signal()
    # Below this height the axis titles give their room to the picture.
    TITLES_FROM = 200

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        axes = {"left": LogAxis("left"), "bottom": LogAxis("bottom")}
        # From the start: a menu that is switched off afterwards has been built.
        super().__init__(parent, axisItems=axes, enableMenu=False)
        # It takes none; Qt complains of each drag that leaves it again.
        self.setAcceptDrops(False)
        self.setAccessibleName(name)
        self.hideButtons()
        self.setMinimumSize(1, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for axis in axes.values():
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=4, maxTickLevel=1, hideOverlappingLabels=True)
        self._titles: dict[str, str] = {}
        self._target: tuple[float, float, float, float] | None = None
        self.following = True
        self.getViewBox().disableAutoRange()
        self.getViewBox().sigRangeChangedManually.connect(self._let_go)
        # An axis that grows leaves its old lines and numbers behind, where no item is any more.
        self._moved = QTimer(self, singleShot=True, interval=0)
        self._moved.timeout.connect(self.viewport().update)
        self.getViewBox().sigResized.connect(lambda: self._moved.start())
        self._fit_button = QToolButton(self)
        self._fit_button.setObjectName("fitButton")
        self._fit_button.setText("Fit")
        self._fit_button.setToolTip("Show everything again (double-click)")
        self._fit_button.setAccessibleName("Show everything again")
        self._fit_button.clicked.connect(self.follow)
        self._fit_button.hide()
        theme().changed.connect(self._restyle)
        self._restyle()

    def set_titles(self, *, bottom: str = "", left: str = "") -> None:
        """Set the titles of the axes; they are hidden where there is no room."""
        titles = {"bottom": bottom, "left": left}
        if titles != self._titles:
            self._titles = titles
            self._place_titles()

    def fit(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Set the range to show while the user has not zoomed, in plot units."""
        target = (x0, x1, y0, y1)
        if target != self._target:
            self._target = target
            if self.following:
                self._go()

    def aim(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Set the range to return to, as `fit` does, without going there now."""
        self._target = (x0, x1, y0, y1)

    def follow(self) -> None:
        """Return from the user's zoom."""
        self.following = True
        self._fit_button.hide()
        self._go()

    def _go(self) -> None:
        if self._target is not None:
            x0, x1, y0, y1 = self._target
            self.getViewBox().setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0, disableAutoRange=True)

    def _let_go(self, *_: object) -> None:
        self.following = False
        self._fit_button.show()
        self._fit_button.raise_()

    def _restyle(self) -> None:
        colours = theme().colours
        self.setBackground(colours.canvas)
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(pg.mkPen(colours.border))
            axis.setTextPen(pg.mkPen(colours.muted))
        self._place_titles()
        self.restyled.emit()

    def _place_titles(self) -> None:
        colours = theme().colours
        for name, title in self._titles.items():
            axis = self.getAxis(name)
            if title and self.height() >= self.TITLES_FROM:
                axis.setLabel(escape(title), color=colours.muted)
            else:
                axis.showLabel(False)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        # The base class already resizes while it is being built.
        if event is None or not hasattr(self, "_fit_button"):
            return
        if (event.oldSize().height() >= self.TITLES_FROM) != (event.size().height() >= self.TITLES_FROM):
            self._place_titles()
        size = self._fit_button.sizeHint()
        self._fit_button.setGeometry(self.width() - size.width() - 6, 6, size.width(), size.height())
        if self.following:
            self._go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.follow()


class SmoothImage(pg.ImageItem):
    """Image drawn without steps between its pixels."""

    def paint(self, painter: QPainter, *args: Any) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *args)


class ColourBar(QWidget):
    """Diverging colour scale, with the values at its ends and in its middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._centre, self._reach, self._log = 0.0, 1.0, False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colour scale")
        theme().changed.connect(self.update)

    @property
    def limits(self) -> tuple[float, float]:
        """Values of the two ends."""
        return self._value(-1), self._value(1)

    def set_scale(self, centre: float, reach: float, *, log: bool = False) -> None:
        """Set the values of the scale; with `log`, they are decimal logarithms of what is written beside it."""
        if (centre, reach, log) != (self._centre, self._reach, self._log):
            self._centre, self._reach, self._log = centre, reach, log
            low, high = self.limits
            middle = short(self._value(0))
            self.setAccessibleDescription(f"orange {short(low)}, neutral {middle}, blue {short(high)}")
            self.update()

    def _value(self, place: float) -> float:
        """Value at a place from -1 to 1."""
        value = self._centre + place * self._reach
        return float(10.0**value) if self._log else value

    def sizeHint(self) -> QSize:
        return QSize(190, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, self.fontMetrics().height() + 4)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme().colours
        painter = QPainter(self)
        metrics = self.fontMetrics()
        low, high = (short(value, 3) for value in self.limits)
        middle = short(self._value(0), 3)
        left, right = metrics.horizontalAdvance(low) + 6, metrics.horizontalAdvance(high) + 6
        bar = QRectF(left, 3, max(self.width() - left - right, 8), self.height() - 6)
        painter.drawImage(bar, value_image(np.linspace(-1, 1, STEPS)[None], 1.0))
        painter.setPen(QColor(colours.border))
        painter.drawRect(bar)
        painter.setPen(QColor(colours.text))
        whole = QRectF(self.rect())
        painter.drawText(whole, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.drawText(whole, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, high)
        if metrics.horizontalAdvance(middle) + 12 < bar.width():
            painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, middle)


def column(parent: QWidget, *widgets: QWidget) -> QVBoxLayout:
    """Vertical layout of widgets without gaps, for `parent`."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    return layout
