"""Network computed by PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from engine import losses
from engine.backends.computing import MixedPrecision
from engine.backends.numpy.bound_loss import logits_of
from engine.backends.numpy.plan import Plan
from engine.backends.torch.device_model import DeviceModel
from engine.backends.torch.devices import find, telling
from engine.backends.torch.sample_losses import sample_losses
from engine.checks import expect_kind
from engine.graph import INPUT
from engine.losses import Loss, LossContext
from engine.memory_budget import check_result
from engine.network import Network
from engine.output_check import guarded
from engine.trace import Trace, check_trace, spread_over
from engine.transfer import Transfer, transfer
from engine.types import Array

# A device with its own memory is fed with more samples at a time, since each part costs a way to and fro.
_LARGER_PARTS = 16


class TorchNetwork(Network):
    """Network computed by PyTorch, on the CPU unless `to` moves it.

    It begins with the numbers of an `engine.Network` of the same seed, and holds them in the same flat vectors. On the
    CPU PyTorch computes with these themselves. On another device they are a copy that is brought up to date when it is
    asked for; its arrays are then read-only, and `take_parameters` changes them.
    """

    _model: DeviceModel | None = None
    _own_state: Array
    _own_parameters: Array

    @classmethod
    def of(cls, network: Network, device: str | None = None) -> TorchNetwork:
        """PyTorch's copy of a network, on a device. Raises SpecError."""
        made = cls.graph(
            network.structure, input_shape=network.input_shape, seed=network.seed, dtype=network.dtype.type
        )
        assert isinstance(made, TorchNetwork)
        made.to(device)
        made.take_parameters(network.arrays)
        made.freeze(*network.frozen)
        return made

    def to(self, device: str | None, *, mixed_precision: MixedPrecision = "none", compiled: bool = False) -> Self:
        """Move the network to a device, "cpu", "cuda" or "mps". Raises SpecError with the reason if it is not there."""
        if self._model is not None:
            self._model.fetch()
        self._model = DeviceModel(self, find(device), mixed_precision, compiled)
        return self

    @property
    def model(self) -> DeviceModel:
        """Network on its device."""
        if self._model is None:
            self.to(None)
        assert self._model is not None
        return self._model

    @property
    def device(self) -> str:
        """Name of its device."""
        return str(self.model.device)

    # The engine's vectors, up to date

    def _fetch(self) -> None:
        if self._model is not None:
            self._model.fetch()

    @property
    def state_vector(self) -> Array:
        """All numbers of the network, parameters first."""
        self._fetch()
        return self._own_state

    @state_vector.setter
    def state_vector(self, vector: Array) -> None:
        self._own_state = vector

    @property
    def parameter_vector(self) -> Array:
        """All parameters, (P,)."""
        self._fetch()
        return self._own_parameters

    @parameter_vector.setter
    def parameter_vector(self, vector: Array) -> None:
        self._own_parameters = vector

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Parameters by full name."""
        self._fetch()
        return self._shown(super().parameters)

    @property
    def arrays(self) -> Mapping[str, Array]:
        """Parameters and state of all layers by full name."""
        self._fetch()
        return self._shown(super().arrays)

    def parameters_of(self, name: str) -> Mapping[str, Array]:
        """Parameters of one layer by short name."""
        self._fetch()
        return self._shown(super().parameters_of(name))

    def _shown(self, arrays: Mapping[str, Array]) -> Mapping[str, Array]:
        """What is written to a copy would be lost, so that it cannot be written to."""
        if self._model is None or not self._model.apart:
            return arrays
        shown = {}
        for name, array in arrays.items():
            shown[name] = array.view()
            shown[name].flags.writeable = False
        return MappingProxyType(shown)

    def initialise(self, seed: int | None = None) -> None:
        """Initialise all parameters, to those of an `engine.Network` of this seed."""
        super().initialise(seed)
        if self._model is not None:
            self._model.send()

    def take_parameters(self, source: Mapping[str, Array]) -> Transfer:
        """Copy all arrays whose name and shape agree. Returns which fitted and which did not."""
        self._fetch()
        done = transfer(source, super().arrays)
        if self._model is not None:
            self._model.send()
        return done

    def take_vector(self, vector: Array) -> None:
        """Copy a whole `state_vector` of such a network."""
        np.copyto(self._own_state, vector)
        if self._model is not None:
            self._model.send()

    def plan(self, samples: int, **options: Any) -> Plan:
        """Plan on NumPy, for what only the engine computes: with the present numbers, and changing none of them."""
        self._fetch()
        return super().plan(samples, **options)

    def release(self) -> None:
        """Free what PyTorch has set aside, and the arrays of all plans."""
        super().release()
        if self._model is not None and self._model.device.type == "cuda":
            torch.cuda.empty_cache()

    # What PyTorch computes

    @property
    def chunk(self) -> int:
        """Number of samples computed at a time, where it is free to choose."""
        return super().chunk * (_LARGER_PARTS if self.model.apart else 1)

    def predict(self, x: ArrayLike) -> Array:
        """Outputs for samples: (N, *input_shape) -> (N, *output_shape), for any N >= 0."""
        output = self.structure.output
        return self._outputs(self.rows(x), (output,))[output]

    def activations(self, x: ArrayLike, *names: str) -> dict[str, Array]:
        """Outputs of the named layers, by name: (N, *shape), for any N >= 0."""
        self.check_names(names)
        return self._outputs(self.rows(x), names)

    def _outputs(self, rows: Array, names: tuple[str, ...]) -> dict[str, Array]:
        model, chunk = self.model, self.chunk
        sizes = [int(np.prod(self.shapes[name])) for name in names]
        check_result(len(rows), sum(sizes) * rows.itemsize)
        results = {name: np.empty((len(rows), *self.shapes[name]), self.dtype) for name in names}
        model.set_training(False)
        with telling(model.device), torch.inference_mode(), model.precision():
            for start in range(0, len(rows), chunk):
                part = np.ascontiguousarray(rows[start : start + chunk])
                values = model.module.values(model.tensor(part), names)
                for name, result in results.items():
                    torch.from_numpy(result[start : start + len(part)]).copy_(values[name])
        return results

    def gradients(
        self,
        x: ArrayLike,
        y: ArrayLike,
        loss: str | Loss = "mse",
        *,
        training: bool = False,
        input_gradient: bool = False,
    ) -> tuple[float, dict[str, Array]]:
        """Loss and dL/dparameter for one batch, without an update; see `engine.Network.gradients`."""
        model, chosen = self.model, losses.get(loss)
        rows, targets = self._pairs(x, y, chosen)
        kept = model.state()
        model.set_training(training)
        try:
            value, found = self._backward(rows, [INPUT], self._loss_of(chosen, targets, training=training))
        finally:
            model.put_state(kept)
        gradients = self._parameter_gradients()
        return value, {**gradients, INPUT: found[INPUT]} if input_gradient else gradients

    def trace(self, x: ArrayLike, y: ArrayLike | None = None, loss: str | Loss | None = None) -> Trace:
        """Outputs of every layer and, with targets, the gradients at them; see `engine.Network.trace`."""
        rows, model = self.rows(x), self.model
        check_trace(len(rows), self.shapes, self.reports, self.dtype.itemsize, backward=y is not None)
        if y is None:
            return Trace(_frozen({INPUT: rows.copy(), **self._outputs(rows, tuple(self.layers))}))
        chosen = losses.get("mse" if loss is None else loss)
        rows, targets = self._pairs(rows, y, chosen)
        model.set_training(False)
        outputs: dict[str, Array] = {}
        logits, last = logits_of(self.structure, chosen), self.structure.output
        wanted = [name for name in (INPUT, *self.layers) if logits is None or name != last]
        value, back = self._backward(rows, wanted, self._loss_of(chosen, targets), outputs)
        if logits is not None:
            # Of a fused loss, as a function of the output: by the engine's own formula, which sees to 0 and 1.
            output, target = (np.moveaxis(array, 0, -1) for array in (outputs[last], targets))
            slope = np.empty_like(output)
            with np.errstate(all="ignore"):
                chosen.bind(LossContext(output=output, target=target, logits=None, gradient=slope))()
            back[last] = np.ascontiguousarray(np.moveaxis(slope, -1, 0))
        return Trace(_frozen(outputs), _frozen(back), _frozen(self._parameter_gradients()), value)

    def sensitivities(self, x: ArrayLike, output_gradient: ArrayLike, of: str | None = None) -> Trace:
        """Outputs of every layer, and gradients of a score with respect to them; see `engine.Network.sensitivities`."""
        score = self.structure.output if of is None else of
        self.check_names([score])
        rows, model = self.rows(x), self.model
        check_trace(len(rows), self.shapes, self.reports, self.dtype.itemsize, backward=True)
        weights = spread_over(output_gradient, (len(rows), *self.shapes[score]), score)
        coefficients = model.tensor(np.array(weights, self.dtype))
        model.set_training(False)
        outputs: dict[str, Array] = {}
        before = self._before(score)
        wanted = [name for name in (INPUT, *self.layers) if name in before]
        value, back = self._backward(rows, wanted, lambda values: (values[score] * coefficients).sum(), outputs)
        return Trace(_frozen(outputs), _frozen(back), loss=value)

    def _before(self, node: str) -> set[str]:
        """A node and all from which something reaches it."""
        found, open_ = {node}, [node]
        while open_:
            for source in self.structure.sources.get(open_.pop(), ()):
                if source not in found:
                    found.add(source)
                    open_.append(source)
        return found

    def _loss_of(
        self, loss: Loss, targets: Array, *, training: bool = False
    ) -> Callable[[Mapping[str, Tensor]], Tensor]:
        """Function that gives the mean loss of all nodes' outputs. Raises SpecError outside of the loss's domain."""
        each, graph, model = sample_losses(loss, self.structure), self.structure, self.model
        target, fused = model.tensor(targets), logits_of(graph, loss) is not None

        def measure(values: Mapping[str, Tensor]) -> Tensor:
            output = values[graph.output]
            if not fused:
                guarded(float, loss, graph, output.detach().cpu().numpy(), training=training)()
            return each(output, values[graph.sources[graph.output][0]], target).mean()

        return measure

    def _backward(
        self,
        rows: Array,
        wanted: list[str],
        measure: Callable[[Mapping[str, Tensor]], Tensor],
        outputs: dict[str, Array] | None = None,
    ) -> tuple[float, dict[str, Array]]:
        """One forward and one backward pass, in full precision; the parameters' gradients are left with the model.

        Returns the value of `measure`, and its gradients at the wanted nodes; writes all outputs.
        """
        model = self.model
        with telling(model.device), torch.enable_grad(), model.all_learning():
            x = model.tensor(np.array(rows)).requires_grad_(True)
            values = model.module.values(x, {INPUT, *self.layers})
            value = measure(values)
            parameters = [*model.module.parameters()]
            asked = [values[name] for name in wanted]
            found = torch.autograd.grad(value, [*asked, *parameters], allow_unused=True)
            model.gradients.zero_()
            for parameter, gradient in zip(parameters, found[len(asked) :], strict=True):
                if gradient is not None and parameter.grad is not None:
                    parameter.grad.copy_(gradient)
            model.fetch_gradients()
            if outputs is not None:
                outputs |= {name: tensor.detach().cpu().numpy().copy() for name, tensor in values.items()}
            back = {
                name: np.zeros((len(rows), *self.shapes[name]), self.dtype)
                if gradient is None
                else gradient.cpu().numpy().copy()
                for name, gradient in zip(wanted, found, strict=False)
            }
            return value.item(), back

    def _parameter_gradients(self) -> dict[str, Array]:
        """Copies of the gradients just computed; the network's own are cleared, since no step follows."""
        shapes = {name: array.shape for name, array in self.parameters.items()}
        found = {
            f"{name}.{key}": self.gradient_vector[place].reshape(shapes[f"{name}.{key}"]).copy()
            for name, own in self.places.items()
            for key, place in own.items()
        }
        self.gradient_vector[...] = 0
        return found


def network_model(network: object, device: str | None, mixed_precision: MixedPrecision, compiled: bool) -> DeviceModel:
    """Model of a network: its own, or a new one on a device. Raises SpecError."""
    expect_kind(network, Network, "the network", "an engine.Network")
    if not isinstance(network, TorchNetwork):
        assert isinstance(network, Network)
        return DeviceModel(network, find(device), mixed_precision, compiled)
    wanted = network.model.device if device is None else find(device)
    model = network.model
    if (wanted, mixed_precision, compiled) != (model.device, model.mixed_precision, model.compiled) and (
        device is not None or mixed_precision != "none" or compiled
    ):
        network.to(str(wanted), mixed_precision=mixed_precision, compiled=compiled)
    return network.model


def _frozen(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    for array in arrays.values():
        array.flags.writeable = False
    return MappingProxyType(dict(arrays))
