"""Commands of the walk through a training step, in the Train menu."""

from __future__ import annotations

from nnstudio.shell.commands.base import CommandSpec, Entry, Place
from nnstudio.shell.commands.train import unable
from nnstudio.shell.studio import Studio
from nnstudio.training.messages import RunState

_WALK = Place("train", "walk")
# Commands with a button in the mathematics lens, from left to right.
WALK_BUTTONS = ("walkBack", "walkForth")


def show_walk(studio: Studio) -> None:
    """Show where the walk is: the block on the canvas, the formula in the lens, its place in the status bar."""
    walk = studio.walk
    if walk.stop is not None:
        studio.store.select(walk.stop.block)
        dock = studio.docks.all["mathematicsView"]
        dock.show()
        dock.raise_()
    if walk.stop is not None or "mathematicsView" in studio.views.present:
        studio.mathematics.show_stop(walk.stop, walk.place, walk.note)
    studio.status.show_walk(walk.place)


def _no_step(studio: Studio) -> str:
    running = studio.session.snapshot.state is RunState.RUNNING
    return "training runs; pause it to walk through a step" if running else unable(studio)


def _no_walk(studio: Studio) -> str:
    return "" if studio.walk.active else "no step is being walked through"


def _no_way_back(studio: Studio) -> str:
    return _no_walk(studio) or ("this is where the walk begins" if studio.walk.first else "")


WALK: tuple[Entry, ...] = (
    CommandSpec(
        "walkForth",
        "&Walk through a step",
        "Walk through the next training step, formula by formula; the last one takes the update",
        _WALK,
        lambda studio: studio.walk.forth(),
        ("F7",),
        "walk-forth",
        why_not=_no_step,
    ),
    CommandSpec(
        "walkBack",
        "Walk &back",
        "Go back to the formula before",
        _WALK,
        lambda studio: studio.walk.back(),
        ("Shift+F7",),
        "walk-back",
        why_not=_no_way_back,
    ),
    CommandSpec(
        "walkLeave",
        "&Leave the walk",
        "End the walk; the step is not made",
        _WALK,
        lambda studio: studio.walk.leave(),
        ("Esc",),
        why_not=_no_walk,
        live=True,
    ),
)
