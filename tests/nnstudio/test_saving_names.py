"""Names and rests of files: endings, damaged weights, memory that lacks, and platforms that do not exist."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from nnstudio.project import project_file
from nnstudio.project.archive import pack
from nnstudio.project.project_file import DamagedProjectError, ProjectError
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.project import Project
from nnstudio.ui import display_check
from tests.mutations import parts


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow()
    qtbot.addWidget(window)
    yield window
    window.session.close()
    window.hide()


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Texts of the message boxes, which are closed without an answer."""
    seen: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: seen.append(f"{box.text()} {box.informativeText()}") or 0)
    return seen


def choosing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


class TestEnding:
    def test_a_project_ends_as_projects_do(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, (chosen, written) in enumerate(
            (
                ("d.svg", "d.svg.nnstudio"),
                ("v1.2", "v1.2.nnstudio"),
                ("plain", "plain.nnstudio"),
                ("d.nnstudio", "d.nnstudio"),
                ("D.NNSTUDIO", "D.NNSTUDIO"),
            )
        ):
            folder = tmp_path / str(number)
            folder.mkdir()
            choosing(folder / chosen, monkeypatch)
            assert window.files.save_as()
            assert [path.name for path in folder.iterdir()] == [written]

    def test_nothing_is_replaced_without_a_question(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boxes: list[str]
    ) -> None:
        (tmp_path / "d.svg.nnstudio").write_text("precious")
        choosing(tmp_path / "d.svg", monkeypatch)
        assert not window.files.save_as()
        assert boxes == ["“d.svg.nnstudio” exists already. Replace it?"]
        assert (tmp_path / "d.svg.nnstudio").read_text() == "precious"


class TestDamagedParts:
    @pytest.mark.parametrize("name", [name for name in parts() if name != "project.json"])
    def test_the_network_is_read_alone(self, name: str) -> None:
        with pytest.raises(DamagedProjectError) as caught:
            project_file.from_bytes(pack({**parts(), name: b"damaged"}), "a")
        assert caught.value.document == project_file.from_bytes(pack(dict(parts())), "a").document

    def test_so_it_is_with_a_flipped_bit(self) -> None:
        whole = bytearray(pack(dict(parts())))
        whole[whole.index(parts()["weights.safetensors"]) + 200] ^= 1
        with pytest.raises(DamagedProjectError, match="damaged"):
            project_file.from_bytes(bytes(whole), "a")

    def test_without_a_network_nothing_is_read(self) -> None:
        for text in (b"{}", b"damaged"):
            with pytest.raises(ProjectError) as caught:
                project_file.from_bytes(pack({**parts(), "project.json": text}), "a")
            assert not isinstance(caught.value, DamagedProjectError)

    def test_the_window_opens_it_and_replaces_nothing(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boxes: list[str]
    ) -> None:
        path = tmp_path / "mine.nnstudio"
        damaged = pack({**parts(), "weights.safetensors": b"damaged"})
        path.write_bytes(damaged)
        window.files.open(path)
        assert [block.name for block in window.store.document.blocks]
        assert "Only the network of “mine.nnstudio” could be opened" in boxes[0]
        assert window.files.path is None
        assert window.files.dirty
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
        assert not window.files.save()
        assert path.read_bytes() == damaged


class TestMemory:
    def test_a_save_says_so(
        self, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boxes: list[str]
    ) -> None:
        def lacks(*_: object) -> bytes:
            raise MemoryError

        choosing(tmp_path / "a.nnstudio", monkeypatch)
        monkeypatch.setattr(project_file, "_entries", lacks)
        assert not window.files.save_as()
        assert "there is not enough memory" in boxes[0]
        failed: Future[Project] = Future()
        failed.set_exception(MemoryError())
        monkeypatch.setattr(window.session, "project", lambda: failed)
        assert not window.files.save_as()
        assert "There is not enough memory" in boxes[1]

    def test_so_does_opening(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def lacks(*_: object) -> bytes:
            raise MemoryError

        path = tmp_path / "a.nnstudio"
        path.write_bytes(pack(dict(parts())))
        monkeypatch.setattr(project_file, "_parse", lacks)
        with pytest.raises(ProjectError, match="there is not enough memory"):
            project_file.load(path)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="platforms of Linux")
class TestPlatform:
    def test_a_misspelt_one_is_told(self, tmp_path: Path) -> None:
        environment = {**os.environ, "QT_QPA_PLATFORM": "xbc"}
        done = subprocess.run(
            [sys.executable, "-m", "nnstudio"], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1
        assert "Qt has no platform 'xbc' (QT_QPA_PLATFORM): unset it, or choose one of" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize("name", ["offscreen", "nonsense;offscreen", "minimal:enable_fonts"])
    def test_others_are_left_alone(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.setenv("QT_QPA_PLATFORM", name)
        assert "Qt has no platform" not in (display_check.obstacle() or "")


def test_an_editor_with_something_typed_outlives_its_project(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    """What was being typed when another project is opened belongs to neither."""
    from PySide6.QtWidgets import QLineEdit

    from engine.data import TableFile
    from nnstudio.document import edits
    from nnstudio.document.model import Document
    from nnstudio.faults import log
    from nnstudio.training.project import Project

    faults: list[object] = []
    stop = log.listen(faults.append)
    table = edits.set_data(Document(), dataset=TableFile(path=str(tmp_path / "a.csv")))
    window.show()
    try:
        for number in range(8):
            window.files._put_in(Project(table), None, "table")
            for dock in ("dataPanel", "trainingPanel", "inspector"):
                window.docks.all[dock].show()
            lines = [line for line in window.findChildren(QLineEdit) if line.isVisible() and line.isEnabled()]
            line = lines[number * len(lines) // 8]
            line.setFocus()
            line.setText("7")
            line.setModified(True)
            before = Document()
            window.files._put_in(Project(before), None, "other")
            line.editingFinished.emit()
            assert window.store.document == before, line.objectName()
            assert not faults
    finally:
        stop()
