"""Errors of a sweep."""

from __future__ import annotations

from engine.errors import EngineError


class SweepError(EngineError):
    """Error for a sweep that cannot begin or go on: its ranges, its study or its storage."""
