"""Table of predictions: what a network says of each sample, written as CSV."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.data import Preparation
from engine.data.describe import named_targets
from engine.errors import DataError
from nnstudio.files.atomic_write import check_place, replace_file

Answers = Sequence[Mapping[str, Any]]


def check_output(output: str, source: str) -> None:
    """Check that predictions can be written there. Raises DataError if it is their own source, OSError if not."""
    if os.path.exists(source) and os.path.exists(output) and os.path.samefile(source, output):
        raise DataError(f"{output} holds the samples to predict; write the predictions to another file")
    check_place(Path(output))


def write_predictions(answers: Answers, title: str, known: Preparation, output: str | Path) -> None:
    """Write predictions as a CSV table in UTF-8, one row for each sample. Raises OSError."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(prediction_rows(answers, title, known))
    replace_file(Path(output), text.getvalue().encode())


def prediction_header(answers: Answers, title: str, known: Preparation) -> list[str]:
    """Names of the columns of `prediction_rows`."""
    first = title if answers and "name" in answers[0] else "row"
    target = known.columns.target_name if known.columns is not None else ""
    if known.signature.multi_label:
        return [first, "labels", *(f"probability_{name}" for name in named_targets(known.columns, known.targets))]
    if known.task == "classification":
        return [first, target or "class", *(f"probability_{name}" for name in known.classes)]
    counted = [f"output_{place}" for place in range(1, known.targets + 1)] if known.targets > 1 else ["output"]
    return [first, *([target] if target and known.targets == 1 else counted)]


def prediction_rows(answers: Answers, title: str, known: Preparation) -> Iterator[Sequence[str | int]]:
    """Rows of the table, the header first.

    The first column has the samples' names, under their `title`, or counts them from 1. Classes follow by name, with a
    column of probabilities for each; so do labels, of which a sample can have several. For numbers, there is one column
    for each target. All of them are empty where there is nothing to predict.
    """
    header = prediction_header(answers, title, known)
    yield header
    for place, answer in enumerate(answers):
        first = answer.get("name", place + 1)
        if answer["output"] is None:
            yield [first, *("" for _ in header[1:])]
        elif "labels" in answer:
            shares = (f"{share:.6g}" for share in answer["probabilities"].values())
            yield [first, "; ".join(answer["labels"]), *shares]
        elif "class" in answer:
            yield [first, answer["class"], *(f"{share:.6g}" for share in answer["probabilities"].values())]
        else:
            yield [first, *(f"{value:.9g}" for value in answer["output"])]
