"""Copies of source from the library of exporters: what is used, with what that needs."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from engine.errors import SpecError

# Alias of NumPy's arrays in all modules of the library; scripts define it once.
ALIAS = "Array"


@cache
def _parsed(module: str) -> tuple[str, dict[str, ast.stmt]]:
    """Source of a module and its definitions by name, in their order; imports are no definitions."""
    package, _, name = module.rpartition(".")
    text = (files(package) / f"{name}.py").read_text(encoding="utf-8")
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id != ALIAS:
            found[node.targets[0].id] = node
    return text, found


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def copied(module: str, wanted: Iterable[str]) -> str:
    """Source of these definitions of a module, and of all that they use of it, in the module's order.

    Raises SpecError if one is not there.
    """
    text, found = _parsed(module)
    waiting, taken = list(wanted), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            raise SpecError(f"{module} defines no {name}")
        if name not in taken:
            taken.add(name)
            waiting += sorted(_names(found[name]) & found.keys())
    parts = []
    for name in (each for each in found if each in taken):
        node = found[name]
        source = ast.get_source_segment(text, node) or ""
        parts.append((isinstance(node, ast.Assign), source.replace("  # type: ignore[override]", "")))
    lines = "\n".join(source for short, source in parts if short)
    rest = "\n\n\n".join(source for short, source in parts if not short)
    return "\n\n\n".join(filter(None, (lines, rest)))
