"""Bundled templates: they open, are valid, and learn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import resources
from engine.data import MNIST
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document
from nnstudio.project import templates
from nnstudio.project.project_file import ProjectError, load, to_bytes
from nnstudio.training.build import build, read_data, trainer_for

ROOT = Path(__file__).parents[2]
NAMES = [template.name for template in templates.TEMPLATES]


def test_list_and_files_agree() -> None:
    files = {Path(entry.name).stem for entry in resources.path("templates").iterdir()}
    assert files == set(NAMES)
    assert len(NAMES) == len(files)


@pytest.mark.parametrize("template", templates.TEMPLATES, ids=NAMES)
def test_has_title_sentence_and_a_drawing(template: templates.Template) -> None:
    assert template.title
    assert template.sentence.endswith(".")
    assert resources.path("icons", f"{template.icon}.svg").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_is_saved_as_the_program_saves_today(name: str) -> None:
    """Otherwise an untouched template would be called changed as soon as it was saved once."""
    project = templates.load(name)
    assert not project.trained
    assert to_bytes(project) == resources.path("templates", f"{name}.nnstudio").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_is_laid_out_tidily(name: str) -> None:
    document = templates.load(name).document
    assert edits.tidy(document) == document


@pytest.mark.parametrize("name", NAMES)
def test_is_sound_and_trains_a_step(name: str) -> None:
    document = templates.load(name).document
    assert not analyse(document).problems
    network = build(document)
    train = read_data(document.data).train
    trainer = trainer_for(document, network, train)
    trainer.load(train.x, train.y)
    before = network.parameter_vector.copy()  # type: ignore[attr-defined]
    assert trainer.step() > 0
    assert (network.parameter_vector != before).any()  # type: ignore[attr-defined]


def result(document: Document, epochs: int | None = None) -> dict[str, float]:
    """Loss and metric on the validation part (or all) after training."""
    network = build(document)
    data = read_data(document.data)
    trainer = trainer_for(document, network, data.train)
    trainer.fit(data.train.x, data.train.y, epochs or document.training.epochs)  # type: ignore[attr-defined]
    judged = data.validation or data.train
    return trainer.evaluate(judged.x, judged.y)


@pytest.mark.parametrize(
    ("name", "epochs", "least"),
    [
        ("xor", 2500, 1.0),
        ("spiral", 800, 0.95),
        ("moons", 600, 0.95),
        ("iris", None, 0.9),
        ("digits-cnn", None, 0.97),
        ("breast-cancer", None, 0.95),
        ("shapes-cnn", None, 0.97),
    ],
)
def test_learns_its_classes(name: str, epochs: int | None, least: float) -> None:
    assert result(templates.load(name).document, epochs)["accuracy"] >= least


@pytest.mark.parametrize("name", ["regression-hills", "regression-plane", "regression-sine"])
def test_learns_its_heights(name: str) -> None:
    # The heights have a noise of 0.05, whose mean size is 0.04: no network can come below that.
    assert result(templates.load(name).document)["mae"] < 0.06


def with_mnist(name: str, folder: Path) -> Document:
    """A template on the data that it begins without."""
    document = templates.load(name).document
    larger = document.data.dataset.larger()
    assert isinstance(larger, MNIST)
    return edits.choose_data(document, larger.located(str(folder)))


@pytest.mark.parametrize(("name", "least"), [("mnist-tutorial", 0.99), ("mnist-cnn", 0.965)])
def test_reads_unseen_digits(name: str, least: float, mnist_folder: Path) -> None:
    document = with_mnist(name, mnist_folder)
    network = build(document)
    train = read_data(document.data).train
    trainer = trainer_for(document, network, train)
    trainer.fit(train.x, train.y, 3 if name == "mnist-cnn" else 20)  # type: ignore[attr-defined]
    unseen = document.data.dataset.with_changes(part="test").load()
    assert trainer.evaluate(unseen.x, unseen.y)["accuracy"] >= least


@pytest.mark.parametrize(("name", "least"), [("mnist-tutorial", 0.9), ("mnist-cnn", 0.4)])
def test_what_is_learnt_on_the_bundled_digits_helps_with_mnist(name: str, least: float, mnist_folder: Path) -> None:
    """Without a step on MNIST, whose hands are others; that is why the bundled ones are set as MNIST's."""
    document = templates.load(name).document
    network = build(document)
    train = read_data(document.data).train
    trainer = trainer_for(document, network, train)
    trainer.fit(train.x, train.y, document.training.epochs)  # type: ignore[attr-defined]
    unseen = with_mnist(name, mnist_folder).data.dataset.with_changes(part="test", per_class=None).load()
    assert trainer.evaluate(unseen.x, unseen.y)["accuracy"] >= least


def test_all_train_offline_from_a_fresh_home_folder(tmp_path: Path) -> None:
    """As somebody meets them who has just installed the program, in a train."""
    nowhere = "http://127.0.0.1:9"  # a proxy that answers nobody
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "http_proxy": nowhere, "https_proxy": nowhere}
    paths = {name: str(tmp_path / f"{name}.nnstudio") for name in NAMES}
    calls = [
        words
        for name, path in paths.items()
        for words in (["new", name, "-o", path], ["train", path, "--epochs", "1"], ["evaluate", path])
    ]
    # In one process: to start one for each takes longer than all they do.
    code = f"from nnstudio.cli import main\nfor words in {calls}:\n    assert main(words) == 0, words"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert {name: load(path).checkpoint.epoch for name, path in paths.items()} == dict.fromkeys(NAMES, 1)


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(ProjectError, match=r"no template 'xr'; choose one of xor, spiral, .*regression-plane"):
        templates.load("xr")
