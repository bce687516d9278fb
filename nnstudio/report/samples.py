"""Part of the report on the most wrong samples: pictures, or rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from engine.data.describe import input_names
from nnstudio.report.axes import number
from nnstudio.report.page import paragraph, section, table, wall
from nnstudio.report.subject import Subject
from nnstudio.report.thumbnails import data_address

# Samples that are shown, and inputs that have a column.
MOST_SHOWN, _MOST_INPUTS = 24, 8


def sample_section(
    subject: Subject,
    order: NDArray[Any],
    words: Callable[[int], tuple[str, str, str]],
    measure: str,
    told: str,
) -> str:
    """Samples in an order; `words` gives true value, prediction and measure of one, as texts."""
    shown, data = order[:MOST_SHOWN].tolist(), subject.data
    if not shown:
        return section("Most wrong samples", paragraph(told))
    if data.shown.ndim in (3, 4):
        pictures = []
        for index in shown:
            true, said, size = words(index)
            pictures.append((data_address(data.shown[index]), f"{index + 1:,}: {true} → {said}, {size}"))
        return section("Most wrong samples", paragraph(told), wall(pictures))
    names = input_names(data)[:_MOST_INPUTS]
    lines = [
        (
            f"{index + 1:,}",
            *words(index),
            *(number(float(value)) for value in data.shown[index].reshape(-1)[: len(names)]),
        )
        for index in shown
    ]
    more = "" if len(input_names(data)) <= _MOST_INPUTS else f" The first {_MOST_INPUTS} inputs are shown."
    header = ("Sample", "True", "Predicted", measure.capitalize(), *names)
    return section("Most wrong samples", paragraph(told + more), table(header, lines))
