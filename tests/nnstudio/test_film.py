"""Film of a view: moments shown one after another, grabbed, encoded; progress, cancel, and back to where one was."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from nnstudio.document.model import TrainingSettings
from nnstudio.export import film, film_dialog
from nnstudio.export.film import FilmRecorder, FilmSettings, film_steps
from nnstudio.export.film_dialog import FilmDialog
from nnstudio.shell.main_window import MainWindow
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.moments import Moment, MomentSummary
from nnstudio.training.requests.base import Request
from nnstudio.ui.inspection import Inspection
from tests.nnstudio.plane_support import xor

STEPS = (0, 3, 10, 25, 60)


@dataclass(frozen=True)
class Asked(Request):
    """Request that the views of these tests make."""

    name: str = "all"

    def answer(self, network: object, split: object) -> str:  # type: ignore[override]
        return self.name


class OfRun(Asked):
    """Request that does not follow the moment on display."""

    of_run = True


class Ship(QObject):
    """The session's part: each look brings some snapshots, of which the first may lack the answer."""

    arrived = Signal(Snapshot)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.looks: list[int | None] = []
        self.alone: list[object] = []
        self.late = 0
        self.gone: set[int] = set()
        self.silent: set[int] = set()
        self.step, self.state = 0, RunState.PAUSED
        self.snapshot = self.make(None, answered=True)

    def make(self, step: int | None, *, answered: bool) -> Snapshot:
        steps = np.array([each for each in STEPS if each not in getattr(self, "gone", ())])
        moment = None
        if step is not None and step in steps:
            moment = Moment(step, 0, step / 10, np.zeros(1, np.float32), TrainingSettings())
        answers = {Asked(): "there"} if answered else {}
        return Snapshot(1, self.state, step=self.step, history=MomentSummary(steps), moment=moment, answers=answers)

    def look(self, step: int | None) -> None:
        self.looks.append(step)
        if step in self.silent:
            return
        for late in range(self.late + 1):
            QTimer.singleShot(0, self, lambda step=step, late=late: self.arrive(step, late == self.late))

    def show_alone(self, view: object) -> None:
        self.alone.append(view)

    def arrive(self, step: int | None, answered: bool) -> None:
        self.snapshot = self.make(step, answered=answered)
        self.arrived.emit(self.snapshot)


class Painted(QWidget):
    """A view that is a shade of grey, the lighter the later the moment."""

    def __init__(self) -> None:
        super().__init__()
        self.inspection: Inspection | None = None
        self.shade = 0
        self.drawn: list[tuple[int, bool]] = []

    def requests(self) -> frozenset[Request]:
        return frozenset({Asked()})

    def draw(self, snapshot: Snapshot) -> None:
        step = snapshot.step if snapshot.moment is None else snapshot.moment.step
        self.shade = 4 * step
        self.drawn.append((step, Asked() in snapshot.answers))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(self.shade, self.shade, self.shade))


@dataclass
class Stage:
    """A view, the session's part, and what a film tells."""

    ship: Ship
    view: Painted
    path: Path
    taken: list[int] = field(default_factory=list)
    ended: list[Exception | None] = field(default_factory=list)

    def record(self, **changes: object) -> FilmRecorder:
        settings = FilmSettings(**{"steps": STEPS, "width": 80, **changes})  # type: ignore[arg-type]
        made = FilmRecorder(self.ship, self.view, settings, self.path, self.ship)
        made.advanced.connect(self.taken.append)
        made.ended.connect(self.ended.append)
        made.start()
        return made


@pytest.fixture
def stage(qtbot: QtBot, tmp_path: Path) -> Stage:
    view = Painted()
    view.resize(120, 90)
    qtbot.addWidget(view)
    return Stage(Ship(view), view, tmp_path / "film.gif")


def shades(path: Path) -> list[int]:
    """The grey in the middle of each frame."""
    with Image.open(path) as image:
        return [each.convert("RGB").getpixel((40, 20))[0] for each in ImageSequence.Iterator(image)]  # type: ignore[index]


class TestRecorder:
    @pytest.mark.parametrize("kind", ["gif", "apng"])
    def test_each_frame_is_the_view_at_its_moment(self, stage: Stage, qtbot: QtBot, kind: str) -> None:
        recorder = stage.record(kind=kind)
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert stage.ended == [None]
        assert shades(stage.path) == [0, 12, 40, 100, 240]
        assert stage.taken == [1, 2, 3, 4, 5]
        assert stage.ship.looks == [*STEPS, None]
        assert stage.ship.alone == [stage.view, None]
        with Image.open(stage.path) as image:
            assert image.size == recorder.size == (80, 60 + 16)

    def test_it_waits_until_what_the_view_asks_for_is_there(self, stage: Stage, qtbot: QtBot) -> None:
        stage.ship.late = 3
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert stage.view.drawn == [(step, True) for step in STEPS]

    def test_an_answer_that_never_comes_is_done_without(
        self, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(film, "_PATIENCE", 0.02)
        monkeypatch.setattr(Ship, "arrive", lambda ship, step, _: ship.arrived.emit(ship.make(step, answered=False)))
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert stage.ended == [None]
        assert shades(stage.path) == [0, 12, 40, 100, 240]

    def test_what_is_of_the_whole_run_is_not_waited_for(
        self, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stage.view, "requests", lambda: frozenset({Asked(), OfRun()}))
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended), timeout=900)
        assert shades(stage.path) == [0, 12, 40, 100, 240]

    def test_a_moment_that_was_given_up_meanwhile_is_left_out(self, stage: Stage, qtbot: QtBot) -> None:
        stage.ship.gone = {10, 60}
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert shades(stage.path) == [0, 12, 100]

    def test_the_present_is_the_last_frame(self, stage: Stage, qtbot: QtBot) -> None:
        """No moment is kept of it, and what training has come to is what the film is to end with."""
        stage.ship.step = 62
        stage.ship.arrive(None, True)
        stage.record(steps=(0, 60, 62))
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert stage.ended == [None]
        assert shades(stage.path) == [0, 240, 248]
        assert stage.ship.looks == [0, 60, None, None]

    def test_a_present_that_training_has_left_is_left_out(self, stage: Stage, qtbot: QtBot) -> None:
        stage.ship.step = 62
        stage.ship.arrive(None, True)
        recorder = stage.record(steps=(0, 62))
        recorder.advanced.connect(lambda _: setattr(stage.ship, "step", 63))
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert shades(stage.path) == [0]

    def test_it_goes_back_to_the_moment_that_was_on_show(self, stage: Stage, qtbot: QtBot) -> None:
        stage.ship.arrive(25, True)
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert stage.ship.looks[-1] == 25

    def test_a_cancelled_film_leaves_nothing(self, stage: Stage, qtbot: QtBot) -> None:
        recorder = stage.record()
        recorder.advanced.connect(lambda count: recorder.cancel() if count == 2 else None)
        qtbot.waitUntil(lambda: stage.ship.looks[-1] is None)
        qtbot.wait(30)
        assert (stage.taken, stage.ended, stage.path.exists()) == ([1, 2], [], False)
        assert stage.ship.looks == [0, 3, None]

    def test_a_moment_that_never_comes_ends_it_with_a_sentence(
        self, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(film, "_DEADLINE", 0.05)
        stage.ship.silent = {10}
        stage.record()
        qtbot.waitUntil(lambda: bool(stage.ended))
        assert str(stage.ended[0]).startswith("step 10 was not shown")
        assert (stage.ship.looks[-1], stage.path.exists()) == (None, False)

    def test_steps_are_evenly_chosen_among_those_that_are_kept(self) -> None:
        kept = np.arange(0, 1000, 10)
        assert film_steps(kept, 100, 200, 3) == (100, 150, 200)
        assert film_steps(kept, 95, 101, 50) == (100,)
        assert film_steps(kept, 101, 105, 50) == ()
        assert len(film_steps(kept, 0, 2000, 1000)) == 100


class TestDialog:
    def dialog(self, stage: Stage, qtbot: QtBot) -> FilmDialog:
        made = FilmDialog(stage.ship, {"aView": "A view"}, lambda name: stage.view, "aView", str(stage.path.parent))
        qtbot.addWidget(made)
        made.show()
        return made

    def test_it_films_and_says_where(self, stage: Stage, qtbot: QtBot) -> None:
        dialog = self.dialog(stage, qtbot)
        dialog.first.setValue(3)
        assert dialog.summary.text() == "4 frames from 5 kept moments of the run: 0.4 seconds"
        with qtbot.waitSignal(dialog.written) as written:
            dialog.record(stage.path)
            assert dialog.progress.isVisible()
            assert not dialog.save.isEnabled()
        assert written.args == [str(stage.path)]
        assert shades(stage.path) == [12, 40, 100, 240]

    @pytest.mark.parametrize(("state", "last"), [(RunState.FINISHED, 62), (RunState.RUNNING, 60)])
    def test_it_goes_up_to_a_present_that_rests(self, stage: Stage, qtbot: QtBot, state: RunState, last: int) -> None:
        stage.ship.step, stage.ship.state = 62, state
        stage.ship.arrive(None, True)
        dialog = self.dialog(stage, qtbot)
        assert (dialog.last.value(), dialog.settings.steps[-1]) == (last, last)
        assert "from 5 kept moments" in dialog.summary.text()

    def test_cancel_stops_the_film_and_keeps_the_dialog(self, stage: Stage, qtbot: QtBot) -> None:
        dialog = self.dialog(stage, qtbot)
        dialog.record(stage.path)
        dialog.reject()
        assert dialog.isVisible()
        assert not dialog.progress.isVisible()
        assert dialog.save.isEnabled()
        assert stage.ship.looks[-1] is None
        dialog.reject()
        assert not dialog.isVisible()

    def test_without_moments_it_says_what_to_do(self, stage: Stage, qtbot: QtBot) -> None:
        stage.ship.gone = set(STEPS)
        stage.ship.arrive(None, True)
        dialog = self.dialog(stage, qtbot)
        assert dialog.summary.text() == "No moments of a run are kept yet. Train first."
        assert not dialog.save.isEnabled()

    def test_a_folder_that_is_gone_is_told(self, stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[str] = []
        monkeypatch.setattr(film_dialog, "tell_failure", lambda parent, failure, error: told.append(str(error)))
        dialog = self.dialog(stage, qtbot)
        dialog.record(stage.path.parent / "none" / "film.gif")
        assert told
        assert "no folder" in told[0]
        assert dialog.save.isEnabled()


def test_the_window_films_a_view_over_its_run(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    document = xor()
    window.store.open(document.with_changes(training=document.training.with_changes(epochs=60)))
    window.pages.show_project()
    window.session.finish()
    qtbot.waitUntil(lambda: window.session.snapshot.state is RunState.FINISHED, timeout=10_000)
    assert window.views["boundaryView"].inspection is not None
    window.travel.look(0)
    qtbot.waitUntil(lambda: window.session.snapshot.moment is not None)
    window.views["boundaryView"].film_wanted.emit()
    dialog = window.findChild(FilmDialog)
    assert dialog is not None
    assert dialog.view.currentData() == "boundaryView"
    assert dialog.settings.steps[-1] == window.session.snapshot.step
    dialog.frames.setValue(5)
    dialog.width_.setValue(160)
    path = tmp_path / "film.png"
    dialog.kind.setCurrentIndex(1)
    with qtbot.waitSignal(dialog.written, timeout=20_000):
        dialog.record(path)
    with Image.open(path) as image:
        frames = [np.asarray(each.convert("RGB"), int) for each in ImageSequence.Iterator(image)]
    assert len(frames) == 5
    # The boundary of the last moment is another one than that of the first.
    assert np.abs(frames[-1] - frames[0]).mean() > 1
    # The film begins and ends where the window looked before, and the time bar has gone along.
    assert window.travel.wanted == 0
    qtbot.waitUntil(lambda: window.session.snapshot.moment is not None and window.session.snapshot.moment.step == 0)
