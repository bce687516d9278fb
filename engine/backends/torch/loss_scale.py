"""Scale of the loss, so that small gradients survive half precision.

Micikevicius et al. 2018, "Mixed Precision Training", section 3.2; the numbers are those of PyTorch's GradScaler, which
itself knows only PyTorch's optimisers.
"""

from __future__ import annotations

from typing import Any

from engine.errors import DataError

_FIRST, _MOST = 2.0**16, 2.0**24
_GROWTH, _BACKOFF, _EVERY = 2.0, 0.5, 2000


class LossScale:
    """Factor on the loss, halved when a gradient overflows and doubled after many good steps.

    Attributes:
        value: the factor, a power of two, so that dividing by it loses no digit.
    """

    def __init__(self) -> None:
        self.value = _FIRST
        self._good = 0

    def lowers(self) -> bool:
        """True if an overflow can still be met with a smaller factor."""
        return self.value > 1

    def after(self, *, good: bool) -> None:
        """Record a step whose gradients were finite, or not."""
        if not good:
            self.value, self._good = max(self.value * _BACKOFF, 1.0), 0
            return
        self._good += 1
        if self._good >= _EVERY:
            self.value, self._good = min(self.value * _GROWTH, _MOST), 0

    def state(self) -> dict[str, Any]:
        """State as JSON-compatible data."""
        return {"value": self.value, "good": self._good}

    def restore(self, state: Any) -> None:
        """Restore a state; None, from a run in full precision, begins anew. Raises DataError."""
        if state is None:
            self.value, self._good = _FIRST, 0
            return
        try:
            value, good = float(state["value"]), int(state["good"])
        except (LookupError, TypeError, ValueError) as error:
            raise DataError(f"this is no scale of the loss: {error!r}") from None
        if not (1 <= value <= _MOST and 0 <= good < _EVERY):
            raise DataError(f"the saved run cannot be used: the scale of its loss is {value}")
        self.value, self._good = value, good
