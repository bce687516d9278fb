"""Block mathematics request: the readable steps of one block, evaluated for the probe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.losses import Loss
from engine.mathematics import Step, evaluate
from engine.trace import Trace
from nnstudio.document.model import OUTPUT
from nnstudio.document.probe import Probe
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Sample, Split

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class MathematicsPicture:
    """Answer to BlockMathematics.

    Attributes:
        block: name of the block, or "output" for the loss. kind: the layer's or loss's name in the field's terms.
        steps: in their order; those that cannot be computed are left out, as gradients are without a target.
        values: all arrays by name: those that the steps take, and those that they compute. Read-only.
        engine: the same as the engine computes them, where it does.
    """

    block: str
    kind: str
    steps: tuple[Step, ...]
    values: Mapping[str, Array]
    engine: Mapping[str, Array]

    def difference(self, name: str) -> float | None:
        """Largest difference between a result and the engine's, in relation to the largest number.

        None where the engine does not keep that result.
        """
        if name not in self.engine or not self.engine[name].size:
            return None
        size = float(np.max(np.abs(self.engine[name]))) or 1.0
        return float(np.max(np.abs(self.values[name] - self.engine[name]))) / size


@dataclass(frozen=True)
class BlockMathematics(Request):
    """Request for the mathematics of one block, or of the loss ("output"), with the numbers of the probe."""

    share: ClassVar[float] = 0.1

    block: str
    probe: Probe
    loss: Loss

    def answer(self, network: NetworkLike, split: Split) -> MathematicsPicture | Refusal | None:
        sample = split.sample(self.probe)
        if sample is None:
            return Refusal("The chosen sample is not in these data.")
        if self.block != OUTPUT and self.block not in network.layers:
            return None
        trace = network.trace(sample.x, sample.y, None if sample.y is None else self.loss)
        if self.block == OUTPUT:
            return self._of_loss(network, trace, sample)
        return self._of_layer(network, trace)

    def _of_loss(self, network: NetworkLike, trace: Trace, sample: Sample) -> MathematicsPicture | Refusal:
        if sample.y is None:
            return Refusal("Values of your own have no target, so there is no loss.")
        output = network.structure.output
        y, t = trace.outputs[output][0], self.loss.encode(sample.y, network.output_shape)[0]
        engine = {"loss": np.float64(trace.loss or 0.0), "dy": trace.gradients[output][0]}
        steps = loss_steps_of(network, self.loss)
        if any(step.name == "dz" for step in steps):
            engine["dz"] = trace.gradients[network.structure.sources[output][0]][0]
        return _picture(self.block, self.loss.title, steps, {"y": y, "t": t}, engine)

    def _of_layer(self, network: NetworkLike, trace: Trace) -> MathematicsPicture:
        layer, sources = network.layers[self.block], network.structure.sources[self.block]
        inputs = tuple(trace.outputs[source][0] for source in sources)
        prefix = f"{self.block}."
        known: dict[str, Any] = {"x": inputs[0], "inputs": inputs}
        known |= {
            name.removeprefix(prefix): np.array(a) for name, a in network.arrays.items() if name.startswith(prefix)
        }
        engine = {"y": trace.outputs[self.block][0]}
        if trace.gradients:
            known["dy"] = trace.gradients[self.block][0]
            for name in network.parameters_of(self.block):
                engine[f"d_{name}"] = trace.parameter_gradients[prefix + name]
            # Where a block feeds several others, the engine keeps the sum of what comes back from all of them.
            alone = [source for source in sources if len(network.structure.consumers[source]) == 1]
            names = ["dx"] if len(sources) == 1 else [f"dx_{number}" for number in range(1, len(sources) + 1)]
            for name, source in zip(names, sources, strict=True):
                if source in alone:
                    engine[name] = trace.gradients[source][0]
        return _picture(self.block, layer.type_name(), layer.mathematics(*(x.shape for x in inputs)), known, engine)

    def cost(self, network: NetworkLike, split: Split) -> float:
        return 20.0 * network.multiply_adds


def loss_steps_of(network: NetworkLike, loss: Loss) -> tuple[Step, ...]:
    """Steps of a loss; the gradient of the logits only where the last layer is the loss's own."""
    fused = loss.link is not None and network.layers[network.structure.output].link == loss.link
    return tuple(step for step in loss.mathematics() if fused or step.name != "dz")


def _picture(
    block: str, kind: str, steps: tuple[Step, ...], known: Mapping[str, Any], engine: Mapping[str, Any]
) -> MathematicsPicture:
    found = evaluate(steps, known)
    done = tuple(step for step in steps if step.name in found and all(name in found for name in step.needs))
    inputs = found.pop("inputs", ())
    values = {name: _kept(value) for name, value in found.items()}
    if len(inputs) > 1:
        values |= {f"x_{number}": _kept(value) for number, value in enumerate(inputs, 1)}
    return MathematicsPicture(block, kind, done, values, {name: np.asarray(value) for name, value in engine.items()})


def _kept(value: Any) -> Array:
    copy = np.array(value)
    copy.flags.writeable = False
    return copy
