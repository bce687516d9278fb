"""Slider whose handle comes to a click: few positions, a drag from there, values at the end of a drag."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from nnstudio.ui.controls import Slider

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def told() -> list[Any]:
    return []


def made(qtbot: QtBot, last: int, told: list[Any]) -> Slider:
    slider = Slider(Qt.Orientation.Horizontal)
    qtbot.addWidget(slider)
    slider.setRange(0, last)
    slider.resize(220, 24)
    slider.sliderPressed.connect(lambda: told.append("pressed"))
    slider.valueChanged.connect(told.append)
    slider.show()
    return slider


def place(slider: Slider, share: float) -> QPoint:
    return QPoint(round(share * slider.width()), slider.height() // 2)


def test_a_click_is_where_it_goes_and_what_it_begins(qtbot: QtBot, told: list[Any]) -> None:
    slider = made(qtbot, 1000, told)
    qtbot.mouseClick(slider, LEFT, pos=place(slider, 0.75))
    assert slider.value() == pytest.approx(750, abs=30)
    assert told == ["pressed", slider.value()]
    assert not slider.isSliderDown()


@pytest.mark.parametrize(("share", "value"), [(0.2, 1), (0.4, 2), (0.58, 2), (0.9, 4)])
def test_of_few_positions_it_takes_the_nearest(qtbot: QtBot, told: list[Any], share: float, value: int) -> None:
    """None of them is under the mouse: Qt would go on by a page from there."""
    slider = made(qtbot, 4, told)
    qtbot.mouseClick(slider, LEFT, pos=place(slider, share))
    assert (slider.value(), slider.isSliderDown()) == (value, False)
    assert told == ["pressed", value]


@pytest.mark.parametrize("last", [4, 1000])
def test_it_is_drawn_on_from_there(qtbot: QtBot, told: list[Any], last: int) -> None:
    slider = made(qtbot, last, told)
    qtbot.mousePress(slider, LEFT, pos=place(slider, 0.3))
    qtbot.mouseMove(slider, place(slider, 0.76))
    assert slider.value() == pytest.approx(0.76 * last, abs=0.05 * last)
    qtbot.mouseRelease(slider, LEFT, pos=place(slider, 0.76))
    assert told.count("pressed") == 1


def test_without_tracking_the_value_changes_once_at_the_end(qtbot: QtBot, told: list[Any]) -> None:
    slider = made(qtbot, 100, told)
    slider.setTracking(False)
    qtbot.mousePress(slider, LEFT, pos=place(slider, 0.3))
    qtbot.mouseMove(slider, place(slider, 0.8))
    assert told == ["pressed"]
    qtbot.mouseRelease(slider, LEFT, pos=place(slider, 0.8))
    assert told == ["pressed", slider.value()]
    assert slider.value() == pytest.approx(80, abs=4)
