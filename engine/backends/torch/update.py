"""Parameter update on flat tensors: the engine's, with PyTorch's operations."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.backends.numpy.operations import Operation
from engine.backends.torch.device_model import DeviceModel
from engine.backends.torch.flat_optimizers import TorchRun, bind
from engine.optimizers import Optimizer, Run
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.training.update import Update
from engine.types import Array


class TorchUpdate(Update):
    """Parameter update of a network on a device."""

    def __init__(
        self,
        model: DeviceModel,
        optimizer: Optimizer,
        schedule: Schedule | None,
        clipping: Clipping | None,
        penalty: Penalty | None,
        start: tuple[int, int] = (0, 0),
    ) -> None:
        self._model = model
        super().__init__(model.network, optimizer, schedule, clipping, penalty, start)

    def compose(self) -> None:
        """Recompose the step after clipping, penalty or frozen layers have changed."""
        super().compose()
        self._model.hold(self.frozen)

    def _start(self, optimizer: Optimizer) -> tuple[Run, Operation]:
        run = TorchRun(self._model.parameters, self._model.gradients, optimizer.learning_rate)
        return run, bind(optimizer, run)

    def _bind(self, optimizer: Optimizer) -> Operation:
        run = self._run
        assert isinstance(run, TorchRun)
        return bind(optimizer, run)

    def _clip(self, clipping: Clipping) -> Operation:
        gradients, value, norm = self._model.gradients, clipping.value, clipping.norm

        def clip() -> None:
            if value is not None:
                gradients.clamp_(-value, value)
            if norm is not None:
                # Without a look at the length, for which the device would have to be waited for.
                gradients.mul_((norm / torch.linalg.vector_norm(gradients)).clamp(max=1))

        return clip

    def _pull(self, penalty: Penalty) -> Operation:
        network, w, g = self._network, self._model.parameters, self._model.gradients
        pulled = [
            (w[place], g[place])
            for name, places in network.places.items()
            for key, place in places.items()
            if name not in network.frozen and (penalty.biases or network.layers[name].is_weight(key))
        ]

        def add() -> None:
            for weights, gradients in pulled:
                if penalty.l2:
                    gradients.add_(weights, alpha=penalty.l2)
                if penalty.l1:
                    gradients.add_(weights.sign(), alpha=penalty.l1)

        return add

    def _holding(self, move: Operation) -> Operation:
        network, w = self._network, self._model.parameters
        kept = [w[place] for name in network.frozen for place in network.places.get(name, {}).values()]

        def step() -> None:
            copies = [values.clone() for values in kept]
            move()
            for values, copy in zip(kept, copies, strict=True):
                values.copy_(copy)

        return step

    def _read(self, slot: Tensor) -> Array:
        copy: Array = slot.detach().cpu().numpy().copy()
        return copy

    def _write(self, slot: Tensor, values: Array) -> None:
        # Saved states may be read-only, of which PyTorch takes copies alone.
        slot.copy_(torch.tensor(values))
