"""PyTorch twins of every layer, loss and optimiser, to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own habit
from torch import Tensor

from engine import Network, losses, optimizers
from engine.backends.torch_layers import as_array, load_arrays, make_module, tensors
from engine.graph import INPUT

LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "huber": F.huber_loss,
    "hinge": lambda y, t: F.relu(1 - torch.where(t > 0, 1.0, -1.0) * y).mean(),
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "binary_cross_entropy": F.binary_cross_entropy,
    "categorical_cross_entropy": lambda y, t: -(t * torch.log(y)).sum(dim=1).mean(),
}

OPTIMIZERS: dict[str, Callable[[Any, Iterable[Tensor]], torch.optim.Optimizer]] = {
    "SGD": lambda o, p: torch.optim.SGD(p, o.learning_rate, momentum=o.momentum, nesterov=o.nesterov),
    "RMSprop": lambda o, p: torch.optim.RMSprop(p, o.learning_rate, alpha=o.rho, eps=o.epsilon),
    "Adagrad": lambda o, p: torch.optim.Adagrad(p, o.learning_rate, eps=o.epsilon),
    "AdamW": lambda o, p: torch.optim.AdamW(
        p, o.learning_rate, (o.beta1, o.beta2), o.epsilon, weight_decay=o.weight_decay
    ),
    "Adam": lambda o, p: torch.optim.Adam(p, o.learning_rate, (o.beta1, o.beta2), o.epsilon),
}


class TorchNetwork:
    """The engine's network, with copies of its parameters and state, computed by PyTorch.

    Attributes:
        parameters: by full name, in PyTorch's layout.
    """

    def __init__(self, network: Network, *, training: bool = False) -> None:
        self.structure = network.structure
        self.parameters: dict[str, Tensor] = {}
        self._modules: dict[str, Any] = {}
        dtype = torch.from_numpy(network.parameter_vector[:0]).dtype
        for name, layer in network.layers.items():
            inputs = [network.shapes[source] for source in self.structure.sources[name]]
            module = self._modules[name] = make_module(layer, *inputs).to(dtype).train(training)
            own = {key: network.arrays[f"{name}.{key}"] for key in layer.array_specs(*inputs)}
            load_arrays(module, layer, own)
            found = tensors(module, layer)
            self.parameters |= {f"{name}.{key}": found[key] for key in layer.parameter_specs(*inputs)}

    def __call__(self, x: Tensor, stop_before: str | None = None) -> Tensor:
        """The output, or what goes into the node `stop_before`."""
        values = {INPUT: x}
        for name, module in self._modules.items():
            inputs = [values[source] for source in self.structure.sources[name]]
            if name == stop_before:
                return inputs[0]
            values[name] = module(*inputs)
        return values[self.structure.output]

    def gradient(self, full_name: str) -> Any:
        """The gradient of a parameter after a backward pass, in the engine's layout."""
        name, _, key = full_name.rpartition(".")
        return as_array(self.parameters[full_name].grad, self.structure.nodes[name], key)

    def array(self, full_name: str) -> Any:
        """A parameter, or state, in the engine's layout."""
        name, _, key = full_name.rpartition(".")
        layer = self.structure.nodes[name]
        return as_array(tensors(self._modules[name], layer)[key], layer, key)

    def loss(self, x: Tensor, y: Tensor, name: str) -> Tensor:
        """The loss, from the logits where the engine's loss is fused with the last layer."""
        end = self.structure.output
        last = self.structure.nodes[end]
        if losses.get(name).link is not None and losses.get(name).link == last.link:
            logits = self(x, stop_before=end)
            if last.link == "sigmoid":
                return F.binary_cross_entropy_with_logits(logits, y)
            return F.cross_entropy(logits, y)
        return LOSSES[name](self(x), y)

    def optimizer(self, optimizer: optimizers.Optimizer) -> torch.optim.Optimizer:
        return OPTIMIZERS[optimizer.type](optimizer, list(self.parameters.values()))
