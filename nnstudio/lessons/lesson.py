"""Lessons as values, and how they are read from text files (TOML)."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

import resources
from engine.checks import shown
from engine.errors import EngineError
from nnstudio.lessons import conditions
from nnstudio.project.templates import TEMPLATES

SUFFIX = ".toml"
# Lessons are read by people, and a file is no book.
_LARGEST = 200_000

Text = Annotated[str, Field(min_length=1, max_length=400)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=60)]
Index = Annotated[int, Field(ge=1, le=100_000)]


class LessonError(EngineError):
    """Error in a lesson's file: its name, the step, the field, and what was expected there."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Exercise(_Part):
    """Exercise: numbers of the mathematics lens that the learner computes.

    Attributes:
        block: name of the block.
        step: name of a step of its mathematics ("y", "d_weight", "d_bias", "dx"), or "new_weight", "new_bias" for a
            parameter after one step of plain gradient descent on the probe.
        index: place of the number in the result, counted from 1; a shorter one is a row; none is the whole result.
    """

    block: Name
    step: Name
    index: tuple[Index, ...] = Field((), max_length=4)

    @field_validator("index", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class Step(_Part):
    """Step of a lesson.

    Attributes:
        say: sentence in the bar.
        point: what is highlighted: object name of a widget, "dock NAME", "block NAME", or "" for nothing.
        until: condition that ends the step; "" for a step that is only read.
        exercise: what is asked, None for nothing.
    """

    say: Text
    point: Annotated[str, Field(max_length=80)] = ""
    until: Annotated[str, Field(max_length=120)] = ""
    exercise: Exercise | None = None

    @field_validator("point")
    @classmethod
    def _points(cls, value: str) -> str:
        if value and not re.fullmatch(r"((dock|block) )?[A-Za-z_][A-Za-z0-9_]*", value):
            raise ValueError("write the name of a widget, “dock NAME” or “block NAME”")
        return value

    @field_validator("until")
    @classmethod
    def _ends(cls, value: str) -> str:
        if value:
            conditions.parse(value)
        return value

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if (self.exercise is not None) != (self.until == _ANSWERED):
            raise ValueError(f"an exercise and until = “{_ANSWERED}” go together")
        return self

    @cached_property
    def check(self) -> conditions.Check | None:
        """Check of its condition, None for a step that is only read."""
        return conditions.parse(self.until) if self.until else None


_ANSWERED = "answer correct"


class Lesson(_Part):
    """Lesson.

    Attributes:
        title, sentence: as a person reads them in the menu.
        template: example that it opens; "" to work on the open project.
        layout: arrangement of the window in which it begins.
        steps: in their order.
    """

    title: Annotated[str, Field(min_length=1, max_length=60)]
    sentence: Text
    template: str = ""
    layout: Literal["build", "watch", "understand"] = "build"
    steps: tuple[Step, ...] = Field(min_length=1, max_length=60)

    @field_validator("template")
    @classmethod
    def _known(cls, value: str) -> str:
        names = [template.name for template in TEMPLATES]
        if value and value not in names:
            raise ValueError(f"there is no such example; choose one of {', '.join(names)}")
        return value

    @field_validator("steps", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


def parse(text: str, name: str) -> Lesson:
    """Lesson from the text of a file called `name`. Raises LessonError."""
    try:
        return Lesson.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"{name} is no valid TOML: {error}. Put texts in quotation marks.") from error
    except ValidationError as error:
        raise LessonError(f"{name}: {_sentence(error)}") from error


def read(path: Path) -> Lesson:
    """Lesson in a file. Raises LessonError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise LessonError(f"{path.name} is larger than a lesson can be. Choose a lesson's text file.")
        return parse(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise LessonError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise LessonError(f"{path.name} is no text in UTF-8. Choose a lesson's text file.") from error


def bundled() -> dict[str, Lesson]:
    """Lessons that come with the program, by the stem of their files, in order."""
    folder = resources.path("lessons")
    files = sorted((each for each in folder.iterdir() if each.name.endswith(SUFFIX)), key=lambda each: each.name)
    return {each.name.removesuffix(SUFFIX): parse(each.read_text(encoding="utf-8"), each.name) for each in files}


def _sentence(error: ValidationError) -> str:
    """First problem: step, field, what is wrong, and what was found."""
    problem = error.errors()[0]
    place = list(problem["loc"])
    where = []
    if len(place) > 1 and place[0] == "steps":
        where.append(f"step {int(place[1]) + 1}")
        place = place[2:]
    if place:
        where.append(".".join(str(part + 1 if isinstance(part, int) else part) for part in place))
    if problem["type"] == "missing":
        says = "is missing"
    elif problem["type"] == "extra_forbidden":
        says = "is no field of a lesson"
    else:
        text = problem["msg"].removeprefix("Value error, ")
        says = text[0].lower() + text[1:]
        if not isinstance(problem["input"], dict | Step):
            says += f"; found {shown(problem['input'])}"
    return f"{', '.join(where)}: {says}." if where else f"{says}."
