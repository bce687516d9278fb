"""Training settings that cannot work with the data: said before training starts, not after."""

from __future__ import annotations

from engine.data import Signature
from engine.errors import SpecError
from engine.memory import training_vectors
from engine.watch import Monitor
from nnstudio.document.model import Document


def has_validation(document: Document, signature: Signature) -> bool:
    """True if any samples are kept for validation."""
    return round(signature.samples * document.data.validation) > 0


def check_course(document: Document, signature: Signature) -> None:
    """Raises SpecError if a training setting asks for what these data do not have."""
    settings = document.training
    if not has_validation(document, signature):
        for who, part in (("the schedule", settings.schedule), ("early stopping", settings.early_stopping)):
            monitor: Monitor = getattr(part, "monitor", "loss")
            if monitor == "val_loss":
                raise SpecError(
                    f"{who} watches the validation loss, but no data are kept for validation; "
                    "keep some in the data panel, or let it watch the training loss"
                )
    if settings.class_weight != "none" and not signature.classes:
        raise SpecError(
            "class weights are balanced, but these data have numbers to predict and no classes; set them to none"
        )


def vectors(document: Document) -> int:
    """How many arrays as large as all parameters training takes."""
    settings = document.training
    return training_vectors(
        settings.optimizer.vectors,
        stopping=settings.early_stopping is not None,
        penalty=settings.penalty is not None,
    )
