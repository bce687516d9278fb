"""Number labels: never a part of a number shown as the whole."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from nnstudio.ui.steady_label import StillLabel

LONG = "<b>Train</b> 0.004818 <b>Validation</b> 0.008149"


def shown(label: StillLabel) -> str:
    return label._label.text()


def test_a_short_text_stands_in_where_the_long_one_does_not_fit(qtbot: QtBot) -> None:
    label = StillLabel("Loss", yields=True)
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.show()
    label.setText(LONG, "0.0048")
    assert (shown(label), label.text()) == ("0.0048", LONG)
    label.resize(800, 20)
    assert shown(label) == LONG
    label.resize(120, 20)
    assert shown(label) == "0.0048"


def test_a_plain_sentence_ends_with_dots_where_it_does_not_fit(qtbot: QtBot) -> None:
    label = StillLabel("Message", yields=True)
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.show()
    label.setText("The network gives 8, but the data have 2 classes.")
    assert shown(label).endswith("…")
