"""Fixes for a merge block whose branches differ in shape.

The longest branch, which has most to say, stays as it is, so that what follows sees what it saw; a way around it is
brought to its shape, as the projections of residual networks do (He et al. 2016, "Deep Residual Learning").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

from engine.analysis import NodeReport
from engine.errors import Fix, ShapeError, SpecError
from engine.graph import INPUT, Graph
from engine.layers import AvgPool2D, Conv2D, Dense, Flatten, Reshape, Upsample2D, ZeroPad2D
from engine.layers.base import Layer
from engine.types import Shape
from nnstudio.document.active_graph import Active
from nnstudio.document.model import Document, shown_name

# Layers that make one shape another one; none where this is not the way to do it.
Bridge = Callable[[Shape, Shape], tuple[Layer, ...]]


def project(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Vectors of different lengths: project one with a Dense layer."""
    return (Dense(units=wanted[0]),) if len(found) == len(wanted) == 1 else ()


def flatten(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Image beside a vector of as many numbers: flatten the image."""
    return (Flatten(),) if len(found) > len(wanted) == 1 else ()


def flatten_and_project(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Image beside a vector of another length: flatten, then project."""
    return (Flatten(), Dense(units=wanted[0])) if len(found) > len(wanted) == 1 else ()


def reshape(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Vector beside an image of as many numbers: reshape the vector."""
    return (Reshape(shape=wanted),) if 1 == len(found) < len(wanted) and found[0] == math.prod(wanted) else ()


def mix_channels(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Images of the same size: match the channels with a 1×1 convolution."""
    alike = len(found) == len(wanted) == 3 and found[1:] == wanted[1:]
    return (Conv2D(filters=wanted[0], kernel_size=1),) if alike else ()


def shrink(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Images larger by a whole factor: average pooling."""
    factors = _times(found, wanted)
    return (AvgPool2D(pool_size=factors),) if factors else ()


def step_and_mix(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Larger images with other channels: a strided 1×1 convolution."""
    return (Conv2D(filters=wanted[0], kernel_size=1, stride=_stride(found, wanted)),) if _smaller(wanted, found) else ()


def step(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Larger images: a strided 1×1 convolution that keeps the number of channels."""
    return step_and_mix(found, (found[0], *wanted[1:]))


def enlarge(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Images smaller by a whole factor: upsample by repeating pixels."""
    factors = _times(wanted, found)
    return (Upsample2D(size=factors),) if factors else ()


def mix_and_enlarge(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Smaller images with other channels: a 1×1 convolution, then upsampling."""
    return (Conv2D(filters=wanted[0], kernel_size=1), *larger) if (larger := enlarge(found, wanted)) else ()


def pad(found: Shape, wanted: Shape) -> tuple[Layer, ...]:
    """Images that lack a few lines on each side: zero padding."""
    if not _smaller(found, wanted):
        return ()
    lacking = [more - less for less, more in zip(found[1:], wanted[1:], strict=True)]
    few = all(lines % 2 == 0 and 2 * lines <= size for lines, size in zip(lacking, found[1:], strict=True))
    return (ZeroPad2D(padding=_pair(lines // 2 for lines in lacking)),) if few else ()


# In the order in which they are tried: what learns nothing comes before what does.
_BRIDGES: tuple[Bridge, ...] = (
    flatten,
    reshape,
    shrink,
    enlarge,
    step,
    project,
    mix_channels,
    step_and_mix,
    mix_and_enlarge,
    flatten_and_project,
    pad,
)
# For the longest branch, where the way around it cannot be brought to its shape: nothing that changes more of it.
_GENTLE: tuple[Bridge, ...] = (flatten, pad)


def fix_for(document: Document, part: Active, graph: Graph, reports: Mapping[str, NodeReport], name: str) -> Fix | None:
    """Fix for a block whose inputs do not fit together; None where no clear fix is known."""
    inputs = [shape for shape in reports[name].inputs if shape is not None]
    if len(inputs) < max(len(graph.sources[name]), 2):
        return None
    layer, depths = graph.nodes[name], _depths(graph)
    sources = graph.sources[name]
    fits = [sum(_fit(layer, one, other) for other in inputs) for one in inputs]
    # As most of them have it; among those the longest branch, and the first of several.
    main = max(range(len(inputs)), key=lambda place: (fits[place], depths[sources[place]], -place))
    odd = next((place for place, shape in enumerate(inputs) if not _fit(layer, inputs[main], shape)), main)
    if _smaller(inputs[main], inputs[odd]) or _smaller(inputs[odd], inputs[main]):
        padded = _keep_sizes(graph, reports, sources[main], sources[odd])
        if padded is not None:
            return padded
    for here, there, bridges in ((odd, main, _BRIDGES), (main, odd, _GENTLE)):
        for made in _made(bridges, inputs[here], inputs[there]):
            if _fit(layer, inputs[there], _behind(made, inputs[here])):
                # Wires that bring nothing are none of the graph's.
                wires = [wire for wire in document.wires if wire.target == name]
                places = [at for at, wire in enumerate(wires) if part.passing.get(wire.source, wire.source)]
                names = " and ".join(layer.type_name() for layer in made)
                title = f"Insert {names} after {shown_name(wires[places[here]].source)}"
                return Fix(title, insert=made, input=places[here])
    return None


def _keep_sizes(graph: Graph, reports: Mapping[str, NodeReport], main: str, odd: str) -> Fix | None:
    """The fix for pictures that lost their rims in windows without padding on one branch: let them keep their size."""
    for branch, other in ((main, odd), (odd, main)):
        own = _upstream(graph, branch) - _upstream(graph, other)
        replaced = {each: kept for each in graph.nodes if each in own and (kept := _same(graph, reports, each))}
        shapes: dict[str, Shape | None] = {each: report.output for each, report in reports.items()}
        shapes[INPUT] = reports[next(iter(graph.nodes))].inputs[0]
        for each in graph.nodes if replaced else ():
            if each in own:
                incoming = [shapes[source] for source in graph.sources[each]]
                shapes[each] = _output(replaced.get(each, graph.nodes[each]), incoming)
        one, two = shapes[branch] or (), shapes[other] or ()
        if replaced and len(one) == 3 and one[1:] == two[1:]:
            which = next(iter(replaced)) if len(replaced) == 1 else f"{len(replaced)} layers"
            return Fix(f"Set padding of {which} to same", replace=replaced)
    return None


def _same(graph: Graph, reports: Mapping[str, NodeReport], name: str) -> Layer | None:
    """The layer with padding "same", if it loses the rim of its pictures now and would keep it then."""
    layer, report = graph.nodes[name], reports[name]
    before, after = report.inputs[0], report.output
    if getattr(layer, "padding", None) != "valid" or before is None or after is None or before[1:] == after[1:]:
        return None
    kept = layer.with_changes(padding="same")
    return kept if (_output(kept, [before]) or ())[1:] == before[1:] else None


def _made(bridges: Iterable[Bridge], found: Shape, wanted: Shape) -> Iterator[tuple[Layer, ...]]:
    """Layers of the bridges, except invalid ones, such as pooling over too large a window."""
    for bridge in bridges:
        try:
            made = bridge(found, wanted)
        except SpecError:
            continue
        if made:
            yield made


def _fit(layer: Layer, one: Shape, other: Shape | None) -> bool:
    """True if a layer can join two shapes."""
    return _output(layer, [one, other]) is not None


def _behind(made: Iterable[Layer], shape: Shape | None) -> Shape | None:
    """The shape behind layers in a row."""
    for layer in made:
        shape = _output(layer, [shape])
    return shape


def _output(layer: Layer, inputs: Iterable[Shape | None]) -> Shape | None:
    known = [shape for shape in inputs if shape is not None]
    try:
        return layer.output_shape(*known) if len(known) >= layer.inputs[0] else None
    except ShapeError:
        return None


def _upstream(graph: Graph, name: str) -> set[str]:
    """A node, and all whose numbers come to it."""
    found, waiting = set[str](), [name]
    while waiting:
        name = waiting.pop()
        if name != INPUT and name not in found:
            found.add(name)
            waiting += graph.sources[name]
    return found


def _depths(graph: Graph) -> dict[str, int]:
    """Number of nodes on the longest path to each."""
    depths = {INPUT: 0}
    for name in graph.nodes:
        depths[name] = 1 + max(depths[source] for source in graph.sources[name])
    return depths


def _smaller(one: Shape, other: Shape) -> bool:
    """True for pictures of which the first are smaller, or as large at one side, and not alike."""
    sizes = zip(one[1:], other[1:], strict=False)
    return len(one) == len(other) == 3 and one[1:] != other[1:] and all(less <= more for less, more in sizes)


def _times(larger: Shape, smaller: Shape) -> int | tuple[int, int] | None:
    """Integer factors in height and width between two image sizes; None if there are none."""
    if not _smaller(smaller, larger):
        return None
    sizes = list(zip(larger[1:], smaller[1:], strict=True))
    return None if any(more % less for more, less in sizes) else _pair(more // less for more, less in sizes)


def _stride(larger: Shape, smaller: Shape) -> int | tuple[int, int]:
    """The step with which a window of one pixel goes over pictures so that they become smaller ones."""
    return _pair(math.ceil(more / less) for more, less in zip(larger[1:], smaller[1:], strict=True))


def _pair(numbers: Iterable[int]) -> int | tuple[int, int]:
    down, across = numbers
    return down if down == across else (down, across)
