"""Data outside the folder of a project from elsewhere: nothing is touched before somebody allows it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.data import NpzFile, PictureFolder, TableFile, WithheldDataError, access
from engine.errors import DataError
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import known_projects, outside, project_file
from nnstudio.project.project_file import to_bytes
from nnstudio.training.project import Project

TABLE = "a,b,y\n" + "".join(f"{n},{n * n % 7},{'yes' if n % 2 else 'no'}\n" for n in range(20))


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(known_projects, "place", lambda: tmp_path / "state" / "known-projects")
    yield
    access._withheld.clear()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "private" / "data.csv"
    path.parent.mkdir()
    path.write_text(TABLE)
    return path


def project(place: str) -> Project:
    return Project(edits.set_data(Document(), dataset=TableFile(path=place)))


def foreign(folder: Path, place: str) -> Path:
    """A project that this user has not saved."""
    folder.mkdir(exist_ok=True)
    path = folder / "theirs.nnstudio"
    path.write_bytes(to_bytes(project(place)))
    return path


def test_nothing_outside_is_touched(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = foreign(tmp_path / "theirs", str(data))
    touched: list[str] = []
    for name in ("stat", "open", "listdir", "scandir"):
        real = getattr(os, name)

        def watched(place: object, *rest: object, _real=real, **more: object) -> object:  # type: ignore[no-untyped-def]
            touched.append(os.fspath(place) if isinstance(place, str | os.PathLike) else "")
            return _real(place, *rest, **more)

        monkeypatch.setattr(os, name, watched)
    dataset = project_file.load(path).document.data.dataset
    with pytest.raises(WithheldDataError, match="lie outside its folder"):
        dataset.signature()
    with pytest.raises(WithheldDataError):
        dataset.load()
    assert not [place for place in touched if place.startswith(str(data.parent))]
    access.allow(str(data))
    assert len(dataset.load()) == 20


def test_what_the_user_has_saved_is_known(tmp_path: Path, data: Path) -> None:
    path = tmp_path / "mine.nnstudio"
    project_file.save(project(str(data)), path)
    moved = shutil.copy(path, data.parent.parent / "copy.nnstudio")
    for place in (path, moved):
        assert len(project_file.load(place).document.data.dataset.load()) == 20
    assert not access._withheld
    if os.name == "posix":
        assert known_projects.place().stat().st_mode & 0o777 == 0o600


def test_saving_allows_nothing(tmp_path: Path, data: Path) -> None:
    loaded = project_file.load(foreign(tmp_path / "theirs", str(data)))
    path = tmp_path / "theirs" / "again.nnstudio"
    project_file.save(loaded, path)
    with pytest.raises(WithheldDataError):
        project_file.load(path).document.data.dataset.load()


def test_it_is_asked_once(tmp_path: Path, data: Path) -> None:
    path = foreign(tmp_path / "theirs", str(data))
    project_file.load(path)
    project_file.remember(path)
    access._withheld.clear()
    assert len(project_file.load(path).document.data.dataset.load()) == 20


def test_a_known_document_with_other_runs_is_not_known(tmp_path: Path, data: Path) -> None:
    document = to_bytes(project(str(data)))
    known_projects.remember(project_file._parse(document, "a")[1])
    assert known_projects.is_known(project(str(data)).document.model_dump_json(indent=2).encode())
    assert not known_projects.is_known(project(str(data)).document.model_dump_json(indent=2).encode() + b"{}")


def test_data_in_the_own_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.csv").write_text(TABLE)
    path = foreign(folder, "/home/somebody/else/data/a.csv")
    assert len(project_file.load(path).document.data.dataset.load()) == 20


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_a_link_in_the_own_folder_leads_outside(tmp_path: Path, data: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "a.csv").symlink_to(data)
    path = foreign(folder, str(folder / "a.csv"))
    with pytest.raises(WithheldDataError):
        project_file.load(path).document.data.dataset.load()


def test_tables_and_parts_of_pictures_count_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    for more in ({"table": "/etc/passwd"}, {"part": "../.."}, {"table": "../private/a.csv"}):
        assert outside.outside(PictureFolder(path=str(folder), **more), folder), more
    assert not outside.outside(PictureFolder(path=str(folder), part="train", table="a.csv"), folder)


def test_a_home_is_nobodys_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert outside.outside(TableFile(path=str(tmp_path / ".ssh" / "id")), tmp_path)
    assert outside.outside(TableFile(path=str(tmp_path / ".secret.csv")), tmp_path)
    assert outside.outside(TableFile(path=str(tmp_path / "a.csv")), tmp_path.parent)
    assert not outside.outside(TableFile(path=str(tmp_path / "a.csv")), tmp_path)


@pytest.mark.parametrize("place", ["//host/share/a.csv", "\\\\host\\share\\a.csv", "smb://host/a.csv"])
def test_network_paths_are_told_by_their_form(place: str) -> None:
    assert outside.is_network(place)


def test_network_mounts_are_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(outside, "_mounts", lambda: [("/", "ext4"), (str(tmp_path / "far"), "nfs4")])
    assert outside.is_network(str(tmp_path / "far" / "a.csv"))
    assert not outside.is_network(str(tmp_path / "farther" / "a.csv"))
    assert outside.outside(TableFile(path=str(tmp_path / "far" / "a.csv")), tmp_path)


def test_the_command_line_says_what_to_pass(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = foreign(tmp_path / "theirs", str(data))
    for command in (["train", str(path), "--epochs", "1"], ["data", str(path)]):
        assert main(command) == 1
        told = capsys.readouterr().err
        assert str(data) in told
        assert "pass --allow-outside" in told
    assert main(["data", str(path), "--allow-outside"]) == 0


@pytest.mark.skipif(os.name != "posix", reason="needs pipes")
def test_devices_pipes_and_sockets_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    listener = socket.socket(socket.AF_UNIX)
    # A socket's path must be short.
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        listener.bind("socket.npz")
    finally:
        os.chdir(here)
        listener.close()
    for dataset in (
        TableFile(path=str(tmp_path / "pipe.csv")),
        TableFile(path="/dev/zero"),
        NpzFile(path=str(tmp_path / "socket.npz")),
    ):
        with pytest.raises(DataError, match="is a device, a pipe or a socket"):
            dataset.load()


class TestWindow:
    def test_it_asks_and_reads_when_it_is_allowed(self, qtbot: QtBot, tmp_path: Path, data: Path) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QMessageBox

        from nnstudio.shell.main_window import MainWindow

        path = foreign(tmp_path / "theirs", str(data))
        window = MainWindow()
        qtbot.addWidget(window)
        try:
            window.files.open(path)
            box = window.findChild(QMessageBox, "outsideQuestion")
            assert box is not None
            assert str(data) in box.informativeText()
            assert box.textFormat() == Qt.TextFormat.PlainText
            box.buttons()[1].click()
            dataset = window.store.document.data.dataset
            assert window.store.is_withheld(dataset)
            assert not window.store.is_missing(dataset)
            problem = window.store.analysis.problems["input"]
            (fix, *_) = window.data_panel.fixes(problem)
            assert fix.title == "Read them"
            fix.run()
            qtbot.waitUntil(lambda: window.store.is_known(dataset), timeout=5000)
            assert window.store.document.data.dataset == dataset
            access._withheld.clear()
            project_file.load(path)
            assert not access._withheld
        finally:
            window.session.close()
            window.hide()
