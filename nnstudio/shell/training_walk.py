"""Walk through the next training step: forward, loss, backward, update, one formula at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nnstudio.document.probe import Probe, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.training_walk import Stop, TrainingWalk, WalkPlan
from nnstudio.training.session import Session


class Walk(QObject):
    """Walk through the next training step, back and forth, that changes nothing until the step is made at its end.

    It is over as soon as the network, the data or the step are other ones.

    Signals:
        changed: it is at another stop, has begun or is over.
        failed: it cannot begin, with the reason as a sentence.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, store: Store, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._session = store, session
        # What is asked of the worker to begin; then its answer, and the stop.
        self._wanted: TrainingWalk | None = None
        self._plan: WalkPlan | None = None
        self._at = 0
        # Generation and step of the network that is walked through.
        self._of: tuple[int, int] = -1, -1
        session.arrived.connect(self._take)
        store.opened.connect(self.leave)
        store.undo_stack.indexChanged.connect(self.leave)
        store.sample_changed.connect(self._follow_sample)

    @property
    def active(self) -> bool:
        """True from the first stop until the walk is over."""
        return self._plan is not None

    @property
    def stop(self) -> Stop | None:
        """Stop at which it is; None if there is no walk."""
        return None if self._plan is None else self._plan.stops[self._at]

    @property
    def first(self) -> bool:
        """True at the first stop."""
        return self._at == 0

    @property
    def place(self) -> str:
        """Place in the walk, as a sentence: "Step through 7 of 24: gradient of weight of dense_2"."""
        if self._plan is None:
            return ""
        total = len(self._plan.stops)
        text = f"Step through {self._at + 1} of {total}: {self._plan.stops[self._at].title}"
        return f"{text}. F7 takes the update" if self._at == total - 1 else text

    @property
    def note(self) -> str:
        """Remarks on the numbers that are shown, as sentences."""
        if self._plan is None:
            return ""
        share, differing = _share(self._store.probe, self._plan.batch), self._plan.differing
        if not differing or self._plan.stops[self._at].parameter:
            return share
        works = "works" if len(differing) == 1 else "work"
        return f"{share} Here {' and '.join(differing)} {works} as in use; the update is that of training."

    def requests(self) -> frozenset[Request]:
        """Request to the worker while the walk is about to begin."""
        return frozenset() if self._wanted is None else frozenset({self._wanted})

    def forth(self) -> None:
        """Begin the walk, go on to its next stop, or at the last one make the step."""
        if self._plan is None:
            self._wanted = TrainingWalk(self._store.document.training.loss)
            self._session.ask()
        elif self._at + 1 < len(self._plan.stops):
            self._at += 1
            self.changed.emit()
        else:
            self.leave()
            self._session.step()

    def back(self) -> None:
        """Go back to the stop before."""
        if self._plan is not None and self._at:
            self._at -= 1
            self.changed.emit()

    def leave(self) -> None:
        """End the walk without making the step."""
        self._wanted = None
        if self._plan is not None:
            self._plan, self._at = None, 0
            self.changed.emit()

    def _follow_sample(self) -> None:
        if self._plan is not None:
            self.changed.emit()

    def _take(self, snapshot: Snapshot) -> None:
        unable = snapshot.state in (RunState.RUNNING, RunState.EMPTY)
        if self._plan is not None and (unable or (snapshot.generation, snapshot.step) != self._of):
            self.leave()
        found = None if self._wanted is None else snapshot.answers.get(self._wanted)
        if unable:
            self._wanted = None
        elif isinstance(found, WalkPlan):
            self._begin(found, snapshot)
        elif isinstance(found, Refusal):
            self._wanted = None
            self.failed.emit(found.sentence)

    def _begin(self, plan: WalkPlan, snapshot: Snapshot) -> None:
        self._wanted = None
        # First, so that it counts as no change of the walk's sample.
        self._store.choose_sample(SampleRef("train", plan.batch[0]))
        self._plan, self._at, self._of = plan, 0, (snapshot.generation, snapshot.step)
        self.changed.emit()


def _share(probe: Probe, batch: tuple[int, ...]) -> str:
    """Part of a sample in the update that its batch makes, as a sentence."""
    if not isinstance(probe, SampleRef) or probe.part != "train" or probe.index not in batch:
        return f"{probe.title} is not in this step's batch, whose gradients the update uses."
    if len(batch) == 1:
        return f"{probe.title} is the only one in this step's batch."
    place = batch.index(probe.index) + 1
    return (
        f"{probe.title} is number {place:,} of {len(batch):,} in this step's batch; "
        "the update uses the mean of their gradients."
    )
