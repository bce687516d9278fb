"""ONNX file as plain data, read with limits: nodes, constants, and the shapes of inputs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from engine.checks import expect_path
from engine.data.progress import CancelledError, advance
from engine.errors import DataError, EngineError, SpecError
from engine.importing import wire_format
from engine.types import Array

# Largest file, and largest sum of all numbers; the format itself ends at 2 GB.
MOST_BYTES = 1 << 31
_MOST_AXES = 8
# NumPy's types of the numbers in a file, by TensorProto.DataType; other types hold no weights.
_TYPES = {
    1: "<f4",
    2: "u1",
    3: "i1",
    4: "<u2",
    5: "<i2",
    6: "<i4",
    7: "<i8",
    9: "?",
    10: "<f2",
    11: "<f8",
    12: "<u4",
    13: "<u8",
}
# Where numbers stand that are not kept as bytes; other types share a field of 32 bits.
_FIELDS = {1: "float_data", 7: "int64_data", 11: "double_data", 12: "uint64_data", 13: "uint64_data"}
_EXTERNAL = 1
_MOST_CLASSES = _LONGEST_CLASS = 10_000


@dataclass(frozen=True)
class Node:
    """Node of a graph.

    Attributes:
        kind: its operator; with its domain in front where that is not the default one.
        attributes: integers, floats, strings, arrays, and tuples of the first two.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]

    @property
    def place(self) -> str:
        """Name for a person: its own or, where it has none, that of its output."""
        return self.name or next(filter(None, self.outputs), "") or self.kind

    def integer(self, name: str, default: int) -> int:
        """Attribute that is an integer. Raises SpecError if it is none."""
        value: int = self._of(name, default, int, "a whole number")
        return value

    def number(self, name: str, default: float) -> float:
        """Attribute that is a finite number. Raises SpecError if it is none."""
        value: float = self._of(name, default, float, "a number")
        if not math.isfinite(value):
            raise SpecError(f"{name} is {value}; expected a finite number")
        # Files hold 32 bits; what was written as 0.1 is meant as 0.1.
        return float(f"{value:.7g}")

    def text(self, name: str, default: str) -> str:
        """Attribute that is a string. Raises SpecError if it is none."""
        text: str = self._of(name, default, str, "a text")
        return text

    def ints(self, name: str, default: Sequence[int]) -> tuple[int, ...]:
        """Attribute that is a list of integers. Raises SpecError if it is none."""
        found = self._of(name, tuple(default), tuple, "whole numbers")
        if not all(isinstance(value, int) for value in found):
            raise SpecError(f"{name} must be whole numbers")
        made: tuple[int, ...] = found
        return made

    def _of(self, name: str, default: Any, kind: type, wanted: str) -> Any:
        value = self.attributes.get(name, default)
        if not isinstance(value, kind):
            raise SpecError(f"{name} must be {wanted}, found {type(value).__name__}")
        return value


@dataclass(frozen=True, eq=False)
class Model:
    """Graph of an ONNX file.

    Attributes:
        constants: arrays by the names of their tensors. inputs: sizes by name; None where one is not fixed.
        outputs: names of tensors. opset: version of the default operators.
        writer: the program that wrote it. classes: their names, where nnstudio wrote them.
    """

    nodes: tuple[Node, ...]
    constants: dict[str, Array]
    inputs: dict[str, tuple[int | None, ...]]
    outputs: tuple[str, ...]
    opset: int
    writer: str = ""
    classes: tuple[str, ...] = ()


def read(path: str | Path) -> Model:
    """Read a file. Numbers may lie in a second file beside it, as large exports of PyTorch have them, and nowhere else.

    Raises DataError, in one sentence, for files that cannot be read, are damaged or too large.
    """
    place = expect_path(path)
    if find_spec("onnx") is None:
        raise DataError("Reading .onnx files needs onnx. Install it with: pip install 'nnstudio[onnx]'")
    try:
        if not place.is_file():
            raise DataError("it is no file")
        size = place.stat().st_size
        if size >= MOST_BYTES:
            raise DataError(f"it has {size / 1e9:.1f} GB, but an ONNX file ends at 2 GB")
        advance(0, 0)
        content = place.read_bytes()
        wire_format.check(content)
        return _parsed(content, place.parent)
    except OSError as error:
        raise DataError(f"{place.name} cannot be read as ONNX: {error.strerror or error}") from None
    except CancelledError:
        raise
    except EngineError as error:
        raise DataError(f"{place.name} cannot be read as ONNX: {error.message}") from None
    except MemoryError:
        raise DataError(f"{place.name} does not fit into memory") from None


def _parsed(content: bytes, folder: Path) -> Model:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        made = onnx.ModelProto.FromString(content)
        return _model(made, _Budget(folder, len(content)))
    except DecodeError:
        raise DataError("it is damaged, or no ONNX file") from None
    except (ValueError, TypeError, LookupError, OverflowError):
        # Texts that are none, numbers that do not fit their shapes.
        raise DataError("it is damaged") from None


def _model(made: Any, budget: _Budget) -> Model:
    graph = made.graph
    domains = {entry.domain: entry.version for entry in made.opset_import}
    # Of other operators alone, it is told which ones they are.
    opset = max(domains.get("", 0), domains.get("ai.onnx", 0)) or (1 if domains else 0)
    if not graph.node or not opset:
        raise DataError("it holds no network of ONNX's own operators")
    if graph.sparse_initializer:
        raise DataError("it has sparse weights, which are not supported")
    constants = {_name(tensor.name): budget.array(tensor) for tensor in graph.initializer}
    nodes = tuple(_node(node, budget) for node in graph.node)
    inputs = {_name(value.name): _sizes(value) for value in graph.input if _name(value.name) not in constants}
    properties = {entry.key: entry.value for entry in made.metadata_props}
    return Model(
        nodes,
        constants,
        inputs,
        tuple(_name(value.name) for value in graph.output),
        opset,
        made.producer_name,
        _classes(properties.get("classes", "")),
    )


def _classes(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):
        return ()
    good = isinstance(found, list) and len(found) <= _MOST_CLASSES
    if not good or not all(isinstance(name, str) and len(name) <= _LONGEST_CLASS for name in found):
        return ()
    # Halves of letters, which JSON can hold, are no text.
    return tuple(name.encode("utf-8", "replace").decode() for name in found)


def _sizes(value: Any) -> tuple[int | None, ...]:
    """Sizes of an input's axes; None for those that are free."""
    axes = value.type.tensor_type.shape.dim
    if len(axes) > _MOST_AXES:
        raise DataError(f"its input {value.name!r:.60} has {len(axes)} axes; expected at most {_MOST_AXES}")
    return tuple(axis.dim_value if axis.dim_value > 0 else None for axis in axes)


def _node(node: Any, budget: _Budget) -> Node:
    attributes = {_name(entry.name): _attribute(entry, budget) for entry in node.attribute}
    domain, operator = _name(node.domain), _name(node.op_type)
    kind = operator if domain in ("", "ai.onnx") else f"{domain}.{operator}"
    inputs, outputs = tuple(map(_name, node.input)), tuple(map(_name, node.output))
    return Node(kind[:100], _name(node.name), inputs, outputs, attributes)


def _name(found: str | bytes) -> str:
    """Name of something in a file; what is no text there comes as bytes."""
    return found if isinstance(found, str) else found.decode("utf-8", "replace")


def _attribute(entry: Any, budget: _Budget) -> Any:
    """Value of an attribute; None for graphs and other kinds that no block needs."""
    match entry.type:
        case 1:
            return float(entry.f)
        case 2:
            return int(entry.i)
        case 3:
            return entry.s.decode("utf-8")
        case 4:
            return budget.array(entry.t)
        case 6:
            return tuple(float(value) for value in entry.floats)
        case 7:
            return tuple(int(value) for value in entry.ints)
    return None


class _Budget:
    """Converts tensors, and sees to it that all together stay within the limit.

    `folder` is that of the file, `total` its size, by which progress is told.
    """

    def __init__(self, folder: Path, total: int) -> None:
        self._folder, self._total = folder, total
        self._left = MOST_BYTES
        self._files: dict[str, Path] = {}

    def array(self, tensor: Any) -> Array:
        """Numbers of a tensor, in an array of their own. Raises DataError or ValueError."""
        shape = tuple(int(size) for size in tensor.dims)
        name = f"{tensor.name!r:.60}"
        if len(shape) > _MOST_AXES or any(size < 0 for size in shape):
            raise DataError(f"the tensor {name} has no possible shape")
        if tensor.data_type not in _TYPES:
            raise DataError(f"the tensor {name} holds numbers of a type that is not supported ({tensor.data_type})")
        kind = np.dtype(_TYPES[tensor.data_type])
        size = math.prod(shape) * kind.itemsize
        self._left -= size
        # Numbers are nearly all that a large file has; those that lie beside it are not known beforehand.
        done = MOST_BYTES - self._left
        advance(done >> 10, max(self._total, done) >> 10, "kB")
        if self._left < 0:
            raise DataError("its tensors take more than 2 GB")
        if tensor.data_location == _EXTERNAL:
            content = self._external(tensor, size)
        elif tensor.raw_data:
            content = tensor.raw_data
        else:
            return self._listed(tensor, kind, shape, name)
        if len(content) != size:
            raise DataError(f"the tensor {name} has {len(content):,} bytes, but its shape needs {size:,}")
        return np.frombuffer(content, kind).reshape(shape).astype(kind.newbyteorder("="))

    def _listed(self, tensor: Any, kind: np.dtype[Any], shape: tuple[int, ...], name: str) -> Array:
        found = getattr(tensor, _FIELDS.get(tensor.data_type, "int32_data"))
        if len(found) != math.prod(shape):
            raise DataError(f"the tensor {name} has {len(found):,} numbers, but its shape needs {math.prod(shape):,}")
        if kind == np.float16:
            return np.array(found, np.uint16).view(np.float16).reshape(shape)
        return np.array(found, kind.newbyteorder("=")).reshape(shape)

    def _external(self, tensor: Any, size: int) -> bytes:
        """Bytes that lie in a file beside the model."""
        known = {entry.key: entry.value for entry in tensor.external_data}
        location = known.get("location", "")
        if location not in self._files:
            self._files[location] = self._beside(location)
        path = self._files[location]
        offset, length = (int(known.get(key) or default) for key, default in (("offset", 0), ("length", size)))
        if length != size or offset < 0 or offset + length > path.stat().st_size:
            raise DataError(f"the tensor {tensor.name!r:.60} does not fit the file of its numbers, {location!r:.60}")
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def _beside(self, location: str) -> Path:
        """Path of a file of numbers. Raises DataError if it lies anywhere but beside the model."""
        if not location or location in (".", "..") or any(sign in location for sign in "/\\:\0"):
            raise DataError(f"its numbers are said to be in {location!r:.60}; only a file in the same folder is read")
        path = self._folder / location
        if path.is_symlink():
            raise DataError(f"its numbers are said to be in {location!r:.60}, which leads to another place")
        if not path.is_file():
            raise DataError(f"its numbers are in {location!r:.60}, which is not beside it; put both into one folder")
        return path
