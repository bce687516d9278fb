"""Training, judging and predicting without a window: what the command line does. Knows no Qt and prints nothing."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data, Dataset, open_path
from engine.data.base import single
from engine.errors import DataError
from engine.layers.base import show_shape
from engine.network import Network
from nnstudio.document import edits
from nnstudio.document.compile import build, read_data, trainer_for
from nnstudio.document.model import Document
from nnstudio.document.project import Project, ProjectError, SavedHistory
from nnstudio.training.messages import Checkpoint
from nnstudio.training.run import TrainingRun

Array = NDArray[Any]


@dataclass(frozen=True)
class Trained:
    """A trained network, and the names of its classes (empty for regression, or where they are not known)."""

    document: Document
    network: Network
    classes: tuple[str, ...]


def start(project: Project) -> TrainingRun:
    """A run that goes on where the project stopped. Raises EngineError if it cannot."""
    build(project.document, project.weights)  # says so if the weights do not fit; the run would start anew
    history = project.history
    made = Checkpoint(
        project.weights or {}, history.curves, history.epoch, history.step, project.state, marks=history.marks
    )
    return TrainingRun(project.document, read_data(project.document.data), checkpoint=made)


def finish(document: Document, run: TrainingRun) -> Project:
    """The project as the run has left it; one that went on beyond its epochs has as many set now."""
    made = run.checkpoint()
    history = SavedHistory(made.epoch, made.step, made.curves, made.marks)
    return Project(edits.with_epochs(document, run.target), made.weights or None, history, made.state)


def with_data(document: Document, path: str) -> Document:
    """The document with its data taken from `path` instead. Raises DataError."""
    own = document.data.dataset
    other = open_path(Path(path).resolve())
    return edits.set_data(document, dataset=_like(own, other))


def trained(project: Project, name: str, path: str | None = None) -> Trained:
    """The network of a project with its weights. Raises ProjectError if it has none, EngineError if they do not fit.

    Its own data say how large the input is; where they are not at hand, the data at `path` do.
    """
    if project.weights is None:
        raise ProjectError(f"{name} is not trained yet; run: nnstudio train {name}")
    document = project.document
    try:
        classes = document.data.dataset.signature().classes
    except DataError:
        if path is None:
            raise
        document = with_data(document, path)
        classes = document.data.dataset.signature().classes
    return Trained(document, build(document, project.weights), classes)


def evaluate(model: Trained, path: str | None = None) -> tuple[dict[str, float], int]:
    """Loss and metric, and over how many samples: of the data at `path`, else of the validation part, else of all."""
    if path is None:
        parts = read_data(model.document.data)
        data = parts.validation or parts.train
    else:
        data = _judged_data(model, path)
    return trainer_for(model.document, model.network, data.y).evaluate(data.x, data.y), len(data)


def _judged_data(model: Trained, path: str) -> Data:
    """All samples at `path`, scaled and labelled as those the network was trained on."""
    own, other = model.document.data.dataset, _like(model.document.data.dataset, open_path(path, prefer="test"))
    data = other.whole().unscaled().load()
    shape = model.network.input_shape
    if data.x[0].size == math.prod(shape):
        # The scale must be that of the training data, not one of its own.
        data = replace(data, x=own.prepare(data.x.reshape(-1, *shape)))
    if not model.classes or data.classes == model.classes:
        return data
    unknown = [name for name in data.classes if name not in model.classes]
    if unknown or data.task != "classification":
        found = f"the class {unknown[0]!r:.40}" if unknown else "numbers as targets"
        raise DataError(f"{path} has {found}, but the network knows the classes {', '.join(model.classes)}")
    order = np.array([model.classes.index(name) for name in data.classes])
    return replace(data, y=order[data.y], classes=model.classes)


def _like(own: Dataset, other: Dataset) -> Dataset:
    """Data of another place, with the settings (target column, chosen classes) of data of the same kind."""
    if type(own) is not type(other):
        return other
    return own.with_changes(**{name: getattr(other, name) for name in other.location})


def predict(model: Trained, x: Array) -> list[dict[str, Any]]:
    """What the network says to each sample: {"class", "probabilities"} for classes, else {"output"}; plain values."""
    return [_answer(row.reshape(-1), model) for row in model.network.predict(x)]


def _answer(output: Array, model: Trained) -> dict[str, Any]:
    values = [float(value) for value in output]
    if not model.classes:
        return {"output": values}
    loss = model.document.training.loss
    if len(values) == 1:
        # One output is a yes or a no: how far it has come from 0 to 1.
        yes = min(max(values[0] + 0.5 - loss.threshold, 0.0), 1.0)
        shares = [1 - yes, yes]
        best = int(values[0] > loss.threshold)
    else:
        best = int(np.argmax(values))
        positive = [max(value, 0.0) for value in values]
        shares = [value / (sum(positive) or 1.0) for value in positive]
    return {
        "class": model.classes[best],
        "probabilities": dict(zip(model.classes, shares, strict=True)),
        "output": values,
    }


def read_inputs(text: str, model: Trained) -> Array:
    """Samples to predict, (N, *input_shape): from a .csv, .npz or .npy file, or written out ("0,1" or "0,1; 1,1").

    Numbers are in the data's own units (centimetres, ...); they are scaled as for training. Raises DataError.
    """
    shape = model.network.input_shape
    suffix = Path(text).suffix.lower()
    if suffix == ".csv":
        array = _read_table(text, model)
    elif suffix in (".npz", ".npy"):
        array = _read_arrays(text)
    else:
        array = _read_written(text)
    if array.shape == shape:
        array = array[None]
    if array.ndim and array.size == len(array) * math.prod(shape):
        array = array.reshape(-1, *shape)
    if array.shape[1:] != shape:
        raise DataError(
            f"{text:.60}: found {show_shape(array.shape[1:])} per sample, but the network takes {show_shape(shape)}"
        )
    if not np.isfinite(array).all():
        raise DataError(f"{text:.60}: the numbers must be finite and below 3e38, found NaN, infinity or more")
    return model.document.data.dataset.prepare(array)


def _read_written(text: str) -> Array:
    rows = [row for row in text.split(";") if row.strip()]
    try:
        values = [[float(part) for part in re.split(r"[\s,]+", row.strip())] for row in rows]
    except ValueError:
        raise DataError(
            f"{text!r:.60} is neither numbers such as 0,1 nor a file that ends in .csv, .npz or .npy"
        ) from None
    if not values or len({len(row) for row in values}) > 1:
        raise DataError(f"{text!r:.60}: give the same number of values for every sample, as in 0,1; 1,1")
    return single(np.array(values))


def _read_arrays(path: str) -> Array:
    try:
        with open(path, "rb") as file:
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, np.ndarray):
                name = "x" if "x" in found else (found.files or ["x"])[0]
                found = found[name]
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if found.dtype.kind not in "iufb" or found.ndim == 0:
        raise DataError(f"{path} must hold an array of numbers, found {found.dtype} of shape {found.shape}")
    # Bytes are pixels: engine.data reads them the same way.
    return single(found) / (255 if found.dtype == np.uint8 and found.ndim > 2 else 1)


def _read_table(path: str, model: Trained) -> Array:
    """The rows of a table, with or without a header line; the target's column is left out if it is there."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table: {getattr(error, 'strerror', None) or error}") from None
    if rows and not all(_is_number(word) for word in rows[0]):
        header, rows = [name.strip() for name in rows[0]], rows[1:]
        features = list(model.document.data.dataset.feature_names())
        if features and set(features) <= set(header):
            rows = [[row[header.index(name)] for name in features if header.index(name) < len(row)] for row in rows]
    if not rows:
        raise DataError(f"{path} has no line of values")
    for number, row in enumerate(rows, 1):
        for word in row:
            if not _is_number(word):
                raise DataError(f"{path}, sample {number}: {word!r:.40} is no number")
        if len(row) != len(rows[0]):
            raise DataError(f"{path}, sample {number}: found {len(row)} values, expected {len(rows[0])}")
    return single(np.array(rows, np.float64))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
