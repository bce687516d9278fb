"""Subject of a report: a trained network, and the samples it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.data import Data
from engine.data.stored_samples import blocks
from engine.errors import DataError
from engine.judging import Ranking, class_scores, is_of_class, rank
from engine.metrics import confusion_matrix
from engine.types import show_shape
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Subject:
    """Subject of a report.

    Attributes:
        title: name of the project. document: its network and settings. network: the network with its weights.
        checkpoint: how it was trained. data: the samples, as the network takes them.
        samples: which these are, as the end of a sentence: "the 30 samples of the test split". notes: remarks on them.
        seen: the network was trained on them.
    """

    title: str
    document: Document
    network: NetworkLike
    checkpoint: Checkpoint
    data: Data
    samples: str
    notes: tuple[str, ...] = ()
    seen: bool = False

    @cached_property
    def outputs(self) -> Array:
        """Outputs of the network for the samples, (N, outputs). Raises DataError if these are no rows of numbers."""
        shape = self.network.output_shape
        if len(shape) != 1:
            raise DataError(
                f"a report needs one output for each class or number; this network gives {show_shape(shape)}"
            )
        if not len(self.data):
            raise DataError("there are no samples to judge the network by")
        return np.concatenate([self.network.predict(block) for block in blocks(self.data.x)])

    @property
    def numbers(self) -> Array:
        """Outputs in the units of the source, (N, targets)."""
        known = self.checkpoint.preparation
        return self.outputs if known is None else known.outputs(self.outputs)

    @cached_property
    def counts(self) -> Array:
        """Confusion matrix (classes, classes)."""
        return confusion_matrix(self.outputs, self.data.y, self.threshold)

    @cached_property
    def rankings(self) -> list[Ranking]:
        """Samples ranked by the score of each class, against the rest."""
        return [
            rank(is_of_class(self.data.y, label), class_scores(self.outputs, label, self.threshold))
            for label in range(len(self.data.classes))
        ]

    @property
    def threshold(self) -> float:
        """Threshold by which a single output is read."""
        return self.document.training.loss.threshold
