"""Commands of the Train menu."""

from __future__ import annotations

from nnstudio.shell.commands.base import NO_PROJECT, TOOL_BAR, CommandSpec, Entry, Place, SubmenuSpec, ToolSpec
from nnstudio.shell.play_button import play
from nnstudio.shell.speed import SpeedBox, speed_menu
from nnstudio.shell.studio import Studio
from nnstudio.training.messages import RunState
from nnstudio.training.pace import FULL

_RUN, _STEPS, _RESET = Place("train", "run"), Place("train", "steps"), Place("train", "reset")
# Play, with pause, and its speed come before what is played by hand.
_PLAY_TOOL, _SPEED_TOOL = Place(TOOL_BAR, "training", rank=1), Place(TOOL_BAR, "training", rank=2)
_TOOL = Place(TOOL_BAR, "training", rank=3)


def unable(studio: Studio) -> str:
    """Reason why nothing can be trained. Nobody should train by mistake a project that the start page hides."""
    if not studio.project_shown:
        return NO_PROJECT
    snapshot = studio.session.snapshot
    if snapshot.state is not RunState.EMPTY:
        return ""
    return (studio.store.analysis.hindrance or snapshot.message).rstrip(".") or "the network is being built"


def _idle_only(studio: Studio) -> str:
    running = studio.session.snapshot.state is RunState.RUNNING
    return "training runs already" if running else unable(studio)


def _not_running(studio: Studio) -> str:
    # What trains already can be paused on the start page, too.
    return "" if studio.session.snapshot.state is RunState.RUNNING else "nothing is being trained"


def _not_slowed(studio: Studio) -> str:
    snapshot = studio.session.snapshot
    running = snapshot.state is RunState.RUNNING
    reason = "" if running else unable(studio)
    if not reason and snapshot.state is RunState.FINISHED:
        reason = "all epochs are done"
    slowed = studio.speed.tempo != FULL and (snapshot.slowed or not running)
    return reason or ("" if slowed else "play goes at full speed")


def _untrained(studio: Studio) -> str:
    if studio.project_shown and studio.session.snapshot.step == 0:
        return "nothing has been trained"
    return unable(studio)


def _play(studio: Studio) -> None:
    if not play(studio.store, studio.session):
        studio.status.tell("The number of epochs is at its maximum. Reset starts again from the initial weights.")


TRAIN: tuple[Entry, ...] = (
    CommandSpec(
        "play",
        "&Play",
        "Train until all epochs are done",
        _RUN,
        _play,
        ("F5",),
        "play",
        why_not=_idle_only,
        live=True,
    ),
    CommandSpec(
        "pause",
        "P&ause",
        "Stop after the current step",
        _RUN,
        lambda studio: studio.session.pause(),
        ("F6",),
        "pause",
        why_not=_not_running,
        live=True,
    ),
    CommandSpec(
        "finish",
        "&Finish at full speed",
        "Train to the end at full speed; the speed setting stays",
        _RUN,
        lambda studio: studio.session.finish(),
        ("Shift+F5",),
        "finish",
        _TOOL,
        _not_slowed,
        live=True,
    ),
    ToolSpec("play", _PLAY_TOOL, lambda studio: studio.playing),
    SubmenuSpec("speed", _RUN, lambda studio: speed_menu(studio, studio.speed)),
    ToolSpec("speed", _SPEED_TOOL, lambda studio: SpeedBox(studio.speed)),
    CommandSpec(
        "step",
        "One &step",
        "Train on a single mini-batch",
        _STEPS,
        lambda studio: studio.session.step(),
        ("F10",),
        "step",
        _TOOL,
        _idle_only,
        live=True,
    ),
    CommandSpec(
        "epoch",
        "One &epoch",
        "Train to the end of the epoch",
        _STEPS,
        lambda studio: studio.session.step_epoch(),
        ("F11",),
        "epoch",
        _TOOL,
        _idle_only,
        live=True,
    ),
    CommandSpec(
        "reset",
        "&Reset",
        "Start again from the initial weights; can be undone",
        _RESET,
        lambda studio: studio.session.reset(),
        ("Ctrl+R",),
        "reset",
        _TOOL,
        _untrained,
        live=True,
    ),
)
