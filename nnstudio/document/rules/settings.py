"""Rules on data and training settings, and on disabled or frozen blocks."""

from __future__ import annotations

from collections.abc import Iterator

from engine.data.steps import ScaleInputs, ScaleTargets
from engine.errors import Fix
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.document.problems import Problem
from nnstudio.document.rules.base import Subject, rule, warning

# Inputs or targets above it, in size, make the first steps too large.
_HUGE = 100.0
# So few samples are often learnt all at once, and on purpose: that is plain gradient descent.
_FEW = 32


@rule
def batch_larger_than_data(subject: Subject) -> Iterator[Problem]:
    """Batch size above the number of training samples."""
    batch, samples = subject.document.training.batch_size, subject.trained
    if batch <= samples or samples < _FEW:
        return
    size = 1
    while 4 * size <= samples:
        size *= 2
    yield warning(
        OUTPUT,
        f"A batch holds {batch:,} samples, but only {samples:,} are there to train on, so each epoch is a single step.",
        fix=Fix(f"Set the batch size to {size}", training={"batch_size": size}),
    )


@rule
def rate_too_high(subject: Subject) -> Iterator[Problem]:
    """Learning rate that is usually too high for this optimiser."""
    optimizer = subject.document.training.optimizer
    kind = type(optimizer)
    if optimizer.learning_rate <= kind.fastest:
        return
    usual = kind.model_fields["learning_rate"].default
    yield warning(
        OUTPUT,
        f"A learning rate of {optimizer.learning_rate:g} is high for {kind.title}: above {kind.fastest:g} its steps "
        "mostly overshoot the minimum.",
        fix=Fix(
            f"Set the learning rate to {usual:g}",
            training={"optimizer": optimizer.with_changes(learning_rate=usual)},
        ),
    )


@rule
def class_left_out(subject: Subject) -> Iterator[Problem]:
    """Class with weight 0 beside others that count."""
    settings = subject.document.training
    if settings.class_weight != "by_hand":
        return
    out = [name for name in subject.signature.classes if settings.weight_of(name) == 0]
    if not out:
        return
    one = len(out) == 1
    names = ", ".join(out[:3]) + (f" and {len(out) - 3} more" if len(out) > 3 else "")
    yield warning(
        OUTPUT,
        f"The class{'' if one else 'es'} {names} weigh{'s' if one else ''} 0, so the network never learns "
        f"{'it' if one else 'them'}.",
        fix=Fix(
            f"Set {'its weight' if one else 'their weights'} to 1",
            training={"class_weights": tuple(entry for entry in settings.class_weights if entry.name not in out)},
        ),
    )


@rule
def nothing_learns(subject: Subject) -> Iterator[Problem]:
    """No trainable parameter: all are frozen, disabled, or there are none."""
    if any(not subject.document.block(name).frozen for name in subject.weighty):
        return
    if any(report.output is None for report in subject.reports.values()):
        return  # how many parameters there are will only be seen
    why = "All layers with parameters are frozen" if subject.weighty else "No layer has parameters"
    yield warning(OUTPUT, f"{why}, so training changes nothing.")


@rule
def unscaled_targets(subject: Subject) -> Iterator[Problem]:
    """Targets of a regression in the hundreds, which are learnt as they are."""
    signature, steps = subject.signature, subject.document.data.steps
    if signature.task != "regression" or signature.target_range is None:
        return
    largest = max(map(abs, signature.target_range))
    if largest <= _HUGE:
        return
    off = next((step for step in steps if isinstance(step, ScaleTargets)), None)
    scaled = (
        (*steps, ScaleTargets())
        if off is None
        else tuple(step.with_changes(enabled=True) if step is off else step for step in steps)
    )
    yield warning(
        INPUT,
        f"Targets go up to {largest:,.0f} and are not scaled, so training takes very long to get there. Scaled "
        "ones are learnt quickly, and predictions are given in the same units as now.",
        fix=Fix("Scale the targets", data={"steps": scaled}),
    )


@rule
def huge_inputs(subject: Subject) -> Iterator[Problem]:
    """Unscaled data with values in the thousands, where networks want values near 1."""
    largest, dataset = subject.signature.largest, subject.document.data.dataset
    first = subject.graph.consumers[INPUT]
    if dataset.standardised or largest is None or largest <= _HUGE:
        return
    if all(subject.layers[name].category == "Regularisation" for name in first):
        return
    scaled = dataset.scaled()
    if scaled != dataset:
        fix = Fix("Scale the inputs", dataset=scaled)
    else:
        step = ScaleInputs() if len(subject.signature.input_shape) == 1 else ScaleInputs(method="min_max", per="all")
        fix = Fix("Scale the inputs", data={"steps": (step, *subject.document.data.steps)})
    yield warning(
        INPUT,
        f"Inputs go up to {largest:,.0f}. Networks train best on values of about 1; larger ones make the first steps "
        "too large.",
        fix=fix,
    )
