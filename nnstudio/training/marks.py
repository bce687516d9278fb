"""Marks on training curves where settings were changed. Knows no Qt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nnstudio.document import changes
from nnstudio.document.lineage import Lineage
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Mark

# How many are kept; the oldest go first.
MOST_MARKS: Final = 100
# How many characters a text has at most, and how many changes it names.
MOST_TEXT: Final = 300
_MOST_CHANGES: Final = 4
# How near a mark is to the last one, as a share of the curve's length.
_NEAR: Final = 0.02
# The text for other samples, and the share of the curve's length from which on a second one is made.
SAMPLES_CHANGED: Final = "Samples changed"
_APART: Final = 0.25


class MarkBook:
    """Marks of a run.

    A mark gives the differences between the document and the one of the step before. So an edit that is undone before
    training continues makes none. A change that only continues that of the last mark, close to it, becomes part of it:
    a spin box that is turned while training runs makes one mark.

    Args:
        document: the one with which the run begins.
        marks: earlier marks.

    Attributes:
        restructured: the step after which blocks or wires were changed last; None if they never were.
    """

    def __init__(self, document: Document, marks: Iterable[Mark] = ()) -> None:
        self._marks = list(marks)[-MOST_MARKS:]
        self.restructured: int | None = None
        # That of numbers set by hand since the last step.
        self._by_hand: Mark | None = None
        # The document to which the last mark relates, and its number of changes; None where that is not known.
        self._last: tuple[_Base, int] | None = None
        self._begin(document)

    def _begin(self, document: Document) -> None:
        """Relate changes to this document from here on."""
        self._base = _Base(document)
        self._newest = document
        # All marks, also that of changes since the last step, and the document to which the last of these relates.
        self._shown, self._shown_last = self._marks, self._last
        self._changed = False
        # What `restructured` was with this document.
        self._before = self.restructured

    @property
    def shown(self) -> tuple[Mark, ...]:
        """All marks in order, with that of changes made since the last step."""
        own = [self._by_hand] if self._by_hand is not None else []
        return tuple([*self._shown, *own][-MOST_MARKS:])

    def add(self, place: float, text: str) -> None:
        """Add a mark at `place`, in epochs."""
        self._marks = [*self._marks, Mark(place, text)][-MOST_MARKS:]
        self._last = None
        self._begin(self._newest)

    def change_samples(self, place: float) -> None:
        """Record that the samples have changed; changes that follow each other make one mark, or few."""
        self.settle()
        last = self._marks[-1] if self._marks else None
        if last is None or last.text != SAMPLES_CHANGED or place - last.x > _APART * place:
            self.add(place, SAMPLES_CHANGED)

    def follow(self, document: Document, place: float, step: int) -> None:
        """Record another document after so many steps, at `place` in epochs."""
        if not step:
            self._begin(document)
            return
        of_network, of_settings = self._base.changes(document)
        words = (*of_network, *of_settings)
        # Followed at each document, whether it is needed or not: else a name would be lost on the way.
        whole = sum(self._last[0].changes(document), ()) if self._last is not None else ()
        if words and self._last is not None and len(whole) <= self._last[1] and self._near(place):
            told = [Mark(self._marks[-1].x, _joined(whole))] if whole else []
            self._shown, self._shown_last = [*self._marks[:-1], *told], self._last if whole else None
        elif words:
            self._shown, self._shown_last = [*self._marks, Mark(place, _joined(words))], (self._base, len(words))
        else:
            self._shown, self._shown_last = self._marks, self._last
        self._newest, self._changed = document, True
        self.restructured = step if of_network else self._before

    def set_by_hand(self, place: float, names: Iterable[str]) -> None:
        """Record the parameters of which numbers were set by hand since the last step; none if they were set back."""
        text = _joined(tuple(f"{name} set by hand" for name in names))
        self._by_hand = Mark(place, text) if text else None
        self._changed = True

    def _near(self, place: float) -> bool:
        """True if the last mark is so close to this place that nobody could tell the two apart."""
        return place - self._marks[-1].x <= _NEAR * place

    def settle(self) -> None:
        """Record that a step is made with the present document."""
        # At every step of training this is one comparison.
        if self._changed:
            self._marks, self._last = self._shown[-MOST_MARKS:], self._shown_last
            if self._by_hand is not None:
                self._marks, self._last, self._by_hand = [*self._marks, self._by_hand][-MOST_MARKS:], None, None
            self._begin(self._newest)


class _Base:
    """Document to which the changes of later ones relate."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._lineage = Lineage(document)

    def changes(self, document: Document) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Changes to the next document, of the network and of the settings. To be called for every document."""
        names = self._lineage.follow(document)
        return (
            changes.of_network(self._document, document, names),
            changes.of_settings(self._document, document, names),
        )


def _joined(words: tuple[str, ...]) -> str:
    more = len(words) - _MOST_CHANGES
    text = ", ".join(words[:_MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
