"""Networks as plain data and as .safetensors files.

The plain data are the description that `Network.spec` gives.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine import layers
from engine.checks import expect_kind, expect_path
from engine.errors import DataError, EngineError, SpecError
from engine.graph import Graph
from engine.types import Array, Shape
from engine.whole_file import write_whole

# Where a file's metadata hold the description.
KEY = "nnstudio"


def describe(graph: Graph, input_shape: Shape, seed: int) -> dict[str, Any]:
    """Structure, input shape and seed of a network as JSON-compatible data."""
    return {
        "input_shape": list(input_shape),
        "seed": seed,
        "nodes": [{"name": name, **layer.model_dump(mode="json")} for name, layer in graph.nodes.items()],
        "edges": [list(edge) for edge in graph.edges],
    }


def understand(spec: Mapping[str, Any]) -> tuple[Graph, Any, Any]:
    """Parse a description into graph, input shape and seed. Raises SpecError. The network checks shape and seed."""
    expect_kind(spec, Mapping, "the description of a network", "a mapping as Network.spec() gives it")
    try:
        nodes = {}
        for index, node in enumerate(spec["nodes"]):
            fields = dict(node)
            name = fields.pop("name")
            if not isinstance(name, str) or name in nodes:
                raise SpecError(f"nodes.{index}: the name {name!r} is not a string, or is taken")
            nodes[name] = layers.from_spec(fields)
        edges = [(str(source), str(target)) for source, target in spec["edges"]]
        return Graph(nodes, edges), spec["input_shape"], spec.get("seed")
    except EngineError:
        raise
    except KeyError as error:
        raise SpecError(f"the description of a network lacks {error}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise SpecError(f"this is not the description of a network: {error}") from None


def write(
    path: str | Path, spec: Mapping[str, Any], arrays: Mapping[str, Array], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a .safetensors file with the description in its metadata, beside further `metadata`.

    An existing file is only replaced by a complete one. Raises DataError where nothing can be written.
    """
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(tensors, metadata={**(metadata or {}), KEY: json.dumps(spec)})
    try:
        write_whole(Path(expect_path(path)), content)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from None


def read(path: str | Path, *, what: str = "network", writer: str = "Network.save") -> tuple[Any, dict[str, Array]]:
    """Read description and arrays of a file that `write` wrote.

    Raises DataError or SpecError, which name the file as `what`.
    """
    from safetensors import SafetensorError, safe_open

    path = expect_path(path)
    try:
        with safe_open(str(path), framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (OSError, SafetensorError) as error:
        raise DataError(f"{path} cannot be read as a saved {what}: {error}") from None
    if KEY not in metadata:
        raise DataError(f"{path} holds tensors but no {what}; expected a file written by {writer}")
    try:
        return json.loads(metadata[KEY]), tensors
    except (json.JSONDecodeError, RecursionError) as error:
        raise SpecError(f"{path}: the description of the {what} is not JSON: {error}") from None
