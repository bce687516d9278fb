"""Checkpoints of abandoned runs, so that undo can restore them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.moments import MomentLog

# How many numbers are kept in all.
_MOST = 64 << 20


class Kept:
    """Checkpoints by owner: a document's key, or the token of a reset. The oldest are dropped first.

    They are kept without their moments, which would take more than all else: the runs that are over have these.
    """

    def __init__(self) -> None:
        self._checkpoints: OrderedDict[object, Checkpoint] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._checkpoints

    def add(self, key: object, checkpoint: Checkpoint, *, even_empty: bool = False) -> None:
        """Keep a checkpoint of a trained run; the last one is kept whatever its size.

        Args:
            even_empty: also one without weights, for what is undone by beginning anew.
        """
        if checkpoint.step == 0 and not checkpoint.weights and not even_empty:
            return
        kept = self._checkpoints
        kept[key] = replace(checkpoint, moments=MomentLog())
        kept.move_to_end(key)
        while len(kept) > 1 and sum(map(_size, kept.values())) > _MOST:
            kept.popitem(last=False)

    def get(self, key: object) -> Checkpoint | None:
        """Checkpoint of this key, if it is still kept."""
        return self._checkpoints.get(key)

    def take(self, key: object, otherwise: Checkpoint | None = None) -> Checkpoint | None:
        """Take a checkpoint out of the store."""
        return self._checkpoints.pop(key, otherwise)

    def clear(self) -> None:
        """Drop all checkpoints."""
        self._checkpoints.clear()


def _size(checkpoint: Checkpoint) -> int:
    state = checkpoint.state.arrays if checkpoint.state is not None else {}
    initial = (each.values for each in checkpoint.initial.values())
    return sum(array.size for array in (*checkpoint.weights.values(), *state.values(), *initial))
