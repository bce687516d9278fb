"""Networks and weights of other tools as projects: laid out on the canvas, waiting for data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.backends.base import NetworkLike
from engine.backends.computing import Computing
from engine.data import AwaitedData
from engine.errors import DataError, SpecError
from engine.importing import read_onnx
from engine.importing.weights import WeightReport, match_weights, read_weights
from engine.layers import Sigmoid, Softmax
from nnstudio.document import edits
from nnstudio.document.analysis import analyse, analyse_with
from nnstudio.document.data_state import Known, read_state
from nnstudio.document.model import OUTPUT, Block, Document, Wire
from nnstudio.project.project_file import SUFFIX
from nnstudio.training.build import build
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.project import Project

# Endings of the files that can be imported.
ONNX = ".onnx"
# More outputs are hardly classes that somebody wants to name.
_MOST_CLASSES = 10_000


def is_network(path: str | Path) -> bool:
    """True if a file, by its ending, holds a network of another tool."""
    return str(path).lower().endswith(ONNX)


def import_project(path: str | Path, until: str | None = None) -> Project:
    """Project of an .onnx file. Its data are still to be chosen; the weights stay then.

    Args:
        until: node or tensor after which the network ends; None for the end of the file.

    Raises EngineError; NoBlockError for an operator that has no block.
    """
    found = read_onnx(path, until)
    network = found.network
    weights = {name: np.array(array) for name, array in network.arrays.items()}
    return Project(document_of(network, found.classes), Checkpoint(weights))


def document_of(network: NetworkLike, classes: tuple[str, ...] = ()) -> Document:
    """Document of a network, laid out tidily. Raises SpecError if the canvas cannot hold it."""
    edges = [Wire(source, target) for source, target in network.structure.edges]
    twice = next((wire for wire in edges if edges.count(wire) > 1), None)
    if twice is not None:
        raise SpecError(
            f"it takes the output of {twice.source} twice, which the canvas cannot show", where=twice.target
        )
    document = Document(
        blocks=tuple(Block(name=name, layer=layer) for name, layer in network.layers.items()),
        wires=(*edges, Wire(network.structure.output, OUTPUT)),
    )
    awaited = _awaited(network, classes)
    signature = awaited.expected_signature()
    # The loss follows the data that are expected, as if they were here.
    document = edits.set_dataset(
        document, awaited, lambda data: Known(signature) if data == awaited and signature else read_state(data)
    )
    return edits.tidy(document)


def _awaited(network: NetworkLike, classes: tuple[str, ...]) -> AwaitedData:
    last, size = network.layers[network.structure.output], int(np.prod(network.output_shape))
    if not classes and size <= _MOST_CLASSES and isinstance(last, Softmax) and len(network.output_shape) == 1:
        classes = tuple(map(str, range(size)))
    if not classes and size == 1 and isinstance(last, Sigmoid):
        classes = ("0", "1")
    return AwaitedData(shape=network.input_shape, targets=0 if classes else size, classes=classes)


def with_weights(project: Project, path: str | Path) -> tuple[Project, WeightReport]:
    """Project with the weights of a file in its network, as far as they fit, and which did.

    What was trained so far goes; training begins with these weights. Raises EngineError if the file cannot be read, or
    the network cannot be built.
    """
    weights = read_weights(path)
    made = project.checkpoint
    known = None if made.preparation is None else made.preparation.source_signature
    analysis = analyse(project.document, known)
    # Data need not be here to know what the network looks like.
    seen = None if analysis.signature is None else analyse_with(project.document, analysis.signature)
    network = build(project.document, seen, made.weights or None, Computing())
    report = match_weights(network, weights)
    if not report.transfer.matched:
        raise DataError(f"{Path(path).name}: none of its weights fit this network\n{report}")
    taken = {name: np.array(array) for name, array in network.arrays.items()}
    return replace(project, checkpoint=Checkpoint(taken, preparation=made.preparation)), report


def project_name(path: str | Path) -> str:
    """Name of the project file for a network's file: the same, with the ending of projects."""
    return Path(path).stem + SUFFIX
