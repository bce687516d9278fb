"""Real handwritten digits, bundled with the program. Source and licence: resources/data/README.md."""

from __future__ import annotations

from functools import cache
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.data.base import Dataset
from engine.data.bundled_tables import bundled
from engine.data.card import Card
from engine.data.enlarging import enlarged
from engine.data.mnist import MNIST
from engine.data.samples import Array, Data, Signature
from engine.data.selection import chosen_names, select

_DIGITS = tuple(str(digit) for digit in range(10))


@cache
def _arrays() -> tuple[Array, Array]:
    arrays = bundled("digits")
    return arrays["x"], arrays["y"]


class Digits(Dataset):
    """Handwritten digits: 1,797 images of 8x8 pixels, scaled to 0..1. UCI, Alpaydin and Kaynak 1998."""

    title: ClassVar[str] = "Digits"
    help: ClassVar[str] = "1,797 real handwritten digits of 8x8 pixels; they can be enlarged to 28x28, as MNIST's."
    icon: ClassVar[str] = "digits"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"
    card: ClassVar[Card] = Card(
        "1,797 images of 8x8 grey pixels; ten classes",
        "E. Alpaydin, C. Kaynak, 1998 (the part for testing); UCI Machine Learning Repository",
        "CC BY 4.0",
        "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
    )

    type: Literal["Digits"] = "Digits"
    classes: tuple[Annotated[int, Field(ge=0, le=9)], ...] | None = Field(
        None,
        title="Only digits",
        description="Digits to keep, such as 0, 1; empty for all ten.",
        min_length=2,
        json_schema_extra={"none": "all ten"},
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=2000,
        title="Per class",
        description="At most this many samples of each class; empty for all.",
        json_schema_extra={"none": "all"},
    )

    size: Literal["8x8", "28x28"] = Field(
        "8x8",
        title="Pixels",
        description="28x28 matches MNIST: digits of 20x20 pixels with a border of 4. One network then fits both.",
    )

    def signature(self) -> Signature:
        _, y = _arrays()
        samples = len(select(y, self.classes, self.per_class)[0])
        side = 8 if self.size == "8x8" else 28
        return Signature((1, side, side), "classification", chosen_names(_DIGITS, self.classes), 0, samples)

    def load(self) -> Data:
        x, y = _arrays()
        indices, labels = select(y, self.classes, self.per_class)
        pictures = (x[indices].astype(np.float32) / 16).reshape(-1, 1, 8, 8)
        if self.size == "28x28":
            pictures = enlarged(pictures, 20, 4)
        return Data(pictures, labels, "classification", chosen_names(_DIGITS, self.classes))

    @classmethod
    def standing_in(cls, larger: Dataset) -> Self | None:
        if not isinstance(larger, MNIST):
            return None
        few = larger.per_class if larger.per_class is not None and larger.per_class <= 2000 else None
        return cls(classes=larger.classes, per_class=few, size="28x28")

    def larger(self) -> MNIST:
        return MNIST(classes=self.classes, per_class=self.per_class)
