"""Measure of a trial: a curve's value at its end, and which way is better."""

from __future__ import annotations

from typing import Final, Literal

from engine import metrics
from nnstudio.document.model import Document
from nnstudio.sweep.errors import SweepError
from nnstudio.training.build import metrics_for
from nnstudio.training.split import Split

Direction = Literal["minimize", "maximize"]
LOSS: Final = "loss"
_HELD: Final = "val_"


def measures(document: Document, split: Split) -> tuple[str, ...]:
    """Names of the curves that a trial can be measured by, the usual one first."""
    names = (LOSS, *metrics_for(document.training, split.train))
    held = () if split.validation is None else tuple(f"{_HELD}{name}" for name in names)
    return (*held, *names)


def chosen_measure(document: Document, split: Split, wanted: str) -> str:
    """Curve to measure trials by; the usual one where none is wanted. Raises SweepError if there is no such curve."""
    known = measures(document, split)
    if not wanted:
        return known[0]
    if wanted not in known:
        held = wanted.startswith(_HELD) and wanted.removeprefix(_HELD) in known
        why = "; nothing is held out for validation, see the data panel" if held else ""
        raise SweepError(f"trials cannot be measured by {wanted!r:.60}{why}; there are {', '.join(known)}")
    return wanted


def direction(measure: str) -> Direction:
    """Direction in which a measure becomes better."""
    name = measure.removeprefix(_HELD)
    return "maximize" if name != LOSS and metrics.get(name).rising else "minimize"
