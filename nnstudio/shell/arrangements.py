"""Arrangements of the window: Build, Watch, Understand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.views.base import Layout

# Column and row of docks beside the canvas, counted from 0.
Cell = tuple[int, int]


@dataclass(frozen=True)
class Arrangement:
    """Arrangement of the docks, which are open in it if their `layouts` name it.

    Attributes:
        name: the name by which docks declare it.
        title, tip, shortcut: its entry in the Layout menu.
        beside: places beside the canvas, by name or else group of a dock; "" is for all other views. Of docks in the
            same place, those named first are in front. Empty if views stand below the canvas, group beside group.
        front: names of docks that are in front of their tabs at first, whatever their rank.
    """

    name: Layout
    title: str
    tip: str
    shortcut: str
    beside: Mapping[str, Cell] = field(default_factory=dict)
    front: frozenset[str] = frozenset()

    def key_of(self, name: str, group: str) -> str:
        """Key in `beside` that says where a view stands."""
        return name if name in self.beside else group if group in self.beside else ""


ARRANGEMENTS: dict[Layout, Arrangement] = {
    arrangement.name: arrangement
    for arrangement in (
        Arrangement("build", "&Build", "The canvas large, with layers, settings and a few views around it", "Alt+1"),
        Arrangement(
            "watch",
            "&Watch",
            "Curves and views of training large, beside the network",
            "Alt+2",
            {"lossView": (0, 0), "metricView": (1, 0), "training": (0, 1), "inside": (0, 1), "": (1, 1)},
        ),
        Arrangement(
            "understand",
            "&Understand",
            "What the units compute, and the probe, beside the network",
            "Alt+3",
            # Above the network and its sample; below, in as many tabs, what belongs to both or to the run.
            {
                "inside": (0, 0),
                "network": (0, 1),
                "mathematicsView": (0, 1),
                "activationView": (0, 1),
                "gradientFlowView": (0, 1),
                "": (0, 1),
            },
            frozenset({"probeView"}),
        ),
    )
}
# The one that a new user finds, and that was the only one in older versions of the program.
FIRST: Layout = "build"
