"""Names of files, classes and columns are shown as they are: no widget guesses whether its text is rich."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QGraphicsView, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine.data import TableFile
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.project import Project
from nnstudio.ui.plain_text import PlainMessageBox, plain_tip

# Qt would fetch a picture for it, from wherever it says.
HOSTILE = "<img src=x><b>hi</b>"
ROLES = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.WhatsThisRole)


def guessing(root: QWidget) -> list[str]:
    """Labels below a widget that guess their format."""
    return [
        f"{label.objectName() or label.accessibleName() or label.text()!r} in {type(label.parent()).__name__}"
        for label in root.findChildren(QLabel)
        if label.textFormat() == Qt.TextFormat.AutoText
    ]


def tips(root: QWidget) -> Iterator[tuple[str, str]]:
    """Tool tips below a widget, of widgets, actions, items on the canvas and cells of tables."""
    for widget in (root, *root.findChildren(QWidget)):
        yield type(widget).__name__, widget.toolTip()
        for action in widget.actions():
            yield f"action {action.text()}", action.toolTip()
        if isinstance(widget, QGraphicsView) and widget.scene() is not None:
            for item in widget.scene().items():
                yield type(item).__name__, item.toolTip()
        model = widget.model() if isinstance(widget, QAbstractItemView) else None
        if model is not None:
            columns = range(min(model.columnCount() if isinstance(model, QAbstractTableModel) else 1, 10))
            for row in range(min(model.rowCount(), 5)):
                for column in columns:
                    for role in ROLES:
                        yield type(model).__name__, str(model.index(row, column).data(role) or "")
            for column in columns:
                tip = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
                yield f"header of {type(model).__name__}", str(tip or "")


@pytest.fixture(scope="module")
def window(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    folder = tmp_path_factory.mktemp("data") / HOSTILE.replace("/", "")
    folder.mkdir()
    path = folder / f"{HOSTILE.replace('/', '')}.csv"
    rows = "".join(f'{n},{n * n % 7},"{HOSTILE}{n % 2}"\n' for n in range(40))
    path.write_text(f'"{HOSTILE}a","b","{HOSTILE}y"\n{rows}')
    window = MainWindow()
    window.resize(1280, 800)
    window.show()
    document = edits.set_dataset(Document(), TableFile(path=str(path)).settled())
    window.files._put_in(Project(document), None, HOSTILE)
    for dock in window.docks.all.values():
        dock.show()
    for _ in range(20):
        QApplication.processEvents()
    yield window
    window.session.close()
    window.hide()
    window.deleteLater()


def test_no_label_guesses_its_format(window: MainWindow) -> None:
    assert guessing(window) == []


def test_no_tool_tip_shows_a_name_as_rich_text(window: MainWindow) -> None:
    wrong = [f"{owner}: {tip}" for owner, tip in tips(window) if GuiQt.mightBeRichText(tip) and "<img src=x>" in tip]
    assert wrong == []
    assert any("&lt;img src=x&gt;" in tip for _, tip in tips(window))


def test_message_boxes_are_plain(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes: list[QMessageBox] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: boxes.append(box) or 0)
    window.files._complain("The project cannot be opened", OSError(HOSTILE + "x" * 5000))
    window.files.path = Path(f"{HOSTILE}.nnstudio")
    window.files._ask_about_the_other(window.files.path, 1.0)
    window.files.path = None
    assert len(boxes) == 2
    for box in boxes:
        assert guessing(box) == []
        assert len(box.informativeText()) < 1600


def test_no_class_of_the_program_makes_boxes_that_guess() -> None:
    import nnstudio

    root = Path(nnstudio.__file__).parent
    made = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        for call in (
            " QMessageBox(",
            " QLabel(",
            "(QLabel(",
            "QMessageBox.warning(",
            "QMessageBox.information(",
            "QMessageBox.critical(",
            "QMessageBox.question(",
        )
        if call in path.read_text(encoding="utf-8")
    }
    assert made == set()


def test_a_box_keeps_its_texts_plain(qtbot: QtBot) -> None:
    box = PlainMessageBox()
    qtbot.addWidget(box)
    box.setText(HOSTILE)
    box.setInformativeText(HOSTILE)
    box.setDetailedText(HOSTILE)
    assert guessing(box) == []


def test_a_tip_of_plain_words_stays_as_it_is() -> None:
    assert plain_tip("cats & dogs") == "cats & dogs"
    assert plain_tip("<b>cats</b>") == '<span style="white-space: pre-wrap">&lt;b&gt;cats&lt;/b&gt;</span>'
