"""Fixes for an output that does not fit loss and data.

An unfinished network is the usual case: what stands last is a hidden layer, and the output layer is still to come. So
resizing the last layer is a fix only where it is an output layer by its looks, with nothing behind it but an
activation that suits the loss, or that once suited another one.
"""

from __future__ import annotations

import math
from dataclasses import replace

from engine.errors import Fix
from engine.layers import Dense, Flatten
from engine.layers.base import Layer, linked
from engine.types import Shape
from nnstudio.document.rules.base import Subject

# A row of so few numbers is a yes or a no; hidden layers are wider.
_FEW = 2


def fixes(subject: Subject, found: Shape, wanted: Shape | None) -> tuple[Fix, ...]:
    """Fixes that turn an output of shape `found` into one of shape `wanted`.

    The best comes first; () if there is none.
    """
    if wanted is None or len(wanted) != 1:
        return ()
    size = wanted[0]
    added, resized = _add(subject, found, size), _resize(subject, found, size)
    if resized is None:
        return (added,)
    if _shares(subject.layers[subject.last]):
        # Shares of a whole are answers already.
        return (resized,)
    # A layer after so few numbers could not say more than they do.
    too_few = found[0] <= _FEW and found[0] < size
    return (resized, added) if too_few or _ends_in_its_own(subject) else (added, resized)


def _add(subject: Subject, found: Shape, size: int) -> Fix:
    """A new output layer, with the activation that the loss asks for."""
    flatten = () if len(found) == 1 else (Flatten(),)
    return Fix("Add an output layer", append=(*flatten, Dense(units=size), *_activation(subject)))


def _resize(subject: Subject, found: Shape, size: int) -> Fix | None:
    """Another size for the last layer, and the activation that goes with it; None if it is a hidden layer."""
    final = subject.layers[subject.last]
    name: str | None = subject.last
    fix = Fix("")
    if final.category != "Activation":
        fix = replace(fix, append=_activation(subject))
    elif _suits(subject, final):
        # Shares of a whole need one output per class, even for two.
        size = max(size, len(subject.signature.classes)) if _shares(final) else size
    elif final.link is not None:
        other = _activation(subject)
        fix = replace(fix, replace={subject.last: other[0]}) if other else replace(fix, remove=(subject.last,))
    else:
        return None
    # Layers that keep each number in its place, such as BatchNorm, may stand between.
    while name is not None and ((name == subject.last and final.category == "Activation") or _keeps(subject, name)):
        name = subject.before(name)
    if name is None or subject.output(name) != found or not _feeds_one(subject, name):
        return None
    layer = subject.layers[name]
    if layer.resizes_by is None or len(found) != 1:
        return None
    only = fix == Fix("")
    title = f"Set {layer.resizes_by} of {name} to {size}" if only else f"Make {name} the output layer"
    return replace(fix, title=title, change={layer.resizes_by: size}, block=name)


def _activation(subject: Subject) -> tuple[Layer, ...]:
    """Output function that the loss expects; none for regression."""
    return () if subject.loss.link is None else (linked(subject.loss.link),)


def _suits(subject: Subject, final: Layer) -> bool:
    """True if an activation may stand last: the loss is made for it, or all right answers lie between its bounds."""
    loss, signature = subject.loss, subject.signature
    if loss.link is not None:
        return final.link == loss.link
    aims = signature.target_range if signature.task == "regression" else loss.aims
    lowest, highest = final.output_range()
    return aims is not None and -math.inf < lowest <= aims[0] and aims[1] <= highest < math.inf


def _ends_in_its_own(subject: Subject) -> bool:
    """True if the activation that the loss is made for stands last and nowhere else: hidden layers have another one."""
    final = subject.layers[subject.last]
    if final.link is None or final.link != subject.loss.link:
        return False
    hidden = [type(layer) for name, layer in subject.layers.items() if name != subject.last]
    return type(final) not in hidden and any(kind.category == "Activation" for kind in hidden)


def _shares(layer: Layer) -> bool:
    """True for an output function that weighs the numbers against each other, as Softmax does."""
    return layer.link is not None and not layer.elementwise


def _keeps(subject: Subject, name: str) -> bool:
    layer = subject.layers[name]
    return layer.elementwise and layer.category != "Activation"


def _feeds_one(subject: Subject, name: str) -> bool:
    """True if nothing but the way to the loss starts here: what else does would get another shape too."""
    return len(subject.graph.consumers[name]) <= 1
