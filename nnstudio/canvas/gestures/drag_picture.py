"""Picture of a dragged layer at the mouse, unless shown elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtWidgets import QWidget

from nnstudio.ui.labels import PlainLabel

# Where on the picture the pointer is.
_GRIP = QPoint(24, 20)
_FRAME_MS = 16


class Carried(PlainLabel):
    """Picture that follows the mouse over a window, even during Qt's own drags.

    Over a drop target it is hidden, since the target shows a preview.
    """

    def __init__(self, picture: QPixmap, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("carried")
        # The drag looks for its target below it.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setPixmap(picture)
        self.adjustSize()
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._follow)
        self._timer.start()
        self._follow()
        self.show()
        self.raise_()

    def over(self, action: Qt.DropAction) -> None:
        """Report the drop action under the mouse."""
        self.setVisible(action == Qt.DropAction.IgnoreAction)

    def put_down(self) -> None:
        """End the drag."""
        self._timer.stop()
        self.hide()
        self.deleteLater()

    def _follow(self) -> None:
        self.move(self._window.mapFromGlobal(QCursor.pos()) - _GRIP)
