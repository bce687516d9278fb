"""Plane frame request: the coordinates of a plane through the space of inputs."""

from __future__ import annotations

from dataclasses import dataclass

from engine.backends.base import NetworkLike
from nnstudio.training.planes import Frame, Plane, frame_of
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Split


@dataclass(frozen=True)
class PlaneFrame(Request):
    """Request for the frame of a plane. Principal components take a moment, so the worker finds them, once."""

    plane: Plane

    def answer(self, network: NetworkLike, split: Split) -> Frame | Refusal:
        return frame_of(self.plane, split) or Refusal("These data have no such plane.")

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(split.train.x[0].size * 1000)
