"""Coding of tables against pandas, scikit-learn and SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, layers, losses, optimizers
from engine.data import Preparation
from engine.data.tables.settings import ColumnSetting
from tests.engine.tables import lines, table

RNG = np.random.default_rng(7)
COLOURS = RNG.choice(["red", "green", "blue", "a b"], 60)
SIZES = RNG.normal(size=60).round(3)


@pytest.mark.peers
@pytest.mark.parametrize("coding", ["one_hot", "dummy"])
def test_categories_are_those_of_pandas(tmp_path: Path, coding: str) -> None:
    pandas = pytest.importorskip("pandas")
    dataset = table(
        tmp_path,
        lines(("size", "colour", "y"), *zip(SIZES, COLOURS, SIZES * 2, strict=True)),
        columns=(ColumnSetting(name="colour", coding=coding),),
    )
    frame = pandas.read_csv(tmp_path / "t.csv")[["size", "colour"]]
    expected = pandas.get_dummies(frame, drop_first=coding == "dummy", dtype=float)
    data = dataset.load()
    assert list(data.features) == list(expected.columns)
    np.testing.assert_array_equal(data.x, expected.to_numpy())


@pytest.mark.peers
def test_categories_are_those_of_scikit_learn(tmp_path: Path) -> None:
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    data = table(tmp_path, lines(("colour", "y"), *zip(COLOURS, SIZES, strict=True))).load()
    known = Preparation.fit(data)
    encoder = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(COLOURS[:, None])
    np.testing.assert_array_equal(data.x, encoder.transform(COLOURS[:, None]))
    others = np.array(["blue", "purple", "red"])
    other = table(tmp_path, lines(("y", "colour"), *zip([1, 2, 3], others, strict=True)), "o.csv")
    np.testing.assert_array_equal(type(other).read_inputs(other.path, known)[0], encoder.transform(others[:, None]))


@pytest.mark.peers
@pytest.mark.parametrize(
    ("gaps", "strategy"), [("mean", "mean"), ("median", "median"), ("most_frequent", "most_frequent")]
)
def test_gaps_are_filled_as_by_scikit_learn(tmp_path: Path, gaps: str, strategy: str) -> None:
    impute = pytest.importorskip("sklearn.impute")
    values = np.round(RNG.normal(size=(50, 2)) * 2)
    values[RNG.random((50, 2)) < 0.2] = np.nan
    columns = tuple(ColumnSetting(name=name, gaps=gaps) for name in "ab")
    text = lines("a,b,y", *((*("" if np.isnan(v) else v for v in row), i % 2) for i, row in enumerate(values)))
    data = table(tmp_path, text, columns=columns).load()
    part = np.arange(0, 50, 2)
    imputer = impute.SimpleImputer(strategy=strategy).fit(values[part])
    known = Preparation.fit(data.take(part))
    np.testing.assert_allclose(known.apply(data).x, imputer.transform(values), rtol=1e-6)


def test_a_linear_network_finds_the_coefficients_of_least_squares(tmp_path: Path) -> None:
    linalg = pytest.importorskip("scipy.linalg")
    effect = {"red": 2.0, "green": -1.0, "blue": 0.5, "a b": 3.0}
    y = 1.5 * SIZES + [effect[colour] for colour in COLOURS] + RNG.normal(size=60) * 0.1
    dataset = table(
        tmp_path,
        lines(("size", "colour", "y"), *zip(SIZES, COLOURS, y.tolist(), strict=True)),
        columns=(ColumnSetting(name="colour", coding="dummy", reference="red"),),
    )
    data = dataset.load()
    assert data.features == ("size", "colour_a b", "colour_blue", "colour_green")
    design = np.column_stack([np.ones(60), SIZES, *(name == COLOURS for name in ("a b", "blue", "green"))])
    expected = linalg.lstsq(design, y)[0]
    prepared = Preparation.fit(data).apply(data)
    network = Network([layers.Dense(1)], input_shape=(4,), seed=0)
    trainer = Trainer(
        network, loss=losses.MeanSquaredError(), optimizer=optimizers.SGD(0.1, momentum=0.9), batch_size=60
    )
    trainer.fit(prepared.x, prepared.y, epochs=1500)
    arrays = {name.rpartition(".")[2]: array for name, array in network.arrays.items()}
    found = np.concatenate([arrays["bias"].reshape(-1), arrays["weight"].reshape(-1)])
    np.testing.assert_allclose(found, expected, rtol=0.01)
