"""Actions of the window, made from its commands: what each does, when it is grey, and why it cannot be done."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from nnstudio.shell.action_text import set_tip
from nnstudio.shell.commands.base import CommandSpec
from nnstudio.shell.commands.registry import COMMANDS
from nnstudio.shell.studio import Studio
from nnstudio.ui.icons import set_icon


class Actions(QObject):
    """Actions by name: `actions["play"]`."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._specs = {spec.name: spec for spec in COMMANDS if isinstance(spec, CommandSpec)}
        self._actions = {name: self._make(spec) for name, spec in self._specs.items()}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def all(self) -> list[QAction]:
        """All actions, in the order of the menus."""
        return list(self._actions.values())

    def why_not(self, action: QAction) -> str:
        """Reason why an action is disabled, in a few words; "" if there is none."""
        spec = self._specs.get(action.objectName().removesuffix("Action"))
        return "" if spec is None else spec.why_not(self._studio)

    def refresh(self) -> None:
        """Enable or disable the actions of live commands."""
        for name, spec in self._specs.items():
            if spec.live:
                self._actions[name].setEnabled(not spec.why_not(self._studio))

    def _make(self, spec: CommandSpec) -> QAction:
        action = QAction(spec.text, self) if spec.make is None else spec.make(self._studio)
        action.setObjectName(f"{spec.name}Action")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        set_tip(action, spec.tip)
        if spec.icon:
            set_icon(action, spec.icon)
        if spec.checked is not None and spec.switch is not None:
            switch = spec.switch
            action.setCheckable(True)
            action.setChecked(spec.checked(self._studio))
            action.toggled.connect(lambda on: switch(self._studio, on))
        elif spec.make is None:
            # The signal brings `checked` along, which no command takes.
            action.triggered.connect(lambda _=False: self._run(spec))
        return action

    def _run(self, spec: CommandSpec) -> None:
        reason = "" if spec.explains else spec.why_not(self._studio)
        if reason:
            self._studio.status.tell(f"{reason[0].upper()}{reason[1:]}.")
        else:
            spec.run(self._studio)
