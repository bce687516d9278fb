"""Command palette: everything the program can do, found by a few letters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QSettings, Qt
from PySide6.QtWidgets import QLineEdit, QMenuBar, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.finder.command_list import Command, of_menus, ranked, recent_keys, remember
from nnstudio.finder.command_palette import COMMAND, CommandPalette
from nnstudio.finder.fuzzy import match
from nnstudio.ui.icons import names


def best(typed: str, *texts: str) -> str:
    fits = {text: match(typed, text) for text in texts}
    return max((text for text in texts if fits[text]), key=lambda text: fits[text].score)  # type: ignore[union-attr]


def test_letters_must_come_in_order() -> None:
    assert match("tdy", "Tidy up")
    assert match("ydt", "Tidy up") is None
    assert match("tidy upp", "Tidy up") is None


@pytest.mark.parametrize(
    ("typed", "wanted", "others"),
    [
        ("so", "Append Softmax", ("Append Conv2D someone",)),
        ("su", "Save untitled", ("Issue",)),
        ("c2", "Append Conv2D", ("Cancel, 1 of 2",)),
        ("save", "Save", ("Save as",)),
        ("dark", "Dark", ("Open example of a dark tale",)),
        ("asm", "Append Softmax", ("Last message",)),
    ],
)
def test_starts_of_words_win(typed: str, wanted: str, others: tuple[str, ...]) -> None:
    assert best(typed, *others, wanted) == wanted


def test_the_places_of_the_letters_are_told() -> None:
    found = match("tu", "Tidy up")
    assert found is not None
    assert found.places == (0, 5)


@given(st.text(max_size=12), st.text(max_size=30))
def test_a_match_spells_what_was_typed(typed: str, text: str) -> None:
    found = match(typed, text)
    wanted = [letter for letter in typed.lower() if not letter.isspace()]
    if found is not None:
        assert [text.lower()[place] for place in found.places] == wanted
        assert list(found.places) == sorted(set(found.places))


def command(key: str, *, enabled: bool = True, words: str = "") -> Command:
    return Command(key, key.capitalize(), "Menu", run=lambda: None, enabled=enabled, words=words)


def test_what_was_used_lately_comes_first_and_what_cannot_be_done_last() -> None:
    commands = [command("save"), command("step", enabled=False), command("stop"), command("start")]
    assert [found.key for found, _ in ranked(commands, "", ["start", "stop"])] == ["start", "stop", "save", "step"]
    assert [found.key for found, _ in ranked(commands, "st", ["stop"])] == ["stop", "start", "step"]


def test_nothing_else_is_put_in_the_place_of_what_cannot_be_done_now() -> None:
    commands = [command("open example plane"), command("play", enabled=False), command("replay")]
    assert ranked(commands, "play", [])[0][0].key == "play"
    assert ranked(commands, "pla", [])[0][0].key == "play"


def test_whole_words_of_the_help_find_it_too() -> None:
    commands = [command("dropout", words="Works against overfitting."), command("dense")]
    assert [found.key for found, _ in ranked(commands, "overfitting", [])] == ["dropout"]
    assert ranked(commands, "ovrftng", []) == []


def test_the_last_used_ones_are_remembered(qapp: object) -> None:
    QSettings().remove("recentCommands")
    for index in range(20):
        remember(command(f"c{index}"))
    remember(command("c15"))
    assert recent_keys()[:3] == ["c15", "c19", "c18"]
    assert len(recent_keys()) == 12
    QSettings().remove("recentCommands")


def test_menus_are_told_with_their_paths_and_filled_first(qtbot: QtBot) -> None:
    bar = QMenuBar()
    qtbot.addWidget(bar)
    view = bar.addMenu("&View")
    view.addAction("&Fit").setShortcut("Ctrl+0")
    view.addSeparator()
    late = view.addMenu("&Recent")
    late.aboutToShow.connect(lambda: late.isEmpty() and late.addAction("a && b"))
    dark = view.addAction("&Dark")
    dark.setCheckable(True)
    told = list(of_menus(bar, [dark]))
    assert [(found.path, found.title, found.checked) for found in told] == [
        ("View", "Fit", None),
        ("View › Recent", "a & b", None),
        ("View", "Dark", False),
    ]
    assert told[0].shortcut == "Ctrl+0"
    assert told[2].spoken == "Dark, View, off"


def test_an_action_that_is_gone_does_nothing(qtbot: QtBot) -> None:
    bar = QMenuBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    recent = bar.addMenu("Open &recent")
    for name in ("a", "b"):
        recent.addAction(name).triggered.connect(lambda _, name=name: done.append(name))
    first, second = of_menus(bar, [])
    second.run()
    recent.clear()
    first.run()
    assert done == ["b"]


class TestPalette:
    @pytest.fixture
    def done(self) -> list[str]:
        return []

    @pytest.fixture
    def palette(self, qtbot: QtBot, done: list[str]) -> Iterator[CommandPalette]:
        QSettings().remove("recentCommands")
        window = QWidget()
        qtbot.addWidget(window)
        window.resize(800, 600)
        QLineEdit(window)
        made = CommandPalette(
            window,
            lambda: [
                Command(key, key, "Menu", run=lambda key=key: done.append(key), enabled=key != "Tired")
                for key in ("Tidy up", "Toggle", "Tired")
            ],
        )
        window.show()
        window.findChild(QLineEdit).setFocus()
        yield made
        QSettings().remove("recentCommands")

    def shown(self, palette: CommandPalette) -> list[str]:
        model = palette.list.model()
        return [model.index(row, 0, QModelIndex()).data(COMMAND).title for row in range(model.rowCount())]

    def test_type_and_enter(self, palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
        palette.open()
        qtbot.keyClicks(palette.field, "tu")
        assert self.shown(palette) == ["Tidy up"]
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        assert done == ["Tidy up"]
        assert not palette.isVisible()
        palette.open()
        assert palette.field.text() == ""
        assert self.shown(palette)[0] == "Tidy up"

    def test_arrows_go_round_and_escape_closes(self, palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
        palette.open()
        for key, row in ((Qt.Key.Key_Down, 1), (Qt.Key.Key_Up, 0), (Qt.Key.Key_Up, 2), (Qt.Key.Key_Tab, 0)):
            qtbot.keyClick(palette.field, key)
            assert palette.list.currentIndex().row() == row
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
        assert not palette.isVisible()
        assert done == []

    def test_what_cannot_be_done_is_last_and_does_nothing(
        self, palette: CommandPalette, qtbot: QtBot, done: list[str]
    ) -> None:
        palette.open()
        assert self.shown(palette)[-1] == "Tired"
        qtbot.keyClick(palette.field, Qt.Key.Key_Up)
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
        assert done == []
        assert palette.isVisible()

    def test_a_click_runs_and_one_beside_closes(self, palette: CommandPalette, qtbot: QtBot, done: list[str]) -> None:
        palette.open()
        place = palette.list.visualRect(palette.list.model().index(1, 0, QModelIndex())).center()
        qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert done == ["Toggle"]
        palette.open()
        qtbot.mouseClick(palette, Qt.MouseButton.LeftButton, pos=palette.rect().bottomLeft())
        assert not palette.isVisible()

    def test_nothing_found_is_said(self, palette: CommandPalette, qtbot: QtBot) -> None:
        palette.open()
        qtbot.keyClicks(palette.field, "xyz")
        assert not palette.list.isVisible()
        assert palette._empty.text() == "No command matches “xyz”."

    def test_screen_readers_hear_all_of_a_row(self, palette: CommandPalette) -> None:
        palette.open()
        model = palette.list.model()
        row = model.index(2, 0, QModelIndex())
        assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Tired, Menu, not available now"


def test_its_drawings_are_there() -> None:
    assert {"command", "panel"} <= names()
