"""Roles of arrays by their names: inputs and targets, for training, validation and test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from engine.data.arrays.array_file import Entry
from engine.errors import DataError

PartName = Literal["train", "validation", "test"]
PARTS: Final[tuple[PartName, ...]] = ("train", "validation", "test")

_PARTS: Final[dict[str, PartName]] = {
    **dict.fromkeys(("train", "training", "tr"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "te", "eval"), "test"),
}
_INPUTS: Final = frozenset(
    ("x", "data", "images", "image", "imgs", "img", "pictures", "inputs", "input", "features", "samples", "pixels")
)
_TARGETS: Final = frozenset(
    ("y", "labels", "label", "targets", "target", "classes", "class", "outputs", "output", "answers")
)
# Of arrays that tell about the others.
_ABOUT: Final = frozenset(("names", "name", "mean", "std", "description"))
_GLUED: Final = re.compile(r"([xy])(train|val|valid|test)|(train|val|valid|test)([xy])")


@dataclass(frozen=True)
class Role:
    """Role of an array: "x", "y" or "" if its name tells none; its part, if any; all other words of its name."""

    kind: Literal["x", "y", ""]
    part: PartName | None
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Inputs of a part and their targets; without `y`, a column of `x` is the target, or there are none."""

    x: Entry
    y: Entry | None
    part: PartName | None = None


def role_of(name: str) -> Role:
    """Role that an array has by its name."""
    words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    kind: Literal["x", "y", ""] = ""
    part: PartName | None = None
    rest = []
    for word in (piece for whole in words for piece in _unglued(whole)):
        if word in _PARTS and part is None:
            part = _PARTS[word]
        elif word in _INPUTS and kind != "x":
            kind = kind or "x"
        elif word in _TARGETS:
            # "train_data_labels" holds labels, not data.
            kind = "y"
        else:
            rest.append(word)
    return Role("" if _ABOUT & set(rest) else kind, part, tuple(rest))


def _unglued(word: str) -> tuple[str, ...]:
    match = _GLUED.fullmatch(word)
    return tuple(piece for piece in match.groups() if piece) if match else (word,)


def find_pairs(entries: Sequence[Entry], file: str) -> tuple[Pair, ...]:
    """Find inputs and targets among the arrays of a file, in the order of the parts.

    Names decide; of two arrays without such names, the targets are those with fewer numbers. Raises DataError.
    """
    usable = [entry for entry in entries if entry.shape]
    roles = {id(entry): role_of(entry.name) for entry in usable}
    pairs = []
    for part in (None, *PARTS):
        of_part = [entry for entry in usable if roles[id(entry)].part == part]
        x, y = (_best(of_part, roles, kind) for kind in ("x", "y"))
        if x is None and y is None and part is not None and len(of_part) == 1 and len(of_part[0].shape) == 2:
            x = of_part[0]
        if x is not None and y is None and len(of_part) == 2:
            other = next(entry for entry in of_part if entry is not x)
            # With names such as x and t, what is as long as the inputs can only be the targets.
            y = other if roles[id(other)].kind == "" and other.shape[0] == x.shape[0] else None
        if x is not None:
            pairs.append(Pair(x, y, part))
    if pairs:
        return tuple(pairs)
    if any(roles[id(entry)].kind == "y" for entry in usable) and len(usable) > 2:
        raise _missing("x", entries, file)
    return (_nameless(usable, entries, file),)


def _best(entries: list[Entry], roles: dict[int, Role], kind: str) -> Entry | None:
    fitting = [entry for entry in entries if roles[id(entry)].kind == kind]
    return min(fitting, key=lambda entry: len(roles[id(entry)].rest), default=None)


def _nameless(usable: list[Entry], entries: Sequence[Entry], file: str) -> Pair:
    """Pair of a file whose names tell nothing."""
    match usable:
        case [only] if len(only.shape) == 2:
            return Pair(only, None)
        case [first, second] if first.shape[0] == second.shape[0]:
            wider = first.header.size // first.dtype.itemsize < second.header.size // second.dtype.itemsize
            words = first.dtype.kind in "US" and second.dtype.kind not in "US"
            return Pair(second, first) if wider or words else Pair(first, second)
    raise _missing("x", entries, file)


def _missing(name: str, entries: Sequence[Entry], file: str) -> DataError:
    found = ", ".join(f"{entry.name:.40}" for entry in entries[:6]) or "none"
    more = f" and {len(entries) - 6} more" if len(entries) > 6 else ""
    return DataError(f"{file} has no array {name!r}; found {found}{more}")


def require_targets(pair: Pair, entries: Sequence[Entry], file: str) -> None:
    """Check that a pair has targets: an array, or a column of a table. Raises DataError."""
    if pair.y is None and (len(pair.x.shape) != 2 or pair.x.shape[1] < 2 or role_of(pair.x.name).kind == "x"):
        name = pair.x.name
        wanted = f"y_{pair.part}" if pair.part else "y"
        if pair.x.member:
            raise _missing(wanted, entries, file)
        raise DataError(
            f"{file} holds inputs without targets; save these as {_targets_name(name)}.npy beside it, or both in one "
            ".npz file as x and y"
        )


def _targets_name(name: str) -> str:
    return re.sub(r"[xX]", "y", name, count=1) if re.match(r"[xX]", name) else f"{name}_labels"
