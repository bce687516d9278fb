"""Window from which a file can be dragged, as from a file manager: `python drag_source.py X Y FILE`."""

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
        print(drag.exec(Qt.DropAction.CopyAction).name, flush=True)
        QApplication.quit()


def main() -> None:
    """Show the window until its file has been dropped."""
    app = QApplication(sys.argv[:1])
    handle = Handle(sys.argv[3])
    handle.setGeometry(int(sys.argv[1]), int(sys.argv[2]), 80, 40)
    handle.show()
    handle.raise_()
    print("shown", flush=True)
    app.exec()


main()
