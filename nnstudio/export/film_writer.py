"""Film writer: encodes the frames of a film in a thread of its own, and writes the file at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from queue import Full, Queue

from nnstudio.export.animation import Animation
from nnstudio.faults import log
from nnstudio.files.atomic_write import check_place, replace_file

# Frames that wait to be encoded, at most.
_WAITING = 4


class FilmWriter:
    """Thread that encodes frames as they come. The file appears whole at the end, or not at all.

    Args:
        animation: empty. path: of the file.
        ended: called in the thread at the end, with the error or None; not after `cancel`.

    Raises OSError if no file can be written there.
    """

    def __init__(self, animation: Animation, path: Path, ended: Callable[[Exception | None], object]) -> None:
        check_place(path)
        self._animation, self._path, self._ended = animation, path, ended
        self._queue: Queue[bytes | None] = Queue(_WAITING)
        self._cancelled = threading.Event()
        self._thread = threading.Thread(target=self._work, name="film", daemon=True)
        self._thread.start()

    def offer(self, pixels: bytes) -> bool:
        """Add a frame of RGB pixels, row by row; False if too many wait already."""
        try:
            self._queue.put_nowait(pixels)
        except Full:
            return False
        return True

    def finish(self) -> bool:
        """End the film after the frames that wait; False if too many do. `ended` tells when it is written."""
        try:
            self._queue.put_nowait(None)
        except Full:
            return False
        return True

    def cancel(self) -> None:
        """Give up; nothing is written."""
        self._cancelled.set()
        if not self._queue.full():
            self._queue.put_nowait(None)

    def join(self, seconds: float) -> bool:
        """Wait for the thread; False if it goes on."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        found: Exception | None = None
        try:
            while not self._cancelled.is_set():
                pixels = self._queue.get()
                if self._cancelled.is_set():
                    return
                if pixels is None:
                    content = self._animation.finish()
                    # A long film takes a while to put together; until the file is written, it can be given up.
                    if not self._cancelled.is_set():
                        replace_file(self._path, content)
                    break
                self._animation.add_pixels(pixels)
        except Exception as error:
            if not isinstance(error, OSError | MemoryError):
                log.report(error)
            found = error
        if not self._cancelled.is_set():
            self._ended(found)
