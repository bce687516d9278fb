"""Graph of a network: which layer feeds which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from engine.checks import as_pairs, expect_kind, shown
from engine.errors import Fix, SpecError
from engine.layers.base import Layer

INPUT = "input"


class Graph:
    """Layers by name, with edges from source to target; "input" may be a source.

    Attributes:
        nodes: layers by name, in topological order.
        sources: for each node, the names that feed it, in the order of the edges.
        consumers: for each node and "input", the names that it feeds.
        output: name of the node whose output is the network's.

    Raises SpecError, with the node concerned, for unknown names, cycles, dangling ends, and a wrong number of inputs.
    With `unfinished`, a merge layer may still lack some of its inputs; such a graph is good for analysis only.
    """

    def __init__(
        self,
        nodes: Mapping[str, Layer],
        edges: Iterable[tuple[str, str]],
        output: str | None = None,
        *,
        unfinished: bool = False,
    ) -> None:
        expect_kind(nodes, Mapping, "the nodes of a graph", "a mapping from name to layer")
        if not nodes:
            raise SpecError("a network needs at least one layer")
        # The window builds a graph at every edit, so that what all nodes have in common is asked once.
        if not all(issubclass(kind, Layer) for kind in {type(layer) for layer in nodes.values()}):
            for name, layer in nodes.items():
                expect_kind(layer, Layer, f"node {name!r}", "one of engine.layers, such as Dense(3)")
        for name in nodes:
            expect_kind(name, str, "the name of a layer", "a string")
        if INPUT in nodes:
            raise SpecError('the name "input" stands for the data; give the layer another one', where=INPUT)
        sources: dict[str, list[str]] = {name: [] for name in nodes}
        consumers: dict[str, list[str]] = {INPUT: [], **{name: [] for name in nodes}}
        for source, target in as_pairs(edges, "edges", 'pairs of names such as ("input", "dense_1")'):
            if not (isinstance(source, str) and isinstance(target, str) and source in consumers and target in sources):
                wrong = target if isinstance(source, str) and source in consumers else source
                raise SpecError(f"an edge names {shown(wrong)}, but there is no such layer ({', '.join(nodes)})")
            sources[target].append(source)
            consumers[source].append(target)
        self.sources: dict[str, tuple[str, ...]] = {name: tuple(each) for name, each in sources.items()}
        self.consumers: dict[str, tuple[str, ...]] = {name: tuple(each) for name, each in consumers.items()}
        for name, layer in nodes.items():
            self._check_inputs(name, layer, unfinished)
        self.nodes = {name: nodes[name] for name in self._order(nodes)}
        self.output = self._find_output(output)

    @classmethod
    def chain(cls, nodes: Mapping[str, Layer]) -> Graph:
        """Sequential graph: each layer feeds the next."""
        names = [INPUT, *nodes]
        return cls(nodes, list(pairwise(names)))

    @property
    def logits(self) -> str:
        """Name of the layer that feeds a last Sigmoid or Softmax; without one, of the last layer itself."""
        before = self.sources[self.output][0]
        return before if self.nodes[self.output].link is not None and before != INPUT else self.output

    @property
    def edges(self) -> list[tuple[str, str]]:
        """All edges (source, target), in the order of each node's inputs."""
        return [(source, target) for target in self.nodes for source in self.sources[target]]

    def _check_inputs(self, name: str, layer: Layer, unfinished: bool) -> None:
        least, most = layer.inputs
        found = len(self.sources[name])
        if found == 0:
            sentence = "This layer has no input; connect it to the data or to another layer."
            raise SpecError(sentence, where=name, fix=_without(name))
        if found < least and not unfinished:
            raise SpecError(lacking(layer, found), where=name)
        if most is not None and found > most:
            raise SpecError(f"takes {most} input(s), but has {found}", where=name)

    def _order(self, nodes: Mapping[str, Layer]) -> list[str]:
        """Topological order that keeps the given order where it can (Kahn 1962)."""
        waiting = {name: len(self.sources[name]) - self.sources[name].count(INPUT) for name in nodes}
        order = [name for name in nodes if not waiting[name]]
        # The list grows while it is gone through.
        for name in order:
            for target in self.consumers[name]:
                waiting[target] -= 1
                if not waiting[target]:
                    order.append(target)
        if len(order) < len(nodes):
            circle = [name for name in nodes if name not in order]
            raise SpecError(f"the layers {', '.join(circle)} form a cycle", where=circle[0])
        return order

    def _find_output(self, output: str | None) -> str:
        ends = [name for name in self.nodes if not self.consumers[name]]
        if output is None:
            if len(ends) != 1:
                raise SpecError(
                    f"a network has one output, but nothing follows these layers: {', '.join(ends)}", where=ends[0]
                )
            return ends[0]
        if output not in self.nodes:
            raise SpecError(f"the output is given as {output!r}, but there is no such layer", where=output)
        loose = [name for name in ends if name != output]
        if loose:
            sentence = "Its output is not connected; connect it, or remove it."
            raise SpecError(sentence, where=loose[0], fix=_without(loose[0]))
        return output


def _without(name: str) -> Fix:
    return Fix(f"Remove {name}", remove=(name,))


def lacking(layer: Layer, found: int) -> str:
    """Sentence on a merge layer that has too few inputs."""
    return (
        f"{layer.type_name()} needs at least {layer.inputs[0]} inputs, but has only {found}. "
        "Connect another one, or remove it."
    )


def name_layers(layers: Sequence[Layer]) -> dict[str, Layer]:
    """Name layers by type and number: "dense_1", "tanh_1", "dense_2"."""
    counts: dict[str, int] = {}
    named = {}
    try:
        found = list(layers)
    except TypeError:
        raise SpecError(
            f"the layers of a network must be a list, or a mapping from name to layer, found {shown(layers)}"
        ) from None
    for layer in found:
        if not isinstance(layer, Layer):
            raise SpecError(f"a network is made of layers, found {shown(layer)}")
        stem = layer.type_name().lower()
        counts[stem] = counts.get(stem, 0) + 1
        named[f"{stem}_{counts[stem]}"] = layer
    return named
