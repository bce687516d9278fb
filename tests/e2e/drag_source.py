"""Window from which a file can be dragged: `drag_source.py X Y FILE`."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Handle(QLabel):
    """The file, to be taken hold of."""

    def __init__(self, path: str) -> None:
        super().__init__("file")
        self._path = path
        # There is no window manager that would keep it in front.
        self.setWindowFlags(Qt.WindowType.X11BypassWindowManagerHint | Qt.WindowType.WindowStaysOnTopHint)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(self._path)])
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.exec(Qt.DropAction.CopyAction)


def main() -> None:
    """Show the window. It stays after the drop, since the other program still asks it for the file."""
    app = QApplication(sys.argv[:1])
    handle = Handle(sys.argv[3])
    handle.setGeometry(int(sys.argv[1]), int(sys.argv[2]), 80, 40)
    handle.show()
    handle.raise_()
    sys.stdout.write("shown\n")
    sys.stdout.flush()
    app.exec()


main()
