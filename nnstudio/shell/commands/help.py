"""Commands of the Help menu."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMessageBox

from nnstudio import __version__
from nnstudio.shell.commands.base import CommandSpec, Entry, Place, SubmenuSpec
from nnstudio.shell.commands.lessons import lessons_menu
from nnstudio.shell.guide import show_guide, show_reading
from nnstudio.shell.shortcuts import ShortcutDialog
from nnstudio.shell.studio import Studio

_HELP = Place("help", "help")
_ABOUT = (
    f"<h3>nnstudio {__version__}</h3>"
    "<p>Drag layers onto a canvas, press play, and watch a neural network learn.</p>"
    "<p>MIT licence. The digits and the iris data come from the UCI Machine Learning Repository (CC BY 4.0).</p>"
)


def _about(studio: Studio) -> None:
    QMessageBox.about(studio, "About nnstudio", _ABOUT)


HELP: tuple[Entry, ...] = (
    CommandSpec(
        "guide",
        "&First steps",
        "Read how to watch, change and save a network",
        _HELP,
        show_guide,
    ),
    SubmenuSpec("lessons", _HELP, lessons_menu),
    CommandSpec(
        "reading",
        "Further &reading",
        "Free books and articles on the mathematics of neural networks",
        _HELP,
        show_reading,
    ),
    CommandSpec(
        "shortcuts",
        "&Keyboard shortcuts",
        "Show all shortcuts",
        _HELP,
        lambda studio: ShortcutDialog(studio.menuBar(), studio).show(),
        (QKeySequence.StandardKey.HelpContents,),
    ),
    CommandSpec("about", "&About nnstudio", "Version and licence", _HELP, _about),
)
