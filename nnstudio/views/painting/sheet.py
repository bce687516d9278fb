"""Painted points of the store's document, as they are drawn: also those that the worker does not know yet."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import PaintedPoints, Points
from engine.data.splitting import split_parts
from nnstudio.document.model import DataSettings
from nnstudio.document.probe import SampleRef

Array = NDArray[Any]


class Sheet:
    """Painted points, with the part of the split to which each belongs.

    Attributes:
        dataset: the data set they are of.
        xy: places, (N, 2). held: which of them are held out, (N,) bool.
    """

    def __init__(self, settings: DataSettings, dataset: PaintedPoints) -> None:
        self.dataset = dataset
        self.xy: Array = dataset.points.xy
        parts = split_parts(dataset.sheet(), settings)
        self._train = parts.train
        self._validation = np.empty(0, np.intp) if parts.validation is None else parts.validation
        self.held: Array = np.ones(len(self.xy), bool)
        self.held[parts.train] = False

    @property
    def points(self) -> Points:
        """Points on the sheet."""
        return self.dataset.points

    @property
    def heights(self) -> bool:
        """True if the points have heights, False if they have classes."""
        return self.dataset.task == "regression"

    def sample(self, index: int) -> SampleRef | None:
        """Sample of the training or validation data that a point is; None for one of the test part."""
        if not self.held[index]:
            return SampleRef("train", int(np.flatnonzero(self._train == index)[0]))
        found = np.flatnonzero(self._validation == index)
        return SampleRef("validation", int(found[0])) if len(found) else None

    def words(self, index: int) -> str:
        """Class or height of a point in words."""
        if self.heights:
            return f"height {self.points.values[index]:.4g}"
        return f"class {self.dataset.classes[self.dataset.labels[index]]}"
