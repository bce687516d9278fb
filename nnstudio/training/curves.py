"""Training curves of bounded size, however long the run. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnstudio.training.checkpoint import Averaging, Curve

MOST_POINTS = 4096


class CurveLog:
    """Growing curve of bounded size.

    When it is full, neighbouring points are averaged: it keeps its shape in half the room.
    """

    def __init__(self, curve: Curve | None = None, most: int = MOST_POINTS) -> None:
        self._xy = np.empty((2, most))
        self._size = 0
        # How many values one point stands for, and the values that wait to become the next point.
        self._stride = 1
        self._waiting = 0
        self._sum = 0.0
        self.last: float | None = None
        if curve is not None:
            for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
                self.add(x, y)
            self._go_on(curve.averaging)

    def add(self, x: float, y: float) -> None:
        """Append a value; `x` must not decrease."""
        self.last = y
        if self._size == self._xy.shape[1]:
            self._halve()
        self._sum += y
        self._waiting += 1
        if self._waiting < self._stride:
            return
        self._xy[:, self._size] = x, self._sum / self._waiting
        self._size += 1
        self._waiting, self._sum = 0, 0.0

    def _halve(self) -> None:
        half = self._size // 2
        pairs = self._xy[:, : half * 2].reshape(2, half, 2)
        xs, ys = pairs[0, :, 1].copy(), pairs[1].mean(axis=1)
        self._xy[0, :half], self._xy[1, :half] = xs, ys
        self._size = half
        self._stride *= 2

    def _go_on(self, averaging: Averaging) -> None:
        """Averages what comes as the curve did whose points these are."""
        self._stride *= averaging.stride
        self._waiting, self._sum = averaging.waiting, averaging.total
        if averaging.last is not None:
            self.last = averaging.last

    def curve(self) -> Curve:
        """Copy of the curve; both arrays have shape (n,)."""
        x, y = self._xy[:, : self._size].copy()
        newest = self.last if self._stride > 1 else None
        return Curve(x, y, Averaging(self._stride, self._waiting, self._sum, newest))


def until(curve: Curve, place: float) -> Curve:
    """Curve up to a place in epochs, to be continued from there."""
    count = int(np.searchsorted(curve.x, place, side="right"))
    x, y = curve.x[:count].copy(), curve.y[:count].copy()
    stride = curve.averaging.stride
    return Curve(x, y, Averaging(stride, last=float(y[-1])) if stride > 1 and count else Averaging())


class CurveBook:
    """Curves by name: "loss", "val_loss", "accuracy", "val_accuracy", ..."""

    def __init__(self, curves: Mapping[str, Curve] | None = None) -> None:
        self._logs = {name: CurveLog(curve) for name, curve in (curves or {}).items()}

    def add(self, name: str, x: float, y: float) -> None:
        """Append a value to the curve of this name."""
        log = self._logs.get(name)
        if log is None:
            log = self._logs[name] = CurveLog()
        log.add(x, y)

    @property
    def last(self) -> dict[str, float]:
        """Newest value of each curve."""
        return {name: log.last for name, log in self._logs.items() if log.last is not None}

    def curves(self) -> dict[str, Curve]:
        """Copies of all curves."""
        return {name: log.curve() for name, log in self._logs.items()}
