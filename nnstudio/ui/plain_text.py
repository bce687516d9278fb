"""Plain text where Qt would guess: tool tips and message boxes that show names of files, classes and columns."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QLabel, QMessageBox

# No name, and no sentence, needs more letters; a box with more would be larger than the screen.
_MOST_LETTERS = 1500
# A path, an address or the name of a setting is no word, and stays as it is.
_WORD = re.compile(r"[^\W\d_][\w'’-]*[,:;.]?(?=\s|$)")


def plain_tip(text: str) -> str:
    """Tool tip that shows a text as it is, whatever it looks like. Qt has no plain ones, but takes escaped text."""
    text = shortened(text)
    if not GuiQt.mightBeRichText(text):
        return text
    return f'<span style="white-space: pre-wrap">{escape(text)}</span>'


def with_capital(sentence: str) -> str:
    """Sentence with a capital letter where it begins with a word."""
    return f"{sentence[:1].upper()}{sentence[1:]}" if _WORD.match(sentence) else sentence


def shortened(text: str) -> str:
    """Text of at most 1,500 letters, with its beginning and its end."""
    if len(text) <= _MOST_LETTERS:
        return text
    return f"{text[: _MOST_LETTERS * 2 // 3]} … {text[-_MOST_LETTERS // 3 :]}"


class PlainMessageBox(QMessageBox):
    """Message box that shows its texts as they are, and long ones shortened."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._make_plain()

    def setText(self, text: str) -> None:
        super().setText(shortened(text))
        self._make_plain()

    def setInformativeText(self, text: str) -> None:
        super().setInformativeText(shortened(text))
        self._make_plain()

    def exec(self) -> int:
        """Wait for the answer; the box goes afterwards, and not only with the window that it stands over."""
        answer = super().exec()
        self.deleteLater()
        return answer

    def _make_plain(self) -> None:
        # The label of the informative text is made with it, and guesses.
        for label in self.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
