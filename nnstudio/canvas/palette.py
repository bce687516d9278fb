"""Palette of all layers by category, to drag or double-click."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFont, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QStyle, QVBoxLayout, QWidget

from engine.layers import REGISTRY
from engine.layers.base import Layer
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.gestures.drag_picture import Carried
from nnstudio.canvas.gestures.layer_drop import MIME
from nnstudio.canvas.items.block_item import BlockItem, Face
from nnstudio.canvas.items.tooltips import tip
from nnstudio.document.layer_catalog import layers_by_category
from nnstudio.ui.icons import icon, pixmap
from nnstudio.ui.theme import theme

_TYPE = Qt.ItemDataRole.UserRole
_WORDS = Qt.ItemDataRole.UserRole + 1
# The frame, and what the style leaves free beside icon and name.
_AROUND_A_NAME = 16


class Palette(QWidget):
    """Palette of layers with its search field.

    Signals:
        chosen: a layer's type name was double-clicked, or Enter was pressed on it.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(placeholderText="Search layers", clearButtonEnabled=True)
        self.search.setObjectName("paletteSearch")
        self.search.setAccessibleName("Search layers")
        self.list = _LayerList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.addWidget(self.search)
        layout.addWidget(self.list)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._choose_first)
        self.list.itemActivated.connect(self._activated)
        theme().changed.connect(self._paint)
        self._paint()

    def _activated(self, item: QListWidgetItem) -> None:
        if item.data(_TYPE):
            self.chosen.emit(item.data(_TYPE))

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _filter(self, text: str) -> None:
        """Shows the layers in which all words of the search occur, in name, help or use; and their headings."""
        words = text.lower().split()
        shown = 0
        heading: QListWidgetItem | None = None
        for item in self._items():
            if not item.data(_TYPE):
                heading = item
                item.setHidden(True)
                continue
            fits = all(word in item.data(_WORDS) for word in words)
            item.setHidden(not fits)
            if fits:
                shown += 1
                if heading is not None:
                    heading.setHidden(False)
        self.list.setPlaceholder("" if shown else f"No layer matches “{text.strip()}”.")

    def _choose_first(self) -> None:
        for item in self._items():
            if item.data(_TYPE) and not item.isHidden():
                self.chosen.emit(item.data(_TYPE))
                return

    def _paint(self) -> None:
        """Colours follow the theme."""
        for item in self._items():
            kind = REGISTRY.get(item.data(_TYPE) or "")
            if kind is not None:
                colours = theme().colours
                drawing = icon(kind.icon, colours.categories[kind.category])
                size = self.list.iconSize().width()
                ratio = self.devicePixelRatioF()
                drawing.addPixmap(pixmap(kind.icon, size, colours.accent_text, ratio), QIcon.Mode.Selected)
                item.setIcon(drawing)
            else:
                item.setForeground(QColor(theme().colours.muted))


class _LayerList(QListWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("palette")
        self.setAccessibleName("Palette: layers to drag onto the canvas")
        self.setDragEnabled(True)
        self.setDragDropMode(QListWidget.DragDropMode.DragOnly)
        self.setIconSize(QSize(22, 22))
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._placeholder = ""
        for category, group in groupby(layers_by_category(), key=lambda kind: kind.category):
            self._add_heading(category)
            for kind in group:
                self._add_layer(kind)
        self._keep_names_whole()

    def _keep_names_whole(self) -> None:
        """However narrow the window: cut off, "Conv2D" and "ConvTranspose2D" would look the same."""
        names = (kind.type_name() for kind in layers_by_category())
        widest = max(self.fontMetrics().horizontalAdvance(name) for name in names)
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.setMinimumWidth(widest + self.iconSize().width() + bar + _AROUND_A_NAME)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_names_whole()

    def _add_heading(self, category: str) -> None:
        item = QListWidgetItem(category)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setPointSizeF(max(font.pointSizeF() * 0.9, 7))
        item.setFont(font)
        item.setSizeHint(QSize(0, 26))
        self.addItem(item)

    def _add_layer(self, kind: type[Layer]) -> None:
        item = QListWidgetItem(kind.type_name())
        item.setData(_TYPE, kind.type_name())
        item.setData(_WORDS, f"{kind.type_name()} {kind.title} {kind.help} {kind.use} {kind.category}".lower())
        item.setToolTip(tip(kind.title, kind.help, kind.formula, kind.use))
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, f"{kind.help} {kind.use}")
        item.setSizeHint(QSize(0, 28))
        self.addItem(item)

    def setPlaceholder(self, text: str) -> None:
        self._placeholder = text
        self.viewport().update()

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)  # type: ignore[arg-type]
        if self._placeholder:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme().colours.muted))
            area = self.viewport().rect().adjusted(12, 16, -12, -12)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap), self._placeholder)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # On some platforms Enter does not activate an item; here it always does.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentItem() is not None:
            self.itemActivated.emit(self.currentItem())
            return
        super().keyPressEvent(event)

    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, items: Sequence[QListWidgetItem]) -> QMimeData:
        data = QMimeData()
        for item in items:
            data.setData(MIME, QByteArray(str(item.data(_TYPE)).encode()))
        return data

    def startDrag(self, actions: Qt.DropAction) -> None:
        item = self.currentItem()
        kind = REGISTRY.get(item.data(_TYPE) or "") if item is not None else None
        if item is None or kind is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self.mimeData([item]))
        drag.setPixmap(_nothing())
        carried = Carried(_picture(kind, self.devicePixelRatioF()), self.window())
        drag.actionChanged.connect(carried.over)
        drag.exec(Qt.DropAction.CopyAction)
        carried.put_down()


def _nothing() -> QPixmap:
    """In the place of Qt's own picture, which would hang over the block that the canvas shows for the drop."""
    picture = QPixmap(1, 1)
    picture.fill(Qt.GlobalColor.transparent)
    return picture


def _picture(kind: type[Layer], ratio: float) -> QPixmap:
    """The block as it hangs at the mouse while it is dragged."""
    scale = 0.8
    width, height = BLOCK_WIDTH * scale + 8, BLOCK_HEIGHT * scale + 8
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.translate(width / 2, height / 2)
    painter.scale(scale, scale)
    layer = kind()  # type: ignore[call-arg]
    face = Face(kind.title, "", layer.summary(), "", kind.icon, kind.category)
    BlockItem(kind.type_name(), face).paint(painter, None)  # type: ignore[arg-type]
    painter.end()
    return picture
