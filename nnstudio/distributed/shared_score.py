"""Score over the samples of all processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from engine.training.history import Score
from engine.types import Array
from nnstudio.distributed.group import Group


class SharedScore(Score):
    """Running sums of loss and metrics, of which each process has a part.

    Asking for the result or the state adds them up, so that all processes must ask at the same time.
    """

    def __init__(self, group: Group, names: Sequence[str], threshold: float, scale: Array | None) -> None:
        super().__init__(names, threshold, scale)
        self._group = group

    def result(self) -> dict[str, float]:
        """Mean loss ("loss") and metrics over everything that was added in any process."""
        return self._whole().result()

    def state(self) -> dict[str, Any]:
        """Sums so far, of all processes."""
        return self._whole().state()

    def restore(self, state: dict[str, Any]) -> None:
        """Restore sums from `state`, in the leading process alone."""
        whole = Score(list(self.totals), float(self._threshold), self._scale)
        whole.restore(state)
        if self._group.leads:
            self.samples, self.weight, self.loss, self.totals = whole.samples, whole.weight, whole.loss, whole.totals

    def _whole(self) -> Score:
        whole = Score(list(self.totals), float(self._threshold), self._scale)
        # What nothing was added to does not know its shape yet.
        shapes = {name: np.shape(total) for name, total in self.totals.items()}
        known = self._group.gather(shapes)
        widest = {name: max((each[name] for each in known), key=len) for name in shapes}
        parts = [np.broadcast_to(total, widest[name]).ravel() for name, total in self.totals.items()]
        flat = torch.from_numpy(np.concatenate([[self.samples, self.weight, self.loss], *parts]).astype(np.float64))
        self._group.add_up(flat)
        numbers = flat.numpy()
        whole.samples, whole.weight, whole.loss = int(numbers[0]), float(numbers[1]), float(numbers[2])
        at = 3
        for name, shape in widest.items():
            size = int(np.prod(shape))
            total = numbers[at : at + size].reshape(shape)
            whole.totals[name] = total.copy() if shape else float(total)
            at += size
        return whole
