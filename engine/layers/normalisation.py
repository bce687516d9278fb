"""Normalisation layers: bring activations to a common mean and variance."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.errors import SpecError
from engine.layers.base import Category, Layer, ParameterSpec
from engine.mathematics import Step
from engine.types import Array, MaybeArray, Shape


class BatchNorm(Layer):
    """Batch normalisation of each channel (or unit), with learned scale and shift.

    Ioffe and Szegedy 2015. While training, mean and variance are those of the batch, and a running mean of both is
    kept; in inference the running ones are used. As in PyTorch, the running variance follows the batch's unbiased one,
    n / (n - 1) times as large as the one by which the batch itself is normalised, where n counts the numbers of a
    channel.

    Parameters: `weight` and `bias`, both (C,). State: `mean` and `variance`, both (C,).
    """

    category: ClassVar[Category] = "Regularisation"
    title: ClassVar[str] = "BatchNorm"
    help: ClassVar[str] = "Normalises each channel over the batch to mean 0 and variance 1, then scales and shifts it."
    formula: ClassVar[str] = "y = γ (x − μ) / √(σ² + ε) + β"
    use: ClassVar[str] = "Between a layer and its activation: lets deep networks learn faster."
    icon: ClassVar[str] = "batchnorm"
    elementwise: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    mixes_samples: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["BatchNorm"] = "BatchNorm"
    momentum: float = Field(
        0.1,
        gt=0,
        le=1,
        title="Momentum",
        description="Fraction of the running statistics that each batch replaces, as in PyTorch.",
        json_schema_extra={"step": 0.05},
    )
    epsilon: float = Field(
        1e-5, gt=0, le=1, title="Epsilon", description="Added to the variance, so that nothing is divided by 0."
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        shape = inputs[0][:1]
        return {"weight": ParameterSpec(shape, "ones"), "bias": ParameterSpec(shape, "zeros")}

    def state_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        shape = inputs[0][:1]
        return {"mean": ParameterSpec(shape, "zeros"), "variance": ParameterSpec(shape, "ones")}

    def is_weight(self, key: str) -> bool:
        return False

    def multiply_adds(self, *inputs: Shape) -> int:
        return math.prod(inputs[0])

    def check_batch(self, samples: int, *inputs: Shape) -> None:
        if samples == 1 and math.prod(inputs[0][1:]) == 1:
            raise SpecError(
                "BatchNorm normalises over the samples of a batch, but a batch holds a single one: all of its outputs "
                "become 0 and nothing is learnt. Use batches of at least 2 samples."
            )

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        epsilon, dimensions = self.epsilon, len(inputs[0]) - 1
        # One sample, or a batch with its axis first: a statistic is over all axes but the channels'.
        over = tuple(axis for axis in range(dimensions + 1 + training) if axis != training)

        def spread(numbers: Array) -> Array:
            """One number per channel, so that it meets all numbers of its channel."""
            return numbers.reshape(-1, *(1,) * dimensions)

        def batch_mean(x: Array) -> Array:
            return x.mean(axis=over)

        def batch_variance(x: Array, mean: Array) -> Array:
            return ((x - spread(mean)) ** 2).mean(axis=over)

        def standard(x: Array, mean: Array, variance: Array) -> Array:
            return (x - spread(mean)) / np.sqrt(spread(variance) + epsilon)

        def output(standard: Array, weight: Array, bias: Array) -> Array:
            return spread(weight) * standard + spread(bias)

        def weight_gradient(standard: Array, dy: Array) -> Array:
            return (dy * standard).sum(axis=over)

        def bias_gradient(dy: Array) -> Array:
            return dy.sum(axis=over)

        def input_gradient(variance: Array, weight: Array, dy: Array) -> Array:
            return dy * spread(weight) / np.sqrt(spread(variance) + epsilon)

        def batch_input_gradient(standard: Array, variance: Array, weight: Array, dy: Array) -> Array:
            pull = spread((dy * standard).mean(axis=over)) * standard
            push = spread(dy.mean(axis=over))
            return (dy - push - pull) * spread(weight) / np.sqrt(spread(variance) + epsilon)

        measured = (
            Step(
                "mean", "forward", r"\mu = \frac{1}{n} \sum x", "The mean of each channel over the batch.", batch_mean
            ),
            Step(
                "variance",
                "forward",
                r"\sigma^2 = \frac{1}{n} \sum (x - \mu)^2",
                "The variance of each channel over the batch.",
                batch_variance,
            ),
        )
        scale = r"\frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}"
        arriving = r"\frac{\partial E}{\partial y}"
        back = (
            Step(
                "dx",
                "input",
                rf"\frac{{\partial E}}{{\partial x}} = {scale} \left( {arriving} - \overline{{{arriving}}} "
                rf"- \hat{{x}} \, \overline{{{arriving} \hat{{x}}}} \right)",
                "Mean and variance follow every number of the batch, so two means go off (Ioffe and Szegedy 2015).",
                batch_input_gradient,
            )
            if training
            else Step(
                "dx",
                "input",
                rf"\frac{{\partial E}}{{\partial x}} = {scale} \, {arriving}",
                "In use, mean and variance are fixed numbers, so that only the scale remains.",
                input_gradient,
            )
        )
        return (
            *(measured if training else ()),
            *_standardising(standard, output, weight_gradient, bias_gradient),
            back,
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        # One row per channel, and one number for each: (C, M) and (C, 1).
        x, y, dx, dy = (
            _rows(a) for a in (context.input, context.output, context.input_gradient, context.output_gradient)
        )
        channels, count = y.shape
        weight, bias = (context.parameters[name][:, None] for name in ("weight", "bias"))
        running_mean, running_variance = (context.state[name][:, None] for name in ("mean", "variance"))
        centred, work = context.buffer(channels, count), context.buffer(channels, count)
        mean, variance, shrink, scale = (context.buffer(channels, 1) for _ in range(4))
        mean_flat, variance_flat = mean[:, 0], variance[:, 0]
        ones = np.ones(count, y.dtype)
        epsilon, share = self.epsilon, 1 / max(count, 1)
        momentum = self.momentum if count else 0.0
        # A batch spreads less than what it was drawn from; one number tells nothing of that.
        unbiased = count / (count - 1) if count > 1 else 0.0
        momentum_of_variance = self.momentum if count > 1 else 0.0
        training = context.training

        # What is done to single numbers is done to as few arrays as can be: on large ones, that is what takes time.
        def forward() -> None:
            if training:
                np.dot(x, ones, out=mean_flat)
                np.multiply(mean, share, mean)
                np.subtract(x, mean, centred)
                np.vecdot(centred, centred, variance_flat)
                np.multiply(variance, share, variance)
                running_mean[...] += momentum * (mean - running_mean)
                running_variance[...] += momentum_of_variance * (unbiased * variance - running_variance)
                np.add(variance, epsilon, shrink)
            else:
                np.subtract(x, running_mean, centred)
                np.add(running_variance, epsilon, shrink)
            np.sqrt(shrink, shrink)
            np.divide(1, shrink, shrink)
            np.multiply(shrink, weight, scale)
            np.multiply(centred, scale, y)
            np.add(y, bias, y)

        if dy is None:
            return forward, forward
        if not context.gradients:
            # A frozen layer computes with what it remembers, so that no number depends on the batch.
            return forward, partial(np.multiply, dy, scale, dx)
        d_weight, d_bias = (context.gradients[name] for name in ("weight", "bias"))
        pull, push = context.buffer(channels, 1), context.buffer(channels, 1)

        def backward() -> None:
            np.vecdot(dy, centred, d_weight)
            np.multiply(d_weight, shrink[:, 0], d_weight)
            np.dot(dy, ones, out=d_bias)
            if dx is None:
                return
            if not training:
                np.multiply(dy, scale, dx)
                return
            # The batch's mean and spread follow every number of it: two means go off (Ioffe and Szegedy, section 3).
            np.multiply(d_weight[:, None], shrink, pull)
            np.multiply(pull, share, pull)
            np.multiply(d_bias[:, None], share, push)
            np.multiply(centred, pull, work)
            np.add(work, push, work)
            np.subtract(dy, work, dx)
            np.multiply(dx, scale, dx)

        return forward, backward


class LayerNorm(Layer):
    """Layer normalisation of each sample, with learned scale and shift.

    Ba et al. 2016. Parameters: `weight` and `bias`, both of the input's shape.
    """

    category: ClassVar[Category] = "Regularisation"
    title: ClassVar[str] = "LayerNorm"
    help: ClassVar[str] = "Normalises the values of each sample to mean 0 and variance 1, then scales and shifts them."
    formula: ClassVar[str] = "y = γ (x − μ) / √(σ² + ε) + β"
    use: ClassVar[str] = "Like BatchNorm, but does not depend on the batch; usual in transformers."
    icon: ClassVar[str] = "layernorm"
    elementwise: ClassVar[bool] = True
    in_place: ClassVar[bool] = True

    type: Literal["LayerNorm"] = "LayerNorm"
    epsilon: float = Field(
        1e-5, gt=0, le=1, title="Epsilon", description="Added to the variance, so that nothing is divided by 0."
    )

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        return {"weight": ParameterSpec(inputs[0], "ones"), "bias": ParameterSpec(inputs[0], "zeros")}

    def is_weight(self, key: str) -> bool:
        return False

    def multiply_adds(self, *inputs: Shape) -> int:
        return math.prod(inputs[0])

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        epsilon = self.epsilon

        def mean(x: Array) -> Array:
            return x.mean()

        def variance(x: Array, mean: Array) -> Array:
            return ((x - mean) ** 2).mean()

        def standard(x: Array, mean: Array, variance: Array) -> Array:
            return (x - mean) / np.sqrt(variance + epsilon)

        def output(standard: Array, weight: Array, bias: Array) -> Array:
            return weight * standard + bias

        def weight_gradient(standard: Array, dy: Array) -> Array:
            return dy * standard

        def bias_gradient(dy: Array) -> Array:
            return dy

        def input_gradient(standard: Array, variance: Array, weight: Array, dy: Array) -> Array:
            scaled = dy * weight
            return (scaled - scaled.mean() - standard * (scaled * standard).mean()) / np.sqrt(variance + epsilon)

        return (
            Step("mean", "forward", r"\mu = \frac{1}{n} \sum x", "The mean of all numbers of the sample.", mean),
            Step("variance", "forward", r"\sigma^2 = \frac{1}{n} \sum (x - \mu)^2", "Their variance.", variance),
            *_standardising(standard, output, weight_gradient, bias_gradient),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x} = \frac{1}{\sqrt{\sigma^2 + \varepsilon}} \left( g - "
                r"\overline{g} - \hat{x} \, "
                r"\overline{g \, \hat{x}} \right), \quad g = \gamma \odot \frac{\partial E}{\partial y}",
                "Mean and variance follow every number of the sample, so two means go off.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        axes = tuple(range(y.ndim - 1))
        share = 1 / math.prod(y.shape[:-1])
        weight, bias = (context.parameters[name][..., None] for name in ("weight", "bias"))
        standard, work = context.buffer(*y.shape), context.buffer(*y.shape)
        mean, scale = context.buffer(y.shape[-1]), context.buffer(y.shape[-1])
        epsilon = self.epsilon

        def forward() -> None:
            np.add.reduce(x, axis=axes, out=mean)
            np.multiply(mean, share, out=mean)
            np.subtract(x, mean, out=standard)
            np.multiply(standard, standard, out=work)
            np.add.reduce(work, axis=axes, out=scale)
            np.multiply(scale, share, out=scale)
            np.add(scale, epsilon, out=scale)
            np.sqrt(scale, out=scale)
            np.divide(1, scale, out=scale)
            np.multiply(standard, scale, out=standard)
            np.multiply(standard, weight, out=y)
            np.add(y, bias, out=y)

        if dy is None:
            return forward, forward
        d_weight: MaybeArray = context.gradients.get("weight")
        d_bias: MaybeArray = context.gradients.get("bias")
        other = context.buffer(y.shape[-1])

        def backward() -> None:
            np.multiply(dy, standard, out=work)
            if d_weight is not None:
                np.add.reduce(work, axis=-1, out=d_weight)
                np.add.reduce(dy, axis=-1, out=d_bias)
            if dx is None:
                return
            np.multiply(work, weight, out=work)
            np.add.reduce(work, axis=axes, out=mean)
            np.multiply(dy, weight, out=dx)
            np.add.reduce(dx, axis=axes, out=other)
            np.multiply(mean, share, out=mean)
            np.multiply(other, share, out=other)
            np.multiply(standard, mean, out=work)
            np.subtract(dx, work, out=dx)
            np.subtract(dx, other, out=dx)
            np.multiply(dx, scale, out=dx)

        return forward, backward


def _standardising(
    standard: Callable[..., Array],
    output: Callable[..., Array],
    weight_gradient: Callable[..., Array],
    bias_gradient: Callable[..., Array],
) -> tuple[Step, ...]:
    """The steps that both normalisations share."""
    return (
        Step(
            "standard",
            "forward",
            r"\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}",
            "Brings the values to mean 0 and variance 1.",
            standard,
        ),
        Step("y", "forward", r"y = \gamma \hat{x} + \beta", "Scales and shifts them by learned numbers.", output),
        Step(
            "d_weight",
            "parameter",
            r"\frac{\partial E}{\partial \gamma} = \sum \frac{\partial E}{\partial y} \hat{x}",
            "A scale counts for the normalised values that it multiplied.",
            weight_gradient,
        ),
        Step(
            "d_bias",
            "parameter",
            r"\frac{\partial E}{\partial \beta} = \sum \frac{\partial E}{\partial y}",
            "A shift moves its outputs one to one.",
            bias_gradient,
        ),
    )


def _rows(array: MaybeArray) -> MaybeArray:
    """(C, ..., N) seen as (C, M); None stays None."""
    return None if array is None else array.reshape(len(array), -1)
