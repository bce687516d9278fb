"""Event file of TensorBoard, written with tensorboardX."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from itertools import count
from pathlib import Path

_numbers = count(1)


class EventFile:
    """Event file that shows curves in TensorBoard, each event on disk at once.

    Args:
        folder: that of the run; TensorBoard takes all event files in it together.
        before: the step with which writing goes on; TensorBoard drops what older files tell from there on.

    Raises ImportError without tensorboardX, OSError.
    """

    def __init__(self, folder: Path, before: int) -> None:
        # Not its SummaryWriter: that one writes in a thread of its own, and waits for ever where the drive is full.
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.summary import scalar

        self._event, self._scalar = Event, scalar
        # The name that it makes holds the time in seconds, and two files within one would be one.
        self._writer = EventsWriter(str(folder / "events"), f".{os.getpid()}.{next(_numbers)}")
        start = SessionLog(status=SessionLog.START)
        self._writer.write_event(Event(wall_time=time.time(), step=before, session_log=start))
        self._writer.flush()

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Append values by their tags. Raises OSError."""
        now = time.time()
        for tag, value in values.items():
            self._writer.write_event(self._event(wall_time=now, step=step, summary=self._scalar(tag, value)))
        self._writer.flush()

    def close(self) -> None:
        """Close the file. Raises OSError."""
        self._writer.close()
