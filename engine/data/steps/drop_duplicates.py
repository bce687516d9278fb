"""Step that leaves out training samples which are held out as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.duplicates import repeats
from engine.data.samples import Data
from engine.data.steps.base import Resampling
from engine.errors import DataError


class DropDuplicates(Resampling):
    """Leaves out the training samples that equal, or nearly equal, a held-out sample."""

    title: ClassVar[str] = "Drop duplicates"
    help: ClassVar[str] = (
        "Leaves out training samples that are held out as well, so that validation and test tell what was learnt and "
        "not what was remembered."
    )
    icon: ClassVar[str] = "data"

    type: Literal["DropDuplicates"] = "DropDuplicates"
    nearly: bool = Field(
        True,
        title="Nearly equal too",
        description="Also samples that are much nearer to a held-out one than usual, such as a picture saved twice.",
    )

    @property
    def summary(self) -> str:
        return "equal and nearly equal" if self.nearly else "equal"

    def resample_beside(self, train: Data, held: Sequence[Data]) -> Data:
        kept = np.ones(len(train), bool)
        for part in held:
            kept[repeats(train, part, nearly=self.nearly)] = False
        if not kept.any():
            raise DataError(
                "every training sample is held out as well, so dropping duplicates leaves none; take the step out"
            )
        return train if kept.all() else train.take(np.flatnonzero(kept))
