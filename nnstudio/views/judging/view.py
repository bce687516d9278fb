"""Judging: most wrong samples, figures of classes, curves, calibration; of numbers, errors and residuals."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedWidget, QTabBar, QWidget

from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.judging.calibration import CalibrationPage
from nnstudio.views.judging.class_table import ClassTablePage, LabelTablePage
from nnstudio.views.judging.curves import CurvesPage
from nnstudio.views.judging.most_wrong import MostWrongPage
from nnstudio.views.judging.numbers import PredictedPage, ResidualsPage
from nnstudio.views.judging.page import JudgingPage
from nnstudio.views.judging.part_choice import PartChoice
from nnstudio.views.plotting import Header, HintPages, column

# Room beside tabs and list, in pixels.
_MARGINS = 24
_NOTHING = "The network gives no number for each class or target, so there is nothing to judge."
# In the order of their tabs; each shows itself for the data that it suits.
PAGES: tuple[type[JudgingPage], ...] = (
    LabelTablePage,
    PredictedPage,
    ResidualsPage,
    MostWrongPage,
    ClassTablePage,
    CurvesPage,
    CalibrationPage,
)


class JudgingView(AnswerView):
    """View of how well the network does on one part of the data, a tab for each question."""

    dock_name = "judgingView"
    title = "Judging"
    saying = "how well, and where it fails"
    group, rank = "training", 32
    layouts = frozenset()
    waiting = "The figures appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.tabs = QTabBar()
        self.tabs.setObjectName("judgingTabs")
        self.tabs.setAccessibleName("Questions")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.part = PartChoice(store, "judgingPart")
        self.stack = QStackedWidget()
        self.judging: tuple[JudgingPage, ...] = tuple(kind(store) for kind in PAGES)
        for page in self.judging:
            self.stack.addWidget(page)
            place = self.tabs.addTab(page.title)
            self.tabs.setTabToolTip(place, page.help)
            page.requests_changed.connect(self._ask_anew)
            page.message.connect(self.message)
        self.pages = HintPages(self.stack, self.waiting)
        self._head = Header(self.tabs, self.part, wide_from=0)
        column(self, self._head, self.pages)
        self._split: Split | None = None
        # The tab that a person has chosen, which stays as long as it suits the data.
        self._chosen = 0
        self.tabs.currentChanged.connect(self._choose)
        store.judged_part_changed.connect(self._ask_anew)
        store.changed.connect(self._offer)
        self._offer()

    @property
    def page(self) -> JudgingPage:
        """Page in front."""
        return self.judging[max(self.tabs.currentIndex(), 0)]

    def request(self) -> Request | None:
        return self.page.request() if self._split is not None else None

    def draw(self, snapshot: Snapshot) -> None:
        super().draw(snapshot)
        request = self.request()
        found = None if request is None else snapshot.answers.get(request)
        if isinstance(found, Refusal) and not found.sentence:
            self.pages.show_hint(_NOTHING)

    def hindrance(self, snapshot: Snapshot) -> str:
        data = snapshot.data
        if data is None or not len(data.train):
            return brief(snapshot.message) or self.waiting
        self.part.show_parts(data)
        if data is not self._split:
            self._split = data
            for page in self.judging:
                page.take_data(data)
            self._offer()
            self.requests_changed.emit()
        return ""

    def announce(self, snapshot: Snapshot) -> None:
        # A closed view must not keep a million samples in memory that nobody else needs.
        if self._split is not None and snapshot.data is not self._split:
            self._drop()

    def forget(self) -> None:
        super().forget()
        self._drop()

    def _drop(self) -> None:
        self._split = None
        for page in self.judging:
            page.release()

    def show_answer(self, answer: Any) -> None:
        self.page.show_answer(answer)

    def _offer(self) -> None:
        """Show the tabs that suit the data."""
        signature, loss = self.store.analysis.signature, self.store.document.training.loss
        # While they change, Qt goes on to whatever tab is left.
        self.tabs.blockSignals(True)
        for place, page in enumerate(self.judging):
            self.tabs.setTabVisible(place, signature is not None and page.suits(signature, loss))
        # Else the last tabs would be cut off.
        self._head.wide_from = self.tabs.sizeHint().width() + self.part.sizeHint().width() + _MARGINS
        self._head.arrange()
        places = [place for place in range(self.tabs.count()) if self.tabs.isTabVisible(place)]
        place = self._chosen if self._chosen in places else next(iter(places), 0)
        turned = place != self.stack.currentIndex()
        self.tabs.setCurrentIndex(place)
        self.tabs.blockSignals(False)
        if turned:
            self._turn(place)

    def _choose(self, place: int) -> None:
        self._chosen = place
        self._turn(place)

    def _turn(self, place: int) -> None:
        self.stack.setCurrentIndex(max(place, 0))
        self.inspection = self.page.inspections[0] if self.page.inspections else None
        self._ask_anew()

    def _ask_anew(self) -> None:
        """Show the answer to the present request as soon as it is there, which may be now."""
        self.answer = None
        self.pages.show_hint(self.waiting)
        if self.snapshot is not None:
            self.draw(self.snapshot)
        self.requests_changed.emit()

    def reading(self, point: Any) -> str:
        return self.page.reading(point)

    def table(self) -> NumberTable | None:
        return self.page.table()

    def caption(self) -> str:
        return self.page.caption()
