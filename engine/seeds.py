"""Seeds: make random choices repeatable."""

from __future__ import annotations

import secrets

import numpy as np

from engine.checks import shown
from engine.errors import SpecError


def resolve_seed(seed: int | None) -> int:
    """Return the seed, or a fresh one for None. Raises SpecError if it is not an integer of 0 or more."""
    if seed is None:
        return secrets.randbits(31)
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise SpecError(f"seed: expected a whole number of 0 or more, or None for a fresh one; found {shown(seed)}")
    return int(seed)
