"""Saliency request: gradients of a score with respect to the probe, and Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike
from engine.layers.base import Activation, Layer
from engine.metrics import labels_of
from engine.trace import Trace
from nnstudio.document.probe import Probe
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.split import Sample, Split

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SaliencyPicture:
    """Answer to Saliency.

    Attributes:
        probe, sample: the sample itself.
        chosen: the class, or for a regression the output, whose score it is.
        predicted: the class that the network predicts; None for a regression.
        scored: the block whose output is the score: the one before a last Sigmoid or Softmax, else the last one.
        score: its value. reversed: it is the negative of the output: of a single one, what speaks for class 0.
        gradient: d(score)/d(input), (*input_shape), of the inputs as the network takes them.
        cam: Grad-CAM of `block`, (height, width) of its feature maps; None for networks without convolutions.
        block: the block of which Grad-CAM is, "" if there is none. blocks: those that have feature maps, in order.
    """

    probe: Probe
    sample: Sample
    chosen: int
    predicted: int | None
    scored: str
    score: float
    gradient: Array
    reversed: bool = False
    cam: Array | None = None
    block: str = ""
    blocks: tuple[str, ...] = ()

    @property
    def product(self) -> Array:
        """Gradient x input, (*input_shape): the contribution of each input to a score that is linear in them."""
        return np.asarray(self.gradient * self.sample.x[0])


@dataclass(frozen=True)
class Saliency(Request):
    """Request for what counts for the score of a class, or of an output, at the probe.

    The gradient of the score with respect to the input is the saliency map of Simonyan, Vedaldi and Zisserman (2013,
    "Deep inside convolutional networks", section 3), which they take before the softmax.

    Attributes:
        probe: the sample.
        threshold: a single output above it means class 1.
        output: the class, or for a regression the output; None for the predicted class, or the first output.
        block: the block whose feature maps Grad-CAM weighs; "" for those of the last convolution.
    """

    share: ClassVar[float] = 0.1

    probe: Probe
    threshold: float
    output: int | None = None
    block: str = ""

    def answer(self, network: NetworkLike, split: Split) -> SaliencyPicture | Refusal:
        sample = split.sample(self.probe)
        if sample is None:
            return Refusal("The chosen sample is not in these data.")
        if len(network.output_shape) != 1:
            return Refusal("The network's output is no list of scores. Put a Flatten before its end.")
        of_classes, width = bool(split.train.classes), network.output_shape[0]
        predicted = int(labels_of(network.predict(sample.x), self.threshold)[0]) if of_classes else None
        chosen = (predicted or 0) if self.output is None else self.output
        # A single output stands for two classes.
        paired = of_classes and width == 1
        if not 0 <= chosen < (2 if paired else width):
            return Refusal()
        turned, weights = paired and chosen == 0, np.zeros(width, np.float32)
        weights[0 if paired else chosen] = -1 if turned else 1
        scored = network.structure.logits
        trace = network.sensitivities(sample.x, weights, scored)
        blocks = with_maps(network, trace)
        block = self.block if self.block in blocks else last_maps(network, blocks)
        cam = grad_cam(trace.outputs[block][0], trace.gradients[block][0]) if block else None
        gradient, score = trace.gradients["input"][0], float(trace.loss or 0.0)
        return SaliencyPicture(
            self.probe, sample, chosen, predicted, scored, score, gradient, turned, cam, block, blocks
        )

    def cost(self, network: NetworkLike, split: Split) -> float:
        return float(4 * network.multiply_adds)


def grad_cam(maps: Array, gradients: Array) -> Array:
    """Grad-CAM, (height, width), of feature maps (channels, height, width) and a score's gradients at them.

    ReLU(sum_k a_k A_k), where a_k is the mean of d(score)/dA_k over the map (Selvaraju et al. 2017, "Grad-CAM",
    equations 1 and 2).
    """
    weights = gradients.mean(axis=(1, 2), dtype=np.float64)
    cam: Array = np.maximum(np.tensordot(weights, maps.astype(np.float64), axes=1), 0)
    return cam


def with_maps(network: NetworkLike, trace: Trace) -> tuple[str, ...]:
    """Blocks with feature maps, (channels, height, width), from the first convolution on to where the score is."""
    seen: set[str] = set()
    for name, layer in network.layers.items():
        if _convolves(layer) or seen.intersection(network.structure.sources[name]):
            seen.add(name)
    return tuple(name for name in network.layers if name in seen and name in trace.gradients and _has_maps(trace, name))


def last_maps(network: NetworkLike, blocks: tuple[str, ...]) -> str:
    """The last convolution of these blocks, or the activation right behind it; "" if there is none."""
    name = next((name for name in reversed(blocks) if _convolves(network.layers[name])), "")
    after = network.structure.consumers[name] if name else ()
    if len(after) == 1 and after[0] in blocks and isinstance(network.layers[after[0]], Activation):
        return after[0]
    return name


def _convolves(layer: Layer) -> bool:
    return layer.category == "Convolution" and layer.resizes_by is not None


def _has_maps(trace: Trace, name: str) -> bool:
    return trace.outputs[name].ndim == 4
