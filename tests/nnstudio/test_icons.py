"""Icons: one for every layer and data set, in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from engine.data import DATASETS
from engine.layers import REGISTRY
from nnstudio.ui import icons
from nnstudio.ui.theme import theme

ACTIONS = [
    *("play", "pause", "speed", "step", "epoch", "reset", "undo", "redo", "new", "open", "save", "delete"),
    *("fit", "zoom-in", "zoom-out", "tidy", "theme", "search", "home", "info", "download"),
    *("warning", "error", "fix", "nnstudio", "layer"),
]


@pytest.fixture(autouse=True)
def _light(qtbot: QtBot) -> Iterator[None]:
    theme().set_mode("light")
    yield
    theme().set_mode("light")


def ink(picture: QPixmap) -> dict[str, int]:
    """Opaque colours of a picture and how many pixels have them."""
    image = picture.toImage()
    counts: dict[str, int] = {}
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y)
            if colour.alpha() > 200:
                counts[colour.name()] = counts.get(colour.name(), 0) + 1
    return counts


@pytest.mark.parametrize("owner", [*REGISTRY.values(), *DATASETS.values()], ids=lambda owner: owner.__name__)
def test_every_layer_and_data_set_has_its_drawing(owner: type) -> None:
    assert owner.icon in icons.names()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", sorted({*icons.names(), *ACTIONS}))
def test_every_drawing_shows_something(name: str) -> None:
    assert name in icons.names()
    assert sum(ink(icons.pixmap(name, 24, "#000000")).values()) > 15


def test_no_two_drawings_are_alike() -> None:
    pictures = {name: bytes(icons.pixmap(name, 24, "#000000").toImage().constBits()) for name in icons.names()}
    assert len(set(pictures.values())) == len(pictures)


def test_pixmap_takes_colour_size_and_ratio() -> None:
    picture = icons.pixmap("play", 20, "#ff0000", 2.0)
    assert picture.size() == QSize(40, 40)
    assert picture.deviceIndependentSize().toSize() == QSize(20, 20)
    assert max(ink(picture), key=ink(picture).__getitem__) == "#ff0000"


def test_a_disabled_icon_is_faint() -> None:
    faint = icons.icon("pause").pixmap(QSize(24, 24), 1.0, QIcon.Mode.Disabled).toImage()
    alphas = [faint.pixelColor(x, y).alpha() for x in range(24) for y in range(24)]
    assert 0 < max(alphas) < 200


def test_icons_are_sharp_on_fine_screens() -> None:
    assert icons.icon("pause").pixmap(QSize(24, 24), 2.0).size() == QSize(48, 48)


def test_set_icon_follows_the_theme(qtbot: QtBot) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    icons.set_icon(button, "pause")
    light = theme().colours.text
    assert light in ink(button.icon().pixmap(QSize(24, 24), 1.0))
    theme().set_mode("dark")
    assert theme().colours.text != light
    assert theme().colours.text in ink(button.icon().pixmap(QSize(24, 24), 1.0))
    paused = button.icon().pixmap(24).toImage()
    icons.set_icon(button, "play")
    assert button.icon().pixmap(24).toImage() != paused
    assert len(button.children()) == 1


def test_an_icon_outlives_copies_and_additions() -> None:
    for _ in range(50):
        copy = QIcon(icons.icon("play"))
        copy.addPixmap(icons.pixmap("pause", 16))
        assert not copy.isNull()


def test_an_icon_keeps_a_colour_of_its_own() -> None:
    theme().set_mode("dark")
    assert QColor("#00ff00").name() in ink(icons.icon("pause", "#00ff00").pixmap(QSize(32, 32), 1.0))


def test_unknown_names_get_the_plain_block() -> None:
    unknown = icons.pixmap("no-such-drawing", 24, "#000000").toImage()
    assert unknown == icons.pixmap("layer", 24, "#000000").toImage()
