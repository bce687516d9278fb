"""Dead units: rectifiers that are silent for every sample."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fix
from engine.layers import LeakyReLU
from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import Evidence, alarm

# Share of dead units. Maas et al. 2013 (Rectifier nonlinearities improve acoustic models, section 3) find up to 40 % of
# rarely active units in networks that train well; the bundled digits have 45 % in their dense layer.
_BEGIN, _END = 0.75, 0.6


def dead_units(evidence: Evidence) -> Iterator[Alarm]:
    """Most units of an activation are 0 for all samples of the reference batch and pass no gradient on."""
    for name in evidence.layers:
        shares = [e.statistics.blocks[name].dead if name in e.statistics.blocks else None for e in evidence.recent]
        share = shares[-1]
        if share is None or not evidence.holds("dead_units", name, shares, _BEGIN, _END):
            continue
        samples = evidence.newest.statistics.samples
        all_ = share == 1
        yield alarm(
            name,
            f"{'All' if all_ else f'{share:.0%} of the'} units are dead: 0 for all {samples:,} samples measured. "
            f"{'No gradient gets through this layer.' if all_ else 'They no longer learn.'}",
            [Fix("Use LeakyReLU", replace={name: LeakyReLU()})],
            blocks=[name],
        )
