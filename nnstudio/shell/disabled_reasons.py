"""Reasons for which an action is disabled, in a few words."""

from __future__ import annotations

from nnstudio.canvas.scene import CanvasScene
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.training.messages import RunState, Snapshot

_TRAINS = ("play", "finish", "step", "epoch")
# What edits the canvas, by what has to be selected for it; and all that is done to the canvas.
_OF_BLOCKS = ("cut", "copy", "duplicate", "disable")
_OF_GROUPS = ("ungroup", "collapse")
EDITS = (*_OF_BLOCKS, *_OF_GROUPS, "paste", "selectAll", "rename", "freeze", "delete", "group", "tidy")
ON_CANVAS = (*EDITS, "fitSelection")


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
    if name == "finish" and snapshot.state is RunState.FINISHED:
        return "all epochs are done"
    if name == "finish" and not analysis.hindrance:
        return "play goes at full speed"
    if snapshot.state is RunState.RUNNING:
        return "training runs already"
    return analysis.hindrance.rstrip(".")


def why_not_on_canvas(name: str, scene: CanvasScene, *, shown: bool) -> str:
    """The reason why one of `ON_CANVAS` would do nothing now; "" if it would do something, or tell more itself."""
    if not shown:
        return "no project is shown"
    editing = scene.editing
    marked = [item.objectName() for item in scene.selected_blocks() if item.objectName() not in (INPUT, OUTPUT)]
    if name == "selectAll" and not scene.store.document.blocks:
        return "there is no block yet"
    if name in (*_OF_BLOCKS, "group") and not editing.names:
        return "no block is selected"
    if name in _OF_GROUPS and not scene.grouping.names:
        return "no group is selected"
    if name == "rename" and len(marked) != 1:
        return "select one block to rename it"
    if name == "freeze" and not editing.learners:
        return "nothing selected has weights"
    if name == "fitSelection" and not scene.selected_blocks():
        return "no block is selected"
    if name == "delete" and not marked and scene.chosen_wire is None:
        return "nothing is selected"
    return ""
