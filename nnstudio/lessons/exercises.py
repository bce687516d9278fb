"""Exercises: what is asked of a block's numbers, whether an answer is right, and a hint where it is not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.mathematics import Step
from nnstudio.lessons import lesson
from nnstudio.lessons.sums import Term, descent_terms, terms_of

Array = NDArray[Any]
# Number in words, and number as it is written in a cell of an array with this largest number.
Text = Callable[[float], str]
CellText = Callable[[float, float], str]

# An answer may be wrong by so much of itself, or of the largest term: a result near zero of large terms is rounded.
_RELATIVE, _OF_TERMS = 0.01, 0.002
# Sums with more terms than this are not written out in a hint.
_MOST_TERMS = 10
_UPDATE = "new_"
# Intermediate results that would give an output away.
_GIVES_AWAY = {"y": ("product", "correlation"), "product": ("y",), "correlation": ("y",)}


@dataclass(frozen=True)
class Verdict:
    """Verdict on an answer, with a hint where it is wrong."""

    right: bool
    hint: str = ""


@dataclass(frozen=True)
class Question:
    """Question about the numbers of one block.

    Attributes:
        kind: type of its layer. steps: its mathematics, and values: all arrays by name, for the probe.
            Of an update, those of the parameter and its gradient are the ones that the next step takes.
        rate: learning rate of plain gradient descent; None with another optimiser.
    """

    exercise: lesson.Exercise
    kind: str
    steps: Sequence[Step]
    values: Mapping[str, Array]
    rate: float | None

    @property
    def parameter(self) -> str:
        """Parameter whose update is asked for, "" for none."""
        name = self.exercise.step
        return name.removeprefix(_UPDATE) if name.startswith(_UPDATE) else ""

    @property
    def lens_step(self) -> str:
        """Step that the mathematics lens shows: for an output, the sum of products that it begins with."""
        if self.parameter:
            return f"d_{self.parameter}"
        names = [step.name for step in self.steps]
        first = next((name for name in _GIVES_AWAY.get(self.exercise.step, ()) if name in names), "")
        return first if self.exercise.step == "y" and first else self.exercise.step

    @property
    def hindrance(self) -> str:
        """Reason why it cannot be asked of this network, as a sentence; "" if it can."""
        block, wanted = self.exercise.block, self.parameter or self.exercise.step
        if self.parameter and self.rate is None:
            return "This exercise needs plain SGD and a pause. Choose SGD without momentum, and pause training."
        if wanted not in self.values or self.lens_step not in [step.name for step in self.steps]:
            return f"{block} has no “{wanted}” for this sample. Choose a sample with a target, or skip this step."
        shape, index = self.values[wanted].shape, self.exercise.index
        if len(index) > len(shape) or any(one > size for one, size in zip(index, shape, strict=False)):
            return f"{block} has no number [{', '.join(map(str, index))}] there: its size is {shape}. Skip this step."
        return ""

    @property
    def covered(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the numbers to hide, from 0, by the name of the array."""
        place = tuple(one - 1 for one in self.exercise.index)
        names = (self.exercise.step, *_GIVES_AWAY.get(self.exercise.step, ()))
        return {name: place for name in names if name in self.values}

    @property
    def places(self) -> list[tuple[int, ...]]:
        """Places of the numbers that are asked for, in order."""
        first = tuple(one - 1 for one in self.exercise.index)
        shape = self.values[self.parameter or self.exercise.step].shape
        return [(*first, *rest) for rest in np.ndindex(*shape[len(first) :])]

    def value(self, place: tuple[int, ...]) -> float:
        """Right answer for one place."""
        if self.parameter:
            return math.fsum(term.value for term in self.terms(place))
        return float(self.values[self.exercise.step][place])

    def terms(self, place: tuple[int, ...]) -> tuple[Term, ...]:
        """Terms of the number at a place; empty where it is no sum of products."""
        if self.parameter:
            assert self.rate is not None
            return descent_terms(self.parameter, self.rate, self.values, place)
        return terms_of(self.kind, self.exercise.step, self.values, place)

    def judge(self, answer: str, text: Text, cell: CellText, *, tries: int = 1) -> Verdict:
        """Verdict on a typed answer. From the second try on, the hint has the numbers of the sum."""
        numbers, places = read(answer), self.places
        if numbers is None:
            return Verdict(False, "Type a number, such as 0.25 or −1.5.")
        if len(numbers) != len(places):
            return Verdict(False, f"{len(places)} numbers are asked for; you typed {len(numbers)}. Put spaces between.")
        for number, place in zip(numbers, places, strict=True):
            value, terms = self.value(place), self.terms(place)
            if not _near(number, value, terms, cell):
                which = f"Number {places.index(place) + 1}: " if len(places) > 1 else ""
                return Verdict(False, which + self._hint(number, place, text, cell, tries))
        return Verdict(True)

    def _hint(self, number: float, place: tuple[int, ...], text: Text, cell: CellText, tries: int) -> str:
        terms = self.terms(place)
        slip = _slip(number, terms, self.value(place), cell, text)
        if slip:
            return slip
        if not terms:
            step = next(step for step in self.steps if step.name == self.lens_step)
            return f"Not yet. {step.sentence}"
        counted = [term for term in terms if term.value] or list(terms[:1])
        if len(counted) > _MOST_TERMS:
            start = _sum([term.name for term in counted[:3]], counted[:3])
            return f"Not yet. It is the sum of {len(counted)} products: {start} + …"
        left_out = " The other terms are 0." if len(counted) < len(terms) else ""
        written = _sum([term.name for term in counted], counted)
        if tries > 1:
            written += f" = {_sum([term.numbers(text) for term in counted], counted)}"
        return f"Not yet. It is {written}.{left_out}"


def read(answer: str) -> list[float] | None:
    """Numbers in a typed text, None if it is none. A comma within a number is a decimal point."""
    words = [word for word in re.split(r"[;\s]+|,\s+", answer.strip()) if word]
    try:
        numbers = [float(word.replace("−", "-").replace(",", ".")) for word in words]
    except ValueError:
        return None
    return numbers if numbers and all(map(math.isfinite, numbers)) else None


def _sum(words: Sequence[str], terms: Sequence[Term]) -> str:
    parts = [words[0] if terms[0].sign > 0 else f"−{words[0]}"]
    parts += [("+ " if term.sign > 0 else "− ") + word for word, term in zip(words[1:], terms[1:], strict=True)]
    return " ".join(parts)


def _near(number: float, value: float, terms: Sequence[Term], cell: CellText) -> bool:
    """True if a number is right, or what comes out of the numbers as they are shown."""
    largest = max((abs(term.value) for term in terms), default=0.0)
    slack = max(_RELATIVE * abs(value), _OF_TERMS * largest)
    as_shown = math.fsum(term.sign * math.prod(_shown(term, cell)) for term in terms) if terms else value
    return min(abs(number - value), abs(number - as_shown)) <= slack


def _shown(term: Term, cell: CellText) -> list[float]:
    """Factors of a term as a person reads them off the lens."""
    return [
        float(cell(factor.value, factor.reach).replace("−", "-")) if factor.reach else factor.value
        for factor in term.factors
    ]


def _slip(number: float, terms: Sequence[Term], value: float, cell: CellText, text: Text) -> str:
    """Name of the usual slip that comes nearest to this number; "" if none does."""
    found: list[tuple[float, str]] = []

    def try_(result: float, left: Sequence[Term], hint: str) -> None:
        if _near(number, result, left, cell):
            found.append((abs(number - result), hint))

    for chosen in terms:
        if not chosen.value:
            continue
        others = [term for term in terms if term is not chosen]
        numbers = chosen.numbers(text) if len(chosen.factors) > 1 else text(chosen.value)
        if others:
            try_(value - chosen.value, others, f"The term {chosen.name} is missing: {numbers}.")
        turned = [Term(term.factors, -term.sign) if term is chosen else term for term in terms]
        try_(value - 2 * chosen.value, turned, f"The term {chosen.name} has the wrong sign.")
    if len(terms) == 1 and len(terms[0].factors) > 1:
        for left_out in terms[0].factors:
            rest = Term(tuple(factor for factor in terms[0].factors if factor is not left_out), terms[0].sign)
            try_(rest.value, [rest], f"The factor {left_out.name} is missing: {text(left_out.value)}.")
    return min(found)[1] if found else ""
