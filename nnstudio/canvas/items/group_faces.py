"""Faces of groups, and which faces a document shows.

A collapsed group shows one face for all its blocks.
"""

from __future__ import annotations

import re

from engine.types import show_shape
from nnstudio.canvas.items.block_faces import KnownFaces, block_face, input_face, output_face
from nnstudio.canvas.items.block_item import Face
from nnstudio.document import grouping, ports
from nnstudio.document.analysis import Analysis, learns
from nnstudio.document.model import INPUT, OUTPUT, Document, Group


def faces_of(
    document: Document,
    analysis: Analysis,
    renewed: frozenset[str] = frozenset(),
    known: KnownFaces | None = None,
) -> dict[str, Face]:
    """Faces of all drawn blocks and ends by name; collapsed groups have their own.

    `renewed` are the blocks whose weights started anew, `known` the faces that were shown last.
    """
    known = known or KnownFaces()
    collapsed = {group.name: group for group in document.groups if group.collapsed}
    inputs = ports.orders(document)
    faces = {
        block.name: group_face(document, collapsed[block.name], analysis, renewed)
        if block.name in collapsed
        else known.face(block, analysis, renewed=block.name in renewed, inputs=inputs.get(block.name, ()))
        for block in grouping.drawn(document).blocks
    }
    known.keep_only(faces)
    return faces | {INPUT: input_face(document, analysis), OUTPUT: output_face(document, analysis)}


def heading(document: Document, group: Group) -> tuple[str, str, int]:
    """Title of a group, the text beside it, and its repeat count.

    The pattern is the title, unless the user has named the group.
    """
    segments = grouping.repeats(document, group.blocks)
    pattern = grouping.title(document, segments[0])
    named = not re.fullmatch(r"group_\d+", group.name)
    return (group.name, pattern, len(segments)) if named else (pattern, group.name, len(segments))


def group_face(document: Document, group: Group, analysis: Analysis, renewed: frozenset[str] = frozenset()) -> Face:
    """Face of a collapsed group."""
    order = grouping.in_order(document, group.blocks)
    layer = document.block(order[0]).layer
    title, aside, count = heading(document, group)
    reports = [analysis.reports[name] for name in order if name in analysis.reports]
    parameters = sum(report.parameters for report in reports)
    shape = reports[-1].output if reports else None
    tip = f"<b>{title}</b> · {aside} · {_number(len(order), 'block')}: {', '.join(order)}"
    tip += f"<br>gives {show_shape(shape)}" if shape is not None else ""
    problems = (analysis.problems[name] for name in order if name in analysis.problems)
    problem = next((f"{each.where}: {each.sentence}" for each in problems), "")
    notes = (block_face(document.block(name), analysis, renewed=True).note for name in order if name in renewed)
    learners = [name for name in order if learns(analysis, name)]
    off = "off" if all(document.block(name).disabled for name in order) else ""
    return Face(
        title=title,
        name=f"×{count}" if count > 1 else "",
        detail=aside if title == group.name else _number(len(order), "block"),
        count=f"{parameters:,} params" if parameters else "",
        icon="chevron-right",
        category=layer.category,
        tip=tip + "<br><i>Double-click to expand.</i>",
        problem=problem,
        off=off,
        note=next(notes, ""),
        frozen=bool(learners) and all(document.block(name).frozen for name in learners),
        copies=count,
    )


def _number(count: int, word: str) -> str:
    return f"{count} {word}" + ("s" if count != 1 else "")
