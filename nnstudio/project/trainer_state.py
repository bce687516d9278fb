"""Trainer state in a project file, from which a run resumes. No pickle.

`state.json` holds numbers, words and random generators, `state.safetensors` the arrays (the optimiser's memory, the
order of the samples, the best weights so far). Whether a state fits its network is seen when training goes on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from engine.training.checkpoint import VERSION, TrainerState
from nnstudio.project.archive import ProjectError
from nnstudio.project.bounded_json import STATE, check_count
from nnstudio.project.tensors import parse_arrays

INFO: Final = "state.json"
ARRAYS: Final = "state.safetensors"
LIMITS: Final = {INFO: 16 << 20, ARRAYS: 2 << 30}

_TYPES = {np.dtype(kind) for kind in (np.float32, np.float64, np.int64)}


def dump(state: TrainerState | None) -> dict[str, bytes]:
    """Entries of a trainer state; none without a state, or for one too large to be read again."""
    from safetensors.numpy import save

    if state is None or sum(array.nbytes for array in state.arrays.values()) > LIMITS[ARRAYS] - (1 << 20):
        return {}
    info = dump_info(state.info).encode()
    if len(info) > LIMITS[INFO]:
        return {}
    # On all machines the same type, whatever the type of an index is there.
    arrays = {name: portable(array) for name, array in sorted(state.arrays.items())}
    return {INFO: info, ARRAYS: save(arrays)}


def parse(entries: Mapping[str, bytes]) -> TrainerState | None:
    """Trainer state in the entries of a project file; None if there is none. Raises ProjectError if it is malformed."""
    missing = [name for name in (INFO, ARRAYS) if name not in entries]
    if len(missing) == 2:
        return None
    if missing:
        raise ProjectError(f"it has a part of a trainer's state, but no {missing[0]}; use an intact copy of it")
    info = parse_info(entries[INFO], INFO)
    arrays = parse_arrays(entries[ARRAYS], ARRAYS)
    for name, array in arrays.items():
        check_array(name, array, ARRAYS)
    return TrainerState(info, arrays)


def parse_info(text: bytes | str, place: str) -> Any:
    """Numbers and words of a trainer's state. Raises ProjectError, which names the `place` in the file."""
    check_count(text if isinstance(text, bytes) else text.encode(), place, STATE)
    try:
        info = _with_infinity(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"its {place} is not JSON ({error!s:.80}); use an intact copy of the file") from None
    if not isinstance(info, dict):
        raise ProjectError(f"its {place} holds no trainer's state: found {type(info).__name__}, expected an object")
    if info.get("version") != VERSION:
        raise ProjectError(f"its {place} has format {info.get('version')!r:.40}, but this nnstudio reads {VERSION}")
    return info


def dump_info(info: Mapping[str, Any]) -> str:
    """Numbers and words of a trainer's state as JSON."""
    return json.dumps(_without_infinity(info), sort_keys=True, allow_nan=False)


def check_array(name: str, array: Any, place: str) -> None:
    """Check that an array can be of a trainer's state. Raises ProjectError, which names the `place` in the file."""
    if array.dtype not in _TYPES or array.ndim != 1:
        found = f"{array.dtype} of shape {array.shape}"
        raise ProjectError(f"its {place} holds {name!r:.80} as {found}; expected a one-dimensional array of numbers")


def portable(array: Any) -> Any:
    """The array with indices of the same type on every machine."""
    return np.ascontiguousarray(array, np.int64 if array.dtype.kind == "i" else array.dtype)


# The best loss before the first epoch is infinite, which JSON cannot say.
_INFINITE: Final = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}
_MARK: Final = "number"
# No state comes near it, and what is deeper could be read but not be written again.
_DEEPEST: Final = 50


def _without_infinity(value: Any) -> Any:
    """JSON-able data with {"number": "inf"} and the like in the place of what is not finite."""
    if isinstance(value, Mapping):
        return {key: _without_infinity(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinity(part) for part in value]
    if isinstance(value, float) and str(value) in _INFINITE:
        return {_MARK: str(value)}
    return value


def _with_infinity(value: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise ValueError(f"values stand within each other more than {_DEEPEST} deep")
    if isinstance(value, dict):
        mark = value.get(_MARK) if len(value) == 1 else None
        if isinstance(mark, str) and mark in _INFINITE:
            return _INFINITE[mark]
        return {key: _with_infinity(part, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_infinity(part, depth + 1) for part in value]
    return value
