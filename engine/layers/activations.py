"""Activation layers without an upper bound: ReLU and its kin."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Activation
from engine.mathematics import Step, elementwise
from engine.types import Array, Shape


class ReLU(Activation):
    """Rectified linear unit: max(0, x)."""

    title: ClassVar[str] = "ReLU"
    help: ClassVar[str] = "Passes positive values on and sets negative ones to 0."
    formula: ClassVar[str] = "y = max(0, x)"
    use: ClassVar[str] = "The default between layers: fast, and its gradient does not vanish."
    icon: ClassVar[str] = "relu"
    rectifying: ClassVar[bool] = True
    dies: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True

    type: Literal["ReLU"] = "ReLU"

    def output_range(self) -> tuple[float, float]:
        return 0, math.inf

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(x: Array) -> Array:
            return np.maximum(x, 0)

        def input_gradient(x: Array, dy: Array) -> Array:
            return dy * (x > 0)

        return elementwise(
            output,
            r"y = \max(0, x)",
            "Passes positive values on and sets negative ones to 0.",
            input_gradient,
            r"\begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}",
            "The gradient passes where the input was positive, and stops elsewhere.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        active = np.empty(y.shape, bool)
        zero = context.number(0)

        def forward() -> None:
            np.maximum(x, zero, out=y)

        def backward() -> None:
            if dx is not None:
                np.greater(y, zero, active)
                np.multiply(dy, active, dx)

        return forward, backward


class LeakyReLU(Activation):
    """ReLU with a small gradient for negative inputs: x, or slope * x below zero."""

    title: ClassVar[str] = "LeakyReLU"
    help: ClassVar[str] = "Like ReLU, but negative values keep a small slope."
    formula: ClassVar[str] = "y = max(x, a·x)"
    use: ClassVar[str] = "Where ReLU units die: their output stays 0 and they stop training."
    icon: ClassVar[str] = "leakyrelu"
    rectifying: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True

    type: Literal["LeakyReLU"] = "LeakyReLU"
    slope: float = Field(
        0.01,
        ge=0,
        lt=1,
        title="Negative slope",
        description="Slope for negative values.",
        json_schema_extra={"step": 0.01},
    )

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        slope = self.slope

        def output(x: Array) -> Array:
            return np.where(x > 0, x, slope * x)

        def input_gradient(x: Array, dy: Array) -> Array:
            return dy * np.where(x > 0, 1, slope)

        return elementwise(
            output,
            r"y = \max(x, a x)",
            "Passes positive values on and shrinks negative ones.",
            input_gradient,
            r"\begin{cases} 1 & x > 0 \\ a & x \le 0 \end{cases}",
            "The gradient passes where the input was positive, and is shrunk elsewhere.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        zero, slope = context.number(0), context.number(self.slope)
        scaled = context.buffer(*y.shape)
        active = np.empty(y.shape, bool)

        def forward() -> None:
            np.multiply(x, slope, scaled)
            np.maximum(x, scaled, out=y)

        def backward() -> None:
            if dx is not None:
                np.greater(y, zero, active)
                np.multiply(dy, slope, scaled)
                np.copyto(scaled, dy, where=active)
                np.copyto(dx, scaled)

        return forward, backward

    def summary(self) -> str:
        return f"slope {self.slope:g}"


class ELU(Activation):
    """Exponential linear unit: smooth below zero, down to -alpha (Clevert et al. 2016)."""

    title: ClassVar[str] = "ELU"
    help: ClassVar[str] = "Like ReLU, but negative values approach −α smoothly."
    formula: ClassVar[str] = "y = x for x > 0, else α(eˣ − 1)"
    use: ClassVar[str] = "When outputs should be near zero on average."
    icon: ClassVar[str] = "elu"
    rectifying: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True

    type: Literal["ELU"] = "ELU"
    alpha: float = Field(
        1.0,
        gt=0,
        le=10,
        title="Alpha",
        description="The output for large negative values is −α.",
        json_schema_extra={"step": 0.1},
    )

    def output_range(self) -> tuple[float, float]:
        return -self.alpha, math.inf

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        alpha = self.alpha

        def output(x: Array) -> Array:
            return np.where(x > 0, x, alpha * (np.exp(np.minimum(x, 0)) - 1))

        def input_gradient(x: Array, dy: Array) -> Array:
            return dy * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))

        return elementwise(
            output,
            r"y = \begin{cases} x & x > 0 \\ \alpha (e^x - 1) & x \le 0 \end{cases}",
            "Passes positive values on; negative ones approach minus alpha.",
            input_gradient,
            r"\begin{cases} 1 & x > 0 \\ \alpha e^x & x \le 0 \end{cases}",
            "The gradient passes where the input was positive, and fades below zero.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        zero, alpha = context.number(0), context.number(self.alpha)
        low = context.buffer(*y.shape)
        active = np.empty(y.shape, bool)

        def forward() -> None:
            np.minimum(x, zero, out=low)
            np.expm1(low, low)
            np.multiply(low, alpha, low)
            np.maximum(x, zero, out=y)
            np.add(y, low, y)

        def backward() -> None:
            if dx is not None:
                np.add(y, alpha, low)
                np.greater(y, zero, active)
                np.copyto(low, 1, where=active)
                np.multiply(dy, low, dx)

        return forward, backward

    def summary(self) -> str:
        return f"alpha {self.alpha:g}"


class GELU(Activation):
    """Gaussian error linear unit: x times the normal distribution function (Hendrycks and Gimpel 2016)."""

    title: ClassVar[str] = "GELU"
    help: ClassVar[str] = "A smooth ReLU: each value times the probability that a standard normal one lies below it."
    formula: ClassVar[str] = "y = x · Φ(x)"
    use: ClassVar[str] = "The usual choice in transformers."
    icon: ClassVar[str] = "gelu"
    rectifying: ClassVar[bool] = True

    type: Literal["GELU"] = "GELU"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def chance(x: Array) -> Array:
            return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))

        def output(x: Array, chance: Array) -> Array:
            return x * chance

        def input_gradient(x: Array, chance: Array, dy: Array) -> Array:
            density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
            return dy * (chance + x * density)

        return (
            Step(
                "chance",
                "forward",
                r"\Phi(x) = \tfrac{1}{2} \left( 1 + \operatorname{erf} \tfrac{x}{\sqrt{2}} \right)",
                "The probability that a standard normal number lies below x.",
                chance,
            ),
            *elementwise(
                output,
                r"y = x \, \Phi(x)",
                "Each value times that probability.",
                input_gradient,
                r"\left( \Phi(x) + x \, \varphi(x) \right)",
                "By the product rule, where the density of the normal distribution is the slope of its probability.",
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        # SciPy's special functions take long to import; only those who use them wait.
        from scipy.special import erf

        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        chance, density = context.buffer(*y.shape), context.buffer(*y.shape)

        def forward() -> None:
            np.multiply(x, math.sqrt(0.5), chance)
            erf(chance, out=chance)
            np.add(chance, 1, chance)
            np.multiply(chance, 0.5, chance)
            np.multiply(x, chance, y)

        def backward() -> None:
            if dx is not None:
                np.multiply(x, x, density)
                np.multiply(density, -0.5, density)
                np.exp(density, density)
                np.multiply(density, 1 / math.sqrt(2 * math.pi), density)
                np.multiply(density, x, density)
                np.add(density, chance, density)
                np.multiply(dy, density, dx)

        return forward, backward


class SiLU(Activation):
    """Sigmoid linear unit, x * sigmoid(x), also called swish (Elfwing et al. 2018)."""

    title: ClassVar[str] = "SiLU"
    help: ClassVar[str] = "Each value times its own sigmoid (swish): smooth, and slightly negative on the left."
    formula: ClassVar[str] = "y = x · σ(x)"
    use: ClassVar[str] = "A smooth alternative to ReLU in deep networks."
    icon: ClassVar[str] = "silu"
    rectifying: ClassVar[bool] = True

    type: Literal["SiLU"] = "SiLU"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def gate(x: Array) -> Array:
            return 1 / (1 + np.exp(-x))

        def output(x: Array, gate: Array) -> Array:
            return x * gate

        def input_gradient(x: Array, gate: Array, dy: Array) -> Array:
            return dy * (gate + x * gate * (1 - gate))

        return (
            Step("gate", "forward", r"s = \frac{1}{1 + e^{-x}}", "The sigmoid of each value.", gate),
            *elementwise(
                output,
                r"y = x \, s",
                "Each value times its own sigmoid.",
                input_gradient,
                r"\left( s + x \, s (1 - s) \right)",
                "By the product rule, where the sigmoid has the slope s (1 - s).",
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        gate, slope = context.buffer(*y.shape), context.buffer(*y.shape)
        one = context.number(1)

        def forward() -> None:
            np.negative(x, gate)
            np.exp(gate, gate)
            np.add(gate, one, gate)
            np.divide(one, gate, gate)
            np.multiply(x, gate, y)

        def backward() -> None:
            if dx is not None:
                # dy/dx = s + x s (1 - s) = s + y (1 - s)
                np.subtract(one, gate, slope)
                np.multiply(slope, y, slope)
                np.add(slope, gate, slope)
                np.multiply(dy, slope, dx)

        return forward, backward

    reads_output: ClassVar[bool] = True


class Softplus(Activation):
    """Smooth ReLU: log(1 + e^x)."""

    title: ClassVar[str] = "Softplus"
    help: ClassVar[str] = "A smooth ReLU whose output is always positive."
    formula: ClassVar[str] = "y = ln(1 + eˣ)"
    use: ClassVar[str] = "For outputs that must be positive, such as a standard deviation."
    icon: ClassVar[str] = "softplus"
    rectifying: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True

    type: Literal["Softplus"] = "Softplus"

    def output_range(self) -> tuple[float, float]:
        return 0, math.inf

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(x: Array) -> Array:
            return np.logaddexp(0, x)

        def input_gradient(x: Array, dy: Array) -> Array:
            return dy / (1 + np.exp(-x))

        return elementwise(
            output,
            r"y = \ln \left( 1 + e^x \right)",
            "A smooth ReLU; computed so that no exponential overflows.",
            input_gradient,
            r"\frac{1}{1 + e^{-x}}",
            "The slope is the sigmoid of the input.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        slope, zero = context.buffer(*y.shape), context.number(0)

        def forward() -> None:
            np.logaddexp(x, zero, out=y)

        def backward() -> None:
            if dx is not None:
                # dy/dx = sigmoid(x) = 1 - e^-y
                np.negative(y, slope)
                np.expm1(slope, slope)
                np.multiply(dy, slope, dx)
                np.negative(dx, dx)

        return forward, backward
