"""Output check: do a network's outputs fit its loss?

Cross-entropy judges probabilities. Whether a network gives them follows from its last layer only where that layer
declares it; elsewhere, outputs are looked at as they come up, so that a network may end in whatever makes
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.errors import Fix, SpecError
from engine.graph import INPUT, Graph
from engine.layers.base import Layer, linked
from engine.losses import Loss
from engine.types import Array

# Outputs may be off by so much through rounding.
_ROUNDING = 1e-4


def guarded(
    measure: Callable[[], float], loss: Loss, graph: Graph, output: Array, *, training: bool
) -> Callable[[], float]:
    """Loss function that rejects outputs outside the loss's `domain`.

    It raises a SpecError. Where the last layer declares a range within the domain, this is `measure` itself, at no
    cost.

    Args:
        measure: the function that `loss.bind` returns. output: the array it reads.
    """
    lowest, highest = loss.domain
    if _promised(loss, graph, training=training):
        return measure

    def measure_checked() -> float:
        # NaN is neither; training that went off is noticed elsewhere.
        if output.size and (output.min() < lowest - _ROUNDING or output.max() > highest + _ROUNDING):
            raise _outside(loss, graph, output)
        return measure()

    return measure_checked


def misfit(loss: Loss, graph: Graph) -> str:
    """Sentence on an output function that differs from the loss's; "" if it fits."""
    name = effective(graph, training=False)
    layer = graph.nodes[name]
    if loss.link is None or layer.link == loss.link:
        return ""
    wanted = linked(loss.link)
    return (
        f"{loss.title} is made for networks that end in {wanted.type_name()}, but this one ends in "
        f"{layer.type_name()} ({name}). {fix_for(name, layer, wanted).title}. "
    )


def fix_for(name: str, layer: Layer, wanted: Layer) -> Fix:
    """Fix that makes a network end in an output function."""
    title = wanted.type_name()
    if layer.category == "Activation":
        return Fix(f"Replace {layer.type_name()} with {title}", replace={name: wanted})
    return Fix(f"Append {title}", append=(wanted,))


def effective(graph: Graph, *, training: bool) -> str:
    """Name of the layer whose output the loss sees, skipping layers that pass it on."""
    name = graph.output
    while graph.nodes[name].passes_through(training=training) and graph.sources[name][0] != INPUT:
        name = graph.sources[name][0]
    return name


def _promised(loss: Loss, graph: Graph, *, training: bool) -> bool:
    lowest, highest = graph.nodes[effective(graph, training=training)].output_range()
    return loss.domain[0] <= lowest and highest <= loss.domain[1]


def _outside(loss: Loss, graph: Graph, output: Array) -> SpecError:
    lowest, highest = loss.domain
    needed, found = f"{lowest:g} to {highest:g}", f"{float(output.min()):.3g} to {float(output.max()):.3g}"
    if _promised(loss, graph, training=False):
        name, when = graph.output, " while training"
        fix: Fix | None = Fix(f"Take {name} out", remove=(name,))
    else:
        name, when = effective(graph, training=False), ""
        fix = fix_for(name, graph.nodes[name], linked(loss.link)) if loss.link is not None else None
    gave = f"{graph.nodes[name].type_name()} gave {found}{when}"
    advice = f" {fix.title}." if fix is not None else ""
    return SpecError(f"{loss.title} needs outputs from {needed}, but {gave}.{advice}", where=name, fix=fix)
