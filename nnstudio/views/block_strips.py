"""Strips on the blocks of the canvas: requests to the worker, and the answers in small."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import partial
from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from engine.data.stored_samples import in_memory
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.probe_trace import ProbePicture, ProbeTrace
from nnstudio.training.requests.unit_planes import MOST_UNITS, Array, UnitPlanePicture, UnitPlanes
from nnstudio.training.split import Split
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.unit_strip import MOST_THUMBNAILS, UnitStrip
from nnstudio.ui.value_image import reach_of
from nnstudio.views.plotting import short

_KEY = "blockStrips"
# Seconds between two pictures while training runs, and milliseconds after which a view that was moved is at rest.
_INTERVAL, _REST_MS = 0.2, 120
# Around the data, in shares of their width, as in the decision boundary.
_MARGIN = 0.1


class Board(Protocol):
    """Canvas that shows strips, by block name."""

    def in_sight(self) -> frozenset[str]:
        """Blocks that may have a strip now."""

    def show(self, strips: Mapping[str, UnitStrip]) -> None:
        """Show these strips and no others."""


class BlockStrips(QObject):
    """Strips of the blocks in sight, with a switch that is remembered.

    For data with two inputs they have the value of each unit over the plane, else the feature maps of the probe, or a
    bar for each unit. Without blocks in sight nothing is asked for.

    Signals:
        requests_changed: something else is needed now.
    """

    requests_changed = Signal()

    def __init__(self, store: Store, board: Board, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._board = store, board
        self._wanted = str(QSettings().value(_KEY, "true")).lower() == "true"
        self._running = False
        self._drawn = -math.inf
        self._picture: ProbePicture | UnitPlanePicture | None = None
        # The data, and the part of their plane that is shown.
        self._split: Split | None = None
        self._bounds: tuple[float, float, float, float] | None = None
        self._at_rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._at_rest.timeout.connect(self._look_again)
        store.opened.connect(self._forget)
        store.changed.connect(self.look_again)
        store.sample_changed.connect(self.requests_changed)

    @property
    def wanted(self) -> bool:
        """True unless the user has switched them off."""
        return self._wanted

    def want(self, wanted: bool) -> None:
        """Switch them on or off, and remember it."""
        self._wanted = wanted
        QSettings().setValue(_KEY, wanted)
        if not wanted:
            self._picture = None
        self._look_again()

    def look_again(self) -> None:
        """Look soon which blocks are in sight, after the view has moved."""
        if self._wanted:
            self._at_rest.start()

    def requests(self) -> frozenset[Request]:
        """Requests for the next snapshot; while training runs, not for each of them."""
        if not self._wanted or (self._running and time.monotonic() - self._drawn < _INTERVAL):
            return frozenset()
        request = self._request() if self._board.in_sight() else None
        return frozenset() if request is None else frozenset({request})

    def draw(self, snapshot: Snapshot) -> None:
        """Draw what a snapshot has of the blocks in sight."""
        self._running = snapshot.state is RunState.RUNNING
        if not self._wanted:
            return
        if snapshot.data is not None and snapshot.data is not self._split:
            self._take(snapshot.data)
        request = self._request()
        found = None if request is None else snapshot.answers.get(request)
        if isinstance(found, ProbePicture | UnitPlanePicture):
            now = time.monotonic()
            if found is not self._picture and not (self._running and now - self._drawn < _INTERVAL):
                self._picture, self._drawn = found, now
                self._show()
        elif found is not None or snapshot.state is RunState.EMPTY:
            self._forget()

    def _request(self) -> ProbeTrace | UnitPlanes | None:
        signature = self._store.analysis.signature
        if signature is None:
            return None
        if signature.shown_shape != (2,):
            return ProbeTrace(self._store.probe, self._store.document.training.loss)
        return None if self._bounds is None else UnitPlanes(self._bounds, self._chosen())

    def _chosen(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The first units of the blocks that are so large that none is given without asking."""
        first = tuple(range(MOST_THUMBNAILS))
        outputs = ((name, report.output) for name, report in self._store.analysis.reports.items())
        return tuple((name, first) for name, output in outputs if output is not None and output[0] > MOST_UNITS)

    def _take(self, split: Split) -> None:
        self._split, self._bounds = split, None
        parts = [part.shown for part in (split.train, split.validation) if part is not None]
        if parts[0].shape[1:] == (2,):
            self._bounds = bounds_of(np.concatenate([in_memory(part) for part in parts]), _MARGIN)

    def _forget(self) -> None:
        self._picture = None
        self._show()

    def _look_again(self) -> None:
        self._show()
        self.requests_changed.emit()

    def _show(self) -> None:
        picture, sight = self._picture, self._board.in_sight() if self._picture is not None else frozenset()
        strips: dict[str, UnitStrip] = {}
        for name in sight:
            made = _of_plane(picture, name) if isinstance(picture, UnitPlanePicture) else _of_probe(picture, name)
            if made is not None:
                strips[name] = made
        self._board.show(strips)


def _of_plane(picture: UnitPlanePicture, block: str) -> UnitStrip | None:
    """Strip of a block's units over the plane; None if it has none."""
    planes = picture.planes.get(block)
    if planes is None or not len(planes):
        return None
    values = planes[:MOST_THUMBNAILS, ::-1]
    return UnitStrip(values, picture.totals[block], reach_of(values), partial(_tell_plane, block, values))


def _of_probe(picture: ProbePicture | None, block: str) -> UnitStrip | None:
    """Strip of a block's feature maps for the probe, or of its numbers; None if it has no output."""
    if picture is None or block not in picture.trace.outputs:
        return None
    values = picture.value(block)
    if values.ndim not in (1, 3) or not values.size:
        return None
    total = len(values)
    if values.ndim == 3:
        values = values[:MOST_THUMBNAILS]
    tell = partial(_tell_map if values.ndim == 3 else _tell_number, block, values, picture.probe.title)
    return UnitStrip(values, total, reach_of(values), tell)


def _range(values: Array) -> str:
    return f"{short(float(values.min()), 3)} to {short(float(values.max()), 3)}"


def _tell_plane(block: str, values: Array, unit: int) -> str:
    return f"{UnitRef(block, unit).title}: {_range(values[unit])} over the plane of the inputs"


def _tell_map(block: str, values: Array, sample: str, unit: int) -> str:
    return f"{UnitRef(block, unit).title}: {_range(values[unit])} for {sample.lower()}"


def _tell_number(block: str, values: Array, sample: str, unit: int) -> str:
    return f"{UnitRef(block, unit).title}: {short(float(values[unit]))} for {sample.lower()}"
