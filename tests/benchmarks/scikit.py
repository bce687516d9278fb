"""Training steps of scikit-learn's MLPClassifier, where it can do the same."""

from __future__ import annotations

import numpy as np
from sklearn.neural_network import MLPClassifier

from tests.benchmarks.cases import Case
from tests.benchmarks.measure import Action

# Steps per call: what a call checks first is shared among many.
STEPS = 16


def classifier(case: Case) -> MLPClassifier:
    """The network of a case, without a penalty on weights."""
    return MLPClassifier(
        case.hidden,
        solver="adam",
        learning_rate_init=case.rate,
        batch_size=case.batch,
        alpha=0,
        shuffle=False,
        random_state=0,
    )


def action(case: Case, network: MLPClassifier) -> Action:
    """The call to be timed: `STEPS` steps on whole batches."""
    x, y = case.data(STEPS)
    classes = np.arange(case.classes)
    return lambda: network.partial_fit(x, y, classes=classes)
