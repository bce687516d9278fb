"""Base of views that show the trace of the probe."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from nnstudio.store import Store
from nnstudio.training.requests.probe_trace import ProbePicture, ProbeTrace
from nnstudio.views.answer_view import AnswerView


class ProbeTraceView(AnswerView):
    """View of one sample on its way through the network; `answer` is a ProbePicture.

    The request is the same for all of them. A view that needs more overrides `requests`, not `request`.
    """

    waiting = "The numbers appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        store.sample_changed.connect(self.requests_changed)

    def request(self) -> ProbeTrace:
        return ProbeTrace(self.store.probe, self.store.document.training.loss)

    @property
    def picture(self) -> ProbePicture | None:
        """Trace on display, None if there is none."""
        return self.answer if isinstance(self.answer, ProbePicture) else None
