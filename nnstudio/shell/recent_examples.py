"""Trained examples closed without saving, kept until the program ends."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from nnstudio.training.project import Project

# Of these, the oldest go. Examples are small, so a few of them take little memory.
MOST_EXAMPLES = 4


@dataclass(frozen=True, eq=False)
class RecentExample:
    """Example as it was left, with its checkpoint `made`. It was trained up to `epoch` and `step`."""

    title: str
    project: Future[Project]
    epoch: int
    step: int

    @property
    def state(self) -> str:
        """Name of the example and progress of its training, in words."""
        reached = f"epoch {self.epoch:,}" if self.epoch else f"step {self.step:,}"
        return f"Example, not saved, {reached}"
