"""Encode targets: class names or numbers as labels, or numbers to predict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field

from engine.data.preparation import refuse_unknown
from engine.data.samples import Array, Task, as_exact_as_needed
from engine.errors import DataError

TaskSetting = Literal["auto", "classification", "regression"]
# How whole numbers were given: as such, as real numbers, or as words.
Stored = Literal["whole", "real", "text"]
ArrayTask = Literal["auto", "classification", "regression", "by_type"]
Targets = tuple[Array, Task, tuple[str, ...]]

MOST_CLASSES: Final = 100
# As many classes may have numbers for names.
_MOST_NUMBERED: Final = 1000
# Whole numbers of which there are more, and that do not come again and again, are quantities; so are those that lie
# farther apart.
_MOST_FEW: Final = 10
_WIDEST: Final = 100
# Beyond, a float no longer tells neighbouring whole numbers apart.
_MOST_EXACT: Final = 1 << 53


def task_field() -> Any:
    """Field `task` of a data set whose source does not determine the task."""
    return Field(
        "auto",
        title="Task",
        description="Classification predicts classes, regression predicts numbers; automatic decides by the targets.",
    )


def number(word: str) -> float | None:
    """Number that a word stands for; None if it is none."""
    try:
        return float(word)
    except ValueError:
        return None


def targets_from_words(words: Sequence[str], task: TaskSetting, where: str) -> Targets:
    """Encode a table's column as labels or numbers, with the task.

    Returns labels, (N,), with their classes, or numbers, (N, 1). Classes are sorted; integers are named by their number
    ("1" for 1.0). `where` names the column in errors. Raises DataError.
    """
    values = _numbers(words)
    if task == "auto":
        _check_finite(values, where)
        task = "classification" if values is None or are_classes(values, "text", MOST_CLASSES) else "regression"
    if task == "regression":
        return numbers_from_words(words, where), task, ()
    classes = _classes(words, values)
    too_many_classes(classes, where)
    return labels_from_words(words, classes, where), task, classes


def too_many_classes(classes: Sequence[str], where: str) -> None:
    """Check that there are not more classes than can be told apart. Raises DataError."""
    if len(classes) > MOST_CLASSES:
        what = "values" if all(number(name) is not None for name in classes) else "words"
        raise DataError(
            f"{where} has {len(classes)} different {what}; at most {MOST_CLASSES} classes can be told apart"
        )


def numbers_from_words(words: Sequence[str], where: str) -> Array:
    """Parse numbers to predict, (N, 1). Raises DataError."""
    values = _numbers(words)
    if values is None:
        wrong = next(word for word in words if number(word) is None)
        raise DataError(f"{where} holds {wrong!r:.40}, which is not a number; regression needs numbers")
    _check_finite(values, where)
    return as_exact_as_needed(values[:, None])


def labels_from_words(words: Sequence[str], classes: tuple[str, ...], where: str) -> Array:
    """Labels (N,) int64 of class names, as indices into `classes`. Raises DataError for unknown names."""
    labels = {name: label for label, name in enumerate(classes)}
    names = {word: word if word in labels else plain_word(word) for word in dict.fromkeys(words)}
    try:
        refuse_unknown(list(names.values()), classes)
    except DataError as error:
        raise DataError(f"{where}: {error.message}") from None
    return np.array([labels[names[word]] for word in words], np.int64)


def targets_from_array(y: Array, task: ArrayTask, where: str) -> Targets:
    """Encode an array as labels or numbers, with the task.

    Words and one-hot rows are classes; so are numbers, one per sample, that look like codes of classes (see
    `are_classes`), or by type all that are stored as whole numbers. All else is to be predicted. Returns the same as
    `targets_from_words`, numbers as (N, targets). Raises DataError.
    """
    if y.dtype.kind in "US":
        words, which = _distinct(y, where)
        targets, found, classes = targets_from_words(words, "auto" if task == "by_type" else task, where)
        return targets[which], found, classes
    if task == "auto":
        task = "classification" if _one_hot(y) or (_one_each(y) and are_classes(y.reshape(-1))) else "regression"
    elif task == "by_type":
        task = "classification" if _one_hot(y) or (_one_each(y) and y.dtype.kind in "iub") else "regression"
    if task == "regression":
        return numbers_from_array(y, where), task, ()
    names, which = _distinct(y, where)
    classes = tuple(str(k) for k in range(y.shape[1])) if _one_hot(y) else sorted_classes(set(names))
    if len(classes) > _MOST_NUMBERED:
        raise DataError(
            f"{where} has {len(classes):,} classes, at most {_MOST_NUMBERED:,} can be told apart; "
            "where they are numbers to predict, set the task to regression"
        )
    return labels_from_words(names, classes, where)[which], task, classes


def are_classes(values: Array, stored: Stored | None = None, most: int = _MOST_NUMBERED) -> bool:
    """True if numbers (N,) look like codes of no more than so many classes, and not like quantities.

    `stored` is by their type where it is not given.
    """
    if values.dtype.kind == "b":
        return True
    if not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        return False
    distinct = np.unique(values)
    kind: Stored = stored or ("real" if values.dtype.kind == "f" else "whole")
    return are_codes(len(values), len(distinct), float(distinct[0]), float(distinct[-1]), kind, most)


def are_codes(values: int, distinct: int, low: float, high: float, stored: Stored, most: int) -> bool:
    """True if so many whole numbers look like codes of no more than `most` classes, and not like quantities.

    They do if they are two, or count from 0 or 1 with few gaps, or are few. Where they are many, each has to come again
    and again. Numbers of a text tell less than whole ones of an array, and real ones less than both.
    """
    if max(abs(low), abs(high)) >= _MOST_EXACT:
        return False
    again = values >= 2 * distinct
    if stored == "real" and (distinct < 2 or not again):
        return False
    if distinct <= 2:
        return True
    if low in (0, 1) and high - low < 2 * distinct:
        often = again if stored == "whole" else values >= 5 * distinct
        return distinct <= _MOST_FEW or (often and distinct <= most)
    near = high - low <= _WIDEST or stored == "text"
    return distinct <= _MOST_FEW and near and (again or stored == "whole")


def told_targets(y: Array, task: Task, classes: tuple[str, ...], where: str) -> tuple[str, ...]:
    """Sentences on targets whose task was guessed; none where it is plain."""
    if task == "classification":
        if _one_hot(y):
            return (f"{where} has a single 1 in each row, so its {y.shape[1]} columns are taken for classes",)
        if y.dtype.kind == "f":
            return (f"{where} holds {len(classes)} different whole numbers, which are taken for classes",)
        return ()
    if y.ndim == 2 and y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all()):
        return (f"{where} holds 0 and 1 in {y.shape[1]} columns, each an answer of its own (multi-label)",)
    if y.dtype.kind in "iu" and _one_each(y):
        return (f"{where} holds {len(np.unique(y)):,} different whole numbers, which are taken for numbers to predict",)
    return ()


def numbers_from_array(y: Array, where: str) -> Array:
    """Numbers to predict, (N, targets). Raises DataError."""
    if y.dtype.kind in "US":
        words, which = _distinct(y, where)
        return numbers_from_words(words, where)[which]
    return as_exact_as_needed(y.reshape(len(y), -1))


def labels_from_array(y: Array, classes: tuple[str, ...], where: str) -> Array:
    """Labels (N,) int64 of class numbers or one-hot rows, as indices into `classes`. Raises DataError."""
    names, which = _distinct(y, where)
    return labels_from_words(names, classes, where)[which]


def _distinct(y: Array, where: str) -> tuple[list[str], Array]:
    """Class names of an array's different targets, and which of them each sample has, (N,).

    A name for every sample would be a million words, and lists of them let nothing else run.
    """
    if _one_hot(y):
        return [str(label) for label in range(y.shape[1])], y.argmax(axis=1)
    if not _one_each(y):
        raise DataError(f"{where} has the shape {y.shape}; classes take one number per sample, or one-hot rows")
    values = y.reshape(-1)
    # Sorted, since `unique` holds the interpreter's lock.
    ordered = np.sort(values)
    found = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    which = np.searchsorted(found, values)
    if y.dtype.kind in "US":
        words = [word.decode("utf-8", "replace") if isinstance(word, bytes) else word for word in found.tolist()]
        return [word.strip() for word in words], which
    _check_finite(found, where)
    return [plain_word(str(value)) for value in found], which


def _one_each(y: Array) -> bool:
    return y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1)


def _one_hot(y: Array) -> bool:
    return y.ndim == 2 and y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def _numbers(words: Sequence[str]) -> Array | None:
    """The words as numbers, (N,) float64; None if one of them is none."""
    try:
        return np.array([float(word) for word in words])
    except ValueError:
        return None


def _check_finite(values: Array | None, where: str) -> None:
    if values is not None and not np.isfinite(values).all():
        raise DataError(f"{where} holds NaN or infinity; remove or replace them")


def _classes(words: Sequence[str], values: Array | None) -> tuple[str, ...]:
    return sorted_classes({plain_word(word) for word in words} if values is not None else set(words))


def sorted_classes(names: set[str]) -> tuple[str, ...]:
    """Names of classes in order: by their numbers where all are numbers, else as words."""
    if all(number(name) is not None for name in names):
        return tuple(sorted(names, key=float))
    return tuple(sorted(names))


def plain_word(word: str) -> str:
    """Whole number as it is written shortest, "1" for "1.0"; anything else as it is."""
    value = number(word)
    if value is None or not abs(value) < _MOST_EXACT or value != round(value):
        return word
    return str(round(value))
