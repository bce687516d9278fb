"""Lesson player: takes a person through the steps of a lesson in the real window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from engine.optimizers import SGD
from nnstudio.document.model import OUTPUT
from nnstudio.lessons.conditions import Moment
from nnstudio.lessons.exercises import Question
from nnstudio.lessons.lesson import Exercise, Lesson, Step
from nnstudio.shell.docks import in_sight
from nnstudio.shell.lesson_bar import LessonBar
from nnstudio.shell.lesson_target import bring_into_sight, place_of
from nnstudio.shell.studio import Studio
from nnstudio.training.requests.block_mathematics import MathematicsPicture
from nnstudio.ui.spotlight import Spotlight
from nnstudio.views import MathematicsView
from nnstudio.views.cell_grid import number_text
from nnstudio.views.mathematics_entries import UPDATED, Entry, symbol
from nnstudio.views.plotting import short

# How often the window is looked at, and how long a step that was done stays, in milliseconds.
_LOOK_MS, _REST_MS = 120, 900
_LENS = "mathematicsView"
# Curves by the names that conditions use.
_CURVES = {"validation loss": "val_loss", "accuracy": "accuracy", "validation accuracy": "val_accuracy"}


class LessonPlayer(QObject):
    """Player of lessons.

    Signals:
        stepped: another step is shown, or the lesson has ended.

    Attributes:
        bar: bar with the sentence. lesson: the one that is played, None for none. place: number of its step, from 0.
    """

    stepped = Signal()

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio)
        self._studio = studio
        self.bar = LessonBar()
        self.bar.hide()
        self.bar.back.connect(lambda: self._turn(-1))
        self.bar.onward.connect(lambda: self._turn(1))
        self.bar.left.connect(self.leave)
        self.bar.answered.connect(self._judge)
        self.spotlight = Spotlight(studio)
        self.lesson: Lesson | None = None
        self.place = 0
        self._start: Moment | None = None
        self._done = self._answered = self._asked = self._fresh = False
        self._tries = 0
        self._give_back: Callable[[], None] = lambda: None
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self.look)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(lambda: self._turn(1))
        studio.files.opened.connect(self.leave)
        studio.session.arrived.connect(lambda _: self.look())

    @property
    def step(self) -> Step | None:
        """Step on display, None for none."""
        return None if self.lesson is None else self.lesson.steps[self.place]

    def begin(self, lesson: Lesson) -> None:
        """Begin a lesson, with its example in the place of the project if the person gives that up."""
        studio = self._studio
        if not lesson.template and not studio.project_shown:
            studio.status.tell("This lesson works on a network of yours. Open or build one first.")
            return
        if lesson.template and not studio.files.open_template(lesson.template):
            return
        self.leave()
        self._give_back = studio.docks.lend(lesson.layout)
        studio.canvas.fit()
        self.lesson = lesson
        self.bar.show()
        self._show(0)
        self._look.start()

    def leave(self) -> None:
        """End the lesson: the docks are as before, and nothing is hidden. The network stays."""
        if self.lesson is None:
            return
        self.lesson = None
        self._look.stop()
        self._rest.stop()
        self.bar.hide()
        self.spotlight.leave()
        self._lens.canvas.cover({})
        give_back, self._give_back = self._give_back, lambda: None
        give_back()
        self.stepped.emit()

    def look(self) -> None:
        """Look at the window: whether the step is done, and where its target is."""
        step = self.step
        if step is None or self._start is None:
            return
        self._point(step)
        if step.exercise is not None:
            self._ask(step.exercise)
        if step.check is not None and not self._done and step.check(self._moment(), self._start):
            self._done = True
            self.bar.show_done(done=True, last=self._last)
            if not self._last:
                self._rest.start()

    @property
    def _last(self) -> bool:
        return self.lesson is not None and self.place == len(self.lesson.steps) - 1

    @property
    def _lens(self) -> MathematicsView:
        return self._studio.mathematics

    def _turn(self, way: int) -> None:
        if self.lesson is None:
            return
        place = self.place + way
        if place >= len(self.lesson.steps):
            self.leave()
        elif place >= 0:
            self._show(place)

    def _show(self, place: int) -> None:
        assert self.lesson is not None
        self._rest.stop()
        self._lens.canvas.cover({})
        self.place = place
        step = self.lesson.steps[place]
        self._answered = self._asked = False
        self._tries = 0
        self._fresh = True
        if step.exercise is not None:
            bring_into_sight(self._studio, f"dock {_LENS}")
            self._lens.choice.choose(step.exercise.block)
        elif step.point and not step.until.startswith("dock "):
            bring_into_sight(self._studio, step.point)
        title = f"{self.lesson.title} · Step {place + 1} of {len(self.lesson.steps)}"
        self.bar.show_step(title, step.say, first=place == 0, asks=step.exercise is not None)
        self._start = self._moment()
        # Done before, as after going back: the person reads, and goes on in their own time.
        self._done = step.check is None or step.check(self._start, self._start)
        self.bar.show_done(done=self._done, last=self._last)
        self.look()
        self.stepped.emit()

    def _point(self, step: Step) -> None:
        found = place_of(self._studio, step.point) if step.point else None
        if found is None or not self._studio.project_shown:
            self.spotlight.leave()
            return
        self.spotlight.frame(*found, fresh=self._fresh)
        self._fresh = False

    # Exercises

    @property
    def question(self) -> Question | None:
        """Question about the numbers that the lens shows now; None for none, and while it shows another block."""
        exercise = None if self.step is None else self.step.exercise
        picture = self._lens.answer
        if exercise is None or not isinstance(picture, MathematicsPicture) or picture.block != exercise.block:
            return None
        question = Question(exercise, picture.kind, picture.steps, picture.values, None)
        entry = self._entry(question)
        optimizer = self._studio.store.document.training.optimizer
        if not question.parameter or entry is None or not isinstance(optimizer, SGD) or optimizer.momentum:
            return question
        # What the next step takes may be the mean over a batch, and not the gradient for the probe.
        taken = {shown.name: shown.values for shown in entry.show()}
        values = {**picture.values, question.parameter: taken["w"], f"d_{question.parameter}": taken["g"]}
        return replace(question, values=values, rate=float(taken["η"]))

    def _entry(self, question: Question) -> Entry | None:
        """Entry of the lens that a question is about, None if it is not on offer."""
        key = ("w", question.parameter) if question.parameter else (question.lens_step, "")
        return next((entry for entry in self._lens.entries if entry.key[:2] == key), None)

    def _ask(self, exercise: Exercise) -> None:
        """Hides what is asked for, and shows the step that it is about, once its numbers are there."""
        question, lens = self.question, self._lens
        if not self._studio.store.document.has_block(exercise.block) and exercise.block != OUTPUT:
            self._refuse(f"This network has no block {exercise.block}. Skip this step, or undo what removed it.")
            return
        if question is None:
            lens.canvas.cover({})
            return
        if question.hindrance:
            self._refuse(question.hindrance)
            return
        if not self.bar.answer.isEnabled():
            self.bar.admit("")
        hidden = {symbol(name): place for name, place in question.covered.items()}
        if question.parameter:
            hidden = dict.fromkeys(UPDATED, question.places[0][: len(exercise.index)])
        lens.canvas.cover({} if self._answered else hidden)
        entry = self._entry(question)
        if not self._asked and entry is not None:
            self._asked = True
            lens.steps.setCurrentIndex(lens.entries.index(entry))

    def _refuse(self, reason: str) -> None:
        """Says why nothing can be asked now."""
        self._lens.canvas.cover({})
        self.bar.admit(reason)

    def _judge(self, answer: str) -> None:
        question = self.question
        if question is None or question.hindrance or self._answered:
            return
        self._tries += 1
        verdict = question.judge(answer, lambda value: short(value, 3), number_text, tries=self._tries)
        self._answered = verdict.right
        self.bar.tell("Right." if verdict.right else verdict.hint)
        self.look()

    # Moments

    def _moment(self) -> Moment:
        studio = self._studio
        store, snapshot = studio.store, studio.session.snapshot
        training = store.document.training
        values = {
            "epoch": float(snapshot.epoch),
            "step": float(snapshot.step),
            "learning rate": training.optimizer.learning_rate,
            "batch size": float(training.batch_size),
        }
        if snapshot.loss is not None:
            values["loss"] = snapshot.loss
        for name, curve in _CURVES.items():
            found = snapshot.curves.get(curve)
            if found is not None and len(found.y):
                # A point of a long curve stands for several values.
                newest = found.averaging.last
                values[name] = float(found.y[-1]) if newest is None else newest
        lens, entry = self._lens, self._lens.entry
        shown = "" if entry is None else f"new_{entry.key[1]}" if entry.key[1] else entry.step.name
        return Moment(
            store.document,
            store.probe,
            store.selected,
            store.unit,
            snapshot.state,
            values,
            frozenset(name for name, dock in studio.docks.all.items() if in_sight(dock)),
            studio.docks.arrangement,
            (lens.choice.block, shown),
            self._answered,
        )
