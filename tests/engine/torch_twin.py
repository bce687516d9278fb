"""PyTorch twins of every layer, loss and optimiser, to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own habit
from torch import Tensor

from engine import Network, losses, optimizers
from engine.graph import INPUT
from engine.layers import Layer
from engine.sliding_window import axis, pair

Parameters = Mapping[str, Tensor]
Twin = Callable[[Layer, Parameters, list[Tensor]], Tensor]


def _padding(layer: Any, x: Tensor, kernel: Any, stride: Any, dilation: Any) -> tuple[int, int, int, int]:
    """Zeros left, right, above, below, as torch.nn.functional.pad wants them; the geometry is checked on its own."""
    rows, columns = (
        axis(size, *sizes, layer.padding)
        for size, *sizes in zip(x.shape[2:], pair(kernel), pair(stride), pair(dilation), strict=True)
    )
    return columns.before, columns.after, rows.before, rows.after


def _dense(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    return F.linear(inputs[0], p["weight"].T, p.get("bias"))


def _conv(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    (x,) = inputs
    if layer.padding == "same" and pair(layer.stride) == (1, 1):
        padding: Any = "same"
    elif layer.padding == "full":
        padding = tuple((k - 1) * d for k, d in zip(pair(layer.kernel_size), pair(layer.dilation), strict=True))
    elif layer.padding == "same":
        x = F.pad(x, _padding(layer, x, layer.kernel_size, layer.stride, layer.dilation))
        padding = 0
    else:
        padding = layer.padding
    per_filter = p.get("bias") if layer.bias == "per_filter" else None
    y = F.conv2d(x, p["weight"], per_filter, pair(layer.stride), padding, pair(layer.dilation), layer.groups)
    return y + p["bias"] if layer.bias == "per_position" else y


def _max_pool(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    stride = layer.pool_size if layer.stride is None else layer.stride
    x = F.pad(inputs[0], _padding(layer, inputs[0], layer.pool_size, stride, 1), value=-torch.inf)
    return F.max_pool2d(x, layer.pool_size, stride)


def _avg_pool(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    stride = layer.pool_size if layer.stride is None else layer.stride
    around = _padding(layer, inputs[0], layer.pool_size, stride, 1)
    total = F.avg_pool2d(F.pad(inputs[0], around), layer.pool_size, stride)
    inside = F.avg_pool2d(F.pad(torch.ones_like(inputs[0]), around), layer.pool_size, stride)
    return total / inside


def _batch_norm(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    """As it is used: with the running mean and variance of a fresh layer."""
    channels, dtype = inputs[0].shape[1], inputs[0].dtype
    mean, variance = torch.zeros(channels, dtype=dtype), torch.ones(channels, dtype=dtype)
    return F.batch_norm(inputs[0], mean, variance, p["weight"], p["bias"], eps=layer.epsilon)


def _transposed(layer: Any, p: Parameters, inputs: list[Tensor]) -> Tensor:
    (x,) = inputs
    if layer.padding == "valid":
        return F.conv_transpose2d(x, p["weight"], p.get("bias"), pair(layer.stride))
    if layer.padding != "same":
        return F.conv_transpose2d(x, p["weight"], p.get("bias"), pair(layer.stride), layer.padding)
    more = [stride - kernel for kernel, stride in zip(pair(layer.kernel_size), pair(layer.stride), strict=True)]
    y = F.conv_transpose2d(
        x, p["weight"], p.get("bias"), pair(layer.stride), output_padding=[max(count, 0) for count in more]
    )
    (top, bottom), (left, right) = ((max(-n, 0) // 2, max(-n, 0) - max(-n, 0) // 2) for n in more)
    return F.pad(y, (-left, -right, -top, -bottom))


def _of_one(function: Callable[..., Tensor]) -> Twin:
    return lambda layer, parameters, inputs: function(inputs[0])


TWINS: dict[str, Twin] = {
    "Dense": _dense,
    "Conv2D": _conv,
    "MaxPool2D": _max_pool,
    "AvgPool2D": _avg_pool,
    "Flatten": _of_one(lambda x: x.flatten(1)),
    "Reshape": lambda layer, p, inputs: inputs[0].reshape(len(inputs[0]), *layer.shape),
    "Dropout": _of_one(lambda x: x),
    "ReLU": _of_one(F.relu),
    "LeakyReLU": lambda layer, p, inputs: F.leaky_relu(inputs[0], layer.slope),
    "ELU": lambda layer, p, inputs: F.elu(inputs[0], layer.alpha),
    "GELU": _of_one(F.gelu),
    "SiLU": _of_one(F.silu),
    "Softplus": _of_one(F.softplus),
    "Sigmoid": _of_one(torch.sigmoid),
    "Tanh": _of_one(torch.tanh),
    "Softmax": _of_one(lambda x: F.softmax(x, dim=1)),
    "Sine": lambda layer, p, inputs: torch.sin(layer.frequency * inputs[0]),
    "ConvTranspose2D": _transposed,
    "GlobalAvgPool2D": _of_one(lambda x: x.mean(dim=(2, 3))),
    "Upsample2D": lambda layer, p, inputs: F.interpolate(inputs[0], scale_factor=pair(layer.size), mode="nearest"),
    "ZeroPad2D": lambda layer, p, inputs: F.pad(inputs[0], [n for n in pair(layer.padding)[::-1] for _ in range(2)]),
    "BatchNorm": _batch_norm,
    "LayerNorm": lambda layer, p, inputs: F.layer_norm(
        inputs[0], inputs[0].shape[1:], p["weight"], p["bias"], layer.epsilon
    ),
    "Add": lambda layer, p, inputs: torch.stack(inputs).sum(dim=0),
    "Multiply": lambda layer, p, inputs: torch.stack(inputs).prod(dim=0),
    "Concatenate": lambda layer, p, inputs: torch.cat(inputs, dim=1),
}

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
    """The engine's network, with copies of its parameters, computed by PyTorch."""

    def __init__(self, network: Network) -> None:
        self.structure = network.structure
        self.parameters = {name: torch.tensor(array, requires_grad=True) for name, array in network.parameters.items()}
        # All that does not change is looked up here, so that a step is little more than PyTorch's own calls.
        self._plan = [
            (
                name,
                TWINS[layer.type_name()],
                layer,
                {key: self.parameters[f"{name}.{key}"] for key in network.parameters_of(name)},
                self.structure.sources[name],
            )
            for name, layer in self.structure.nodes.items()
        ]

    def __call__(self, x: Tensor, stop_before: str | None = None) -> Tensor:
        """The output, or what goes into the node `stop_before`."""
        values = {INPUT: x}
        for name, twin, layer, own, sources in self._plan:
            inputs = [values[source] for source in sources]
            if name == stop_before:
                return inputs[0]
            values[name] = twin(layer, own, inputs)
        return values[self.structure.output]

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
