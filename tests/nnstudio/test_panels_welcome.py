"""Welcome page: every way into a project, by mouse and by keyboard."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from engine.data import DATASETS, Dataset, Hills, Iris, NpzFile, Spirals
from nnstudio.panels.art import picture
from nnstudio.panels.welcome import Card, TemplateCard, WelcomePage  # type: ignore[attr-defined]
from nnstudio.project.templates import TEMPLATES
from nnstudio.shell.recent_examples import RecentExample
from nnstudio.ui.theme import theme
from tests.nnstudio.panels_support import (
    assert_named,
    background,
    button,
    repaint_in_all_themes,
    shown,
    visible_text,
)

CARDS = [TemplateCard(t.name, t.title, t.sentence, t.icon, t.dataset) for t in TEMPLATES]


@pytest.fixture
def page(qtbot: QtBot) -> WelcomePage:
    page = WelcomePage(CARDS, ["/projects/one.nnstudio", "/projects/two.nnstudio"])
    shown(qtbot, page, 1280, 800)
    return page


@pytest.mark.parametrize("name", [card.name for card in CARDS])
def test_a_click_on_a_card_chooses_its_template(qtbot: QtBot, page: WelcomePage, name: str) -> None:
    with qtbot.waitSignal(page.template_chosen) as chosen:
        qtbot.mouseClick(button(page, f"template_{name}"), Qt.MouseButton.LeftButton)
    assert chosen.args == [name]


def test_cards_are_reached_and_pressed_with_the_keyboard(qtbot: QtBot, page: WelcomePage) -> None:
    chosen: list[str] = []
    page.template_chosen.connect(chosen.append)
    button(page, f"template_{CARDS[0].name}").setFocus()
    for _ in range(2):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert chosen == [CARDS[2].name]


def test_no_card_is_cut_off_in_the_smallest_usual_window(qtbot: QtBot) -> None:
    page = WelcomePage(CARDS)
    # 1280x800, less menu, tool bar and status bar.
    shown(qtbot, page, 1280, 716)
    scroll = page.findChild(QScrollArea)
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() == 0)
    last = button(page, f"template_{CARDS[-1].name}")
    assert last.mapTo(page, last.rect().bottomLeft()).y() < page.height()
    # Where there is room, pictures are as large as ever.
    small = last.height()
    page.resize(1280, 1000)
    qtbot.waitUntil(lambda: last.height() > small)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_cards_and_buttons_as_space_does(qtbot: QtBot, page: WelcomePage, key: Qt.Key) -> None:
    with qtbot.waitSignal(page.template_chosen) as chosen:
        qtbot.keyClick(button(page, f"template_{CARDS[1].name}"), key)
    assert chosen.args == [CARDS[1].name]
    with qtbot.waitSignal(page.empty_chosen):
        qtbot.keyClick(button(page, "emptyProject"), key)


def test_the_other_ways_in(qtbot: QtBot, page: WelcomePage) -> None:
    with qtbot.waitSignal(page.empty_chosen):
        qtbot.mouseClick(button(page, "emptyProject"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.open_chosen):
        qtbot.mouseClick(button(page, "openProject"), Qt.MouseButton.LeftButton)


def recent(page: WelcomePage) -> list[QAbstractButton]:
    return [child for child in page.findChildren(QAbstractButton) if child.toolTip().endswith(".nnstudio")]


def test_recent_projects_are_listed_and_opened(qtbot: QtBot, page: WelcomePage) -> None:
    assert [entry.accessibleName() for entry in recent(page)] == ["one", "two"]
    with qtbot.waitSignal(page.file_chosen) as chosen:
        qtbot.mouseClick(recent(page)[1], Qt.MouseButton.LeftButton)
    assert chosen.args == ["/projects/two.nnstudio"]
    page.set_recent([])
    assert "will be listed here" in visible_text(page)
    page.set_recent([f"/projects/{number}.nnstudio" for number in range(30)])
    QApplication.processEvents()
    assert 5 <= len([entry for entry in recent(page) if entry.isVisible()]) <= 10


def test_examples_that_were_left_come_first(qtbot: QtBot, page: WelcomePage) -> None:
    left = [RecentExample("XOR", Future(), 1234, 4936), RecentExample("Iris", Future(), 0, 7)]
    page.set_recent(["/projects/one.nnstudio"], left)
    text = visible_text(page)
    assert "Example, not saved, epoch 1,234" in text
    assert "Example, not saved, step 7" in text
    entries = [button for button in page.findChildren(QAbstractButton) if button.property("role") == "recent"]
    shown = [entry for entry in entries if entry.isVisible()]
    assert [entry.accessibleName() for entry in shown] == ["XOR", "Iris", "one"]
    with qtbot.waitSignal(page.example_chosen) as chosen:
        qtbot.mouseClick(shown[1], Qt.MouseButton.LeftButton)
    assert chosen.args == [left[1]]


def test_everything_is_named(page: WelcomePage) -> None:
    assert_named(page)


@pytest.mark.parametrize(("width", "height"), [(700, 500), (1280, 800), (1920, 1080)])
def test_the_cards_fill_the_width(qtbot: QtBot, width: int, height: int) -> None:
    page = WelcomePage(CARDS, [])
    shown(qtbot, page, width, height)
    cards = page.findChildren(Card)
    assert len(cards) == len(CARDS)
    for card in cards:
        left = card.mapTo(page, card.rect().topLeft()).x()
        assert left >= 0
        assert left + card.width() <= width
        assert card.width() >= 200
    tops = {card.mapTo(page, card.rect().topLeft()).y() for card in cards}
    assert len(tops) <= (len(CARDS) if width < 900 else 3)


@pytest.mark.parametrize("dataset", [Spirals(), Hills(), Iris(), NpzFile(), None], ids=str)
def test_every_kind_of_data_has_a_picture(qtbot: QtBot, dataset: Dataset | None) -> None:
    theme().set_mode("light")
    card = Card(TemplateCard("a", "A title", "A sentence.", "spirals", None if dataset is None else lambda: dataset))
    shown(qtbot, card, 280, 198)
    image = card.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(4, 276, 2) for y in range(4, 100, 2)}
    assert len(colours) > 3


def test_a_new_one_has_the_background_of_the_theme(qtbot: QtBot) -> None:
    theme().set_mode("dark")
    panel = WelcomePage(CARDS)
    shown(qtbot, panel)
    assert background(panel) == theme().colours.window
    theme().set_mode("light")


def test_all_themes_are_drawn(page: WelcomePage) -> None:
    repaint_in_all_themes(page)


@pytest.mark.parametrize("name", [name for name, kind in DATASETS.items() if not kind.external])
def test_every_data_set_has_a_thumbnail(qtbot: QtBot, name: str) -> None:
    """Of any number of inputs: a card is drawn before anybody has chosen anything."""
    made = picture("file", DATASETS[name](), QSize(200, 70), 1.0).toImage()  # type: ignore[call-arg]
    colours = {made.pixelColor(x, y).name() for x in range(0, 200, 3) for y in range(0, 70, 3)}
    assert len(colours) > 2
