"""Reader of data signatures, off the window's thread."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal

from engine.data import Dataset
from engine.data.progress import CancelledError, Progress
from engine.errors import DataError, EngineError
from nnstudio.document.data_state import DataState, Known, Loading, Refused, place_name, read_state
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job

# How long the window waits for data to be read, in seconds: small files are there before anything is drawn without.
# With what the panels draw then, a frame must not be longer than 50 ms.
PATIENCE = 0.02
# How many data sets are read at a time, and of how many the state is remembered.
_MOST_READ, _MOST_KNOWN = 4, 16


class DataReader(QObject):
    """Reader of the state of data sets, in a thread.

    A state that follows from settings alone is there at once. All others are read once, and again when their files have
    changed.

    Signals:
        arrived: the state of this data set has changed.
    """

    arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._states: OrderedDict[Dataset, Known | Refused] = OrderedDict()
        # By data set: the job that reads it or looks at its files, and whether to look once more when that is done.
        self._jobs: dict[Dataset, tuple[Job, bool]] = {}
        self._reading: set[Job] = set()
        # Those whose first reading began since their files were last to be checked.
        self._begun: set[Dataset] = set()
        # Those whose data the document no longer has; what they leave undone is forgotten.
        self._superseded: set[Job] = set()
        # What is to be read as soon as fewer are being read, the newest first.
        self._waiting: list[Dataset] = []
        self._background = Background(self)
        self._background.finished.connect(self._finish)

    def state(self, dataset: Dataset) -> DataState:
        """Known state of a data set. An unknown one starts being read."""
        if not dataset.external:
            return read_state(dataset)
        if dataset not in self._states and dataset not in self._jobs:
            self._begun.add(dataset)
            self._start(dataset, PATIENCE)
        return self._states.get(dataset) or Loading(place_name(dataset))

    def progress(self, dataset: Dataset) -> Progress | None:
        """Progress of a data set that is being read for the first time; None for all others."""
        job = self._jobs.get(dataset)
        return None if job is None or dataset in self._states else job[0].progress

    def check(self, dataset: Dataset) -> None:
        """Check in a thread whether the files of a data set have changed, and read it again then."""
        if dataset in self._begun:
            # By the very edit that asks.
            self._begun.discard(dataset)
        elif dataset in self._jobs:
            # Also during the first reading: its files may have changed since they were opened.
            self._jobs[dataset] = self._jobs[dataset][0], True
        elif dataset in self._states and dataset.external:
            self._start(dataset)

    def supersede(self, dataset: Dataset) -> None:
        """Cancel all first readings but that of this data set; those that cannot be cancelled go on."""
        for other, (job, _) in self._jobs.items():
            if other != dataset and other not in self._states:
                self._superseded.add(job)
                job.progress.cancel()

    def forget(self, dataset: Dataset) -> None:
        """Forget the state of a data set."""
        if self._states.pop(dataset, None) is not None:
            self._jobs.pop(dataset, None)

    def _start(self, dataset: Dataset, patience: float = 0.0) -> None:
        if len(self._reading) >= _MOST_READ:
            self._waiting = [*(other for other in self._waiting if other != dataset), dataset]
            return
        known = self._states.get(dataset)
        job = self._background.start(lambda: _read(dataset, known), patience)
        self._reading.add(job)
        self._jobs[dataset] = job, False
        if job.done.is_set() and known is None:
            # Who has asked gets it as the answer; there is nothing to tell of.
            self._take(dataset, job)

    def _take(self, dataset: Dataset, job: Job) -> bool:
        """Notes what a job has found. Returns whether that is anything new."""
        del self._jobs[dataset]
        self._begun.discard(dataset)
        superseded = job in self._superseded
        self._superseded.discard(job)
        if superseded and isinstance(job.result, Refused) and isinstance(job.result.error, CancelledError):
            # Whoever has come back to these data asks for them again.
            return True
        new = job.result is not self._states.get(dataset)
        self._states[dataset] = job.result
        self._states.move_to_end(dataset)
        while len(self._states) > _MOST_KNOWN:
            self._states.popitem(last=False)
        return new

    def _finish(self, job: Job) -> None:
        self._reading.discard(job)
        if self._waiting:
            self._start(self._waiting.pop())
        # What nobody waits for any more, or has waited for, is none of these.
        for dataset, (current, again) in list(self._jobs.items()):
            if current is job:
                if self._take(dataset, job):
                    self.arrived.emit(dataset)
                if again:
                    self.check(dataset)


def _read(dataset: Dataset, known: Known | Refused | None) -> Known | Refused:
    """The state of a data set, from its files; the very same as was `known` where nothing has changed."""
    try:
        if known is not None and _unchanged(dataset, known):
            return known
        state = read_state(dataset)
    except MemoryError:
        state = Refused(DataError(f"there is not enough memory to read {place_name(dataset)}; use fewer samples"))
    except Exception as error:
        # A fault of an importer must not leave the window waiting.
        log.report(error)
        state = Refused(DataError(f"{place_name(dataset)} cannot be read because of a fault in the program"))
    return known if known is not None and _same(known, state) else state


def _unchanged(dataset: Dataset, known: Known | Refused) -> bool:
    try:
        return bool(known.stamps) and dataset.stamps() == known.stamps
    except EngineError:
        return False


def _same(one: Known | Refused, other: Known | Refused) -> bool:
    if isinstance(one, Refused) and isinstance(other, Refused):
        return (one.error.message, one.stamps) == (other.error.message, other.stamps)
    return one == other
