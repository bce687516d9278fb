"""Inputs that fuzzing has found: whatever they once brought about, now it is a sentence."""

from __future__ import annotations

import re

import pytest

from engine.errors import EngineError
from tests.endurance import fuzz
from tests.endurance.fuzz_targets import CORPUS, TARGETS, Target, stored


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_and_seeds_are_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    if name == "onnx":
        pytest.importorskip("onnx")
    for path in stored(name):
        target.take(path.read_bytes())
    for seed in target.seeds():
        # Without an error: else fuzzing would begin from what is refused.
        target.read(seed)


def test_every_target_is_run_and_what_is_kept_is_small() -> None:
    assert tuple(TARGETS) == fuzz.NAMES
    assert {folder.name for folder in CORPUS.iterdir()} <= set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.glob("*/*")) < 20_000


def test_an_untidy_message_is_a_fault() -> None:
    class UntidyError(EngineError):
        def __str__(self) -> str:
            return "a\x07"

    def read(_: bytes) -> None:
        raise UntidyError("a")

    with pytest.raises(AssertionError):
        Target(read, lambda: ()).take(b"")


def test_without_its_tool_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert fuzz.main([]) == 0
    assert re.match(r"Fuzzing is skipped: .*\[endure\]", capsys.readouterr().out)
