"""The bundled templates open, are sound, and learn."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from engine.data import MNIST
from nnstudio import templates
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.compile import build, read_data, trainer_for
from nnstudio.document.model import Document
from nnstudio.document.project import ProjectError, to_bytes

NAMES = [template.name for template in templates.TEMPLATES]


@pytest.fixture
def digits_in_place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the MNIST templates find their digits; skips where there are none."""
    if request.getfixturevalue("name").startswith("mnist"):
        monkeypatch.setenv("NNSTUDIO_MNIST", str(request.getfixturevalue("mnist_folder")))


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
    assert project.weights is None
    assert to_bytes(project) == resources.path("templates", f"{name}.nnstudio").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_is_laid_out_tidily(name: str) -> None:
    document = templates.load(name).document
    assert edits.tidy(document) == document


@pytest.mark.usefixtures("digits_in_place")
@pytest.mark.parametrize("name", NAMES)
def test_is_sound_and_trains_a_step(name: str) -> None:
    document = templates.load(name).document
    assert not analyse(document).problems
    network = build(document)
    train = read_data(document.data).train
    trainer = trainer_for(document, network, train)
    trainer.load(train.x, train.y)
    before = network.values.copy()
    assert trainer.step() > 0
    assert (network.values != before).any()


def result(document: Document, epochs: int | None = None) -> dict[str, float]:
    """Loss and metric on the validation part (or all) after training."""
    network = build(document)
    data = read_data(document.data)
    trainer = trainer_for(document, network, data.train)
    trainer.fit(data.train.x, data.train.y, epochs or document.training.epochs)
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
    ],
)
def test_learns_its_classes(name: str, epochs: int | None, least: float) -> None:
    assert result(templates.load(name).document, epochs)["accuracy"] >= least


@pytest.mark.parametrize("name", ["regression-hills", "regression-plane"])
def test_learns_its_heights(name: str) -> None:
    # The heights have a noise of 0.05, whose mean size is 0.04: no network can come below that.
    assert result(templates.load(name).document)["mae"] < 0.06


@pytest.mark.parametrize(("name", "least"), [("mnist-tutorial", 0.99), ("mnist-cnn", 0.965)])
def test_reads_unseen_digits(name: str, least: float, mnist_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNSTUDIO_MNIST", str(mnist_folder))
    document = templates.load(name).document
    network = build(document)
    train = read_data(document.data).train
    trainer = trainer_for(document, network, train)
    trainer.fit(train.x, train.y, 3 if name == "mnist-cnn" else 20)
    assert isinstance(document.data.dataset, MNIST)
    unseen = document.data.dataset.with_changes(part="test").load()
    assert trainer.evaluate(unseen.x, unseen.y)["accuracy"] >= least


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(ProjectError, match=r"no template 'xr'; choose one of xor, spiral, .*regression-plane"):
        templates.load("xr")
