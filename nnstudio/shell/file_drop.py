"""Files dropped on the window: a project or network is opened, data become the project's data, a picture the probe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from nnstudio.project.network_import import is_network
from nnstudio.project.project_file import SUFFIX
from nnstudio.shell.studio import Studio


class FileDrop(QObject):
    """Drops of files on the window, wherever no widget in it takes them.

    Args:
        show_project: shows the project instead of the start page.
    """

    def __init__(self, studio: Studio, show_project: Callable[[], object]) -> None:
        super().__init__(studio)
        self._studio, self._show_project = studio, show_project
        studio.setAcceptDrops(True)
        studio.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event:
            # A drop is a move to Qt's classes, so that it comes first.
            case QDropEvent() if event.type() is QEvent.Type.Drop:
                paths = dropped_paths(event.mimeData())
                if not paths:
                    return False
                event.acceptProposedAction()
                self._take(paths)
                return True
            case QDragEnterEvent() | QDragMoveEvent():
                paths = dropped_paths(event.mimeData())
                if not paths:
                    return False
                event.acceptProposedAction()
                if isinstance(event, QDragEnterEvent):
                    self._studio.status.hint(f"Drop: {_purpose(paths)}.")
                return True
        if event.type() is QEvent.Type.DragLeave:
            self._studio.status.hint("")
        return super().eventFilter(watched, event)

    def _take(self, paths: list[str]) -> None:
        studio = self._studio
        studio.status.hint("")
        if len(paths) > 1:
            studio.status.tell("Drop one file or folder at a time; for several pictures, the folder that holds them.")
        elif _is_opened(paths[0]):
            studio.files.open(paths[0])
        else:
            if not studio.project_shown:
                self._show_project()
            studio.docks.all["dataPanel"].show()
            studio.docks.all["dataPanel"].raise_()
            studio.data_panel.take_path(paths[0])


def dropped_paths(mime: QMimeData) -> list[str]:
    """Paths of the files on this computer that are dragged; empty if something else is."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]


def _purpose(paths: list[str]) -> str:
    if len(paths) > 1:
        return "one file or folder at a time"
    name = Path(paths[0]).name
    return f"open {name}" if _is_opened(name) else f"take {name} as data"


def _is_opened(path: str) -> bool:
    """True for files that hold a project, or a network that becomes one."""
    return path.lower().endswith(SUFFIX) or is_network(path)
