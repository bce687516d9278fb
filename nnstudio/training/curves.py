"""Curves of a training run that never grow beyond a bound, however long it runs. Knows no Qt."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnstudio.training.messages import Curve

MOST_POINTS = 4096


class CurveLog:
    """A growing curve. When it is full, neighbouring points are averaged: it keeps its shape in half the room."""

    def __init__(self, curve: Curve | None = None, most: int = MOST_POINTS) -> None:
        self._xy = np.empty((2, most))
        self._size = 0
        # How many values one point stands for, and the values that wait to become the next point.
        self._stride = 1
        self._waiting = 0
        self._sum = 0.0
        if curve is not None:
            for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True):
                self.add(x, y)

    def add(self, x: float, y: float) -> None:
        """One more value; `x` must not fall."""
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

    def curve(self) -> Curve:
        """A copy of what there is; both arrays have shape (n,)."""
        x, y = self._xy[:, : self._size].copy()
        return Curve(x, y)


class CurveBook:
    """Curves by name: "loss", "val_loss", "accuracy", "val_accuracy", ..."""

    def __init__(self, curves: Mapping[str, Curve] | None = None) -> None:
        self._logs = {name: CurveLog(curve) for name, curve in (curves or {}).items()}
        self.last: dict[str, float] = {
            name: float(curve.y[-1]) for name, curve in (curves or {}).items() if len(curve.y)
        }

    def add(self, name: str, x: float, y: float) -> None:
        log = self._logs.get(name)
        if log is None:
            log = self._logs[name] = CurveLog()
        log.add(x, y)
        self.last[name] = y

    def curves(self) -> dict[str, Curve]:
        """Copies of all curves."""
        return {name: log.curve() for name, log in self._logs.items()}
