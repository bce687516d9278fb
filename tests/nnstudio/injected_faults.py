"""Faults injected into the system calls of whatever writes a file."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

if os.name == "posix":
    import fcntl

_CALLS = (
    *("open", "fdopen", "write", "fsync", "close", "chmod", "replace", "unlink", "stat", "lstat", "fstat", "access"),
    *("scandir", "mkdir", "rename"),
)


class Dead(BaseException):
    """The process was killed: nothing that comes after is done."""


class Faults:
    """Counting shim over the calls of a save; the call of number `at` fails, or, with Dead, all from there on.

    Attributes:
        count: calls so far. names: what was called.
    """

    def __init__(self, at: int, error: BaseException) -> None:
        self.at, self.error = at, error
        self.count = 0
        self.names: list[str] = []

    def call(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            self.names.append(name)
            self.count += 1
            if self.count == self.at or (isinstance(self.error, Dead) and self.count > self.at > 0):
                raise self.error
            found = function(*arguments, **named)
            return _File(found, self) if name == "fdopen" else found

        return counted


class _File:
    """Open file whose calls are counted too."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file = file
        for name in ("write", "flush"):
            setattr(self, name, faults.call(f"file.{name}", getattr(file, name)))
        self.fileno = file.fileno

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@contextmanager
def injected(at: int, error: BaseException) -> Iterator[Faults]:
    """Within, the call of this number fails."""
    faults = Faults(at, error)
    with pytest.MonkeyPatch.context() as patch:
        for name in _CALLS:
            patch.setattr(os, name, faults.call(name, getattr(os, name)))
        patch.setattr(zipfile.ZipFile, "writestr", faults.call("zip", zipfile.ZipFile.writestr))
        if os.name == "posix":
            patch.setattr(fcntl, "flock", faults.call("flock", fcntl.flock))
        yield faults
