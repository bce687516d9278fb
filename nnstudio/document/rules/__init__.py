"""Rules of thumb: hints on networks that train but could be better.

Importing this package fills `RULES`. A rule asks layers, losses and data for their properties, never for their names.
"""

from __future__ import annotations

from nnstudio.document.rules import depth, ends, settings, sizes
from nnstudio.document.rules.base import RULES, Rule, Subject, remarks

__all__ = ["RULES", "Rule", "Subject", "depth", "ends", "remarks", "settings", "sizes"]
