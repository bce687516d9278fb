"""Lesson bar: a sentence, how far the lesson is, a box for answers, and the ways on and out."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout

from nnstudio.ui.labels import PlainLabel, text_label

_ANSWER_WIDTH = 170


class LessonBar(QFrame):
    """Bar at the top of the desk.

    Signals:
        back, onward, left: the person goes a step back, a step on, or leaves the lesson.
        answered: the person has typed an answer.
    """

    back = Signal()
    onward = Signal()
    left = Signal()
    answered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lessonBar")
        self.setProperty("role", "lesson")
        self.setAccessibleName("Lesson")
        self.title = PlainLabel()
        self.title.setObjectName("lessonTitle")
        self.title.setProperty("role", "muted")
        self.sentence = text_label(role="lesson")
        self.sentence.setObjectName("lessonSentence")
        self.hint = text_label()
        self.hint.setObjectName("lessonHint")
        self.hint.setProperty("role", "heading")
        self.answer = QLineEdit()
        self.answer.setObjectName("lessonAnswer")
        self.answer.setAccessibleName("Your answer")
        self.answer.setPlaceholderText("Your answer")
        self.answer.setFixedWidth(_ANSWER_WIDTH)
        self.answer.returnPressed.connect(self._hand_in)
        self.check = self._button("lessonCheck", "Check", "See whether the answer is right", self._hand_in)
        self.back_button = self._button("lessonBack", "Back", "Go back to the step before", self.back.emit)
        self.onward_button = self._button("lessonNext", "Next", "Go on to the next step", self.onward.emit)
        self.leave_button = self._button("lessonLeave", "Leave", "End the lesson; the network stays", self.left.emit)
        words = QVBoxLayout()
        words.setSpacing(2)
        for widget in (self.title, self.sentence, self.hint):
            words.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 14, 8)
        row.setSpacing(8)
        row.addLayout(words, 1)
        for button in (self.answer, self.check, self.back_button, self.onward_button, self.leave_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        # Of wrapped lines Qt guesses a narrow width, and with it a great height; the height for the width is right.
        return QSize(0, 0)

    def show_step(self, title: str, sentence: str, *, first: bool, asks: bool) -> None:
        """Show another step, with a box for the answer if it asks for one."""
        self.title.setText(title)
        self.sentence.setText(sentence)
        self.setAccessibleDescription(f"{title}. {sentence}")
        self.back_button.setEnabled(not first)
        self.answer.clear()
        self.tell("")
        for widget in (self.answer, self.check):
            widget.setVisible(asks)
            widget.setEnabled(asks)
        if asks:
            self.answer.setFocus()

    def show_done(self, *, done: bool, last: bool) -> None:
        """Say whether what the step waits for is done: then the way on is no longer called "Skip"."""
        text = "Finish" if last else "Next" if done else "Skip"
        if self.onward_button.text() != text or bool(self.onward_button.property("done")) != done:
            self.onward_button.setText(text)
            self.onward_button.setProperty("done", done)
            self.onward_button.setToolTip("Go on" if done else "Go on without doing it")
            self.onward_button.setProperty("role", "primary" if done else "")
            self.onward_button.style().unpolish(self.onward_button)
            self.onward_button.style().polish(self.onward_button)

    def tell(self, hint: str) -> None:
        """Show a remark below the sentence; "" for none."""
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def admit(self, hindrance: str) -> None:
        """Take answers, or show the reason why there is nothing to answer now."""
        for widget in (self.answer, self.check):
            widget.setEnabled(not hindrance)
        self.tell(hindrance)

    def _hand_in(self) -> None:
        if self.answer.text().strip():
            self.answered.emit(self.answer.text())

    @staticmethod
    def _button(name: str, text: str, tip: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.clicked.connect(lambda: run())
        return button
