"""Graph of layers as a module of PyTorch."""

from __future__ import annotations

from collections.abc import Collection

from torch import Tensor, nn

from engine.backends.torch_layers import make_module
from engine.graph import INPUT
from engine.network import Network


class GraphModule(nn.Module):
    """Module of a network's graph: one module a layer, computed in topological order.

    Attributes:
        blocks: the layers' modules by name.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        graph = network.structure
        self.blocks: dict[str, nn.Module] = {}
        self._steps: list[tuple[str, nn.Module, tuple[str, ...]]] = []
        last_use = {source: name for name in graph.nodes for source in graph.sources[name]}
        # Names of blocks may hold dots, which PyTorch's may not.
        self.modules_in_order = nn.ModuleList()
        for name, layer in network.layers.items():
            sources = tuple(graph.sources[name])
            module = make_module(layer, *(network.shapes[source] for source in sources))
            self.blocks[name] = module
            self.modules_in_order.append(module)
            self._steps.append((name, module, sources))
        self._spent = {name: [source for source, user in last_use.items() if user == name] for name in graph.nodes}
        self._output = graph.output
        self._before_output = graph.sources[graph.output][0]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Output (N, *output_shape), and what goes into the last layer's first input."""
        values = self.values(x, {self._output, self._before_output})
        return values[self._output], values[self._before_output]

    def values(self, x: Tensor, wanted: Collection[str]) -> dict[str, Tensor]:
        """Outputs of the wanted nodes by name; "input" is one. Others are let go of as soon as they can be."""
        values = {INPUT: x}
        for name, module, sources in self._steps:
            values[name] = module(*[values[source] for source in sources])
            for source in self._spent[name]:
                if source not in wanted:
                    del values[source]
        return values
