"""Commands on previous versions of the project's file."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QMenu

from nnstudio.project.versions import Version, versions
from nnstudio.shell.commands.base import CommandSpec, Entry, Place, SubmenuSpec
from nnstudio.shell.studio import Studio

_SAVE = Place("file", "save", rank=10)


def _revert_menu(studio: Studio) -> QMenu:
    """Submenu of the versions to go back to, filled whenever it is opened."""
    menu = QMenu("Re&vert to", studio.menuBar())
    menu.aboutToShow.connect(lambda: _fill(menu, studio))
    return menu


def _fill(menu: QMenu, studio: Studio) -> None:
    menu.clear()
    path = studio.files.path
    if path is None:
        menu.addAction("The project is in no file yet").setEnabled(False)
        return
    menu.addAction("As it was saved last").triggered.connect(lambda: studio.files.revert())
    menu.addSeparator()
    found = versions(path)
    for version in found:
        action = menu.addAction(_title(version))
        action.triggered.connect(lambda _=False, version=version: studio.files.revert(version.path))
    if not found:
        kept = studio.files.keeps_versions
        told = "No earlier versions yet" if kept else "For earlier versions, switch on “Keep previous versions”"
        menu.addAction(told).setEnabled(False)


def _title(version: Version) -> str:
    when = QLocale().toString(QDateTime.fromSecsSinceEpoch(int(version.saved)), QLocale.FormatType.ShortFormat)
    return f"{when} ({QLocale().formattedDataSize(version.size)})"


VERSIONS: tuple[Entry, ...] = (
    SubmenuSpec("revert", _SAVE, _revert_menu),
    CommandSpec(
        "keepVersions",
        "&Keep previous versions",
        "Keep the last versions of each file whenever it is saved, to go back to them with Revert to",
        _SAVE,
        checked=lambda studio: studio.files.keeps_versions,
        switch=lambda studio, on: studio.files.keep_versions(on),
    ),
)
