"""Main window: assembles store, session, canvas, docks, menus and tool bar."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMessageBox, QStackedWidget, QUndoView

from engine.layers import REGISTRY
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from nnstudio import __version__
from nnstudio.canvas.palette import Palette
from nnstudio.canvas.view import CanvasView
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.export.diagram_dialog import ExportDialog, copy_diagram
from nnstudio.finder import offers
from nnstudio.finder.command_list import Command, of_menus
from nnstudio.finder.command_palette import CommandPalette
from nnstudio.panels.data import DataPanel
from nnstudio.panels.inspector import Inspector
from nnstudio.panels.problem_list import TITLE, ProblemCount, ProblemList
from nnstudio.panels.training import TrainingPanel
from nnstudio.panels.welcome import TemplateCard, WelcomePage
from nnstudio.project import templates
from nnstudio.shell.actions import Actions
from nnstudio.shell.autosave import Rescue
from nnstudio.shell.disabled_reasons import ON_CANVAS, why_not, why_not_on_canvas
from nnstudio.shell.docks import Docks, first_size, in_sight
from nnstudio.shell.guide import GuideDialog
from nnstudio.shell.idle_gc import Collector
from nnstudio.shell.menus import ICON_SIZE, fill_menu_bar, make_tool_bar, theme_menu
from nnstudio.shell.play_button import PlayBox, play
from nnstudio.shell.project_files import Files
from nnstudio.shell.retrain_offer import FreshOffer
from nnstudio.shell.shortcuts import ShortcutDialog
from nnstudio.shell.speed import Speed, SpeedBox, speed_menu
from nnstudio.shell.status_bar import StatusBar
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.pace import FULL
from nnstudio.training.requests.base import Request
from nnstudio.training.session import Session
from nnstudio.ui.motion import motion
from nnstudio.views import VIEWS
from nnstudio.views.base import View

_ABOUT = (
    f"<h3>nnstudio {__version__}</h3>"
    "<p>Drag layers onto a canvas, press play, and watch a neural network learn.</p>"
    "<p>MIT licence. The digits and the iris data come from the UCI Machine Learning Repository (CC BY 4.0).</p>"
)


# The panel that comes to the front when this is selected; for all other blocks it is the inspector.
_PANELS = {INPUT: "dataPanel", OUTPUT: "trainingPanel"}


class MainWindow(QMainWindow):
    """The studio's one window."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.store = Store(self)
        self.status = StatusBar(self)
        # Before all others, which may have something new to say.
        self.store.changed.connect(self.status.forget)
        self.session = Session(self.store, self)
        self.speed = Speed(self)
        Collector(self.store, self)
        self.files = Files(self.store, self.session, self)
        self.rescue = Rescue(self.store, self.session, self.files, self)
        self.actions_ = Actions(self)
        self.canvas = CanvasView(self.store)
        self.palette_ = Palette()
        self.data_panel = DataPanel(self.store)
        self.training_panel = TrainingPanel(self.store)
        self.problems = ProblemList(self.store)
        self.views: dict[str, View] = {
            name: kind(self.store) for name, kind in sorted(VIEWS.items(), key=lambda entry: entry[1].rank)
        }
        self.welcome = WelcomePage(
            [TemplateCard(t.name, t.title, t.sentence, t.icon, t.dataset) for t in templates.TEMPLATES],
            self.files.recent(),
        )
        # The docks stand in a window within the window, so that the start page takes their place as a whole.
        self._desk = QMainWindow()
        self._desk.setObjectName("desk")
        self._desk.setCentralWidget(self.canvas)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.welcome)
        self._stack.addWidget(self._desk)
        self.setCentralWidget(self._stack)
        self.problem_count = ProblemCount(self.store)
        self.status.insertPermanentWidget(1, self.problem_count)
        self.offer = FreshOffer(self.session.reset)
        self.status.insertPermanentWidget(1, self.offer)
        self.setStatusBar(self.status)
        self.docks = Docks(self._desk)
        self._add_docks()
        self.command_palette = CommandPalette(self, self._commands)
        self._connect_actions()
        themes, speeds = theme_menu(self), speed_menu(self, self.speed)
        docks = list(self.docks.all.values())
        fill_menu_bar(self.menuBar(), self.actions_, themes, speeds, self.files, docks, self._why_not)
        self.playing = PlayBox(self.actions_, ICON_SIZE)
        self.addToolBar(make_tool_bar(self, self.actions_, themes, self.playing, SpeedBox(self.speed)))
        self._connect()
        self._dress()
        self.show_welcome()
        self.resize(first_size(self.screen().availableSize()))
        geometry = QSettings().value("geometry")
        if geometry is not None:
            self.restoreGeometry(geometry)

    def _add_docks(self) -> None:
        inspector = Inspector(self.store)
        inspector.data_wanted.connect(lambda: self.docks.all["dataPanel"].raise_())
        self.docks.add("paletteDock", "Layers", self.palette_, "left", "layers", 10)
        self.docks.add("inspector", "Inspector", inspector, "right", "settings", 10)
        self.docks.add("dataPanel", "Data", self.data_panel, "right", "settings", 20)
        self.docks.add("trainingPanel", "Training", self.training_panel, "right", "settings", 30)
        self.docks.add("historyView", "History", self._history(), "right", "settings", 40)
        for name, view in self.views.items():
            self.docks.add(name, view.title, view, view.area, view.group, view.rank, square=view.square)
        self.docks.add("problemsView", TITLE, self.problems, "bottom", "training", 90)

    def _history(self) -> QUndoView:
        """All steps since the project was opened; a click goes back, or forward, to any of them."""
        view = QUndoView(self.store.undo_stack)
        view.setObjectName("history")
        view.setAccessibleName("History: every change; a click goes back to it")
        view.setEmptyLabel("As it was opened")
        view.setFrameShape(QUndoView.Shape.NoFrame)
        return view

    def _connect_actions(self) -> None:
        stack = self.store.undo_stack
        self.actions_.adopt("undo", stack.createUndoAction(self, "&Undo"), "Undo the last change", "Ctrl+Z", "undo")
        redo = stack.createRedoAction(self, "&Redo")
        self.actions_.adopt("redo", redo, "Redo the last undone change", "Ctrl+Shift+Z", "redo")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.actions_.connect_all(
            {
                "new": self.files.new,
                "open": self.files.ask_open,
                "save": self.files.save,
                "saveAs": self.files.save_as,
                "exportDiagram": partial(self._on_canvas, self._export_diagram),
                "copyDiagram": partial(self._on_canvas, self._copy_diagram),
                "home": self.show_welcome,
                "quit": self.close,
                **self._editing(),
                "delete": partial(self._on_canvas, self.canvas.canvas.delete_selected),
                "tidy": partial(self._on_canvas, self.canvas.canvas.tidy),
                "play": self._play,
                "finish": self.session.finish,
                "pause": self.session.pause,
                "step": self.session.step,
                "epoch": self.session.step_epoch,
                "reset": self.session.reset,
                "zoomIn": self.canvas.zoom_in,
                "zoomOut": self.canvas.zoom_out,
                "zoomFull": lambda: self.canvas.set_zoom(1.0),
                "fit": self.canvas.fit,
                "fitSelection": self.canvas.fit_selection,
                "commands": self.command_palette.open,
                "search": self._search,
                "find": self._find_layer,
                "problems": self._show_problems,
                "resetLayout": self.docks.reset,
                "guide": lambda: GuideDialog(self).show(),
                "shortcuts": lambda: ShortcutDialog(self.menuBar(), self).show(),
                "about": self._about,
            }
        )

    def _editing(self) -> dict[str, Callable[[], object]]:
        """What edits the selected blocks. The canvas must be there: nobody should change a project that is hidden."""
        editing, groups = self.canvas.canvas.editing, self.canvas.canvas.grouping
        calls: dict[str, Callable[[], object]] = {
            "cut": editing.cut,
            "copy": editing.copy,
            "paste": self.canvas.paste,
            "duplicate": editing.duplicate,
            "selectAll": editing.select_all,
            "rename": editing.ask_rename,
            "disable": editing.toggle,
            "freeze": editing.freeze,
            "group": groups.group,
            "ungroup": groups.ungroup,
            "collapse": groups.toggle_selected,
        }
        return {name: partial(self._on_canvas, call) for name, call in calls.items()}

    def _export_diagram(self) -> None:
        dialog = ExportDialog(self.store.document, self.files.title, self.files.folder, self)
        dialog.written.connect(lambda path: self.status.tell(f"The diagram is in {path}."))
        dialog.open()

    def _copy_diagram(self) -> None:
        if copy_diagram(self.store.document, self.files.title, self):
            self.status.tell("The diagram is on the clipboard.")

    def _on_canvas(self, call: Callable[[], object]) -> None:
        if self.canvas.isVisible():
            call()

    def _connect(self) -> None:
        self.session.requests = self._requests
        self._set_speed()
        self.speed.changed.connect(self._set_speed)
        self.session.arrived.connect(self._draw)
        self.store.selection_changed.connect(self._selection_changed)
        self.store.changed.connect(self._follow_data)
        self.palette_.chosen.connect(self._append)
        self.canvas.zoomed.connect(self.status.show_zoom)
        self.canvas.canvas.message.connect(self.status.tell)
        self.canvas.status_hint.connect(self.status.hint)
        for name, on, switch in (
            ("animations", motion().on, motion().set_on),
            ("miniMap", self.canvas.mini_map.wanted, self.canvas.mini_map.want),
        ):
            self.actions_[name].setChecked(on)
            self.actions_[name].toggled.connect(switch)
        self._desk.setAnimated(motion().on)
        motion().changed.connect(self._desk.setAnimated)
        self.problems.chosen.connect(self.canvas.show_problem)
        self.problem_count.clicked.connect(self._show_problems)
        self.files.changed.connect(self._dress)
        self.files.opened.connect(self._show_project)
        self.files.saved.connect(lambda path: self.status.tell(f"Saved {path.name}"))
        self.welcome.template_chosen.connect(self.files.open_template)
        self.welcome.file_chosen.connect(self.files.open)
        self.welcome.example_chosen.connect(self.files.open_example)
        self.welcome.empty_chosen.connect(self.files.new)
        self.welcome.open_chosen.connect(self.files.ask_open)
        self.welcome.back_chosen.connect(self._show_canvas)
        for name, view in self.views.items():
            view.requests_changed.connect(self.session.ask)
            view.message.connect(self.status.tell)
            self.docks.all[name].visibilityChanged.connect(self._seen)
        self.docks.all["dataPanel"].visibilityChanged.connect(self._seen)
        self.data_panel.samples.preview.inspection.message.connect(self.status.tell)
        self.training_panel.reset_chosen.connect(self.session.reset)
        self.training_panel.failed.connect(self.docks.all["trainingPanel"].raise_)

    def _play(self) -> None:
        if not play(self.store, self.session):
            self.status.tell("More epochs than these cannot be set. Reset starts again from the first weights.")

    def _set_speed(self) -> None:
        self.session.set_speed(self.speed.tempo)
        self._show_actions(self.session.snapshot)

    # Live views

    def _requests(self) -> frozenset[Request]:
        return frozenset().union(*(view.requests() for view in self.views.values() if in_sight(view)))

    def _draw(self, snapshot: Snapshot) -> None:
        # Once for all, so that no two places tell different numbers.
        numbers = self.status.due(snapshot)
        for view in self.views.values():
            view.announce(snapshot)
            if in_sight(view):
                view.draw_in_time(snapshot, numbers=numbers)
        # It draws only other samples than before, so it need not wait until it is seen.
        self.data_panel.draw(snapshot)
        self.training_panel.draw(snapshot)
        self.canvas.canvas.show_renewed(snapshot.renewed)
        if self._stack.currentWidget() is self._desk:
            self.status.show_snapshot(snapshot, due=numbers)
            self.offer.show_snapshot(snapshot)
        self._show_actions(snapshot)

    def _show_actions(self, snapshot: Snapshot) -> None:
        """What can be done with training now, and how play calls what it does."""
        shown = self._stack.currentWidget() is self._desk
        self.playing.show_snapshot(snapshot)
        # Nobody should train by mistake a project that the start page hides; what trains already can be paused.
        running, able = snapshot.state is RunState.RUNNING, shown and snapshot.state is not RunState.EMPTY
        for name in ("play", "step", "epoch"):
            self.actions_[name].setEnabled(able and not running)
        self.actions_["pause"].setEnabled(running)
        slowed = snapshot.slowed if running else able and snapshot.state is not RunState.FINISHED
        self.actions_["finish"].setEnabled(slowed and self.speed.tempo != FULL)
        self.actions_["reset"].setEnabled(able and snapshot.step > 0)

    def _seen(self, visible: bool) -> None:
        """A dock came into sight: it draws what there is, and the next snapshot has what it needs."""
        if visible:
            self._draw(self.session.snapshot)
            self.session.ask()

    def _selection_changed(self, name: str) -> None:
        if name:
            self.docks.all[_PANELS.get(name, "inspector")].raise_()
        self.session.ask()

    # Pages

    def show_welcome(self) -> None:
        """The page with the templates; the project stays as it is."""
        if self._stack.currentWidget() is self._desk:
            self.welcome.set_project(self.files.title)
        self.welcome.set_recent(self.files.recent(), self.files.examples)
        self.docks.put_away()
        self.problem_count.set_away(True)
        # Back at the project, it is made again.
        self.offer.show_snapshot(Snapshot(0, RunState.EMPTY))
        self._stack.setCurrentWidget(self.welcome)
        self._draw(self.session.snapshot)
        self.status.show_hint("Choose an example, or start with an empty project.")

    def _show_canvas(self) -> None:
        self._stack.setCurrentWidget(self._desk)
        self.docks.begin()
        self.docks.bring_back()
        self.problem_count.set_away(False)
        self._draw(self.session.snapshot)
        self.status.show_zoom(self.canvas.zoom)

    def _show_project(self) -> None:
        self.speed.suit(fresh=self.files.fresh)
        self._show_canvas()
        self._offer_views()
        self.docks.bring_forward(self.views)
        if INPUT in self.store.analysis.problems:
            # Data that are not there can be fetched in their panel.
            self.docks.all["dataPanel"].raise_()
        self.canvas.fit()
        self.canvas.setFocus()

    def _follow_data(self) -> None:
        """Offers the views that suit the data. While these cannot be read, those that suited before stay."""
        if self.store.analysis.signature is not None:
            self._offer_views()

    def _offer_views(self) -> None:
        """Offers the views that suit the data, all of them while these cannot be read."""
        signature = self.store.analysis.signature
        unsuited = {
            name: f"needs {kind.needs}"
            for name, kind in VIEWS.items()
            if signature is not None and not kind.suits(signature)
        }
        self.docks.withhold(unsuited)

    def _append(self, kind: str) -> None:
        self.canvas.canvas.append(REGISTRY[kind]())  # type: ignore[call-arg]

    def _search(self) -> None:
        if self.canvas.isVisible():
            self.canvas.find_bar.open()

    def _show_problems(self) -> None:
        self.docks.all["problemsView"].show()
        self.docks.all["problemsView"].raise_()
        self.problems.take_focus()

    def _go_to_group(self, name: str) -> None:
        self.canvas.go_to(self.store.document.group(name).blocks[0])
        self.store.select(name)

    def _find_layer(self) -> None:
        self.docks.all["paletteDock"].show()
        self.palette_.search.setFocus()
        self.palette_.search.selectAll()

    def _commands(self) -> list[Command]:
        shown = self._stack.currentWidget() is self._desk
        training = self.training_panel
        # Whoever types the name of a panel wants to see it: an entry that puts it away must not come first.
        toggles = [dock.toggleViewAction() for dock in self.docks.all.values()]
        return offers.in_order(
            of_menus(self.menuBar(), self.actions_.all(), self._why_not, toggles),
            offers.layers(self.canvas.canvas.append, enabled=shown),
            offers.blocks(self.store, self.canvas.go_to, enabled=shown),
            offers.groups(self.store, self._go_to_group, enabled=shown),
            offers.panels(self.docks.all, self.docks.unsuited, enabled=shown),
            offers.data(self.data_panel.choose, enabled=shown),
            offers.settings("loss", LOSSES.values(), partial(training.choices.choose, training.loss), enabled=shown),
            offers.settings(
                "optimiser",
                OPTIMIZERS.values(),
                partial(training.choices.choose, training.optimizer),
                enabled=shown,
            ),
            offers.examples(self.files.open_template),
        )

    def _why_not(self, action: QAction) -> str:
        name = action.objectName().removesuffix("Action")
        shown = self._stack.currentWidget() is self._desk
        if name in ON_CANVAS:
            return why_not_on_canvas(name, self.canvas.canvas, shown=shown)
        return why_not(name, self.store.analysis, self.session.snapshot, shown=shown)

    def _dress(self) -> None:
        self.setWindowTitle(f"{self.files.title}[*] — nnstudio")
        self.setWindowModified(self.files.dirty)
        self.setWindowFilePath(str(self.files.path or ""))

    def _about(self) -> None:
        QMessageBox.about(self, "About nnstudio", _ABOUT)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self.docks.remember()
        QSettings().setValue("geometry", self.saveGeometry())
        self.rescue.close()
        self.session.close()
        event.accept()
