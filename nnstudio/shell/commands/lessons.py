"""Lessons menu: the lessons that come with the program, and those of a teacher."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox

from nnstudio.lessons import lesson
from nnstudio.lessons.lesson import LessonError
from nnstudio.shell.action_text import set_tip
from nnstudio.shell.studio import Studio
from nnstudio.ui.plain_text import PlainMessageBox


def lessons_menu(studio: Studio) -> QMenu:
    """Menu of the lessons."""
    menu = QMenu("&Lessons", studio)
    menu.setObjectName("lessonsMenu")
    menu.setToolTipsVisible(True)
    for name, each in lesson.bundled().items():
        action = menu.addAction(each.title.replace("&", "&&"))
        action.setObjectName(f"{name}LessonAction")
        set_tip(action, each.sentence)
        action.triggered.connect(lambda _=False, each=each: studio.play_lesson(each))
    menu.addSeparator()
    action = menu.addAction("&Open lesson file…")
    action.setObjectName("openLessonAction")
    set_tip(action, "Play a lesson that somebody wrote")
    action.triggered.connect(lambda: _ask(studio))
    return menu


def _ask(studio: Studio) -> None:
    path, _ = QFileDialog.getOpenFileName(
        studio, "Open lesson", studio.files.folder, f"nnstudio lessons (*{lesson.SUFFIX})"
    )
    if not path:
        return
    try:
        found = lesson.read(Path(path))
    except LessonError as error:
        box = PlainMessageBox(
            QMessageBox.Icon.Warning, "nnstudio", "The lesson cannot be opened", QMessageBox.StandardButton.Ok, studio
        )
        box.setObjectName("lessonError")
        box.setInformativeText(str(error))
        box.exec()
        return
    studio.play_lesson(found)
