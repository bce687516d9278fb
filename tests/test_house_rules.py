"""House rules checked in the source files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("engine", "nnstudio", "resources", "tests")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def nodes(word: str) -> Iterator[tuple[Path, ast.AST]]:
    """Nodes of all files that hold a word, each with its file; to parse the others takes seconds."""
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if word in text:
            yield from ((path, node) for node in ast.walk(ast.parse(text, str(path))))


def test_nothing_is_copied_with_changes_that_nobody_checks() -> None:
    """pydantic's `model_copy(update=...)` takes any name and any value; `with_changes` does not."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes("model_copy")
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "model_copy"
        and (node.args or node.keywords)
    ]
    assert found == []


def test_no_test_module_imports_another_one() -> None:
    """What two of them need stands in a module of helpers; else a change to one test breaks others."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {module}"
        for path, node in nodes(".test_")
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names])
        if module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")
    ]
    assert found == []
