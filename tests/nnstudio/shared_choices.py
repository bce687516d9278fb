"""Choices that the whole program shares, and that tests give back: theme and animations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication

from nnstudio.ui.motion import motion
from nnstudio.ui.theme import Mode, theme


@contextmanager
def shared_choices_kept() -> Iterator[None]:
    """Within it, theme and animations may be changed; afterwards they are as before, or as in a new program."""
    mode: Mode = "system"
    on = True
    if QCoreApplication.instance() is not None:
        mode, on = theme().mode, motion().on
    yield
    if QCoreApplication.instance() is not None:
        motion().set_on(on)
        if theme().mode != mode:
            theme().set_mode(mode)
