"""The command `nnstudio datasets`: all data sets with their cards, and downloads."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from engine.data import DATASETS, Dataset, MissingDataError, Progress
from engine.errors import EngineError


def declare(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio datasets`."""
    names = [name for name, kind in DATASETS.items() if kind.release is not None]
    parser.add_argument("--json", action="store_true", help="print the list as JSON")
    parser.add_argument(
        "--download",
        choices=names,
        metavar="NAME",
        help=f"download {', '.join(names)}, or what is missing of it",
    )


def run(options: argparse.Namespace) -> int:
    """List the data sets, or download one. Returns the exit code; raises DataError."""
    if options.download is not None:
        _download(options.download)
    elif options.json:
        print(json.dumps(entries(), indent=2))
    else:
        print(as_text(entries()))
    return 0


def _download(name: str) -> None:
    from tqdm import tqdm

    release = DATASETS[name].release
    assert release is not None  # the parser lets no other name through
    with tqdm(desc=name, total=release.size, unit="B", unit_scale=True, dynamic_ncols=True, file=sys.stderr) as bar:

        def report(progress: Progress) -> None:
            bar.update(progress.received - bar.n)

        folder = release.download(report=report)
        bar.update(release.size - bar.n)
    print(f"{name} is in {folder}")


def entries() -> list[dict[str, Any]]:
    """One mapping per data set: its name, its card, and whether it can be used at once.

    Keys: name, title, kind, what, size, source, licence, address, download (size, "" if there is none), here (True if
    nothing must be downloaded or chosen first).
    """
    return [_entry(name, kind) for name, kind in DATASETS.items()]


def _entry(name: str, kind: type[Dataset]) -> dict[str, Any]:
    card, dataset = kind.card, kind()  # type: ignore[call-arg]
    return {
        "name": name,
        "title": kind.title,
        "kind": kind.kind,
        "what": kind.help,
        "size": card.size,
        "source": card.source,
        "licence": card.licence,
        "address": card.address,
        "download": dataset.download_size,
        "here": _is_here(dataset),
    }


def _is_here(dataset: Dataset) -> bool:
    if not dataset.external:
        return True
    try:
        dataset.stamps()
    except (MissingDataError, EngineError):
        return False
    return True


def as_text(found: list[dict[str, Any]]) -> str:
    """The list in a form to read; what is computed, or a file of one's own, takes a line, all else its card."""
    blocks = []
    for entry in found:
        lines = [f"{entry['name']:<14} {entry['what']}"]
        if entry["address"]:
            lines += [f"{'':<14} {key + ':':<9}{entry[key]}" for key in ("size", "source", "licence")]
        if entry["download"] and not entry["here"]:
            lines.append(f"{'':<14} download: {entry['download']}, with: nnstudio datasets --download {entry['name']}")
        blocks.append("\n".join(lines))
    return "\n".join(blocks)
