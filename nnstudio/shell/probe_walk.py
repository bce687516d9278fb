"""Walk of the probe through the data: next, previous, random, and wrongly predicted samples."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from nnstudio.document.probe import Part, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.wrong_sample import WrongSample, WrongSampleFound
from nnstudio.training.session import Session


class ProbeWalk(QObject):
    """Walk of the probe through the part of the data that it is in.

    It goes on from the probe, or from the last one of the data where that has values given by hand. `tell` shows a
    sentence to the user.
    """

    def __init__(self, store: Store, session: Session, tell: Callable[[str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._session, self._tell = store, session, tell
        # What is asked of the worker, and how many samples it has looked at in vain.
        self._wanted: WrongSample | None = None
        self._looked = 0
        session.arrived.connect(self._take)
        store.opened.connect(self._forget)
        store.sample_changed.connect(self._forget)

    @property
    def total(self) -> int:
        """Number of samples in the probe's part; 0 without data."""
        split = self._session.snapshot.data
        data = None if split is None else split.part(self._store.reference.part)
        return 0 if data is None else len(data)

    def move(self, steps: int) -> None:
        """Go on by so many samples; after the last one comes the first."""
        here = self._store.reference
        self._store.choose_sample(replace(here, index=(here.index + steps) % max(self.total, 1)))

    def jump(self) -> None:
        """Go to another sample at random."""
        here, total = self._store.reference, self.total
        if total > 1:
            step = random.randrange(1, total)
            self._store.choose_sample(replace(here, index=(here.index + step) % total))

    def find_wrong(self) -> None:
        """Go to the next sample that the network predicts wrongly, or tell that there is none."""
        here = self._store.reference
        self._find(here.part, (here.index + 1) % max(self.total, 1))

    def requests(self) -> frozenset[Request]:
        """Request to the worker while a wrong sample is looked for."""
        return frozenset() if self._wanted is None else frozenset({self._wanted})

    def _find(self, part: Part, start: int) -> None:
        self._wanted, self._looked = WrongSample(part, start, self._store.document.training.loss.threshold), 0
        self._session.ask()

    def _forget(self) -> None:
        self._wanted = None

    def _take(self, snapshot: Snapshot) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        found = snapshot.answers.get(wanted)
        if snapshot.state is RunState.EMPTY or isinstance(found, Refusal):
            self._forget()
            if isinstance(found, Refusal) and found.sentence:
                self._tell(found.sentence)
        elif isinstance(found, WrongSampleFound):
            self._go_on(wanted, found)

    def _go_on(self, wanted: WrongSample, found: WrongSampleFound) -> None:
        self._looked += found.looked
        if found.index is not None:
            self._forget()
            here = SampleRef(wanted.part, found.index)
            if here == self._store.probe:
                self._tell(f"No other wrong sample among {_among(wanted, found)}.")
            self._store.choose_sample(here)
        elif self._looked >= found.total:
            self._forget()
            self._tell(f"No wrong sample among {_among(wanted, found)}.")
        else:
            # The session asks for it with the next snapshot.
            self._wanted = replace(wanted, start=(wanted.start + found.looked) % found.total)


def _among(wanted: WrongSample, found: WrongSampleFound) -> str:
    part = "training" if wanted.part == "train" else wanted.part
    return f"{found.total:,} {part} samples"
