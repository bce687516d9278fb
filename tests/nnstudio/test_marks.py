"""Marks on training curves, and the words for changes."""

from __future__ import annotations

import pytest

from engine import datasets, layers, losses, optimizers, schedules
from engine.regularisation import Clipping, Penalty
from nnstudio.document import changes, edits
from nnstudio.document.lineage import lineage
from nnstudio.document.model import Document, Wire
from nnstudio.training.checkpoint import Mark
from nnstudio.training.marks import MOST_MARKS, MOST_TEXT, MarkBook
from tests.nnstudio.builders import document_of


def xor() -> Document:
    made = document_of(layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh())
    made = edits.set_data(made, dataset=datasets.XOR(), validation=0.0)
    return edits.set_training(made, loss=losses.MeanSquaredError(), optimizer=optimizers.SGD(0.1))


def told(old: Document, new: Document) -> list[str]:
    names = lineage(old, new)
    return [*changes.of_network(old, new, names), *changes.of_settings(old, new, names)]


def test_changes_of_the_network_are_told_by_their_blocks() -> None:
    old = xor()
    assert told(old, edits.append(old, layers.Dense(2))) == ["dense_3 added"]
    assert told(old, edits.remove(old, "tanh_1")) == ["tanh_1 removed"]
    assert told(old, edits.set_field(old, "dense_1", "units", 8)) == ["dense_1: units 3 → 8"]
    assert told(old, edits.set_field(old, "dense_1", "bias", False)) == ["dense_1: bias on → off"]
    assert told(old, edits.set_disabled(old, True, "tanh_1")) == ["tanh_1 disabled"]
    assert told(edits.set_disabled(old, True, "tanh_1"), old) == ["tanh_1 enabled"]
    moved = edits.move_into(old, "tanh_1", Wire("dense_2", "tanh_2"))
    assert told(old, moved) == ["Wires changed"]


def test_what_no_training_sees_is_not_told() -> None:
    old = xor()
    for new in (
        old,
        edits.tidy(old),
        edits.rename(old, "dense_1", "first"),
        edits.set_training(old, metrics=("f1",)),
    ):
        assert told(old, new) == []


def test_changes_of_settings_are_told_with_both_values() -> None:
    old = xor()
    for change, words in (
        ({"optimizer": optimizers.SGD(0.01)}, "Learning rate 0.1 → 0.01"),
        ({"optimizer": optimizers.Adam(0.01)}, "Optimiser SGD → Adam"),
        ({"loss": losses.MeanAbsoluteError()}, "Loss Mean squared error → Mean absolute error"),
        ({"batch_size": 4}, "Batch size 16 → 4"),
        ({"shuffle": False}, "Shuffle on → off"),
        ({"clipping": Clipping(norm=1.0)}, "Gradient clipping on"),
        ({"schedule": schedules.Cosine()}, f"Schedule none → {schedules.Cosine.title}"),
    ):
        assert told(old, edits.set_training(old, **change)) == [words]
    held = edits.set_training(old, penalty=Penalty(l2=0.1))
    assert told(held, old) == ["L1 and L2 regularisation off"]
    assert told(held, edits.set_training(held, penalty=Penalty(l2=0.2))) == ["L1 and L2 regularisation: l2 0.1 → 0.2"]
    frozen = edits.set_frozen(old, True, "dense_1")
    assert told(old, frozen) == ["dense_1 frozen"]
    assert told(frozen, old) == ["dense_1 unfrozen"]


def test_a_block_is_known_under_its_new_name() -> None:
    old = xor()
    book = MarkBook(old)
    renamed = edits.rename(old, "dense_1", "first")
    book.follow(renamed, 1.0, 4)
    assert book.shown == ()
    book.follow(edits.set_field(renamed, "first", "units", 8), 1.0, 4)
    assert book.shown == (Mark(1.0, "first: units 3 → 8"),)


def test_a_mark_stands_once_a_step_is_made_and_goes_with_its_undo_before() -> None:
    old = xor()
    book = MarkBook(old)
    for units in (4, 5, 6):
        book.follow(edits.set_field(old, "dense_1", "units", units), 2.0, 8)
    assert book.shown == (Mark(2.0, "dense_1: units 3 → 6"),)
    assert book.restructured == 8
    book.follow(old, 2.0, 8)
    assert (book.shown, book.restructured) == ((), None)
    wide = edits.set_field(old, "dense_1", "units", 6)
    book.follow(wide, 2.0, 8)
    book.settle()
    # From now on it is told against the wide one.
    book.follow(edits.set_training(wide, batch_size=2), 3.0, 12)
    assert book.restructured == 8
    book.settle()
    book.follow(edits.set_training(old, batch_size=2), 4.0, 20)
    assert [mark.text for mark in book.shown] == ["dense_1: units 3 → 6", "Batch size 16 → 2", "dense_1: units 6 → 3"]
    assert book.restructured == 20


def test_a_spin_box_that_is_turned_while_it_trains_makes_one_mark() -> None:
    made = xor()
    book = MarkBook(made)

    def train(rate: float, place: float, **more: object) -> list[str]:
        changed = edits.set_training(made, optimizer=optimizers.SGD(rate), **more)
        book.follow(changed, place, round(4 * place))
        book.settle()
        return [mark.text for mark in book.shown]

    for index, rate in enumerate((0.2, 0.5, 1.0)):
        assert train(rate, 100.0 + index / 2) == [f"Learning rate 0.1 → {rate:g}"]
    assert book.shown[0].x == 100.0
    # Something else, as near as that, is another mark; and so is the same one later on.
    assert train(1.0, 101.5, batch_size=2) == ["Learning rate 0.1 → 1", "Batch size 16 → 2"]
    assert train(0.5, 150.0, batch_size=2)[2:] == ["Learning rate 1 → 0.5"]
    # Turned back at once, it leaves nothing.
    assert train(1.0, 150.5, batch_size=2) == ["Learning rate 0.1 → 1", "Batch size 16 → 2"]
    assert train(0.1, 151.0, batch_size=2)[2:] == ["Learning rate 1 → 0.1"]


def test_before_anything_is_trained_nothing_is_marked() -> None:
    old = xor()
    book = MarkBook(old)
    book.follow(edits.append(old, layers.Tanh()), 0.0, 0)
    book.settle()
    assert (book.shown, book.restructured) == ((), None)


def test_there_is_an_end_to_marks_and_to_their_texts() -> None:
    document = xor()
    book = MarkBook(document, [Mark(float(place), str(place)) for place in range(2 * MOST_MARKS)])
    assert [mark.text for mark in book.shown] == [str(place) for place in range(MOST_MARKS, 2 * MOST_MARKS)]
    for place in range(MOST_MARKS + 5):
        document = edits.set_training(document, batch_size=document.training.batch_size % 7 + 1)
        book.follow(document, 1000.0 * 1.03**place, place + 1)
        assert len(book.shown) <= MOST_MARKS
        book.settle()
    assert book.shown[0] == Mark(1000.0 * 1.03**5, "Batch size 7 → 1")
    many = document
    for _ in range(12):
        many = edits.append(many, layers.Tanh())
    book.follow(many, 1e9, 999)
    assert book.shown[-1].text == "tanh_3 added, tanh_4 added, tanh_5 added, tanh_6 added and 8 more"
    for index, name in enumerate(many.by_name):
        many = edits.rename(many, name, f"{'n' * 38}{index:02}")
        book.follow(many, 1e9, 999)
    many = edits.set_disabled(many, True, *many.by_name)
    long = MarkBook(edits.set_disabled(many, False, *many.by_name))
    long.follow(many, 1.0, 1)
    assert 190 < len(long.shown[0].text) <= MOST_TEXT


@pytest.mark.parametrize("step", [1, 4, 9])
def test_the_step_of_the_change_is_told(step: int) -> None:
    book = MarkBook(xor())
    book.follow(edits.append(xor(), layers.Tanh()), step / 4, step)
    assert book.restructured == step
