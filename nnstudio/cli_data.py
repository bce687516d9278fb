"""Command `nnstudio data`: how a table, a folder or a project's data are read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.data import Dataset, open_path
from engine.data.formats import supported

if TYPE_CHECKING:
    from engine.data.outline import Outline

# How many names, and how many parts that were left out, are printed for a person. JSON has all of them.
_MOST_NAMED, _MOST_SKIPPED = 20, 10
# Columns of which each gets a line with its statistics.
_MOST_DESCRIBED = 100

# How most tables are read.
_PLAIN = ("columns divided by commas, UTF-8, with a header line", "the target is guessed as the last column")


def declare(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio data`."""
    parser.add_argument("source", metavar="SOURCE", help=f"{supported()}; or a .nnstudio project, for its data")
    declare_columns(parser)
    declare_allow_outside(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def declare_allow_outside(parser: argparse.ArgumentParser) -> None:
    """Option for projects of others, whose data lie outside their folder."""
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="let a project that was made elsewhere read data outside its own folder",
    )


def declare_columns(parser: argparse.ArgumentParser) -> None:
    """Options that choose the columns of a table."""
    for option, help in (
        ("--target", "column of a table to predict, or several; by default it is guessed"),
        ("--ignore", "columns of a table to leave out"),
    ):
        parser.add_argument(
            option, type=_names, action="append", default=[], metavar="A[,B]", help=f"{help}; may be repeated"
        )


def _names(text: str) -> str:
    if not all(name.strip() for name in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected names of columns divided by commas, found {text!r:.60}")
    return text


def with_options(dataset: Dataset, options: argparse.Namespace) -> Dataset:
    """Data set with the columns that the command line chooses. Raises DataError."""
    if not (options.target or options.ignore):
        return dataset
    return dataset.with_roles(tuple(options.target), tuple(options.ignore))


def run(options: argparse.Namespace) -> int:
    """Print how data are read. Raises EngineError."""
    from engine.data.describe import describe_data
    from engine.data.outline import outline

    dataset = with_options(_dataset(options.source, options.allow_outside), options).forgiving().all_parts()
    data = dataset.load()
    found = outline(dataset, data)
    if options.json:
        print(json.dumps(as_json(found)))
        return 0
    print("\n".join(_lines(dataset, found)))
    if data.shown[0].size <= _MOST_DESCRIBED:
        print("\n".join(["", *describe_data(data).lines()]))
    return 0


def _dataset(source: str, allow_outside: bool) -> Dataset:
    from nnstudio.project.project_file import SUFFIX, load

    if not source.lower().endswith(SUFFIX):
        return open_path(source)
    return load(source, trusted=allow_outside).document.data.dataset


def as_json(found: Outline) -> dict[str, object]:
    """Outline as plain values. The remarks tell also how a file is read, unless that is as most are.

    Where something was skipped, "reasons" tells why, by name; where the files have parts, "parts" counts their samples.
    """
    told = [phrase for phrase in found.reading if phrase not in _PLAIN and not phrase.startswith(f"{found.task}: ")]
    further = {"parts": dict(found.parts), "reasons": dict(found.skipped)}
    return {
        "rows": found.rows,
        "task": found.task,
        "target": list(found.target),
        "inputs": list(found.inputs),
        "classes": list(found.classes),
        "skipped": [name for name, _ in found.skipped],
        "remarks": [*found.remarks, *told],
        **{name: told for name, told in further.items() if told},
    }


def _lines(dataset: Dataset, found: Outline) -> Iterator[str]:
    yield dataset.title
    parts = ", ".join(f"{count:,} {name}" for name, count in found.parts)
    yield f"rows     {found.rows:,}{f': {parts}' if parts else ''}"
    yield f"task     {found.task}"
    yield f"target   {_listed(found.target)}"
    yield f"inputs   {_listed(found.inputs)}" if found.inputs else "inputs   pictures"
    if found.classes:
        yield f"classes  {_listed(found.classes)}"
    if found.reading:
        yield f"read as  {'; '.join(found.reading)}"
    for remark in found.remarks:
        yield f"remark   {remark}"
    for name, reason in found.skipped[:_MOST_SKIPPED]:
        yield f"skipped  {name}: {reason}"
    if len(found.skipped) > _MOST_SKIPPED:
        yield f"skipped  {len(found.skipped) - _MOST_SKIPPED:,} more; --json names all"


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"{len(names)}: {shown}{more}" if len(names) > 1 else shown
