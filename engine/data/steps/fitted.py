"""Fitted transforms: a step with the numbers measured for it, as kept in a project."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engine.data.samples import Array, Signature
from engine.data.steps import AnyStep
from engine.data.steps.base import Transform
from engine.errors import SpecError

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Name = Annotated[str, Field(max_length=40)]


class Fitted(BaseModel):
    """Transform with its numbers, in the order of the preparation.

    Attributes:
        step: its settings, as they were when it was fitted.
        numbers: what it has measured on the training part, by name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    step: AnyStep
    numbers: dict[_Name, Annotated[tuple[_Finite, ...], Field(max_length=1 << 20)]] = Field({}, max_length=20)

    @property
    def transform(self) -> Transform:
        """The step. Raises SpecError if it is none that converts samples."""
        if not isinstance(self.step, Transform):
            raise SpecError(f"{self.step.title} converts no samples, so it has no numbers")
        return self.step

    def changed(self, signature: Signature) -> Signature:
        """Signature of the data after the step. Raises SpecError if step, numbers and data do not belong together."""
        after = self.transform.changed(signature)
        expected = self.transform.lengths(signature.input_shape, signature.targets)
        found = {name: len(values) for name, values in self.numbers.items()}
        if found != expected:
            raise SpecError(f"{self.step.title}: found numbers {found}, expected {expected}")
        return after

    def inputs(self, x: Array) -> Array:
        """Convert inputs (N, *shape)."""
        return self.transform.inputs(x, self.numbers)

    def targets(self, y: Array) -> Array:
        """Convert targets (N, targets) to what the network learns."""
        return self.transform.targets(y, self.numbers)

    def outputs(self, y: Array) -> Array:
        """Convert outputs (N, targets) back to the units of the source."""
        return self.transform.outputs(y, self.numbers)


def fitted_signature(steps: tuple[Fitted, ...], signature: Signature) -> Signature:
    """Signature of data after all steps. Raises SpecError if one does not fit them."""
    for step in steps:
        signature = step.changed(signature)
    return signature
