"""Base of views that show one answer: waiting, empty, refused, and shown."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.views.base import View, brief
from nnstudio.views.plotting import Pages, column


class AnswerView(View):
    """A view of what one request brings. A subclass says what to ask, and draws the answer.

    A subclass makes its widgets in `__init__` and hands them to `set_content`; then `request` and `show_answer` are
    all it needs. (`show` is taken by QWidget.)

    Class attributes:
        waiting: the sentence on show until the first answer is there.
        drawn_without_answer: there is something to draw before the answer is there, such as the data;
            `show_answer(None)` then does so.

    Attributes:
        answer: what is on show; None before the first answer, and once it holds no longer.
        snapshot: the newest snapshot that was drawn; None before the first.
    """

    waiting: ClassVar[str] = "The picture appears as soon as the network is ready to train."
    drawn_without_answer: ClassVar[bool] = False

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.answer: Any = None
        self.snapshot: Snapshot | None = None
        self._generation = -1
        store.opened.connect(self.forget)

    def set_content(self, content: QWidget) -> None:
        """Puts in the widget that shows the answers; until there is one, a sentence stands in its place."""
        self.pages = Pages(content, self.waiting)
        column(self, self.pages)

    def request(self) -> Request | None:
        """The question to the worker, None if there is nothing to ask now."""
        raise NotImplementedError(f"{type(self).__name__} asks for nothing")

    def hindrance(self, snapshot: Snapshot) -> str:
        """The reason why there is nothing to show whatever the answer, as a sentence; "" if there is none."""
        return ""

    def show_answer(self, answer: Any) -> None:
        """Draws an answer. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def requests(self) -> frozenset[Request]:
        request = self.request()
        return frozenset() if request is None else frozenset({request})

    def forget(self) -> None:
        """Drops what is on show: it belongs to something else, such as another project or another block."""
        self.answer = None
        self.pages.show_hint(self.waiting)

    def draw(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        hindrance = self.hindrance(snapshot)
        if hindrance:
            self.answer = None
            self.pages.show_hint(hindrance)
            return
        request = self.request()
        found = None if request is None else snapshot.answers.get(request)
        if isinstance(found, Refusal):
            self.answer, self._generation = None, snapshot.generation
            if found.sentence:
                self.pages.show_hint(found.sentence)
                return
        elif found is not None:
            self.answer, self._generation = found, snapshot.generation
        elif snapshot.state is RunState.EMPTY:
            self.answer = None
        elif self.answer is not None and snapshot.generation != self._generation:
            # The answer of the new network comes with a later snapshot. Until then, what is on show stays.
            return
        if self.answer is None and not self.drawn_without_answer:
            self.pages.show_hint(brief(snapshot.message) or self.waiting)
            return
        self.pages.show_content()
        self.show_answer(self.answer)

    def redraw(self) -> None:
        """Draws what is on show anew, after something that it depends on was changed by hand."""
        if self.answer is not None:
            self.pages.show_content()
            self.show_answer(self.answer)
