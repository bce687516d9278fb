"""Actions on groups: group, ungroup, collapse, repeat. All are edits."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nnstudio.canvas.protocols import GroupingScene
from nnstudio.document import grouping, groups


class GroupEdits(QObject):
    """Actions on the groups of a scene, made as edits of its store."""

    def __init__(self, scene: GroupingScene) -> None:
        super().__init__(scene.qt)
        self._scene, self._store = scene, scene.store

    @property
    def names(self) -> list[str]:
        """Names of the groups that are selected, or that hold a selected block."""
        document = self._store.document
        chosen = grouping.blocks_of(document, self._store.selected, *self._scene.editing.marked)
        return [group.name for group in document.groups if set(group.blocks) & set(chosen)]

    @property
    def all_collapsed(self) -> bool:
        """True if all of the selected groups are collapsed."""
        return all(self._store.document.group(name).collapsed for name in self.names)

    def group(self) -> None:
        """Group the selected blocks, or say why that is impossible."""
        document = self._store.document
        chosen = [
            name for each in self._scene.editing.marked for name in (grouping.blocks_of(document, each) or [each])
        ]
        reason = grouping.obstacle(document, chosen)
        if reason:
            self._scene.message.emit(f"Not grouped. {reason}")
            return
        after = groups.make(document, *chosen)
        name = after.groups[-1].name
        blocks = f"{len(chosen)} block{'s' if len(chosen) > 1 else ''}"
        self._store.edit(f"Group {blocks}", after)
        self._store.select(name)
        self._scene.message.emit(f"Grouped {blocks} as {name}.")

    def ungroup(self) -> None:
        """Ungroup the selected groups."""
        names = self.names
        if not names:
            self._scene.message.emit("No group is selected; click the title of one, or a block in it.")
            return
        members = grouping.blocks_of(self._store.document, *names)
        self._store.edit(f"Ungroup {', '.join(names)}", groups.dissolve(self._store.document, *names))
        self._scene.editing.choose(members)

    def toggle_selected(self) -> None:
        """Collapse the selected groups, or expand them if all are collapsed."""
        names = self.names
        if not names:
            self._scene.message.emit("No group is selected; click the title of one, or a block in it.")
            return
        self._set_collapsed(names, not self.all_collapsed)

    def toggle(self, name: str) -> None:
        """Collapse or expand a group."""
        document = self._store.document
        if document.has_group(name):
            self._set_collapsed([name], not document.group(name).collapsed)

    def _set_collapsed(self, names: list[str], collapsed: bool) -> None:
        document = self._store.document
        for name in names:
            document = groups.set_collapsed(document, name, collapsed)
        self._store.edit(f"{'Collapse' if collapsed else 'Expand'} {', '.join(names)}", document)
        self._store.select(names[0] if len(names) == 1 else "")

    def repeat(self, name: str, count: int) -> None:
        """Repeat the pattern of a group `count` times, or say why that is impossible."""
        if not self._store.document.has_group(name):
            return
        try:
            document = groups.set_repeat(self._store.document, name, count)
        except ValueError as error:
            self._scene.message.emit(f"Not repeated: {error}")
            return
        self._scene.steady = True
        try:
            self._store.edit(f"Repeat {name} {count} times", document, merge=f"repeat {name}")
        finally:
            self._scene.steady = False
        self._store.select(name)

    def choose(self, name: str) -> None:
        """Select a group with all its blocks."""
        self._scene.editing.choose(grouping.blocks_of(self._store.document, name))
