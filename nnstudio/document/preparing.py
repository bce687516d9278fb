"""Preparation of a document's data: their signature after all steps, and the steps that suit them."""

from __future__ import annotations

from engine.data import Signature
from engine.data.splitting import part_sizes
from engine.data.steps import Resampling, ScaleTargets, Step, Transform
from engine.errors import Fix, SpecError
from nnstudio.document.model import DataSettings, Document

# Targets of this size need no scaling: the largest lies within these bounds.
_SMALL, _LARGE = 0.25, 1.0


def prepared(settings: DataSettings, signature: Signature) -> Signature:
    """Signature of data as the network takes them, from that of their source.

    Raises SpecError, with a fix that takes the step out, for one that cannot work on such data.
    """
    for step in settings.used_steps:
        try:
            step.check(signature)
            if isinstance(step, Transform):
                signature = step.changed(signature)
        except SpecError as error:
            others = tuple(other for other in settings.steps if other is not step)
            raise SpecError(error.message, fix=Fix(f"Take out {step.title}", data={"steps": others})) from None
    return signature


def trained_samples(settings: DataSettings, samples: int) -> int:
    """Number of samples to train on, of so many in all, as far as it follows from the settings alone."""
    trained = part_sizes(samples, settings.validation, settings.test)[0]
    for step in settings.used_steps:
        if isinstance(step, Resampling):
            trained = step.samples(trained)
    return trained


def needs_scaling(signature: Signature) -> bool:
    """True if the targets of these data are numbers of another size than networks learn best."""
    if signature.learns != "regression":
        return False
    if signature.target_range is None:
        return True
    return not _SMALL <= max(map(abs, signature.target_range)) <= _LARGE


def follow_steps(before: Document, after: Document, was: Signature | None, now: Signature) -> Document:
    """Add or take out the scaling of targets after the data of a document have changed.

    Where the same kind of data is read from another place, the steps stay as they are: weights may be kept that were
    trained with them.

    Args:
        was, now: signatures of the source before and after; None if not known.
    """
    steps = after.data.steps
    if now.learns != "regression":
        left = tuple(step for step in steps if not isinstance(step, ScaleTargets))
        return after if left == steps else _with_steps(after, left)
    changed = was is not None and (was.task != now.task or not needs_scaling(was))
    fresh = type(before.data.dataset) is not type(after.data.dataset) or changed
    if not fresh or not needs_scaling(now) or any(isinstance(step, ScaleTargets) for step in steps):
        return after
    return _with_steps(after, (*steps, ScaleTargets()))


def _with_steps(document: Document, steps: tuple[Step, ...]) -> Document:
    return document.with_changes(data=document.data.with_changes(steps=steps))
