"""Several yes-or-no targets in the studio: output layer, loss, metrics, predictions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from engine import layers, losses
from engine.data import NpzFile, TableFile
from nnstudio import headless
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import OUTPUT, Document
from nnstudio.panels.metric_form import metric_fields
from nnstudio.panels.parts import target_fact
from nnstudio.project import project_file
from nnstudio.training.project import Project
from nnstudio.training.run import TrainingRun
from nnstudio.views.curves.metric import title_of

RNG = np.random.default_rng(3)
X = RNG.normal(size=(80, 4)).astype(np.float32)
Y = X[:, :3] > 0


@pytest.fixture
def arrays(tmp_path: Path) -> NpzFile:
    np.savez(tmp_path / "a.npz", x=X, y=Y)
    return NpzFile(path=str(tmp_path / "a.npz")).settled()


@pytest.fixture
def table(tmp_path: Path) -> TableFile:
    rows = ["a,b,c,d,sport,music,film"]
    rows += [
        ",".join([*(f"{value:.4f}" for value in x), *("yes" if one else "no" for one in y)])
        for x, y in zip(X, Y, strict=True)
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    return TableFile(path=str(tmp_path / "a.csv")).with_roles(["sport", "music", "film"]).settled()


def test_choosing_the_data_sets_loss_and_fixes(arrays: NpzFile) -> None:
    document = edits.append(edits.choose_data(Document(), arrays), layers.Dense(8))
    document = edits.append(document, layers.ReLU())
    assert document.training.loss == losses.BinaryCrossEntropy()
    assert not document.data.steps
    problem = analyse(document).problems[OUTPUT]
    assert "the data have 3 yes-or-no targets" in problem.sentence
    assert problem.fix is not None
    document = edits.apply_fix(document, OUTPUT, problem.fix)
    assert [block.layer for block in document.blocks][-2:] == [layers.Dense(3), layers.Sigmoid()]
    analysis = analyse(document)
    assert analysis.ok
    assert analysis.signature is not None
    assert [field.name for field in metric_fields(analysis.signature)] == ["exact_match"]
    assert title_of("binary_accuracy") == "Binary accuracy"
    assert target_fact(analysis.signature) == {"Targets": "3 labels per sample, each yes or no"}


@pytest.mark.parametrize("loss", [losses.CategoricalCrossEntropy(), losses.Hinge()])
def test_losses_of_one_class_are_refused_with_a_fix(arrays: NpzFile, loss: losses.Loss) -> None:
    document = edits.choose_data(Document(), arrays)
    document = edits.append(edits.append(document, layers.Dense(3)), layers.Sigmoid())
    document = edits.set_training(document, loss=loss)
    fix = analyse(document).problems[OUTPUT].fix
    assert fix is not None
    assert edits.apply_fix(document, OUTPUT, fix).training.loss == losses.BinaryCrossEntropy()


def test_squared_error_behind_a_sigmoid_is_advised_against(arrays: NpzFile) -> None:
    document = edits.choose_data(Document(), arrays)
    document = edits.append(edits.append(document, layers.Dense(3)), layers.Sigmoid())
    document = edits.set_training(document, loss=losses.MeanSquaredError())
    (remark,) = [each for each in analyse(document).remarks if each.rule == "loss_for_numbers"]
    assert remark.fix is not None
    assert remark.fix.training == {"loss": losses.BinaryCrossEntropy()}


def test_from_a_table_to_predictions(table: TableFile, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = edits.choose_data(Document(), table)
    document = edits.append(edits.append(document, layers.Dense(3)), layers.Sigmoid())
    document = edits.set_training(document, epochs=60, metrics=("exact_match", "mae"))
    project = Project(document)
    run: TrainingRun = headless.start(project)
    while not run.finished:
        run.advance(1, 60, lambda: False)
    path = tmp_path / "a.nnstudio"
    project_file.save(headless.finish(project, run), path)
    assert main(["evaluate", str(path), "--json"]) == 0
    assert {"binary_accuracy", "exact_match"} <= set(json.loads(capsys.readouterr().out))
    assert main(["predict", str(path), str(tmp_path / "a.csv"), "-o", str(tmp_path / "out.csv")]) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["row", "labels", "probability_sport", "probability_music", "probability_film"]
    said = np.array([[float(value) > 0.5 for value in row[2:]] for row in rows])
    assert (said == Y).mean() > 0.9
    named = [[name for name, yes in zip(("sport", "music", "film"), row, strict=True) if yes] for row in said]
    assert [row[1] for row in rows] == ["; ".join(names) for names in named]
    assert main(["predict", str(path), "3,-3,3,0"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("sport, film (sport 9")
