"""Place of a project's data: relative in its file where they lie beside it, so that both can be moved together."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nnstudio.document.model import Document


def relative(document: Document, folder: Path | None) -> Document:
    """Document whose data are named from `folder`, that of the project, if they lie in it or below."""
    place = _place(document)
    if folder is None or not place or not os.path.isabs(place):
        return document
    home = Path(os.path.abspath(folder))
    for own, inside in ((home, Path(place)), (home.resolve(), Path(os.path.realpath(place)))):
        if inside.is_relative_to(own):
            # With slashes, which all systems understand.
            return _placed(document, inside.relative_to(own).as_posix())
    return document


def found(document: Document, folder: Path | None) -> Document:
    """Document whose data are named by where they are now: beside the project, if they were moved with it.

    Data that are nowhere keep their place.
    """
    place = _place(document)
    if folder is None or not place:
        return document
    home = Path(os.path.abspath(folder))
    # Paths may come from another system.
    absolute = bool(re.match(r"[A-Za-z]:[\\/]|[\\/]", place))
    if absolute and os.path.exists(place):
        return document
    parts = [part for part in re.split(r"[\\/]", place) if part not in ("", ".")]
    # Of an absolute path, its last parts may be found below the project's folder.
    tails = [parts[start:] for start in range(1 if absolute else 0, len(parts))]
    if not absolute:
        tails = [parts, parts[-1:]]
    for tail in tails:
        if ".." in tail and absolute:
            continue
        candidate = home.joinpath(*tail)
        if tail and os.path.exists(candidate):
            return _placed(document, os.path.normpath(candidate))
    return document


def _place(document: Document) -> str:
    dataset = document.data.dataset
    return str(getattr(dataset, dataset.location[0], "")) if dataset.external and dataset.location else ""


def _placed(document: Document, place: str) -> Document:
    dataset = document.data.dataset
    moved = dataset.with_changes(**{dataset.location[0]: place})
    return document.with_changes(data=document.data.model_copy(update={"dataset": moved}))
