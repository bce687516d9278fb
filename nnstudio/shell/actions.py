"""Actions of the window, named, with icons and shortcuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from nnstudio.ui.icons import set_icon

Key = str | QKeySequence.StandardKey | None


@dataclass(frozen=True)
class Spec:
    """One action: its object name is `name` + "Action"."""

    name: str
    text: str
    tip: str
    key: Key
    icon: str | None = None
    checkable: bool = False


_STANDARD = QKeySequence.StandardKey

SPECS = (
    Spec("new", "&New", "Start an empty project", _STANDARD.New, "new"),
    Spec("open", "&Open…", "Open a project file", _STANDARD.Open, "open"),
    Spec("save", "&Save", "Save the project, with its weights and curves", _STANDARD.Save, "save"),
    Spec("saveAs", "Save &as…", "Save the project under another name", "Ctrl+Shift+S"),
    Spec("exportDiagram", "&Export diagram…", "Save the diagram as SVG, PDF or PNG", "Ctrl+Shift+P", "picture"),
    Spec("copyDiagram", "Copy diagram as pict&ure", "Copy the whole diagram to the clipboard, as an image", None),
    Spec("home", "Start &page", "Show templates and recent files", "Ctrl+Home", "home"),
    Spec("quit", "&Quit", "Leave the program", _STANDARD.Quit),
    Spec("cut", "Cu&t", "Copy the selected blocks, then remove them", _STANDARD.Cut, "cut"),
    Spec("copy", "&Copy", "Copy the selected blocks to the clipboard, as text", _STANDARD.Copy, "copy"),
    Spec("paste", "&Paste", "Insert copied blocks after the selected one, or at the end", _STANDARD.Paste, "paste"),
    Spec("duplicate", "Dup&licate", "Insert copies of the selected blocks right after them", "Ctrl+D", "duplicate"),
    Spec("selectAll", "Select &all", "Select every block", _STANDARD.SelectAll),
    Spec("rename", "&Rename…", "Give the selected block another name", "F2", "rename"),
    Spec("disable", "Di&sable or enable", "Bypass the selected blocks, or use them again", "Ctrl+E", "power"),
    Spec(
        "freeze",
        "Free&ze or unfreeze",
        "Keep the weights of the selected blocks fixed, or train them",
        "Ctrl+Shift+E",
        "lock",
    ),
    Spec("delete", "D&elete\tDel", "Remove the selected blocks and reconnect their neighbours", None, "delete"),
    Spec("group", "&Group", "Make a group of the selected blocks", "Ctrl+G", "group"),
    Spec("ungroup", "U&ngroup", "Take the selected group apart; its blocks stay", "Ctrl+Shift+G", "ungroup"),
    Spec("collapse", "Collapse or e&xpand", "Draw the selected group as one block, or as all", "Ctrl+.", "collapse"),
    Spec("tidy", "&Tidy up", "Lay the blocks out from top to bottom", "Ctrl+L", "tidy"),
    Spec("play", "&Play", "Train until the epochs are done", "F5", "play"),
    Spec("pause", "P&ause", "Stop after the current step", "F6", "pause"),
    Spec(
        "finish", "&Finish at full speed", "Train to the end as fast as can be; the speed stays", "Shift+F5", "finish"
    ),
    Spec("step", "One &step", "Train on a single mini-batch", "F10", "step"),
    Spec("epoch", "One &epoch", "Train to the end of the epoch", "F11", "epoch"),
    Spec("reset", "&Reset", "Start again from the initial weights; can be undone", "Ctrl+R", "reset"),
    Spec("zoomIn", "Zoom &in", "Make the canvas larger", _STANDARD.ZoomIn, "zoom-in"),
    Spec("zoomOut", "Zoom &out", "Make the canvas smaller", _STANDARD.ZoomOut, "zoom-out"),
    Spec("zoomFull", "&100%", "Show the canvas at its own size", "Ctrl+1"),
    Spec("fit", "&Fit", "Show the whole network", "Ctrl+0", "fit"),
    Spec("commands", "&Command palette", "Find and do anything by typing its name", "Ctrl+K", "command"),
    Spec("search", "&Find on the canvas", "Search blocks by name, type and settings", _STANDARD.Find, "search"),
    Spec("find", "Find a &layer", "Go to the palette's search field", "Ctrl+Shift+F"),
    Spec("miniMap", "Mini-&map", "Show a map while the network is larger than the canvas", None, checkable=True),
    Spec("fitSelection", "Fit &selection", "Zoom to the selected blocks", "Ctrl+2"),
    Spec(
        "animations", "&Animations", "Animate blocks instead of letting them jump to their places", None, checkable=True
    ),
    Spec("problems", "&Problems", "Show what is wrong with the network, or could be better", "Ctrl+Shift+M", "warning"),
    Spec("resetLayout", "Reset window &layout", "Put all panels back in their places", None),
    Spec("guide", "&First steps", "Read how to watch, change and keep a network", None),
    Spec("shortcuts", "&Keyboard shortcuts", "Show all keys", _STANDARD.HelpContents),
    Spec("about", "&About nnstudio", "Version and licence", None),
)


class Actions(QObject):
    """The actions by name: `actions["play"]`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = {spec.name: self._make(spec) for spec in SPECS}

    def _make(self, spec: Spec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(f"{spec.name}Action")
        action.setCheckable(spec.checkable)
        self._finish(action, spec.tip, spec.key, spec.icon)
        return action

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        """Every action, in the order of the menus."""
        return list(self._actions.values())

    def adopt(self, name: str, action: QAction, tip: str, key: Key, icon: str) -> None:
        """Takes in an action that was made elsewhere, such as undo."""
        action.setObjectName(f"{name}Action")
        self._finish(action, tip, key, icon)
        self._actions[name] = action

    def connect_all(self, targets: dict[str, Callable[[], object]]) -> None:
        """Says what each action does."""
        for name, target in targets.items():
            # The signal brings `checked` along, which none of the targets takes.
            self._actions[name].triggered.connect(lambda _=False, call=target: call())

    def rename(self, name: str, text: str, button: str, tip: str) -> None:
        """Gives an action another text and tip; `button` is its text on a tool button, "" for the same."""
        action = self._actions[name]
        action.setText(text)
        action.setIconText(button or text.replace("&", ""))
        _tell(action, tip)

    def _finish(self, action: QAction, tip: str, key: Key, icon: str | None) -> None:
        if key is not None:
            action.setShortcut(QKeySequence(key))
        _tell(action, tip)
        if icon is not None:
            set_icon(action, icon)


def _tell(action: QAction, tip: str) -> None:
    shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    action.setToolTip(f"{tip} ({shown})" if shown else tip)
    action.setWhatsThis(tip)
