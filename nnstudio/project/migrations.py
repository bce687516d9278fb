"""Migrations of project.json: older formats are updated, newer ones refused.

Whenever a field is added that an older program would refuse, or one changes its meaning, FORMAT goes up by one and the
step from the last format comes here. So an older program says that it is too old, instead of naming a field.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.explanation import explain
from nnstudio.document.model import FORMAT, MOST_BLOCKS, Document
from nnstudio.project.archive import ProjectError
from nnstudio.project.bounded_json import DOCUMENT, check_count

Fields = dict[str, Any]


class _Head(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    format: int


def _from_1(fields: Fields) -> Fields:
    """Format 2 added what has a default: groups, dismissed hints, weights of classes, frozen and disabled blocks."""
    return fields


def _from_2(fields: Fields) -> Fields:
    """Format 3 added task and header of data files, the size of the digits, and three things beside the document.

    These are what was fitted on the training data, marks on the curves, and which curves are of another network.
    """
    return fields


def _from_3(fields: Fields) -> Fields:
    """Format 4 added what has a default: a test part, kinds of the split, and the steps that prepare the data.

    A CsvFile became a TableFile, in which every column but the target is a plain number, as it was. Of arrays in
    NumPy's files, the task was decided by the type of the targets, and axes were taken as they are.
    """
    fields = _with_dataset(fields, "CsvFile", lambda table: {**table, "type": "TableFile", "others": "number"})
    return _with_dataset(fields, "NpzFile", _arrays_by_type)


def _from_4(fields: Fields) -> Fields:
    """Format 5 added what has a default: labels of kept runs, what computes the network, settings of a sweep.

    The runs themselves stand beside the document.
    """
    return fields


def _arrays_by_type(dataset: Fields) -> Fields:
    task = dataset.get("task", "auto")
    return {**dataset, "task": "by_type" if task == "auto" else task, "layout": "as_stored"}


def _with_dataset(fields: Fields, kind: str, change: Callable[[Fields], Fields]) -> Fields:
    """Fields with the data set changed, if it is of this type."""
    data = fields.get("data")
    dataset = data.get("dataset") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(dataset, dict) or dataset.get("type") != kind:
        return fields
    return {**fields, "data": {**data, "dataset": change(dataset)}}


_STEPS: Final[Mapping[int, Callable[[Fields], Fields]]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}


def brought_up(text: bytes) -> bytes:
    """Text of a document, migrated to the present format.

    Raises ProjectError if it is of a newer one, ValidationError if it has no format. Everything else is left to the
    reader of the document.
    """
    found = _Head.model_validate_json(text).format
    if found > FORMAT:
        raise ProjectError(
            f"it was saved by a newer nnstudio (format {found}; this one reads up to {FORMAT}); update nnstudio"
        )
    if found not in _STEPS:
        return text
    try:
        fields: Fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"its project.json is damaged ({error})") from None
    for number in range(found, FORMAT):
        fields = {**_STEPS[number](fields), "format": number + 1}
    return json.dumps(fields).encode()


def load_document(text: bytes, place: str) -> Document:
    """Document in the text of a file, of whatever format. Raises ProjectError, which names the `place` in it."""
    # Each block has one.
    blocks = text.count(b'"layer"')
    if blocks > MOST_BLOCKS:
        raise ProjectError(f"its {place} holds {blocks:,} blocks; at most {MOST_BLOCKS:,} are opened")
    check_count(text, place, DOCUMENT)
    try:
        return Document.model_validate_json(brought_up(text), strict=True)
    except ValidationError as error:
        raise ProjectError(explain(error, place, Document)) from None
