"""Reader of a study, for those who look on: kept open, so that only what is new is read."""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nnstudio.sweep.results import StudyTable, table_of
from nnstudio.sweep.storage import close_storage, open_storage, storage_errors

if TYPE_CHECKING:
    import optuna


class StudyReader:
    """Reader of a study in a storage, to be used in a `with` block or closed. It writes nothing.

    Raises SweepError if the storage is not there, or cannot be read.
    """

    def __init__(self, place: str, name: str) -> None:
        self._place, self._name = place, name
        self.storage = open_storage(place, create=False)
        self._study: optuna.Study | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    @property
    def study(self) -> optuna.Study | None:
        """The study; None while it is not begun yet. Raises SweepError."""
        import optuna

        if self._study is None:
            with storage_errors(self._place), contextlib.suppress(KeyError):
                self._study = optuna.load_study(study_name=self._name, storage=self.storage)
        return self._study

    def read(self) -> StudyTable | None:
        """Trials as they are now; None while the study is not begun yet. Raises SweepError."""
        study = self.study
        if study is None:
            return None
        with storage_errors(self._place):
            try:
                return table_of(study)
            finally:
                self.storage.remove_session()

    def close(self) -> None:
        """Close connections to a database."""
        close_storage(self.storage)
