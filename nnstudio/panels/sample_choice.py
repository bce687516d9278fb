"""Choice of a sample in a preview, by click or arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from nnstudio.panels.preview import Preview

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: None, Qt.Key.Key_End: None}


class SampleChoice(QObject):
    """Choice of a sample by clicks and keys on a preview.

    A click chooses, a second one on the same sample deselects it. Left and right go to its neighbours, Home and End to
    the first and the last; Escape deselects it.

    Signals:
        chosen: the index of a sample within the shown part, or -1 for none.
    """

    chosen = Signal(int)

    def __init__(self, preview: Preview) -> None:
        super().__init__(preview)
        self._preview = preview
        self._pressed: QPointF | None = None
        preview.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        preview.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton:
            if event.type() == QEvent.Type.MouseButtonPress:
                self._pressed = event.position()
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
                way, self._pressed = event.position() - self._pressed, None
                if way.manhattanLength() < QApplication.startDragDistance():
                    self._click(event.position())
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._press(event)
        return False

    def _click(self, place: QPointF) -> None:
        index = self._preview.sample_at(place)
        if index is not None:
            self.chosen.emit(-1 if index == self._preview.chosen else index)

    def _press(self, event: QKeyEvent) -> bool:
        total, chosen, key = self._preview.total, self._preview.chosen, Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and chosen is not None:
            self.chosen.emit(-1)
            return True
        if event.modifiers() != Qt.KeyboardModifier.NoModifier or key not in _STEPS or not total:
            return False
        step = _STEPS[key]
        if step is None:
            index = 0 if key == Qt.Key.Key_Home else total - 1
        elif chosen is None:
            index = self._preview.first
        else:
            index = min(max(chosen + step, 0), total - 1)
        if index != chosen:
            self.chosen.emit(index)
        return True
