"""Sizes in a file of Protocol Buffers, found without parsing it.

So no small file becomes large in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.errors import DataError

# Fields of ONNX's messages, by their numbers: ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto.
_GRAPH = 7
_NODE, _INITIALIZER = 1, 5
_ATTRIBUTE = 5
_TENSOR_OF_ATTRIBUTE = 5
# raw_data, and the packed float_data, int32_data, int64_data, double_data and uint64_data.
_NUMBERS = frozenset({9, 4, 5, 7, 10, 11})

MOST_NODES = 20_000
# Bytes for all that is no numbers: names, shapes, attributes. Parsed, they take some ten times as much.
MOST_BESIDE = 32 << 20


@dataclass
class _Count:
    nodes: int = 0
    numbers: int = 0


def check(content: bytes) -> None:
    """Check that a model, parsed, takes no more memory than its size allows. Raises DataError.

    Source of the format: the encoding of Protocol Buffers, section on message structure.
    """
    count = _Count()
    for number, start, end in _fields(content, 0, len(content)):
        if number == _GRAPH:
            _graph(content, start, end, count)
    beside = len(content) - count.numbers
    if beside > MOST_BESIDE:
        raise DataError(
            f"it holds {beside >> 20} MB beside its numbers, but names and settings of a network take at most "
            f"{MOST_BESIDE >> 20} MB"
        )


def _graph(content: bytes, start: int, end: int, count: _Count) -> None:
    for number, first, last in _fields(content, start, end):
        if number == _INITIALIZER:
            _tensor(content, first, last, count)
        elif number == _NODE:
            count.nodes += 1
            if count.nodes > MOST_NODES:
                raise DataError(f"it has more than {MOST_NODES:,} nodes, too many for the canvas")
            for field, left, right in _fields(content, first, last):
                if field == _ATTRIBUTE:
                    for inner, begin, stop in _fields(content, left, right):
                        if inner == _TENSOR_OF_ATTRIBUTE:
                            _tensor(content, begin, stop, count)


def _tensor(content: bytes, start: int, end: int, count: _Count) -> None:
    count.numbers += sum(last - first for number, first, last in _fields(content, start, end) if number in _NUMBERS)


def _fields(content: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Fields of a message that have a length: number, and where their content begins and ends. Raises DataError."""
    at = start
    while at < end:
        key, at = _varint(content, at, end)
        match key & 7:
            case 0:
                _, at = _varint(content, at, end)
            case 1:
                at += 8
            case 5:
                at += 4
            case 2:
                length, at = _varint(content, at, end)
                if length > end - at:
                    raise DataError("it is cut off or damaged")
                yield key >> 3, at, at + length
                at += length
            case _:
                raise DataError("it is damaged, or no ONNX file")


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Number of variable length, and where the next thing begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise DataError("it is cut off or damaged")
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise DataError("it is damaged, or no ONNX file")
