"""Cross-entropy losses, binary and categorical, fused with Sigmoid and Softmax."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.losses.base import Loss
from engine.losses.context import LossContext
from engine.mathematics import Step, loss_steps
from engine.targets import Distributions, Probabilities, Targets, Task
from engine.types import Array, Shape


class BinaryCrossEntropy(Loss):
    """Binary cross-entropy: -mean(t log p + (1 - t) log(1 - p)) over all outputs and samples.

    Several outputs are as many answers of yes or no, each on its own (multi-label classification).

    Fused with a final Sigmoid it is computed from the logits z as max(z, 0) - z t + log(1 + e^-|z|), and its gradient
    is p - t. Without one, probabilities are clipped slightly away from 0 and 1.
    """

    title: ClassVar[str] = "Binary cross-entropy"
    short: ClassVar[str] = "Binary CE"
    help: ClassVar[str] = "Negative log-likelihood of the target, for yes-or-no outputs (end in Sigmoid)."
    formula: ClassVar[str] = "L = −mean (t ln y + (1 − t) ln (1 − y))"
    link: ClassVar[str | None] = "sigmoid"
    tasks: ClassVar[tuple[Task, ...]] = ("classification", "multi_label")
    targets: ClassVar[Targets] = Probabilities()
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    type: Literal["binary_cross_entropy"] = "binary_cross_entropy"

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        return task == "multi_label" or (task == "classification" and classes <= 2)

    def mathematics(self) -> tuple[Step, ...]:
        def probability(y: Array) -> Array:
            hair = np.finfo(y.dtype).eps
            return np.clip(y, hair, 1 - hair)

        def value(probability: Array, t: Array) -> float:
            return -np.mean(t * np.log(probability) + (1 - t) * np.log(1 - probability))

        def gradient(probability: Array, t: Array) -> Array:
            return (probability - t) / (probability * (1 - probability)) / t.size

        def logit_gradient(y: Array, t: Array) -> Array:
            return (y - t) / y.size

        return (
            Step("probability", "loss", r"p \approx y", "The output, kept a hair away from 0 and 1.", probability),
            *loss_steps(
                value,
                r"E = -\frac{1}{n} \sum_i t_i \ln p_i + (1 - t_i) \ln (1 - p_i)",
                "The negative logarithm of the probability that the outputs give to the targets.",
                gradient,
                r"\frac{1}{n} \left( \frac{1 - t}{1 - p} - \frac{t}{p} \right)",
                "The less probability a target was given, the harder its output is pulled.",
            ),
            Step(
                "dz",
                "loss",
                r"\frac{\partial E}{\partial z} = \frac{1}{n} (y - t)",
                "Behind a Sigmoid, the chain rule leaves the plain difference at the sigmoid's input z.",
                logit_gradient,
            ),
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient, logits = context.output, context.target, context.gradient, context.logits
        size, total = max(output.size, 1), context.total
        work, other = np.empty_like(output), np.empty_like(output)
        zero, share = np.array(0, output.dtype), np.array(1 / size, output.dtype)

        def measure_fused() -> float:
            np.absolute(logits, work)
            np.negative(work, work)
            np.exp(work, work)
            np.log1p(work, work)
            np.maximum(logits, zero, out=other)
            np.add(work, other, work)
            np.multiply(logits, target, other)
            np.subtract(work, other, work)
            if gradient is not None:
                np.subtract(output, target, gradient)
                np.multiply(gradient, share, gradient)
            return total(work) / size

        hair = float(np.finfo(output.dtype).eps)

        def measure() -> float:
            np.clip(output, hair, 1 - hair, out=work)
            np.log(work, other)
            np.multiply(other, target, other)
            value = total(other)
            np.subtract(1, work, work)
            np.log(work, work)
            np.subtract(1, target, other)
            np.multiply(work, other, work)
            value += total(work)
            if gradient is not None:
                np.clip(output, hair, 1 - hair, out=work)
                np.subtract(work, target, gradient)
                np.divide(gradient, size, gradient)
                np.divide(gradient, work, gradient)
                np.subtract(1, work, work)
                np.divide(gradient, work, gradient)
            return -value / size

        return measure if logits is None else measure_fused


class CategoricalCrossEntropy(Loss):
    """Categorical cross-entropy: -mean of sum over classes of t log p; classes on the first axis.

    Fused with a final Softmax it is computed from the logits by log-sum-exp, and its gradient is p - t. Targets are
    one-hot or soft rows, or integer labels. With smoothing s and K classes, t becomes (1 - s) t + s / K (Szegedy et al.
    2016, section 7).
    """

    title: ClassVar[str] = "Categorical cross-entropy"
    short: ClassVar[str] = "Cross-entropy"
    help: ClassVar[str] = "Negative log-likelihood of the right class, one out of several (end in Softmax)."
    formula: ClassVar[str] = "L = −mean Σᵢ tᵢ ln yᵢ"
    link: ClassVar[str | None] = "softmax"
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    targets: ClassVar[Targets] = Distributions()
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    type: Literal["categorical_cross_entropy"] = "categorical_cross_entropy"
    smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Label smoothing",
        description="Share of each target that is spread evenly over all classes, against overconfidence.",
        json_schema_extra={"step": 0.05},
    )

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        return task == "classification" and classes > 2

    def allowed_shapes(self, task: Task, classes: int, targets: int) -> list[Shape]:
        return [(classes,)]

    def mathematics(self) -> tuple[Step, ...]:
        smoothing = self.smoothing

        def target(t: Array) -> Array:
            return (1 - smoothing) * t + smoothing / len(t)

        def value(y: Array, target: Array) -> float:
            places = y[0].size
            return -np.sum(target * np.log(np.clip(y, np.finfo(y.dtype).tiny, 1))) / places

        def gradient(y: Array, target: Array) -> Array:
            return -target / np.clip(y, np.finfo(y.dtype).tiny, 1) / y[0].size

        def logit_gradient(y: Array, target: Array) -> Array:
            return (y * target.sum(axis=0) - target) / y[0].size

        return (
            Step(
                "target",
                "loss",
                r"t_k \leftarrow (1 - s) \, t_k + \frac{s}{K}",
                "The target, with its share spread over all classes by label smoothing.",
                target,
            ),
            *loss_steps(
                value,
                r"E = -\sum_k t_k \ln y_k",
                "The negative logarithm of the probability that was given to the right class.",
                gradient,
                r"-\frac{t}{y}",
                "The less probability the right class was given, the harder it is pulled up.",
            ),
            Step(
                "dz",
                "loss",
                r"\frac{\partial E}{\partial z} = y - t",
                "Behind a Softmax, the chain rule leaves the plain difference at the softmax's input z.",
                logit_gradient,
            ),
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        if not self.smoothing:
            return self._bind(context)
        soft = np.empty(context.output.shape, context.output.dtype)
        measure, target = self._bind(replace(context, target=soft)), context.target
        kept, spread = (np.array(share, soft.dtype) for share in (1 - self.smoothing, self.smoothing / len(soft)))

        def measure_smoothed() -> float:
            np.multiply(target, kept, soft)
            np.add(soft, spread, soft)
            return measure()

        return measure_smoothed

    def _bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient, logits = context.output, context.target, context.gradient, context.logits
        samples, dot = max(math.prod(output.shape[1:]), 1), context.dot
        work = np.empty_like(output)
        log_sum = np.empty(output.shape[1:], output.dtype)
        mass = np.empty(output.shape[1:], output.dtype)
        share = np.array(1 / samples, output.dtype)

        def measure_fused() -> float:
            np.maximum.reduce(logits, axis=0, out=log_sum)
            np.subtract(logits, log_sum, work)
            flat = dot(work, target)
            np.exp(work, work)
            np.add.reduce(work, axis=0, out=log_sum)
            np.log(log_sum, log_sum)
            np.add.reduce(target, axis=0, out=mass)
            if gradient is not None:
                np.multiply(output, mass, gradient)
                np.subtract(gradient, target, gradient)
                np.multiply(gradient, share, gradient)
            return (dot(log_sum, mass) - flat) / samples

        hair = float(np.finfo(output.dtype).tiny)

        def measure() -> float:
            # What rounding left above 1 would make the loss negative.
            np.clip(output, hair, 1, out=work)
            if gradient is not None:
                np.divide(target, work, gradient)
                np.divide(gradient, -samples, gradient)
            np.log(work, work)
            return -dot(work, target) / samples

        return measure if logits is None else measure_fused
