"""Data formats: one class per format, known wherever files are opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine.data import DATASETS, Data, open_path
from engine.data.file_dataset import FileDataset, Format, existing
from engine.data.formats import file_patterns, importers
from engine.data.preparation import Preparation
from engine.errors import DataError
from nnstudio import cli
from nnstudio.panels.data import DataPanel
from nnstudio.store import Store


@pytest.fixture
def numbers() -> Iterator[type[FileDataset]]:
    """A format for as long as the test runs: lines of numbers, of which the last is the target."""

    class Numbers(FileDataset):
        title: ClassVar[str] = "Numbers"
        help: ClassVar[str] = "Lines of numbers; the last one of each is predicted."
        format: ClassVar[Format | None] = Format("a .numbers text", (".numbers",))

        type: Literal["Numbers"] = "Numbers"
        path: str = ""

        def paths(self) -> tuple[Path]:
            return (existing(self.path, "a .numbers text"),)

        def read(self) -> Data:
            rows = np.loadtxt(self.path, dtype=np.float32, ndmin=2)
            return Data(rows[:, :-1], rows[:, -1:], "regression")

    yield Numbers
    del DATASETS["Numbers"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "three.NUMBERS"
    path.write_text("1 2 3\n4 5 6\n7 8 9\n")
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    cli.main([*words])
    out, err = capsys.readouterr()
    return " ".join((out + err).split())


def test_a_path_opens_it(numbers: Callable[..., FileDataset], file: Path) -> None:
    dataset = open_path(file)
    assert dataset == numbers(path=str(file))
    assert dataset.signature().targets == 1
    assert dataset.load().x.tolist() == [[1, 2], [4, 5], [7, 8]]


def test_file_dialog_and_tool_tip_offer_it(
    numbers: type[FileDataset], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = DataPanel(Store())
    qtbot.addWidget(panel)
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *words: (asked.append(words[-1]), ("", ""))[1])
    panel.open_file()
    assert asked == [f"Data ({' '.join(file_patterns())});;All files (*)"]
    assert "*.numbers" in file_patterns()
    button = panel.findChild(QPushButton, "openData")
    assert button is not None
    assert button.toolTip() == (
        "Your own data: a .npz or .npy file of arrays, a .numbers text, a table (.csv, .xlsx, .parquet) or images "
        "in IDX files"
    )


@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_the_command_line_tells_of_it(
    numbers: type[FileDataset], capsys: pytest.CaptureFixture[str], command: str
) -> None:
    words = told(capsys, command, "--help")
    assert "a .numbers text, a table (.csv, .xlsx, .parquet), images in IDX files or pictures" in words


def test_errors_name_it(numbers: type[FileDataset], tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("1")
    with pytest.raises(DataError, match=r"expected .*, a \.numbers text, a table \(.*\) or images in IDX files"):
        open_path(tmp_path / "a.log")
    # A folder of them is nothing that could be opened.
    with pytest.raises(DataError, match="a folder without data that can be opened; expected images in IDX files such"):
        open_path(tmp_path)


def test_the_command_line_predicts_from_it(
    numbers: type[FileDataset], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "xor.nnstudio")
    assert "created" in told(capsys, "new", "xor", "-o", project)
    told(capsys, "train", project, "--epochs", "1")
    assert cli.main(["predict", project, str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert ".npy, .numbers, .csv, .tsv" in told(capsys, "predict", project, "abc")


def test_a_folder_is_a_format_too(tmp_path: Path) -> None:
    class Folder(FileDataset):
        title: ClassVar[str] = "Folder"
        format: ClassVar[Format | None] = Format("a folder of .numbers texts", (), picks=("folder",))

        type: Literal["Folder"] = "Folder"
        path: str = ""

        @classmethod
        def opens(cls, path: Path, prefer: str = "train") -> FileDataset | None:  # type: ignore[override]
            return cls(path=str(path)) if any(path.glob("*/*.numbers")) else None

        def paths(self) -> tuple[Path]:
            return (Path(self.path),)

        def read(self) -> Data:
            rows = np.concatenate([np.loadtxt(path, np.float32, ndmin=2) for path in Path(self.path).rglob("*.*")])
            return Data(rows[:, :-1], rows[:, -1:], "regression")

    try:
        inner = tmp_path / "inner"
        inner.mkdir()
        for name in "abc":
            (inner / f"{name}.numbers").write_text("1 2 3\n")
        dataset = open_path(tmp_path)
        assert dataset == Folder(path=str(tmp_path))
        # However many files there are, a folder has one stamp, and each change shows in it.
        stamps = {dataset.stamps()}
        assert [len(stamp) for stamp in stamps] == [1]
        changes: tuple[Callable[[], object], ...] = (
            lambda: (inner / "a.numbers").write_text("1 2 3\n4 5 6\n"),
            lambda: (inner / "b.numbers").unlink(),
            lambda: (inner / "d.numbers").write_text("1 2 4\n"),
        )
        for samples, change in zip((4, 3, 4), changes, strict=True):
            change()
            stamps.add(dataset.stamps())
            assert dataset.signature().samples == samples
        assert len(stamps) == 4
    finally:
        del DATASETS["Folder"]


def test_every_format_can_be_told_of() -> None:
    for kind, form in importers():
        assert form.picks
        assert form.noun
        assert not form.noun.endswith(".")
        assert all(suffix == suffix.lower() for suffix in (*form.suffixes, *form.bare)), kind


def test_inputs_of_idx_files_are_those_of_training(mnist_folder: Path) -> None:
    dataset = open_path(mnist_folder)
    data = dataset.load()
    known = Preparation.fit(data)
    path = next(path for path in mnist_folder.iterdir() if path.name.startswith("train-images"))
    found, notes = type(dataset).read_inputs(str(path), known)  # type: ignore[attr-defined]
    assert notes == ()
    np.testing.assert_array_equal(found, data.x[:, 0])
