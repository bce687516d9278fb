"""Steps on the training samples alone: balancing of classes, subsampling, label noise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.data.samples import Array, Data, Signature, deal
from engine.data.steps.base import Resampling
from engine.errors import DataError, SpecError

# The streams of random numbers, one for each step, so that equal seeds do not draw the same.
_BALANCE, _NOISE, _SUBSAMPLE = 11, 12, 13


def _seed() -> Any:
    return Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Another seed draws others.",
        json_schema_extra={"kind": "seed"},
    )


class Balance(Resampling):
    """Balances the classes by repeating samples of the rare ones, or leaving out some of the frequent ones."""

    title: ClassVar[str] = "Balance classes"
    help: ClassVar[str] = (
        "Every class gets as many training samples as the others. Validation and test keep their own shares, so that "
        "they still judge as it will be."
    )
    icon: ClassVar[str] = "data"

    type: Literal["Balance"] = "Balance"
    method: Literal["over", "under"] = Field(
        "over",
        title="Method",
        description="Over: repeats samples of the rare classes. Under: leaves out samples of the frequent ones.",
    )
    seed: int = _seed()

    @property
    def summary(self) -> str:
        return f"{self.method}sampling"

    def check(self, signature: Signature) -> None:
        if signature.task != "classification":
            raise SpecError("Balance classes: these data are numbers to predict and have no classes; take the step out")

    def resample(self, train: Data) -> Data:
        labels, counts = np.unique(train.y, return_counts=True)
        wanted = int(counts.max() if self.method == "over" else counts.min())
        rng = np.random.default_rng([self.seed, _BALANCE])
        chosen = [self._draw(np.flatnonzero(train.y == label), wanted, rng) for label in labels]
        return train.take(rng.permutation(np.concatenate(chosen)))

    def _draw(self, members: Array, wanted: int, rng: np.random.Generator) -> Array:
        """So many of the members of a class, each as often as the others or once more."""
        if self.method == "under":
            return rng.permutation(members)[:wanted]
        times, more = divmod(wanted, len(members))
        return np.concatenate([np.repeat(members, times), rng.permutation(members)[:more]])


class Subsample(Resampling):
    """Trains on a part of the training samples."""

    title: ClassVar[str] = "Subsample"
    help: ClassVar[str] = (
        "Trains on a part of the training samples, with the classes in their shares: quicker, and it shows what more "
        "data would be worth."
    )
    icon: ClassVar[str] = "data"

    type: Literal["Subsample"] = "Subsample"
    share: float = Field(
        0.5,
        ge=0.001,
        le=1,
        title="Share",
        description="Fraction of the training samples that are used.",
        json_schema_extra={"step": 0.05},
    )
    seed: int = _seed()

    @property
    def summary(self) -> str:
        return f"{100 * self.share:.4g}% of the training samples"

    def samples(self, trained: int) -> int:
        return min(max(round(trained * self.share), 1), trained)

    def resample(self, train: Data) -> Data:
        wanted = self.samples(len(train))
        if wanted >= len(train):
            return train
        labels = train.y if train.task == "classification" else None
        return train.take(deal(len(train), labels, wanted, (self.seed, _SUBSAMPLE))[1])


class LabelNoise(Resampling):
    """Falsifies targets of the training samples, to see how a network copes."""

    title: ClassVar[str] = "Label noise"
    help: ClassVar[str] = (
        "Classes: so large a fraction of the training samples gets another class; of several yes-or-no targets, so "
        "large a fraction is turned over. Numbers: noise is added to the targets, of so large a fraction of their "
        "standard deviation. Validation and test stay right."
    )
    icon: ClassVar[str] = "dice"

    type: Literal["LabelNoise"] = "LabelNoise"
    amount: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Amount",
        description="Fraction of wrong labels, or of the targets' standard deviation.",
        json_schema_extra={"step": 0.05},
    )
    seed: int = _seed()

    @property
    def summary(self) -> str:
        return f"by {100 * self.amount:.4g}%"

    def check(self, signature: Signature) -> None:
        if signature.task == "classification" and len(signature.classes) < 2:
            raise SpecError("Label noise: there is one class only, so no label can be wrong; take the step out")

    def resample(self, train: Data) -> Data:
        rng = np.random.default_rng([self.seed, _NOISE])
        if train.multi_label:
            return replace(train, y=np.abs(train.y - (rng.random(train.y.shape) < self.amount)).astype(train.y.dtype))
        if train.task == "regression":
            spread = train.y.std(axis=0, dtype=np.float64)
            noise = rng.normal(0, 1, train.y.shape) * (self.amount * spread)
            return replace(train, y=(train.y + noise).astype(train.y.dtype))
        if len(train.classes) < 2:
            raise DataError("label noise needs at least two classes")
        wrong = rng.permutation(len(train))[: round(len(train) * self.amount)]
        y = train.y.copy()
        # Any of the other classes, each as likely as the others.
        y[wrong] = (y[wrong] + rng.integers(1, len(train.classes), len(wrong))) % len(train.classes)
        return replace(train, y=y)
