"""Checks of training settings against the data, and settings that pass. Computes nothing."""

from __future__ import annotations

from typing import Any, TypeVar

from engine.data import Signature
from engine.data.splitting import part_sizes
from engine.declared import Declared
from engine.errors import Fix, SpecError
from engine.memory_budget import training_vectors
from engine.training.batch_order import batches
from engine.training.improvement import Monitor
from nnstudio.document import preparing
from nnstudio.document.active_graph import Active, active
from nnstudio.document.model import Document

Kind = TypeVar("Kind", bound=Declared)

_USUAL_BATCH = 16


def has_validation(document: Document, signature: Signature) -> bool:
    """True if any samples are kept for validation."""
    data = document.data
    return part_sizes(signature.samples, data.validation, data.test)[1] > 0


def check_training(document: Document, signature: Signature) -> None:
    """Check that the training settings only need data that exist.

    Raises SpecError if one asks for something that these data do not have.
    """
    settings = document.training
    if not has_validation(document, signature):
        for who, part in (("the schedule", settings.schedule), ("early stopping", settings.early_stopping)):
            monitor: Monitor = getattr(part, "monitor", "loss")
            if monitor == "val_loss":
                raise SpecError(
                    f"{who} monitors the validation loss, but no data are held out for validation; "
                    "hold some out in the data panel, or let it monitor the training loss"
                )
    if settings.class_weight == "none":
        return
    by_hand = settings.class_weight == "by_hand"
    if not signature.classes:
        raise SpecError(
            f"class weights are {'set by hand' if by_hand else 'balanced'}, but these data are for regression "
            "and have no classes; set them to none"
        )
    if by_hand and not any(settings.weight_of(name) for name in signature.classes):
        raise SpecError("all class weights are 0, so no sample counts; set at least one of them above 0")


def vectors(document: Document) -> int:
    """Number of arrays as large as all parameters that training needs."""
    settings = document.training
    return training_vectors(
        settings.optimizer.vectors,
        stopping=settings.early_stopping is not None,
        penalty=settings.penalty is not None,
    )


def steps_per_epoch(document: Document, signature: Signature) -> int:
    """Number of mini-batches in one epoch."""
    even = mixes_samples(active(document))
    return max(1, batches(trained_samples(document, signature), document.training.batch_size, even=even))


def trained_samples(document: Document, signature: Signature) -> int:
    """Number of samples in the training split, as its steps leave it."""
    return preparing.trained_samples(document.data, signature.samples)


def larger_batch(trained: int) -> Fix | None:
    """Fix that sets a usual batch size, where one sample is too few; None if there is no other."""
    if trained < 2:
        return None
    size = min(_USUAL_BATCH, trained)
    return Fix(f"Set the batch size to {size}", training={"batch_size": size})


def mixes_samples(part: Active) -> bool:
    """True if an active block computes across the samples of a batch."""
    return any(block.layer.mixes_samples for block in part.blocks)


def fitted(made: Kind, document: Document, signature: Signature | None) -> Kind:
    """Default settings of a kind, adapted to the run.

    Its length becomes the run's, and the loss it watches is one that will be measured.
    """
    if signature is None:
        return made
    fields, changes = type(made).model_fields, dict[str, Any]()
    if "total" in fields:
        by_step = getattr(made, "unit", "epoch") == "step"
        total = document.training.epochs * (steps_per_epoch(document, signature) if by_step else 1)
        changes["total"] = max(total, 2)
    if "monitor" in fields and not has_validation(document, signature):
        changes["monitor"] = "loss"
    return made.with_changes(**changes)
