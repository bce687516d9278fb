"""Marks on the curves of a run: what was changed while it was trained, and where. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nnstudio.document import changes
from nnstudio.document.lineage import Lineage
from nnstudio.document.model import Document
from nnstudio.training.messages import Mark

# How many are kept; the oldest go first.
MOST_MARKS: Final = 100
# How many characters a text has at most, and how many changes it names.
MOST_TEXT: Final = 300
_MOST_CHANGES: Final = 4


class MarkBook:
    """The marks of a run.

    A mark tells in what the document differs from the one with which the step before was made. So a spin box that is
    turned makes one mark, and an edit that is undone before training goes on makes none.

    Args:
        document: with which the run begins.
        marks: what was there already.

    Attributes:
        restructured: the step after which blocks or wires were changed last; None if they never were.
    """

    def __init__(self, document: Document, marks: Iterable[Mark] = ()) -> None:
        self._marks = list(marks)[-MOST_MARKS:]
        self.restructured: int | None = None
        self._begin(document)

    def _begin(self, document: Document) -> None:
        """From here on, changes are told against this document."""
        self._trained = self._newest = document
        self._lineage = Lineage(document)
        self._pending: Mark | None = None
        self._changed = False
        # What `restructured` was with this document.
        self._before = self.restructured

    @property
    def shown(self) -> tuple[Mark, ...]:
        """All marks in their order, also that of changes with which no step was made yet."""
        kept = self._marks if self._pending is None else [*self._marks, self._pending][-MOST_MARKS:]
        return tuple(kept)

    def add(self, place: float, text: str) -> None:
        """A mark of its own, `place` in epochs."""
        self._marks = [*self._marks, Mark(place, text)][-MOST_MARKS:]

    def follow(self, document: Document, place: float, step: int) -> None:
        """The document is another one after so many steps, at `place` in epochs."""
        if not step:
            self._begin(document)
            return
        names = self._lineage.follow(document)
        of_network = changes.of_network(self._trained, document, names)
        text = _joined((*of_network, *changes.of_settings(self._trained, document, names)))
        self._newest = document
        self._pending = Mark(place, text) if text else None
        self._changed = True
        self.restructured = step if of_network else self._before

    def settle(self) -> None:
        """A step is made with the document as it is now."""
        # At every step of training this is one comparison.
        if self._changed:
            self._marks = list(self.shown)
            self._begin(self._newest)


def _joined(words: tuple[str, ...]) -> str:
    more = len(words) - _MOST_CHANGES
    text = ", ".join(words[:_MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
