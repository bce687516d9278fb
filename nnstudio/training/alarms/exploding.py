"""Exploding gradients: the gradient grows from layer to layer on its way back."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fix
from engine.regularisation import Clipping
from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm, power
from nnstudio.training.alarms.vanishing import decades

# Orders of magnitude by which it grows. Clipping is the cure, to a norm of 1 (Pascanu et al. 2013, section 3.2).
_BEGIN, _END = 3.0, 2.0
_NORM = 1.0


def exploding_gradients(evidence: Evidence) -> Iterator[Alarm]:
    """The gradient of a layer is many times that of the last one, and nothing clips it."""
    if not evidence.learning or evidence.document.training.clipping is not None:
        return
    last = evidence.learning[-1]
    grown = []
    for name in evidence.learning[:-1]:
        falls = [decades(entry, name, last) for entry in evidence.recent]
        rises = [None if fall is None else -fall for fall in falls]
        if evidence.holds("exploding_gradients", name, rises, _BEGIN, _END):
            grown.append(name)
    if not grown:
        return
    # The worst of them is mostly the first, from which all go on.
    times = {name: 10.0 ** -(decades(evidence.newest, name, last) or 0.0) for name in grown}
    worst = evidence.steady("exploding_gradients", times)
    wide = {
        name: evidence.layers[name].with_changes(weight_init="auto")
        for name in evidence.learning
        if getattr(evidence.layers[name], "weight_init", "auto") != "auto"
    }
    yield alarm(
        worst,
        f"The gradient is {power(times[worst])} times that at {last}: it explodes on its way back, and steps become "
        "wild.",
        [
            Fix("Clip gradients to norm 1", training={"clipping": Clipping(norm=_NORM)}),
            Fix("Use the usual initial weights from the next reset on", replace=wide) if wide else None,
        ],
        blocks=[worst, *wide],
        settings=["clipping"],
    )
