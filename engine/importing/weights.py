"""Weights of other tools for a network that is there: matched by name and shape, with a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from engine.backends.base import NetworkLike
from engine.backends.torch_layers import array_paths, counterpart
from engine.checks import expect_path
from engine.data.progress import CancelledError, advance
from engine.errors import DataError, one_line
from engine.network_file import KEY
from engine.transfer import Transfer
from engine.types import Array

SAFETENSORS, PYTORCH = (".safetensors",), (".pt", ".pth")
WEIGHT_ENDINGS = (*SAFETENSORS, *PYTORCH)
# Larger files hardly belong to a network of this program.
_MOST_BYTES = 4 << 30
# What PyTorch counts beside its numbers.
_COUNTERS = "num_batches_tracked"
# Under these names programs keep the weights beside other things.
_INNER = ("state_dict", "model_state_dict", "model")


@dataclass(frozen=True)
class Weights:
    """Arrays of a file by name; `own` if nnstudio wrote them, so that they have the engine's layout, not PyTorch's."""

    arrays: Mapping[str, Array]
    own: bool = False


@dataclass(frozen=True)
class WeightReport:
    """Report of weights taken over.

    Attributes:
        transfer: names of the network that matched, are missing or do not fit, and of the file that are left over.
        sources: name in the file, by name in the network. by_shape: names in the network found by their shape alone.
    """

    transfer: Transfer
    sources: Mapping[str, str] = field(default_factory=dict)
    by_shape: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [str(self.transfer)]
        if self.by_shape:
            pairs = ", ".join(f"{one_line(name)} from {one_line(self.sources[name])}" for name in self.by_shape)
            lines.append(f"by shape alone: {pairs}")
        return "\n".join(lines)


def read_weights(path: str | Path) -> Weights:
    """Read a .safetensors file, or a state dict of PyTorch (.pt, .pth) without running anything in it.

    Raises DataError in one sentence.
    """
    place = expect_path(path)
    ending = place.suffix.lower()
    if ending not in WEIGHT_ENDINGS:
        raise DataError(f"{place.name} holds no weights that can be read; expected {', '.join(WEIGHT_ENDINGS)}")
    try:
        if not place.is_file():
            raise DataError(f"{place.name} is no file")
        if place.stat().st_size > _MOST_BYTES:
            raise DataError(f"{place.name} is larger than {_MOST_BYTES >> 30} GB")
    except OSError as error:
        raise DataError(f"{place.name} cannot be read: {error.strerror or error}") from None
    return _safetensors(place) if ending in SAFETENSORS else _state_dict(place)


def _safetensors(path: Path) -> Weights:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            names, arrays = list(file.keys()), {}
            for number, name in enumerate(names):
                advance(number, len(names), "tensors")
                arrays[name] = file.get_tensor(name)
    except CancelledError:
        raise
    except (OSError, SafetensorError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path.name} cannot be read as weights: {str(error)[:200] or type(error).__name__}") from None
    return Weights(_numbers(arrays), own=KEY in metadata)


def _state_dict(path: Path) -> Weights:
    if find_spec("torch") is None:
        raise DataError(
            f"{path.name} is of PyTorch, which is not installed. Install it with: pip install torch; or save the "
            "weights as .safetensors"
        )
    import torch

    try:
        # Only arrays and plain values are read; whatever else such a file could run is refused.
        found: Any = torch.load(str(path), map_location="cpu", weights_only=True)
    except Exception as error:
        # Whatever PyTorch raises at a file that is none: its own errors, those of archives and of unpickling.
        sentence = " ".join(str(error).split())[:120]
        raise DataError(f"{path.name} cannot be read as weights of PyTorch: {sentence}") from None
    if isinstance(found, Mapping):
        found = next((found[name] for name in _INNER if isinstance(found.get(name), Mapping)), found)
    if not isinstance(found, Mapping):
        raise DataError(f"{path.name} holds no weights by name; save model.state_dict()")
    arrays = {
        str(name): tensor.detach().to(torch.float32).numpy()
        for name, tensor in found.items()
        if isinstance(tensor, torch.Tensor) and tensor.layout == torch.strided
    }
    if not arrays:
        raise DataError(f"{path.name} holds no weights; save model.state_dict()")
    return Weights(_numbers(arrays))


def _numbers(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {
        name: array
        for name, array in arrays.items()
        if array.dtype.kind in "fiu" and name.rpartition(".")[2] != _COUNTERS
    }


def load_weights(network: NetworkLike, path: str | Path) -> WeightReport:
    """Copy the weights of a file into a network, in place, as far as they fit; PyTorch's are turned as it keeps them.

    An array is found by its name here or in PyTorch; what has no name in the file, by its shape where there is only
    one of it. Raises DataError for files that cannot be read, and weights that are not finite; the network is
    unchanged then.
    """
    return match_weights(network, read_weights(path))


def match_weights(network: NetworkLike, weights: Weights) -> WeightReport:
    """Copy weights into a network, in place. As `load_weights`."""
    names = {full: _names(network, full, own=weights.own) for full in network.arrays}
    sources = {
        full: next((name for name in (*candidates, full) if name in weights.arrays), "")
        for full, candidates in names.items()
    }
    by_shape = _by_shape(network, weights, sources)
    sources |= by_shape
    taken: dict[str, Array] = {}
    misfits = {}
    for full, source in sources.items():
        if not source:
            continue
        array = _turned(network, full, weights.arrays[source], own=weights.own)
        if array.shape == network.arrays[full].shape:
            taken[full] = array
        else:
            misfits[full] = (array.shape, network.arrays[full].shape)
    for full, array in taken.items():
        if not np.isfinite(array).all():
            raise DataError(f"the weights {sources[full]!r:.60} hold NaN or infinity")
    for full, array in taken.items():
        network.arrays[full][...] = array
    used = {sources[full] for full in (*taken, *misfits)}
    report = Transfer(
        tuple(taken),
        tuple(full for full, source in sources.items() if not source),
        misfits,
        tuple(name for name in weights.arrays if name not in used),
    )
    return WeightReport(report, {full: sources[full] for full in taken}, tuple(by_shape))


def _names(network: NetworkLike, full: str, *, own: bool) -> tuple[str, ...]:
    """Names under which PyTorch keeps an array of the network: with the path in its module, or without."""
    if own:
        return ()
    block, _, key = full.rpartition(".")
    layer = network.layers[block]
    shapes = [network.shapes[source] for source in network.structure.sources[block]]
    path = array_paths(layer, *shapes)[key]
    return f"{block}.{path}", f"{block}.{path.rpartition('.')[2]}"


def _turned(network: NetworkLike, full: str, array: Array, *, own: bool) -> Array:
    """Array in the engine's layout."""
    block, _, key = full.rpartition(".")
    turned = not own and key in counterpart(network.layers[block]).transposed and array.ndim == 2
    return array.T if turned else array


def _by_shape(network: NetworkLike, weights: Weights, sources: Mapping[str, str]) -> dict[str, str]:
    """Arrays that only one in the file fits, and that fit only it, by kind and shape."""
    used = set(sources.values())
    found: dict[str, str] = {}
    wanting: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    offered: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for full in (full for full, source in sources.items() if not source):
        block, _, key = full.rpartition(".")
        last = key if weights.own else _names(network, full, own=False)[0].rpartition(".")[2]
        shape = network.arrays[full].shape
        turned = not weights.own and key in counterpart(network.layers[block]).transposed
        wanting.setdefault((last, shape[::-1] if turned else shape), []).append(full)
    for name, array in weights.arrays.items():
        if name not in used:
            offered.setdefault((name.rpartition(".")[2], array.shape), []).append(name)
    for kind, fulls in wanting.items():
        if len(fulls) == 1 and len(offered.get(kind, ())) == 1:
            found[fulls[0]] = offered[kind][0]
    return found
