"""Rules on the output: do output, loss and data go together?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.errors import Fix, ShapeError
from engine.layers import ReLU
from engine.layers.base import linked
from engine.losses import LOSSES, Loss
from engine.output_check import fix_for
from nnstudio.document.model import OUTPUT
from nnstudio.document.problems import Problem
from nnstudio.document.rules.base import Subject, end_rule, hint, rule, warning


@end_rule
def missing_output_function(subject: Subject) -> Iterator[Problem]:
    """Cross-entropy loss after a network that ends in neither Softmax nor Sigmoid."""
    link, name = subject.loss.link, subject.last
    layer = subject.layers[name]
    if link is None or layer.link is not None:
        return
    wanted = linked(link)
    yield warning(
        name,
        f"{subject.loss.title} needs probabilities from 0 to 1, as {wanted.type_name()} gives them, "
        f"but the network ends in {layer.type_name()}.",
        fix=fix_for(name, layer, wanted),
    )


@end_rule
def other_output_function(subject: Subject) -> Iterator[Problem]:
    """Output function that differs from the one the loss is made for."""
    link, name = subject.loss.link, subject.last
    layer, output = subject.layers[name], subject.output(name)
    if link is None or layer.link in (None, link) or output is None or math.prod(output) == 1:
        return
    wanted = linked(link)
    fix = Fix(f"Replace {layer.type_name()} with {wanted.type_name()}", replace={name: wanted})
    why = "Its outputs are independent, so nothing lowers those of the wrong classes"
    if not layer.elementwise:
        # Shares of a whole are what was meant; the loss is what does not fit.
        why = "The loss expects independent outputs, while these add up to 1"
        other = _loss_for(subject, layer.link)
        if other is not None:
            fix = Fix(f"Use {other.title.lower()}", training={"loss": other})
    yield warning(
        name,
        f"{subject.loss.title} goes with {wanted.type_name()}, but the network ends in {layer.type_name()}. {why}.",
        fix=fix,
    )


@rule
def lone_share(subject: Subject) -> Iterator[Problem]:
    """Softmax over a single output, which is always 1."""
    for name, layer in subject.layers.items():
        output = subject.output(name)
        if layer.link is not None and not layer.elementwise and output is not None and output[0] == 1:
            other = linked("sigmoid")
            yield warning(
                name,
                f"{layer.type_name()} of a single value is always 1, whatever its input.",
                fix=Fix(f"Replace it with {other.type_name()}", replace={name: other}),
            )


@end_rule
def squeezed_twice(subject: Subject) -> Iterator[Problem]:
    """Activation directly before the output function, which limits the outputs."""
    name = subject.last
    final, before = subject.layers[name], subject.before(name)
    if final.link is None or before is None or subject.layers[before].category != "Activation":
        return
    layer, title = subject.layers[before], final.type_name()
    lowest, highest = layer.output_range()
    if layer.link == final.link:
        why = f"{title} of {title}: the second one gets only values from 0 to 1, so its outputs are nearly alike."
    elif math.isfinite(highest):
        why = f"It keeps values between {lowest:g} and {highest:g}, so the {title} after it is never confident."
    elif lowest >= 0 and final.elementwise:
        why = f"It passes no negative value on, so the {title} after it never outputs less than 0.5."
    else:
        return
    yield warning(before, why, fix=Fix(f"Remove {before}", remove=(before,)))


@rule
def shares_between_layers(subject: Subject) -> Iterator[Problem]:
    """Softmax in hidden layers: units compete, and most stay near zero."""
    for name in subject.weighty:
        before = subject.before(name)
        if before is None or subject.layers[name].resizes_by is None:
            continue
        layer = subject.layers[before]
        if layer.link is not None and not layer.elementwise:
            yield hint(
                before,
                f"Between layers, {layer.type_name()} makes units compete for a sum of 1, so that most of them stay "
                "near 0 and train slowly. ReLU is usual here.",
                fix=Fix("Replace it with ReLU", replace={before: ReLU()}),
            )


@end_rule
def goal_out_of_reach(subject: Subject) -> Iterator[Problem]:
    """Output activation whose range does not contain the targets."""
    name = subject.last
    layer = subject.layers[name]
    regression = subject.signature.task == "regression"
    aims = subject.signature.target_range if regression else subject.loss.aims
    if layer.category != "Activation" or subject.loss.link is not None or aims is None:
        return
    lowest, highest = layer.output_range()
    if lowest <= aims[0] and aims[1] <= highest:
        return
    what = "the targets" if regression else f"the outputs that {subject.loss.title.lower()} expects"
    yield warning(
        name,
        f"{what[0].upper()}{what[1:]} run from {aims[0]:.3g} to {aims[1]:.3g}, but {layer.type_name()} gives only "
        f"{_range(lowest, highest)}.",
        fix=Fix(f"Remove {name}", remove=(name,)),
    )


@end_rule
def noise_at_the_end(subject: Subject) -> Iterator[Problem]:
    """Dropout or noise at the output, with no trainable layer after it."""
    name = subject.graph.output
    while name in subject.layers:
        layer = subject.layers[name]
        idle = layer.passes_through(training=False)
        if idle and not layer.passes_through(training=True):
            yield warning(
                name,
                f"{layer.type_name()} right before the loss removes outputs of the network. Put it in front of the "
                "last trainable layer, or remove it.",
                fix=Fix(f"Remove {name}", remove=(name,)),
            )
        if not idle and layer.category != "Activation":
            return
        name = subject.graph.sources[name][0]


@rule
def loss_for_numbers(subject: Subject) -> Iterator[Problem]:
    """Classification with a regression loss. With Tanh it is a classic, and left alone."""
    layer, loss = subject.layers[subject.last], subject.loss
    fits_numbers = loss.link is None and "regression" in loss.tasks
    if not fits_numbers or subject.signature.learns == "regression":
        return
    if layer.category == "Activation" and layer.link is None:
        return
    other = _loss_for(subject, layer.link) or _loss_for(subject, "softmax") or _loss_for(subject, "sigmoid")
    if other is not None:
        yield hint(
            OUTPUT,
            f"{loss.title} is made for regression. Classifiers mostly train faster with {other.title.lower()}, whose "
            "gradient stays large while predictions are wrong.",
            fix=Fix(f"Use {other.title.lower()}", training={"loss": other}),
        )


def _loss_for(subject: Subject, link: str | None) -> Loss | None:
    """The loss that goes with an output function, if it fits these data and the network's output."""
    signature, output = subject.signature, subject.output(subject.last)
    for kind in LOSSES.values():
        if link is not None and kind.link == link and output is not None:
            loss = kind()  # type: ignore[call-arg]
            try:
                loss.check(output, task=signature.learns, classes=len(signature.classes), targets=signature.targets)
            except ShapeError:
                continue
            return loss
    return None


def _range(lowest: float, highest: float) -> str:
    if math.isinf(highest):
        return f"values from {lowest:g} upwards"
    return f"values between {lowest:g} and {highest:g}"
