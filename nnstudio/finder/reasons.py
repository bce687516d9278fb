"""Why an action cannot be done just now, in a few words."""

from __future__ import annotations

from nnstudio.document.analysis import Analysis
from nnstudio.training.messages import Snapshot, State

_TRAINS = ("play", "step", "epoch")


def why_not(name: str, analysis: Analysis, snapshot: Snapshot, *, shown: bool) -> str:
    """The reason for the action of this name, if it is known; `shown` says that the canvas is in sight."""
    if name in ("undo", "redo"):
        return f"nothing to {name}"
    if name == "pause":
        return "nothing is being trained"
    if name not in (*_TRAINS, "reset"):
        return ""
    if not shown:
        return "no project is shown"
    if name == "reset":
        return "nothing has been trained"
    if snapshot.state is State.RUNNING:
        return "training runs already"
    return analysis.hindrance.rstrip(".")
