"""Alarms: problems measured on a run, and the edits that end them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nnstudio.document.model import Document
from nnstudio.document.problems import Problem

# Rules of thumb that foretell what an alarm measures. They are silent on blocks that have been measured.
FORETOLD = frozenset({"fading_gradients"})


@dataclass(frozen=True)
class Alarm:
    """Problem measured on a run.

    Attributes:
        problem: what is shown of it; its `rule` and place identify it.
        blocks: the blocks it is about. An edit of one of them, or of its wires, ends the alarm.
        settings: the training settings it is about, by field; a change of one ends the alarm.
    """

    problem: Problem
    blocks: frozenset[str] = frozenset()
    settings: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[str, str]:
        """Rule and place of the problem."""
        return self.problem.rule, self.problem.where


def kept(alarms: Sequence[Alarm], before: Document, after: Document) -> tuple[Alarm, ...]:
    """Alarms that still hold after an edit. With other data or another seed, another run begins and none does."""
    if not alarms or after is before:
        return tuple(alarms)
    if after.data.lasting != before.data.lasting or after.training.seed != before.training.seed:
        return ()
    changed = set(unlike(before, after))
    settings = {name for name in type(after.training).model_fields if _differs(name, before, after)}
    return tuple(alarm for alarm in alarms if not (alarm.blocks & changed or alarm.settings & settings))


def unlike(before: Document, after: Document) -> Iterable[str]:
    """Names of the blocks that an edit has changed, made or removed, or that have other wires since."""
    if after.blocks is not before.blocks:
        old, new = before.by_name, after.by_name
        for name in old.keys() | new.keys():
            was, now = old.get(name), new.get(name)
            if was is not now and (was is None or now is None or _learns_otherwise(was, now)):
                yield name
    if after.wires is not before.wires:
        for wire in set(before.wires) ^ set(after.wires):
            yield from wire


def _learns_otherwise(was: object, now: object) -> bool:
    return any(getattr(was, name) != getattr(now, name) for name in ("layer", "disabled", "frozen"))


def _differs(name: str, before: Document, after: Document) -> bool:
    return bool(getattr(before.training, name) != getattr(after.training, name))
