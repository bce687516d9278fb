"""Phrases for the change of weights since the start of a run."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.training.checkpoint import Initial
from nnstudio.views.weights.step_changes import signed

_START = "since the start of the run"


def since(initial: Mapping[str, Initial]) -> str:
    """Moment at which the parameters of a block had these initial values: "since step 1,200"."""
    phrases = {name: f"since step {each.step:,}" if each.step else _START for name, each in initial.items()}
    if len(set(phrases.values())) == 1:
        return next(iter(phrases.values()))
    return ", ".join(f"{phrase} ({name})" for name, phrase in phrases.items())


def reason(initial: Mapping[str, Initial]) -> str:
    """Reason why that is not the start of the run, as a clause; "" if it is."""
    later = [each for each in initial.values() if each.step]
    if any(each.restored for each in later):
        return "a project does not keep its first weights"
    return "it was initialised again then" if later else ""


def changed(change: float) -> str:
    """Change of a single number in words."""
    return f"Changed by {signed(change)}" if change else "Unchanged"
