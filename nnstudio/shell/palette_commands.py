"""Command-palette entries of the window: its menus, and everything else on offer."""

from __future__ import annotations

from functools import partial

from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from nnstudio.finder import offers
from nnstudio.finder.command_list import Command, of_menus
from nnstudio.shell.actions import Actions
from nnstudio.shell.studio import Studio


def palette_commands(studio: Studio, actions: Actions) -> list[Command]:
    """Commands of the palette, collected anew, disabled ones included."""
    shown, training, docks = studio.project_shown, studio.training_panel, studio.docks
    # Whoever types the name of a panel wants to see it: an entry that puts it away must not come first.
    toggles = [dock.toggleViewAction() for dock in docks.all.values()]
    return offers.in_order(
        of_menus(studio.menuBar(), actions.all(), actions.why_not, toggles),
        offers.layers(studio.canvas.canvas.append, enabled=shown),
        offers.blocks(studio.store, studio.canvas.go_to, enabled=shown),
        offers.groups(studio.store, partial(_go_to_group, studio), enabled=shown),
        offers.panels(docks.all, docks.unsuited, enabled=shown),
        offers.data(studio.data_panel.choose, enabled=shown),
        offers.settings("loss", LOSSES.values(), partial(training.choices.choose, training.loss), enabled=shown),
        offers.settings(
            "optimiser",
            OPTIMIZERS.values(),
            partial(training.choices.choose, training.optimizer),
            enabled=shown,
        ),
        offers.examples(studio.files.open_template),
    )


def _go_to_group(studio: Studio, name: str) -> None:
    studio.canvas.go_to(studio.store.document.group(name).blocks[0])
    studio.store.select(name)
