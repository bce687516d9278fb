"""Network without a number to learn in the window: views take it, in the present and in the past."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.layers import Tanh
from nnstudio.document import edits
from nnstudio.project import templates
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState

# Those that look at the parameters, or at how they came to be.
VIEWS = ("distributionsView", "gradientFlowView", "networkView", "kernelView", "landscapeView", "mathematicsView")


def test_views_of_parameters_take_it(window: MainWindow, qtbot: QtBot, faults: list[object]) -> None:
    sine = templates.load("regression-sine").document
    document = edits.append(edits.remove(sine, *(block.name for block in sine.blocks)), Tanh())
    window.resize(1280, 800)
    window.files.new()
    window.store.edit("Tanh alone", document)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch == 1 and not window.session.snapshot.slowed, timeout=10_000)
    for name in VIEWS:
        dock = window.docks.all[name]
        dock.show()
        dock.raise_()
        qtbot.waitUntil(lambda dock=dock: in_sight(dock))  # type: ignore[misc]
        for step in (None, 1):
            window.travel.look(step)
            seen = window.session.snapshot
            qtbot.waitUntil(lambda seen=seen: window.session.snapshot is not seen)  # type: ignore[misc]
        assert not faults, name
