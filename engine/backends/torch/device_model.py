"""Network on a device: its module, with all parameters in one flat tensor, mirrored to the engine's vector.

The tensors of the modules are views into the flat one, in the engine's order and layout. So a snapshot is one copy, an
optimiser's step a handful of operations, and on the CPU nothing is copied at all: there the flat tensor is the engine's
own vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from torch import Tensor

from engine.backends.computing import MixedPrecision
from engine.backends.numpy import threads
from engine.backends.torch.devices import telling
from engine.backends.torch.graph_module import GraphModule
from engine.backends.torch_layers import counterpart, tensors
from engine.errors import SpecError
from engine.flat_vector import places
from engine.layers.base import ParameterSpec
from engine.network import Network
from engine.types import Array

_NARROW = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class DeviceModel:
    """Network's module on a device.

    Attributes:
        module: the network's graph. blocks of it are trained or not as `set_training` says.
        parameters, gradients: flat tensors (P,), into which the module's are views.
        stale: the network's own vector is older than the tensors.
    """

    def __init__(
        self,
        network: Network,
        device: torch.device,
        mixed_precision: MixedPrecision = "none",
        compiled: bool = False,
    ) -> None:
        if mixed_precision != "none" and mixed_precision not in _NARROW:
            raise SpecError(f"mixed precision is none, bfloat16 or float16, found {mixed_precision!r}")
        self.network, self.device = network, device
        self.mixed_precision, self.compiled = mixed_precision, bool(compiled)
        self.stale = False
        self.dtype = torch.from_numpy(network.state_vector[:0]).dtype
        if device.type == "mps" and self.dtype == torch.float64:
            raise SpecError("MPS has no numbers of 64 bits; make the network in numpy.float32")
        # On the CPU these are the device's own; elsewhere they are what is copied to and fro.
        count = network.parameter_count
        self._host = torch.from_numpy(network.state_vector[:count])
        self._host_gradients = torch.from_numpy(network.gradient_vector)
        if device.type == "cuda":
            # Else convolutions would be rounded to 10 bits, and the same seed give another result each time.
            torch.backends.cudnn.allow_tf32 = False
            torch.backends.cudnn.deterministic = True
            torch.backends.cudnn.benchmark = False
        if device.type == "cpu":
            torch.set_num_threads(threads.count())
        with telling(device):
            self.parameters = self._host.to(device)
            self.gradients = self._host_gradients.to(device)
            self.module = GraphModule(network).to(device, self.dtype)
            self._states = self._lay()

    def _lay(self) -> list[tuple[Tensor, Tensor]]:
        """Puts the flat tensors under the module's parameters and buffers. Returns each buffer, and the host's."""
        network, states = self.network, []
        offset = network.parameter_count
        state = torch.from_numpy(network.state_vector)[offset:]
        state_specs: dict[tuple[str, str], ParameterSpec] = {}
        for name, layer in network.layers.items():
            inputs = [network.shapes[source] for source in network.structure.sources[name]]
            found, turned = tensors(self.module.blocks[name], layer), counterpart(layer).transposed
            for key, place in network.places.get(name, {}).items():
                shape = layer.parameter_specs(*inputs)[key].shape
                values, slopes = (flat[place].view(shape) for flat in (self.parameters, self.gradients))
                parameter = found[key]
                parameter.data = values.t() if key in turned else values
                parameter.grad = slopes.t() if key in turned else slopes
            state_specs |= {(name, key): spec for key, spec in layer.state_specs(*inputs).items()}
        for name, own in places(state_specs).items():
            found = tensors(self.module.blocks[name], network.layers[name])
            for key, place in own.items():
                host = state[place].view(state_specs[name, key].shape)
                # Each by itself: what the compiler sees written must not be a part of anything else.
                found[key].data = host if self.device.type == "cpu" else host.to(self.device)
                states.append((found[key], host))
        return states

    @property
    def apart(self) -> bool:
        """True if the tensors are not the network's own memory."""
        return bool(self.device.type != "cpu")

    def fetch(self) -> None:
        """Copy parameters and state to the network, if they are newer here."""
        if self.apart and self.stale:
            with telling(self.device):
                self._host.copy_(self.parameters)
                for tensor, host in self._states:
                    host.copy_(tensor)
        self.stale = False

    def fetch_gradients(self) -> None:
        """Copy the gradients to the network."""
        if self.apart:
            with telling(self.device):
                self._host_gradients.copy_(self.gradients)

    def send(self) -> None:
        """Copy parameters and state from the network."""
        if self.apart:
            with telling(self.device), torch.no_grad():
                self.parameters.copy_(self._host)
                for tensor, host in self._states:
                    tensor.copy_(host)
        self.stale = False

    def state(self) -> list[Tensor]:
        """Copies of what layers remember."""
        return [tensor.clone() for tensor, _ in self._states]

    def put_state(self, kept: list[Tensor]) -> None:
        """Put back what layers remembered."""
        for (tensor, _), before in zip(self._states, kept, strict=True):
            tensor.copy_(before)

    def precision(self) -> AbstractContextManager[object]:
        """Context in which products are computed in 16 bits, if they are to be."""
        narrow = _NARROW.get(self.mixed_precision)
        return nullcontext() if narrow is None else torch.autocast(self.device.type, narrow)

    def set_training(self, training: bool, frozen: frozenset[str] = frozenset()) -> None:
        """Set how layers behave; frozen ones with a state compute with what they remember."""
        self.module.train(training)
        if training:
            for name in frozen:
                if self.network.layers[name].state_specs(*self._inputs(name)):
                    self.module.blocks[name].eval()

    def hold(self, frozen: frozenset[str]) -> None:
        """Compute no gradients for the parameters of these layers."""
        for name, block in self.module.blocks.items():
            for parameter in block.parameters():
                parameter.requires_grad_(name not in frozen)

    @contextmanager
    def all_learning(self) -> Iterator[None]:
        """Context in which frozen layers have gradients, too."""
        held = [parameter for parameter in self.module.parameters() if not parameter.requires_grad]
        for parameter in held:
            parameter.requires_grad_(True)
        try:
            yield
        finally:
            for parameter in held:
                parameter.requires_grad_(False)

    def tensor(self, array: Array) -> Tensor:
        """Array as a tensor on the device."""
        return torch.from_numpy(array).to(self.device)

    def _inputs(self, name: str) -> list[tuple[int, ...]]:
        return [self.network.shapes[source] for source in self.network.structure.sources[name]]
