"""What the keys do on the canvas: one table, after which the canvas acts and from which the list of keys is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from nnstudio.canvas.editing import FINE_STEP, STEP

if TYPE_CHECKING:
    from nnstudio.canvas.view import CanvasView


@dataclass(frozen=True)
class Binding:
    """Keys, each of which does the same: their names as Qt writes them, what they do, and how."""

    keys: tuple[str, ...]
    does: str
    run: Callable[[CanvasView], object]


NUDGES = tuple(
    Binding(
        (f"Ctrl+{shift}{key}",),
        f"Push the selected blocks {'a little ' if shift else ''}{'to the ' if x else ''}{key.lower()}",
        lambda view, dx=x * step, dy=y * step: view.canvas.editing.nudge(dx, dy),  # type: ignore[misc]
    )
    for shift, step in (("", STEP), ("Shift+", FINE_STEP))
    for key, x, y in (("Up", 0, -1), ("Down", 0, 1), ("Left", -1, 0), ("Right", 1, 0))
)

BINDINGS = (
    Binding(("Up",), "Select the block before", lambda view: view.walker.walk("up")),
    Binding(("Down",), "Select the block behind", lambda view: view.walker.walk("down")),
    Binding(("Left",), "Select the nearest block at the left", lambda view: view.walker.walk("left")),
    Binding(("Right",), "Select the nearest block at the right", lambda view: view.walker.walk("right")),
    Binding(("Home",), "Select the data", lambda view: view.walker.go_to_end(first=True)),
    Binding(("End",), "Select the loss", lambda view: view.walker.go_to_end(first=False)),
    Binding(("W",), "Select a wire of the block, then its next one", lambda view: view.walker.next_wire()),
    Binding(
        ("C",),
        "Lead a wire out of the block: the arrow keys choose where to, Enter connects",
        lambda view: view.walker.start_link(),
    ),
    Binding(("Enter",), "Let the new wire end where it is", lambda view: view.walker.finish_link()),
    Binding(
        ("Delete", "Backspace"),
        "Take the selected blocks out and close the chain, or the selected wire",
        lambda view: view.canvas.delete_selected(),
    ),
    *NUDGES,
    Binding(("Escape",), "Give up the new wire, or select nothing", lambda view: view.walker.let_go()),
)

# What the mouse does, for the same list.
GESTURES = (
    ("Ctrl or Shift and click, or a frame", "Select more blocks, or fewer"),
    ("Double-click on a block's name", "Rename it"),
    ("Mouse wheel", "Zoom at the pointer"),
    ("Middle button, or Space and drag", "Move the canvas"),
    ("Drag from the dot below or above a block", "Lead a wire to, or from, another block"),
    ("Drag a wire", "Lead its nearer end to another block, or take it out"),
    ("Alt while dragging blocks", "Move freely, not along guides"),
)


def rows() -> list[tuple[str, str]]:
    """Keys and what they do, as they are shown to a person."""
    native = QKeySequence.SequenceFormat.NativeText
    keys = [
        (", ".join(QKeySequence(key).toString(native) for key in binding.keys), binding.does) for binding in BINDINGS
    ]
    return [*keys, *GESTURES]


def find(event: QKeyEvent) -> Binding | None:
    """The binding for a key that was pressed."""
    # The same key, wherever on the keyboard it lies.
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key.Key_Enter if event.key() == Qt.Key.Key_Return else Qt.Key(event.key())
    return _by_key().get(QKeySequence(QKeyCombination(modifiers, key)).toString())


@cache
def _by_key() -> dict[str, Binding]:
    return {QKeySequence(key).toString(): binding for binding in BINDINGS for key in binding.keys}
