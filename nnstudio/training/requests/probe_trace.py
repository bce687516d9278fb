"""Probe trace request: outputs and gradients of every block for one sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.layers.base import Layer
from engine.losses import Loss
from engine.trace import Trace
from nnstudio.document.probe import Probe
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Sample, Split

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ProbePicture:
    """Answer to ProbeTrace. Names of blocks are those of the document; "input" is the data's.

    Attributes:
        probe, sample: the sample itself.
        trace: of this one sample; without gradients where it has no target.
        parameters: copies of all parameters, by full names ("dense_1.weight").
        layers: by block, in the order of the data.
        sources: the blocks that feed each block, in the order of its inputs; every block after those that feed it.
        output: the block whose output is the network's.
        answer: output of the network in the units of the source, without the batch axis; None where it is the same.
    """

    probe: Probe
    sample: Sample
    trace: Trace
    parameters: Mapping[str, Array]
    layers: Mapping[str, Layer]
    sources: Mapping[str, tuple[str, ...]]
    output: str
    answer: Array | None = None

    @property
    def loss(self) -> float | None:
        """Loss of this sample; None where it has no target."""
        return self.trace.loss

    @property
    def prediction(self) -> Array:
        """Output of the network, without the batch axis."""
        return self.value(self.output)

    @property
    def shown_prediction(self) -> Array:
        """Output of the network in the units of the source, without the batch axis."""
        return self.prediction if self.answer is None else self.answer

    def value(self, block: str) -> Array:
        """Output of a block, or the network's "input", without the batch axis."""
        output: Array = self.trace.outputs[block][0]
        return output

    def gradient(self, block: str) -> Array | None:
        """dE/d(output) of a block, or of "input", without the batch axis; None where the sample has no target."""
        gradients = self.trace.gradients.get(block)
        return None if gradients is None else gradients[0]

    def inputs(self, block: str) -> tuple[Array, ...]:
        """Inputs of a block, in their order, without the batch axis."""
        return tuple(self.value(source) for source in self.sources[block])


@dataclass(frozen=True)
class ProbeTrace(Request):
    """Request for the trace of the probe. All views ask for the same one, so it is computed once for a snapshot."""

    share: ClassVar[float] = 0.15
    min_interval: ClassVar[float] = 1 / 30

    probe: Probe
    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> ProbePicture | Refusal:
        sample = split.sample(self.probe)
        if sample is None:
            return Refusal("The chosen sample is not in these data.")
        trace = network.trace(sample.x, sample.y, None if sample.y is None else self.loss)
        graph = network.structure
        copies = {name: np.array(array) for name, array in network.parameters.items()}
        sources = {name: graph.sources[name] for name in network.layers}
        known = split.preparation
        own = known is not None and known.scales_targets
        answer = split.outputs(trace.outputs[graph.output])[0] if own else None
        return ProbePicture(self.probe, sample, trace, copies, dict(network.layers), sources, graph.output, answer)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(3 * network.multiply_adds + network.parameter_count)
