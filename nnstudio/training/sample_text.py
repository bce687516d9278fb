"""Samples as text: targets, and the probe in a line."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache

from engine.data import Data
from engine.data.samples import Columns
from nnstudio.document.probe import OwnSample, Probe
from nnstudio.training.split import Split

# Values of one's own that a line has room for.
_FEW = 4
# The day from which dates are counted.
_FIRST_DAY = datetime(1970, 1, 1)


def exact(value: float) -> str:
    """Shortest exact text of a number, as in a file."""
    return str(value).removesuffix(".0").replace("-", "−")


@lru_cache(maxsize=8)
def _dates(columns: Columns) -> frozenset[str]:
    """Inputs that are the days of a date, by name."""
    coded = columns.coding.inputs if columns.coding is not None else ()
    return frozenset(column.name for column in coded if column.kind == "date" and column.parts == ("days",))


def has_dates(data: Data) -> bool:
    """True if some inputs are shown as dates."""
    return data.columns is not None and bool(_dates(data.columns))


def input_text(data: Data, column: int, value: float) -> str:
    """Text of an input, given its place and value: a date as a date, all others as `exact`."""
    names = data.shown_features
    if data.columns is not None and column < len(names) and names[column] in _dates(data.columns):
        with suppress(OverflowError, ValueError):  # no such year, or a gap
            return (_FIRST_DAY + timedelta(days=float(value))).isoformat(" ", "minutes").removesuffix(" 00:00")
    return exact(value)


def target_of(data: Data, index: int) -> str:
    """Target of a sample, as text."""
    if data.task == "classification":
        label = int(data.y[index])
        return data.classes[label] if label < len(data.classes) else str(label)
    return ", ".join(exact(value) for value in data.shown_y[index][:3])


def rounded(value: float) -> str:
    """Short text of a number, with three significant digits, or all of a few thousands, and a true minus sign."""
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:.3g}"
    return text.replace("-", "−")


def probe_text(probe: Probe, split: Split | None) -> str:
    """Probe in a line: "Training sample 12 · versicolor", or "Own values (0.25, −0.5)"; of a picture "Own picture".

    `split` are the data, None as long as there are none.
    """
    if isinstance(probe, OwnSample):
        if split is not None and split.train.shown.ndim > 2:
            return "Own picture"
        shown = [rounded(value) for value in probe.values[:_FEW]]
        return f"{probe.title} ({', '.join(shown + ['…'] * (len(probe.values) > _FEW))})"
    data = None if split is None else split.part(probe.part)
    if data is None or not 0 <= probe.index < len(data):
        return probe.title
    if data.task != "classification":
        return f"{probe.title} · target {', '.join(rounded(value) for value in data.shown_y[probe.index][:_FEW])}"
    target = target_of(data, probe.index)
    # A name such as "7" alone would be one number beside another.
    named = any(letter.isalpha() for letter in target)
    return f"{probe.title} · {target if named else f'class {target}'}"
