"""Drop of a layer from the palette, previewed while it is dragged."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from engine.layers import REGISTRY
from engine.layers.base import Layer
from nnstudio.canvas.gestures.autopan import AutoPan
from nnstudio.canvas.protocols import DropView

# What a drag from the palette carries: the type name of a layer.
MIME = "application/x-nnstudio-layer"


class LayerDrop:
    """Drag of a layer over a view, from its arrival to its drop.

    `previewed` is called each time the scene shows what a drop would make.

    Attributes:
        layer: the layer that is dragged, with default settings; None without one.
    """

    def __init__(self, view: DropView, auto_pan: AutoPan, previewed: Callable[[], object]) -> None:
        self._view, self._auto_pan, self._previewed = view, auto_pan, previewed
        self.layer: Layer | None = None

    def enter(self, event: QDragEnterEvent) -> None:
        """Take up what comes in over the edge of the view, if it is a layer."""
        self.layer = _layer_of(event)
        if self.layer is not None:
            event.acceptProposedAction()

    def move(self, event: QDragMoveEvent) -> None:
        """Preview the drop at the mouse."""
        if self.layer is not None:
            view, layer, place = self._view, self.layer, event.position().toPoint()
            view.canvas.preview(layer, self._point(event))
            self._previewed()
            area = view.qt.viewport().rect()
            self._auto_pan.at(place, area, lambda: view.canvas.preview(layer, view.qt.mapToScene(place)))
            event.acceptProposedAction()

    def leave(self) -> None:
        """Take the preview off: the layer has left the view."""
        self._auto_pan.stop()
        self.layer = None
        self._view.canvas.refresh()
        self._view.qt.viewport().update()

    def drop(self, event: QDropEvent) -> None:
        """Put the layer into the document."""
        layer, self.layer = self.layer, None
        self._auto_pan.stop()
        if layer is not None:
            self._view.canvas.drop(layer, self._point(event))
            self._view.qt.setFocus()
            event.acceptProposedAction()

    def _point(self, event: QDropEvent) -> QPointF:
        return self._view.qt.mapToScene(event.position().toPoint())


def _layer_of(event: QDropEvent) -> Layer | None:
    """A new layer, with default settings, of the type that is dragged; None if something else is."""
    data = event.mimeData()
    if not data.hasFormat(MIME):
        return None
    kind = REGISTRY.get(bytes(data.data(MIME).data()).decode(errors="replace"))
    return kind() if kind is not None else None  # type: ignore[call-arg]
