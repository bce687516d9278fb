"""Fields whose block or group goes while something is being typed: it belongs to nothing."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nnstudio.document import edits, groups
from nnstudio.document.model import Document
from nnstudio.panels.inspector import Inspector
from nnstudio.project import templates
from nnstudio.store import Store


def lines(inspector: Inspector) -> list[QLineEdit]:
    return [line for line in inspector.findChildren(QLineEdit) if line.isVisible() and line.isEnabled()]


def grouped() -> Document:
    document = templates.load("spiral").document
    return groups.set_repeat(groups.make(document, *document.chain()[:2]), "group_1", 2)


@pytest.mark.parametrize("selected", ["dense_1", "group_1"])
def test_what_is_typed_while_its_subject_goes_is_dropped(qtbot: QtBot, faults: list[object], selected: str) -> None:
    before = grouped() if selected == "group_1" else templates.load("spiral").document
    gone = edits.remove(before, "group_1") if selected == "group_1" else edits.remove(before, "dense_1")
    store = Store()
    inspector = Inspector(store)
    qtbot.addWidget(inspector)
    inspector.resize(320, 900)
    inspector.show()
    store.open(before)
    store.select(selected)
    count = len(lines(inspector))
    assert count > 1
    for place in range(count):
        store.open(before)
        store.select(selected)
        line = lines(inspector)[place]
        line.setText("7")
        line.setModified(True)
        # As undo, a run that is restored, or a test that edits by itself may take it away.
        store.edit("Remove", gone)
        line.editingFinished.emit()
        assert store.document == gone, line.objectName()
        assert not faults, line.objectName()


def test_another_block_of_the_same_name_takes_nothing_of_it(qtbot: QtBot, faults: list[object]) -> None:
    store = Store()
    inspector = Inspector(store)
    qtbot.addWidget(inspector)
    inspector.show()
    before = templates.load("spiral").document
    store.open(before)
    store.select("dense_1")
    line = lines(inspector)[-1]
    line.setText("7")
    line.setModified(True)
    other = edits.rename(edits.remove(before, "dense_1"), "tanh_1", "dense_1")
    store.edit("Other", other)
    line.editingFinished.emit()
    assert store.document == other
    assert not faults
