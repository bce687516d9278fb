"""Sliding windows of ONNX, and the padding that means the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.errors import ShapeError, SpecError
from engine.export.numpy_layers import cut_of
from engine.importing.onnx_model import Node
from engine.importing.values import Pads
from engine.layers import ConvTranspose2D
from engine.sliding_window import axis, pair
from engine.types import Shape

Pair = tuple[int, int]
# Pixels before the first window and number of windows, for rows and columns.
Places = tuple[tuple[int, int], tuple[int, int]]


def two(values: Sequence[int], what: str) -> Pair:
    """Sizes of rows and columns. Raises SpecError for any other number of axes."""
    if len(values) != 2:
        raise SpecError(f"it slides along {len(values)} axes ({what}); blocks take pictures with rows and columns")
    return values[0], values[1]


def simple(value: Pair) -> int | Pair:
    """A pair as people write it: one number where both are equal."""
    return value[0] if value[0] == value[1] else value


def picture(shape: Shape) -> Shape:
    """Check the shape of a picture. Raises SpecError."""
    if len(shape) != 3:
        raise SpecError(f"it takes {len(shape)} axes per sample; blocks take pictures with channels, rows and columns")
    return shape


def pads_of(
    node: Node, shape: Shape, kernel: Pair, stride: Pair, dilation: Pair, around: Pads | None = None
) -> tuple[Pair, Pair]:
    """Pixels before and after the rows, and the columns, as attributes or `auto_pad` want them. Raises SpecError.

    Those that are put `around` the picture already are counted in.
    """
    if around is not None:
        larger = shape[0], *(size + sum(both) for size, both in zip(shape[1:], around, strict=True))
        more = pads_of(node, larger, kernel, stride, dilation)
        (top, left), (bottom, right) = (
            [one[place] + other[place] for one, other in zip(around, more, strict=True)] for place in (0, 1)
        )
        return (top, bottom), (left, right)
    pads = node.ints("pads", (0, 0, 0, 0))
    if len(pads) != 4 or min(pads) < 0:
        raise SpecError(f"its pads are {pads}; expected four numbers of 0 or more")
    match node.text("auto_pad", "NOTSET"):
        case "NOTSET" | "":
            return (pads[0], pads[2]), (pads[1], pads[3])
        case "VALID":
            return (0, 0), (0, 0)
        case ("SAME_UPPER" | "SAME_LOWER") as mode:
            made = []
            for sizes in zip(shape[1:], kernel, stride, dilation, strict=True):
                sliding = axis(*sizes, "same")
                both = sliding.before, sliding.after
                made.append(both if mode == "SAME_UPPER" else both[::-1])
            return made[0], made[1]
        case other:
            raise SpecError(f"auto_pad {other!r:.30} is not known")


def places(
    shape: Shape, kernel: Pair, stride: Pair, dilation: Pair, pads: tuple[Pair, Pair], *, ceiling: bool = False
) -> Places:
    """Places of the windows that these settings give."""
    made = []
    for size, extent, step, spread, (before, after) in zip(shape[1:], kernel, stride, dilation, pads, strict=True):
        reach = (extent - 1) * spread + 1
        whole = before + size + after - reach
        count = (-(-whole // step) if ceiling else whole // step) + 1
        # A last window must not begin beyond the picture.
        if ceiling and (count - 1) * step >= size + before:
            count -= 1
        made.append((before, count))
    return made[0], made[1]


def padding_of(wanted: Places, shape: Shape, kernel: Pair, stride: Pair, dilation: Pair, choices: Iterable[Any]) -> Any:
    """The first of a block's `choices` of padding with these very places of windows; None if there is none."""
    for padding in choices:
        sliding = [axis(*sizes, padding) for sizes in zip(shape[1:], kernel, stride, dilation, strict=True)]
        if tuple((each.before, each.output) for each in sliding) == wanted:
            return padding
    return None


def transposed_padding(node: Node, layer: ConvTranspose2D, shape: Shape) -> Any:
    """Padding of a transposed convolution that cuts off the same; None if there is none. Raises SpecError."""
    kernel, stride = pair(layer.kernel_size), pair(layer.stride)
    more = two(node.ints("output_padding", (0, 0)), "output_padding")
    whole = [(count - 1) * step + extent for count, step, extent in zip(shape[1:], stride, kernel, strict=True)]
    wanted = None
    if "output_shape" in node.attributes:
        wanted = two(node.ints("output_shape", ())[-2:], "output_shape")
    mode = node.text("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        wanted = shape[1] * stride[0], shape[2] * stride[1]
    if wanted is not None:
        cut = [max(size + extra - goal, 0) for size, extra, goal in zip(whole, more, wanted, strict=True)]
        # The odd pixel is cut off at the end for SAME_UPPER, else at the beginning.
        before = [each // 2 if mode == "SAME_UPPER" else each - each // 2 for each in cut]
        result = list(zip(before, wanted, strict=True))
    else:
        pads = pads_of(node, shape, kernel, stride, (1, 1))
        result = [
            (ahead, size + extra - ahead - behind)
            for size, extra, (ahead, behind) in zip(whole, more, pads, strict=True)
        ]
    for padding in ("valid", "same", min(result[0][0], 64)):
        try:
            chosen = layer.with_changes(padding=padding)
            made = zip(cut_of(chosen, shape), chosen.output_shape(shape)[1:], strict=True)
        except ShapeError:
            continue
        if list(made) == result:
            return padding
    return None
