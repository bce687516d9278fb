"""Label-figures request: precision, recall and F1 of targets that are a yes or a no each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.backends.base import NetworkLike
from engine.errors import DataError
from engine.judging import ClassReport, label_report
from nnstudio.training.requests.judged_part import Judged, PartRequest
from nnstudio.training.split import Split


@dataclass(frozen=True, eq=False)
class LabelFiguresPicture(Judged):
    """Figures of each label, as the answer to LabelFigures."""

    report: ClassReport


@dataclass(frozen=True)
class LabelFigures(PartRequest):
    """Request for the figures of labels of which several may hold at once; an output above `threshold` is a yes."""

    threshold: float

    def answer(self, network: NetworkLike, split: Split) -> LabelFiguresPicture | None:
        judged = self.judged(network, split) if not split.train.classes else None
        if judged is None or judged.outputs.shape != judged.targets.shape:
            return None
        if not np.isin(judged.targets, (0, 1)).all():
            raise DataError("These targets are numbers other than 0 and 1, so there is no yes or no to tell apart")
        report = label_report(judged.targets == 1, judged.outputs > self.threshold)
        return LabelFiguresPicture(judged.part, len(judged.chosen), len(judged.data), report)
