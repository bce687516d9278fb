"""Session: commands to the worker, and their order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.store import Store
from nnstudio.training import session as sessions
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.commands import Command, Play, Quit, SetDocument, SetParameter, SetSpeed, TakeBack
from nnstudio.training.pace import FULL, WATCHING
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.project import Project
from nnstudio.training.session import Session


class Listener:
    """In the place of the worker."""

    def __init__(self, _deliver: object) -> None:
        self.heard: list[Command] = []
        self.turns: list[str] = []

    def hold(self) -> None:
        self.turns.append("rests")

    def release(self) -> None:
        self.turns.append("goes on")

    def start(self) -> None:
        pass

    def post(self, command: Command) -> None:
        self.heard.append(command)

    def join(self, timeout: float) -> None:
        pass


@pytest.fixture
def store(qapp: object) -> Store:
    return Store()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, store: Store) -> Iterator[Session]:
    monkeypatch.setattr(sessions, "Worker", Listener)
    made = Session(store)
    made._worker.heard.clear()  # type: ignore[attr-defined]
    yield made
    made.deleteLater()


def heard(session: Session) -> list[Command]:
    return session._worker.heard  # type: ignore[attr-defined, no-any-return]


def edit(store: Store, *stack: layers.Layer) -> list[Document]:
    documents = []
    for layer in stack:
        store.edit("Append", edits.append(store.document, layer))
        documents.append(store.document)
    return documents


def documents(session: Session) -> list[Document]:
    return [command.document for command in heard(session) if isinstance(command, SetDocument)]


def test_an_edit_is_told_once_the_window_has_had_its_turn(session: Session, store: Store, qtbot: QtBot) -> None:
    first, second = edit(store, layers.Dense(3), layers.ReLU())
    assert not heard(session)
    qtbot.waitUntil(lambda: bool(heard(session)))
    assert documents(session) == [first, second]


def test_no_command_overtakes_an_edit(session: Session, store: Store) -> None:
    (document,) = edit(store, layers.Dense(3))
    session.play()
    (after,) = edit(store, layers.ReLU())
    session.close()
    told = heard(session)
    assert [type(command) for command in told] == [SetDocument, Play, SetDocument, Quit]
    assert [command.document for command in told if isinstance(command, SetDocument)] == [document, after]


def test_the_speed_is_told_between_the_commands_around_it(session: Session) -> None:
    session.set_speed(WATCHING)
    session.play()
    session.set_speed(FULL)
    session.finish()
    assert heard(session) == [SetSpeed(WATCHING), Play(), SetSpeed(FULL), Play(full=True)]


def test_undo_is_told_too(session: Session, store: Store, qtbot: QtBot) -> None:
    before = store.document
    (document,) = edit(store, layers.Dense(3))
    store.undo_stack.undo()
    qtbot.waitUntil(lambda: bool(heard(session)))
    assert documents(session) == [document, before]


def test_the_analysis_goes_along(session: Session, store: Store, qtbot: QtBot) -> None:
    edit(store, layers.Dense(3))
    qtbot.waitUntil(lambda: bool(heard(session)))
    (told,) = heard(session)
    assert isinstance(told, SetDocument)
    assert told.analysis is store.analysis
    session._worker.heard.clear()  # type: ignore[attr-defined]
    project = Project(edits.append(Document(), layers.Dense(2)), Checkpoint(epoch=3))
    session.open(project)
    (told,) = heard(session)
    assert isinstance(told, SetDocument)
    assert (told.document, told.checkpoint) == (project.document, project.checkpoint)
    # The very one that the window shows: it was made once.
    assert told.analysis is store.analysis


def test_a_drag_is_one_step_of_the_history_and_a_typed_number_another(session: Session, store: Store) -> None:
    stack = store.undo_stack
    drag = [ParameterEdit("dense_1.weight", (0, 1), value, 1) for value in (0.1, 0.2, 0.3)]
    typed = [ParameterEdit("dense_1.weight", (0, 1), value) for value in (1.0, 2.0)]
    bias = ParameterEdit("dense_1.bias", (0,), 0.5, 1)
    for each in (*drag, *typed, bias):
        session.set_parameter(each)
    titles = [stack.text(index) for index in range(stack.count())]
    assert titles == [*["Set weight of dense_1"] * 3, "Set bias of dense_1"]
    sent = [command for command in heard(session) if isinstance(command, SetParameter)]
    assert [command.edit for command in sent] == [*drag, *typed, bias]
    assert len({command.token for command in sent[:3]}) == 1
    assert len({command.token for command in sent}) == 4
    for _ in range(4):
        stack.undo()
    back = [command.token for command in heard(session) if isinstance(command, TakeBack)]
    assert back == [command.token for command in reversed(sent[2:])]
    # What comes after an undo is another step, though it goes on with the same gesture.
    stack.redo()
    stack.undo()
    session.set_parameter(drag[0])
    assert stack.count() == 1
    stack.setClean()
    session.set_parameter(drag[1])
    assert stack.count() == 2


def test_training_rests_for_each_drawing_and_goes_on_after_a_faulty_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = session._worker.turns  # type: ignore[attr-defined]
    session.arrived.connect(lambda _: turns.append("the window draws"))
    session._draw()
    assert turns == ["rests", "the window draws", "goes on"]
    monkeypatch.setattr(session, "ask", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        session._draw()
    assert turns[3:] == ["rests", "the window draws", "goes on"]
