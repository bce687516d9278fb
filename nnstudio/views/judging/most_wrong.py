"""Most wrong samples: those that the network is most confidently wrong about, or furthest off."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.requests.ranked_samples import RankedSamples, SampleRanking
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.judging.page import JudgingPage
from nnstudio.views.judging.ranked_list import RankedList
from nnstudio.views.plotting import Header, column

_WIDE = 320


class MostWrongPage(JudgingPage):
    """Page of the most wrong samples, with their pictures or rows."""

    title = "Mistakes"
    help = "The samples that the network is most confidently wrong about; of numbers, those with the largest errors"

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.samples = RankedList(store)
        column(self, Header(self.info, wide_from=_WIDE), self.samples)
        for canvas, owner in self.samples.canvases:
            self.make_inspectable(canvas, owner=owner)

    def request(self) -> RankedSamples:
        return RankedSamples(self.threshold, part=self.store.judged_part)

    def show_answer(self, answer: SampleRanking) -> None:
        self.samples.show_ranking(answer, self.split)
        count, named = answer.found, len(answer.indices)
        if answer.own is None:
            self.tell("The largest errors first", "Largest errors first", answer)
            return
        if not count:
            self.tell("None is predicted wrongly", "None wrong", answer)
            return
        first = f", the {named:,} most wrong ones" if named < count else ", the most wrong first"
        self.tell(f"{count:,} predicted wrongly{first}", f"{count:,} wrong", answer)

    def release(self) -> None:
        super().release()
        self.samples.show_ranking(None, None)

    def reading(self, point: QPointF) -> str:
        return self.samples.reading(point)

    def table(self) -> NumberTable | None:
        return self.samples.table()
