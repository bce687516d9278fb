"""Pictures in the window: opened, dropped, cancelled, left out, augmented."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPlainTextEdit, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from engine.data import Circles, Digits, PictureFolder
from engine.data.pictures import reading
from engine.data.pictures.decoding import Target, decode
from engine.data.steps import Erase, Flip, Shift
from nnstudio.document import edits
from nnstudio.document.data_state import Known
from nnstudio.document.model import DataSettings, Document
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.panels.augmentation_preview import AugmentationPreview
from nnstudio.panels.data import DataPanel
from nnstudio.shell.main_window import MainWindow
from nnstudio.store import Store
from nnstudio.training.build import read_data
from nnstudio.training.messages import RunState, Snapshot
from tests.engine.picture_files import bomb, folders, write
from tests.nnstudio.panels_support import button, shown, visible_text


@pytest.fixture
def store(qtbot: QtBot) -> Store:
    return Store()


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> DataPanel:
    made = DataPanel(store)
    shown(qtbot, made)
    return made


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Holds every picture back until it is set."""
    opened = threading.Event()

    def held(path: Path, target: Target) -> np.ndarray:
        assert opened.wait(20)
        return decode(path, target)

    monkeypatch.setattr(reading, "decode", held)
    yield opened
    opened.set()


def dataset_of(store: Store) -> PictureFolder:
    dataset = store.document.data.dataset
    assert isinstance(dataset, PictureFolder)
    return dataset


def drop(target: QWidget, *paths: Path) -> bool:
    """Drops files on a widget as a file manager would. Returns whether anybody took them."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys, copy = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction
    enter = QDragEnterEvent(QPoint(5, 5), copy, mime, buttons, keys)
    QApplication.sendEvent(target, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), copy, mime, buttons, keys))
    return True


class TestPanel:
    def test_a_folder_is_chosen(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folders(tmp_path / "pets")
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "pets"))
        qtbot.mouseClick(button(panel, "openDataFolder"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: isinstance(store.document.data.dataset, PictureFolder))
        assert dataset_of(store).size == 8
        assert dataset_of(store).colour == "grey"
        assert store.undo_stack.undoText() == "Open data pets"
        assert store.analysis.signature is not None
        assert store.analysis.signature.classes == ("cat", "dog")

    def test_tells_how_far_it_is_and_is_cancelled(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, gate: threading.Event
    ) -> None:
        folders(tmp_path / "pets", each=20)
        before = store.document
        panel.take_path(str(tmp_path / "pets"))
        text = panel.findChild(QLabel, "readingText")
        bar = panel.waiting.findChild(QProgressBar)
        assert text is not None
        assert bar is not None
        qtbot.waitUntil(lambda: text.text() == "Reading pets: 0 of 40 pictures")
        assert (bar.minimum(), bar.maximum(), bar.value()) == (0, 1000, 0)
        qtbot.mouseClick(button(panel, "readingCancel"), Qt.MouseButton.LeftButton)
        gate.set()
        qtbot.wait(100)
        assert not panel.waiting.isVisible()
        assert store.document is before
        assert "cancelled" not in visible_text(panel)

    def test_another_size_can_be_cancelled_and_read_later(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, gate: threading.Event
    ) -> None:
        gate.set()
        folders(tmp_path / "pets", each=20)
        panel.take_path(str(tmp_path / "pets"))
        qtbot.waitUntil(lambda: isinstance(store.document.data.dataset, PictureFolder))
        qtbot.waitUntil(lambda: isinstance(store.data_state(store.document.data.dataset), Known))
        gate.clear()
        store.edit("Size", edits.set_dataset(store.document, dataset_of(store).with_changes(size=6), store.data_state))
        qtbot.waitUntil(lambda: "Reading pets: 0 of 40 pictures" in visible_text(panel))
        qtbot.mouseClick(button(panel, "readingCancel"), Qt.MouseButton.LeftButton)
        gate.set()
        qtbot.waitUntil(lambda: "Reading these data was cancelled." in visible_text(panel))
        fixes = [fix for fix in panel.fixes(store.analysis.problems["input"]) if fix.title == "Read them now"]
        fixes[0].run()
        qtbot.waitUntil(lambda: store.analysis.signature is not None and "cancelled" not in visible_text(panel))
        assert store.analysis.signature is not None
        assert store.analysis.signature.input_shape == (1, 6, 6)

    def test_what_was_passed_over_is_read_when_it_comes_back(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, gate: threading.Event
    ) -> None:
        gate.set()
        folders(tmp_path / "pets", each=20)
        panel.take_path(str(tmp_path / "pets"))
        qtbot.waitUntil(lambda: isinstance(store.document.data.dataset, PictureFolder))
        qtbot.waitUntil(lambda: isinstance(store.data_state(store.document.data.dataset), Known))
        gate.clear()
        for size in (6, 5):
            changed = dataset_of(store).with_changes(size=size)
            store.edit("Size", edits.set_dataset(store.document, changed, store.data_state))
        store.undo_stack.undo()
        assert dataset_of(store).size == 6
        gate.set()
        qtbot.waitUntil(
            lambda: store.analysis.signature is not None and store.analysis.signature.input_shape == (1, 6, 6)
        )
        assert not store.analysis.problems

    def test_broken_files_are_left_out_on_request(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path
    ) -> None:
        folders(tmp_path / "pets")
        (tmp_path / "pets" / "cat" / "1.png").write_text("no picture")
        bomb(tmp_path / "pets" / "dog" / "9.png")
        panel.take_path(str(tmp_path / "pets"))
        qtbot.waitUntil(lambda: "2 of 13 pictures cannot be read" in visible_text(panel))
        assert "cat/1.png is no PNG" in visible_text(panel)
        assert store.analysis.signature is None
        titles = {fix.title: fix for fix in panel.fixes(store.analysis.problems["input"])}
        titles["Leave the 2 files out"].run()
        qtbot.waitUntil(lambda: store.analysis.signature is not None)
        assert store.undo_stack.undoText() == "Leave the 2 files out"
        assert store.analysis.signature is not None
        assert store.analysis.signature.samples == 11
        panel.draw(Snapshot(1, RunState.READY, data=read_data(store.document.data)))
        lines = panel.findChild(QPlainTextEdit, "leftOut")
        assert lines is not None
        button(panel, "leftOutSection").click()
        assert lines.isVisible()
        assert lines.toPlainText().splitlines() == [
            "cat/1.png is no PNG, JPEG, BMP, GIF or WebP picture",
            "dog/9.png announces too many pixels; at most 89,478,485 are read",
        ]
        panel.draw(Snapshot(1, RunState.READY, data=read_data(DataSettings())))
        assert not lines.isVisible()

    def test_a_picture_becomes_the_probe(self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path) -> None:
        store.open(Document(data=DataSettings(dataset=Digits())))
        path = write(tmp_path / "seven.png", np.full((40, 40, 3), 51, np.uint8))
        said: list[str] = []
        panel.picture_taken.connect(said.append)
        panel.take_path(str(path))
        qtbot.waitUntil(lambda: bool(said))
        assert said == ["seven.png is the probe now, as 1x8x8 numbers."]
        assert isinstance(store.sample, OwnSample)
        np.testing.assert_allclose(store.sample.values, np.full(64, 0.2), rtol=1e-6)
        assert isinstance(store.document.data.dataset, Digits)

    def test_a_picture_that_is_no_sample_offers_its_folder(
        self, qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path
    ) -> None:
        store.open(Document(data=DataSettings(dataset=Circles())))
        folders(tmp_path / "pets")
        panel.take_path(str(tmp_path / "pets" / "cat" / "1.png"))
        qtbot.waitUntil(lambda: "found a picture, but a sample has 2 inputs here" in visible_text(panel))
        assert button(panel, "openPictureFolder").text() == "Use the pictures in cat as data"
        assert store.sample is None
        panel.take_path(str(tmp_path / "pets"))
        qtbot.waitUntil(lambda: isinstance(store.document.data.dataset, PictureFolder))
        assert "found a picture" not in visible_text(panel)


class TestDrop:
    @pytest.mark.parametrize("place", ["canvas", "start page", "data panel"])
    def test_a_folder_becomes_the_data(self, qtbot: QtBot, window: MainWindow, tmp_path: Path, place: str) -> None:
        folders(tmp_path / "pets")
        if place != "start page":
            window.files.open_template("digits-cnn")
        targets: dict[str, Callable[[], QWidget]] = {
            "canvas": window.canvas.viewport,
            "start page": lambda: window.welcome,
            "data panel": lambda: window.data_panel,
        }
        assert drop(targets[place](), tmp_path / "pets")
        qtbot.waitUntil(lambda: isinstance(window.store.document.data.dataset, PictureFolder), timeout=10_000)
        assert window.project_shown
        assert window.docks.all["dataPanel"].isVisible()

    def test_a_project_is_opened_and_a_picture_is_looked_at(
        self, qtbot: QtBot, window: MainWindow, tmp_path: Path
    ) -> None:
        from nnstudio.project import project_file, templates

        project_file.save(templates.load("digits-cnn"), tmp_path / "mine.nnstudio")
        assert drop(window.welcome, tmp_path / "mine.nnstudio")
        assert window.files.path == tmp_path / "mine.nnstudio"
        qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.READY, timeout=10_000)
        write(tmp_path / "seven.png", np.full((40, 40, 3), 51, np.uint8))
        assert drop(window.canvas.viewport(), tmp_path / "seven.png")
        qtbot.waitUntil(lambda: isinstance(window.store.sample, OwnSample), timeout=10_000)
        assert window.docks.all["probeView"].isVisible()

    def test_several_files_are_told(self, window: MainWindow, tmp_path: Path) -> None:
        window.files.new()
        before = window.store.document
        assert drop(window.canvas.viewport(), tmp_path / "a.png", tmp_path / "b.png")
        assert "Drop one file or folder at a time" in window.status.currentMessage()
        assert window.store.document is before

    def test_what_is_no_file_is_not_taken(self, window: MainWindow) -> None:
        window.files.new()
        mime = QMimeData()
        mime.setText("hello")
        enter = QDragEnterEvent(
            QPoint(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(window.canvas.viewport(), enter)
        assert not enter.isAccepted()


class TestAugmentation:
    @pytest.fixture
    def preview(self, qtbot: QtBot) -> AugmentationPreview:
        made = AugmentationPreview()
        qtbot.addWidget(made)
        made.resize(300, 300)
        return made

    def test_shows_a_picture_and_its_changes(self, qtbot: QtBot, preview: AugmentationPreview) -> None:
        split = read_data(DataSettings(dataset=Digits(per_class=5)))
        preview.show_split(split)
        assert preview.isHidden()
        preview.show_steps((Erase(size=1, chance=1),), 0)
        assert not preview.isHidden()
        qtbot.waitUntil(lambda: len(preview.canvas._pictures) == 10)
        np.testing.assert_array_equal(preview.canvas._pictures[0], split.train.x[0])
        assert (preview.canvas._pictures[1:] == 0).all()
        preview.show_sample(SampleRef("train", 3))
        qtbot.waitUntil(lambda: np.array_equal(preview.canvas._pictures[0], split.train.x[3]))
        preview.show_steps((), 0)
        assert preview.isHidden()

    def test_draws_other_changes(self, qtbot: QtBot, preview: AugmentationPreview) -> None:
        preview.show_split(read_data(DataSettings(dataset=Digits(per_class=5))))
        preview.show_steps((Shift(), Flip()), 0)
        qtbot.waitUntil(lambda: len(preview.canvas._pictures) == 10)
        first = preview.canvas._pictures
        preview.again.click()
        qtbot.waitUntil(lambda: preview.canvas._pictures is not first)
        assert not np.array_equal(preview.canvas._pictures[1:], first[1:])
        np.testing.assert_array_equal(preview.canvas._pictures[0], first[0])

    def test_only_the_newest_of_many_settings_counts(self, qtbot: QtBot, preview: AugmentationPreview) -> None:
        preview.show_split(read_data(DataSettings(dataset=Digits(per_class=5))))
        for across in range(1, 9):
            preview.show_steps((Shift(across=across), Erase(size=1, chance=across / 8)), 0)
        qtbot.waitUntil(lambda: len(preview.canvas._pictures) == 10 and bool((preview.canvas._pictures[1:] == 0).all()))

    def test_is_part_of_the_panel(self, qtbot: QtBot, store: Store, panel: DataPanel) -> None:
        document = Document(data=DataSettings(dataset=Digits(per_class=5), steps=(Shift(),)))
        store.open(document)
        panel.draw(Snapshot(1, RunState.READY, data=read_data(document.data)))
        qtbot.waitUntil(lambda: len(panel.augmented.canvas._pictures) == 10)
        assert panel.augmented.isVisible()
        assert "Training sample 1, and as training may see it" in visible_text(panel)
        store.open(Document())
        assert not panel.augmented.isVisible()
