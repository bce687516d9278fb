"""Registry of all commands, submenus and tools, in the order in which they are declared."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.shell.commands.base import BARS, Entry
from nnstudio.shell.commands.edit import EDIT
from nnstudio.shell.commands.file import FILE
from nnstudio.shell.commands.help import HELP
from nnstudio.shell.commands.train import TRAIN
from nnstudio.shell.commands.view import VIEW

COMMANDS: list[Entry] = [*FILE, *EDIT, *TRAIN, *VIEW, *HELP]


def sections(bar: str) -> Iterator[list[Entry]]:
    """What stands in a menu, or in the tool bar, section by section."""
    of_tools = bar == "tools"
    for section in BARS[bar].sections:
        found = []
        for entry in COMMANDS:
            place = getattr(entry, "tool", None) if of_tools else None
            place = place or entry.place
            if (place.bar, place.section) == (bar, section):
                found.append((place.rank, entry))
        yield [entry for _, entry in sorted(found, key=lambda pair: pair[0])]
