"""Warnings and hints that a person has dismissed: told by rule and block, so that numbers in a sentence may change."""

from __future__ import annotations

from collections.abc import Iterable

from nnstudio.document.lineage import lineage
from nnstudio.document.model import INPUT, OUTPUT, Dismissal, Document
from nnstudio.document.problems import Problem


def can_dismiss(problem: Problem) -> bool:
    """False for errors: the network cannot be trained before they are mended."""
    return bool(problem.rule)


def dismiss(document: Document, *problems: Problem) -> Document:
    """Shows these no longer. Errors are left as they are."""
    made = dict.fromkeys([*document.dismissed, *(_of(problem) for problem in problems if can_dismiss(problem))])
    return _with(document, tuple(made))


def bring_back(document: Document, *problems: Problem) -> Document:
    """Shows these again."""
    gone = {_of(problem) for problem in problems if can_dismiss(problem)}
    return _with(document, tuple(each for each in document.dismissed if each not in gone))


def sort_out(document: Document, found: Iterable[Problem]) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """What is to be shown of these, and what was dismissed, in their order."""
    known = {(each.block, each.rule) for each in document.dismissed}
    parts: tuple[list[Problem], list[Problem]] = [], []
    for problem in found:
        parts[(problem.where, problem.rule) in known].append(problem)
    return tuple(parts[0]), tuple(parts[1])


def follow(before: Document, after: Document) -> Document:
    """The later of two documents, one edit apart: what was dismissed goes with its block, under its new name.

    A block that is gone, or became one of another type, takes it along: of another block of its name, all is told.
    """
    if not after.dismissed or after.blocks is before.blocks:
        return after
    names = {was: now for now, was in lineage(before, after).items()} | {INPUT: INPUT, OUTPUT: OUTPUT}
    kept = (
        Dismissal(block=names[each.block], rule=each.rule) if names[each.block] != each.block else each
        for each in after.dismissed
        if each.block in names
    )
    return _with(after, tuple(kept))


def _of(problem: Problem) -> Dismissal:
    return Dismissal(block=problem.where, rule=problem.rule)


def _with(document: Document, dismissed: tuple[Dismissal, ...]) -> Document:
    return document if dismissed == document.dismissed else document.model_copy(update={"dismissed": dismissed})
