"""Alarm rules: measured problems of a run, one kind a file.

A rule asks layers and settings for their properties, never for their names.
"""

from __future__ import annotations

from dataclasses import replace

from nnstudio.document.alarms import Alarm
from nnstudio.training.alarms.base import AlarmRule, Evidence
from nnstudio.training.alarms.creeping import updates_too_small
from nnstudio.training.alarms.dead import dead_units
from nnstudio.training.alarms.exploding import exploding_gradients
from nnstudio.training.alarms.flat import flat_loss
from nnstudio.training.alarms.overfitting import overfitting
from nnstudio.training.alarms.overshooting import updates_too_large
from nnstudio.training.alarms.saturated import saturated_units
from nnstudio.training.alarms.vanishing import vanishing_gradients

__all__ = ["RULES", "Evidence", "judge"]

# Causes come before their consequences, which ask whether they are explained already.
RULES: tuple[AlarmRule, ...] = (
    exploding_gradients,
    updates_too_large,
    dead_units,
    vanishing_gradients,
    saturated_units,
    updates_too_small,
    flat_loss,
    overfitting,
)


def judge(evidence: Evidence) -> tuple[Alarm, ...]:
    """Alarms that are on, causes first; as long as nothing was measured, those that are raised already."""
    if not evidence.entries:
        return tuple(evidence.raised.values())
    found: tuple[Alarm, ...] = ()
    for check in RULES:
        found += tuple(
            replace(alarm, problem=replace(alarm.problem, rule=check.__name__))
            for alarm in check(replace(evidence, found=found))
        )
    return found
