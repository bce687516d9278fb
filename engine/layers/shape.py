"""Reshaping layers. They compute nothing: their output is a view of their input."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from engine.errors import Fix, ShapeError
from engine.layers.base import Category, Layer
from engine.mathematics import Step
from engine.types import Array, Shape, show_shape


class Flatten(Layer):
    """All numbers of a sample as one vector, in row-major order: (C, H, W) -> (C*H*W,)."""

    category: ClassVar[Category] = "Shape"
    title: ClassVar[str] = "Flatten"
    help: ClassVar[str] = "Flattens each sample to a vector: channel by channel, row by row."
    formula: ClassVar[str] = "(C, H, W) → C·H·W"
    use: ClassVar[str] = "Between convolutions, which work on images, and Dense, which needs flat input."
    icon: ClassVar[str] = "flatten"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Flatten"] = "Flatten"

    def output_shape(self, *inputs: Shape) -> Shape:
        return (math.prod(inputs[0]),)

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        return reshaping(inputs[0], self.output_shape(*inputs))

    def passes_through(self, *, training: bool) -> bool:
        return True


class Reshape(Layer):
    """Same numbers in another shape; one size may be -1 and follows from the rest.

    Raises ShapeError where the number of elements differs.
    """

    category: ClassVar[Category] = "Shape"
    title: ClassVar[str] = "Reshape"
    help: ClassVar[str] = "Gives the same values another shape. One size may be -1 and follows from the others."
    formula: ClassVar[str] = "(a, b, …) → (c, d, …), a·b·… = c·d·…"
    use: ClassVar[str] = "To turn vectors into images, or images into vectors."
    icon: ClassVar[str] = "reshape"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Reshape"] = "Reshape"
    shape: tuple[int, ...] = Field(
        (-1,),
        title="Shape",
        description="Sizes without the batch axis, such as 1, 28, 28; a -1 is inferred.",
        max_length=6,
    )

    @field_validator("shape")
    @classmethod
    def _sizes(cls, shape: tuple[int, ...]) -> tuple[int, ...]:
        if not shape:
            raise ValueError("at least one size is needed")
        if any(size < 1 and size != -1 for size in shape):
            raise ValueError("every size must be 1 or more, or -1 for one that is inferred")
        if shape.count(-1) > 1:
            raise ValueError("only one size may be -1")
        return shape

    def output_shape(self, *inputs: Shape) -> Shape:
        have = math.prod(inputs[0])
        fixed = math.prod(size for size in self.shape if size != -1)
        if -1 in self.shape and have % fixed == 0:
            return tuple(have // fixed if size == -1 else size for size in self.shape)
        if fixed == have and -1 not in self.shape:
            return self.shape
        raise ShapeError(
            f"Reshape to {show_shape(self.shape)} needs {'a multiple of ' if -1 in self.shape else ''}{fixed:,} "
            f"values, but {show_shape(inputs[0])} has {have:,}. Choose sizes whose product is {have:,}.",
            fix=Fix("Set the shape to -1", change={"shape": (-1,)}),
        )

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        return reshaping(inputs[0], self.output_shape(*inputs))

    def passes_through(self, *, training: bool) -> bool:
        return True

    def summary(self) -> str:
        return f"to {show_shape(self.shape)}"


def reshaping(before: Shape, after: Shape) -> tuple[Step, ...]:
    """Mathematics of a layer that changes nothing but the shape."""

    def output(x: Array) -> Array:
        return x.reshape(after)

    def input_gradient(dy: Array) -> Array:
        return dy.reshape(before)

    sizes = (rf"({', '.join(map(str, shape))})" for shape in (before, after))
    return (
        Step("y", "forward", r" \to ".join(sizes), "The same numbers, in the same order, in another shape.", output),
        Step(
            "dx",
            "input",
            r"\frac{\partial E}{\partial x} = \operatorname{reshape} \frac{\partial E}{\partial y}",
            "The gradient goes back into the shape of the input.",
            input_gradient,
        ),
    )
