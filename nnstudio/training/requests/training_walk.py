"""Training walk request: the samples of the next step, and all that it computes, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.backends.base import NetworkLike, TrainerLike
from engine.layers.base import Layer
from engine.losses import Loss
from engine.mathematics import Step
from nnstudio.document.model import OUTPUT
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.block_mathematics import loss_steps_of
from nnstudio.training.split import Split


@dataclass(frozen=True)
class Stop:
    """One stop of a walk through a training step: one formula of a block.

    Attributes:
        block: name of the block, or "output" for the loss.
        step: name of the formula's result, as `Step.name`.
        parameter: short name of the parameter that an update is of; else "".
        number: place among the formulas of an update, from 0.
        title: in words: "gradient of weight of dense_2".
    """

    block: str
    step: str
    parameter: str = ""
    number: int = 0
    title: str = ""


@dataclass(frozen=True)
class WalkPlan:
    """Answer to TrainingWalk.

    Attributes:
        batch: indices of the next step's samples in the training data.
        stops: forward through all blocks, the loss, backward, then the updates.
        differing: blocks that compute otherwise in training than in use.
    """

    batch: tuple[int, ...]
    stops: tuple[Stop, ...]
    differing: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainingWalk(Request):
    """Request for the stops of a walk through the next training step."""

    looks_ahead: ClassVar[bool] = True

    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> None:
        """None: only the trainer knows the next step."""

    def answer_before_step(self, network: NetworkLike, split: Split, trainer: TrainerLike) -> WalkPlan:
        stops = (*_forward(network), *_loss(network, self.loss), *_backward(network), *_updates(network, trainer))
        differing = tuple(name for name, layer in network.layers.items() if _differs(layer))
        return WalkPlan(tuple(trainer.next_batch.tolist()), stops, differing)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 0.0


def update_title(steps: Sequence[Step], number: int, parameter: str) -> str:
    """Title of a formula of an update: "Update of weight", "Velocity, weight"."""
    step = steps[number]
    if step.name != "w":
        return f"{step.title}, {parameter}"
    return f"Update of {parameter}" if step is steps[-1] else f"Weight decay of {parameter}"


def _steps(network: NetworkLike, name: str) -> tuple[Step, ...]:
    sources = network.structure.sources[name]
    return network.layers[name].mathematics(*(network.shapes[source] for source in sources))


def _stop(block: str, step: Step) -> Stop:
    title = step.title[0].lower() + step.title[1:]
    return Stop(block, step.name, title=title if block == OUTPUT else f"{title} of {block}")


def _forward(network: NetworkLike) -> Iterator[Stop]:
    for name in network.layers:
        yield from (_stop(name, step) for step in _steps(network, name) if step.kind == "forward")


def _loss(network: NetworkLike, loss: Loss) -> Iterator[Stop]:
    yield from (_stop(OUTPUT, step) for step in loss_steps_of(network, loss))


def _backward(network: NetworkLike) -> Iterator[Stop]:
    """Gradients that the step needs: none of frozen parameters, and none behind which nothing is trained."""
    sources = network.structure.sources
    trained = {name for name in network.layers if network.parameters_of(name)} - network.frozen
    reached: set[str] = set()
    for name in network.layers:
        if name in trained or not reached.isdisjoint(sources[name]):
            reached.add(name)
    for name in reversed(list(network.layers)):
        for step in _steps(network, name):
            if step.kind == "parameter" and name in trained:
                yield _stop(name, step)
            elif step.kind == "input":
                # "dx" is that of the only input, "dx_2" that of the second.
                place = int(step.name.partition("_")[2] or 1) - 1
                if sources[name][place] in reached:
                    yield _stop(name, step)


def _updates(network: NetworkLike, trainer: TrainerLike) -> Iterator[Stop]:
    steps = trainer.optimizer.mathematics()
    for name in network.layers:
        for parameter in () if name in network.frozen else network.parameters_of(name):
            for number, step in enumerate(steps):
                title = update_title(steps, number, parameter)
                yield Stop(name, step.name, parameter, number, f"{title[0].lower()}{title[1:]} of {name}")


def _differs(layer: Layer) -> bool:
    return layer.mixes_samples or layer.passes_through(training=True) != layer.passes_through(training=False)
