"""Commands of the Edit menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence

from nnstudio.canvas.scene import CanvasScene
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.shell.commands.base import NO_PROJECT, TOOL_BAR, CommandSpec, Entry, Key, Place, without_project
from nnstudio.shell.studio import Studio

_KEYS = QKeySequence.StandardKey
_HISTORY, _CLIPBOARD, _BLOCKS = Place("edit", "history"), Place("edit", "clipboard"), Place("edit", "blocks")
_ARRANGE, _FIND = Place("edit", "arrange"), Place("edit", "find")


def on_canvas(
    name: str,
    text: str,
    tip: str,
    place: Place,
    run: Callable[[Studio], object],
    keys: tuple[Key, ...] = (),
    icon: str = "",
    why_not: Callable[[CanvasScene], str] = lambda _scene: "",
    tool: Place | None = None,
) -> CommandSpec:
    """Command on the selection of the canvas, which gives the reasons against it."""

    def reason(studio: Studio) -> str:
        return why_not(studio.canvas.canvas) if studio.project_shown else NO_PROJECT

    def run_in_sight(studio: Studio) -> None:
        if studio.canvas.isVisible():
            run(studio)

    return CommandSpec(name, text, tip, place, run_in_sight, keys, icon, tool, reason, explains=True)


# Why there is nothing to do


def _no_block(scene: CanvasScene) -> str:
    return "" if scene.editing.names else "no block is selected"


def _no_group(scene: CanvasScene) -> str:
    return "" if scene.grouping.names else "no group is selected"


def _marked(scene: CanvasScene) -> list[str]:
    return [name for name in scene.editing.marked if name not in (INPUT, OUTPUT)]


def _not_one(scene: CanvasScene) -> str:
    return "" if len(_marked(scene)) == 1 else "select one block to rename it"


def _no_weights(scene: CanvasScene) -> str:
    return "" if scene.editing.learners else "nothing selected has weights"


def _nothing(scene: CanvasScene) -> str:
    return "" if _marked(scene) or scene.chosen_wire is not None else "nothing is selected"


def _empty(scene: CanvasScene) -> str:
    return "" if scene.store.document.blocks else "there is no block yet"


# What is done


def _undo(studio: Studio) -> QAction:
    return studio.store.undo_stack.createUndoAction(studio, "&Undo")


def _redo(studio: Studio) -> QAction:
    return studio.store.undo_stack.createRedoAction(studio, "&Redo")


def _find_layer(studio: Studio) -> None:
    studio.docks.all["paletteDock"].show()
    studio.palette_.search.setFocus()
    studio.palette_.search.selectAll()


EDIT: tuple[Entry, ...] = (
    CommandSpec(
        "undo",
        "&Undo",
        "Undo the last change",
        _HISTORY,
        keys=("Ctrl+Z",),
        icon="undo",
        tool=Place(TOOL_BAR, "history"),
        why_not=lambda studio: "" if studio.store.undo_stack.canUndo() else "nothing to undo",
        make=_undo,
    ),
    CommandSpec(
        "redo",
        "&Redo",
        "Redo the last undone change",
        _HISTORY,
        keys=("Ctrl+Shift+Z", "Ctrl+Y"),
        icon="redo",
        tool=Place(TOOL_BAR, "history"),
        why_not=lambda studio: "" if studio.store.undo_stack.canRedo() else "nothing to redo",
        make=_redo,
    ),
    on_canvas(
        "cut",
        "Cu&t",
        "Copy the selected blocks, then remove them",
        _CLIPBOARD,
        lambda studio: studio.canvas.canvas.editing.cut(),
        (_KEYS.Cut,),
        "cut",
        _no_block,
    ),
    on_canvas(
        "copy",
        "&Copy",
        "Copy the selected blocks to the clipboard, as text",
        _CLIPBOARD,
        lambda studio: studio.canvas.canvas.editing.copy(),
        (_KEYS.Copy,),
        "copy",
        _no_block,
    ),
    on_canvas(
        "paste",
        "&Paste",
        "Insert copied blocks after the selected one, or at the end",
        _CLIPBOARD,
        lambda studio: studio.canvas.paste(),
        (_KEYS.Paste,),
        "paste",
    ),
    on_canvas(
        "duplicate",
        "Dup&licate",
        "Insert copies of the selected blocks right after them",
        _CLIPBOARD,
        lambda studio: studio.canvas.canvas.editing.duplicate(),
        ("Ctrl+D",),
        "duplicate",
        _no_block,
    ),
    on_canvas(
        "delete",
        # The key is shown only: it belongs to the canvas.
        "D&elete\tDel",
        "Remove the selected blocks and reconnect their neighbours",
        _CLIPBOARD,
        lambda studio: studio.canvas.canvas.delete_selected(),
        (),
        "delete",
        _nothing,
    ),
    on_canvas(
        "selectAll",
        "Select &all",
        "Select every block",
        _CLIPBOARD,
        lambda studio: studio.canvas.canvas.editing.select_all(),
        (_KEYS.SelectAll,),
        why_not=_empty,
    ),
    on_canvas(
        "rename",
        "&Rename…",
        "Rename the selected block",
        _BLOCKS,
        lambda studio: studio.canvas.canvas.editing.ask_rename(),
        ("F2",),
        "rename",
        _not_one,
    ),
    on_canvas(
        "disable",
        "Di&sable or enable",
        "Disable the selected blocks, so that their input passes through, or enable them",
        _BLOCKS,
        lambda studio: studio.canvas.canvas.editing.toggle(),
        ("Ctrl+E",),
        "power",
        _no_block,
    ),
    on_canvas(
        "freeze",
        "Free&ze or unfreeze",
        "Freeze the weights of the selected blocks, or train them again",
        _BLOCKS,
        lambda studio: studio.canvas.canvas.editing.freeze(),
        ("Ctrl+Shift+E",),
        "lock",
        _no_weights,
    ),
    on_canvas(
        "group",
        "&Group",
        "Group the selected blocks",
        _ARRANGE,
        lambda studio: studio.canvas.canvas.grouping.group(),
        ("Ctrl+G",),
        "group",
        _no_block,
    ),
    on_canvas(
        "ungroup",
        "U&ngroup",
        "Ungroup the selected group; its blocks stay",
        _ARRANGE,
        lambda studio: studio.canvas.canvas.grouping.ungroup(),
        ("Ctrl+Shift+G",),
        "ungroup",
        _no_group,
    ),
    on_canvas(
        "collapse",
        "Collapse or e&xpand",
        "Show the selected group as one block, or all of its blocks",
        _ARRANGE,
        lambda studio: studio.canvas.canvas.grouping.toggle_selected(),
        ("Ctrl+.",),
        "collapse",
        _no_group,
    ),
    on_canvas(
        "tidy",
        "&Tidy up",
        "Lay the blocks out from top to bottom",
        _ARRANGE,
        lambda studio: studio.canvas.canvas.tidy(),
        ("Ctrl+L",),
        "tidy",
        tool=Place(TOOL_BAR, "canvas", rank=1),
    ),
    CommandSpec(
        "commands",
        "&Command palette",
        "Find and run any command by typing its name",
        _FIND,
        lambda studio: studio.command_palette.open(),
        ("Ctrl+K",),
        "command",
    ),
    CommandSpec(
        "search",
        "&Find on the canvas",
        "Search blocks by name, type and settings",
        _FIND,
        lambda studio: studio.canvas.find_bar.open(),
        (_KEYS.Find,),
        "search",
        why_not=without_project,
    ),
    CommandSpec("find", "Find a &layer", "Go to the palette's search field", _FIND, _find_layer, ("Ctrl+Shift+F",)),
)
