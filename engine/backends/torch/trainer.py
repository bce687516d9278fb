"""Trainer on PyTorch: the engine's epochs, with steps computed on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from engine.backends.computing import MixedPrecision
from engine.backends.numpy.bound_loss import logits_of
from engine.backends.torch.device_model import DeviceModel
from engine.backends.torch.devices import free_memory, telling
from engine.backends.torch.loss_scale import LossScale
from engine.backends.torch.network import TorchNetwork, network_model
from engine.backends.torch.sample_losses import sample_losses
from engine.backends.torch.update import TorchUpdate
from engine.memory_budget import check_memory, planned, training_vectors
from engine.optimizers import Optimizer
from engine.output_check import guarded
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.source import Source
from engine.training.checkpoint import TrainerState
from engine.training.epochs import Batch
from engine.training.evaluation import Measure
from engine.training.history import History
from engine.training.trainer import Trainer
from engine.training.update import Update
from engine.types import Array


class _Rows:
    """Memory of a batch on this machine, from which it goes to the device.

    Attributes:
        x, y, weights: (n, *input_shape), (n, *output_shape) and (n,); NumPy's view of the tensors that are sent.
    """

    def __init__(self, model: DeviceModel, samples: int) -> None:
        network, pinned = model.network, model.device.type == "cuda"
        self._device = model.device

        def make(*shape: int) -> Tensor:
            return torch.zeros(samples, *shape, dtype=model.dtype, pin_memory=pinned)

        self._tensors = make(*network.input_shape), make(*network.output_shape), make()
        self.x, self.y, self.weights = (tensor.numpy() for tensor in self._tensors)

    def sent(self) -> tuple[Tensor, Tensor, Tensor]:
        """Tensors on the device."""
        x, y, weights = (tensor.to(self._device, non_blocking=True) for tensor in self._tensors)
        return x, y, weights


class TorchTrainer(Trainer):
    """Trainer whose steps PyTorch computes, with the settings, batches, history and states of `engine.Trainer`.

    The network is a `TorchNetwork`, or an `engine.Network`, in which the trained numbers are after every step and fit.
    On another device than the CPU, that costs a copy to and fro for every `step`; `fit` makes one an epoch.
    """

    def _begin(self, device: str | None, mixed_precision: MixedPrecision, compiled: bool) -> None:
        self._model = network_model(self.network, device, mixed_precision, compiled)
        self._scale = LossScale() if self._model.mixed_precision == "float16" else None
        self._random = any(layer.odd for layer in self.network.layers.values())
        self._losses = sample_losses(self.loss, self.network.structure)
        self._fused = logits_of(self.network.structure, self.loss) is not None
        # The memory of whole batches, and of the smaller one at the end of an epoch.
        self._rows: dict[int, _Rows] = {}
        self._fitting = False
        self._forward = self._wrap(self._model.module)

    def _wrap(self, module: nn.Module) -> Callable[[Tensor], Any]:
        """Function that computes the outputs in training: the module, compiled if that was asked for."""
        forward: Callable[[Tensor], Any] = torch.compile(module) if self._model.compiled else module
        return forward

    def _make_update(
        self,
        optimizer: Optimizer,
        schedule: Schedule | None,
        clipping: Clipping | None,
        penalty: Penalty | None,
        start: tuple[int, int],
    ) -> Update:
        return TorchUpdate(self._model, optimizer, schedule, clipping, penalty, start)

    @property
    def device(self) -> str:
        """Name of the device on which it computes."""
        return str(self._model.device)

    def _check_memory(self, optimizer: Optimizer, samples: int | None = None) -> None:
        limit = free_memory(self._model.device)
        if limit is None:
            super()._check_memory(optimizer, samples)
            return
        network, walk = self.network, self._walk
        check_memory(
            network.reports,
            vectors=training_vectors(optimizer.vectors, penalty=self.penalty is not None),
            samples=planned(len(walk.order) if samples is None else samples, self.batch_size, even=walk.even),
            itemsize=network.dtype.itemsize,
            limit=limit,
            device=str(self._model.device),
        )

    # The network's own numbers

    @property
    def _lent(self) -> bool:
        """True for a network that cannot tell when its numbers are asked for."""
        return self._model.apart and not isinstance(self.network, TorchNetwork)

    def _fetch(self) -> None:
        self._model.fetch()

    def _send(self) -> None:
        self._model.send()

    def step(self) -> float:
        """Train on one mini-batch and return its loss; see `engine.Trainer.step`."""
        if not self._lent or self._fitting:
            return super().step()
        self._send()
        try:
            return super().step()
        finally:
            self._fetch()

    def fit(
        self,
        x: ArrayLike | Source,
        y: ArrayLike,
        epochs: int = 1,
        validation: Batch | None = None,
        after_epoch: Callable[[Self], None] | None = None,
        *,
        sample_weight: ArrayLike | None = None,
    ) -> History:
        """Train for `epochs` epochs, or until early stopping; see `engine.Trainer.fit`."""

        def told(trainer: Self) -> None:
            self._fetch()
            if after_epoch is not None:
                after_epoch(trainer)
            if self._lent:
                self._send()

        if self._lent:
            self._send()
        self._fitting = True
        try:
            tell = told if after_epoch is None or callable(after_epoch) else after_epoch
            return super().fit(x, y, epochs, validation, tell, sample_weight=sample_weight)
        finally:
            self._fitting = False
            self._fetch()

    def evaluate(self, x: ArrayLike | Source, y: ArrayLike) -> dict[str, float]:
        """Mean loss and metrics over samples, or a source of them, in inference mode: {"loss": ...}."""
        if self._lent and not self._fitting:
            self._send()
        return super().evaluate(x, y)

    def state(self) -> TrainerState:
        """Complete state between two steps, as copies; the engine's trainers take it over, too."""
        self._fetch()
        state = super().state()
        if self._scale is None:
            return state
        return replace(state, info={**state.info, "loss_scale": self._scale.state()})

    def restore(self, state: TrainerState) -> None:
        """Take over the state of this or another trainer, of any back end; see `engine.Trainer.restore`."""
        self._fetch()
        super().restore(state)
        self._send()
        if self._scale is not None:
            self._scale.restore(state.info.get("loss_scale"))

    # Steps

    def _train(self, chosen: Array) -> float:
        model, update = self._model, self._update
        if update.frozen is not self.network.frozen:
            update.compose()
            self._forward = self._wrap(model.module)
        rows = self._filled(chosen)
        with telling(model.device):
            kept = model.state()
            loss, output, target = self._run(rows)
            value, squares = torch.stack((loss, _squares(model.gradients))).tolist()
            if not (isfinite(squares) and value < self._guard.limit):
                too_large = self._scale is not None and isfinite(value) and self._scale.lowers()
                if not too_large:
                    self._look_closer_at(rows, value, squares, kept)
            if self._scale is not None:
                self._scale.after(good=isfinite(squares))
            if isfinite(squares):
                update.step()
            model.stale = True
            weight = float(rows.weights.sum()) if self._weights is not None else None
            self._score.add(value, np.moveaxis(output, 0, -1), np.moveaxis(target, 0, -1), weight)
        return float(value)

    def _filled(self, chosen: Array) -> _Rows:
        """Batch of these samples, in memory that is kept for the next of its size."""
        assert self._data is not None
        rows = self._rows.get(len(chosen))
        if rows is None:
            self.network.check_batch(len(chosen))
            if len(self._rows) > 1:
                self._rows.clear()
            with telling(self._model.device):
                rows = self._rows[len(chosen)] = _Rows(self._model, len(chosen))
        x, y = self._data
        x.take(chosen, rows.x)
        y.take(chosen, 0, rows.y, "clip")
        if self._weights is not None:
            self._weights.take(chosen, 0, rows.weights, "clip")
        return rows

    def _run(self, rows: _Rows) -> tuple[Tensor, Array, Array]:
        """Forward and backward pass in training mode. Returns the loss, outputs and targets; gradients stay.

        Raises SpecError where outputs lie outside of the loss's domain; then layers remember nothing of the batch.
        """
        model, graph = self._model, self.network.structure
        kept = model.state()
        x, y, weights = rows.sent()
        if self._random:
            # PyTorch draws from one generator for all; its seed follows from the trainer's own, step by step.
            torch.manual_seed(self._draw())
        model.set_training(True, self.network.frozen)
        with torch.enable_grad():
            with model.precision():
                output, logits = self._forward(x)
            output, logits = output.to(model.dtype), logits.to(model.dtype)
            found = output.detach().cpu().numpy()
            if not self._fused:
                try:
                    guarded(float, self.loss, graph, found, training=True)()
                except Exception:
                    model.put_state(kept)
                    raise
            loss = self._mean(self._losses(output, logits, y), weights)
            model.gradients.zero_()
            scale = 1.0 if self._scale is None else self._scale.value
            (loss * scale if scale != 1 else loss).backward()
            if scale != 1:
                model.gradients.div_(scale)
        return loss.detach(), found, rows.y

    def _mean(self, each: Tensor, weights: Tensor) -> Tensor:
        """Mean of the samples' losses, weighted; 0 if no sample counts."""
        if self._weights is None:
            return each.mean()
        return (each * weights).sum() / weights.sum().clamp(min=torch.finfo(each.dtype).tiny)

    def _draw(self) -> int:
        """Seed for what layers draw in this step."""
        return int(self.network.rng.integers(1 << 62))

    def _look_closer_at(self, rows: _Rows, loss: float, squares: float, kept: list[Tensor]) -> None:
        """Raises DivergedError if this loss, or its gradients, are those of training that went off."""
        model, network = self._model, self.network
        model.stale = True
        model.fetch()
        model.fetch_gradients()
        before = torch.cat([tensor.reshape(-1) for tensor in kept]).cpu().numpy() if kept else None
        if self._guard.allows(loss, len(rows.x), before) and isfinite(squares):
            return
        if before is not None:
            network.state_vector[network.parameter_count :] = before
        try:
            self._diverge(rows.x, loss)
        finally:
            model.send()

    def _gradients(self, batch: Array) -> float:
        model, rows = self._model, self._filled(batch)
        with telling(model.device):
            kept = model.state()
            loss, _, _ = self._run(rows)
            model.put_state(kept)
            model.fetch_gradients()
            return float(loss.item())

    @property
    def _measure(self) -> Measure:
        """Function that computes the loss of a part of the samples in inference mode."""
        model, graph = self._model, self.network.structure
        network, last = self.network, self.network.structure.output
        before = graph.sources[last][0]

        def measure(x: Source, part: Array, targets: Array) -> tuple[float, Array, Array]:
            rows = np.empty((len(part), *network.input_shape), network.dtype)
            x.take(part, rows)
            model.set_training(False)
            with telling(model.device), torch.inference_mode():
                with model.precision():
                    values = model.module.values(model.tensor(rows), {last, before})
                output, logits = values[last].to(model.dtype), values[before].to(model.dtype)
                found = output.cpu().numpy()
                if not self._fused:
                    guarded(float, self.loss, graph, found, training=False)()
                value = self._losses(output, logits, model.tensor(np.ascontiguousarray(targets))).mean().item()
            return value, np.moveaxis(found, 0, -1), np.moveaxis(targets, 0, -1)

        return measure


def _squares(gradients: Tensor) -> Tensor:
    """Sum of squares, by which NaN and infinity are seen wherever they are."""
    return gradients.dot(gradients)
