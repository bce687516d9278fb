"""Spaces in words, and as a table of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data
from nnstudio.document.model import INPUT
from nnstudio.document.probe import SampleRef
from nnstudio.training.requests.space import SpacePicture
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import Mark, short

Array = NDArray[Any]


def axis_titles(picture: SpacePicture, data: Data) -> tuple[str, str]:
    """Titles of the two axes."""
    if picture.units == 1:
        return f"output of {picture.block}", "class" if data.classes else "target"
    if picture.shares is not None:
        return "component 1", "component 2"
    if picture.block == INPUT:
        return (data.features[0], data.features[1]) if len(data.features) == 2 else ("x₁", "x₂")
    return f"unit 1 of {picture.block}", f"unit 2 of {picture.block}"


def tell_plane(picture: SpacePicture) -> str:
    """Description of what the plane shows, without a full stop."""
    kind = "input" if picture.block == INPUT else "output"
    of = "" if picture.block == INPUT else f" of {picture.block}"
    if picture.units == 1:
        return f"The one {kind}{of} as it is"
    numbers = f"{kind}s{of}"
    if picture.shares is None:
        return f"The two {numbers} as they are"
    first, second = picture.shares
    return f"{first + second:.0%} of the variance of the {picture.units:,} {numbers} ({first:.0%} + {second:.0%})"


def tell_count(picture: SpacePicture) -> str:
    """Number of drawn samples, and of those predicted wrong."""
    text = f"{len(picture.samples):,}"
    if len(picture.samples) < picture.total:
        text += f" of {picture.total:,}"
    text += " samples"
    return text if picture.wrong is None else f"{text}, {np.count_nonzero(picture.wrong):,} wrong"


def tell_short(picture: SpacePicture) -> str:
    """Most important numbers, for a narrow view."""
    parts = [] if picture.shares is None else [f"{sum(picture.shares):.0%} of variance"]
    parts += (
        [f"{len(picture.samples):,} samples"]
        if picture.wrong is None
        else [f"{np.count_nonzero(picture.wrong):,} wrong"]
    )
    return " · ".join(parts)


def marks_of(picture: SpacePicture, data: Data) -> list[Mark]:
    """Entries of the legend."""
    colours = theme().colours
    marks: list[Mark] = [("●", class_colour(colours, index).name(), name) for index, name in enumerate(data.classes)]
    if picture.wrong is not None:
        marks.append(("✕", colours.text, "wrong"))
    if picture.probe is not None:
        marks.append(("◯", colours.text, "probe"))
    if picture.grid is not None:
        marks.append(("▦", colours.muted, "grid of the input plane"))
    return marks


def tell_sample(picture: SpacePicture, data: Data, index: int, place: Array) -> str:
    """Number, target, prediction and place of a drawn sample."""
    head = SampleRef(picture.part, int(picture.samples[index])).title
    if data.classes:
        head += f": class {data.classes[int(picture.targets[index])]}"
        if picture.said is not None:
            head += f", predicted as {data.classes[int(picture.said[index])]}"
    else:
        found = float(picture.predictions[index].ravel()[0])
        head += f": target {short(float(picture.targets[index, 0]))}, predicted {short(found)}"
    titles = axis_titles(picture, data)[: min(picture.units, 2)]
    return "\n".join([head, *(f"{title} {short(float(value))}" for title, value in zip(titles, place, strict=False))])


def table_of(picture: SpacePicture, points: Array) -> NumberTable:
    """Table of the samples: number from 1, place, target, and the outputs of the network."""
    axes = ("component 1", "component 2") if picture.shares is not None else ("unit 1", "unit 2")[: picture.units]
    targets, outputs = (array.reshape(len(array), -1) for array in (picture.targets, picture.predictions))
    columns = (picture.samples + 1, points[:, : len(axes)], targets, outputs)
    header = ("sample", *axes, *_numbered("target", targets), *_numbered("output", outputs))
    return NumberTable(header, lambda: ((number, *a, *b, *c) for number, a, b, c in zip(*columns, strict=True)))


def _numbered(name: str, columns: Array) -> list[str]:
    count = columns.shape[1]
    return [name] if count == 1 else [f"{name} {index}" for index in range(count)]
