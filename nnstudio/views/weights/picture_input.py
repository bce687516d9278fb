"""Picture behind the inputs of a block, found through blocks without parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.types import Shape
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import INPUT, Document


@dataclass(frozen=True)
class PictureInput:
    """Picture that reaches a block as a row of numbers.

    Attributes:
        shape: (channels, height, width).
        pixels: it is the data's own picture, not a feature map.
    """

    shape: Shape
    pixels: bool


def picture_input(document: Document, analysis: Analysis, block: str) -> PictureInput | None:
    """Picture behind the inputs of a block, nearest first; None if its inputs are no flattened picture.

    Only blocks without parameters that keep the number of values are passed, such as Flatten, Reshape or ReLU.
    """
    reports = analysis.reports
    data_shape = analysis.signature.input_shape if analysis.signature is not None else None
    inputs = reports[block].inputs if block in reports else ()
    if not inputs or inputs[0] is None or len(inputs[0]) != 1:
        return None
    sources = {wire.target: wire.source for wire in reversed(document.wires)}
    shape: Shape | None = None
    name = sources.get(block, "")
    while name:
        output = reports[name].output if name in reports else data_shape
        if output is None or math.prod(output) != inputs[0][0]:
            break
        if shape is None and len(output) == 3:
            shape = output
        if name == INPUT:
            return None if shape is None else PictureInput(shape, pixels=True)
        if name not in reports or reports[name].parameters:
            break
        name = sources.get(name, "")
    return None if shape is None else PictureInput(shape, pixels=False)
