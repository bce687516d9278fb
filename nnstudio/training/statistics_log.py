"""Statistics log: what was measured of a run over time, in bounded room."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.batch_statistics import BatchPicture, BatchStatistics

# Beyond so many, every second entry but the newest is left out.
MOST_ENTRIES = 256


@dataclass(frozen=True, eq=False)
class Entry:
    """Measurement of a run at one moment.

    Attributes:
        step: finished steps. epoch: finished epochs. statistics: the measurement.
        afterwards: it was made later, with the parameters of a kept moment.
    """

    step: int
    epoch: int
    statistics: BatchPicture
    afterwards: bool = False

    @property
    def source(self) -> str:
        """Time of the measurement, as tables give it."""
        return "afterwards" if self.afterwards else "while training"


class StatisticsLog:
    """Log of batch statistics from the snapshots of a run, oldest first.

    Attributes:
        entries: one for each step at which something was measured.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._run = ""
        # Entries nearer than this to the last one are left out, but for the newest.
        self._gap = 1

    @property
    def newest(self) -> Entry | None:
        """Last entry; None if there is none."""
        return self.entries[-1] if self.entries else None

    def clear(self) -> None:
        """Forget all, for another project."""
        self.entries.clear()
        self._gap = 1

    def take(self, snapshot: Snapshot) -> bool:
        """Add what a snapshot has. True if the log has changed.

        Entries of later steps than the snapshot's are of a run that was reset or undone, and go; all of them go where
        another run has begun that does not go on from this one.
        """
        entries = self.entries
        before = len(entries)
        if snapshot.run.id and snapshot.run.id != self._run:
            if self._run not in ("", snapshot.run.parent):
                self.clear()
            self._run = snapshot.run.id
        while entries and entries[-1].step > snapshot.step:
            entries.pop()
        changed = len(entries) != before
        answers = snapshot.answers.items()
        found = next((a for r, a in answers if isinstance(r, BatchStatistics) and isinstance(a, BatchPicture)), None)
        if found is None or (entries and entries[-1].statistics is found):
            return changed
        entry = Entry(snapshot.step, snapshot.epoch, found)
        near = len(entries) > 1 and entries[-1].step - entries[-2].step < self._gap
        if entries and (entries[-1].step == snapshot.step or near):
            # The newest one is always kept, until one comes that is far enough from the last but one.
            entries[-1] = entry
            return True
        entries.append(entry)
        if len(entries) > MOST_ENTRIES:
            newest = entries[-1]
            entries[:] = entries[::2]
            if entries[-1] is not newest:
                entries.append(newest)
            self._gap = max(self._gap, 2 * snapshot.step // MOST_ENTRIES)
        return True
