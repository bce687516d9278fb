"""Formulas: typeset out of the window's thread, in the theme's colours, and none too large."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.losses import LOSSES
from engine.mathematics import Step
from engine.optimizers import OPTIMIZERS, SGD
from nnstudio.ui.formula import FormulaLabel
from nnstudio.ui.theme import theme
from tests.engine.cases import CASES
from tests.nnstudio.views_support import shown, themed


def steps() -> Iterator[Step]:
    for case in CASES:
        for training in (False, True):
            yield from case.layer.mathematics(*case.inputs, training=training)
    for loss in LOSSES.values():
        yield from loss().mathematics()
    for optimizer in OPTIMIZERS.values():
        yield from optimizer().mathematics()
    yield from SGD(momentum=0.9).mathematics()
    yield from SGD(momentum=0.9, nesterov=True).mathematics()


def test_every_formula_of_the_engine_can_be_typeset(qtbot: QtBot) -> None:
    label = FormulaLabel()
    qtbot.addWidget(label)
    found = sorted({step.formula for step in steps()})
    assert len(found) > 100
    for formula in found:
        label.set_latex(formula)
        qtbot.waitUntil(lambda: label.typeset, timeout=20_000)
        size, line = label.sizeHint(), label.fontMetrics().height()
        assert 0.5 * line < size.height() < 5 * line, formula
        assert line / 3 < size.width() < 40 * line, formula


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_formula_is_drawn_in_the_text_s_colour(qtbot: QtBot, mode: str) -> None:
    label = FormulaLabel("y")
    qtbot.waitUntil(lambda: label.typeset, timeout=20_000)
    with themed(mode), shown(label, 40, 30):  # type: ignore[arg-type]
        picture = label.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        colours = {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}
    assert len(colours) > 1
    with themed(mode):  # type: ignore[arg-type]
        assert theme().colours.text.lower() in colours


def test_what_is_no_formula_stays_as_text(qtbot: QtBot) -> None:
    label = FormulaLabel(r"\frac{1}{")
    qtbot.addWidget(label)
    qtbot.wait(400)
    assert not label.typeset
    assert label.accessibleName() == r"\frac{1}{"
    assert label.sizeHint().width() > 0
