"""Painted data: points in the plane that a person has placed by hand."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import Dataset, NoSamplesError
from engine.data.card import OWN, Card
from engine.data.points import MOST_POINTS, Points
from engine.data.samples import Data, Signature, Task
from engine.data.stored_samples import in_memory
from engine.errors import DataError

MOST_CLASSES: Final = 10

# Longer names of classes stand nowhere whole.
LONGEST_NAME: Final = 40

_Name = Annotated[str, Field(min_length=1, max_length=1000)]


def numbered(count: int) -> tuple[str, ...]:
    """Names of so many classes, from "1" on."""
    return tuple(str(number) for number in range(1, count + 1))


class PaintedPoints(Dataset):
    """Points placed by hand, kept in the document.

    As classes, the value of a point is the index of its class; as heights, it is the height. So the same points can be
    taken as the one or the other: class 2 is the height 1, and heights of at least 0.5 are class 2.
    """

    title: ClassVar[str] = "Paint your own"
    help: ClassVar[str] = "Points that you place in the boundary view, also while training goes on."
    icon: ClassVar[str] = "paint"
    caption: ClassVar[str] = "Paint"
    own: ClassVar[Literal["", "typed", "painted"]] = "painted"
    card: ClassVar[Card] = OWN
    # Neither of these is a setting of a form: the first names the class, the others are painted.
    fixed: ClassVar[frozenset[str]] = frozenset({"type", "points", "classes", "axes"})

    type: Literal["PaintedPoints"] = "PaintedPoints"
    task: Literal["classification", "regression"] = Field(
        "classification",
        title="Points are",
        description="Classification: points of up to ten classes. Regression: points with a height to predict.",
    )
    classes: tuple[_Name, ...] = Field(numbered(2), min_length=2, max_length=MOST_CLASSES)
    axes: tuple[_Name, _Name] = ("x₁", "x₂")
    points: Points = Points()

    @classmethod
    def of(cls, data: Data) -> Self:
        """Copy of data with two inputs and up to ten classes, or one number to predict. Raises DataError."""
        if data.x.shape[1:] != (2,):
            raise DataError("only data with two inputs can be painted")
        if len(data) > MOST_POINTS:
            raise DataError(f"found {len(data):,} samples; a sheet holds at most {MOST_POINTS:,} points")
        if data.task == "regression" and data.y.shape[1] != 1:
            raise DataError(f"found {data.y.shape[1]} numbers to predict; a painted point has one height")
        if len(data.classes) > MOST_CLASSES:
            raise DataError(f"found {len(data.classes)} classes; at most {MOST_CLASSES} can be painted")
        axes = (data.features[0], data.features[1]) if len(data.features) == 2 else ("x₁", "x₂")
        # Classes that are only numbered are numbered as the keys are that choose them: from 1.
        plain = len(data.classes) < 2 or data.classes == tuple(map(str, range(len(data.classes))))
        classes = numbered(max(len(data.classes), 2)) if plain else data.classes
        points = Points.of(in_memory(data.shown), data.y.reshape(-1))
        return cls(task=data.task, classes=classes, axes=axes, points=points)

    def with_class(self, label: int) -> Self:
        """Same data set with as many classes as it takes for one of this index; new ones are named by their number."""
        classes = list(self.classes)
        while len(classes) <= label:
            name = str(len(classes) + 1)
            classes.append(name if name not in classes else f"class {name}")
        return self if len(classes) == len(self.classes) else self.with_changes(classes=tuple(classes))

    def named(self, label: int, name: str) -> Self:
        """Same data set with another name for the class of this index. Raises DataError where it cannot have it."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            raise DataError(f"the name of a class has 1 to {LONGEST_NAME} characters, found {len(name)}")
        if name in self.classes and self.classes.index(name) != label:
            raise DataError(f"class {self.classes.index(name) + 1} is called {name} already; choose another name")
        return self.with_changes(classes=(*self.classes[:label], name, *self.classes[label + 1 :]))

    @property
    def labels(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Indices of the classes of all points, (N,) int64."""
        return np.clip(np.rint(self.points.values), 0, len(self.classes) - 1).astype(np.int64)

    def signature(self) -> Signature:
        if not len(self.points):
            raise NoSamplesError("There are no points yet. Click in the boundary view to place some.")
        return self.load().signature

    def expected_signature(self) -> Signature:
        task: Task = self.task
        classes = self.classes if task == "classification" else ()
        return Signature((2,), task, classes, 0 if classes else 1, len(self.points))

    def load(self) -> Data:
        """Load the points. Raises DataError if there are none."""
        if not len(self.points):
            self.signature()
        return self.sheet()

    def sheet(self) -> Data:
        """Points as data, which may be none."""
        points = self.points
        if self.task == "regression":
            return Data(points.xy, points.values[:, None].copy(), "regression", (), self.axes, keys=points.numbers)
        return Data(points.xy, self.labels, "classification", self.classes, self.axes, keys=points.numbers)

    def continues(self, other: Dataset) -> bool:
        """True also for a copy of other points, before any is changed: what was learnt of them is kept."""
        if other.external or isinstance(other, PaintedPoints) or not len(self.points):
            return super().continues(other)
        signature = other.signature()
        if (signature.input_shape, signature.task, signature.samples) != ((2,), self.task, len(self.points)):
            return False
        return type(self).of(other.load()).points == self.points

    def without_samples(self) -> Self:
        # Nor their names: a class that is called something else is the same class.
        return self.with_changes(points=Points(), classes=numbered(len(self.classes)))
