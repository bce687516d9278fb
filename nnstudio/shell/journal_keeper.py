"""Journal of the window's edits, written in a thread: half a second after an edit it is on the disk."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from nnstudio.document.model import Document
from nnstudio.faults import log
from nnstudio.project import project_file
from nnstudio.project.journal import History, Journal, Origin, Step
from nnstudio.shell.project_files import Files
from nnstudio.shell.unsaved_work import WindowFolder
from nnstudio.store import Store
from nnstudio.training.project import Project
from nnstudio.ui.deferred_call import Soon

# Edits that follow each other within such a time are one record, in seconds.
DELAY = 0.5
# After a failure it is tried again, though nothing is new.
_AGAIN = 5.0


class JournalWriter:
    """Thread that writes the newest history; `told` is called in it with the reason of a failure, "" when it is over.

    While there is nothing to lose, there is no journal.
    """

    def __init__(self, folder: WindowFolder, told: Callable[[str], None]) -> None:
        self._folder, self._told = folder, told
        self._queue: SimpleQueue[History | threading.Event | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._journal: Journal | None = None
        self._hurry = threading.Event()
        self._failed = ""

    def hand_over(self, history: History) -> None:
        """Write this history soon; returns at once."""
        if self._thread is None:
            if history.clean and len(history.steps) == 1:
                return
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()
        self._queue.put(history)

    def flush(self, timeout: float) -> bool:
        """Wait until everything handed over was written; False if that takes longer, or failed."""
        if self._thread is None or not self._thread.is_alive():
            return not self._failed
        done = threading.Event()
        self._queue.put(done)
        self._hurry.set()
        return done.wait(timeout) and not self._failed

    def close(self, timeout: float) -> None:
        """Write what is left, and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._hurry.set()
            self._thread.join(timeout)

    def _run(self) -> None:
        newest: History | None = None
        while True:
            waiting: list[threading.Event] = []
            ends = False
            try:
                items = [self._queue.get(timeout=_AGAIN if self._failed else None)]
                self._hurry.wait(DELAY)
                self._hurry.clear()
                with contextlib.suppress(Empty):
                    while True:
                        items.append(self._queue.get_nowait())
            except Empty:
                items = []
            for item in items:
                if item is None:
                    ends = True
                elif isinstance(item, threading.Event):
                    waiting.append(item)
                else:
                    newest = item
            if newest is not None and self._write(newest):
                newest = None
            for event in waiting:
                event.set()
            if ends:
                return

    def _write(self, history: History) -> bool:
        """Writes a history; False if that should be tried again."""
        try:
            if history.clean and len(history.steps) == 1:
                self._journal = None
                self._folder.journal.unlink(missing_ok=True)
            else:
                self._folder.claim()
                self._journal = self._journal or Journal(self._folder.journal)
                withheld = project_file.withheld_places(Project(history.document))
                self._journal.write(replace(history, origin=replace(history.origin, withheld=withheld)))
        except OSError as error:
            self._tell(error.strerror or str(error) or type(error).__name__)
            return False
        except Exception as error:
            log.report(error)
            self._tell(str(error) or type(error).__name__)
            return True
        self._tell("")
        return True

    def _tell(self, why: str) -> None:
        changed, self._failed = why != self._failed, why
        # The window may be gone meanwhile.
        if changed:
            with contextlib.suppress(RuntimeError):
                self._told(why)


class JournalKeeper(QObject):
    """Mirror of the undo history, handed to the writer at every step.

    Signals:
        failed: edits cannot be written, for this reason; "" if they can again. Emitted in the writer's thread.
    """

    failed = Signal(str)

    def __init__(self, store: Store, files: Files, folder: WindowFolder, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._files = store, files
        self._steps = [Step("", store.document)]
        self._handed: tuple[object, ...] = ()
        self.writer = JournalWriter(folder, self.failed.emit)
        # Data that arrive may change a document without a step.
        self._soon = Soon(self._step, self)
        store.undo_stack.indexChanged.connect(self._step)
        store.opened.connect(self._open)
        store.changed.connect(self._soon.ask)
        store.history_taken.connect(self._take)
        files.changed.connect(self._hand_over)

    def _open(self) -> None:
        self._steps = [Step("", self._store.document)]
        self._hand_over()

    def _take(self, steps: Sequence[tuple[str, Document]]) -> None:
        self._steps = [Step(title, document) for title, document in steps]
        self._hand_over()

    def _step(self) -> None:
        stack, document = self._store.undo_stack, self._store.document
        if not isValid(stack):
            # On its end it goes back to its beginning once more.
            return
        place = stack.index()
        if place < len(self._steps) and self._steps[place].document is document:
            self._hand_over()
            return
        del self._steps[place:]
        while len(self._steps) <= place:
            self._steps.append(Step(stack.text(len(self._steps) - 1), document))
        self._hand_over()

    def _hand_over(self) -> None:
        files = self._files
        place = self._store.undo_stack.index()
        if place >= len(self._steps):
            # Within a step that is being made.
            return
        origin = Origin(files.title, str(files.path or ""), files.stamp)
        now = (self._steps[place], len(self._steps), files.saved_position, origin)
        if now != self._handed:
            self._handed = now
            self.writer.hand_over(History(tuple(self._steps), place, files.saved_position, origin))
