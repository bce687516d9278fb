"""Registry of all commands, submenus and tools, in declared order."""

from __future__ import annotations

from collections.abc import Iterator

from nnstudio.shell.commands.base import BARS, Entry
from nnstudio.shell.commands.curves import CURVES
from nnstudio.shell.commands.edit import EDIT
from nnstudio.shell.commands.file import FILE
from nnstudio.shell.commands.help import HELP
from nnstudio.shell.commands.probe import PROBE
from nnstudio.shell.commands.sweep import SWEEP
from nnstudio.shell.commands.time import TIME
from nnstudio.shell.commands.train import TRAIN
from nnstudio.shell.commands.view import VIEW
from nnstudio.shell.commands.walk import WALK

COMMANDS: list[Entry] = [*FILE, *EDIT, *TRAIN, *SWEEP, *WALK, *TIME, *CURVES, *PROBE, *VIEW, *HELP]


def sections(bar: str) -> Iterator[list[Entry]]:
    """Entries of a menu, or of the tool bar, section by section."""
    for section in BARS[bar].sections:
        found = [
            (place.rank, entry)
            for entry in COMMANDS
            for place in entry.places
            if (place.bar, place.section) == (bar, section)
        ]
        yield [entry for _, entry in sorted(found, key=lambda pair: pair[0])]
