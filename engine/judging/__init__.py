"""Judging of a trained network: reports of classes, curves over a threshold, calibration, errors of numbers.

All of it takes outputs and true answers as arrays, and knows of no network.
"""

from __future__ import annotations

from engine.judging.calibration import Calibration, brier_score, calibrate, probabilities
from engine.judging.class_report import Averages, ClassReport, class_report, label_report
from engine.judging.numbers import Errors, errors_of
from engine.judging.ranking import Ranking, area_under, rank
from engine.judging.scores import class_scores, class_shares, is_of_class

__all__ = [
    "Averages",
    "Calibration",
    "ClassReport",
    "Errors",
    "Ranking",
    "area_under",
    "brier_score",
    "calibrate",
    "class_report",
    "class_scores",
    "class_shares",
    "errors_of",
    "is_of_class",
    "label_report",
    "probabilities",
    "rank",
]
