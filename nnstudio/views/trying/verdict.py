"""Answers of the network in numbers and in words. No Qt widgets here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.data import Data
from engine.data.describe import target_names
from nnstudio.document.probe import Probe, SampleRef
from nnstudio.training.requests.tried import TriedAnswer
from nnstudio.training.split import Split
from nnstudio.views.plotting import short
from nnstudio.views.trying.answers import Answer
from nnstudio.views.trying.facts import ColumnFacts

# Numbers to predict that a line has room for.
_FEW = 3


def answers_of(answer: tuple[TriedAnswer, ...], data: Data, facts: object) -> tuple[Answer, ...]:
    """Answers in all classes, or for all targets, of a sample, and of the one before it was spoilt."""
    before, now = (answer[0], answer[1]) if len(answer) > 1 else (None, answer[0])
    if data.classes:
        return tuple(
            Answer(
                name,
                now.values[place],
                None if before is None else before.values[place],
                0.0,
                1.0,
                place == now.label,
                place,
            )
            for place, name in enumerate(data.classes)
        )
    names = target_names(data)
    ends = facts.targets if isinstance(facts, ColumnFacts) else np.zeros((0, 2))
    if len(names) != len(now.values):
        names = tuple(f"output {place + 1}" for place in range(len(now.values)))
    return tuple(
        Answer(
            name,
            value,
            None if before is None else before.values[place],
            *(map(float, ends[place]) if place < len(ends) else (0.0, 1.0)),
        )
        for place, (name, value) in enumerate(zip(names, now.values, strict=True))
    )


def verdict(answer: tuple[TriedAnswer, ...], split: Split, tried: Probe) -> str:
    """The answer in words: "7, 98.2%", and after spoiling "7, 98.2% → 1, 55.0%".

    The target stands beside it as long as the answer is that to the sample `tried`, and not still to one before.
    """
    data, said = split.train, []
    for one in answer:
        if one.label is None:
            said.append(_listed(one.values))
        else:
            said.append(f"{data.classes[one.label]}, {100 * one.values[one.label]:.1f}%")
    probe = answer[0].probe
    sample = split.sample(probe) if probe == tried and isinstance(probe, SampleRef) else None
    truth = ""
    if sample is not None and sample.shown_y is not None:
        if data.classes:
            truth = f" · true class {data.classes[int(sample.shown_y[0])]}"
        else:
            truth = f" · target {_listed(sample.shown_y.ravel().tolist())}"
    return f"Predicted: {' → '.join(said)}{truth}"


def _listed(values: Sequence[float]) -> str:
    return ", ".join(short(value) for value in values[:_FEW])
