"""Pages of the window: the start page, and the desk of the project."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from nnstudio.document.model import INPUT
from nnstudio.shell.studio import Studio
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.views import VIEWS


class Pages(QStackedWidget):
    """Pages of a window, and the change between them.

    Signals:
        turned: another page is shown, or the same one with another project.
    """

    turned = Signal()

    def __init__(self, studio: Studio, desk: QWidget) -> None:
        super().__init__()
        self._studio, self._desk = studio, desk
        self.addWidget(studio.welcome)
        self.addWidget(desk)

    @property
    def project_shown(self) -> bool:
        """True if the desk is shown."""
        return self.currentWidget() is self._desk

    def show_welcome(self) -> None:
        """Show the start page; the project stays as it is."""
        studio = self._studio
        if self.project_shown:
            studio.welcome.set_project(studio.files.title)
        studio.welcome.set_recent(studio.files.recent(), studio.files.examples)
        studio.docks.put_away()
        studio.problem_count.set_away(True)
        studio.probe_label.set_away(True)
        # Back at the project, it is made again.
        studio.offer.show_snapshot(Snapshot(0, RunState.EMPTY))
        self.setCurrentWidget(studio.welcome)
        self.turned.emit()
        studio.status.show_hint("Choose an example, or start with an empty project.")

    def show_desk(self) -> None:
        """Show the project as it was left."""
        studio = self._studio
        self.setCurrentWidget(self._desk)
        studio.docks.begin()
        studio.docks.bring_back()
        studio.problem_count.set_away(False)
        studio.probe_label.set_away(False)
        self.turned.emit()
        studio.status.show_zoom(studio.canvas.zoom)

    def show_project(self) -> None:
        """Show the project that was just opened."""
        studio = self._studio
        studio.speed.suit(fresh=studio.files.fresh)
        self.show_desk()
        self.offer_views()
        studio.docks.bring_forward(studio.views)
        signature = studio.store.analysis.signature
        if signature is not None:
            studio.docks.bring_forward({name for name, kind in VIEWS.items() if kind.leads(signature)})
        if INPUT in studio.store.analysis.problems:
            # Data that are not there can be fetched in their panel.
            studio.docks.all["dataPanel"].raise_()
        studio.canvas.fit()
        studio.canvas.setFocus()

    def follow_data(self) -> None:
        """Offer the views that suit the data. While these cannot be read, those that suited before stay."""
        if self._studio.store.analysis.signature is not None:
            self.offer_views()

    def offer_views(self) -> None:
        """Offer the views that suit the data, or all while these cannot be read."""
        signature = self._studio.store.analysis.signature
        unsuited = {
            name: f"needs {kind.needs}"
            for name, kind in VIEWS.items()
            if signature is not None and not kind.suits(signature)
        }
        self._studio.docks.withhold(unsuited)
