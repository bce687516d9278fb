"""Context-menu entries that edit selected blocks: clipboard, rename, replace, disable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import get_args

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from engine.layers.base import Category, Layer
from nnstudio.canvas.actions.block_actions import Editing
from nnstudio.canvas.actions.group_actions import GroupEdits
from nnstudio.document import ports, replacing
from nnstudio.document.dismissals import can_dismiss
from nnstudio.document.model import Document, Wire, shown_name
from nnstudio.document.problems import Problem
from nnstudio.store import Store
from nnstudio.ui.icons import icon
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.shortcut_text import with_key
from nnstudio.ui.theme import theme

# So many characters of a sentence stand in a menu.
_LONGEST = 64


def add_kinds(menu: QMenu, title: str, kinds: Iterable[type[Layer]], use: Callable[[type[Layer]], None]) -> None:
    """Add a submenu of layer types by category."""
    layers = menu.addMenu(title)
    order = list(get_args(Category))
    for category, group in groupby(sorted(kinds, key=lambda kind: order.index(kind.category)), lambda k: k.category):
        sub = layers.addMenu(category)
        for kind in group:
            action = sub.addAction(icon(kind.icon, theme().colours.categories[category]), kind.type_name())
            action.setToolTip(kind.help)
            action.triggered.connect(lambda _=False, kind=kind: use(kind))


def for_blocks(menu: QMenu, editing: Editing, document: Document, name: str) -> None:
    """Add entries for the selected blocks, of which `name` was clicked."""
    many = len(editing.names) > 1
    menu.addSeparator()
    add(menu, "cut", "Cut", editing.cut, "Ctrl+X")
    add(menu, "copy", "Copy", editing.copy, "Ctrl+C")
    add(menu, "paste", "Paste after", editing.paste, "Ctrl+V")
    add(menu, "duplicate", "Duplicate", editing.duplicate, "Ctrl+D")
    menu.addSeparator()
    if not many and document.has_block(name):
        add(menu, "rename", "Rename…", editing.ask_rename, "F2")
        kinds = replacing.candidates(document, name)
        add_kinds(menu, "Replace by", kinds, lambda kind: editing.replace(name, kind))
    off = all(document.block(each).disabled for each in editing.names)
    what = "selected blocks" if many else name
    add(menu, "power", f"{'Enable' if off else 'Disable'} {what}", editing.toggle, "Ctrl+E")
    learners = editing.learners
    if learners:
        held = all(document.block(each).frozen for each in learners)
        add(menu, "lock", f"Unfreeze {what}" if held else f"Freeze {what}", editing.freeze, "Ctrl+Shift+E")


def for_inputs(menu: QMenu, editing: Editing, document: Document, name: str) -> None:
    """Add entries that change a block's input order, where it matters."""
    wires = ports.inputs_of(document, name)
    if len(wires) < 2 or not ports.in_order(document, name):
        return
    order = menu.addMenu(icon(document.block(name).layer.icon), "Order of inputs")
    for place, wire in enumerate(wires, start=1):
        order.addAction(f"{place}  {shown_name(wire.source)}").setEnabled(False)
    order.addSeparator()
    for place, wire in enumerate(wires[:-1], start=1):
        text = f"Exchange {place} and {place + 1}"
        add(order, None, text, lambda wire=wire: editing.shift_input(wire, 1), "")  # type: ignore[misc]


def for_groups(menu: QMenu, edits: GroupEdits) -> None:
    """Add entries for groups, and for grouping the selected blocks."""
    menu.addSeparator()
    if not edits.names:
        add(menu, "group", "Group", edits.group, "Ctrl+G")
        return
    add(menu, "collapse", "Expand" if edits.all_collapsed else "Collapse", edits.toggle_selected, "Ctrl+.")
    add(menu, "ungroup", "Ungroup", edits.ungroup, "Ctrl+Shift+G")


def for_problems(menu: QMenu, store: Store, problems: Sequence[Problem]) -> None:
    """Add entries that dismiss or restore the warnings and hints of a block."""
    every = [problem for problem in problems if can_dismiss(problem)]
    if not every:
        return
    menu.addSeparator()
    if len(every) == 1:
        add(menu, "close", f"Dismiss this {every[0].severity.value}", lambda: store.dismiss(*every), "")
        return
    several = menu.addMenu(icon("close"), "Dismiss")
    for problem in every:
        words = f"{problem.severity.value.capitalize()}: {problem.sentence}"
        text = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
        action = add(several, None, text.replace("&", "&&"), lambda problem=problem: store.dismiss(problem), "")  # type: ignore[misc]
        action.setToolTip(plain_tip(problem.sentence))
    several.addSeparator()
    add(several, None, "All of them", lambda: store.dismiss(*every), "")


def for_wire(menu: QMenu, editing: Editing, document: Document, wire: Wire) -> None:
    """Add entries for a wire."""
    into = ports.inputs_of(document, wire.target)
    if len(into) > 1:
        menu.addSeparator()
        for text, step, drawing, there in (
            ("Make it an earlier input", -1, "chevron-up", wire != into[0]),
            ("Make it a later input", 1, "chevron-down", wire != into[-1]),
        ):
            key = "Alt+Left" if step < 0 else "Alt+Right"
            entry = add(menu, drawing, text, lambda step=step: editing.shift_input(wire, step), key)  # type: ignore[misc]
            entry.setEnabled(there)
        menu.addSeparator()
    add(menu, "paste", "Paste here", lambda: editing.paste(wire), "Ctrl+V")


def for_canvas(menu: QMenu, editing: Editing, point: QPointF) -> None:
    """Add entries for the empty canvas."""
    menu.addSeparator()
    add(menu, "paste", "Paste", lambda: editing.paste(point=point), "Ctrl+V")
    add(menu, None, "Select all", editing.select_all, "Ctrl+A")


def add(menu: QMenu, drawing: str | None, text: str, use: Callable[[], object], key: str) -> QAction:
    """Add an entry, with its shortcut; "" for none."""
    action = menu.addAction(with_key(text, key) if key else text)
    if drawing is not None:
        action.setIcon(icon(drawing))
    action.triggered.connect(lambda: use())
    return action
