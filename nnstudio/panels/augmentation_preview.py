"""Preview of augmentation: one picture as it is, and as training may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.data.describe import input_names
from engine.data.steps import Augmentation
from engine.data.steps.augmentation.base import PICTURE_AXES, augment, generator
from nnstudio.document.probe import FIRST, SampleRef
from nnstudio.loading.background import Background, Job
from nnstudio.training.sample_text import exact
from nnstudio.training.split import Split
from nnstudio.ui.icons import set_icon
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.labels import text_label
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sample_image import to_image
from nnstudio.ui.theme import theme

Array = NDArray[Any]

# Columns and rows of pictures; the first is the one as it is.
_ACROSS: Final = 5
_COUNT: Final = 10
_GAP = 5


@dataclass(frozen=True, eq=False)
class _Wanted:
    """What is to be shown: a picture (height, width) or (channels, height, width), and its changes."""

    sample: Array
    number: SampleRef
    names: tuple[str, ...]
    steps: tuple[Augmentation, ...]
    seed: int
    draw: int

    def pictures(self) -> Array:
        """The picture, and as many changed ones as have room."""
        copies = np.repeat(self.sample[None], _COUNT - 1, 0)
        changed = augment(self.steps, copies, generator(self.seed, self.draw))
        return np.concatenate([self.sample[None].astype(np.float32), changed])


class AugmentationPreview(QWidget):
    """A training picture as it is and changed a few times, computed in a thread.

    Hidden where nothing is augmented.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("augmentationPreview")
        self._split: Split | None = None
        self._steps: tuple[Augmentation, ...] = ()
        self._seed, self._draw = 0, 0
        self._chosen = FIRST
        self._job: Job | None = None
        self._stale = False
        self._background = Background(self)
        self._background.finished.connect(self._finish)
        self._text = text_label(role="muted")
        self.again = QToolButton()
        self.again.setObjectName("augmentAgain")
        self.again.setAccessibleName("Other changes")
        self.again.setToolTip("Change the picture in other ways at random")
        self.again.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_icon(self.again, "dice")
        self.again.clicked.connect(self._draw_again)
        self.canvas = _Pictures()
        head = QHBoxLayout()
        head.addWidget(self._text, 1)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.canvas)
        self.hide()

    def show_split(self, split: Split | None) -> None:
        """Show pictures of other data."""
        self._split = split
        self._refresh()

    def show_sample(self, sample: SampleRef | None) -> None:
        """Show another training picture; None for the first."""
        chosen = sample if sample is not None and sample.part == "train" else FIRST
        if chosen != self._chosen:
            self._chosen = chosen
            self._refresh()

    def show_steps(self, steps: tuple[Augmentation, ...], seed: int) -> None:
        """Show what other steps do."""
        if (steps, seed) != (self._steps, self._seed):
            self._steps, self._seed = steps, seed
            self._refresh()

    def _draw_again(self) -> None:
        self._draw += 1
        self._refresh()

    def _wanted(self) -> _Wanted | None:
        """What is to be shown; None where there is nothing."""
        train = self._split.train if self._split is not None else None
        if train is None or not self._steps or train.shown.ndim not in PICTURE_AXES or not len(train):
            return None
        number = self._chosen if self._chosen.index < len(train) else FIRST
        return _Wanted(train.shown[number.index], number, input_names(train), self._steps, self._seed, self._draw)

    def _refresh(self) -> None:
        if self._job is not None:
            # One after the other: a spin box that is turned asks for many.
            self._stale = True
            return
        wanted = self._wanted()
        self.setVisible(wanted is not None)
        if wanted is not None:
            self._text.setText(f"{wanted.number.title}, and as training may see it")
            self._asked = wanted
            self._job = self._background.start(wanted.pictures)

    def _finish(self, job: Job) -> None:
        self._job = None
        if job.error is None:
            self.canvas.show_pictures(job.result, self._asked.names)
        if self._stale:
            self._stale = False
            self._refresh()


class _Pictures(QWidget):
    """Pictures in rows; the first, in a frame, is the one as it is."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("augmentedPictures")
        self.setAccessibleName("Augmented pictures")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._pictures: Array = np.empty((0, 1, 1, 1), np.float32)
        self._names: tuple[str, ...] = ()
        self._images: list[QImage] = []
        self.inspection = Inspection(
            self, Exhibit(self, lambda: "Augmented pictures", self._read, self._table, (self,))
        )
        theme().changed.connect(self.update)

    def show_pictures(self, pictures: Array, names: tuple[str, ...]) -> None:
        """Show pictures (n, height, width) or (n, channels, height, width)."""
        self._pictures, self._names = pictures, names
        first = pictures[0]
        low, high = min(float(first.min()), 0.0), max(float(first.max()), 1e-6)
        self._images = [to_image(picture, low, high) for picture in pictures]
        self.setAccessibleDescription(f"A picture as it is, and changed {len(pictures) - 1} times")
        self.updateGeometry()
        self.inspection.refresh()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        side = (width - (_ACROSS - 1) * _GAP) / _ACROSS
        return round(-(-_COUNT // _ACROSS) * (side + _GAP))

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(max(self.width(), 240)))

    def _box(self, place: int) -> QRectF:
        """Where a picture stands, with its own shape."""
        side = (self.width() - (_ACROSS - 1) * _GAP) / _ACROSS
        row, column = divmod(place, _ACROSS)
        height, width = self._pictures.shape[-2:]
        scale = side / max(height, width)
        box = QRectF(0, 0, width * scale, height * scale)
        box.moveCenter(QPointF((column + 0.5) * side + column * _GAP, (row + 0.5) * side + row * _GAP))
        return box

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme().colours
        for place, image in enumerate(self._images):
            box = self._box(place)
            painter.drawImage(box, image)
            painter.setPen(QPen(QColor(colours.accent if place == 0 else colours.border), 2 if place == 0 else 1))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _read(self, place: QPointF) -> str:
        for number, picture in enumerate(self._pictures):
            box = self._box(number)
            if box.contains(place):
                height, width = picture.shape[-2:]
                row = min(int((place.y() - box.top()) / box.height() * height), height - 1)
                column = min(int((place.x() - box.left()) / box.width() * width), width - 1)
                values = ", ".join(exact(value) for value in picture.reshape(-1, height, width)[:, row, column])
                what = "As it is" if number == 0 else f"Changed, {number}"
                return f"{what}\nrow {row + 1}, column {column + 1}: {values}"
        return ""

    def _table(self) -> NumberTable | None:
        if not len(self._pictures):
            return None
        pictures, names = self._pictures, self._names
        return NumberTable(
            ("picture", *names), lambda: ((number, *picture.ravel()) for number, picture in enumerate(pictures))
        )
