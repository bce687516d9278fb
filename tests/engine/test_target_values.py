"""Targets in every form and precision: losses by hand and by scikit-learn; working fixes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine import DataError, losses
from engine.losses import LossContext

BINARY, CATEGORICAL, HINGE = "binary_cross_entropy", "categorical_cross_entropy", "hinge"


def loss_of(name: str, outputs: Any, y: Any, **settings: Any) -> float:
    """The loss of outputs, (N, *shape), not fused with anything, at targets of any form."""
    outputs = np.asarray(outputs, float)
    loss = losses.get(name).with_changes(**settings)
    target = loss.encode(y, outputs.shape[1:]).astype(float)
    return loss.bind(LossContext(np.moveaxis(outputs, 0, -1).copy(), np.moveaxis(target, 0, -1), None, None))()


YES_AND_NO = {
    "list": [1, 0],
    "bool": np.array([True, False]),
    "uint8": np.array([1, 0], np.uint8),
    "int8": np.array([1, 0], np.int8),
    "uint64": np.array([1, 0], np.uint64),
    "half": np.array([1, 0], np.float16),
    "float": [1.0, 0.0],
    "column": [[1], [0]],
    "float column": np.array([[1], [0]], np.float32),
    "rounded": np.array([1 + 2e-7, -1e-7], np.float32),
    "rounded in half precision": np.array([1.001, -1e-4], np.float16),
}


@pytest.mark.parametrize("y", YES_AND_NO.values(), ids=YES_AND_NO)
def test_yes_and_no_in_every_form(y: Any) -> None:
    # -(ln 0.8 + ln 0.6) / 2, and (max(0, 1 - 0.8) + max(0, 1 + 0.4)) / 2
    assert loss_of(BINARY, [[0.8], [0.4]], y) == pytest.approx(0.36698459)
    assert loss_of(HINGE, [[0.8], [0.4]], y) == pytest.approx(0.8)


@pytest.mark.parametrize("no", [0, -1])
@pytest.mark.parametrize("off", [0, 5e-8])
def test_sides_may_be_given_both_ways(no: int, off: float) -> None:
    # max(0, 1 - 0.5) and max(0, 1 - 2)
    assert loss_of(HINGE, [[0.5], [-2.0]], [1 - off, no + off]) == pytest.approx(0.25)
    # A class with all its samples on one side is no other kind of target.
    assert loss_of(HINGE, [[0.5], [-2.0]], [no, no]) == pytest.approx(0.75)
    assert loss_of(HINGE, [[0.5], [-2.0]], [1, 1]) == pytest.approx(1.75)


def test_soft_answers_keep_their_value() -> None:
    # -(0.25 ln 0.5 + 0.75 ln 0.5); -(0.9 ln 0.8 + 0.1 ln 0.2), as smoothed by hand
    assert loss_of(BINARY, [[0.5]], [0.25]) == pytest.approx(0.69314718)
    assert loss_of(BINARY, [[0.8]], [0.9]) == pytest.approx(0.36177299)
    assert loss_of(CATEGORICAL, [[0.8, 0.2]], [[0.9, 0.1]]) == pytest.approx(0.36177299)
    # With s = 0.2 and two classes, 1 and 0 become 0.9 and 0.1.
    assert loss_of(CATEGORICAL, [[0.8, 0.2]], [0], smoothing=0.2) == pytest.approx(0.36177299)


ROWS = np.array([[1, 0, 0], [0, 0, 1]])
CLASSES = {
    "labels": [0, 2],
    "unsigned labels": np.array([0, 2], np.uint8),
    "whole rows": ROWS,
    "bool rows": ROWS.astype(bool),
    "uint8 rows": ROWS.astype(np.uint8),
    "half rows": ROWS.astype(np.float16),
    "rounded rows": ROWS * np.float32(1 + 2e-7),
}


@pytest.mark.parametrize("y", CLASSES.values(), ids=CLASSES)
def test_classes_in_every_form(y: Any) -> None:
    # -(ln 0.5 + ln 0.7) / 2
    assert loss_of(CATEGORICAL, [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]], y) == pytest.approx(0.52491106)


def test_two_outputs_take_labels_of_two_classes() -> None:
    outputs = [[0.8, 0.4], [0.3, 0.9]]
    # -(ln 0.8 + ln 0.6 + ln 0.7 + ln 0.9) / 4
    for y in ([0, 1], np.array([False, True]), [[1, 0], [0, 1]]):
        assert loss_of(BINARY, outputs, y) == pytest.approx(0.29900138)


def test_positions_of_a_picture_are_judged_one_by_one() -> None:
    labels = np.array([[[0, 1], [2, 0]]])
    y = np.moveaxis(np.eye(3)[labels], -1, 1)
    outputs = np.moveaxis(np.array([[[[0.5, 0.3, 0.2], [0.1, 0.8, 0.1]], [[0.25, 0.25, 0.5], [0.4, 0.3, 0.3]]]]), -1, 1)
    # -(ln 0.5 + ln 0.8 + ln 0.5 + ln 0.4) / 4
    assert loss_of(CATEGORICAL, outputs, y) == pytest.approx(0.63143204)
    y[0, :, 1, 0] = [0, 1, 1]
    with pytest.raises(DataError, match=r"found \[0, 1, 1\] in row 0, with a sum of 2"):
        loss_of(CATEGORICAL, outputs, y)
    with pytest.raises(
        DataError, match=r"shape 2x2 per sample do not fit .* output 3x2x2; give 3x2x2 numbers per samp"
    ):
        loss_of(CATEGORICAL, outputs, labels)


@pytest.mark.parametrize("name", losses.LOSSES)
@pytest.mark.parametrize("y", [[], np.empty((0, 2)), np.empty((0, 2), bool), np.empty(0, int)])
def test_no_targets_have_no_flaw(name: str, y: Any) -> None:
    assert losses.get(name).encode(y, (2,)).shape == (0, 2)


PAIRS = st.one_of(
    *(
        st.lists(arrays.from_dtype(np.dtype(kind), allow_nan=False, allow_infinity=False), min_size=2, max_size=2)
        .filter(lambda pair: pair[0] != pair[1])
        .map(lambda pair, kind=kind: np.array(sorted(pair), kind))  # type: ignore[misc]
        for kind in (np.int8, np.uint8, np.int64, np.float16, np.float32, np.float64)
    )
)


@given(pair=PAIRS, picks=st.lists(st.booleans(), min_size=1, max_size=6))
def test_any_two_values_are_taken_or_cured_by_what_the_message_says(pair: np.ndarray, picks: list[bool]) -> None:
    answers = np.array([False, True, *picks])
    y = pair[answers.astype(int)]
    for name in (BINARY, HINGE):
        loss = losses.get(name)
        flaw = loss.targets.flaw(y[:, None])
        if flaw is None:
            rows = loss.encode(y, (1,)).ravel()
            np.testing.assert_allclose(rows, y, atol=2e-3 if y.dtype == np.float16 else 1e-6)
            assert rows.min() >= (0 if name == BINARY else -1)
            assert rows.max() <= 1
            continue
        found, fix = f"found {flaw.found}", flaw.fix
        with pytest.raises(DataError) as caught:
            loss.encode(y, (1,))
        assert found in str(caught.value)
        highest = y.dtype.type(fix.split("y == ")[1])
        np.testing.assert_array_equal(y == highest, answers)
        np.testing.assert_array_equal(loss.encode(y == highest, (1,)).ravel(), answers)


@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    order=st.permutations(range(5)),
    kind=st.sampled_from([bool, np.uint8, np.int64, np.float16, np.float64]),
)
def test_any_order_of_one_hot_rows_is_worth_what_labels_are(labels: list[int], order: list[int], kind: type) -> None:
    moved = [order[label] for label in labels]
    outputs = np.random.default_rng(0).dirichlet(np.ones(5), len(labels))
    by_hand = -np.mean([np.log(outputs[row, label]) for row, label in enumerate(moved)])
    assert loss_of(CATEGORICAL, outputs, moved) == pytest.approx(by_hand)
    assert loss_of(CATEGORICAL, outputs, np.eye(5, dtype=kind)[order][labels]) == pytest.approx(by_hand)


@given(
    classes=st.integers(2, 60),
    seed=st.integers(0, 2**32 - 1),
    kind=st.sampled_from([np.float16, np.float32, np.float64]),
)
def test_probabilities_are_taken_as_they_are_in_every_precision(classes: int, seed: int, kind: type) -> None:
    rng = np.random.default_rng(seed)
    y = rng.dirichlet(np.ones(classes), 3).astype(kind)  # type: ignore[var-annotated]
    outputs = rng.dirichlet(np.ones(classes), 3)
    expected = -(y.astype(float) * np.log(outputs)).sum(axis=1).mean()
    assert loss_of(CATEGORICAL, outputs, y) == pytest.approx(expected)


@pytest.mark.parametrize("row", [[0.33, 0.33, 0.33], [0.67, 0.17, 0.17], [0.333, 0.333, 0.333]])
def test_probabilities_may_be_rounded_to_two_decimals(row: list[float]) -> None:
    assert loss_of(CATEGORICAL, [[0.5, 0.25, 0.25]], [row]) == pytest.approx(-np.dot(row, np.log([0.5, 0.25, 0.25])))


@pytest.mark.peers
def test_values_are_those_of_scikit_learn() -> None:
    theirs: Any = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed (extra 'peers')")
    rng = np.random.default_rng(5)
    answers = rng.integers(0, 2, 40)
    shares, margins = rng.uniform(0.01, 0.99, 40), rng.normal(0, 2, 40)
    assert loss_of(BINARY, shares[:, None], answers) == pytest.approx(theirs.log_loss(answers, shares))
    assert loss_of(HINGE, margins[:, None], answers) == pytest.approx(theirs.hinge_loss(2 * answers - 1, margins))
    assert loss_of(HINGE, margins[:, None], 2 * answers - 1.0) == pytest.approx(theirs.hinge_loss(answers, margins))
    labels, outputs = rng.integers(0, 4, 40), rng.dirichlet(np.ones(4), 40)
    expected = theirs.log_loss(labels, outputs, labels=range(4))
    assert loss_of(CATEGORICAL, outputs, labels) == pytest.approx(expected)
    assert loss_of(CATEGORICAL, outputs, np.eye(4)[labels]) == pytest.approx(expected)
