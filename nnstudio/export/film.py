"""Film of a view: moment after moment is shown, drawn, grabbed and encoded."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter, QPixmap

from nnstudio.export.animation import ANIMATIONS
from nnstudio.export.film_writer import FilmWriter
from nnstudio.training.evenly_spaced import evenly_spaced
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.ui.inspection import Inspection
from nnstudio.ui.theme import theme

# Frames of a film, at most.
MOST_FRAMES = 1000
# Seconds for which a frame waits until all that the view asks for is there; and for anything.
_PATIENCE, _DEADLINE = 1.0, 30.0
# Milliseconds until a frame is offered again where many wait to be encoded.
_AGAIN = 10
# Height of the line with the step, as a share of the width and in pixels.
_LINE, _LEAST_LINE = 0.035, 16


class Moments(Protocol):
    """Session as a film uses it: it shows moments of the run, and asks meanwhile for what one view alone needs."""

    @property
    def arrived(self) -> SignalInstance: ...
    @property
    def snapshot(self) -> Snapshot: ...
    def look(self, step: int | None, /) -> None: ...
    def show_alone(self, view: Filmed | None, /) -> None: ...


class Filmed(Protocol):
    """View as a film uses it."""

    inspection: Inspection | None

    def requests(self) -> frozenset[Request]: ...
    def draw(self, snapshot: Snapshot, /) -> None: ...
    def grab(self) -> QPixmap: ...


@dataclass(frozen=True)
class FilmSettings:
    """Settings of a film.

    Attributes:
        steps: the moments, one for each frame; the present one's step stands for the present.
        rate: frames a second. width: of a frame in pixels; its height follows from the view.
        kind: a name in `ANIMATIONS`. loop: it begins again at its end.
        with_steps: each frame has a line with its step.
    """

    steps: tuple[int, ...]
    rate: float = 10.0
    width: int = 640
    kind: str = "gif"
    loop: bool = True
    with_steps: bool = True


def film_steps(kept: np.ndarray, first: int, last: int, frames: int) -> tuple[int, ...]:
    """At most so many of the kept steps from the first to the last, evenly chosen among them."""
    inside = kept[(kept >= first) & (kept <= last)]
    return tuple(inside[evenly_spaced(len(inside), frames)].tolist()) if len(inside) else ()


def filmed_steps(snapshot: Snapshot) -> np.ndarray:
    """Steps that can be filmed, (N,) rising: kept moments, and the present, if it stays where it is."""
    kept = snapshot.history.steps
    rests = snapshot.state is not RunState.RUNNING and len(kept) > 0
    return np.append(kept, snapshot.step) if rests and snapshot.step > kept[-1] else kept


def picture_of(view: Filmed, width: int) -> QImage:
    """Picture of a view as it is saved, about so wide: the content under its title."""
    return view.grab().toImage() if view.inspection is None else view.inspection.picture(width)


class FilmRecorder(QObject):
    """Recorder of one film. It leaves the window looking at the moment at which it was before.

    Signals:
        advanced: so many frames are taken.
        ended: the film is written, or the error; not after `cancel`.
    """

    advanced = Signal(int)
    ended = Signal(object)
    _written = Signal(object)

    def __init__(
        self, moments: Moments, view: Filmed, settings: FilmSettings, path: Path, parent: QObject | None = None
    ) -> None:
        """Raises OSError if no file can be written at `path`."""
        super().__init__(parent)
        self._moments, self._view, self._settings = moments, view, settings
        first = picture_of(view, settings.width)
        line = max(round(settings.width * _LINE), _LEAST_LINE) if settings.with_steps else 0
        height = max(round(settings.width * first.height() / max(first.width(), 1)), 1)
        self.size = settings.width, height + line
        self._line = line
        animation = ANIMATIONS[settings.kind](self.size, 1 / settings.rate, loop=settings.loop)
        self._writer = FilmWriter(animation, path, self._written.emit)
        self._written.connect(self._end)
        # The step of the present, where that can be filmed.
        filmed, kept = filmed_steps(moments.snapshot), moments.snapshot.history.steps
        self._now = int(filmed[-1]) if len(filmed) > len(kept) else None
        before = moments.snapshot.moment
        self._before = None if before is None else before.step
        self._place = 0
        # Requests that are answered before a frame is taken, and when its moment first came.
        self._wanted: frozenset[Request] = frozenset()
        self._came = 0.0
        self._waiting = b""
        self._latest: Snapshot | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._again)
        self._running = False

    def start(self) -> None:
        """Begin with the first moment."""
        self._running = True
        self._moments.show_alone(self._view)
        self._moments.arrived.connect(self._arrive)
        self._look()

    def cancel(self) -> None:
        """Give up; nothing is written."""
        if self._running:
            self._writer.cancel()
            self._stop()

    def _stop(self) -> None:
        self._running = False
        self._timer.stop()
        self._moments.arrived.disconnect(self._arrive)
        self._moments.show_alone(None)
        self._moments.look(self._before)

    def _look(self) -> None:
        """Ask for the moment of the next frame; after the last, for the file."""
        if self._place == len(self._settings.steps):
            if not self._writer.finish():
                self._timer.start(_AGAIN)
            return
        # Not what it asks for once the moment is there: refining every picture would take a second a frame.
        self._wanted, self._came, self._latest = self._asked(), 0.0, None
        self._timer.start(round(_DEADLINE * 1000))
        step = self._settings.steps[self._place]
        self._moments.look(None if step == self._now else step)

    def _arrive(self, snapshot: Snapshot) -> None:
        if self._place == len(self._settings.steps) or self._waiting:
            return
        wanted = self._settings.steps[self._place]
        shown = snapshot.step if snapshot.moment is None else snapshot.moment.step
        if shown != wanted or (snapshot.moment is None) is not (wanted == self._now):
            there = snapshot.step == wanted if wanted == self._now else wanted in snapshot.history.steps
            if not there:
                # It was given up meanwhile, for want of room, or training has gone on.
                self._place += 1
                self._look()
            return
        if not self._came:
            self._came = time.monotonic()
            if not self._place:
                # Of the past, a view may ask for more than it did in the present.
                self._wanted |= self._asked()
            self._timer.start(round(_PATIENCE * 1000))
        self._latest = snapshot
        if self._wanted <= snapshot.answers.keys() or time.monotonic() - self._came >= _PATIENCE:
            self._take(snapshot)

    def _asked(self) -> frozenset[Request]:
        """Requests of the view that are answered anew for each moment."""
        return frozenset(request for request in self._view.requests() if not request.of_run)

    def _take(self, snapshot: Snapshot) -> None:
        self._timer.stop()
        self._view.draw(snapshot)
        self._waiting = self._frame(snapshot)
        self._offer()

    def _offer(self) -> None:
        if not self._writer.offer(self._waiting):
            self._timer.start(_AGAIN)
            return
        self._waiting = b""
        self._place += 1
        self.advanced.emit(self._place)
        if self._running:
            self._look()

    def _again(self) -> None:
        """Some time has passed: what could not be done is tried again, what does not come is done without."""
        if self._waiting:
            self._offer()
        elif self._place == len(self._settings.steps):
            self._look()
        elif self._latest is not None:
            self._take(self._latest)
        else:
            self._writer.cancel()
            step = self._settings.steps[self._place]
            self._end(TimeoutError(f"step {step:,} was not shown within {_DEADLINE:.0f} seconds"))

    def _end(self, error: Exception | None) -> None:
        if self._running:
            self._stop()
            self.ended.emit(error)

    def _frame(self, snapshot: Snapshot) -> bytes:
        """Pixels of a frame, RGB."""
        width, height = self.size
        frame = QImage(width, height, QImage.Format.Format_RGB888)
        colours = theme().colours
        frame.fill(QColor(colours.canvas))
        painter = QPainter(frame)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        picture = picture_of(self._view, width)
        picture.setDevicePixelRatio(1.0)
        room = picture.size().scaled(width, height - self._line, Qt.AspectRatioMode.KeepAspectRatio)
        if picture.size() != room:
            how = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture = picture.scaled(room, *how)
        painter.drawImage(0, 0, picture)
        moment = snapshot.moment
        if self._line:
            font = QGuiApplication.font()
            font.setPixelSize(round(0.7 * self._line))
            painter.setFont(font)
            painter.setPen(QColor(colours.text))
            text = f"step {snapshot.step:,} · epoch {snapshot.epoch:,}"
            if moment is not None:
                text = f"step {moment.step:,} · epoch {moment.place:,.2f}"
            box = QRectF(self._line / 2, height - self._line, width - self._line, self._line)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
        rows = np.frombuffer(frame.constBits(), np.uint8).reshape(height, frame.bytesPerLine())
        return rows[:, : 3 * width].tobytes()
