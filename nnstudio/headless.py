"""Train, evaluate and predict without a window. Knows no Qt and prints nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import backends
from engine.backends.base import NetworkLike
from engine.backends.computing import Computing
from engine.data import Data, Dataset, MissingDataError, Preparation, open_path
from engine.data.describe import named_targets
from engine.data.file_dataset import FileDataset, Inputs, ShownColumn
from engine.data.formats import either, importer_of_inputs, input_endings
from engine.data.samples import single
from engine.data.splitting import Parts, split_parts
from engine.errors import DataError
from engine.judging import class_shares
from engine.metrics import labels_of
from engine.types import show_shape
from nnstudio.document import edits
from nnstudio.document.analysis import analyse, analyse_with
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.probe import Part
from nnstudio.project.project_file import ProjectError
from nnstudio.training.build import backend_of, build, examine, read_data, trainer_for
from nnstudio.training.checkpoint import RunOrigin
from nnstudio.training.project import MOST_SAVED, Project
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import RunShelf

Array = NDArray[Any]
Notes = tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """Trained network, with the preprocessing of its data."""

    document: Document
    network: NetworkLike
    preparation: Preparation


def start(project: Project) -> TrainingRun:
    """Training run that continues where the project stopped. Raises EngineError if it cannot."""
    made = project.checkpoint
    analysis = examine(project.document)
    build(project.document, analysis, made.weights or None)  # says so if weights do not fit; the run would start anew
    data = read_data(project.document.data, made.preparation, trained=made.step > 0)
    if not made.run.id:
        name = f"run-{RunShelf(project.runs).next_number()}"
        made = replace(made, run=RunOrigin(name))
    return TrainingRun(project.document, data, checkpoint=made, analysis=analysis, moment_limit=MOST_SAVED)


def finish(project: Project, run: TrainingRun) -> Project:
    """Project after a run of it; its epochs are raised if the run went beyond them."""
    document = edits.with_epochs(project.document, run.target)
    # How long it took is another number each time, and the same training gives the same file.
    made = replace(run.checkpoint(), seconds=project.checkpoint.seconds)
    return replace(project, document=document, checkpoint=made).fitted()


def with_data(
    document: Document,
    path: str,
    targets: Sequence[str] = (),
    ignored: Sequence[str] = (),
    *,
    forgiving: bool = False,
) -> Document:
    """Document with its data taken from `path`, and every guessed setting made explicit.

    Of a table, `targets` are the columns to predict, and those `ignored` are left out; where neither is given, the
    settings of the document's own table hold if they fit. Files that cannot be read are left out where that is
    `forgiving`. The loss follows the kind of data. Raises DataError.
    """
    own, other = document.data.dataset, open_path(Path(path).resolve())
    if forgiving:
        own, other = own.forgiving(), other.forgiving()
    if targets or ignored:
        return edits.set_dataset(document, other.with_roles(targets, ignored).settled())
    try:
        chosen = _like(own, other).settled()
    except DataError:
        # Data of their own kind: another target, perhaps.
        chosen = other.settled()
    return edits.set_dataset(document, chosen)


def computed_with(project: Project, asked: Mapping[str, Any]) -> Project:
    """Project that is computed with another engine or device; fields of `Computing` that are left out stay.

    Raises SpecError where that is not there.
    """
    if not asked:
        return project
    # A device, or a switch, is asked of PyTorch: this engine has none.
    chosen = {"engine": "torch", **asked}
    if chosen["engine"] == backends.DEFAULT:
        backends.get(
            backends.DEFAULT,
            chosen.get("device"),
            mixed_precision=chosen.get("mixed_precision", "none"),
            compiled=chosen.get("compiled", False),
        )
    computing = project.document.training.computing.with_changes(**chosen)
    backend_of(computing)
    return replace(project, document=edits.set_training(project.document, computing=computing))


def with_preparation(project: Project, name: str, path: str | None = None) -> tuple[Project, bool]:
    """Trained project with its preprocessing; True if that had to be fitted again.

    Formats 1 and 2 did not keep it; the scale was that of all samples. It is fitted on the project's own data or, where
    these have no scale and are missing, on those at `path`. Raises ProjectError if there are no weights, DataError if
    the data are missing.
    """
    if not project.trained:
        raise ProjectError(f"{name} is not trained yet; run: nnstudio train {name}")
    if project.checkpoint.preparation is not None:
        return project, False
    dataset = project.document.data.dataset
    try:
        data = dataset.load()
    except DataError as error:
        if dataset.standardised:
            raise DataError(
                f"{name} was saved by an older nnstudio, without the scale of its data, which is needed once more: "
                f"{error.message}"
            ) from None
        if path is None:
            raise
        data = _like(dataset, open_path(path, prefer="test")).load()
    known = Preparation.fit(data, standardise=dataset.standardised, steps=project.document.data.used_steps)
    return replace(project, checkpoint=replace(project.checkpoint, preparation=known)), True


def trained(project: Project, name: str) -> Trained:
    """Network of a project with its weights; its data may be missing.

    Raises ProjectError if it has no weights or no preprocessing, EngineError if they do not fit.
    """
    made = project.checkpoint
    if not made.weights or made.preparation is None:
        raise ProjectError(f"{name} is not trained yet; run: nnstudio train {name}")
    analysis = analyse_with(project.document, made.preparation.signature)
    # A trained network is used anywhere, also where the machine on which it was trained is not at hand.
    network = build(project.document, analysis, made.weights, Computing())
    return Trained(project.document, network, made.preparation)


def with_fitting_output(document: Document) -> Document:
    """Document whose last layer gives as many numbers as the data need, where its analysis has a fix for that."""
    problem = analyse(document).problems.get(OUTPUT)
    fix = None if problem is None else problem.fix
    return document if fix is None else edits.apply_fix(document, OUTPUT, fix)


def evaluate(
    model: Trained, path: str | None = None, part: Part | None = None, *, forgiving: bool = False
) -> tuple[dict[str, float], int, Notes]:
    """Loss and metric, the number of samples, and remarks on them.

    The samples are those at `path`, else this `part` of the project's data; without one, its test split, else its
    validation split, else all of its data. Errors are in the units of the source, the loss is that of training. Raises
    DataError.
    """
    data = samples(model, path, part, forgiving=forgiving).data
    return scores(model, data), len(data), data.notes


def scores(model: Trained, data: Data) -> dict[str, float]:
    """Loss and metrics on samples; errors are in the units of the source, the loss is that of training."""
    trainer = trainer_for(model.document, model.network, data, target_scale=model.preparation.target_scale)
    return trainer.evaluate(data.x, data.y)


@dataclass(frozen=True)
class Samples:
    """Samples to judge a network by.

    Attributes:
        data: the samples, as the network takes them. name: which these are, as the end of a sentence.
        seen: the network was trained on them.
    """

    data: Data
    name: str
    seen: bool


def samples(model: Trained, path: str | None = None, part: Part | None = None, *, forgiving: bool = False) -> Samples:
    """Samples by which `evaluate` judges, chosen in the same way. Raises DataError."""
    if path is None:
        return _own_data(model, part)
    data = _other_data(model, path, forgiving)
    return Samples(data, f"the {len(data):,} samples of {Path(path).name}", seen=False)


def _own_data(model: Trained, part: Part | None) -> Samples:
    settings = model.document.data
    try:
        data = settings.dataset.load_like(model.preparation)
        parts = split_parts(data, settings)
    except MissingDataError:
        raise  # it says so for itself
    except DataError as error:
        raise DataError(f"{error.message}. To evaluate other data, name them with --data") from None
    name, chosen = _judged(parts, part)
    taken = data.take(chosen)
    if name == "test" and part is None:
        taken = replace(taken, notes=(*taken.notes, "these are the samples of the test split"))
    if settings.dataset.external and not model.preparation.made_from(data):
        told = (
            f"the data have changed since training ({len(data):,} samples, {model.preparation.samples:,} then), "
            f"so the {name} split may hold samples that were trained on"
        )
        taken = replace(taken, notes=(*taken.notes, told))
    word = "training" if name == "train" else name
    return Samples(taken, f"the {len(taken):,} samples of the {word} split", seen=name == "train")


def _judged(parts: Parts, wanted: Part | None) -> tuple[Part, Array]:
    """Part to judge a network by, with its indices: the one that is wanted, else what was trained on least."""
    found: dict[Part, Array | None] = {"test": parts.test, "validation": parts.validation, "train": parts.train}
    for name, chosen in found.items():
        if chosen is not None and wanted in (None, name):
            return name, chosen
    raise DataError(f"no samples are held out for {wanted}; set their share in the data panel")


def _other_data(model: Trained, path: str, forgiving: bool) -> Data:
    """All samples at `path`, read as those the network was trained on."""
    other = _like(model.document.data.dataset, open_path(path, prefer="test"))
    if forgiving:
        other = other.forgiving()
    try:
        return other.whole().load_like(model.preparation)
    except DataError as error:
        if str(path) in error.message:
            raise
        raise DataError(f"{path}: {error.message}") from None


def _like(own: Dataset, other: Dataset) -> Dataset:
    """Data of another place, with the settings (target column, chosen classes) of data of the same kind."""
    return own.likeness(other) or other


def predict(model: Trained, x: Array) -> list[dict[str, Any]]:
    """Predictions for samples: {"class", "probabilities"}, {"labels", "probabilities"} or {"output"}, as plain values.

    The first are for classes, the second for several answers of yes or no, the last for numbers.
    """
    outputs = model.network.predict(x)
    rows = outputs.reshape(len(outputs), -1)
    known = model.preparation
    if known.signature.multi_label:
        labels = named_targets(known.columns, known.targets)
        return [_labels(row, labels, model.document.training.loss.threshold) for row in rows]
    return [_answer(row, model) for row in known.outputs(rows)]


def _labels(output: Array, labels: Sequence[str], threshold: float) -> dict[str, Any]:
    values = [float(value) for value in output]
    likely = [min(max(value + 0.5 - threshold, 0.0), 1.0) for value in values]
    return {
        "labels": [label for label, value in zip(labels, values, strict=True) if value > threshold],
        "probabilities": dict(zip(labels, likely, strict=True)),
        "output": values,
    }


def predict_inputs(model: Trained, inputs: Inputs) -> list[dict[str, Any]]:
    """Predictions for samples that were read, in their order, each with its "name" where it has one.

    Where there is nothing to predict, all else is None, and "reason" says why.
    """
    answers = predict(model, inputs.x)
    for place, reason in inputs.without.items():
        answers[place] = {**dict.fromkeys(answers[place]), "reason": reason}
    if inputs.names:
        answers = [{"name": name, **answer} for name, answer in zip(inputs.names, answers, strict=True)]
    return answers


def _answer(output: Array, model: Trained) -> dict[str, Any]:
    values, classes = [float(value) for value in output], model.preparation.classes
    if not classes:
        return {"output": values}
    loss = model.document.training.loss
    best = int(labels_of(output[None], loss.threshold)[0])
    shares = class_shares([values], loss.threshold)[0].tolist()
    return {
        "class": classes[best],
        "probabilities": dict(zip(classes, shares, strict=True)),
        "output": values,
    }


def read_inputs(text: str, model: Trained) -> Inputs:
    """Read samples to predict, as the network takes them, with their names and remarks on them.

    They come from a file of any data format, or are written out ("0,1" or "0,1; 1,1"), in the data's own units
    (centimetres, ...); they are scaled as for training. Columns of a table are found by name. Raises DataError.
    """
    known = model.preparation
    shape = known.input_shape
    reader = _reader_of(text, model)
    inputs = Inputs(_read_written(text)) if reader is None else reader.read_named_inputs(text, known)
    array = inputs.x
    if array.shape == shape:
        array = array[None]
    if array.ndim and array.size == len(array) * math.prod(shape):
        array = array.reshape(-1, *shape)
    if array.shape[1:] != shape:
        raise DataError(
            f"{text:.60}: found {show_shape(array.shape[1:])} per sample, but the network takes {show_shape(shape)}"
        )
    array = known.filled(array)
    if not np.isfinite(single(array)).all():
        raise DataError(f"{text:.60}: the numbers must be finite and below 3e38, found NaN, infinity or more")
    return inputs._replace(x=known.scale(array), notes=(*inputs.notes, *known.remarks(array)))


def first_rows(text: str, model: Trained, count: int) -> tuple[ShownColumn, ...]:
    """The first samples to predict as they stand in their file, where it is a table. Raises DataError."""
    reader = _reader_of(text, model)
    return () if reader is None else reader.first_rows(text, model.preparation, count)


def _reader_of(text: str, model: Trained) -> FileDataset | None:
    """Reader of samples in a file, with the settings of the network's own data if they are of its kind."""
    importer = importer_of_inputs(text)
    own = model.document.data.dataset
    if importer is None:
        return None
    return own if isinstance(own, importer) else importer()  # type: ignore[call-arg]


def _read_written(text: str) -> Array:
    rows = [row for row in text.split(";") if row.strip()]
    try:
        values = [[float(part) for part in re.split(r"[\s,]+", row.strip())] for row in rows]
    except ValueError:
        raise DataError(
            f"{text!r:.60} is neither numbers such as 0,1 nor a file that ends in {either(input_endings())}"
        ) from None
    if not values or len({len(row) for row in values}) > 1:
        raise DataError(f"{text!r:.60}: give the same number of values for every sample, as in 0,1; 1,1")
    return np.array(values)
