"""Settings of runs side by side: what differs, and what belongs together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.declared import Declared, describe
from nnstudio.document.model import INPUT, Document
from nnstudio.document.values import tell

# Words in the name of a network; longer ones end in an ellipsis.
_MOST_LAYERS = 12
_SEED = "Seed"
# Of a run, its epochs tell how far it was to go, and metrics what was looked at.
_SILENT = frozenset({"metrics", "class_weights"})


def settings_of(document: Document) -> dict[str, str]:
    """Settings that decide what a run learns, by title, as text: "Batch size", "Optimiser", "Learning rate"."""
    found = {"Network": outline(document), "Data": document.data.dataset.title}
    for field in describe(type(document.training)):
        value = getattr(document.training, field.name)
        if field.name in _SILENT:
            continue
        if isinstance(value, Declared):
            # Of the one kind that there is of some, the title says no more than the field's.
            if value.title != field.title:
                found[field.title] = value.title
            owner = "" if field.name == "optimizer" else f"{field.title}: "
            for inner in describe(type(value)):
                title = f"{owner}{inner.title.lower() if owner else inner.title}"
                found[title] = tell(inner, getattr(value, inner.name))
        else:
            found[field.title] = "none" if value is None else tell(field, value)
    found["Validation part"] = f"{document.data.validation:g}"
    steps = ", ".join(step.title for step in document.data.used_steps)
    found["Preparation"] = steps or "none"
    return found


class SettingsBook:
    """Settings of documents that are asked for again and again; those asked for last are remembered."""

    def __init__(self) -> None:
        # By identity: to compare whole documents would take as long as to read them.
        self._known: dict[int, tuple[Document, dict[str, str]]] = {}

    def __call__(self, documents: Sequence[Document]) -> list[dict[str, str]]:
        """Settings of each of these documents."""
        known = self._known
        self._known = {
            id(document): known[id(document)] if id(document) in known else (document, settings_of(document))
            for document in documents
        }
        return [self._known[id(document)][1] for document in documents]


def differing(tables: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Titles of the settings that are not the same in all of these tables, in their usual order."""
    titles = dict.fromkeys(title for table in tables for title in table)
    return tuple(title for title in titles if len({table.get(title, "") for table in tables}) > 1)


def repeats(tables: Mapping[str, Mapping[str, str]]) -> list[list[str]]:
    """Names of runs that differ in their seed alone, group by group; single runs are groups of one.

    `tables` gives the settings of each run by its name.
    """
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for name, table in tables.items():
        key = tuple((title, text) for title, text in table.items() if title != _SEED)
        groups.setdefault(key, []).append(name)
    return list(groups.values())


def outline(document: Document) -> str:
    """Layers of a network in a few words: "Dense 3, Tanh, Dense 1, Tanh"."""
    words = [_layer(document, name) for name in document.chain() if name != INPUT]
    more = len(document.blocks) - len(words)
    shown = words[:_MOST_LAYERS]
    text = ", ".join(shown) + ("…" if len(words) > _MOST_LAYERS else "")
    # What is on other branches.
    return (f"{text} and {more} more" if more > 0 else text) or "empty"


def _layer(document: Document, name: str) -> str:
    layer = document.block(name).layer
    sizes = [str(getattr(layer, field)) for field in ("units", "filters") if hasattr(layer, field)]
    return " ".join([layer.type_name(), *sizes])
