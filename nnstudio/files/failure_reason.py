"""Reasons for files that cannot be written, in words for a person."""

from __future__ import annotations


def failure_reason(error: BaseException) -> str:
    """Words for a failed write, without the number of the system's error."""
    if isinstance(error, MemoryError):
        return "there is not enough memory; close other programs"
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) or type(error).__name__
