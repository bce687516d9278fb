"""Lessons without a window: files, conditions, exercises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.layers import Dense, Dropout, Sigmoid
from nnstudio.document import edits
from nnstudio.document.probe import FIRST, OwnSample, SampleRef, UnitRef
from nnstudio.lessons import conditions, lesson
from nnstudio.lessons.conditions import FORMS, Moment
from nnstudio.lessons.exercises import Question, read
from nnstudio.lessons.lesson import Exercise, LessonError
from nnstudio.project import templates
from nnstudio.training.messages import RunState
from nnstudio.training.requests.block_mathematics import BlockMathematics, MathematicsPicture
from nnstudio.views.cell_grid import number_text
from nnstudio.views.plotting import short
from tests.nnstudio.worker_support import run_of

GOOD = """
title = "T"
sentence = "S"
template = "xor"
[[steps]]
say = "A"
[[steps]]
say = "B"
until = "epoch >= 5"
"""


def test_all_bundled_lessons_are_valid_and_do_not_repeat_themselves() -> None:
    found = lesson.bundled()
    assert len(found) == 8
    assert len({each.title for each in found.values()}) == 8
    for each in found.values():
        assert each.template
        sentences = [step.say for step in each.steps]
        assert len(set(sentences)) == len(sentences)
    asked = {
        (step.exercise.block, step.exercise.step)
        for each in found.values()
        for step in each.steps
        if step.exercise is not None
    }
    assert asked >= {
        ("dense_2", "y"),
        ("dense_2", "d_weight"),
        ("dense_2", "d_bias"),
        ("dense_2", "dx"),
        ("dense_2", "new_weight"),
        ("conv2d_1", "correlation"),
    }


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('title = "T"', "", ("mine.toml", "title", "missing")),
        ('template = "xor"', 'template = "nand"', ("template", "xor", "nand")),
        ('until = "epoch >= 5"', 'until = "epoch is 5"', ("step 2", "until", "epoch >= 5", "epoch is 5")),
        ('until = "epoch >= 5"', 'until = "layer Dens added"', ("step 2", "until", "Dens", "palette")),
        ('until = "epoch >= 5"', 'until = "answer correct"', ("step 2", "exercise")),
        ('say = "A"', 'say = ""', ("step 1", "say")),
        ('say = "A"', 'say = "A"\nwait = 3', ("step 1", "wait", "no field")),
        ('say = "A"', 'say = "A"\npoint = "dock a b"', ("step 1", "point", "dock NAME")),
        ('say = "A"', "say = A", ("mine.toml", "TOML", "quotation")),
    ],
)
def test_errors_name_file_step_and_field(old: str, new: str, parts: tuple[str, ...]) -> None:
    assert lesson.parse(GOOD, "mine.toml").title == "T"
    with pytest.raises(LessonError) as caught:
        lesson.parse(GOOD.replace(old, new), "mine.toml")
    for part in ("mine.toml", *parts):
        assert part in str(caught.value)


def test_files_that_are_no_lessons_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match="cannot be read"):
        lesson.read(tmp_path / "gone.toml")
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(LessonError, match="UTF-8"):
        lesson.read(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(LessonError, match="larger"):
        lesson.read(path)


XOR = templates.load("xor").document
DIGITS = templates.load("digits-cnn").document
START = Moment(XOR, FIRST)
HOLDS: dict[str, tuple[Moment, Moment]] = {
    # By the example of each form: a moment at which it holds, and one at which it does not, with START before both.
    "layer Dense added": (Moment(edits.append(XOR, Dense()), FIRST), Moment(edits.append(XOR, Sigmoid()), FIRST)),
    "block dropout_1 disabled": (Moment(edits.set_disabled(DIGITS, True, "dropout_1"), FIRST), Moment(DIGITS, FIRST)),
    "epoch >= 5": (Moment(XOR, FIRST, values={"epoch": 5.0}), Moment(XOR, FIRST, values={"epoch": 4.0})),
    "playing": (Moment(XOR, FIRST, state=RunState.RUNNING), Moment(XOR, FIRST, state=RunState.PAUSED)),
    "paused": (Moment(XOR, FIRST, state=RunState.PAUSED), Moment(XOR, FIRST, state=RunState.READY)),
    "finished": (Moment(XOR, FIRST, state=RunState.FINISHED), Moment(XOR, FIRST, state=RunState.PAUSED)),
    "failed": (Moment(XOR, FIRST, state=RunState.FAILED), Moment(XOR, FIRST, state=RunState.PAUSED)),
    "selected dense_1": (Moment(XOR, FIRST, selected="dense_1"), Moment(XOR, FIRST, selected="dense_2")),
    "probe is training 3": (Moment(XOR, SampleRef("train", 2)), Moment(XOR, SampleRef("validation", 2))),
    "probe is own": (Moment(XOR, OwnSample((0.0, 1.0))), Moment(XOR, FIRST)),
    "probe changed": (Moment(XOR, SampleRef("train", 1)), Moment(XOR, FIRST)),
    "unit of conv2d_1 chosen": (
        Moment(DIGITS, FIRST, unit=UnitRef("conv2d_1", 3)),
        Moment(DIGITS, FIRST, unit=UnitRef("conv2d_2", 3)),
    ),
    "dock networkView shown": (Moment(XOR, FIRST, docks=frozenset({"networkView"})), START),
    "layout understand": (Moment(XOR, FIRST, layout="understand"), Moment(XOR, FIRST, layout="build")),
    "mathematics of dense_1 at d_weight": (
        Moment(XOR, FIRST, lens=("dense_1", "d_weight")),
        Moment(XOR, FIRST, lens=("dense_1", "y")),
    ),
    "answer correct": (Moment(XOR, FIRST, answered=True), START),
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.example)
def test_each_condition_holds_when_it_should_and_only_then(form: conditions.Form) -> None:
    check = conditions.parse(form.example)
    yes, no = HOLDS[form.example]
    assert check(yes, START)
    assert not check(no, START)
    assert not check(START, START)


def test_a_kind_of_layer_may_stand_for_a_block() -> None:
    check = conditions.parse("selected Dense")
    assert check(Moment(XOR, FIRST, selected="dense_2"), START)
    assert not check(Moment(XOR, FIRST, selected="tanh_1"), START)
    removed = conditions.parse("layer Dropout removed")
    without = edits.remove(DIGITS, "dropout_1")
    assert Dropout.type_name() == "Dropout"
    assert removed(Moment(without, FIRST), Moment(DIGITS, FIRST))
    assert not conditions.parse("loss < 1")(Moment(XOR, FIRST), START)


def question(template: str, block: str, step: str, *index: int, rate: float | None = None, sample: int = 1) -> Question:
    run = run_of(templates.load(template).document)
    picture = BlockMathematics(block, SampleRef("train", sample), run.document.training.loss).answer(
        run.network, run.split
    )
    assert isinstance(picture, MathematicsPicture)
    return Question(Exercise(block=block, step=step, index=index), picture.kind, picture.steps, picture.values, rate)


def says(asked: Question, answer: float | str, tries: int = 1) -> str:
    """Hint on an answer, or "right"."""
    text = answer if isinstance(answer, str) else repr(answer)
    verdict = asked.judge(text, lambda value: short(value, 3), number_text, tries=tries)
    return "right" if verdict.right else verdict.hint


EXERCISES = [
    ("xor", "dense_1", "y", (2,)),
    ("xor", "dense_2", "product", (1,)),
    ("xor", "dense_2", "d_weight", (3, 1)),
    ("xor", "dense_1", "d_bias", (2,)),
    ("xor", "dense_2", "dx", (2,)),
    ("xor", "tanh_1", "dx", (1,)),
    ("digits-cnn", "conv2d_1", "y", (1, 4, 4)),
    ("digits-cnn", "conv2d_2", "correlation", (5, 3, 2)),
    ("digits-cnn", "conv2d_2", "d_weight", (4, 3, 2, 1)),
    ("digits-cnn", "conv2d_1", "d_bias", (2,)),
    ("mnist-tutorial", "conv2d_1", "y", (2, 14, 14)),
    ("mnist-tutorial", "sigmoid_3", "dx", (1,)),
]


@pytest.mark.parametrize(("template", "block", "step", "index"), EXERCISES)
def test_the_terms_of_a_number_add_up_to_what_the_engine_has(
    template: str, block: str, step: str, index: tuple[int, ...]
) -> None:
    asked = question(template, block, step, *index)
    assert asked.hindrance == ""
    (place,) = asked.places
    value, terms = asked.value(place), asked.terms(place)
    assert terms
    largest = max(abs(term.value) for term in terms)
    assert sum(term.value for term in terms) == pytest.approx(value, abs=1e-5 * largest + 1e-9)
    assert says(asked, value) == "right"
    assert says(asked, value * 1.5 + largest) != "right"


def test_a_missing_term_is_named() -> None:
    asked = question("xor", "dense_2", "y", 1)
    x, weight, bias = (asked.values[name] for name in ("x", "weight", "bias"))
    assert says(asked, float(asked.value((0,)) - bias[0])).startswith("The term b₁ is missing")
    assert says(asked, float(asked.value((0,)) - x[1] * weight[1, 0])).startswith("The term x₂ · W₂₁ is missing")
    assert says(asked, float(asked.value((0,)) - 2 * bias[0])) == "The term b₁ has the wrong sign."
    first, second = says(asked, 99.0), says(asked, 99.0, tries=2)
    assert first == "Not yet. It is x₁ · W₁₁ + x₂ · W₂₁ + x₃ · W₃₁ + b₁."
    assert second.startswith(first.removesuffix(".") + " = ")
    assert short(float(x[0]), 3) in second


def test_a_missing_factor_is_named() -> None:
    asked = question("xor", "dense_2", "d_weight", 2, 1)
    assert says(asked, float(asked.values["x"][1])).startswith("The factor ∂E/∂y₁ is missing")


def test_a_step_of_gradient_descent_goes_against_the_gradient() -> None:
    asked = question("xor", "dense_2", "new_weight", 2, 1, rate=0.1)
    weight, gradient = float(asked.values["weight"][1, 0]), float(asked.values["d_weight"][1, 0])
    assert asked.value((1, 0)) == pytest.approx(weight - 0.1 * gradient)
    assert says(asked, weight - 0.1 * gradient) == "right"
    run = run_of(XOR)
    run.step_once()
    first = question("xor", "dense_2", "new_weight", 2, 1, rate=0.1, sample=0)
    assert first.value((1, 0)) == pytest.approx(float(run.network.arrays["dense_2.weight"][1, 0]), rel=1e-6)
    assert says(first, first.value((1, 0)) + 0.2 * float(first.values["d_weight"][1, 0])).endswith(
        "has the wrong sign."
    )
    assert "SGD" in question("xor", "dense_2", "new_weight", 2, 1).hindrance


def test_numbers_as_they_are_shown_give_a_right_answer() -> None:
    asked = question("xor", "dense_2", "y", 1)
    x, weight, bias = (asked.values[name] for name in ("x", "weight", "bias"))

    def seen(array: np.ndarray, place: tuple[int, ...]) -> float:
        return float(number_text(float(array[place]), float(np.max(np.abs(array)))).replace("−", "-"))

    total = sum(seen(x, (row,)) * seen(weight, (row, 0)) for row in range(3)) + seen(bias, (0,))
    assert total != pytest.approx(asked.value((0,)), rel=1e-3)
    assert says(asked, total) == "right"
    assert says(asked, asked.value((0,)) * 1.008) == "right"
    assert says(asked, asked.value((0,)) * 1.2) != "right"


def test_rows_and_whole_results_are_asked_for() -> None:
    row = question("xor", "dense_1", "d_weight", 2)
    numbers = [row.value(place) for place in row.places]
    assert len(numbers) == 3
    assert says(row, "; ".join(f"{number:.4g}" for number in numbers)) == "right"
    assert says(row, " ".join(map(str, [numbers[0], 9.0, numbers[2]]))).startswith("Number 2: ")
    assert says(row, str(numbers[0])).startswith("3 numbers are asked for")
    assert len(question("xor", "dense_1", "d_weight").places) == 6
    assert row.covered == {"d_weight": (1,)}
    assert question("xor", "dense_1", "y", 2).covered == {"y": (1,), "product": (1,)}


def test_what_cannot_be_asked_is_said() -> None:
    assert "no number [9]" in question("xor", "dense_1", "y", 9).hindrance
    assert "no “d_weights”" in question("xor", "dense_1", "d_weights", 1).hindrance


def test_numbers_are_read_as_people_type_them() -> None:
    assert read("−0,5") == [-0.5]
    assert read("1, 2; 3.5  -4e-1") == [1.0, 2.0, 3.5, -0.4]
    assert read("one") is None
    assert read("nan") is None
    assert read("  ") is None
