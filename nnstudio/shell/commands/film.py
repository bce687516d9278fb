"""Film of a view: the dialog, and the moments that the whole window shows meanwhile."""

from __future__ import annotations

from PySide6.QtCore import SignalInstance

from nnstudio.export.film import Filmed
from nnstudio.export.film_dialog import FilmDialog
from nnstudio.shell.commands.base import without_project
from nnstudio.shell.commands.view import show_view
from nnstudio.shell.docks import in_sight
from nnstudio.shell.studio import Studio
from nnstudio.training.messages import Snapshot


class _WindowMoments:
    """Moments as the window shows them, so that the time bar goes along with a film."""

    def __init__(self, studio: Studio) -> None:
        self._studio, self._session, self._travel = studio, studio.session, studio.travel

    @property
    def arrived(self) -> SignalInstance:
        return self._session.arrived

    @property
    def snapshot(self) -> Snapshot:
        return self._session.snapshot

    def show_alone(self, view: Filmed | None) -> None:
        self._studio.show_alone(next((each for each in self._studio.views.present.values() if each is view), None))

    def look(self, step: int | None) -> None:
        if step == self._travel.wanted:
            # It is there already, and comes once more.
            self._session.look(step)
        else:
            self._travel.look(step)


def film(studio: Studio, chosen: str = "") -> None:
    """Let the user save a film of a view over the run; `chosen` is the name of its dock."""
    docks, views = studio.docks, studio.views
    titles = {
        name: docks.all[name].windowTitle()
        for name, kind in views.kinds.items()
        if kind.section != "data" and name not in docks.unsuited
    }
    # Those that are in sight come first.
    names = sorted(titles, key=lambda name: not in_sight(docks.all[name]))

    def shown(name: str) -> Filmed:
        show_view(studio, name)
        return views[name]

    studio.travel.stop_film()
    ordered = {name: titles[name] for name in names}
    dialog = FilmDialog(_WindowMoments(studio), ordered, shown, chosen, studio.files.folder, studio)
    dialog.written.connect(lambda path: studio.status.tell(f"The film is in {path}."))
    dialog.open()


def without_moments(studio: Studio) -> str:
    """Reason against commands that need moments of a run; "" if some are kept."""
    kept = len(studio.session.snapshot.history.steps)
    return without_project(studio) or ("" if kept else "no moments of a run are kept yet")
