"""Part of the report on predicted numbers: predicted against true, residuals, largest errors."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from engine.data.describe import target_names
from engine.judging import Errors, errors_of
from nnstudio.report.axes import Axes, limits, number
from nnstudio.report.page import figure, figures, paragraph, row, section, table
from nnstudio.report.samples import sample_section
from nnstudio.report.subject import Subject
from nnstudio.training.evenly_spaced import evenly_spaced

# Dots of a plot; targets that have plots of their own; bars of a histogram.
_MOST_DOTS, _MOST_TARGETS, _MOST_BARS = 1000, 4, 40


def head(subject: Subject) -> str:
    """Large numbers in front of all else: means over the targets."""
    found = _errors(subject)
    known = [each.r2 for each in found if math.isfinite(each.r2)]
    named = [("R²", number(float(np.mean(known)) if known else math.nan))]
    if len(found) == 1:
        named += [("mean absolute error", number(found[0].mae)), ("RMSE", number(found[0].rmse))]
    return figures(named)


def parts(subject: Subject) -> Iterator[str]:
    """Sections on numbers, in their order."""
    errors, names = _errors(subject), target_names(subject.data)
    lines = [
        (name, number(each.r2), number(each.mae), number(each.rmse), number(each.bias))
        for name, each in zip(names, errors, strict=True)
    ]
    header = ("Target", "R²", "Mean absolute error", "RMSE", "Mean residual")
    yield section("Errors", paragraph("In the units of the data.", "muted"), table(header, lines))
    for target in range(min(len(names), _MOST_TARGETS)):
        yield _plots(subject, target, names[target], errors[target])
    if len(names) > _MOST_TARGETS:
        yield section("Further targets", paragraph(f"The first {_MOST_TARGETS} of {len(names)} targets are drawn."))
    yield _largest(subject)


def _errors(subject: Subject) -> list[Errors]:
    true, said = subject.data.shown_y, subject.numbers
    return [errors_of(true[:, target], said[:, target]) for target in range(true.shape[1])]


def _plots(subject: Subject, target: int, name: str, errors: Errors) -> str:
    true, said = subject.data.shown_y[:, target].astype(float), subject.numbers[:, target].astype(float)
    drawn = evenly_spaced(len(true), _MOST_DOTS)
    ends = limits(true, said)
    predicted = Axes(f"Predicted against true {name}", ends, ends, (f"true {name}", f"predicted {name}"))
    predicted.line(np.array(ends), np.array(ends), "chance")
    predicted.dots(true[drawn], said[drawn])
    reach = float(np.abs(errors.residuals).max()) or 1.0
    across = limits(said)
    residuals = Axes(f"Residuals of {name}", across, (-reach, reach), (f"predicted {name}", "residual"))
    residuals.line(np.array(across), np.zeros(2), "chance")
    residuals.dots(said[drawn], errors.residuals[drawn])
    counts, edges = np.histogram(errors.residuals, bins=min(math.ceil(2 * len(true) ** (1 / 3)), _MOST_BARS))
    spread = Axes(
        f"Distribution of the residuals of {name}",
        limits(edges, zero=True),
        (0, float(counts.max())),
        ("residual", "samples"),
    )
    spread.bars(edges, counts, "fill")
    few = "" if len(drawn) == len(true) else f" {len(drawn):,} of {len(true):,} samples, evenly chosen."
    return section(
        f"Predicted and true: {name}",
        row(
            figure(predicted.svg(), f"On the dashed line, the two are equal.{few}"),
            figure(residuals.svg(), "Residual: true value less prediction."),
            figure(spread.svg(), "How often which residual occurs."),
        ),
    )


def _largest(subject: Subject) -> str:
    true, said = subject.data.shown_y.astype(float), subject.numbers.astype(float)
    spread = np.where(true.std(axis=0) == 0, 1.0, true.std(axis=0)) if true.shape[1] > 1 else np.ones(1)
    size = np.sqrt(np.square((true - said) / spread).mean(axis=1))

    def words(index: int) -> tuple[str, str, str]:
        actual, predicted = (", ".join(number(value) for value in each[index][:3]) for each in (true, said))
        return actual, predicted, number(float(size[index]))

    unit = "in standard deviations of each target" if true.shape[1] > 1 else "in the units of the data"
    order = np.argsort(-size, kind="stable")
    return sample_section(subject, order, words, "error", f"The largest errors first, {unit}.")
