"""Import page of a table: what is guessed is shown, can be changed, and becomes one step of the history."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from engine.data import XOR, TableFile
from nnstudio.document.model import DataSettings, Document
from nnstudio.panels.data import DataPanel
from nnstudio.panels.tables.page import ImportPage
from nnstudio.store import Store
from tests.nnstudio.builders import opened
from tests.nnstudio.panels_support import assert_named, last_step, repaint_in_all_themes, shown

RENTS = (
    "Rents of some flats\n\ncolour;size;since;balcony;rent\n"
    + "red;30,5;15.08.2020;ja;576,5\ngreen;27,25;27.07.2016;nein;559,25\n;41,5;11.01.2010;ja;667,75\n" * 12
    + "blue;41,5;11.01.2010;nein;668\n" * 4
)
FLOWERS = "long,wide,kind\n" + "1.5,2.5,rose\n3.25,4,lily\n5,7,rose\n6,8.5,lily\n" * 6


@pytest.fixture
def store() -> Store:
    return opened(Document(data=DataSettings(dataset=XOR())))


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> DataPanel:
    panel = DataPanel(store)
    shown(qtbot, panel, height=900)
    return panel


@pytest.fixture
def open_table(qtbot: QtBot, panel: DataPanel, tmp_path: Path) -> Callable[..., ImportPage]:
    """Opens a table in the panel, and gives its page once it is there."""

    def call(text: str, name: str = "table.csv", encoding: str = "utf-8") -> ImportPage:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        panel.take_path(str(path))
        qtbot.waitUntil(lambda: panel.tables.page is not None, timeout=20_000)
        page = panel.tables.page
        assert page is not None
        settle(qtbot, page)
        return page

    return call


def settle(qtbot: QtBot, page: ImportPage) -> None:
    """Waits until the page shows its present settings."""
    qtbot.waitUntil(lambda: page._job is None, timeout=20_000)


def choose_column(page: ImportPage, name: str) -> None:
    assert page.look is not None
    assert page.look.guess is not None
    place = [column.name for column in page.look.guess.columns].index(name)
    page.preview.setCurrentIndex(page.preview.table.index(0, place))


def pick(qtbot: QtBot, page: ImportPage, field: str, word: str) -> None:
    """Chooses a word of a field by the keyboard, as a person would."""
    form = next(form for form in (page.column.form, page.reading, page.task) if field in form.rows)
    combo = form.rows[field].editor.findChild(QComboBox)
    assert combo is not None
    index = combo.findText(word)
    assert index >= 0, [combo.itemText(place) for place in range(combo.count())]
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    settle(qtbot, page)


def use(qtbot: QtBot, panel: DataPanel, page: ImportPage) -> None:
    qtbot.mouseClick(page.use, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.tables.page is None, timeout=20_000)


def dataset_of(store: Store) -> TableFile:
    dataset = store.document.data.dataset
    assert isinstance(dataset, TableFile)
    return dataset


def features(store: Store) -> tuple[str, ...]:
    return dataset_of(store).load().features


def test_a_table_is_taken_as_guessed_and_shown(store: Store, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(RENTS, encoding="cp1252")
    assert last_step(store) == "Open data table.csv"
    assert store.undo_stack.count() == 1
    assert page.summary.text().startswith("Regression: rent, from 4 columns")
    for word in ("semicolons", "decimal comma", "header line", "2 lines above"):
        assert word in page.words.text()
    model = page.preview.table
    assert model.headerData(0, Qt.Orientation.Horizontal) == "colour\ninput, category"
    assert model.headerData(4, Qt.Orientation.Horizontal) == "rent\ntarget, number"
    assert model.data(model.index(1, 1)) == "27,25"
    assert not page.isModal()


def test_dummy_variables_are_told_in_words_and_used(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table(RENTS)
    choose_column(page, "colour")
    pick(qtbot, page, "gaps", "leave the row out")
    pick(qtbot, page, "coding", "dummy variables")
    pick(qtbot, page, "reference", "red")
    assert "colour = red is the reference; colour_blue, colour_green" in page.column.words.text()
    use(qtbot, panel, page)
    assert features(store)[:2] == ("colour_blue", "colour_green")
    assert dataset_of(store).signature().samples == 28


def test_opening_and_changing_are_one_step(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    before = store.document
    page = open_table(RENTS)
    choose_column(page, "since")
    pick(qtbot, page, "role", "ignored")
    use(qtbot, panel, page)
    assert features(store)[-1] == "balcony"
    assert not any("since" in name for name in features(store))
    assert store.undo_stack.count() == 1
    store.undo_stack.undo()
    assert store.document == before


def test_parts_of_dates(qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(RENTS)
    choose_column(page, "since")
    for part in ("year", "month"):
        qtbot.mouseClick(page.column.parts[part], Qt.MouseButton.LeftButton)
        settle(qtbot, page)
    qtbot.mouseClick(page.column.parts["days"], Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    use(qtbot, panel, page)
    assert {"since_year", "since_month"} <= set(features(store))
    assert "since" not in features(store)


def test_another_target(qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(RENTS)
    choose_column(page, "balcony")
    pick(qtbot, page, "role", "target")
    assert page.summary.text().startswith("Classification: balcony")
    use(qtbot, panel, page)
    assert dataset_of(store).signature().classes == ("ja", "nein")
    assert "rent" in features(store)


def test_further_targets(qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(RENTS)
    choose_column(page, "size")
    pick(qtbot, page, "role", "further target")
    use(qtbot, panel, page)
    signature = dataset_of(store).signature()
    assert (signature.task, signature.targets) == ("regression", 2)


def test_the_rows_follow_the_delimiter(qtbot: QtBot, store: Store, open_table: Callable[..., ImportPage]) -> None:
    page = open_table("a;b;c\n" + "1,5;2,5;3,5\n2,5;4,5;1,25\n" * 8)
    assert page.preview.table.columnCount() == 3
    pick(qtbot, page, "delimiter", "comma")
    assert page.preview.table.columnCount() != 3 or page.error.isVisibleTo(page)
    pick(qtbot, page, "delimiter", "semicolon")
    assert page.preview.table.columnCount() == 3
    assert not page.error.isVisibleTo(page)
    assert store.undo_stack.count() == 1


def test_the_task_is_shown_and_chosen(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table("height,age\n" + "".join(f"{i % 7}.5,{18 + i % 18}\n" for i in range(72)))
    before = page.summary.text().split(":")[0].lower()
    other = "classification" if before == "regression" else "regression"
    pick(qtbot, page, "task", other)
    assert page.summary.text().lower().startswith(other)
    use(qtbot, panel, page)
    assert dataset_of(store).signature().task == other


def test_a_remark_is_cured_by_its_button(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table("shop,size,kind\n" + "".join(f"7,{i % 9}.5,{'xy'[i % 2]}\n" for i in range(40)))
    box = next(box for box in page._remark_boxes if "'shop'" in box.accessibleName())
    button = box.findChild(QPushButton, "fix")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    use(qtbot, panel, page)
    assert features(store) == ("size",)


def test_a_table_that_cannot_be_used_as_guessed_is_set_up_on_the_page(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table("size,kind,end\n" + "".join(f"{i % 9}.5,{'xy'[i % 2]},same\n" for i in range(40)))
    if store.undo_stack.count() == 0:
        assert page.error.isVisibleTo(page)
        assert "target" in page.error.text().lower()
    choose_column(page, "kind")
    pick(qtbot, page, "role", "target")
    use(qtbot, panel, page)
    assert dataset_of(store).signature().classes == ("x", "y")
    assert not panel._open_error.isVisible()


def test_nothing_changes_when_the_page_is_cancelled(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table(FLOWERS)
    taken = store.document
    choose_column(page, "long")
    pick(qtbot, page, "role", "ignored")
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.tables.page is None)
    assert store.document is taken


def test_the_columns_are_opened_again_from_the_panel(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    open_table(FLOWERS).close()
    store.undo_stack.setClean()
    button = panel.findChild(QPushButton, "tableColumns")
    assert button is not None
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    page = panel.tables.page
    assert page is not None
    settle(qtbot, page)
    assert page.summary.text().startswith("Classification: kind")
    choose_column(page, "wide")
    pick(qtbot, page, "role", "ignored")
    use(qtbot, panel, page)
    assert features(store) == ("long",)
    assert last_step(store) == "Change columns of table.csv"
    store.undo_stack.undo()
    assert features(store) == ("long", "wide")


def test_the_button_is_there_for_tables_only(panel: DataPanel) -> None:
    button = panel.findChild(QPushButton, "tableColumns")
    assert button is not None
    assert not button.isVisible()


def test_columns_are_reached_by_keys(qtbot: QtBot, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(FLOWERS)
    choose_column(page, "long")
    qtbot.keyClick(page.preview, Qt.Key.Key_Right)
    assert page.column._title.text() == "Column wide"


def test_another_project_closes_the_page(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    open_table(FLOWERS)
    store.open(Document(data=DataSettings(dataset=XOR())))
    assert panel.tables.page is None


def test_everything_has_a_name(qtbot: QtBot, open_table: Callable[..., ImportPage]) -> None:
    page = open_table(RENTS)
    page.reading_section.unfold()
    for name in ("colour", "size", "since", "balcony"):
        choose_column(page, name)
        assert_named(page)
    repaint_in_all_themes(page)


def test_thousands_of_columns_are_shown_at_once(qtbot: QtBot, open_table: Callable[..., ImportPage]) -> None:
    names = ",".join(f"gene{place}" for place in range(2_000))
    rows = "".join(
        ",".join(str((row * place) % 97 / 8) for place in range(2_000)) + f",{'ab'[row % 2]}\n" for row in range(12)
    )
    page = open_table(f"{names},state\n{rows}")
    assert page.preview.table.columnCount() == 2_001
    choose_column(page, "gene1000")
    assert "gene1000" in page.column._title.text()


def test_a_word_typed_for_gaps(
    qtbot: QtBot, store: Store, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table(
        "mood,size,kind\n" + "".join(f"{('good', 'bad', 'dunno')[i % 3]},{i % 9}.5,{'xy'[i % 2]}\n" for i in range(60))
    )
    choose_column(page, "mood")
    line = page.column.form.rows["missing"].editor.findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    qtbot.keyClicks(line, "dunno")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(qtbot, page)
    pick(qtbot, page, "gaps", "leave the row out")
    assert isinstance(page, QDialog)
    use(qtbot, panel, page)
    assert dataset_of(store).signature().samples == 40


def test_the_thousands_separator_is_shown_and_chosen(qtbot: QtBot, open_table: Callable[..., ImportPage]) -> None:
    page = open_table("size;kind\n" + "1,200;a\n2,345;b\n" * 12)
    assert "commas between thousands" in page.words.text()
    pick(qtbot, page, "thousands", "none")
    assert "decimal comma" in page.words.text()
    assert "between thousands" not in page.words.text()


def test_signs_can_be_changed_of_a_table_in_use(
    qtbot: QtBot, panel: DataPanel, store: Store, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table("size;kind\n" + "1,200;a\n2,345;b\n" * 12)
    page.use.click()
    qtbot.waitUntil(lambda: panel.tables.page is None, timeout=20_000)
    panel.tables.show_columns()
    again = panel.tables.page
    assert again is not None
    settle(qtbot, again)
    assert again.look is not None
    assert again.look.guess is not None
    assert again.look.guess.profiles[0].high == 2345
    pick(qtbot, again, "decimal", ",")
    assert again.look.guess.profiles[0].high == 2.345
    assert again.look.guess.targets == ("kind",)


def test_the_reason_for_the_target_is_said(open_table: Callable[..., ImportPage]) -> None:
    page = open_table(FLOWERS)
    assert page.words.text().endswith("The target, kind, is guessed as the last column.")


def test_columns_share_the_space_until_one_is_set_by_hand(
    qtbot: QtBot, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    page = open_table(FLOWERS)
    page.resize(1000, 600)
    narrow = [page.preview.columnWidth(place) for place in range(3)]
    page.resize(1300, 600)
    wide = [page.preview.columnWidth(place) for place in range(3)]
    assert all(after > before for before, after in zip(narrow, wide, strict=True))
    assert sum(wide) <= page.preview.viewport().width()
    page.preview.setColumnWidth(0, 60)
    page.resize(1350, 600)
    assert page.preview.columnWidth(0) == 60


def test_the_page_takes_most_of_a_large_window(
    qtbot: QtBot, panel: DataPanel, open_table: Callable[..., ImportPage]
) -> None:
    panel.resize(1920, 1000)
    page = open_table(FLOWERS)
    assert page.width() > 1600
    assert page.height() > 850
