"""Data files of a project that was moved, with them or alone."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.data import MNIST, Dataset, MissingDataError, NpzFile, open_path
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project.data_place import place_of
from nnstudio.project.project_file import Project, load, save
from tests.engine.builders import write_idx


def written(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    match path.suffix:
        case ".csv":
            path.write_text("a,b,kind\n1,2,x\n3,4,y\n5,7,x\n")
        case ".npz":
            np.savez(path, x=np.ones((4, 2)), y=[0, 1, 0, 1])
        case ".npy":
            np.save(path, np.ones((4, 2)))
        case _:
            path.mkdir()
            write_idx(path, np.zeros((3, 4, 4)), np.array([1, 2, 3]))
    return path


def project_with(dataset: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(Project(edits.set_dataset(Document(), dataset)), path)
    return path


@pytest.mark.parametrize("inner", ["", "data", "data/more"])
@pytest.mark.parametrize("name", ["t.csv", "a.npz", "t.npy", "digits"])
def test_moved_together_they_are_found(tmp_path: Path, name: str, inner: str) -> None:
    data = written(tmp_path / "old" / inner, name)
    project_with(open_path(data), tmp_path / "old" / "p.nnstudio")
    (tmp_path / "old").rename(tmp_path / "new")
    dataset = load(tmp_path / "new" / "p.nnstudio").document.data.dataset
    assert place_of(dataset) == str(tmp_path / "new" / inner / name)
    assert len(dataset.load()) >= 3


def test_data_in_a_folder_beside_that_of_the_project(tmp_path: Path) -> None:
    data = written(tmp_path / "old" / "data", "a.npz")
    project_with(open_path(data), tmp_path / "old" / "projects" / "p.nnstudio")
    (tmp_path / "old").rename(tmp_path / "new")
    loaded = load(tmp_path / "new" / "projects" / "p.nnstudio")
    assert place_of(loaded.document.data.dataset) == str(tmp_path / "new" / "data" / "a.npz")


def test_a_copy_of_both_goes_with_its_own_data(tmp_path: Path) -> None:
    project_with(open_path(written(tmp_path / "old", "a.npz")), tmp_path / "old" / "p.nnstudio")
    shutil.copytree(tmp_path / "old", tmp_path / "new")
    assert place_of(load(tmp_path / "new" / "p.nnstudio").document.data.dataset) == str(tmp_path / "new" / "a.npz")
    assert place_of(load(tmp_path / "old" / "p.nnstudio").document.data.dataset) == str(tmp_path / "old" / "a.npz")


def test_a_project_that_moved_alone_finds_its_data_where_they_were(tmp_path: Path) -> None:
    data = written(tmp_path / "old", "a.npz")
    project_with(open_path(data), tmp_path / "old" / "p.nnstudio")
    (tmp_path / "new").mkdir()
    (tmp_path / "old" / "p.nnstudio").rename(tmp_path / "new" / "p.nnstudio")
    assert place_of(load(tmp_path / "new" / "p.nnstudio").document.data.dataset) == str(data)


@pytest.mark.parametrize("place", ["C:\\Users\\somebody\\a.npz", "/home/somebody/a.npz"])
def test_what_lies_beside_the_project_is_taken_by_its_name(tmp_path: Path, place: str) -> None:
    written(tmp_path, "a.npz")
    project_with(NpzFile(path=place), tmp_path / "p.nnstudio")
    assert place_of(load(tmp_path / "p.nnstudio").document.data.dataset) == str(tmp_path / "a.npz")


@pytest.mark.parametrize("gone", ["/gone/far/sub/a.npz", r"C:\Users\me\sub\a.npz"])
def test_the_last_parts_of_a_path_from_elsewhere_are_looked_for_below_the_project(tmp_path: Path, gone: str) -> None:
    path = project_with(NpzFile(path=gone), tmp_path / "p.nnstudio")
    assert place_of(load(path).document.data.dataset) == gone
    written(tmp_path, "a.npz")
    assert place_of(load(path).document.data.dataset) == str(tmp_path / "a.npz")
    written(tmp_path / "sub", "a.npz")
    assert place_of(load(path).document.data.dataset) == str(tmp_path / "sub" / "a.npz")


def test_what_is_where_it_was_stays_there(tmp_path: Path) -> None:
    path = project_with(open_path(written(tmp_path / "elsewhere", "t.csv")), tmp_path / "home" / "p.nnstudio")
    written(tmp_path / "home", "t.csv")
    assert place_of(load(path).document.data.dataset) == str(tmp_path / "elsewhere" / "t.csv")


def test_where_they_are_nowhere_their_old_place_is_named(tmp_path: Path) -> None:
    data = written(tmp_path / "old", "a.npz")
    project_with(open_path(data), tmp_path / "p.nnstudio")
    data.unlink()
    dataset = load(tmp_path / "p.nnstudio").document.data.dataset
    assert place_of(dataset) == str(data)
    with pytest.raises(MissingDataError, match=r"a\.npz does not exist; choose a \.npz or \.npy file\."):
        dataset.load()


def test_the_way_is_kept_in_the_file_alone(tmp_path: Path) -> None:
    data = written(tmp_path / "data", "a.npz")
    path = project_with(open_path(data), tmp_path / "p.nnstudio")
    kept = json.loads(zipfile.ZipFile(path).read("project.json"))["data"]["dataset"]
    assert (kept["path"], kept["relative"]) == (str(data), "data/a.npz")
    loaded = load(path)
    assert loaded.document.data.dataset == open_path(data)
    save(loaded, path)
    again = path.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == again


def test_downloaded_data_are_in_no_place(tmp_path: Path) -> None:
    path = project_with(MNIST(), tmp_path / "p.nnstudio")
    assert load(path).document.data.dataset == MNIST()


def test_a_file_in_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "old", "a.npz")
    monkeypatch.chdir(tmp_path / "old")
    project_with(NpzFile(path="a.npz"), Path("p.nnstudio"))
    monkeypatch.chdir(tmp_path)
    os.rename("old", "new")
    assert place_of(load(Path("new/p.nnstudio")).document.data.dataset) == str(tmp_path / "new" / "a.npz")
