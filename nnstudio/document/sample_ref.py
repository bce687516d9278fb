"""Reference to one sample of the data: its part and its index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Part = Literal["train", "validation"]
_TITLES: dict[Part, str] = {"train": "Training", "validation": "Validation"}


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
