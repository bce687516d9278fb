"""Places of a project's data: moved together with it, they are found again."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from engine.data import MNIST, NpzFile, TableFile
from engine.data.file_dataset import FileDataset
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project.project_file import load, save
from nnstudio.training.project import Project


def saved(file: Path, dataset: FileDataset) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    save(Project(edits.set_data(Document(), dataset=dataset)), file)
    return file


def place(file: Path) -> str:
    dataset = load(file).document.data.dataset
    return str(getattr(dataset, dataset.location[0]))


def written(file: Path) -> str:
    dataset = json.loads(zipfile.ZipFile(file).read("project.json"))["data"]["dataset"]
    return str(dataset.get("path", dataset.get("folder")))


@pytest.mark.parametrize("below", ["", "data", "data/2024"])
def test_project_and_table_moved_together(tmp_path: Path, below: str) -> None:
    table = tmp_path / "old" / below / "t.csv"
    table.parent.mkdir(parents=True)
    table.write_text("a,y\n1,x\n2,z\n")
    file = saved(tmp_path / "old" / "p.nnstudio", TableFile(path=str(table)))
    assert written(file) == (f"{below}/t.csv" if below else "t.csv")
    assert place(file) == str(table)
    shutil.move(tmp_path / "old", tmp_path / "new")
    assert place(tmp_path / "new" / "p.nnstudio") == str(tmp_path / "new" / below / "t.csv")
    assert load(tmp_path / "new" / "p.nnstudio").document.data.dataset.signature().samples == 2


def test_a_copy_takes_the_table_beside_it(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "t.csv").write_text("a,y\n1,x\n2,z\n")
    saved(tmp_path / "old" / "p.nnstudio", TableFile(path=str(tmp_path / "old" / "t.csv")))
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    assert place(tmp_path / "new" / "p.nnstudio") == str(tmp_path / "new" / "t.csv")


@pytest.mark.parametrize("gone", ["/gone/far/sub/t.npz", r"C:\Users\me\sub\t.npz"])
def test_a_table_from_elsewhere_is_looked_for_beside_the_project(tmp_path: Path, gone: str) -> None:
    file = saved(tmp_path / "p.nnstudio", NpzFile(path=gone))
    assert place(file) == gone
    (tmp_path / "t.npz").touch()
    assert place(file) == str(tmp_path / "t.npz")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "t.npz").touch()
    assert place(file) == str(tmp_path / "sub" / "t.npz")


def test_what_is_where_it_was_stays_there(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "t.csv"
    other.parent.mkdir()
    other.write_text("a,y\n1,x\n2,z\n")
    file = saved(tmp_path / "home" / "p.nnstudio", TableFile(path=str(other)))
    (tmp_path / "home" / "t.csv").touch()
    assert (written(file), place(file)) == (str(other), str(other))


def test_folders_and_those_that_are_not_named(tmp_path: Path) -> None:
    (tmp_path / "digits").mkdir()
    file = saved(tmp_path / "p.nnstudio", MNIST(folder=str(tmp_path / "digits")))
    assert (written(file), place(file)) == ("digits", str(tmp_path / "digits"))
    assert place(saved(tmp_path / "q.nnstudio", MNIST())) == ""


def test_the_table_gone_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,y\n1,x\n2,z\n")
    file = saved(tmp_path / "p.nnstudio", TableFile(path=str(tmp_path / "t.csv")))
    (tmp_path / "t.csv").unlink()
    with pytest.raises(Exception, match=r"t\.csv does not exist; choose a table"):
        load(file).document.data.dataset.signature()
