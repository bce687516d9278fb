"""Actions on selected blocks: clipboard, duplicate, nudge, disable, rename, replace. All are edits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from engine.layers.base import Layer
from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.sizes import CATCH
from nnstudio.canvas.protocols import SelectableScene
from nnstudio.document import clipboard, edits, grouping, ports, replacing, splicing
from nnstudio.document.analysis import learns
from nnstudio.document.clipboard import ClipboardError, Fragment
from nnstudio.document.model import INPUT, OUTPUT, Wire

# How far the arrow keys push a block, in scene units: from dot to dot, or finer.
STEP, FINE_STEP = 24.0, 4.0


class Editing(QObject):
    """Actions on the selected blocks of a scene, made as edits of its store.

    Signals:
        rename_asked: the user wants to rename the block of this name.
    """

    rename_asked = Signal(str)

    def __init__(self, scene: SelectableScene) -> None:
        super().__init__(scene.qt)
        self._scene, self._store = scene, scene.store

    @property
    def names(self) -> list[str]:
        """Names of the selected blocks, also in selected groups, without the two ends."""
        document = self._store.document
        chosen = set(grouping.blocks_of(document, *self.marked))
        return [block.name for block in document.blocks if block.name in chosen]

    @property
    def marked(self) -> list[str]:
        """Everything selected on the canvas: blocks, collapsed groups and ends."""
        return [item.objectName() for item in self._scene.selected_blocks()]

    def _tell_nothing_selected(self) -> None:
        self._scene.message.emit("Nothing is selected; click a block first, or draw a frame around some.")

    # The clipboard

    def copy(self) -> bool:
        """Copy the selected blocks, with the wires among them. Returns False if that is impossible."""
        names = self.names
        if not names:
            self._tell_nothing_selected()
            return False
        document = self._store.document
        reason = splicing.obstacle(clipboard.fragment_of(document, names))
        if reason:
            self._scene.message.emit(f"Not copied. {reason}")
            return False
        QGuiApplication.clipboard().setText(clipboard.to_text(document, names))
        self._scene.message.emit(f"Copied {_count(names)}.")
        return True

    def cut(self) -> None:
        """Copy the selected blocks, then remove them and close the chain."""
        names = self.names
        if self.copy():
            self._store.edit(f"Cut {_count(names)}", edits.remove(self._store.document, *names))
            self._scene.message.emit(f"Cut {_count(names)}.")

    def paste(self, wire: Wire | None = None, point: QPointF | None = None) -> None:
        """Insert the blocks of the clipboard into a wire.

        Without a wire: after the selected block; without one, into the wire near `point`; else before the loss.
        """
        try:
            fragment = clipboard.from_text(QGuiApplication.clipboard().text())
        except ClipboardError as error:
            self._scene.message.emit(f"Not pasted: {error.message}.")
            return
        self._splice("Paste", fragment, wire or self._place(point))

    def duplicate(self) -> None:
        """Insert copies of the selected blocks right after them."""
        names = self.names
        if not names:
            self._tell_nothing_selected()
            return
        document = self._store.document
        fragment = clipboard.fragment_of(document, names)
        self._splice("Duplicate", fragment, splicing.wire_behind(document, names), names)

    def _place(self, point: QPointF | None) -> Wire | None:
        chosen = self.marked
        if self._scene.chosen_wire is not None:
            return self._scene.chosen_wire
        if not chosen and point is not None:
            found = nearest_wire(self._store.document, point)
            if found is not None and found[1] < CATCH:
                return found[0]
        return splicing.wire_behind(self._store.document, chosen)

    def _splice(self, verb: str, fragment: Fragment, wire: Wire | None, named: Sequence[str] = ()) -> None:
        if wire is None:
            self._scene.message.emit("Nothing is connected to the loss; connect a block to it first.")
            return
        try:
            document, names = splicing.splice(self._store.document, fragment, wire)
        except ValueError as error:
            self._scene.message.emit(f"{verb}: {error}")
            return
        self._store.edit(f"{verb} {_count(named or names)}", document)
        self.choose(names)
        self._scene.message.emit(f"{verb}d {_count(named or names)}.")

    # Selecting

    def select_all(self) -> None:
        """Select every block."""
        self.choose(block.name for block in self._store.document.blocks)

    def choose(self, names: Iterable[str]) -> None:
        """Select only these blocks."""
        wanted = {grouping.stand_in(self._store.document, name) for name in names}
        self._scene.choose_wire(None)
        self._scene.qt.blockSignals(True)
        for name, item in self._scene.blocks.items():
            item.setSelected(name in wanted)
        self._scene.qt.blockSignals(False)
        self._scene.qt.selectionChanged.emit()

    # Edits of the selected blocks

    def nudge(self, dx: float, dy: float) -> None:
        """Move the selected blocks a little; consecutive moves are one step of the history."""
        names = self.marked
        document = self._store.document
        for name in names:
            x, y = edits.position(document, name)
            document = edits.place(document, name, x + dx, y + dy)
        if names:
            self._store.edit(f"Nudge {_count(names)}", document, merge=f"nudge {' '.join(sorted(names))}")

    def toggle(self) -> None:
        """Disable the selected blocks, or enable them if all are disabled."""
        names, document = self.names, self._store.document
        if not names:
            self._tell_nothing_selected()
            return
        disabled = not all(document.block(name).disabled for name in names)
        verb = "Disable" if disabled else "Enable"
        self._store.edit(f"{verb} {_count(names)}", edits.set_disabled(document, disabled, *names))

    @property
    def learners(self) -> list[str]:
        """Selected blocks that have weights, frozen or not."""
        return [name for name in self.names if learns(self._store.analysis, name)]

    def freeze(self) -> None:
        """Freeze the selected blocks, or unfreeze them if all are frozen."""
        names, document = self.learners, self._store.document
        if not names:
            self._scene.message.emit("Nothing selected has weights; select a block with parameters.")
            return
        frozen = not all(document.block(name).frozen for name in names)
        text = f"Freeze {_count(names)}" if frozen else f"Unfreeze {_count(names)}"
        self._store.edit(text, edits.set_frozen(document, frozen, *names))

    def shift_input(self, wire: Wire, step: int) -> None:
        """Move a wire to the previous (-1) or next (1) input of its block."""
        try:
            meant = grouping.wires_of(self._store.document, wire)
        except ValueError:
            return
        if len(meant) > 1:
            self._scene.message.emit(f"This line stands for {len(meant)} wires; expand the group first.")
            return
        (wire,) = meant
        into = [known for known in self._store.document.wires if known.target == wire.target]
        place = into.index(wire) + 1 + step
        if not 1 <= place <= len(into):
            which = "first" if step < 0 else "last"
            self._scene.message.emit(f"It is already the {which} input of {wire.target}.")
            return
        self._store.edit(ports.reorder_text(wire, place), ports.reorder(self._store.document, wire, place))

    def ask_rename(self) -> None:
        """Open the name field on the selected block."""
        names = [name for name in self.marked if name not in (INPUT, OUTPUT)]
        if len(names) == 1:
            self.rename_asked.emit(names[0])
        else:
            self._scene.message.emit("Select one block to rename it.")

    def rename(self, old: str, new: str) -> None:
        """Rename a block. Raises ValueError if the name is refused."""
        self._store.edit(f"Rename {old} to {new}", edits.rename(self._store.document, old, new))
        self._store.select(new)

    def name_obstacle(self, old: str, new: str) -> str:
        """Reason why a block cannot have this name, in a sentence; "" if it can."""
        try:
            edits.rename(self._store.document, old, new)
        except ValueError as error:
            sentence = str(error)
            return sentence[0].upper() + sentence[1:] + "."
        return ""

    def replace(self, name: str, kind: type[Layer]) -> None:
        """Replace a block's layer by one of another type."""
        document, new = replacing.replace(self._store.document, name, kind)
        self._store.edit(f"Replace {name} by {kind.type_name()}", document)
        self._store.select(new)


def _count(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} blocks"
