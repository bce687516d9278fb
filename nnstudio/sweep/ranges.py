"""Ranges of a search as text, checked against what the settings declare.

A range is written `training.learning_rate=1e-4..1e-1 log`, `dense_1.units=8..64 step 8` or
`training.optimizer=SGD,Adam`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, Final

import numpy as np
from pydantic import ValidationError

from engine.explanation import explain
from nnstudio.document import values
from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange, SweepSettings
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.searchable import OPTIMIZER, Searchable, applies, hindrance, searchables

# Values of a range that has no step, in a grid.
GRID_POINTS: Final = 5
_BOUNDS = re.compile(
    r"^(?P<low>.+?)\s*\.\.\s*(?P<high>.+?)(?P<log>\s+log)?(?:\s+step\s+(?P<step>\S+))?(?P<late>\s+log)?$"
)
_MOST_GRID: Final = 1_000_000
# A suggested range of a number goes from a fifth of it to five times as much.
_AROUND: Final = 4


def parse_range(document: Document, text: str) -> SearchRange:
    """Range in its text form, with the name of its setting. Raises SweepError."""
    name, sign, rest = text.partition("=")
    name = name.strip()
    if not sign or not rest.strip():
        raise SweepError(
            f"{text!r:.80} is no range; write NAME=LOW..HIGH or NAME=ONE,TWO, "
            "as in training.learning_rate=1e-4..1e-1 log"
        )
    return read_range(searchable(document, name), rest)


def searchable(document: Document, name: str) -> Searchable:
    """Setting of this name. Raises SweepError, which names those that are near."""
    known = searchables(document)
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 3, 0.5)
    owner = name.partition(".")[0]
    others = near or [each for each in known if each.startswith(f"{owner}.")] or list(known)
    more = ", …" if len(others) > 8 else ""
    raise SweepError(
        f"the project has no setting {name!r:.60} that can be searched; there are {', '.join(others[:8])}{more}"
    )


def read_range(setting: Searchable, text: str) -> SearchRange:
    """Range of a setting, from the text behind its name. Raises SweepError."""
    text = text.strip()
    found = _BOUNDS.match(text)
    try:
        if found is None:
            return _choices(setting, text)
        if not setting.numeric:
            raise ValueError(f"{setting.field.title} is no number; write its values with commas between them.")
        low, high = (float(values.read(setting.field, found[end])) for end in ("low", "high"))
        step = None if found["step"] is None else _step(setting, found["step"])
        log = bool(found["log"] or found["late"])
        return SearchRange(setting=setting.name, low=low, high=high, log=log, step=step)
    except ValidationError as error:
        raise SweepError(_first(error)) from None
    except ValueError as error:
        raise SweepError(f"{setting.name}: {error}") from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return problem["msg"].removeprefix("Value error, ") if problem["type"] == "value_error" else explain(error, "range")


def _choices(setting: Searchable, text: str) -> SearchRange:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise ValueError("nothing to choose from; write values with commas between them, or LOW..HIGH")
    # As they are written again, so that 0.1 and .1 are the same.
    return SearchRange(setting=setting.name, choices=tuple(setting.show(setting.read(part)) for part in parts))


def _step(setting: Searchable, text: str) -> float:
    try:
        step = float(text)
    except ValueError:
        step = math.nan
    if not (math.isfinite(step) and step > 0) or (setting.field.kind != "float" and not step.is_integer()):
        kind = "a number" if setting.field.kind == "float" else "a whole number"
        raise ValueError(f"the step must be {kind} above 0; found “{text}”")
    return step


def show_range(wanted: SearchRange) -> str:
    """Text of a range, without the name of its setting; `read_range` takes it."""
    if wanted.choices:
        return ",".join(wanted.choices)
    low, high = (values.show_number(float(bound or 0)) for bound in (wanted.low, wanted.high))
    step = "" if wanted.step is None else f" step {values.show_number(wanted.step)}"
    return f"{low}..{high}{' log' if wanted.log else ''}{step}"


def show_ranges(ranges: Iterable[SearchRange]) -> tuple[str, ...]:
    """Texts of ranges, with the names of their settings."""
    return tuple(f"{each.setting}={show_range(each)}" for each in ranges)


def suggest(setting: Searchable) -> SearchRange:
    """Range to begin with: all choices, or the numbers around the present one, within the declared bounds."""
    field = setting.field
    if field.kind == "bool":
        return SearchRange(setting=setting.name, choices=("on", "off"))
    if not setting.numeric:
        known = field.choices or tuple(setting.show(value) for value in _near_shapes(setting.value))
        # Long lists of rare choices, such as initialisers, are for those who write them.
        return SearchRange(setting=setting.name, choices=tuple(dict.fromkeys(known))[:6])
    now = float(setting.value if setting.value is not None else field.default or field.minimum or 0)
    low, high, log = now / (1 + _AROUND), now * (1 + _AROUND), False
    if field.kind == "seed":
        low, high = now, now + 9
    elif field.kind == "int":
        low, high, log = max(1.0, float(round(now / 4))), max(float(round(now * 4)), 4.0), now >= 8
    elif field.maximum is not None and field.maximum <= 1:
        # A share: dropout, momentum.
        low, high = (0.0, 0.5) if now <= 0.5 else (0.5, max(0.99, now))
        if field.minimum_excluded:
            low, high, log = now / 100, min(now * 100, 1.0), True
    elif now > 0:
        low, high, log = now / 100, now * 10, True
    else:
        low, high = 0.0, 1.0
    low = low if field.minimum is None else max(low, field.minimum)
    high = high if field.maximum is None else min(high, field.maximum)
    low, high = (float(f"{bound:.3g}") for bound in (low, high))
    return SearchRange(setting=setting.name, low=low, high=max(low, high), log=log and low > 0)


def _near_shapes(value: Any) -> list[Any]:
    if isinstance(value, int):
        return [value, value + 1, value + 2]
    if isinstance(value, tuple):
        return [value, tuple(size + 1 for size in value)]
    return [value]


def present(document: Document, settings: SweepSettings) -> tuple[SearchRange, ...]:
    """Ranges of settings that are in the project; a block that was removed may come back."""
    known = searchables(document)
    return tuple(each for each in settings.ranges if each.setting in known)


def check_ranges(document: Document, ranges: Iterable[SearchRange]) -> None:
    """Check that the ranges fit the project. Raises SweepError where one is empty or impossible."""
    ranges = tuple(ranges)
    if not ranges:
        raise SweepError(
            "nothing is to be searched; name a setting with its range, "
            "as in --search training.learning_rate=1e-4..1e-1 log"
        )
    known = {each.setting: searchable(document, each.setting) for each in ranges}
    optimizers = next((each.choices for each in ranges if each.setting == OPTIMIZER), None)
    names = optimizers or (document.training.optimizer.type,)
    for wanted in ranges:
        setting = known[wanted.setting]
        # What was written by hand in a file is checked like what is typed.
        read_range(setting, show_range(wanted))
        if setting.only_of and not setting.only_of & set(names):
            owners, both = ", ".join(sorted(setting.only_of)), ",".join([*names, *sorted(setting.only_of)])
            raise SweepError(
                f"{setting.name} is a setting of {owners}, but the project trains with {', '.join(names)}; "
                f"search the optimiser as well, as in --search {OPTIMIZER}={both}"
            )
        reasons = [hindrance(document, {wanted.setting: value}) for value in _ends(setting, wanted)]
        if all(reasons):
            raise SweepError(f"no value of {wanted.setting}={show_range(wanted)} can be trained: {reasons[0]}")


def _ends(setting: Searchable, wanted: SearchRange) -> list[Any]:
    if wanted.choices:
        return [setting.read(text) for text in wanted.choices[:20]]
    return [as_declared(setting, bound) for bound in (wanted.low, wanted.high)]


def as_declared(setting: Searchable, value: Any) -> Any:
    """Value of a trial as the setting declares it: a choice is a text, a whole number an int."""
    if isinstance(value, str):
        return setting.read(value)
    return float(value) if setting.field.kind == "float" else int(value)


def chosen_values(document: Document, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that the parameters of a trial stand for. Raises SweepError for a setting that is not there."""
    return {name: as_declared(searchable(document, name), value) for name, value in parameters.items()}


def grid_values(setting: Searchable, wanted: SearchRange) -> list[Any]:
    """Values of a range in a grid: all choices, all steps, or five numbers evenly spaced."""
    if wanted.choices:
        return list(wanted.choices)
    low, high = float(wanted.low or 0), float(wanted.high or 0)
    if wanted.step is not None:
        count = int((high - low) / wanted.step + 1e-9) + 1
        if count > _MOST_GRID:
            raise SweepError(f"{wanted.setting} has {count:,} steps, too many for a grid; choose a longer step")
        spaced = [low + number * wanted.step for number in range(count)]
    elif wanted.log:
        spaced = np.geomspace(low, high, GRID_POINTS).tolist()
    else:
        spaced = np.linspace(low, high, GRID_POINTS).tolist()
    if setting.field.kind != "float":
        return list(dict.fromkeys(round(value) for value in spaced))
    return list(dict.fromkeys(min(max(float(f"{value:.6g}"), low), high) for value in spaced))


def grid_of(document: Document, ranges: Iterable[SearchRange]) -> dict[str, list[Any]]:
    """Grid of these ranges, by setting. Raises SweepError where settings of it would be trained several times."""
    ranges = tuple(ranges)
    optimizers = next((each.choices for each in ranges if each.setting == OPTIMIZER), ())
    grid = {}
    for wanted in ranges:
        setting = searchable(document, wanted.setting)
        if not all(applies(setting, {OPTIMIZER: name}, document) for name in optimizers):
            raise SweepError(
                f"{setting.name} is a setting of {', '.join(sorted(setting.only_of))} alone, so that a grid would "
                "train the others several times; choose the sampler tpe or random"
            )
        grid[wanted.setting] = grid_values(setting, wanted)
    size = math.prod(map(len, grid.values()))
    if size > _MOST_GRID:
        raise SweepError(
            f"the grid has {size:,} combinations; at most {_MOST_GRID:,} are tried, so choose fewer values"
        )
    return grid
