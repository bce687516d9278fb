"""Base class of losses, and their registry.

A loss that knows an output function (`link`) is fused with it when the network ends in that layer: it then starts from
the numbers before the layer, which is exact where the two steps on their own would lose all digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from engine.checks import shown
from engine.declared import Declared
from engine.errors import DataError, Fix, ShapeError, SpecError
from engine.losses.context import LossContext
from engine.losses.encoding import as_rows
from engine.mathematics import Step
from engine.targets import Targets, Task
from engine.types import Array, Shape, show_shape

LOSSES: dict[str, type[Loss]] = {}


class Loss(Declared):
    """Base of all losses.

    Class attributes:
        link: the output function it is fused with ("sigmoid", "softmax").
        tasks: the tasks it can be used for.
        threshold: a single output above it means class 1.
        aims: for classes, the range of perfect outputs, from the lowest to the highest.
        targets: the type of targets it takes.
        domain: the range in which outputs must lie for the loss to be defined.
        short: its title where there is little room.
        formula: as a line of text.
    """

    link: ClassVar[str | None] = None
    tasks: ClassVar[tuple[Task, ...]] = ("classification", "multi_label", "regression")
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
        """True for the one loss that is usual for such data."""
        return False

    def mathematics(self) -> tuple[Step, ...]:
        """Value and gradient as readable steps, for one sample: outputs "y", targets "t" as `encode` gives them.

        The results are "loss", "dy" and, where an output function is fused, "dz" at the input of that.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no mathematics")

    def bind(self, context: LossContext) -> Callable[[], float]:
        """Make the function that returns the mean loss of the batch and writes the gradient."""
        raise NotImplementedError(f"{type(self).__name__} declares no value")

    def allowed_shapes(self, task: Task, classes: int, targets: int) -> list[Shape]:
        """Output shapes with which this loss can be used, the best first."""
        if task != "classification":
            return [(targets,)]
        return [(1,), (2,)] if classes == 2 else [(classes,)]

    def check(self, output_shape: Shape, *, task: Task, classes: int, targets: int) -> None:
        """Check that a network with this output can be trained on such data with this loss. Raises ShapeError."""
        if task not in self.tasks:
            instead = usual(task, classes)
            name = instead.title.lower()
            picks = "picks one class" if task == "multi_label" else "compares classes"
            found = "several yes-or-no targets for each sample" if task == "multi_label" else "numbers as targets"
            raise ShapeError(
                f"{self.title} {picks}, but these data have {found}. Choose {name} in the training panel.",
                fix=Fix(f"Use {name}", training={"loss": instead}),
            )
        allowed = self.allowed_shapes(task, classes, targets)
        if output_shape in allowed:
            return
        kind = "yes-or-no targets" if task == "multi_label" else "target number(s)"
        what = f"{classes} classes" if task == "classification" else f"{targets} {kind}"
        wanted = " or ".join(show_shape(shape) for shape in allowed)
        error = ShapeError(
            f"The network gives {show_shape(output_shape)}, but the data have {what}: {self.title} needs {wanted}."
        )
        error.wanted = allowed[0]
        raise error

    def encode(self, y: Any, output_shape: Shape) -> Array:
        """Targets as the loss needs them: (N, *output_shape), float.

        Class labels (integers, (N,)) become one-hot rows, or a single 0 or 1 where the network has one output. Raises
        DataError, also for values that are no valid `targets` of this loss.
        """
        rows = as_rows(y, output_shape)
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
        alike = ("regression" in cls.tasks) == ("regression" in other.tasks)
        return alike and cls.targets.flaw(rows) is None


def get(loss: str | Loss) -> Loss:
    """Loss of a name such as "mse"; a loss is returned unchanged. Raises SpecError."""
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise SpecError(f"there is no loss {shown(loss)}; choose one of {', '.join(LOSSES)}")
    return LOSSES[loss]()  # type: ignore[call-arg]


def usual(task: Task, classes: int) -> Loss:
    """Usual loss for data of this task with this number of classes."""
    return next(kind for kind in LOSSES.values() if kind.is_usual(task, classes))()  # type: ignore[call-arg]
