"""Block update request: what the optimiser's next step makes of each parameter of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike, TrainerLike
from engine.mathematics import Step
from engine.training.preview import NextStep
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.training_walk import update_title
from nnstudio.training.split import Split

Array = NDArray[Any]

MEAN = "mean gradient"


@dataclass(frozen=True, eq=False)
class UpdateStep:
    """One formula of the update of one parameter, with its numbers.

    Attributes:
        parameter: short name. number: place among the formulas of its update, from 0. title: in words.
        taken: arrays that it takes, by name, and before the first the mean gradient where "g" is something else.
        result: array that it computes.
    """

    parameter: str
    number: int
    title: str
    step: Step
    taken: Mapping[str, Array]
    result: Array


@dataclass(frozen=True, eq=False)
class UpdatePicture:
    """Answer to BlockUpdate.

    Attributes:
        steps: of all parameters of the block that are not frozen, in order.
        remark: how the gradient "g" came about, as a sentence.
    """

    steps: tuple[UpdateStep, ...]
    remark: str


@dataclass(frozen=True)
class BlockUpdate(Request):
    """Request for the next update of one block's parameters, which is not made by it."""

    share: ClassVar[float] = 0.1
    looks_ahead: ClassVar[bool] = True

    block: str

    def answer(self, network: NetworkLike, split: Split) -> None:
        """None: only the trainer knows the next step."""

    def answer_before_step(self, network: NetworkLike, split: Split, trainer: TrainerLike) -> UpdatePicture | None:
        parameters = network.parameters_of(self.block)
        if not parameters or self.block in network.frozen:
            return None
        foreseen = trainer.preview(self.block)
        steps = [
            each
            for name, w in parameters.items()
            for each in _evaluated(name, f"{self.block}.{name}", np.array(w), foreseen, trainer.optimizer.mathematics())
        ]
        return UpdatePicture(tuple(steps), _remark(len(foreseen.batch), trainer))

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 3.0 * 32 * network.multiply_adds


def _evaluated(
    parameter: str, full: str, w: Array, foreseen: NextStep, steps: tuple[Step, ...]
) -> Iterator[UpdateStep]:
    mean, g = foreseen.gradients[full], foreseen.taken[full]
    known: dict[str, Any] = {**foreseen.state[full], "w": w, "g": g}
    known |= {"learning_rate": foreseen.learning_rate, "step": foreseen.count}
    for number, step in enumerate(steps):
        taken = {name: known[name] for name in step.needs}
        known[step.name] = step.function(**taken)
        if "g" in taken and not np.array_equal(mean, g):
            taken = {MEAN: mean, **taken}
        kept = {name: _kept(array) for name, array in taken.items()}
        yield UpdateStep(parameter, number, update_title(steps, number, parameter), step, kept, _kept(known[step.name]))


def _remark(samples: int, trainer: TrainerLike) -> str:
    if samples == 1:
        parts = ["g is the gradient of the only sample in the next step's batch"]
    else:
        parts = [f"g is the mean of the gradients of all {samples:,} samples in the next step's batch"]
    if trainer.class_weight is not None:
        parts.append("weighted by their classes")
    if trainer.clipping is not None:
        parts.append("clipped")
    if trainer.penalty is not None:
        parts.append("with the weight penalty's gradient added")
    return f"{', '.join(parts)}."


def _kept(value: Any) -> Array:
    copy = np.array(value)
    copy.flags.writeable = False
    return copy
