"""Merge layers: join several branches of a network into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.errors import ShapeError
from engine.layers.base import Category, Layer
from engine.mathematics import Step
from engine.types import Array, Shape, show_shape


class _Merge(Layer):
    """Base of merge layers, which take two inputs or more."""

    category: ClassVar[Category] = "Merge"
    inputs: ClassVar[tuple[int, int | None]] = (2, None)

    def _differ(self, inputs: tuple[Shape, ...], wanted: str) -> ShapeError:
        shapes = ", ".join(show_shape(shape) for shape in inputs)
        return ShapeError(
            f"{self.type_name()} needs {wanted}, but gets {shapes}. "
            "Change a layer before it, so that its branches end in matching shapes."
        )


class _Elementwise(_Merge):
    """Inputs of the same shape, taken number by number."""

    def output_shape(self, *inputs: Shape) -> Shape:
        if any(shape != inputs[0] for shape in inputs):
            raise self._differ(inputs, "inputs of the same shape")
        return inputs[0]


class Add(_Elementwise):
    """Elementwise sum of the inputs, which have the same shape."""

    title: ClassVar[str] = "Add"
    help: ClassVar[str] = "Adds its inputs element by element."
    formula: ClassVar[str] = "y = x₁ + x₂ + …"
    use: ClassVar[str] = "For skip connections around some layers, as in residual networks."
    icon: ClassVar[str] = "add"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["Add"] = "Add"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(inputs: tuple[Array, ...]) -> Array:
            return np.sum(inputs, axis=0)

        def input_gradient(dy: Array) -> Array:
            return dy

        return (
            Step("y", "forward", r"y = \sum_k x_k", "Adds the inputs element by element.", output),
            *(
                Step(
                    f"dx_{number}",
                    "input",
                    rf"\frac{{\partial E}}{{\partial x_{number}}} = \frac{{\partial E}}{{\partial y}}",
                    "A sum passes its gradient on to each of its parts unchanged.",
                    input_gradient,
                )
                for number in range(1, len(inputs) + 1)
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        (first, second, *others), y, dy = context.inputs, context.output, context.output_gradient
        gradients = [gradient for gradient in context.input_gradients if gradient is not None]

        def forward() -> None:
            np.add(first, second, out=y)
            for x in others:
                np.add(y, x, out=y)

        def backward() -> None:
            for dx in gradients:
                np.copyto(dx, dy)

        return forward, backward


class Multiply(_Elementwise):
    """Elementwise product of the inputs, which have the same shape."""

    title: ClassVar[str] = "Multiply"
    help: ClassVar[str] = "Multiplies its inputs element by element."
    formula: ClassVar[str] = "y = x₁ · x₂ · …"
    use: ClassVar[str] = "As a gate: one branch controls how much of the other passes."
    icon: ClassVar[str] = "multiply"
    by_channel: ClassVar[bool] = True

    type: Literal["Multiply"] = "Multiply"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(inputs: tuple[Array, ...]) -> Array:
            return np.prod(inputs, axis=0)

        def gradient_of(number: int) -> Callable[..., Array]:
            def input_gradient(inputs: tuple[Array, ...], dy: Array) -> Array:
                others = inputs[: number - 1] + inputs[number:]
                return dy * np.prod(others, axis=0)

            return input_gradient

        return (
            Step("y", "forward", r"y = \prod_k x_k", "Multiplies the inputs element by element.", output),
            *(
                Step(
                    f"dx_{number}",
                    "input",
                    rf"\frac{{\partial E}}{{\partial x_{number}}} = \frac{{\partial E}}{{\partial y}} "
                    rf"\odot \prod_{{k \ne {number}}} x_k",
                    "The gradient of a factor is the arriving one times all other factors.",
                    gradient_of(number),
                )
                for number in range(1, len(inputs) + 1)
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        inputs, y, dy = context.inputs, context.output, context.output_gradient
        # For each wanted gradient, the factors that stand beside that input; division would fail at zero.
        beside: list[tuple[Array, list[Array]]] = [
            (gradient, [x for place, x in enumerate(inputs) if place != own])
            for own, gradient in enumerate(context.input_gradients)
            if gradient is not None
        ]

        def forward() -> None:
            np.multiply(inputs[0], inputs[1], out=y)
            for x in inputs[2:]:
                np.multiply(y, x, out=y)

        def backward() -> None:
            for dx, factors in beside:
                np.multiply(dy, factors[0], out=dx)
                for x in factors[1:]:
                    np.multiply(dx, x, out=dx)

        return forward, backward


class Concatenate(_Merge):
    """Inputs joined along the first axis: channels of images, elements of vectors. The other axes must agree."""

    title: ClassVar[str] = "Concatenate"
    help: ClassVar[str] = "Joins its inputs one after the other: channels of images, features of vectors."
    formula: ClassVar[str] = "y = (x₁, x₂, …)"
    use: ClassVar[str] = "To feed the outputs of several branches to one layer."
    icon: ClassVar[str] = "concatenate"
    ordered: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Concatenate"] = "Concatenate"

    def output_shape(self, *inputs: Shape) -> Shape:
        if any(shape[1:] != inputs[0][1:] for shape in inputs):
            raise self._differ(inputs, "inputs that differ only in the first axis")
        return (sum(shape[0] for shape in inputs), *inputs[0][1:])

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        ends = np.cumsum([shape[0] for shape in inputs]).tolist()

        def output(inputs: tuple[Array, ...]) -> Array:
            return np.concatenate(inputs)

        def gradient_of(number: int) -> Callable[..., Array]:
            begin, end = [0, *ends][number - 1 : number + 1]

            def input_gradient(dy: Array) -> Array:
                return dy[begin:end]

            return input_gradient

        return (
            Step("y", "forward", r"y = (x_1, x_2, \ldots)", "Joins the inputs one after the other.", output),
            *(
                Step(
                    f"dx_{number}",
                    "input",
                    rf"\frac{{\partial E}}{{\partial x_{number}}} = \left( \frac{{\partial "
                    rf"E}}{{\partial y}} \right)_{number}",
                    "Each input gets its own part of the gradient.",
                    gradient_of(number),
                )
                for number in range(1, len(inputs) + 1)
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        y, dy = context.output, context.output_gradient
        ends = np.cumsum([len(x) for x in context.inputs]).tolist()
        places = [slice(end - len(x), end) for end, x in zip(ends, context.inputs, strict=True)]
        parts = [(y[place], x) for place, x in zip(places, context.inputs, strict=True)]
        gradients = list(zip(places, context.input_gradients, strict=True))

        def forward() -> None:
            for part, x in parts:
                np.copyto(part, x)

        def backward() -> None:
            for place, dx in gradients:
                if dx is not None:
                    np.copyto(dx, dy[place])

        return forward, backward
