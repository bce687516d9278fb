"""Mathematics of layers, losses and optimisers: formulas, each with a readable function.

A layer computes twice in this library: in `bind`, as fast as can be, on whole batches; and in its `mathematics`, as
the formulas are written, in a few lines of NumPy. The second is for people, and keeps the first honest: a test compares
both for every layer.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["forward", "parameter", "input", "loss", "update"]

_TITLES = {"y": "Output", "dy": "Gradient of the output", "dz": "Gradient of the logits", "dx": "Gradient of the input"}
_KEPT = {
    "first": "Running mean of g",
    "second": "Running mean of g²",
    "square": "Running mean of g²",
    "total": "Sum of g²",
}


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a computation.

    Attributes:
        name: that of its result, by which later steps take it. "y" is a layer's output, "dy" the gradient that arrives
            there, "dx" the gradient of its input ("dx_1", "dx_2" of several), "d_weight" that of a parameter.
        kind: forward; gradient of a "parameter" or of an "input"; value or gradient of a "loss"; "update" of an
            optimiser.
        formula: in LaTeX.
        sentence: the step in words.
        function: computes it for one sample, without a batch axis. Its arguments are names: of results of earlier
            steps, or "x", "inputs", "y", "dy", parameters and state ("weight", "mean").
    """

    name: str
    kind: Kind
    formula: str
    sentence: str
    function: Callable[..., Any]

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the arrays that its function takes."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def title(self) -> str:
        """Title of its result: "Gradient of weight"."""
        if self.kind == "update":
            return _KEPT.get(self.name, self.name.capitalize())
        if self.name in _TITLES:
            return _TITLES[self.name]
        if self.name.startswith("dx_"):
            return f"Gradient of input {self.name[3:]}"
        if self.name.startswith("d_"):
            return f"Gradient of {self.name[2:]}"
        return self.name.capitalize()

    @property
    def source(self) -> str:
        """Source text of its function, without types."""
        text = textwrap.dedent(inspect.getsource(self.function))
        return re.sub(r": (Array|float|tuple\[Array, \.\.\.\])(?=[,)])| -> (Array|float)(?=:)", "", text).rstrip()


def evaluate(steps: Iterable[Step], known: Mapping[str, Any]) -> dict[str, Any]:
    """Results of all steps by name, in their order, together with what was known.

    A step whose arguments are not all known is left out, as a gradient is where nothing arrives.
    """
    found = dict(known)
    for step in steps:
        if all(name in found for name in step.needs):
            found[step.name] = step.function(**{name: found[name] for name in step.needs})
    return found


def elementwise(
    output: Callable[..., Any], formula: str, sentence: str, back: Callable[..., Any], slope: str, reason: str
) -> tuple[Step, Step]:
    """Output and gradient of a function of single numbers, with the formula of its slope."""
    chain = r"\frac{\partial E}{\partial x} = \frac{\partial E}{\partial y} \odot "
    return Step("y", "forward", formula, sentence, output), Step("dx", "input", chain + slope, reason, back)


def loss_steps(
    value: Callable[..., Any], formula: str, sentence: str, back: Callable[..., Any], gradient: str, reason: str
) -> tuple[Step, Step]:
    """Value of a loss and its gradient with respect to the output."""
    arriving = r"\frac{\partial E}{\partial y} = "
    return Step("loss", "loss", formula, sentence, value), Step("dy", "loss", arriving + gradient, reason, back)
