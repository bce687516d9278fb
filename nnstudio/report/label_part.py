"""Part of the report on labels, of which several may hold at once: figures of each, curves, most wrong samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from engine.data.describe import target_names
from engine.judging import ClassReport, Ranking, is_of_class, label_report, rank
from engine.losses import BinaryCrossEntropy
from nnstudio.report.axes import number
from nnstudio.report.class_part import figures_table, score_curves
from nnstudio.report.page import figures, paragraph, section
from nnstudio.report.samples import sample_section
from nnstudio.report.subject import Subject

# Labels of a sample that are named.
_MOST_NAMED = 4


def suits(subject: Subject) -> bool:
    """True if each target is a yes or a no of its own."""
    bce = isinstance(subject.document.training.loss, BinaryCrossEntropy)
    return bce and not subject.data.classes and bool(np.isin(subject.data.y, (0, 1)).all())


def head(subject: Subject) -> str:
    """Large numbers in front of all else."""
    report = _report(subject)
    right = "accuracy" if subject.data.y.shape[1] == 1 else "all labels right"
    found = [(right, f"{report.accuracy:.1%}"), ("macro F1", f"{report.macro.f1:.3f}")]
    areas = [each.roc_area for each in _rankings(subject) if math.isfinite(each.roc_area)]
    if areas:
        found.append(("mean area under ROC", f"{float(np.mean(areas)):.3f}"))
    return figures(found)


def parts(subject: Subject) -> Iterator[str]:
    """Sections on labels, in their order."""
    names, rankings, report = target_names(subject.data), _rankings(subject), _report(subject)
    right = paragraph(f"All labels of {report.accuracy:.1%} of the samples are right.", "muted")
    yield section("Labels", right, figures_table("Label", report, names, rankings))
    yield score_curves(rankings, names, "Each label on its own")
    yield _most_wrong(subject, names)


def _said(subject: Subject) -> np.ndarray:
    loss = subject.document.training.loss
    assert isinstance(loss, BinaryCrossEntropy)
    said: np.ndarray = subject.outputs > loss.threshold
    return said


def _report(subject: Subject) -> ClassReport:
    return label_report(subject.data.y == 1, _said(subject))


def _rankings(subject: Subject) -> list[Ranking]:
    outputs = subject.outputs.astype(np.float64)
    return [rank(is_of_class(subject.data.y, place), outputs[:, place]) for place in range(outputs.shape[1])]


def _most_wrong(subject: Subject, names: Sequence[str]) -> str:
    said, actual = _said(subject), subject.data.y == 1
    # A logit, too, is the farther off the larger its difference.
    miss = np.where(actual, -1.0, 1.0) * subject.outputs.astype(np.float64)
    count = (said != actual).sum(axis=1)
    wrong = np.flatnonzero(count)
    order = wrong[np.lexsort((-miss[wrong].max(axis=1), -count[wrong]))]

    def words(index: int) -> tuple[str, str, str]:
        return _named(actual[index], names), _named(said[index], names), number(float(count[index]))

    told = f"{len(wrong):,} of {len(said):,} have a wrong label; those with the most wrong labels first."
    return sample_section(subject, order, words, "wrong labels", told if len(wrong) else "None is predicted wrongly.")


def _named(holds: np.ndarray, names: Sequence[str]) -> str:
    """Names of the labels that hold, as far as there is room."""
    found = [names[place] for place in np.flatnonzero(holds).tolist()]
    more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
    return (", ".join(found[:_MOST_NAMED]) or "none") + more
