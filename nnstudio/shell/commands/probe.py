"""Commands of the probe, which stand in the Train menu."""

from __future__ import annotations

from nnstudio.shell.commands.base import CommandSpec, Entry, Place, without_project
from nnstudio.shell.studio import Studio
from nnstudio.training.messages import RunState

_PROBE = Place("train", "probe")
# Commands with a button in the probe's panel, from left to right.
PROBE_BUTTONS = ("previousSample", "nextSample", "wrongSample", "randomSample")


def show_probe(studio: Studio) -> None:
    """Show the probe's panel."""
    studio.docks.all["probeView"].show()
    studio.docks.all["probeView"].raise_()


def _no_data(studio: Studio) -> str:
    return without_project(studio) or ("" if studio.probe_walk.total else "no data are loaded")


def _no_classes(studio: Studio) -> str:
    snapshot, reason = studio.session.snapshot, _no_data(studio)
    if reason or snapshot.data is None:
        return reason
    if not snapshot.data.train.classes:
        return "these data have no classes that could be wrong"
    # The network may wait for something that its problems tell.
    return "the network is not ready" if snapshot.state is RunState.EMPTY else ""


PROBE: tuple[Entry, ...] = (
    CommandSpec(
        "nextSample",
        "&Next sample",
        "Make the next sample of the data the probe",
        _PROBE,
        lambda studio: studio.probe_walk.move(1),
        ("F8",),
        "chevron-right",
        why_not=_no_data,
    ),
    CommandSpec(
        "previousSample",
        "Pre&vious sample",
        "Make the previous sample of the data the probe",
        _PROBE,
        lambda studio: studio.probe_walk.move(-1),
        ("Shift+F8",),
        "chevron-left",
        why_not=_no_data,
    ),
    CommandSpec(
        "wrongSample",
        "Next &wrong sample",
        "Make the next sample that the network predicts wrongly the probe",
        _PROBE,
        lambda studio: studio.probe_walk.find_wrong(),
        ("Ctrl+F8",),
        "next-wrong",
        why_not=_no_classes,
    ),
    CommandSpec(
        "randomSample",
        "Ran&dom sample",
        "Make a random sample of the data the probe",
        _PROBE,
        lambda studio: studio.probe_walk.jump(),
        ("Ctrl+Shift+F8",),
        "dice",
        why_not=_no_data,
    ),
)
