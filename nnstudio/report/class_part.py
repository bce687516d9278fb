"""Part of the report on classes: matrix, figures of each class, curves, calibration, most wrong samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.errors import DataError
from engine.judging import (
    ClassReport,
    Ranking,
    brier_score,
    calibrate,
    class_report,
    class_shares,
    probabilities,
)
from engine.metrics import labels_of
from nnstudio.report.axes import Axes, number
from nnstudio.report.matrix import matrix_svg
from nnstudio.report.page import figure, figures, key, paragraph, row, section, table
from nnstudio.report.samples import sample_section
from nnstudio.report.style import CLASSES
from nnstudio.report.subject import Subject

# Curves that can be told apart; of more classes, those with the smallest area are drawn.
MOST_CURVES = len(CLASSES)
# Mistakes that are named.
_NAMED = 5
# Matrices of more classes would be a grey field, and a large file.
_MOST_CLASSES = 200


def head(subject: Subject) -> str:
    """Large numbers in front of all else."""
    report = class_report(subject.counts)
    found = [("accuracy", f"{report.accuracy:.1%}"), ("macro F1", f"{report.macro.f1:.3f}")]
    areas = [each.roc_area for each in subject.rankings if math.isfinite(each.roc_area)]
    if areas:
        found.append(("mean area under ROC", f"{float(np.mean(areas)):.3f}"))
    return figures(found)


def parts(subject: Subject) -> Iterator[str]:
    """Sections on classes, in their order."""
    counts, names = subject.counts, subject.data.classes
    rankings = subject.rankings
    yield _confusion(counts, names)
    yield _class_table(subject, rankings)
    yield score_curves(rankings, names, "Each class against the rest", yes_or_no=len(names) == 2)
    yield _calibration(subject)
    yield _most_wrong(subject)


def _confusion(counts: np.ndarray, names: Sequence[str]) -> str:
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_NAMED]
    worst = [divmod(int(place), len(counts)) for place in order if wrong.flat[place]]
    told = [f"{names[true]} as {names[said]} ({int(wrong[true, said]):,})" for true, said in worst]
    text = f"Most often confused: {', '.join(told)}." if told else "All of them are predicted correctly."
    if len(counts) > _MOST_CLASSES:
        return section("Confusion matrix", paragraph(f"{len(counts):,} classes are too many to be drawn. {text}"))
    return section("Confusion matrix", figure(matrix_svg(counts, names), f"Shaded by share of the true class. {text}"))


def _class_table(subject: Subject, rankings: Sequence[Ranking]) -> str:
    return section("Classes", figures_table("Class", class_report(subject.counts), subject.data.classes, rankings))


def figures_table(title: str, report: ClassReport, names: Sequence[str], rankings: Sequence[Ranking]) -> str:
    """Table of a report: a line for each class, or label, then the averages; `title` is that of the first column."""
    lines = [
        (
            name,
            *(f"{values[label]:.3f}" for values in (report.precision, report.recall, report.f1)),
            f"{int(report.support[label]):,}",
            *(f"{area:.3f}" if math.isfinite(area) else "" for area in (each.roc_area, each.average_precision)),
        )
        for label, (name, each) in enumerate(zip(names, rankings, strict=True))
    ]
    total = f"{int(report.support.sum()):,}"
    pairs = np.array([(each.roc_area, each.average_precision) for each in rankings])
    known = pairs[np.isfinite(pairs).all(axis=1)]
    areas = [f"{value:.3f}" for value in known.mean(axis=0)] if len(known) else ["", ""]
    for name, mean, ends in (("Mean (macro)", report.macro, areas), ("Weighted mean", report.weighted, ["", ""])):
        lines.append((name, f"{mean.precision:.3f}", f"{mean.recall:.3f}", f"{mean.f1:.3f}", total, *ends))
    header = (title, "Precision", "Recall", "F1", "Support", "ROC area", "Average precision")
    return table(header, lines, means=2)


def score_curves(rankings: Sequence[Ranking], names: Sequence[str], told: str, *, yes_or_no: bool = False) -> str:
    """ROC and precision-recall curves of each class, or label; `told` says of what each tells."""
    known = [label for label, each in enumerate(rankings) if math.isfinite(each.roc_area)]
    if not known:
        return section("ROC and precision-recall", paragraph("All samples are of one class, so there is no curve."))
    if yes_or_no:
        # The other class has the same curve, mirrored.
        known = [label for label in known if label == 1] or known
    drawn = sorted(sorted(known, key=lambda label: rankings[label].roc_area)[:MOST_CURVES])
    unit = (0.0, 1.0)
    roc = Axes("ROC curves", unit, unit, ("false positive rate", "true positive rate"))
    precision = Axes("Precision-recall curves", unit, unit, ("recall", "precision"))
    roc.line(np.array([0, 1]), np.array([0, 1]), "chance")
    for place, label in enumerate(drawn):
        kind = "measure" if len(drawn) == 1 else f"c{place % len(CLASSES)}"
        roc.line(*rankings[label].roc, kind)
        recall, values = rankings[label].precision_recall
        # Each precision holds from the recall before it.
        steps = np.repeat(np.concatenate([[0.0], recall]), 2)[1:-1]
        precision.line(steps, np.repeat(values, 2), kind)
    legend = _legend(drawn, names, rankings)
    left_out = (
        "" if len(drawn) == len(known) else f" The {len(drawn)} of {len(known)} with the smallest areas are drawn."
    )
    return section(
        "ROC and precision-recall",
        row(
            figure(roc.svg(), f"{told}; the dashed line is chance.{left_out}"),
            figure(precision.svg(), "Precision over recall, at every threshold."),
        ),
        legend,
    )


def _legend(drawn: Sequence[int], names: Sequence[str], rankings: Sequence[Ranking]) -> str:
    if len(drawn) == 1:
        each = rankings[drawn[0]]
        return paragraph(
            f"{names[drawn[0]]}: area under ROC {each.roc_area:.3f}, average precision {each.average_precision:.3f}"
        )
    entries = [
        (f"c{place % len(CLASSES)}", f"{names[label]} {rankings[label].roc_area:.3f}")
        for place, label in enumerate(drawn)
    ]
    return key(entries, "Area under ROC: ")


def _calibration(subject: Subject) -> str:
    try:
        chances = probabilities(subject.outputs)
    except DataError as error:
        return section("Calibration", paragraph(f"{error}.", "muted"))
    actual = subject.data.y
    if len(subject.data.classes) == 2:
        name, truth, predicted = subject.data.classes[1], actual == 1, chances[:, 1]
    else:
        said = labels_of(subject.outputs, subject.threshold)
        name, truth, predicted = "the predicted class", said == actual, chances[np.arange(len(said)), said]
    found = calibrate(truth, predicted)
    unit = (0.0, 1.0)
    axes = Axes("Reliability diagram", unit, unit, (f"probability of {name}", "fraction that came true"))
    axes.bars(found.edges, found.counts / max(int(found.counts.max()), 1), "faint")
    axes.line(np.array([0, 1]), np.array([0, 1]), "chance")
    filled = found.counts > 0
    axes.line(found.confidence[filled], found.frequency[filled], "measure")
    axes.dots(found.confidence[filled], found.frequency[filled], radius=4)
    caption = (
        "On the dashed line, what is predicted with 80 % comes true in 80 of 100 cases. Bars: samples in each bin."
    )
    told = (
        ("expected calibration error", number(found.expected_error)),
        ("Brier score", number(brier_score(actual, chances))),
    )
    return section("Calibration", figure(axes.svg(), caption), figures(told))


def _most_wrong(subject: Subject) -> str:
    shares, actual = class_shares(subject.outputs, subject.threshold), subject.data.y
    said = labels_of(subject.outputs, subject.threshold)
    every = np.arange(len(said))
    lead = shares[every, said] - shares[every, actual]
    wrong = np.flatnonzero(said != actual)
    order = wrong[np.argsort(-lead[wrong], kind="stable")]
    names = subject.data.classes

    def words(index: int) -> tuple[str, str, str]:
        return names[int(actual[index])], names[int(said[index])], f"{shares[index, said[index]]:.0%}"

    told = f"{len(wrong):,} of {len(said):,} are predicted wrongly; the most wrong first."
    return sample_section(subject, order, words, "confidence", told if len(wrong) else "None is predicted wrongly.")
