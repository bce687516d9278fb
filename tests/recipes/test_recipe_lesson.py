"""Recipe for a lesson."""

from __future__ import annotations

from nnstudio.lessons import lesson
from nnstudio.lessons.conditions import FORMS, QUANTITIES
from tests.recipes.recipe import PAGES, steps


def test_the_lesson_of_the_recipe_is_one() -> None:
    (block,) = steps("lesson")
    found = lesson.parse(block.text, block.title)
    assert [step.until for step in found.steps] == ["", "epoch >= 5", "answer correct"]
    assert found.steps[-1].exercise is not None


def test_the_recipe_names_all_fields_and_conditions() -> None:
    text = " ".join((PAGES / "lesson.md").read_text(encoding="utf-8").split())
    for part in (lesson.Lesson, lesson.Step, lesson.Exercise):
        for name in part.model_fields:
            assert f"`{name}`" in text or name == "steps", name
    for form in FORMS:
        assert f"`{form.example}`" in text or form.example in text, form.example
    for quantity in QUANTITIES:
        assert f"`{quantity}`" in text
