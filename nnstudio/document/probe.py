"""Probe and unit: the one sample, and the one unit of a block, that views look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nnstudio.document.model import shown_name

Part = Literal["train", "validation", "test"]
_TITLES: dict[Part, str] = {"train": "Training", "validation": "Validation", "test": "Test"}


@dataclass(frozen=True)
class SampleRef:
    """Reference to one sample of the data, as they are split now.

    Attributes:
        part: the part it is in. index: its number in that part, counted from 0.
    """

    part: Part
    index: int

    @property
    def title(self) -> str:
        """Display name, counted from 1: "Training sample 12"."""
        return f"{_TITLES[self.part]} sample {self.index + 1:,}"


@dataclass(frozen=True)
class OwnSample:
    """Sample with values given by hand, which has no target.

    Attributes:
        values: all its numbers in the units of the data's source, flattened in C order.
    """

    values: tuple[float, ...]

    @property
    def title(self) -> str:
        """Display name."""
        return "Own values"


Probe = SampleRef | OwnSample

# The probe as long as nobody has chosen another.
FIRST = SampleRef("train", 0)


@dataclass(frozen=True)
class UnitRef:
    """Reference to one unit of a block: a number of its flat output, or a feature map.

    Attributes:
        block: name of the block. index: place on the first axis of its output, counted from 0.
    """

    block: str
    index: int

    @property
    def title(self) -> str:
        """Display name, counted from 1: "dense_1, unit 3"."""
        return f"{shown_name(self.block)}, unit {self.index + 1:,}"
