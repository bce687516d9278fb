"""Base classes of preparation steps: declared settings that change the samples before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from engine.data.samples import Array, Data, Signature
from engine.declared import Declared
from engine.types import Shape

STEPS: dict[str, type[Step]] = {}

# What a step has measured on the training part, by name.
Numbers = Mapping[str, tuple[float, ...]]

Names = tuple[str, ...]


class Step(Declared):
    """Base of all preparation steps.

    Class attributes:
        icon: a file's stem in resources/icons.
    """

    icon: ClassVar[str] = "data"

    type: str
    enabled: bool = Field(True, title="On", description="Leaves the step out while it is switched off.")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.model_fields["type"].default == cls.__name__:
            STEPS[cls.__name__] = cls

    def check(self, signature: Signature) -> None:
        """Check that the step can work on data like these. Raises SpecError, which says what it needs."""

    @property
    def summary(self) -> str:
        """Settings in a few words, for a list: "min-max, per pixel"."""
        return ""


class Transform(Step):
    """Step that converts every sample in the same way, with numbers fitted on the training part.

    The numbers are kept with the weights, so that samples that come later are converted by the same ones. Inputs are
    (N, *shape), in the precision of their source; targets are (N, targets).
    """

    # Every number of a sample is scaled by itself, and stays where it is.
    elementwise: ClassVar[bool] = False

    def changed(self, signature: Signature) -> Signature:
        """Signature of the data after the step. Raises SpecError where it cannot work on them."""
        self.check(signature)
        return signature

    def fit(self, train: Data) -> Numbers:
        """Numbers measured on the training samples."""
        return {}

    def lengths(self, shape: Shape, targets: int) -> dict[str, int]:
        """Lengths of the fitted numbers by name, for inputs of this shape. Raises SpecError for a wrong shape."""
        return {}

    def inputs(self, x: Array, numbers: Numbers) -> Array:
        """Convert inputs (N, *shape)."""
        return x

    def features(self, names: Names) -> Names:
        """Names of the inputs after the step; `names` are those before, empty where they have none."""
        return names

    def targets(self, y: Array, numbers: Numbers) -> Array:
        """Convert targets (N, targets) of a regression to what the network learns."""
        return y

    def outputs(self, y: Array, numbers: Numbers) -> Array:
        """Convert outputs (N, targets) of the network back: the inverse of `targets`."""
        return y

    def slope(self, targets: int, numbers: Numbers) -> Array:
        """Factors from the network's outputs to the units of the source, (targets,): the derivative of `outputs`."""
        return np.ones(targets)


class Resampling(Step):
    """Step that chooses among the training samples, or changes their targets. It leaves the other parts alone."""

    def resample(self, train: Data) -> Data:
        """Training samples after the step; the same samples always give the same. Raises DataError."""
        return train

    def resample_beside(self, train: Data, held: Sequence[Data]) -> Data:
        """Training samples after the step, which may look at the samples held out. By default, it does not.

        All are in the units of their source. Raises DataError.
        """
        return self.resample(train)

    def samples(self, trained: int) -> int:
        """Number of training samples after the step, of `trained` before, as far as that can be told."""
        return trained
