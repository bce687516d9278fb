"""Tooltips of layers: purpose, formula, and when to use them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel

from engine import layers
from engine.layers import REGISTRY
from nnstudio.canvas.items.block_faces import block_face, input_face, output_face
from nnstudio.canvas.items.tooltips import tip
from nnstudio.canvas.palette import Palette
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document


def shown(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


@pytest.mark.parametrize("kind", REGISTRY.values(), ids=lambda kind: kind.__name__)
def test_every_layer_is_explained(kind: type[layers.Layer], qapp: object) -> None:
    text = shown(tip(kind.title, kind.help, kind.formula, kind.use))
    for part in (kind.title, kind.help, kind.use[1:], *kind.formula.split(",  ")):
        assert part in text


def test_blocks_say_when_to_use_them_and_what_they_make_of_their_input(qapp: object) -> None:
    document = edits.append(Document(), layers.Dense(3))
    face = block_face(document.blocks[0], analyse(document))
    text = shown(face.tip)
    assert "When to use it: the workhorse" in text
    assert "2 → 3" in text


def test_signs_of_formulas_are_no_tags_and_names_keep_their_capitals(qapp: object) -> None:
    text = shown(tip("A<b>", "x < y & z", "a<b", "ReLU first"))
    assert text.strip().split("\n") == ["A<b>", "x < y & z", "a<b", "When to use it: ReLU first"]


def test_long_texts_are_wrapped(qapp: object) -> None:
    label = QLabel(tip("Title", "word " * 60))
    label.setWordWrap(True)
    assert 330 <= label.sizeHint().width() < 400
    assert label.sizeHint().height() > 60


def test_ends_are_explained_too(qapp: object) -> None:
    document = Document()
    analysis = analyse(document)
    assert document.data.dataset.help in shown(input_face(document, analysis).tip)
    assert document.training.loss.formula in shown(output_face(document, analysis).tip)


def test_the_palette_teaches_screen_readers_as_well(qapp: object) -> None:
    palette = Palette()
    item = palette.list.findItems("Dropout", Qt.MatchFlag.MatchExactly)[0]
    assert REGISTRY["Dropout"].use in item.data(Qt.ItemDataRole.AccessibleDescriptionRole)
