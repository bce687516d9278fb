"""Panics of the reader of tables, kept off the terminal: a person is told in a sentence instead."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_STDERR: Final = 2
_alone: Final = threading.RLock()


@contextmanager
def panics_unsaid() -> Iterator[None]:
    """Drop the traces that polars writes to the terminal by itself, from threads of its own, when it panics.

    Whatever else is written meanwhile follows afterwards.
    """
    import polars as pl

    with _alone:
        try:
            terminal = os.dup(_STDERR)
        except OSError:  # no terminal, and nobody to read a trace
            yield
            return
        with tempfile.TemporaryFile() as written:
            os.dup2(written.fileno(), _STDERR)
            try:
                yield
            except pl.exceptions.PanicException:
                written.truncate(0)
                raise
            finally:
                os.dup2(terminal, _STDERR)
                os.close(terminal)
                written.seek(0)
                said = written.read()
                if said:
                    os.write(_STDERR, said)
