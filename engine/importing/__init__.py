"""Networks and weights of other tools, read as networks of the engine.

from engine import load_onnx
net = load_onnx("net.onnx")
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.importing.values import NoBlockError

if TYPE_CHECKING:
    from engine.network import Network

__all__ = ["Imported", "NoBlockError", "load_onnx", "read_onnx"]


@dataclass(frozen=True, eq=False)
class Imported:
    """Network from a file, with its weights; `classes` are the names of its classes, where the file has them."""

    network: Network
    classes: tuple[str, ...] = ()


def load_onnx(path: str | Path, until: str | None = None) -> Network:
    """Read a network from an .onnx file, with its weights. It trains on like any other.

    Args:
        until: node or tensor after which the network ends; None for the end of the file.

    Raises DataError for files that cannot be read, NoBlockError for operators that have no block: it names the node,
    and the tensor up to which the network can be imported. SpecError for other networks that are not possible here.
    """
    return read_onnx(path, until).network


def read_onnx(path: str | Path, until: str | None = None) -> Imported:
    """Read a network, and what its file tells of its classes. Arguments and errors as of `load_onnx`."""
    from engine.importing.graph_reader import GraphReader
    from engine.importing.layer_operators import LAYER_HANDLERS
    from engine.importing.onnx_model import read
    from engine.importing.operators import HANDLERS

    model = read(path)
    network = GraphReader(model, HANDLERS | LAYER_HANDLERS).read(until)
    classes = model.classes if until is None and network.output_shape == (len(model.classes),) else ()
    return Imported(network, classes)
