"""Single pictures in the data panel: as a sample, or else the folder that they lie in as data."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from engine.data import PictureFolder
from engine.data.samples import Signature
from nnstudio.ui.icons import set_icon
from nnstudio.ui.plain_text import plain_tip


class PictureOffer(QPushButton):
    """Button that offers to open a folder as data.

    Signals:
        chosen: the user takes the offer; the path of the folder.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("openPictureFolder")
        self.setAccessibleName("Use the pictures in its folder as data")
        self.setAutoDefault(True)
        set_icon(self, "folder")
        self._path = ""
        self.clicked.connect(lambda: self.chosen.emit(self._path))
        self.hide()

    def offer(self, title: str, path: str) -> None:
        """Show the offer."""
        self._path = path
        self.setText(title)
        self.setAccessibleName(title)
        self.setToolTip(plain_tip(path))
        self.show()


def picture_values(reader: PictureFolder, path: str, known: Signature) -> tuple[float, ...]:
    """Read a picture's values in the order of a network's inputs. Raises DataError."""
    return tuple(reader.read_unlabelled(path, known).x.ravel().tolist())
