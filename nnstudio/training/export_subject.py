"""Subject of an export: the network of a project, with its data and training as they are now."""

from __future__ import annotations

from dataclasses import replace

from engine.backends.computing import Computing
from engine.data import Preparation
from engine.data.stored_samples import StoredSamples, in_memory
from engine.errors import EngineError
from engine.export.subject import Subject, Training, subject_of
from nnstudio.document.analysis import analyse_with
from nnstudio.document.model import Document
from nnstudio.training.build import build, class_weight_of, read_data
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.split import Split


def export_subject(document: Document, made: Checkpoint) -> Subject:
    """Subject of a document and what training has made of it.

    Data that cannot be read are left out where the network was trained before, or came with its weights. Without
    weights, the network has those with which its training would begin. Raises EngineError for whatever prevents
    training.
    """
    split: Split | None = None
    preparation = known_preparation(document, made)
    try:
        split = read_data(document.data, made.preparation, trained=bool(made.weights))
        preparation = split.preparation
    except EngineError as error:
        if preparation is None:
            raise error.at("input") from None
    assert preparation is not None
    seen = analyse_with(document, preparation.signature)
    network = build(document, seen, made.weights or None, Computing())
    training = None if split is None else _training(document, split, preparation)
    return replace(subject_of(network), preparation=preparation, training=training)


def known_preparation(document: Document, made: Checkpoint) -> Preparation | None:
    """Preparation of samples as it is known without the data; None where it is not.

    An imported network whose data are still to be chosen takes its numbers as they are.
    """
    expected = document.data.dataset.expected_signature()
    if made.preparation is not None or expected is None or not made.weights or document.data.steps:
        return made.preparation
    return Preparation(
        input_shape=expected.input_shape, task=expected.task, classes=expected.classes, targets=expected.targets
    )


def _training(document: Document, split: Split, preparation: Preparation) -> Training | None:
    """Training as a script repeats it; None for samples that are too large to be written beside it."""
    settings, train, held = document.training, split.train, split.validation
    if isinstance(train.shown, StoredSamples):
        return None
    return Training(
        loss=settings.loss,
        optimizer=settings.optimizer,
        x=train.shown,
        y=train.shown_y,
        validation=None if held is None else (in_memory(held.shown), held.shown_y),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        shuffle=settings.shuffle,
        seed=settings.seed,
        schedule=settings.schedule,
        clipping=settings.clipping,
        penalty=settings.penalty,
        class_weight=class_weight_of(document, preparation.classes),
        early_stopping=settings.early_stopping,
        augmentation=tuple(step.title for step in document.data.augmentations),
    )
