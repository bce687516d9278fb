"""Parts of the window that its commands and pages work on."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from nnstudio.canvas.palette import Palette
from nnstudio.canvas.view import CanvasView
from nnstudio.finder.command_palette import CommandPalette
from nnstudio.lessons.lesson import Lesson
from nnstudio.panels.data import DataPanel
from nnstudio.panels.problem_list import ProblemCount, ProblemList
from nnstudio.panels.training import TrainingPanel
from nnstudio.panels.welcome import WelcomePage
from nnstudio.shell.autosave import Rescue
from nnstudio.shell.curve_writing import CurveWriting
from nnstudio.shell.docks import Docks
from nnstudio.shell.play_button import PlayBox
from nnstudio.shell.probe_label import ProbeLabel
from nnstudio.shell.probe_walk import ProbeWalk
from nnstudio.shell.project_files import Files
from nnstudio.shell.retrain_offer import FreshOffer
from nnstudio.shell.speed import Speed
from nnstudio.shell.status_bar import StatusBar
from nnstudio.shell.time_travel import TimeTravel
from nnstudio.shell.training_walk import Walk
from nnstudio.shell.view_shelf import ViewShelf
from nnstudio.store import Store
from nnstudio.training.session import Session
from nnstudio.views import MathematicsView
from nnstudio.views.base import View
from nnstudio.views.block_strips import BlockStrips


class Studio(QMainWindow):
    """Window with a project, as its commands and pages know it.

    `MainWindow` makes the parts; code that uses them need not know how.
    """

    store: Store
    session: Session
    speed: Speed
    files: Files
    rescue: Rescue
    status: StatusBar
    canvas: CanvasView
    strips: BlockStrips
    palette_: Palette
    data_panel: DataPanel
    training_panel: TrainingPanel
    problems: ProblemList
    problem_count: ProblemCount
    probe_walk: ProbeWalk
    probe_label: ProbeLabel
    offer: FreshOffer
    playing: PlayBox
    walk: Walk
    curve_writing: CurveWriting
    travel: TimeTravel
    views: ViewShelf
    welcome: WelcomePage
    docks: Docks
    command_palette: CommandPalette

    @property
    def mathematics(self) -> MathematicsView:
        """View of the formulas, which the walk through the network is shown in."""
        view = self.views["mathematicsView"]
        assert isinstance(view, MathematicsView)
        return view

    @property
    def project_shown(self) -> bool:
        """True if the project is shown, and not the start page."""
        raise NotImplementedError(f"{type(self).__name__} has no pages")

    def show_alone(self, view: View | None) -> None:
        """Ask for what this view needs and nothing else, and draw no view, until called with None."""
        raise NotImplementedError(f"{type(self).__name__} has no views")

    def play_lesson(self, lesson: Lesson) -> None:
        """Play a lesson in the window."""
        raise NotImplementedError(f"{type(self).__name__} plays no lessons")

    def show_welcome(self) -> None:
        """Show the start page; the project stays as it is."""
        raise NotImplementedError(f"{type(self).__name__} has no pages")
