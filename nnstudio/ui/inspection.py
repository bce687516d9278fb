"""Read values off a view, and copy or save picture and numbers.

A view says what it shows (`Exhibit`); `Inspection` adds the read-out under the mouse and the context menu.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QObject, QPoint, QPointF, QRectF, QSettings, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintDevice,
    QPainter,
    QRegion,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget

from nnstudio.files.atomic_write import replace_file
from nnstudio.files.failure_reason import failure_reason
from nnstudio.ui.icons import icon
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import PlainMessageBox
from nnstudio.ui.readout import FocusRing, ReadOut
from nnstudio.ui.theme import theme

# Pixels of a picture for each pixel on screen, so that it can be printed; and around it, on screen.
_SCALE, _MARGIN = 2.0, 6
# What keys and mouse do there, for the list of keys.
GESTURES = (
    ("Point", "Read the value under the mouse"),
    ("Right click, Menu or Shift+F10", "Copy or save the picture, or its numbers"),
)

_PNG, _SVG = "PNG pictures (*.png)", "SVG drawings (*.svg)"

_T = TypeVar("_T")
# Where the folder is remembered that was saved to last.
_FOLDER = "exportFolder"


@dataclass(frozen=True)
class Exhibit:
    """Description of a widget that shows numbers.

    Attributes:
        canvas: the widget on which the mouse reads values. owner: the widget with the keyboard focus, if another.
        title: a short title of the content ("Weights of dense_1").
        read: returns the text for a place on the canvas, in its pixels; "" where there is nothing to read.
        table: returns the numbers shown; None if there are none.
        parts: the widgets that make up the picture, from top to bottom.
        fit: shows everything again after a zoom; None if there is no zoom.
        film: lets a person save it as a film over time; None if it does not change.
    """

    canvas: QWidget
    title: Callable[[], str]
    read: Callable[[QPointF], str]
    table: Callable[[], NumberTable | None]
    parts: Sequence[QWidget]
    owner: QWidget | None = None
    fit: Callable[[], object] | None = field(default=None)
    film: Callable[[], object] | None = field(default=None)


class Inspection(QObject):
    """Read-out and context menu of a widget that shows numbers.

    The menu opens by right click, by the menu key and by Shift+F10.

    Signals:
        message: the action just completed, as a sentence.
    """

    message = Signal(str)
    _finished = Signal(object)

    def __init__(self, whole: QWidget, exhibit: Exhibit) -> None:
        """`whole` is the widget that answers right clicks: the canvas, or a view around it."""
        super().__init__(whole)
        self._whole, self._exhibit = whole, exhibit
        owner = exhibit.owner or exhibit.canvas
        owner.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.readout = ReadOut(exhibit.canvas, exhibit.read)
        self._ring = FocusRing(exhibit.canvas, owner)
        self._pressed: QPoint | None = None
        for watched in {whole, exhibit.canvas, owner}:
            watched.installEventFilter(self)
        # Crosses from a background thread to the window's.
        self._finished.connect(self._finish)

    def refresh(self) -> None:
        """Read the value under the mouse again, after other numbers were drawn."""
        self.readout.refresh()

    # The menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent):
            if event.reason() == QContextMenuEvent.Reason.Keyboard:
                self._open_by_key()
            # With the mouse, it opens on release: a plot is zoomed by dragging with the right button.
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
                self._open_by_key()
                return True
        elif isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.RightButton:
            place = event.globalPosition().toPoint()
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = place
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
                still = (place - self._pressed).manhattanLength() < QApplication.startDragDistance()
                # What lets the release pass on to its parents comes here again.
                self._pressed = None
                if still:
                    self.menu().popup(place)
        return False

    def _open_by_key(self) -> None:
        menu = self.menu()
        menu.popup(self._exhibit.canvas.mapToGlobal(self._exhibit.canvas.rect().center()))
        first = next((action for action in menu.actions() if action.isEnabled()), None)
        if first is not None:
            menu.setActiveAction(first)

    def menu(self) -> QMenu:
        """Context menu: the widget's own commands, then copy or save picture, numbers and film."""
        exhibit = self._exhibit
        menu = QMenu(self._whole)
        menu.setObjectName("viewMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        own = (exhibit.owner or exhibit.canvas).actions()
        if own:
            menu.addActions(own)
            menu.addSeparator()
        drawn, numbers = exhibit.canvas.isVisible(), exhibit.table() is not None
        if exhibit.fit is not None:
            menu.addAction(icon("fit"), "Show everything again", exhibit.fit)
            menu.addSeparator()
        for text, drawing, call, able in (
            ("Copy picture", "copy", self.copy_picture, drawn),
            ("Save picture…", "picture", self._ask_picture, drawn),
            ("Copy numbers", "copy", self.copy_numbers, numbers),
            ("Save numbers…", "save", self._ask_numbers, numbers),
        ):
            menu.addAction(icon(drawing), text, call).setEnabled(able)
        if exhibit.film is not None:
            menu.addAction(icon("film"), "Save film…", exhibit.film).setEnabled(drawn and numbers)
        return menu

    # Taking along

    def picture(self, width: int = 0) -> QImage:
        """Picture of the content under its title, so many pixels wide; with 0, at twice the screen's size."""
        size = self._size()
        scale = width / size.width() if width else _SCALE
        image = QImage((size * scale).toSize(), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        self._draw(image)
        return image

    def drawing(self) -> bytes:
        """The same as an SVG file: lines and text stay sharp at any size, images are as on screen."""
        buffer, size = QBuffer(), self._size()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(size.toSize())
        generator.setViewBox(QRectF(QPointF(), size))
        generator.setTitle(self._exhibit.title())
        generator.setDescription("")
        self._draw(generator)
        return bytes(buffer.data().data())

    @property
    def _parts(self) -> list[QWidget]:
        return [part for part in self._exhibit.parts if part.isVisible()]

    @property
    def _line(self) -> int:
        """Height of the title."""
        return self._whole.fontMetrics().height() + _MARGIN

    def _size(self) -> QSizeF:
        width = max((part.width() for part in self._parts), default=0) + 2 * _MARGIN
        return QSizeF(width, sum(part.height() for part in self._parts) + self._line + 2 * _MARGIN)

    def _draw(self, device: QPaintDevice) -> None:
        """Draws the content under its title, without what belongs to mouse and keyboard."""
        self.readout.stop()
        ringed = self._ring.isVisible()
        self._ring.hide()
        size, colours = self._size(), theme().colours
        painter = QPainter(device)
        painter.fillRect(QRectF(QPointF(), size), QColor(colours.canvas))
        painter.setFont(self._whole.font())
        painter.setPen(colours.text)
        painter.drawText(QRectF(_MARGIN, _MARGIN, size.width(), self._line), self._exhibit.title())
        top = _MARGIN + self._line
        for part in self._parts:
            # Without backgrounds of their own, which differ from part to part.
            part.render(painter, QPoint(_MARGIN, top), QRegion(), QWidget.RenderFlag.DrawChildren)
            top += part.height()
        painter.end()
        self._ring.setVisible(ringed)

    def copy_picture(self) -> None:
        """Copy the picture to the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture())
        self.message.emit("The picture is on the clipboard.")

    def copy_numbers(self) -> None:
        """Copy the numbers to the clipboard."""
        table = self._exhibit.table()
        if table is not None:
            self._in_background(table.for_clipboard, self._to_clipboard, "The numbers cannot be copied")

    def _to_clipboard(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.message.emit("The numbers are on the clipboard; paste them into a spreadsheet.")

    def _ask_picture(self) -> None:
        # As it is now, and not as it will be once a place is chosen.
        image, drawing = self.picture(), self.drawing()
        path = self._ask("Save picture", ".png", f"{_PNG};;{_SVG}")
        if path is not None:
            self.save_picture(path, drawing if path.suffix.lower() == ".svg" else image)

    def save_picture(self, path: Path, picture: QImage | bytes) -> None:
        """Write a .png file of an image, or a drawing as it is."""
        self._save("picture is", path, lambda: picture if isinstance(picture, bytes) else _png(picture))

    def _ask_numbers(self) -> None:
        table = self._exhibit.table()
        path = self._ask("Save numbers", ".csv", "Comma-separated values (*.csv)")
        if table is not None and path is not None:
            self.save_numbers(path, table)

    def save_numbers(self, path: Path, table: NumberTable) -> None:
        """Write a .csv file."""
        self._save("numbers are", path, table.for_file)

    def _save(self, what: str, path: Path, make: Callable[[], bytes]) -> None:
        failure = f"The {what.split()[0]} cannot be saved"
        self._in_background(
            lambda: replace_file(path, make()), lambda _: self.message.emit(f"The {what} in {path}."), failure
        )

    def _ask(self, title: str, suffix: str, kinds: str) -> Path | None:
        """Lets a person choose a file."""
        name = re.sub(r"[^\w-]+", "-", self._exhibit.title().lower()).strip("-") + suffix
        folder = Path(str(QSettings().value(_FOLDER, "")) or Path.home())
        chosen, kind = QFileDialog.getSaveFileName(self._whole, title, str(folder / name), kinds)
        if not chosen:
            return None
        path = Path(chosen)
        QSettings().setValue(_FOLDER, str(path.parent))
        if kind == _SVG and path.name == name:
            # Another kind was chosen for the proposed name.
            return path.with_suffix(".svg")
        return path if path.suffix else path.with_suffix(".svg" if kind == _SVG else suffix)

    def _in_background(self, make: Callable[[], _T], done: Callable[[_T], object], failure: str) -> None:
        """Makes something without holding the window up: a large table takes seconds to be written down."""

        def work() -> None:
            call: Callable[[], object]
            try:
                call = partial(done, make())
            except (OSError, MemoryError) as error:
                call = partial(self._fail, failure, failure_reason(error))
            # The window may have been closed meanwhile; what was saved is whole all the same.
            with contextlib.suppress(RuntimeError):
                self._finished.emit(call)

        threading.Thread(target=work, name="export").start()

    def _finish(self, call: Callable[[], object]) -> None:
        call()

    def _fail(self, failure: str, reason: str) -> None:
        box = PlainMessageBox(QMessageBox.Icon.Warning, "nnstudio", failure, QMessageBox.StandardButton.Ok, self._whole)
        box.setObjectName("inspectionError")
        box.setInformativeText(reason)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
