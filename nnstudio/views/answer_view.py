"""Base of views that show one answer: waiting, empty, refused, and shown."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QWidget

from nnstudio.document.probe import Probe
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.sample_text import probe_text
from nnstudio.views.base import View, brief
from nnstudio.views.plotting import HintPages, column


class AnswerView(View):
    """Base of views that draw the answer to one request.

    A subclass makes its widgets in `__init__` and hands them to `set_content`; then `request` and `show_answer` are all
    it needs. (`show` is taken by QWidget.)

    Class attributes:
        waiting: the sentence shown until the first answer arrives.
        drawn_without_answer: there is something to draw before the answer arrives, such as the data;
            `show_answer(None)` then does so.

    Attributes:
        answer: the answer on display; None before the first, and once it is invalid.
        snapshot: the newest snapshot that was drawn; None before the first.
    """

    waiting: ClassVar[str] = "The picture appears as soon as the network is ready to train."
    drawn_without_answer: ClassVar[bool] = False

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.answer: Any = None
        self.snapshot: Snapshot | None = None
        # The sentence that stands in the place of the answer; and the generation that both are of.
        self._refusal = ""
        self._generation = -1
        store.opened.connect(self.forget)

    def set_content(self, content: QWidget) -> None:
        """Set the widget that shows the answers; until there is one, a sentence replaces it."""
        self.pages = HintPages(content, self.waiting)
        column(self, self.pages)

    def request(self) -> Request | None:
        """Request to the worker, None if there is none now."""
        raise NotImplementedError(f"{type(self).__name__} asks for nothing")

    def hindrance(self, snapshot: Snapshot) -> str:
        """Reason why there is nothing to show, as a sentence; "" if there is none."""
        return ""

    def show_answer(self, answer: Any) -> None:
        """Draw an answer. Called in the GUI thread, at most once a frame, only while visible."""
        raise NotImplementedError(f"{type(self).__name__} draws nothing")

    def requests(self) -> frozenset[Request]:
        request = self.request()
        return frozenset() if request is None else frozenset({request})

    def forget(self) -> None:
        """Discard the answer, which belongs to another project or block."""
        self.answer, self._refusal = None, ""
        self.pages.show_hint(self.waiting)

    def named(self, probe: Probe) -> str:
        """Name of a probe as it stands everywhere in the window, with its class or target."""
        return probe_text(probe, None if self.snapshot is None else self.snapshot.data)

    def has_news(self, snapshot: Snapshot) -> bool:
        return self.answer is None or snapshot.generation != self._generation or self.request() in snapshot.answers

    def draw(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        hindrance = self.hindrance(snapshot)
        if hindrance:
            self.answer, self._refusal = None, ""
            self.pages.show_hint(hindrance)
            return
        request = self.request()
        found = None if request is None else snapshot.answers.get(request)
        if isinstance(found, Refusal):
            self.answer, self._refusal, self._generation = None, found.sentence, snapshot.generation
        elif found is not None:
            self.answer, self._refusal, self._generation = found, "", snapshot.generation
        elif snapshot.state is RunState.EMPTY:
            self.answer, self._refusal = None, ""
        elif self.answer is not None and snapshot.generation != self._generation:
            # The answer of the new network comes with a later snapshot. Until then, what is on show stays.
            return
        if self._refusal:
            self.pages.show_hint(self._refusal)
            return
        if self.answer is None and not self.drawn_without_answer:
            self.pages.show_hint(brief(snapshot.message) or self.waiting)
            return
        self.pages.show_content()
        self.show_answer(self.answer)

    def redraw(self) -> None:
        """Draw the answer again, after a setting of the view has changed."""
        if self.answer is not None:
            self.pages.show_content()
            self.show_answer(self.answer)
