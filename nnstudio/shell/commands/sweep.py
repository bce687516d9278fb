"""Command that searches settings, in the Train menu."""

from __future__ import annotations

import importlib.util

from nnstudio.shell.commands.base import CommandSpec, Entry, Place, without_project
from nnstudio.shell.studio import Studio
from nnstudio.sweep.window.dialog import SearchDialog
from nnstudio.sweep.window.processes import SweepProcesses

_NAME = "searchDialog"
# They train on when the dialog is closed, and are found again when it is opened.
_PROCESSES = SweepProcesses()


def _search(studio: Studio) -> None:
    known = studio.findChild(SearchDialog, _NAME)
    dialog = known or SearchDialog(studio.store, studio.session, _PROCESSES, str(studio.files.path or ""), studio)
    if known is None:
        dialog.told.connect(studio.status.tell)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()


def _why_not(studio: Studio) -> str:
    lacking = importlib.util.find_spec("optuna") is None
    return without_project(studio) or (
        "sweeps need Optuna; install it with: pip install 'nnstudio[sweep]'" if lacking else ""
    )


SWEEP: tuple[Entry, ...] = (
    CommandSpec(
        "sweep",
        "Searc&h settings…",
        "Search good settings trial by trial: learning rate, units, optimiser and any other",
        Place("train", "reset", rank=1),
        _search,
        icon="search",
        why_not=_why_not,
    ),
)
