"""What a screen reader says of the canvas. Qt tells it nothing of what a scene holds, so the view describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from nnstudio.canvas.faces import block_face, wire_label
from nnstudio.canvas.groups import group_face
from nnstudio.canvas.items import Face
from nnstudio.canvas.walking import network_order, wires_of
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import Document, Group, Wire, shown_name

if TYPE_CHECKING:
    from nnstudio.canvas.view import CanvasView


def describe_block(document: Document, analysis: Analysis, name: str, face: Face) -> str:
    """A block, or an end, in sentences: what it is, its settings, shapes, wires, and what is wrong."""
    order = network_order(document)
    states = [face.off, face.note, "frozen" if face.frozen else ""]
    first = [f"{face.name}, {face.title}", face.detail, face.count, *states]
    parts = [", ".join(part for part in first if part), f"{order.index(name) + 1} of {len(order)}"]
    shape = next((wire_label(wire, analysis) for wire in wires_of(document, name) if wire.target == name), "")
    if shape:
        parts.append(f"Takes {shape}")
    targets = [wire.target for wire in document.wires if wire.source == name]
    if targets:
        label = wire_label(Wire(source=name, target=targets[0]), analysis)
        parts.append(f"Feeds {' and '.join(map(shown_name, targets))}" + (f" with {label}" if label else ""))
    if face.problem:
        parts.append(f"Problem: {face.problem.rstrip('.')}")
    return ". ".join(parts) + "."


def describe_group(document: Document, analysis: Analysis, group: Group) -> str:
    """A group: its pattern, its blocks, and what is wrong."""
    face = group_face(document, group, analysis)
    state = "collapsed" if group.collapsed else "expanded"
    first = [f"Group {group.name}, {face.title}", f"{face.copies} times" if face.copies > 1 else "", state]
    parts = [", ".join(part for part in first if part), f"Holds {', '.join(group.blocks)}", face.count]
    parts += [f"Problem: {face.problem.rstrip('.')}"] if face.problem else []
    return ". ".join(part for part in parts if part) + "."


def describe_wire(wire: Wire, analysis: Analysis) -> str:
    label = wire_label(wire, analysis)
    return f"Wire from {wire.source} to {wire.target}" + (f", carries {label}." if label else ".")


class Speech:
    """Keeps the view's accessible description at what the keyboard is on, and says what is new."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        view.store.changed.connect(self.update)
        view.store.selection_changed.connect(lambda _name: self.update())
        view.canvas.wire_chosen.connect(self.update)
        self.update()

    def update(self) -> None:
        text = self._now()
        if text != self._view.accessibleDescription():
            # Qt tells assistive programs of a new description, but few of them read it out unasked.
            self._view.setAccessibleDescription(text)
            if QAccessible.isActive() and self._view.hasFocus():
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._view, text))

    def _now(self) -> str:
        store, link, wire = self._view.store, self._view.walker.link, self._view.canvas.chosen_wire
        if link is not None:
            verdict = link.obstacle or "Enter connects them."
            return f"New wire from {link.source} to {link.target}. {verdict}"
        if wire is not None:
            return describe_wire(wire, store.analysis)
        if store.document.has_group(store.selected):
            return describe_group(store.document, store.analysis, store.document.group(store.selected))
        if store.selected:
            block = self._view.canvas.blocks.get(store.selected)
            # What stands in a collapsed group is not drawn.
            face = block.face if block else block_face(store.document.block(store.selected), store.analysis)
            return describe_block(store.document, store.analysis, store.selected, face)
        chosen = len(self._view.canvas.selected_blocks())
        if chosen:
            return f"{chosen} blocks are selected."
        count = len(store.document.blocks)
        return f"{count} block{'' if count == 1 else 's'}, none selected. The arrow keys lead from block to block."
