"""Losses: each declared once, with its value and its gradient side by side.

A loss that knows an output function (`link`) is fused with it when the network ends in that layer: it then starts from
the numbers before the layer, which is exact where the two steps on their own would lose all digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.checks import expect_finite, shown
from engine.declared import Declared, one_of
from engine.errors import DataError, Fix, ShapeError, SpecError
from engine.layers.base import Array, MaybeArray, Shape, show_shape
from engine.targets import Distributions, Probabilities, Sides, Targets, found_in, to_labels

LOSSES: dict[str, type[Loss]] = {}
Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class LossContext:
    """The arrays a loss works on; all of shape (*output shape, N).

    Attributes:
        output: what the network says. target: what it should say.
        logits: what went into the last layer, if the loss is fused with it, else None.
        gradient: where dL/dlogits (fused) or dL/doutput goes; None if it is not wanted.
        weights: how much each sample counts, (N,), 1 on average; None if all count alike. Losses heed them through
            `total` and `dot`; the gradient is weighted for them.
    """

    output: Array
    target: Array
    logits: MaybeArray
    gradient: MaybeArray
    weights: MaybeArray = None

    @property
    def samples(self) -> int:
        return int(self.output.shape[-1])

    @property
    def total(self) -> Callable[[Array], float]:
        """A function for the sum of all numbers of an array (..., N), each times the weight of its sample."""
        weights = self.weights
        if weights is None:
            return lambda array: float(array.sum())
        return lambda array: float(np.add.reduce(array.reshape(-1, len(weights)), axis=0).dot(weights))

    @property
    def dot(self) -> Callable[[Array, Array], float]:
        """The same for the products of two arrays."""
        total = self.total
        if self.weights is None:
            return lambda left, right: float(np.vdot(left, right))
        return lambda left, right: total(left * right)


class Loss(Declared):
    """Base of all losses.

    Class attributes:
        link: the output function it is fused with ("sigmoid", "softmax").
        tasks: what it can be used for.
        threshold: a single output above it says yes.
        aims: what the outputs of a perfect answer are for classes: from the lowest to the highest.
        targets: which targets it takes.
        domain: between which numbers outputs must lie for it to mean anything.
        short: its title where there is little room.
        formula: as a line of text.
    """

    link: ClassVar[str | None] = None
    tasks: ClassVar[tuple[Task, ...]] = ("classification", "regression")
    threshold: ClassVar[float] = 0.5
    aims: ClassVar[tuple[float, float]] = (0.0, 1.0)
    targets: ClassVar[Targets] = Targets()
    domain: ClassVar[tuple[float, float]] = (-math.inf, math.inf)
    short: ClassVar[str] = ""
    formula: ClassVar[str] = ""

    type: str

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        LOSSES[cls.model_fields["type"].default] = cls

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        """True for the loss that such data are mostly trained with; just one is."""
        return False

    def bind(self, context: LossContext) -> Callable[[], float]:
        """A function that returns the loss, a mean over the batch, and writes the gradient."""
        raise NotImplementedError(f"{type(self).__name__} declares no value")

    def allowed_shapes(self, task: Task, classes: int, targets: int) -> list[Shape]:
        """The output shapes with which this loss can be used, the best first."""
        if task == "regression":
            return [(targets,)]
        return [(1,), (2,)] if classes == 2 else [(classes,)]

    def check(self, output_shape: Shape, *, task: Task, classes: int, targets: int) -> None:
        """Raises ShapeError if a network with this output cannot be trained on such data with this loss."""
        if task not in self.tasks:
            raise ShapeError(
                f"{self.title} compares classes, but these data have numbers as targets. "
                "Choose mean squared error in the training panel.",
                fix=Fix("Use mean squared error", training={"loss": MeanSquaredError()}),
            )
        allowed = self.allowed_shapes(task, classes, targets)
        if output_shape in allowed:
            return
        what = f"{classes} classes" if task == "classification" else f"{targets} target number(s)"
        wanted = " or ".join(show_shape(shape) for shape in allowed)
        error = ShapeError(
            f"The network gives {show_shape(output_shape)}, but the data have {what}: {self.title} needs {wanted}."
        )
        error.wanted = allowed[0]
        raise error

    def encode(self, y: Any, output_shape: Shape) -> Array:
        """Targets as the loss needs them: (N, *output_shape), float.

        Class labels (integers, (N,)) become a one-hot row, or a single 0 or 1 where the network has one output.
        Raises DataError, also for values that are no `targets` of this loss.
        """
        rows = self._rows(y, output_shape)
        flaw = self.targets.flaw(rows)
        if flaw is None:
            return self.targets.settled(rows)
        others = " or ".join(name for name, kind in LOSSES.items() if kind._suits_better(self, rows))
        fixes = [*filter(None, (flaw.fix, f"use {others}" if others else ""))]
        fix = ", or ".join(fixes)
        raise DataError(
            f"{self.title.lower()} takes {self.targets.expected}, found {flaw.found}"
            + (f". {fix[0].upper()}{fix[1:]}." if fix else "")
        )

    @classmethod
    def _suits_better(cls, other: Loss, rows: Array) -> bool:
        """True if it is made for what another loss is made for, and takes targets that the other does not."""
        return cls.tasks == other.tasks and cls.targets.flaw(rows) is None

    def _rows(self, y: Any, output_shape: Shape) -> Array:
        """Targets as numbers, (N, *output_shape), whatever these are. Raises DataError."""
        try:
            y = np.asarray(y)
        except ValueError:
            raise DataError("targets must be numbers in rows of the same length") from None
        if y.dtype.kind not in "biuf":
            raise DataError(f"targets must be numbers, found values such as {y.reshape(-1)[:1].tolist()}")
        expect_finite(y, "targets")
        if y.shape[1:] == output_shape and y.ndim > 1:
            return np.ascontiguousarray(y)
        size = math.prod(output_shape)
        if y.ndim == 1 and y.dtype.kind in "iub" and size > 1:
            return self._one_hot(y, output_shape)
        if y.ndim > 0 and y.size == len(y) * size:
            return np.ascontiguousarray(y.reshape(len(y), *output_shape))
        found = f"targets of shape {show_shape(y.shape[1:])} per sample"
        fix = f"give {show_shape(output_shape)} numbers per sample"
        if len(output_shape) == 1:
            fix = f"give one row of {size} number(s) per sample" + (", or integer classes" if size > 1 else "")
        if y.ndim in (1, 2) and y.size == len(y) and y.size and len(output_shape) == 1:
            # One number for each sample, but not as labels are given.
            found = f"targets of one number per sample, such as {y.reshape(-1)[0]:.6g},"
            flat = "y.reshape(-1)" if y.ndim == 2 else "y"
            if y.dtype.kind == "f" and (np.round(y) == y).all():
                fix = f"if they are class labels, give integers with {flat}.astype(int)"
            elif y.dtype.kind != "f":
                fix = f"if they are class labels, give them with {flat}"
        raise DataError(f"{found} do not fit the network's output {show_shape(output_shape)}; {fix}")

    @staticmethod
    def _one_hot(labels: Array, output_shape: Shape) -> Array:
        classes = output_shape[0]
        if len(output_shape) != 1:
            raise DataError(f"class labels need an output with one number per class, not {show_shape(output_shape)}")
        if labels.size and (labels.min() < 0 or labels.max() >= classes):
            raise DataError(
                f"class labels run from {labels.min()} to {labels.max()}, but the network has {classes} outputs; "
                f"labels must lie in 0 to {classes - 1}, found {found_in(labels)}. {to_labels(labels, classes)}."
            )
        return np.eye(classes, dtype=np.float32)[labels.astype(np.intp)]


class MeanSquaredError(Loss):
    """mean((y - t)^2) over all outputs and samples."""

    title: ClassVar[str] = "Mean squared error"
    help: ClassVar[str] = "Mean of the squared differences between output and target."
    formula: ClassVar[str] = "L = mean (y − t)²"

    type: Literal["mse"] = "mse"

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        return task == "regression"

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance = np.empty(output.shape, output.dtype)
        flat = distance.reshape(-1)
        size = max(output.size, 1)
        factor = np.array(2 / size, output.dtype)
        flat_by, dot, weighted = flat.dot, context.dot, context.weights is not None

        def measure() -> float:
            np.subtract(output, target, distance)
            if gradient is not None:
                np.multiply(distance, factor, gradient)
            return (dot(distance, distance) if weighted else float(flat_by(flat))) / size

        return measure


class MeanAbsoluteError(Loss):
    """mean(|y - t|) over all outputs and samples."""

    title: ClassVar[str] = "Mean absolute error"
    short: ClassVar[str] = "Absolute error"
    help: ClassVar[str] = (
        "Mean of the absolute differences between output and target; outliers weigh less than squared."
    )
    formula: ClassVar[str] = "L = mean |y − t|"

    type: Literal["mae"] = "mae"

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance = np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total

        def measure() -> float:
            np.subtract(output, target, distance)
            if gradient is not None:
                np.sign(distance, gradient)
                np.divide(gradient, size, gradient)
            np.absolute(distance, distance)
            return total(distance) / size

        return measure


class Huber(Loss):
    """mean of (y - t)^2 / 2 where |y - t| <= delta, else delta (|y - t| - delta / 2) (Huber 1964)."""

    title: ClassVar[str] = "Huber"
    help: ClassVar[str] = (
        "Squared for small differences and linear for large ones, so that outliers do not pull too hard."
    )
    formula: ClassVar[str] = "L = mean r²/2 for |r| ≤ δ, else δ(|r| − δ/2),  r = y − t"

    type: Literal["huber"] = "huber"
    delta: float = Field(1.0, gt=0, le=1000, title="Delta", description="Difference from which on the loss is linear.")

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance, near = np.empty(output.shape, output.dtype), np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total
        delta, share = np.array(self.delta, output.dtype), np.array(1 / size, output.dtype)

        def measure() -> float:
            np.subtract(output, target, distance)
            # With n for r cut off at +-delta, the loss is n r - n^2 / 2 on both sides, and its gradient is n.
            np.clip(distance, -delta, delta, out=near)
            if gradient is not None:
                np.multiply(near, share, gradient)
            np.multiply(distance, near, distance)
            np.multiply(near, near, near)
            return (total(distance) - total(near) / 2) / size

        return measure


class Hinge(Loss):
    """mean(max(0, 1 - s y)) with s = 1 where the target is 1, and -1 where it is 0 or -1 (Cortes and Vapnik 1995)."""

    title: ClassVar[str] = "Hinge"
    help: ClassVar[str] = "Maximum margin: no loss once an output is on the right side by 1 (end without Sigmoid)."
    formula: ClassVar[str] = "L = mean max(0, 1 − s·y),  s = ±1"
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    threshold: ClassVar[float] = 0.0
    aims: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    targets: ClassVar[Targets] = Sides()

    type: Literal["hinge"] = "hinge"

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        sides, margin = np.empty(output.shape, output.dtype), np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total

        def measure() -> float:
            np.greater(target, 0, sides)
            np.multiply(sides, 2, sides)
            np.subtract(sides, 1, sides)
            np.multiply(sides, output, margin)
            np.subtract(1, margin, margin)
            np.maximum(margin, 0, out=margin)
            if gradient is not None:
                np.greater(margin, 0, gradient)
                np.multiply(gradient, sides, gradient)
                np.multiply(gradient, -1 / size, gradient)
            return total(margin) / size

        return measure


class BinaryCrossEntropy(Loss):
    """-mean(t log p + (1 - t) log(1 - p)) over all outputs and samples.

    Fused with a final Sigmoid it is computed from the logits z as max(z, 0) - z t + log(1 + e^-|z|), and its gradient
    is p - t. Without one, probabilities are kept a hair away from 0 and 1.
    """

    title: ClassVar[str] = "Binary cross-entropy"
    short: ClassVar[str] = "Binary CE"
    help: ClassVar[str] = "Negative log-likelihood of the target, for yes-or-no outputs (end in Sigmoid)."
    formula: ClassVar[str] = "L = −mean (t ln y + (1 − t) ln (1 − y))"
    link: ClassVar[str | None] = "sigmoid"
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    targets: ClassVar[Targets] = Probabilities()
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    type: Literal["binary_cross_entropy"] = "binary_cross_entropy"

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        return task == "classification" and classes <= 2

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
    """-mean over samples (and positions) of sum over classes of t log p; classes lie on the first axis.

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


if TYPE_CHECKING:
    AnyLoss = Loss
else:
    AnyLoss = one_of(LOSSES)


def get(loss: str | Loss) -> Loss:
    """The loss of a name such as "mse"; a loss is given back as it is. Raises SpecError."""
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise SpecError(f"there is no loss {shown(loss)}; choose one of {', '.join(LOSSES)}")
    return LOSSES[loss]()  # type: ignore[call-arg]


def usual(task: Task, classes: int) -> Loss:
    """The loss that data of this task, with so many classes, are mostly trained with."""
    return next(kind for kind in LOSSES.values() if kind.is_usual(task, classes))()  # type: ignore[call-arg]
