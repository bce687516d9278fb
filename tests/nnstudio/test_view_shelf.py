"""Views that are made when somebody looks at them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from nnstudio.document.probe import SampleRef, UnitRef
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState
from nnstudio.training.requests.grid import GridBand
from nnstudio.training.requests.moment_statistics import MomentStatistics
from nnstudio.views import VIEWS
from nnstudio.views.base import View
from tests.nnstudio.views_support import shown


def test_only_those_that_are_seen_are_made(window: MainWindow, qtbot: QtBot) -> None:
    assert not window.views.present
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY)
    seen = {name for name in VIEWS if in_sight(window.docks.all[name])}
    titled = {name for name, kind in VIEWS.items() if kind.renames_itself}
    assert set(window.views.present) == seen | titled
    assert seen
    assert len(seen | titled) < len(VIEWS) / 2
    assert all(in_sight(window.views[name]) for name in seen)


def test_a_dock_that_is_opened_has_its_view_and_the_numbers(window: MainWindow, qtbot: QtBot) -> None:
    window.files.open_template("xor")
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY)
    for name in ("networkView", "confusionView", "kernelView", "mathematicsView"):
        assert name not in window.views.present
        dock = window.docks.all[name]
        dock.show()
        dock.raise_()
        qtbot.waitUntil(lambda name=name: name in window.views.present)
        view = window.views[name]
        assert dock.isAncestorOf(view)
        # Nothing trains, so that no other snapshot brings them.
        qtbot.waitUntil(lambda view=view: getattr(view, "answer", None) is not None)


def told(view: View) -> dict[str, object]:
    """What a view says and asks for."""
    boxes = [
        (box.objectName(), box.currentText(), [box.itemText(place) for place in range(box.count())])
        for box in view.findChildren(QComboBox)
    ]
    return {
        "title": view.windowTitle(),
        # Some are cut, one of them a little earlier than the other.
        "labels": [label.text()[:15] for label in view.findChildren(QLabel) if not label.isHidden()],
        "choices": sorted(boxes),
        # Parts of pictures that are refined, and moments that are still to be measured, come one after the other.
        "requests": {
            type(request) for request in view.requests() if not isinstance(request, GridBand | MomentStatistics)
        },
    }


@pytest.fixture(params=["xor", "digits-cnn", "iris", "regression-hills"])
def looked_through(request: pytest.FixtureRequest, window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Window with all views made in the beginning, after a person has trained and chosen this and that."""
    list(window.views.values())
    window.files.open_template(request.param)
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY)
    window.session.step_epoch()
    qtbot.waitUntil(lambda: window.session.snapshot.epoch >= 1, timeout=20_000)
    blocks = window.store.document.blocks
    first = blocks[len(blocks) // 2]
    window.store.select(first.name)
    window.store.choose_unit(UnitRef(first.name, 1))
    window.store.choose_sample(SampleRef("train", 2))
    return window


def test_one_made_late_says_what_one_made_early_does(looked_through: MainWindow, qtbot: QtBot) -> None:
    window = looked_through
    differ = {}
    signature = window.store.analysis.signature
    assert signature is not None
    for name, early in window.views.present.items():
        # The landscape is measured point by point, from the beginning for each view.
        if not early.suits(signature) or name == "landscapeView":
            continue
        dock = window.docks.all[name]
        dock.show()
        dock.raise_()
        qtbot.waitUntil(lambda early=early: in_sight(early))
        # Pictures in parts go on for long; one part tells as much.
        qtbot.waitUntil(
            lambda early=early: not early.requests() or bool(early.requests() & set(window.session.snapshot.answers))
        )
        snapshot = window.session.snapshot
        with shown(type(early)(window.store), early.width(), early.height()) as late:
            for view in (early, late):
                view.announce(snapshot)
                view.draw(snapshot)
            known, new = told(early), told(late)
        if new != known:
            differ[name] = {key: (known[key], new[key]) for key in known if known[key] != new[key]}
    assert not differ
