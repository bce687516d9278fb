"""Panics of the reader of tables: their traces stay off the terminal, and nothing else does."""

from __future__ import annotations

import os

import polars as pl
import pytest

from engine.data.tables.panics import panics_unsaid


def end_with(error: BaseException, said: bytes) -> None:
    with panics_unsaid():
        os.write(2, said)
        raise error


def test_the_trace_of_a_panic_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(pl.exceptions.PanicException):
        end_with(pl.exceptions.PanicException("assertion failed"), b"thread 'async-executor-0' panicked\n")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


def test_whatever_else_is_written_meanwhile_follows(capfd: pytest.CaptureFixture[str]) -> None:
    with panics_unsaid():
        os.write(2, b"by somebody else\n")
        with panics_unsaid():
            os.write(2, b"within\n")
    with pytest.raises(ValueError, match="another"):
        end_with(ValueError("another"), b"before an error\n")
    assert capfd.readouterr().err == "by somebody else\nwithin\nbefore an error\n"


def test_a_terminal_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(place: int) -> int:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", refuse)
    with panics_unsaid():
        assert pl.DataFrame({"a": [1]}).height == 1
