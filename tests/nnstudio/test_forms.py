"""Forms: lossless values, edits reported once, refusals explained."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMainWindow, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from engine.data import DATASETS, MNIST, Digits, Spirals, TableFile
from engine.declared import FieldInfo, describe
from engine.layers import REGISTRY, Conv2D, Dense, MaxPool2D, Reshape
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS, SGD, Adam
from nnstudio.document import values
from nnstudio.document.model import DataSettings, TrainingSettings
from nnstudio.panels.editors import ChoiceEditor, NumberEditor, SwitchEditor
from nnstudio.panels.form import Form

DECLARATIONS = [*REGISTRY.values(), *LOSSES.values(), *OPTIMIZERS.values(), *DATASETS.values()]


def field(cls: Any, name: str) -> FieldInfo:
    return next(info for info in describe(cls) if info.name == name)


# Values as text


@pytest.mark.parametrize("cls", DECLARATIONS, ids=lambda cls: cls.__name__)
def test_every_default_is_read_back_as_it_is_shown(cls: Any) -> None:
    for info in describe(cls):
        if info.kind != "bool":
            assert values.read(info, values.show(info, info.default)) == info.default


@given(st.floats(1e-300, 100, allow_nan=False))
def test_a_real_number_loses_no_digit(number: float) -> None:
    info = field(SGD, "learning_rate")
    assert values.read(info, values.show(info, number)) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0001, "0.0001"), (10.0, "10"), (1e-8, "1e-8"), (2.5e-9, "2.5e-9"), (0.1 + 0.2, "0.30000000000000004")],
)
def test_a_real_number_is_shown_as_people_write_it(number: float, text: str) -> None:
    assert values.show_number(number) == text


@pytest.mark.parametrize(
    ("cls", "name", "text", "value"),
    [
        (SGD, "learning_rate", "1e-3", 0.001),
        (SGD, "learning_rate", " 0,05 ", 0.05),
        (Dense, "units", "1e3", 1000),
        (Dense, "units", "1,024", 1024),
        (Conv2D, "kernel_size", "3", 3),
        (Conv2D, "kernel_size", "3, 5", (3, 5)),
        (Conv2D, "kernel_size", "(3x5)", (3, 5)),
        (Conv2D, "padding", "SAME", "same"),
        (Conv2D, "padding", "2", 2),
        (Conv2D, "bias", "per filter", "per_filter"),
        (Reshape, "shape", "1, 28, 28", (1, 28, 28)),
        (Reshape, "shape", "-1", (-1,)),
        (MaxPool2D, "stride", "", None),
        (Digits, "classes", "0 1", (0, 1)),
        (Digits, "classes", "", None),
        (Digits, "per_class", "", None),
    ],
)
def test_texts_are_read_with_good_will(cls: Any, name: str, text: str, value: Any) -> None:
    found = values.read(field(cls, name), text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("cls", "name", "text", "sentence"),
    [
        (Dense, "units", "0", "Units must be a whole number from 1 to 65,536; found “0”."),
        (Dense, "units", "2.5", "Units must be a whole number from 1 to 65,536; found “2.5”."),
        (Dense, "units", "", "Units must be a whole number from 1 to 65,536; found nothing."),
        (SGD, "learning_rate", "0", "Learning rate must be a number more than 0 and at most 100; found “0”."),
        (SGD, "learning_rate", "nan", "Learning rate must be a number more than 0 and at most 100; found “nan”."),
        (SGD, "momentum", "1", "Momentum must be a number at least 0 and less than 1; found “1”."),
        (Conv2D, "kernel_size", "3, 3, 3", "Kernel size takes one number or 2, found 3."),
        (Conv2D, "kernel_size", "0", "Kernel size must be whole numbers from 1 to 64; found “0”."),
        (Conv2D, "kernel_size", "a", "Kernel size must be whole numbers such as 3 or 3, 5 from 1 to 64; found “a”."),
        (Conv2D, "padding", "-1", "Padding must be valid, same, full or a whole number from 0 to 64; found “-1”."),
        (Digits, "classes", "0", "Only digits takes at least 2 numbers, found 1."),
        (Digits, "classes", "0, 11", "Only digits must be whole numbers from 0 to 9; found “0, 11”."),
        (TableFile, "path", "x" * 5000, "File takes at most 4,096 characters, found 5,000."),
    ],
)
def test_what_is_no_value_is_explained(cls: Any, name: str, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^[A-Z]") as caught:
        values.read(field(cls, name), text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("cls", "name", "start", "steps", "end"),
    [
        (Adam, "learning_rate", 0.001, 3, 0.01),
        (Adam, "learning_rate", 0.03, -1, 0.02),
        (SGD, "learning_rate", 50.0, 3, 100.0),
        (Adam, "beta1", 0.9, 10, 0.991),
        (Adam, "beta2", 0.999, -1, 0.998),
        (SGD, "momentum", 0.0, 1, 0.1),
        (SGD, "momentum", 0.0, -1, 0.0),
        (Dense, "units", 98, 3, 110),
        (Dense, "units", 110, -2, 99),
        (Dense, "units", 1, -1, 1),
        (Spirals, "noise", 0.13, 1, 0.14),
        (Spirals, "turns", 1.25, 1, 1.5),
        (Spirals, "seed", 500, 1, 501),
    ],
)
def test_steps_suit_the_size_of_the_number(cls: Any, name: str, start: float, steps: int, end: float) -> None:
    assert values.step(field(cls, name), start, steps) == end


@given(st.sampled_from([SGD, Adam]), st.integers(-50, 50))
def test_steps_stay_within_the_bounds(cls: Any, steps: int) -> None:
    for info in describe(cls):
        if info.kind == "float":
            stepped = values.step(info, info.default, steps)
            assert math.isfinite(stepped)
            cls().with_changes(**{info.name: stepped})


# Forms


class Harness:
    """A form in a shown window, with all it reports."""

    def __init__(self, qtbot: QtBot, cls: Any, **shown: Any) -> None:
        self.qtbot = qtbot
        self.window = QMainWindow()
        self.form = Form(describe(cls))
        self.window.setCentralWidget(self.form)
        qtbot.addWidget(self.window)
        self.reports: list[tuple[str, Any]] = []
        self.form.changed.connect(lambda name, value: self.reports.append((name, value)))
        self.values = {info.name: shown.get(info.name, info.default) for info in describe(cls)}
        self.form.set_values(self.values)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()

    def control(self, name: str) -> Any:
        return self.form.rows[name].editor.control

    def line(self, name: str) -> QLineEdit:
        control = self.control(name)
        return control if isinstance(control, QLineEdit) else control.lineEdit()

    def type(self, name: str, text: str, *keys: Qt.Key) -> None:
        self.control(name).setFocus()
        self.line(name).selectAll()
        self.qtbot.keyClicks(self.control(name), text)
        for key in keys:
            self.qtbot.keyClick(self.control(name), key)

    def error(self, name: str) -> str:
        label = self.form.rows[name].error
        return label.text() if label.isVisible() else ""

    def show(self, **changes: Any) -> None:
        self.values |= changes
        self.form.set_values(self.values)


@pytest.mark.parametrize("cls", [*DECLARATIONS, DataSettings, TrainingSettings], ids=lambda cls: cls.__name__)
def test_every_declaration_makes_a_silent_named_form(qtbot: QtBot, cls: Any) -> None:
    infos = [info for info in describe(cls) if info.name not in ("loss", "optimizer", "dataset")]
    form = Form(infos)
    qtbot.addWidget(form)
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({info.name: info.default for info in infos})
        QApplication.processEvents()
    assert list(form.rows) == [info.name for info in infos]
    for info in infos:
        row = form.rows[info.name]
        assert row.label.text() == info.title
        assert row.editor.control.accessibleName() == info.title
        assert info.help in row.toolTip()
        assert row.editor.value == info.default


def test_enter_takes_a_typed_number_over_once(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "16")
    assert form.reports == []
    qtbot.keyClick(form.control("units"), Qt.Key.Key_Return)
    assert form.reports == [("units", 16)]
    form.show(units=16)
    qtbot.keyClick(form.control("units"), Qt.Key.Key_Return)
    form.control("weight_init").setFocus()
    assert form.reports == [("units", 16)]


def test_leaving_a_field_takes_its_number_over(qtbot: QtBot) -> None:
    form = Harness(qtbot, SGD)
    form.type("learning_rate", "1e-3", Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: form.reports == [("learning_rate", 0.001)])
    assert form.line("learning_rate").text() == "0.001"


def test_a_pause_takes_a_whole_number_over_but_complains_of_none(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "12")
    qtbot.waitUntil(lambda: form.reports == [("units", 12)], timeout=3000)
    form.show(units=12)
    form.type("units", "x")
    qtbot.wait(900)
    assert form.reports == [("units", 12)]
    assert form.error("units") == ""


def test_a_pause_does_not_rewrite_what_is_being_typed(qtbot: QtBot) -> None:
    form = Harness(qtbot, SGD)
    form.type("momentum", "0.0")
    qtbot.wait(900)
    qtbot.keyClicks(form.control("momentum"), "5")
    qtbot.keyClick(form.control("momentum"), Qt.Key.Key_Return)
    assert form.reports[-1] == ("momentum", 0.05)


def test_arrow_keys_step_and_report(qtbot: QtBot) -> None:
    form = Harness(qtbot, SGD)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(form.control("learning_rate"), key)
    assert form.reports == [("learning_rate", 0.2), ("learning_rate", 0.5), ("learning_rate", 0.2)]
    assert form.line("learning_rate").text() == "0.2"


def test_a_wrong_text_stays_with_its_sentence_until_corrected(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "99999", Qt.Key.Key_Return)
    assert form.reports == []
    assert form.line("units").text() == "99999"
    assert form.error("units") == "Units must be a whole number from 1 to 65,536; found “99999”."
    form.show(bias=False)
    assert form.line("units").text() == "99999"
    form.type("units", "9", Qt.Key.Key_Return)
    assert form.reports == [("units", 9)]
    assert form.error("units") == ""


def test_escape_brings_the_value_back(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "many", Qt.Key.Key_Return)
    assert form.error("units")
    qtbot.keyClick(form.control("units"), Qt.Key.Key_Escape)
    assert form.line("units").text() == "8"
    assert form.error("units") == ""
    assert form.reports == []


def test_a_refusal_by_the_document_keeps_the_text(qtbot: QtBot) -> None:
    form = Harness(qtbot, Reshape)
    form.type("shape", "-1, -1", Qt.Key.Key_Return)
    assert form.reports == [("shape", (-1, -1))]
    form.form.refuse("shape", "Shape: only one size may be -1.")
    assert form.line("shape").text() == "-1, -1"
    assert form.error("shape") == "Shape: only one size may be -1."
    form.show()
    assert form.error("shape")
    qtbot.keyClick(form.control("shape"), Qt.Key.Key_Escape)
    assert form.line("shape").text() == "-1"


def test_undo_shows_the_old_value_in_place(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    control = form.control("units")
    form.type("units", "16", Qt.Key.Key_Return)
    form.show(units=16)
    qtbot.waitUntil(control.hasFocus)
    form.show(units=8)
    assert form.control("units") is control
    assert control.hasFocus()
    assert form.line("units").text() == "8"
    assert form.reports == [("units", 16)]


def test_a_shown_value_clears_the_error_of_another(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "0", Qt.Key.Key_Return)
    form.show(units=5)
    assert form.error("units") == ""
    assert form.line("units").text() == "5"


def test_forgetting_drops_what_was_typed(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    form.type("units", "0", Qt.Key.Key_Return)
    form.form.forget()
    form.show()
    assert form.line("units").text() == "8"
    assert form.error("units") == ""


def test_undo_keys_go_to_the_document_unless_something_is_half_typed(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    undone: list[bool] = []
    action = QAction("Undo", form.window)
    action.setShortcut(QKeySequence.StandardKey.Undo)
    action.triggered.connect(lambda: undone.append(True))
    form.window.addAction(action)
    form.type("units", "16", Qt.Key.Key_Return)
    qtbot.keyClick(form.control("units"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    form.type("units", "32")
    qtbot.keyClick(form.control("units"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]


def test_switches_and_choices_report_what_a_person_does(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    qtbot.keyClick(form.control("bias"), Qt.Key.Key_Space)
    assert form.reports == [("bias", False)]
    form.show(bias=False)
    form.show(bias=True)
    assert isinstance(form.form.rows["bias"].editor, SwitchEditor)
    assert form.control("bias").isChecked()
    combo = form.control("weight_init")
    assert isinstance(form.form.rows["weight_init"].editor, ChoiceEditor)
    assert combo.itemText(combo.findData("glorot_uniform")) == "glorot uniform"
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert form.reports[-1] == ("weight_init", "glorot_uniform")
    assert len(form.reports) == 2


def test_a_choice_may_be_a_number(qtbot: QtBot) -> None:
    form = Harness(qtbot, Conv2D)
    form.type("padding", "2", Qt.Key.Key_Return)
    assert form.reports == [("padding", 2)]
    form.show(padding=2)
    form.type("padding", "sideways", Qt.Key.Key_Return)
    assert form.error("padding").startswith("Padding must be valid, same, full or a whole number")
    form.type("padding", "same", Qt.Key.Key_Return)
    assert form.reports[-1] == ("padding", "same")
    form.show(padding="full")
    assert form.line("padding").text() == "full"


def test_an_empty_field_stands_for_none(qtbot: QtBot) -> None:
    form = Harness(qtbot, Digits, per_class=20)
    form.type("per_class", "", Qt.Key.Key_Backspace, Qt.Key.Key_Return)
    assert form.reports == [("per_class", None)]
    form.show(per_class=None)
    assert form.line("per_class").placeholderText() == "all"
    qtbot.keyClick(form.control("per_class"), Qt.Key.Key_Up)
    assert form.reports[-1] == ("per_class", 1)


def test_the_dice_throw_another_seed(qtbot: QtBot) -> None:
    form = Harness(qtbot, Spirals)
    dice = form.form.findChild(QToolButton, "seedDice")
    assert dice is not None
    seen = set()
    for _ in range(5):
        qtbot.mouseClick(dice, Qt.MouseButton.LeftButton)
        name, seed = form.reports[-1]
        assert name == "seed"
        seen.add(seed)
        form.show(seed=seed)
    assert len(form.reports) == 5
    assert len(seen) > 1


def test_a_path_is_typed_or_chosen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    form = Harness(qtbot, MNIST)
    form.type("folder", "/data/mnist", Qt.Key.Key_Return)
    assert form.reports == [("folder", "/data/mnist")]
    form.show(folder="/data/mnist")
    asked: list[str] = []
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda parent, title, start: asked.append(start) or "/elsewhere"
    )
    button = form.form.findChild(QPushButton, "folderChoose")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == ["/data/mnist"]
    assert form.reports[-1] == ("folder", "/elsewhere")
    assert form.line("folder").text() == "/elsewhere"


def test_the_wheel_turns_only_what_has_the_focus(qtbot: QtBot) -> None:
    form = Harness(qtbot, Dense)
    editor = form.form.rows["units"].editor
    assert isinstance(editor, NumberEditor)
    form.control("bias").setFocus()
    qtbot.waitUntil(form.control("bias").hasFocus)
    centre = QPointF(editor.box.rect().center())
    turn = QWheelEvent(
        centre,
        QPointF(editor.box.mapToGlobal(centre.toPoint())),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(editor.box, turn)
    assert form.reports == []
    editor.box.setFocus()
    qtbot.waitUntil(editor.box.hasFocus)
    QApplication.sendEvent(editor.box, turn)
    assert len(form.reports) == 1
