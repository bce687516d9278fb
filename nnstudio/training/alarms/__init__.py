"""Alarm rules: measured problems of a run, one kind a file.

Importing this package fills `RULES`. A rule asks layers and settings for their properties, never for their names.
"""

from __future__ import annotations

from nnstudio.training.alarms import dead, saturated  # isort: skip
from nnstudio.training.alarms import exploding, vanishing  # isort: skip
from nnstudio.training.alarms import updates  # isort: skip
from nnstudio.training.alarms import flat, overfitting  # isort: skip
from nnstudio.training.alarms.base import RULES, Evidence, judge

__all__ = [
    "RULES",
    "Evidence",
    "dead",
    "exploding",
    "flat",
    "judge",
    "overfitting",
    "saturated",
    "updates",
    "vanishing",
]
