"""Warnings and hints the user dismissed, identified by rule and block.

So the numbers in a sentence may change.

One that was dismissed as a hint and has become a warning is shown again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from nnstudio.document.lineage import lineage
from nnstudio.document.model import INPUT, OUTPUT, Dismissal, Document
from nnstudio.document.problems import Problem, Severity


def can_dismiss(problem: Problem) -> bool:
    """True unless the problem is an error, which prevents training until it is fixed."""
    return bool(problem.rule)


def dismiss(document: Document, *problems: Problem) -> Document:
    """Dismiss warnings and hints. Errors are left as they are."""
    made = {(each.block, each.rule): each for each in document.dismissed}
    for problem in problems:
        known = made.get((problem.where, problem.rule))
        if can_dismiss(problem) and not (known and _covers(known, problem)):
            made[problem.where, problem.rule] = _of(problem)
    return _with(document, tuple(made.values()))


def bring_back(document: Document, *problems: Problem) -> Document:
    """Show dismissed problems again."""
    gone = {(problem.where, problem.rule) for problem in problems}
    return _with(document, tuple(each for each in document.dismissed if (each.block, each.rule) not in gone))


def sort_out(document: Document, found: Iterable[Problem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Split problems into those to show and those dismissed, in their order."""
    dismissed = {(each.block, each.rule): each for each in document.dismissed}
    parts: tuple[list[Problem], list[Problem]] = [], []
    for problem in found:
        known = dismissed.get((problem.where, problem.rule))
        parts[known is not None and _covers(known, problem)].append(problem)
    return tuple(parts[0]), tuple(parts[1])


def follow(before: Document, after: Document) -> Document:
    """Carry dismissals over one edit, under the new names of their blocks.

    A dismissal goes with its block when the block is removed or its type changes: another block of that name starts
    with all of its problems.
    """
    if not after.dismissed or after.blocks is before.blocks:
        return after
    names = {was: now for now, was in lineage(before, after).items()} | {INPUT: INPUT, OUTPUT: OUTPUT}
    kept = (
        each.with_changes(block=names[each.block]) if names[each.block] != each.block else each
        for each in after.dismissed
        if each.block in names
    )
    return _with(after, tuple(kept))


def _covers(known: Dismissal, problem: Problem) -> bool:
    """True if what a rule says is not worse than what was dismissed of it."""
    return problem.severity.rank >= Severity(known.severity).rank


def _of(problem: Problem) -> Dismissal:
    severity: Literal["warning", "hint"] = "hint" if problem.severity is Severity.HINT else "warning"
    return Dismissal(block=problem.where, rule=problem.rule, severity=severity)


def _with(document: Document, dismissed: tuple[Dismissal, ...]) -> Document:
    return document if dismissed == document.dismissed else document.with_changes(dismissed=dismissed)
