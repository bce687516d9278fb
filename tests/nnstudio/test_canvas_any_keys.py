"""Random keys with edits between: the canvas shows its document, accessibly."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from nnstudio.canvas.keyboard import accessibility
from nnstudio.document import edits, groups, wiring
from nnstudio.document.model import Document
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.canvas_support import assert_shows_its_document, canvas_on

_Key, _Hold = Qt.Key, Qt.KeyboardModifier
KEYS = [_Key.Key_Up, _Key.Key_Down, _Key.Key_Left, _Key.Key_Right, _Key.Key_Home, _Key.Key_End, _Key.Key_W, _Key.Key_C]
KEYS += [
    _Key.Key_Return,
    _Key.Key_Return,
    _Key.Key_Delete,
    _Key.Key_Escape,
    _Key.Key_Tab,
    _Key.Key_Tab,
    _Key.Key_Backtab,
]
HELD = [*[_Hold.NoModifier] * 6, _Hold.ShiftModifier, _Hold.AltModifier, _Hold.ControlModifier]


def network() -> Document:
    document = document_of(
        layers.Dense(3),
        layers.Tanh(),
        layers.Dense(3),
        layers.Dense(3),
        layers.Dense(1),
        dataset=datasets.Gaussians(clouds=2),
    )
    return edits.tidy(wiring.connect(document, "dense_1", "dense_3"))


def edit(store: Store, chance: random.Random) -> None:
    """One edit of some kind; one that is refused changes nothing."""
    document, stack = store.document, store.undo_stack
    names = [block.name for block in document.blocks] or [""]
    name, place = chance.choice(names), chance.randrange(len(names))
    layer = chance.choice([layers.ReLU(), layers.Dense(3), layers.Add()])
    changes = (
        lambda: edits.remove(document, name),
        lambda: edits.insert(document, layer, chance.choice(document.wires)),
        lambda: edits.set_disabled(document, True, name),
        lambda: groups.make(document, *names[place : place + 2]),
        lambda: groups.set_collapsed(document, chance.choice(document.groups).name, chance.random() < 0.5),
    )
    kind = chance.randrange(len(changes) + 4)
    if kind >= len(changes):
        (stack.undo if kind % 2 else stack.redo)()
        return
    try:
        changed = changes[kind]()
    except (ValueError, LookupError):
        return
    store.edit("change", changed)


def read(interface: QAccessibleInterface) -> None:
    """All that an assistive program might ask for."""
    assert interface.text(QAccessible.Text.Name)
    interface.text(QAccessible.Text.Description)
    for index in range(interface.childCount()):
        child = interface.child(index)
        assert interface.indexOfChild(child) == index
        read(child)


@pytest.mark.parametrize("seed", range(40))
def test_keys_and_edits_in_any_order(qtbot: QtBot, seed: int) -> None:
    chance, store = random.Random(seed), opened(network())
    view = canvas_on(store, qtbot)
    for step in range(100):
        if chance.random() < 0.8:
            view.setFocus()
            QTest.keyClick(view, chance.choice(KEYS), chance.choice(HELD))
        else:
            edit(store, chance)
        if step % 20 == 0:
            tree = accessibility.tree_of(view)
            assert tree is not None
            read(tree)
    view.walker.let_go()
    view.set_zoom(1.0)
    assert_shows_its_document(view.canvas)
