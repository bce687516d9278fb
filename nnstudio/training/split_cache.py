"""Cache of recently read data, so that switching back needs no reading."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from engine.data import Preparation
from engine.data.base import Stamp
from nnstudio.document.model import DataSettings
from nnstudio.training.build import read_data
from nnstudio.training.split import Split

_MOST = 2


@dataclass(frozen=True)
class _Entry:
    settings: DataSettings
    stamps: tuple[Stamp, ...]
    known: Preparation | None
    split: Split


class SplitCache:
    """Cache of recently read splits, each valid while settings and files are unchanged."""

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque(maxlen=_MOST)

    def read(self, settings: DataSettings, known: Preparation | None = None, *, trained: bool = False) -> Split:
        """Data of these settings, from their files; see `read_data`. Raises DataError."""
        trained = trained and known is None
        settings = settings.lasting
        stamps = settings.dataset.stamps()
        for entry in self._entries:
            if (entry.settings, entry.stamps) != (settings, stamps):
                continue
            fresh = known is None and entry.known is None and not trained
            if fresh or (known is not None and known == entry.split.preparation):
                return entry.split
        split = read_data(settings, known, trained=trained)
        # A fit on all samples, made once for an old project, is no answer for a fresh run.
        self._entries.append(_Entry(settings, stamps, split.preparation if trained else known, split))
        return split
