"""Cache of block faces: never out of date, never rebuilt needlessly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QFontMetricsF
from pytestqt.qtbot import QtBot

from engine import datasets, layers
from engine.losses import LOSSES
from nnstudio.canvas.items import block_faces
from nnstudio.canvas.items.block_faces import KnownFaces, block_face, output_face
from nnstudio.canvas.items.block_item import BlockItem, Face
from nnstudio.canvas.items.fonts import GAP, caption_font, title_font
from nnstudio.canvas.items.group_faces import faces_of
from nnstudio.document import edits, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from tests.nnstudio.builders import document_of, opened


def network() -> Document:
    return document_of(
        layers.Dense(8),
        layers.ReLU(),
        layers.Dense(8),
        layers.ReLU(),
        layers.Dense(1),
        dataset=datasets.Moons(samples=80),
    )


@pytest.fixture
def known() -> KnownFaces:
    return KnownFaces()


def shown(known: KnownFaces, document: Document, renewed: frozenset[str] = frozenset()) -> dict[str, Face]:
    return faces_of(document, analyse(document), renewed, known)


def made_anew(document: Document, renewed: frozenset[str] = frozenset()) -> dict[str, Face]:
    return shown(KnownFaces(), document, renewed)


STEPS = {
    "insert": lambda d: edits.insert(d, layers.Tanh(), d.wires[1]),
    "remove": lambda d: edits.remove(d, "relu_1"),
    "wider": lambda d: edits.set_field(d, "dense_1", "units", 16),
    "wrong": lambda d: edits.insert(d, layers.Conv2D(), d.wires[1]),
    "rename": lambda d: edits.rename(d, "dense_1", "first"),
    "names change places": lambda d: edits.rename(
        edits.rename(edits.rename(d, "dense_1", "x"), "dense_3", "dense_1"), "x", "dense_3"
    ),
    "disable": lambda d: edits.set_disabled(d, True, "relu_1"),
    "freeze": lambda d: edits.set_frozen(d, True, "dense_2"),
    "other data": lambda d: edits.set_data(d, dataset=datasets.XOR()),
    "larger batch": lambda d: edits.set_training(d, batch_size=64),
    "skip": lambda d: wiring.connect(d, "dense_1", "dense_3"),
    "no data": lambda d: edits.set_data(d, dataset=datasets.TableFile(path="/nowhere/t.csv")),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_every_face_is_up_to_date_after_an_edit_and_after_undo(known: KnownFaces, step: object) -> None:
    before = network()
    after = step(before)  # type: ignore[operator]
    # One after the other through the same faces that are kept: there, and back again.
    seen = [shown(known, before), shown(known, after), shown(known, before)]
    assert seen == [made_anew(before), made_anew(after), made_anew(before)]


def test_a_block_with_new_weights_and_without(known: KnownFaces) -> None:
    document, some = network(), frozenset({"dense_2"})
    seen = [shown(known, document), shown(known, document, some), shown(known, document)]
    assert seen == [made_anew(document), made_anew(document, some), made_anew(document)]
    assert seen[1]["dense_2"].note


def test_two_documents_do_not_take_each_others_faces(known: KnownFaces) -> None:
    one, other = network(), edits.set_field(network(), "dense_1", "units", 99)
    assert [shown(known, each)["dense_1"].detail for each in (one, other, one)] == [
        made_anew(each)["dense_1"].detail for each in (one, other, one)
    ]


def test_only_what_an_edit_changes_is_made_anew(known: KnownFaces, monkeypatch: pytest.MonkeyPatch) -> None:
    before = network()
    kept = shown(known, before)
    made: list[str] = []
    new_face = block_face

    def noted(block: object, *others: object, **options: object) -> Face:
        made.append(block.name)  # type: ignore[attr-defined]
        return new_face(block, *others, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(block_faces, "block_face", noted)
    after = shown(known, edits.insert(before, layers.Tanh(), Wire(source="dense_3", target=OUTPUT)))
    assert made == ["tanh_1"]
    assert all(after[name] is face for name, face in kept.items() if name not in (INPUT, OUTPUT))


def test_faces_of_blocks_that_are_gone_are_not_kept(known: KnownFaces) -> None:
    document = network()
    first = shown(known, document)
    shown(known, edits.remove(document, "relu_1"))
    again = shown(known, document)
    assert again == first
    assert again["dense_1"] is first["dense_1"]
    assert again["relu_1"] is not first["relu_1"]


def test_a_problem_comes_and_goes() -> None:
    store = opened(network())
    store.edit("Break", edits.insert(store.document, layers.Conv2D(), store.document.wires[1]))
    block = store.document.block("conv2d_1")
    wrong = block_face(block, store.analysis)
    assert wrong.problem
    well = replace(store.analysis, problems={})
    assert not block_face(block, well).problem
    assert block_face(block, store.analysis) == wrong


@pytest.mark.parametrize("kind", LOSSES)
def test_no_loss_is_cut_short_on_its_block(qtbot: QtBot, kind: str) -> None:
    document = edits.set_training(network(), loss=LOSSES[kind]())  # type: ignore[call-arg]
    face = output_face(document, analyse(document))
    beside = GAP + QFontMetricsF(caption_font()).horizontalAdvance(face.name)
    room = BlockItem(OUTPUT, face).title_rect().width() - beside
    assert QFontMetricsF(title_font()).horizontalAdvance(face.title) <= room
    # The block's tip still says which one it is.
    assert document.training.loss.title in face.tip
