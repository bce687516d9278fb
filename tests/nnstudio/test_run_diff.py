"""Difference of two networks: as values, and in marks on the canvas."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine import layers, optimizers
from nnstudio.canvas.items.diff_marks import ADDED, CHANGED, DiffMark, Ghost, GhostWire, NewWire
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import Wire
from nnstudio.document.run_diff import network_diff
from nnstudio.document.run_settings import SettingsBook, differing, repeats, settings_of
from nnstudio.store import Store
from tests.nnstudio.builders import document_of

OLD = document_of(layers.Dense(3), layers.Tanh(), layers.Dropout(0.5), layers.Dense(1))


def test_blocks_wires_and_settings_that_differ_are_named() -> None:
    new = edits.append(edits.set_field(edits.remove(OLD, "dropout_1"), "dense_1", "units", 8), layers.Sigmoid())
    new = edits.set_training(new, batch_size=99)
    diff = network_diff(OLD, new)
    assert diff.added == ("sigmoid_1",)
    assert [block.name for block in diff.removed] == ["dropout_1"]
    assert diff.changed == {"dense_1": ("units 3 → 8",)}
    assert Wire("tanh_1", "dense_2") in diff.wires_added
    assert Wire("dropout_1", "dense_2") in diff.wires_removed
    assert Wire("tanh_1", "dropout_1") in diff.wires_removed
    assert Wire("input", "dense_1") not in diff.wires_added
    assert diff.settings == ("Batch size 16 → 99",)
    assert not diff.empty
    assert network_diff(OLD, OLD).empty


def test_a_block_of_another_name_is_the_same_block() -> None:
    diff = network_diff(OLD, edits.rename(OLD, "tanh_1", "bend"))
    assert diff.changed == {"bend": ("name tanh_1 → bend",)}
    assert (diff.added, diff.removed, diff.wires_added, diff.wires_removed) == ((), (), (), ())


def test_the_canvas_shows_the_difference_and_follows_edits(qtbot: QtBot) -> None:
    store = Store()
    store.open(edits.append(edits.set_field(OLD, "dense_1", "units", 8), layers.Sigmoid()))
    view = CanvasView(store)
    qtbot.addWidget(view)
    view.show()
    view.comparison.begin(OLD, "Run 1")

    def signs() -> list[str]:
        return sorted(item.sign for item in view.canvas.items() if isinstance(item, DiffMark))

    assert signs() == sorted([ADDED, CHANGED])
    assert any(isinstance(item, NewWire) for item in view.canvas.items())
    assert view.comparison.bar.title.text() == "Compared with Run 1"
    store.edit("Remove", edits.remove(store.document, "dense_1", "dropout_1"))
    assert signs() == [ADDED]
    ghosts = {item.name: item.pos() for item in view.canvas.items() if isinstance(item, Ghost)}
    assert ghosts.keys() == {"dense_1", "dropout_1"}
    assert any(isinstance(item, GhostWire) for item in view.canvas.items())
    places = [(block.x, block.y) for block in store.document.blocks]
    assert all((place.x(), place.y()) not in places for place in ghosts.values())
    store.undo_stack.undo()
    assert signs() == sorted([ADDED, CHANGED])
    view.comparison.bar.closed.emit()
    assert not [item for item in view.canvas.items() if isinstance(item, DiffMark | Ghost | GhostWire | NewWire)]
    assert view.comparison.bar.isHidden()
    view.comparison.begin(store.document, "Run 2")
    assert view.comparison.bar.settings.text() == "The same network and settings."


def test_settings_are_compared_by_title() -> None:
    other = edits.set_training(OLD, optimizer=optimizers.SGD(learning_rate=0.5), seed=3)
    again = edits.set_training(other, seed=4)
    book = SettingsBook()
    tables = book([OLD, other, again])
    assert tables[0] == settings_of(OLD)
    assert book([again])[0] is tables[2]
    assert {"Optimiser", "Learning rate", "Seed"} <= set(differing(tables))
    assert "Batch size" not in differing(tables)
    assert differing(tables[1:]) == ("Seed",)
    assert repeats(dict(zip("abc", tables, strict=True))) == [["a"], ["b", "c"]]
    assert tables[0]["Network"] == "Dense 3, Tanh, Dropout, Dense 1"
