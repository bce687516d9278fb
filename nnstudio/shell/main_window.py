"""Main window: assembles store, session, canvas, docks, menus and tool bar."""

from __future__ import annotations

import time

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QUndoView

from engine.layers import REGISTRY
from nnstudio.canvas.palette import Palette
from nnstudio.canvas.view import CanvasView
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.finder.command_palette import CommandPalette
from nnstudio.lessons.lesson import Lesson
from nnstudio.panels.cards import TemplateCard
from nnstudio.panels.data import DataPanel
from nnstudio.panels.inspector import Inspector
from nnstudio.panels.problem_list import TITLE, ProblemCount, ProblemList
from nnstudio.panels.training import TrainingPanel
from nnstudio.panels.welcome import WelcomePage
from nnstudio.project import templates
from nnstudio.shell.actions import Actions
from nnstudio.shell.alarm_watch import AlarmWatch
from nnstudio.shell.autosave import Rescue
from nnstudio.shell.commands.probe import show_probe
from nnstudio.shell.commands.view import show_problems
from nnstudio.shell.commands.walk import show_walk
from nnstudio.shell.curve_writing import CurveWriting
from nnstudio.shell.data_question import DataQuestion
from nnstudio.shell.dock_places import DockPlace
from nnstudio.shell.dock_saying import DockSaying
from nnstudio.shell.docks import Docks, first_size, in_sight
from nnstudio.shell.file_drop import FileDrop
from nnstudio.shell.idle_gc import Collector
from nnstudio.shell.lesson_player import LessonPlayer
from nnstudio.shell.menus import ICON_SIZE, fill_menu_bar, make_tool_bar
from nnstudio.shell.outside_change import OutsideChange
from nnstudio.shell.outside_question import OutsideQuestion
from nnstudio.shell.pages import Pages
from nnstudio.shell.palette_commands import palette_commands
from nnstudio.shell.play_button import PlayBox
from nnstudio.shell.probe_label import ProbeLabel
from nnstudio.shell.probe_walk import ProbeWalk
from nnstudio.shell.project_files import Files
from nnstudio.shell.retrain_offer import FreshOffer
from nnstudio.shell.settings_watch import SettingsWatch
from nnstudio.shell.speed import Speed
from nnstudio.shell.status_bar import StatusBar
from nnstudio.shell.studio import Studio
from nnstudio.shell.time_bar import TimeBar
from nnstudio.shell.time_travel import TimeTravel
from nnstudio.shell.training_walk import Walk
from nnstudio.shell.view_shelf import ViewShelf
from nnstudio.shell.view_wiring import connect_view
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_loss import BatchLoss
from nnstudio.training.session import Session
from nnstudio.ui.deferred_call import Soon
from nnstudio.ui.motion import motion
from nnstudio.views import BoundaryView
from nnstudio.views.base import Layout, View
from nnstudio.views.block_strips import BlockStrips
from nnstudio.views.pacing import Turn

# The panel that comes to the front when this is selected; for all other blocks it is the inspector.
_PANELS = {INPUT: "dataPanel", OUTPUT: "trainingPanel"}
# Arrangements in which a panel is open: while a network is built, or also where little moves beside it.
_BUILD: frozenset[Layout] = frozenset({"build"})
_CALM: frozenset[Layout] = frozenset({"build", "understand"})
# How long the end of the program waits for the step under way, where it was told to end, in seconds.
_SHORT = 2.0


class MainWindow(Studio):
    """Main window of the studio."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        # The program is told to end, by the system or the terminal.
        self._ends = False
        self.store = Store(self)
        self.status = StatusBar(self)
        # Before all others, which may have something new to say.
        self.store.changed.connect(self.status.forget)
        self.session = Session(self.store, self)
        self.alarms = AlarmWatch(self.store, self.session, self)
        # The view that is filmed.
        self._alone: View | None = None
        self.speed = Speed(self)
        Collector(self.store, self)
        self.probe_walk = ProbeWalk(self.store, self.session, self.status.tell, self)
        self.walk = Walk(self.store, self.session, self)
        self.curve_writing = CurveWriting(self.store, self.session, self)
        self.travel = TimeTravel(self.store, self.session, self.status.tell, self)
        self.files = Files(self.store, self.session, self)
        self.rescue = Rescue(self.store, self.session, self.files, self)
        self.rescue.journal.failed.connect(self._journal_failed)
        self.canvas = CanvasView(self.store)
        self.strips = BlockStrips(self.store, self.canvas.canvas.strips, self)
        self.palette_ = Palette()
        self.data_panel = DataPanel(self.store)
        self.training_panel = TrainingPanel(self.store)
        self.problems = ProblemList(self.store)
        self.views = ViewShelf(self.store, self._view_made)
        self.welcome = WelcomePage(
            [TemplateCard(t.name, t.title, t.sentence, t.icon, t.dataset) for t in templates.TEMPLATES],
            self.files.recent(),
        )
        # The docks stand in a window within the window, so that the start page takes their place as a whole.
        self._desk = QMainWindow()
        self._desk.setObjectName("desk")
        self._desk.setCentralWidget(self.canvas)
        self.pages = Pages(self, self._desk)
        self.setCentralWidget(self.pages)
        self.problem_count = ProblemCount(self.store)
        self.status.insertPermanentWidget(1, self.problem_count)
        self.probe_label = ProbeLabel(self.store)
        self.status.insertPermanentWidget(2, self.probe_label)
        self.offer = FreshOffer(self.session.reset)
        self.status.insertPermanentWidget(1, self.offer)
        self.setStatusBar(self.status)
        self.docks = Docks(self._desk)
        self._looking = Soon(self._look, self)
        # Of the docks that follow the time slider.
        self._sayings: list[DockSaying] = []
        self._add_docks()
        self.lessons = LessonPlayer(self)
        self._desk.setMenuWidget(self.lessons.bar)
        self.command_palette = CommandPalette(self, lambda: palette_commands(self, self.actions_))
        self.actions_ = Actions(self)
        self.playing = PlayBox(self.actions_["play"], self.actions_["pause"], ICON_SIZE)
        menus = fill_menu_bar(self, self.actions_)
        # Under the docks, and so under the loss, over whose whole course it leads.
        self._time_bar = TimeBar(self.travel, self.session, self.actions_["momentBranch"], self.actions_["momentNow"])
        self._desk.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self._time_bar)
        self.addToolBar(make_tool_bar(self, self.actions_, menus["theme"]))
        self._connect()
        FileDrop(self, self.pages.show_desk)
        DataQuestion(self)
        OutsideChange(self)
        SettingsWatch(self)
        self.data_panel.allow_wanted.connect(OutsideQuestion(self).allow)
        self._dress()
        self.show_welcome()
        self.resize(first_size(self.screen().availableSize()))
        geometry = QSettings().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _add_docks(self) -> None:
        inspector = Inspector(self.store)
        inspector.data_wanted.connect(lambda: self.docks.all["dataPanel"].raise_())
        for place, title, panel in (
            (DockPlace("paletteDock", "left", "layers", 10, _BUILD), "Layers", self.palette_),
            (DockPlace("inspector", "right", "settings", 10, _CALM), "Inspector", inspector),
            (DockPlace("dataPanel", "right", "settings", 20, _CALM), "Data", self.data_panel),
            (DockPlace("trainingPanel", "right", "settings", 30, _CALM), "Training", self.training_panel),
            (DockPlace("historyView", "right", "settings", 40, _BUILD), "History", self._history()),
            (DockPlace("problemsView", "bottom", "training", 90, _BUILD), TITLE, self.problems),
        ):
            self.docks.add(place, title, panel)
        for name, kind in self.views.kinds.items():
            dock = self.docks.add(
                DockPlace(name, kind.area, kind.group, kind.rank, kind.layouts, kind.square), kind.title
            )
            dock.visibilityChanged.connect(self._seen)
            if kind.saying or kind.follows:
                saying = DockSaying(kind.saying, dock)
                if kind.follows:
                    self._sayings.append(saying)
        self.docks.empty_seen.connect(self.views.__getitem__)
        # Once there is a project on show; the start page needs none of them.
        self.docks.arranged.connect(self._make_titled)

    def _make_titled(self) -> None:
        """Makes the views whose tabs must say what they show now."""
        for name, kind in self.views.kinds.items():
            if kind.renames_itself:
                self.views[name]

    def _view_made(self, name: str, view: View) -> None:
        """A view is wanted for the first time: it gets its place, and what it needs of the window."""
        self.docks.fill(name, view)
        connect_view(self, self.actions_, name, view)
        view.announce(self.session.snapshot)
        self._looking.ask()

    def _history(self) -> QUndoView:
        """List of all steps since the project was opened; a click goes to any of them."""
        view = QUndoView(self.store.undo_stack)
        view.setObjectName("history")
        view.setAccessibleName("History: every change; click one to go back to it")
        view.setEmptyLabel("As it was opened")
        view.setFrameShape(QUndoView.Shape.NoFrame)
        return view

    def _connect(self) -> None:
        self.session.requests = self._requests
        self._set_speed()
        self.speed.changed.connect(self._set_speed)
        self.session.arrived.connect(self._draw)
        self.store.selection_changed.connect(self._selection_changed)
        self.store.changed.connect(self.pages.follow_data)
        self.palette_.chosen.connect(self._append)
        self.canvas.zoomed.connect(self.status.show_zoom)
        self.canvas.zoomed.connect(self.strips.look_again)
        for bar in (self.canvas.horizontalScrollBar(), self.canvas.verticalScrollBar()):
            bar.valueChanged.connect(self.strips.look_again)
            bar.rangeChanged.connect(self.strips.look_again)
        self.strips.requests_changed.connect(self.session.ask)
        self.canvas.canvas.message.connect(self.status.tell)
        self.canvas.status_hint.connect(self.status.hint)
        self._desk.setAnimated(motion().on)
        motion().changed.connect(self._desk.setAnimated)
        self.problems.chosen.connect(self.canvas.show_problem)
        self.problem_count.clicked.connect(lambda: show_problems(self))
        self.probe_label.clicked.connect(lambda: show_probe(self))
        self.files.changed.connect(self._dress)
        self.pages.turned.connect(lambda: self._draw(self.session.snapshot))
        self.files.opened.connect(self.pages.show_project)
        self.files.message.connect(self.status.tell)
        self.files.saved.connect(lambda path: self.status.tell(f"Saved {path.name}"))
        self.files.imported.connect(lambda path: self.status.tell(f"Imported {path.name}; choose its data"))
        self.welcome.template_chosen.connect(self.files.open_template)
        self.welcome.file_chosen.connect(self.files.open)
        self.welcome.example_chosen.connect(self.files.open_example)
        self.welcome.empty_chosen.connect(self.files.new)
        self.welcome.open_chosen.connect(self.files.ask_open)
        self.welcome.back_chosen.connect(self.pages.show_desk)
        self.data_panel.painting_wanted.connect(self._paint)
        # With a name, since it is what a lesson begins with.
        self.actions_["walkForth"].setIconText("Step through")
        self.walk.changed.connect(self._walked)
        self.walk.failed.connect(self.status.tell)
        self.curve_writing.told.connect(self.status.tell)
        of_data = self.views.in_section("data")
        self.data_panel.offer_views([self.docks.all[name].toggleViewAction() for name in of_data])
        self.docks.all["dataPanel"].visibilityChanged.connect(self._seen)
        self.data_panel.samples.preview.inspection.message.connect(self.status.tell)
        self.data_panel.picture_taken.connect(self._look_at_picture)
        self.data_panel.message.connect(self.status.tell)
        self.training_panel.reset_chosen.connect(self.session.reset)
        self.training_panel.failed.connect(self.docks.all["trainingPanel"].raise_)

    def _look_at_picture(self, sentence: str) -> None:
        show_probe(self)
        self.status.tell(sentence)

    def _paint(self) -> None:
        """Brings the boundary view to the front, with its brush in hand."""
        self.docks.all["boundaryView"].show()
        self.docks.all["boundaryView"].raise_()
        boundary = self.views["boundaryView"]
        assert isinstance(boundary, BoundaryView)
        boundary.begin_painting()

    def _set_speed(self) -> None:
        self.session.set_speed(self.speed.tempo)
        self.actions_.refresh()

    # Live views

    def show_alone(self, view: View | None) -> None:
        self._alone = view
        self.session.ask()

    def _requests(self) -> frozenset[Request]:
        if self._alone is not None:
            return self._alone.requests()
        running = self.session.snapshot.state is RunState.RUNNING
        own = [self.probe_walk.requests(), self.walk.requests()]
        if self._time_bar.rests:
            own.append(frozenset({BatchLoss(self.store.document.training.loss)}))
        if in_sight(self.canvas):
            own.append(self.strips.requests())
        seen = [view for view in self.views.present.values() if in_sight(view)]
        soon = frozenset[Request]().union(*own, *(view.requests() for view in seen if view.wants(running=running)))
        if self.travel.wanted is not None and not self._time_bar.rests:
            # While moments pass by, each would wait for the exact loss.
            soon -= {BatchLoss(self.store.document.training.loss)}
        # The alarms share the statistics that a view asks for, also where it does so a little later.
        return soon | self.alarms.requests(soon.union(*(view.requests() for view in seen)))

    def _draw(self, snapshot: Snapshot) -> None:
        # Once for all, so that no two places tell different numbers.
        numbers = self.status.due(snapshot)
        begun = time.perf_counter()
        seen = []
        for view in self.views.present.values():
            view.announce(snapshot)
            if in_sight(view) and self._alone is None:
                seen.append(view)
        turn = Turn(begun, len(seen))
        for view in sorted(seen, key=lambda view: view.pace.begun):
            view.draw_in_time(snapshot, numbers=numbers, turn=turn)
        # It draws only other samples than before, so it need not wait until it is seen.
        self.data_panel.draw(snapshot)
        self.training_panel.draw(snapshot)
        if self._alone is None:
            for saying in self._sayings:
                saying.show_step(None if snapshot.moment is None else snapshot.moment.step)
        self.canvas.canvas.show_renewed(snapshot.renewed)
        self.strips.draw(snapshot)
        if self.project_shown:
            self.status.show_snapshot(snapshot, due=numbers)
            self.offer.show_snapshot(snapshot)
        self.probe_label.show_snapshot(snapshot)
        self.playing.show_snapshot(snapshot)
        self.actions_.refresh()

    def _walked(self) -> None:
        show_walk(self)
        self.actions_.refresh()

    def _seen(self, visible: bool) -> None:
        """A dock came into sight: it draws what there is, and the next snapshot has what it needs.

        Once for all docks of a layout, when they have their places.
        """
        if visible:
            self._looking.ask()

    def _look(self) -> None:
        self._draw(self.session.snapshot)
        self.session.ask()

    def _selection_changed(self, name: str) -> None:
        # Whoever wants to understand looks at the probe on its way, block after block; it stays in front.
        if name and self.docks.arrangement != "understand":
            self.docks.all[_PANELS.get(name, "inspector")].raise_()
        self.session.ask()

    # Pages

    @property
    def project_shown(self) -> bool:
        return self.pages.project_shown

    def show_welcome(self) -> None:
        """Show the welcome page; the project stays as it is."""
        self.pages.show_welcome()

    def play_lesson(self, lesson: Lesson) -> None:
        self.lessons.begin(lesson)

    def _append(self, kind: str) -> None:
        self.canvas.canvas.append(REGISTRY[kind]())  # type: ignore[call-arg]

    def _journal_failed(self, why: str) -> None:
        if why:
            self.status.tell(f"Edits cannot be kept from a crash: {why}. Save the project now and then.")

    def _dress(self) -> None:
        self.setWindowTitle(f"{self.files.title}[*] — nnstudio")
        self.setWindowModified(self.files.dirty)
        self.setWindowFilePath(str(self.files.path or ""))

    def end(self) -> None:
        """Close without a question; unsaved work is left to the next start."""
        self._ends = True
        self.rescue.end()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._ends and not self.files.may_leave():
            event.ignore()
            return
        # The docks of a lesson are only lent.
        self.lessons.leave()
        self.docks.remember()
        QSettings().setValue("geometry", self.saveGeometry())
        if self._ends:
            self.session.close(_SHORT)
        else:
            self.rescue.close()
            self.session.close()
        event.accept()
