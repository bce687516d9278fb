"""Connections of a view with the window that holds it."""

from __future__ import annotations

from functools import partial

from nnstudio.shell.actions import Actions
from nnstudio.shell.commands.film import film
from nnstudio.shell.commands.probe import PROBE_BUTTONS
from nnstudio.shell.commands.view import show_view
from nnstudio.shell.commands.walk import WALK_BUTTONS
from nnstudio.shell.guide import show_reading
from nnstudio.shell.studio import Studio
from nnstudio.views import CorrelationsView, MathematicsView, ProbeView, RunsView, ScatterView, TryView
from nnstudio.views.base import View


def connect_view(studio: Studio, actions: Actions, name: str, view: View) -> None:
    """Connect a new view, called `name`, with what it asks of the window."""
    view.requests_changed.connect(studio.session.ask)
    view.message.connect(studio.status.tell)
    view.film_wanted.connect(partial(film, studio, name))
    view.parameter_edited.connect(studio.travel.edit)
    view.moment_wanted.connect(studio.travel.look_at)
    if isinstance(view, MathematicsView):
        view.reading_wanted.connect(lambda: show_reading(studio))
        view.show_commands([actions[command] for command in WALK_BUTTONS])
    elif isinstance(view, ProbeView | TryView):
        view.show_commands([actions[command] for command in PROBE_BUTTONS])
    elif isinstance(view, RunsView):
        view.restore_wanted.connect(studio.session.restore_run)
        view.comparison_wanted.connect(studio.canvas.comparison.begin)
        view.repeat_wanted.connect(studio.session.repeat)
    elif isinstance(view, CorrelationsView):
        view.pair_wanted.connect(partial(_show_pair, studio))


def _show_pair(studio: Studio, across: int, up: int) -> None:
    scatter = studio.views["scatterView"]
    assert isinstance(scatter, ScatterView)
    scatter.show_pair(across, up)
    show_view(studio, "scatterView")
