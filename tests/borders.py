"""Borders between rooms: actual imports against the allowed ones.

A room is a folder of modules, or a single module where the table has a row for it. All imports count, also those
within functions and those for types only: what a module names, it has to be understood with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

QT = frozenset({"PySide6", "shiboken6", "pyqtgraph"})
# Rooms are written without the package that most of them are in.
_STUDIO = "nnstudio"


@dataclass(frozen=True)
class Import:
    """One import: `file` and `line` of the module `source`, and the module it names, of the tree or from outside."""

    source: str
    target: str
    file: str
    line: int


@dataclass(frozen=True)
class Row:
    """One row of the table: the rooms that a room may import, and who in it may import Qt.

    Attributes:
        qt: True for all modules, False for none, or the modules by their names within the room.
    """

    room: str
    imports: frozenset[str]
    qt: bool | frozenset[str]


def read_table(text: str) -> dict[str, Row]:
    """The rows of the table with the columns room, holds, Qt and may import, in the text of a page."""
    rows: dict[str, Row] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if re.fullmatch(r"\| *room *\| *holds *\| *Qt *\| *may import *\|", line):
            break
    next(lines, None)
    for line in lines:
        if not line.startswith("|"):
            break
        room, _, qt, imports = (cell.strip() for cell in line.strip("|").split("|"))
        (name,) = _names(room)
        by_module = frozenset(re.findall(r"`([^`]+)`", qt))
        rows[name] = Row(name, frozenset(_names(imports)), by_module or qt == "yes")
    return rows


def _names(cell: str) -> list[str]:
    return [short_to_full(name) for name in re.findall(r"`([^`]+)`", cell)]


def short_to_full(room: str) -> str:
    """The dotted path of a room as the table writes it: "canvas.items" for nnstudio.canvas.items."""
    top = room.partition(".")[0]
    return room if top in (_STUDIO, "engine", "resources") else f"{_STUDIO}.{room}"


def full_to_short(room: str) -> str:
    """A room as the table writes it."""
    return room.removeprefix(f"{_STUDIO}.")


@dataclass(frozen=True)
class Tree:
    """The modules below a folder, in the packages `tops`."""

    root: Path
    tops: tuple[str, ...] = ("engine", _STUDIO, "resources")

    @cached_property
    def modules(self) -> Mapping[str, Path]:
        """Files by module, packages under their own names."""
        found: dict[str, Path] = {}
        for top in self.tops:
            for path in sorted((self.root / top).rglob("*.py")):
                parts = path.relative_to(self.root).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        return found

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """All imports of modules of the tree and of Qt."""
        return tuple(each for module in self.modules for each in self._imports_of(module))

    def _imports_of(self, module: str) -> Iterator[Import]:
        path = self.modules[module]
        file = path.relative_to(self.root).as_posix()
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), file)):
            for name in _named(node, package):
                target = self._module_in(name)
                if target is not None and target != module:
                    yield Import(module, target, file, getattr(node, "lineno", 0))

    def _module_in(self, name: str) -> str | None:
        """The module that an import names, without the class or function; Qt as a whole; None for other packages."""
        top = name.partition(".")[0]
        if top in QT:
            return top
        while name and name not in self.modules:
            name = name.rpartition(".")[0]
        return name or None

    @cached_property
    def circles(self) -> list[list[str]]:
        """Modules that import each other, directly or by others: one list for each knot of them."""
        arrows: dict[str, set[str]] = {}
        for each in self.imports:
            arrows.setdefault(each.source, set()).add(each.target)
        return knots(arrows)


def _named(node: ast.AST, package: str) -> Iterator[str]:
    """What an import statement, or a call of `import_module`, names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        yield from (f"{base}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and node.args:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        match node.args[0]:
            case ast.Constant(value=str() as name) if called in ("import_module", "__import__"):
                yield name


def knots(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected components of more than one node (Tarjan 1972), each sorted."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(arrows.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            knot = sorted(stack[place:])
            del stack[place:]
            if len(knot) > 1:
                found.append(knot)

    for node in sorted(arrows):
        if node not in index:
            visit(node)
    return found


def check(tree: Tree, rows: Mapping[str, Row]) -> list[str]:
    """All that is wrong with the imports of a tree, or with the table, each in a sentence."""
    found = (_circles(tree), _arrows(tree, rows), _unused(tree, rows), _qt(tree, rows), _room_circles(rows))
    # An import of several names is one fault.
    return list(dict.fromkeys(fault for faults in found for fault in faults))


def room_of(module: str, tree: Tree, rows: Mapping[str, Row]) -> str:
    """The room of a module: itself where it has a row, else its folder."""
    if module in rows:
        return module
    return module if tree.modules[module].name == "__init__.py" else module.rpartition(".")[0]


def _circles(tree: Tree) -> Iterator[str]:
    for knot in tree.circles:
        within = {each for each in tree.imports if {each.source, each.target} <= set(knot)}
        arrows = sorted(f"{each.file}:{each.line} imports {each.target}" for each in within)
        yield f"{len(knot)} modules import each other in a circle: {'; '.join(arrows)}"


def _arrows(tree: Tree, rows: Mapping[str, Row]) -> Iterator[str]:
    rooms = {module: room_of(module, tree, rows) for module in tree.modules}
    for room in sorted(set(rooms.values()) - rows.keys()):
        yield f"The room {full_to_short(room)} has no row in the table: add one, with the rooms it may import."
    for each in tree.imports:
        if each.target in QT or rooms[each.source] not in rows:
            continue
        here, there = rooms[each.source], rooms[each.target]
        if here != there and there not in rows[here].imports:
            yield (
                f"{each.file}:{each.line} imports {each.target}, but the row of {full_to_short(here)} "
                f"does not name {full_to_short(there)}."
            )


def _unused(tree: Tree, rows: Mapping[str, Row]) -> Iterator[str]:
    used: dict[str, set[str]] = {}
    rooms = {module: room_of(module, tree, rows) for module in tree.modules}
    for each in tree.imports:
        if each.target not in QT:
            used.setdefault(rooms[each.source], set()).add(rooms[each.target])
    for room, row in rows.items():
        if room not in rooms.values():
            yield f"The table has a row for {full_to_short(room)}, where no module is: take it out."
            continue
        for other in map(full_to_short, sorted(row.imports - used.get(room, set()))):
            yield f"The row of {full_to_short(room)} names {other}, which nothing in it imports: take it out."


def _qt(tree: Tree, rows: Mapping[str, Row]) -> Iterator[str]:
    with_qt: dict[str, set[str]] = {}
    for each in tree.imports:
        room = room_of(each.source, tree, rows)
        if each.target not in QT or room not in rows:
            continue
        module = each.source.removeprefix(f"{room}.")
        with_qt.setdefault(room, set()).add(module)
        allowed = rows[room].qt
        if each.source.startswith("engine") or not (allowed if isinstance(allowed, bool) else module in allowed):
            yield f"{each.file}:{each.line} imports {each.target}, but Qt has no place in {full_to_short(each.source)}."
    for room, row in rows.items():
        found = with_qt.get(room, set())
        idle = set() if isinstance(row.qt, bool) else row.qt - found
        if idle or (row.qt is True and not found):
            names = f": {', '.join(sorted(idle))}" if idle else ""
            yield f"The row of {full_to_short(room)} says Qt where none is imported{names}."


def _room_circles(rows: Mapping[str, Row]) -> Iterator[str]:
    """Circles among whole rooms, those within one of the large ones apart: their floors are not told by folders."""
    arrows: dict[str, set[str]] = {}
    for row in rows.values():
        here = _large(row.room)
        arrows.setdefault(here, set()).update({_large(other) for other in row.imports} - {here})
    for knot in knots(arrows):
        yield f"Rooms import each other in a circle: {', '.join(map(full_to_short, knot))}."


def _large(room: str) -> str:
    """The package of the engine, or the first folder of the studio."""
    return ".".join(room.split(".")[: 2 if room.startswith(_STUDIO) else 1])
