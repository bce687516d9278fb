"""Build data, network and trainer from a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import backends, metrics
from engine.backends.base import Backend, NetworkLike, TrainerLike
from engine.backends.computing import Computing
from engine.data import Data, Preparation
from engine.data.splitting import Parts, split_parts
from engine.data.steps import Resampling, Step
from engine.errors import DataError, EngineError, Fix, SpecError
from engine.training.class_weights import ClassWeight
from engine.types import show_shape
from nnstudio.document.analysis import Analysis, analyse, graph_of
from nnstudio.document.model import INPUT, DataSettings, Document, TrainingSettings
from nnstudio.training.resampled import Resampled
from nnstudio.training.split import Split


def examine(document: Document) -> Analysis:
    """Analyse a document whose data must be there.

    Raises EngineError, placed at "input", if they cannot be read: the error itself, with its class, since data that are
    missing can be downloaded.
    """
    try:
        document.data.dataset.signature()
    except EngineError as error:
        raise error.at(INPUT) from None
    return analyse(document)


def backend_of(computing: Computing) -> Backend:
    """Back end that was chosen, on its device. Raises SpecError, with a fix, if that is not there."""
    if computing.engine == backends.DEFAULT:
        # Its device and switches are PyTorch's, kept for when that is chosen again.
        return backends.get()
    try:
        return backends.get(
            computing.engine,
            computing.device,
            mixed_precision=computing.mixed_precision,
            compiled=computing.compiled,
        )
    except SpecError as error:
        own = computing.with_changes(engine=backends.DEFAULT)
        fix = Fix("Compute with this engine", training={"computing": own})
        raise SpecError(error.message, fix=fix) from None


def build(
    document: Document,
    analysis: Analysis | None = None,
    weights: Mapping[str, NDArray[Any]] | None = None,
    computing: Computing | None = None,
) -> NetworkLike:
    """Network of a document, initialised from its seed or with given weights.

    With the `analysis` of the document, its data need not be there; without one, it is examined. What computes it is
    the document's choice, unless another is given.

    Raises EngineError, placed at a block (or at "input" or "output"), for whatever prevents training: what `analyse`
    reports, or data that cannot be read. Raises DataError if given weights do not fit.
    """
    analysis = analysis or examine(document)
    for problem in analysis.problems.values():
        raise SpecError(problem.sentence, where=problem.where, fix=problem.fix)
    signature = analysis.signature
    if signature is None:
        raise SpecError("the shape of the data is not known", where=INPUT)
    backend = backend_of(computing or document.training.computing)
    network = backend.network(graph_of(document), signature.input_shape, document.training.seed)
    hold(document, network)
    if weights is not None:
        missed = network.take_parameters(weights).missed
        if missed:
            name = missed[0]
            found = f"have the shape {show_shape(weights[name].shape)}" if name in weights else "are missing"
            raise DataError(
                f"the saved weights do not fit: those of {name} {found}, "
                f"but the network needs {show_shape(network.arrays[name].shape)}"
            )
        for name, array in network.arrays.items():
            if not np.isfinite(array).all():
                raise DataError(f"the saved weights {name} hold NaN or infinity; reset the training in the studio")
    return network


def read_data(settings: DataSettings, known: Preparation | None = None, *, trained: bool = False) -> Split:
    """Read the data of these settings, split and preprocessed for the network.

    Args:
        known: the preprocessing with which the network was trained. It applies as long as it describes the data;
            otherwise, columns, classes and scale are fitted on the training part.
        trained: the network was trained by a version that kept no `known`, and fitted the scale on all samples.

    Raises DataError.
    """
    dataset, steps = settings.dataset, settings.used_steps
    data = dataset.load()
    parts = split_parts(data, settings)
    chosen = data.take(parts.train)
    notes: tuple[str, ...] = ()
    if known is not None and data.keys is not None and len(data.classes) == len(known.classes):
        # Painted: a class is the colour with which its points were painted, whatever it is called.
        known = known.with_classes(data.classes)
    if known is not None and not known.describes(data):
        notes = ("The columns or classes differ from those the weights were trained on; the scale was fitted again",)
        known = None
    elif known is not None and not known.follows(steps):
        notes = (
            "The steps of the preparation differ from those the weights were trained with; they were fitted again",
        )
        known = None
    if known is None:
        fitted_to = data if trained else chosen
        apart = held_out(data, parts) if steps else []
        known = Preparation.fit(fitted_to, standardise=dataset.standardised, steps=steps, held=apart, whole=data)
        if trained and dataset.external and dataset.standardised:
            notes = ("The project had no scale of its data; it was fitted on the file once, and is kept from now on",)
    elif dataset.external and not known.made_from(data):
        notes = (
            f"The data differ from those trained on (found {len(data):,} samples, {known.samples:,} then); "
            "columns, classes and scale stay the same",
        )
    data = known.gapless(data)
    held, test = (None if part is None else known.apply(data.take(part)) for part in (parts.validation, parts.test))
    apart = held_out(data, parts) if steps else []
    train, done = resample(data.take(parts.train), steps, apart)
    made = known.apply(train)
    # Measured here and kept: the window asks for it, and it takes a look at all numbers.
    _ = made.signature
    return Split(made, held, known, (*data.notes, *notes), test, done)


def held_out(data: Data, parts: Parts) -> list[Data]:
    """Samples of the parts that are held out, in the units of their source."""
    return [data.take(part) for part in (parts.validation, parts.test) if part is not None]


def resample(train: Data, steps: Sequence[Step], held: Sequence[Data] = ()) -> tuple[Data, tuple[Resampled, ...]]:
    """Training samples after the steps that choose among them or change their targets, and what each has done.

    Raises DataError.
    """
    done = []
    for step in steps:
        if isinstance(step, Resampling):
            before, train = train, step.resample_beside(train, held)
            done.append(Resampled.of(before, train))
    return train, tuple(done)


def hold(document: Document, network: NetworkLike) -> None:
    """Freeze the layers of a network that are frozen in its document; unfreeze the others."""
    frozen = {block.name for block in document.blocks if block.frozen and network.parameters_of(block.name)}
    if frozen != network.frozen:
        network.unfreeze()
        network.freeze(*frozen)


def metrics_for(settings: TrainingSettings, data: Data) -> tuple[str, ...]:
    """Metrics for the targets: the usual one, and chosen ones that make sense."""
    own = metrics.fitting_names("multi_label") if data.multi_label else metrics.fitting(data.y)
    task = metrics.get(own[0]).task
    chosen = (name for name in settings.metrics if metrics.get(name).task == task)
    return tuple(dict.fromkeys([*own, *chosen]))


def class_weight_of(document: Document, classes: Sequence[str]) -> ClassWeight | None:
    """Class weights as the engine takes them."""
    settings = document.training
    match settings.class_weight:
        case "none":
            return None
        case "balanced":
            return "balanced"
        case "by_hand":
            return {index: settings.weight_of(name) for index, name in enumerate(classes)}


def trainer_for(
    document: Document,
    network: NetworkLike,
    data: Data,
    *,
    target_scale: NDArray[Any] | None = None,
    start: tuple[int, int] = (0, 0),
    pause: Callable[[], None] | None = None,
) -> TrainerLike:
    """Trainer with the document's training settings; data are not loaded yet.

    Args:
        data: some of the data, whose targets decide on the metrics and whose classes get their weights.
        target_scale: size of 1 of each output in the units of the source, in which errors are given.
        start, pause: passed on to the trainer.
    """
    settings = document.training
    trainer = backend_of(settings.computing).trainer(
        network,
        loss=settings.loss,
        optimizer=settings.optimizer,
        batch_size=settings.batch_size,
        shuffle=settings.shuffle,
        seed=settings.seed,
        metrics=metrics_for(settings, data),
        schedule=settings.schedule,
        clipping=settings.clipping,
        penalty=settings.penalty,
        class_weight=class_weight_of(document, data.classes),
        early_stopping=settings.early_stopping,
        start=start,
        pause=pause,
    )
    trainer.target_scale = target_scale
    return trainer
