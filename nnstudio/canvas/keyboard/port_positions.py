"""Positions of ports on the canvas."""

from __future__ import annotations

from PySide6.QtCore import QPointF

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.canvas.protocols import DrawnScene
from nnstudio.document import ports
from nnstudio.document.ports import Port

# How far beside the wires that end above a block its free input is; and how far from its middle at most.
_ASIDE = 30.0
_FARTHEST = BLOCK_WIDTH / 2 - 12


def place_of(scene: DrawnScene, port: Port) -> QPointF:
    """Centre of a port in scene coordinates, where its wire ends or would end."""
    middle = scene.blocks[port.block].pos()
    if port.side == "out":
        return middle + QPointF(0, BLOCK_HEIGHT / 2)
    if port.wire is not None:
        return scene.wires[port.wire].at(1.0)
    top = middle - QPointF(0, BLOCK_HEIGHT / 2)
    taken = [scene.wires[wire].at(1.0) for wire in ports.inputs_of(scene.store.document, port.block)]
    above = [place.x() for place in taken if abs(place.y() - top.y()) < 1]
    return QPointF(min(max(above) + _ASIDE, middle.x() + _FARTHEST), top.y()) if above else top
