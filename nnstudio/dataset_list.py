"""List of all data sets with their cards, for `nnstudio datasets`."""

from __future__ import annotations

from typing import Any

from engine.data import DATASETS, Dataset, MissingDataError
from engine.errors import EngineError


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
