"""Base of the pages of the judging view: one request, and its picture."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from engine.data import Signature
from engine.losses import Loss
from nnstudio.store import Store
from nnstudio.training.requests.judged_part import Judged, PartRequest
from nnstudio.training.split import Split
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.judging.part_choice import part_words


class JudgingPage(QWidget):
    """Base of the pages.

    Signals:
        requests_changed: the page needs something else now.
        message: the action just completed, as a sentence.

    Class attributes:
        title: the text of its tab. help: its meaning, in a sentence.

    Attributes:
        info: the line above the picture. inspections: read-outs and copy menus of its canvases.
    """

    requests_changed = Signal()
    message = Signal(str)

    title: ClassVar[str] = ""
    help: ClassVar[str] = ""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.store = store
        self.split: Split | None = None
        self.info = StillLabel(self.title, yields=True)
        self.inspections: list[Inspection] = []

    @classmethod
    def suits(cls, signature: Signature, loss: Loss) -> bool:
        """True if there is something to show of such data."""
        return True

    @property
    def threshold(self) -> float:
        """Threshold by which a single output is read."""
        return self.store.document.training.loss.threshold

    def request(self) -> PartRequest:
        """Request to the worker, of the part that is chosen for all views."""
        raise NotImplementedError(f"{type(self).__name__} asks for nothing")

    def take_data(self, split: Split) -> None:
        """Take other data, of which the next answers are."""
        self.split = split

    def release(self) -> None:
        """Let go of the data, which are no longer those of the project."""
        self.split = None

    def show_answer(self, answer: Any) -> None:
        """Draw an answer. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def reading(self, point: QPointF) -> str:
        """Text for a place on the canvas in front; "" where there is nothing to read."""
        return ""

    def table(self) -> NumberTable | None:
        """Numbers on display; None if there are none."""
        return None

    def tell(self, long: str, brief: str, answer: Judged, of: str = "") -> None:
        """Write the line above the picture, with the samples it is about."""
        self.info.setText(f"{long} · {part_words(answer.part, answer.samples, answer.total)}", brief)
        note = "" if answer.unseen else "\nThe network was trained on these samples; new data may do worse."
        self.info.setToolTip(f"{self.info.text()}{note}{of}")

    def make_inspectable(
        self, canvas: QWidget, *legend: QWidget, owner: QWidget | None = None, fit: Any = None
    ) -> Inspection:
        """Add value read-outs and a copy menu to a canvas; a page may have several."""
        exhibit = Exhibit(
            canvas, self.caption, lambda point: self.read(canvas, point), self.table, (*legend, canvas), owner, fit
        )
        # Around the canvas alone: with several around the page, each would open a menu.
        made = Inspection(owner or canvas, exhibit)
        made.message.connect(self.message)
        self.inspections.append(made)
        return made

    def read(self, canvas: QWidget, point: QPointF) -> str:
        """Text for a place on one of the canvases."""
        return self.reading(point)

    def caption(self) -> str:
        """Short title of the content on display."""
        return self.title


class NameChoice(QComboBox):
    """List of names, such as classes, that keeps its choice while the names stay; hidden where there is only one."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(title)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(9)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_names(self, names: tuple[str, ...], first: int = 0) -> bool:
        """Offer these names, and choose one of them if they are others than before; True then."""
        known = tuple(self.itemText(place) for place in range(self.count()))
        if names == known:
            return False
        self.clear()
        self.addItems(list(names))
        self.setCurrentIndex(first)
        self.setVisible(len(names) > 1)
        return True


def class_words(name: str) -> str:
    """Name of a class as it stands alone: a number would be one among others."""
    return name if any(letter.isalpha() for letter in name) else f"class {name}"
