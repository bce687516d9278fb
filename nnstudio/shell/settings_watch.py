"""Watch over the settings: whether theme, docks and recent files are kept for the next start."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings

from nnstudio.shell.studio import Studio

_KEY = "projectsOpened"


class SettingsWatch(QObject):
    """Sentence, told once, that the settings cannot be kept: on a full disk, or in a home that is read-only.

    QSettings writes in the background, and says nothing where it cannot.
    """

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self._told = False
        studio.files.opened.connect(self.look)
        studio.files.saved.connect(self.look)

    def look(self) -> None:
        """Try to write a setting, and tell if that is not possible."""
        if self._told:
            return
        settings = QSettings()
        settings.setValue(_KEY, settings.value(_KEY, 0, int) + 1)  # type: ignore[operator]
        settings.sync()
        if settings.status() is QSettings.Status.NoError:
            return
        self._told = True
        self._studio.status.tell(
            f"Theme, docks and recent files are not kept for the next start: {settings.fileName()} cannot be written."
        )
