"""Commands of time travel, in the Train menu."""

from __future__ import annotations

from nnstudio.shell.commands.base import CommandSpec, Entry, Place
from nnstudio.shell.commands.train import unable
from nnstudio.shell.studio import Studio

_TIME = Place("train", "time")


def _no_moments(studio: Studio) -> str:
    few = len(studio.travel.history.steps) < 2
    return unable(studio) or ("nothing has been trained yet, so there is no past" if few else "")


def _in_the_present(studio: Studio) -> str:
    return unable(studio) or ("this is the present" if studio.travel.wanted is None else "")


def _no_other_settings(studio: Studio) -> str:
    same = not studio.travel.settings_differ
    return _in_the_present(studio) or ("the settings were the same then" if same else "")


TIME: tuple[Entry, ...] = (
    CommandSpec(
        "momentBack",
        "Earlier &moment",
        "Show the moment before in all views",
        _TIME,
        lambda studio: studio.travel.go(-1),
        ("Shift+F9",),
        "chevron-left",
        why_not=_no_moments,
    ),
    CommandSpec(
        "momentForward",
        "&Later moment",
        "Show the next moment in all views",
        _TIME,
        lambda studio: studio.travel.go(1),
        ("Ctrl+F9",),
        "chevron-right",
        why_not=_in_the_present,
    ),
    CommandSpec(
        "momentNow",
        "Back to &now",
        "Show the network as it is now in all views",
        _TIME,
        lambda studio: studio.travel.go_to_now(),
        ("F9",),
        why_not=_in_the_present,
        live=True,
    ),
    CommandSpec(
        "momentBranch",
        "&Go on from here",
        "Train on from the moment on display, in a run of its own; can be undone",
        _TIME,
        lambda studio: studio.travel.branch(),
        why_not=_in_the_present,
        live=True,
    ),
    CommandSpec(
        "momentBranchThen",
        "Go on from here with the settings &then",
        "Train on from the moment on display, with the training settings of that time",
        _TIME,
        lambda studio: studio.travel.branch(as_then=True),
        why_not=_no_other_settings,
    ),
)
