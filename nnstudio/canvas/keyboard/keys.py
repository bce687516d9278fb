"""Key bindings of the canvas: one table for behaviour and shortcut list alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from nnstudio.canvas.actions.block_actions import FINE_STEP, STEP, Editing
from nnstudio.canvas.keyboard.navigation import Direction
from nnstudio.canvas.keyboard.navigator import Walker


class _EditedScene(Protocol):
    @property
    def editing(self) -> Editing: ...


class KeysView(Protocol):
    """View that handles keys."""

    @property
    def canvas(self) -> _EditedScene: ...

    @property
    def walker(self) -> Walker: ...


@dataclass(frozen=True)
class Binding:
    """Key binding: keys as Qt writes them, their description, and their action."""

    keys: tuple[str, ...]
    does: str
    run: Callable[[KeysView], object]


NUDGES = tuple(
    Binding(
        (f"Ctrl+{shift}{key}",),
        f"Push the selected blocks {'a little ' if shift else ''}{'to the ' if x else ''}{key.lower()}",
        lambda view, dx=x * step, dy=y * step: view.canvas.editing.nudge(dx, dy),  # type: ignore[misc]
    )
    for shift, step in (("", STEP), ("Shift+", FINE_STEP))
    for key, x, y in (("Up", 0, -1), ("Down", 0, 1), ("Left", -1, 0), ("Right", 1, 0))
)

_ANY = "While drawing a wire: also to a port that cannot take it, to hear why, the one"


def _walk(direction: Direction, *, every: bool = False) -> Callable[[KeysView], object]:
    return lambda view: view.walker.walk(direction, every=every)


BINDINGS = (
    Binding(("Up",), "Select the block before; from an input, go to where its wire comes from", _walk("up")),
    Binding(("Down",), "Select the block after; from an output, go to where its wire leads", _walk("down")),
    Binding(("Left",), "Select the nearest block on the left; from an input, the one before it", _walk("left")),
    Binding(("Right",), "Select the nearest block on the right; from an input, the one after it", _walk("right")),
    Binding(("Home",), "Select the data", lambda view: view.walker.go_to_end(first=True)),
    Binding(("End",), "Select the loss", lambda view: view.walker.go_to_end(first=False)),
    Binding(("W",), "Select a wire of the block or port, then its next one", lambda view: view.walker.next_wire()),
    Binding(
        ("C",),
        "Draw a wire from the block: the arrow keys choose where to, Enter connects",
        lambda view: view.walker.start_link(),
    ),
    Binding(
        ("Enter",),
        "On a port: draw a wire from it. On a wire: pick up its end. Then: connect it",
        lambda view: view.walker.enter(),
    ),
    Binding(
        ("Shift+Enter",),
        "On a port: pick up its wire. On a wire: pick up its start",
        lambda view: view.walker.enter(other=True),
    ),
    Binding(("Shift+Up",), f"{_ANY} before", _walk("up", every=True)),
    Binding(("Shift+Down",), f"{_ANY} after", _walk("down", every=True)),
    *(
        Binding(
            (f"Alt+{key}",),
            f"On an input of a join, or on the wire into it: make it {what} input",
            lambda view, step=step: view.walker.shift_input(step),  # type: ignore[misc]
        )
        for key, step, what in (("Left", -1, "an earlier"), ("Right", 1, "a later"))
    ),
    Binding(
        ("Delete", "Backspace"),
        "Remove the selected wire, the wire of the port, or the selected blocks",
        lambda view: view.walker.delete(),
    ),
    *NUDGES,
    Binding(
        ("Escape",),
        "Cancel the wire being drawn; back from a port to its block; select nothing",
        lambda view: view.walker.let_go(),
    ),
)

# Tab is no binding: where it finds no port more, it leads out of the canvas, as everywhere.
TAB = (
    ("Tab", "Shift+Tab"),
    "Go to the next port of the selected block, or back; after the last one, leave the canvas",
)

# What the mouse does, for the same list.
GESTURES = (
    ("Ctrl or Shift and click, or a frame", "Select more blocks, or fewer"),
    ("Double-click on a block's name", "Rename it"),
    ("Mouse wheel", "Zoom at the pointer"),
    ("Middle button, or Space and drag", "Move the canvas"),
    ("Drag from the dot below or above a block", "Draw a wire to or from another block"),
    ("Drag a wire", "Move its nearer end to another block, or remove it"),
    ("Alt while dragging blocks", "Move freely, not along guides"),
)


def rows() -> list[tuple[str, str]]:
    """Keys and descriptions, as shown to the user."""
    native = QKeySequence.SequenceFormat.NativeText
    listed = [TAB, *((binding.keys, binding.does) for binding in BINDINGS)]
    return [(", ".join(QKeySequence(key).toString(native) for key in keys), does) for keys, does in listed]


def find(event: QKeyEvent) -> Binding | None:
    """Binding for a pressed key."""
    # The same key, wherever on the keyboard it lies.
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    key = Qt.Key.Key_Enter if event.key() == Qt.Key.Key_Return else Qt.Key(event.key())
    return _by_key().get(QKeySequence(QKeyCombination(modifiers, key)).toString())


@cache
def _by_key() -> dict[str, Binding]:
    return {QKeySequence(key).toString(): binding for binding in BINDINGS for key in binding.keys}
