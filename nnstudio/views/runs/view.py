"""Runs of the project: table, with what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTableView,
    QWidget,
)

from nnstudio.document import runs
from nnstudio.document.run_settings import SettingsBook, repeats
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.run_shelf import Run
from nnstudio.training.run_table import RunRow, RunTables, from_where
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.sorting import make_sortable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.base import View
from nnstudio.views.plotting import Header, HintPages, column
from nnstudio.views.runs.model import NAME, RunModel, SortedRuns
from nnstudio.views.runs.repeat_dialog import RepeatDialog

# What the keys do there, for the list of keys.
GESTURES = (
    ("F2", "rename the selected run"),
    ("Del", "delete the selected runs; can be undone"),
    ("Space", "draw the curves of the selected runs beside the present ones, or take them away"),
)

_HINT = "Each run that is reset, branched or trained anew is kept here, with its curves and weights."
_ROW, _WIDE, _WIDEST, _NOTE = 26, 560, 220, 140


class RunsView(View):
    """View of all runs of the project.

    Signals:
        restore_wanted: a person wants to go on with a run that is over.
        comparison_wanted: a person wants to see how the network differs from that of a run, which comes with its name.
        repeat_wanted: a person wants the run repeated with these seeds; without any, repeats are to stop.
    """

    dock_name = "runsView"
    title = "Runs"
    saying = "every training run is kept: compare, restore, repeat"
    group, rank = "training", 45
    layouts = frozenset({"watch"})
    follows = False
    min_interval = 0.25

    restore_wanted = Signal(object)
    comparison_wanted = Signal(object, str)
    repeat_wanted = Signal(tuple)

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self._snapshot: Snapshot | None = None
        self._tables = RunTables()
        self._settings = SettingsBook()
        self.model = RunModel(self._rename, self._annotate, self._choose)
        self.sorted = SortedRuns(self.model)
        self.grid = _Grid()
        self.grid.setObjectName("runTable")
        self.grid.setAccessibleName("Runs of the project")
        self.grid.setModel(self.sorted)
        make_sortable(self.grid)
        self.grid.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.setFrameShape(QTableView.Shape.NoFrame)
        self.grid.setTabKeyNavigation(False)
        self.grid.setWordWrap(False)
        self.grid.verticalHeader().setDefaultSectionSize(_ROW)
        self.grid.verticalHeader().hide()
        self.grid.horizontalHeader().setHighlightSections(False)
        self.grid.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.restore = self._action("runRestoreAction", "Restore", "Go on with this run, with its network and settings")
        self.rename = self._action("runRenameAction", "Rename", "Give the run another name", Qt.Key.Key_F2)
        self.note = self._action("runNoteAction", "Note", "Write a remark on the run")
        self.compare = self._action(
            "runCompareAction", "Differences", "Show on the canvas how the present network differs from this run's"
        )
        self.draw_curves = self._action(
            "runCurvesAction",
            "Draw curves",
            "Draw the curves of these runs beside the present ones, or take them away",
            Qt.Key.Key_Space,
        )
        self.delete = self._action("runDeleteAction", "Delete", "Delete these runs; can be undone", Qt.Key.Key_Delete)
        for action, run in (
            (self.restore, self._restore),
            (self.compare, self._compare),
            (self.rename, lambda: self._edit(NAME)),
            (self.note, lambda: self._edit(self.model.columnCount() - 1)),
            (self.draw_curves, self._draw_curves),
            (self.delete, self._delete),
        ):
            action.triggered.connect(lambda _=False, run=run: run())
        self.averaged = QCheckBox("Mean")
        self.averaged.setObjectName("runMean")
        self.averaged.setToolTip("Draw runs that differ in their seed alone as mean and band")
        self.averaged.toggled.connect(self._average)
        self.repeat = QPushButton("Repeat…")
        self.repeat.setObjectName("runRepeat")
        self.repeat.setToolTip("Train the network again with other seeds, beside the present run")
        self.repeat.clicked.connect(self.ask_seeds)
        self.info = StillLabel("Number of runs", yields=True)
        self.progress = _Progress(lambda: self.repeat_wanted.emit(()))
        content = QWidget()
        column(
            content,
            Header(self.info, self._buttons(), wide_from=_WIDE),
            self.progress,
            self.grid,
        )
        self.pages = HintPages(content, _HINT)
        column(self, self.pages)
        self.make_inspectable(self.grid.viewport(), owner=self.grid)
        self.grid.selectionModel().selectionChanged.connect(self._selected)
        # Qt says nothing of a selection that goes with the rows.
        self.sorted.modelReset.connect(self._selected)
        store.comparison_changed.connect(self._compared)
        store.changed.connect(self._labels_changed)
        self._compared()
        self._selected()

    def _action(self, name: str, text: str, tip: str, key: Qt.Key | None = None) -> QAction:
        action = QAction(text, self.grid)
        action.setObjectName(name)
        action.setToolTip(tip)
        if key is not None:
            self.grid.keys[key] = action
            shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{tip} ({shown})")
        self.grid.addAction(action)
        return action

    def _buttons(self) -> QWidget:
        """What can be done, in one row also where there is little room."""
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for action in (self.restore, self.compare, self.delete):
            button = QPushButton(action.text())
            button.setObjectName(action.objectName().removesuffix("Action"))
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            action.enabledChanged.connect(button.setEnabled)
            button.setEnabled(action.isEnabled())
            row.addWidget(button)
        row.addWidget(self.averaged)
        row.addWidget(self.repeat)
        return bar

    # Drawing

    def draw(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        table = self._tables.table(self.store.document, snapshot)
        self.progress.show_progress(snapshot)
        if not table.rows and snapshot.repeat is None:
            self.pages.show_hint(_HINT)
            return
        self.pages.show_content()
        shape = self.model.titles, _words(self.model.rows)
        self.model.show_table(table)
        self._colour()
        if shape != (self.model.titles, _words(table.rows)):
            self._fit_columns()
        self._selected()
        count, others = len(table.rows), len(table.settings)
        differing = f", {others} {'setting differs' if others == 1 else 'settings differ'}" if others else ""
        self.info.setText(f"{count:,} {'run' if count == 1 else 'runs'}{differing}", f"{count:,}")
        self.repeat.setEnabled(snapshot.repeat is None and snapshot.state is not RunState.EMPTY)

    def _fit_columns(self) -> None:
        metrics = self.grid.fontMetrics()
        for place, title in enumerate(self.model.titles):
            texts = [title, *(self.model.texts(row)[place] for row in self.model.rows)]
            width = max(map(metrics.horizontalAdvance, texts)) + (64 if place == NAME else 24)
            # A note needs room while it is being written.
            least = _NOTE if place == len(self.model.titles) - 1 else 0
            self.grid.setColumnWidth(place, max(least, min(width, _WIDEST)))

    def reading(self, point: QPointF) -> str:
        index = self.grid.indexAt(point.toPoint())
        if not index.isValid():
            return ""
        row = self._row(self.sorted.mapToSource(index).row())
        return "\n".join(filter(None, [row.name, from_where(self.store.document, row), row.note]))

    def table(self) -> NumberTable | None:
        seconds = {"Trained for": "Trained for (s)"}
        titles = tuple(seconds.get(title, title) for title in self.model.titles)
        rows = [self.model.values(row) for row in self.model.rows]
        return NumberTable(titles, lambda: rows) if rows else None

    def _row(self, number: int) -> RunRow:
        return self.model.rows[number]

    # Commands

    @property
    def chosen(self) -> list[RunRow]:
        """Runs that are selected in the table, from top to bottom."""
        places = sorted(index.row() for index in self.grid.selectionModel().selectedRows())
        return [self._row(self.sorted.mapToSource(self.sorted.index(place, 0)).row()) for place in places]

    def _selected(self) -> None:
        chosen = self.chosen
        over = [row for row in chosen if not row.present]
        self.restore.setEnabled(len(chosen) == 1 == len(over))
        self.compare.setEnabled(len(chosen) == 1 == len(over))
        self.rename.setEnabled(len(chosen) == 1)
        self.note.setEnabled(len(chosen) == 1)
        for action in (self.draw_curves, self.delete):
            action.setEnabled(bool(over) and len(over) == len(chosen))

    def _kept(self) -> Run | None:
        """The selected run, if it is over."""
        wanted, snapshot = self.chosen[0].id, self._snapshot
        return None if snapshot is None else next((run for run in snapshot.runs if run.id == wanted), None)

    def _restore(self) -> None:
        run = self._kept()
        if run is not None:
            self.restore_wanted.emit(run)
            self.message.emit(f"{runs.run_name(self.store.document, run.id)} is the present run again.")

    def _compare(self) -> None:
        run = self._kept()
        if run is not None:
            self.comparison_wanted.emit(run.document, runs.run_name(self.store.document, run.id))

    def _edit(self, place: int) -> None:
        self.grid.begin_editing(self.grid.selectionModel().selectedRows()[0].siblingAtColumn(place))

    def _delete(self) -> None:
        names = [row.id for row in self.chosen if not row.present]
        what = self.chosen[0].name if len(names) == 1 else f"{len(names)} runs"
        self.store.edit(f"Delete {what}", runs.delete_runs(self.store.document, *names))
        kept = tuple(name for name in self.store.comparison.runs if name not in names)
        self.store.compare(runs.Comparison(kept, self.store.comparison.averaged))

    def _rename(self, run: str, name: str) -> None:
        name = " ".join(name.split())[: runs.LONGEST_NAME]
        if name != runs.run_name(self.store.document, run):
            self.store.edit("Rename run", runs.rename_run(self.store.document, run, name))

    def _annotate(self, run: str, note: str) -> None:
        self.store.edit("Note on run", runs.annotate_run(self.store.document, run, note[: runs.LONGEST_NOTE]))

    def ask_seeds(self) -> None:
        """Let the user choose how many repeats there are to be, and begin them."""
        training = self.store.document.training
        dialog = RepeatDialog(training.seed, training.epochs, self)
        if dialog.exec():
            self.repeat_wanted.emit(dialog.seeds)
        # Else it would stay as long as the view.
        dialog.deleteLater()

    # Comparison

    def _choose(self, run: str, on: bool) -> None:
        known = self.store.comparison
        chosen = (*(name for name in known.runs if name != run), *([run] if on else []))
        self.store.compare(runs.Comparison(chosen, known.averaged))

    def _draw_curves(self) -> None:
        """Draw the curves of the selected runs; take them away where all of them are drawn."""
        known, names = self.store.comparison, [row.id for row in self.chosen]
        new = tuple(name for name in names if name not in known.runs)
        kept = known.runs if new else tuple(name for name in known.runs if name not in names)
        self.store.compare(runs.Comparison((*kept, *new), known.averaged))

    def _average(self, on: bool) -> None:
        self.store.compare(runs.Comparison(self.store.comparison.runs, on))

    def _compared(self) -> None:
        self._colour()
        self.averaged.setChecked(self.store.comparison.averaged)

    def _colour(self) -> None:
        """Give the chosen runs the colours of their curves: repeats that are drawn as a mean share one."""
        comparison, document = self.store.comparison, self.store.document
        kept = () if self._snapshot is None else self._snapshot.runs
        known = {run.id: run.document for run in kept if not runs.is_deleted(document, run.id)}
        chosen = [name for name in comparison.runs if name in known]
        groups = [[name] for name in chosen]
        if comparison.averaged:
            groups = repeats(dict(zip(chosen, self._settings([known[name] for name in chosen]), strict=True)))
        self.model.show_chosen(comparison.runs, {name: group[0] for group in groups for name in group})

    def _labels_changed(self) -> None:
        if self._snapshot is not None and self.isVisible():
            self.draw(self._snapshot)


def _words(rows: Iterable[RunRow]) -> list[tuple[str, str]]:
    """Names and notes of runs: words of any length, by which columns get other widths."""
    return [(row.name, row.note) for row in rows]


class _Grid(QTableView):
    """Table with keys of its own, also where the window has a command on the same key.

    Attributes:
        keys: the action of each key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.keys: dict[Qt.Key, QAction] = {}

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and self._action(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self._action(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            action.trigger()

    def begin_editing(self, index: QModelIndex) -> None:
        """Open the editor of a cell, once what is typed into another one is taken.

        An editor gives its text as it loses the focus, and is deleted a little later; until then Qt opens no other.
        """
        self.setFocus()
        self.setState(QAbstractItemView.State.NoState)
        self.setCurrentIndex(index)
        self.edit(index, QAbstractItemView.EditTrigger.AllEditTriggers, QEvent(QEvent.Type.None_))

    def _action(self, event: QKeyEvent) -> QAction | None:
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        return self.keys.get(Qt.Key(event.key())) if plain else None


class _Progress(QWidget):
    """Progress of repeats, with a button that stops them; hidden while there are none."""

    def __init__(self, cancel: Callable[[], None]) -> None:
        super().__init__()
        self.label = PlainLabel()
        self.label.setObjectName("repeatLabel")
        self.bar = QProgressBar()
        self.bar.setObjectName("repeatProgress")
        self.bar.setAccessibleName("Progress of the repeats")
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.cancel = QPushButton("Stop")
        self.cancel.setObjectName("repeatStop")
        self.cancel.setToolTip("Stop the repeats; those that have ended stay")
        self.cancel.clicked.connect(cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        for widget in (self.label, self.bar, self.cancel):
            row.addWidget(widget)
        self.hide()

    def show_progress(self, snapshot: Snapshot) -> None:
        """Show the progress of a snapshot's repeats."""
        found = snapshot.repeat
        if found is not None:
            self.label.setText(f"Repeat {found.done + 1} of {found.count}, seed {found.seed}")
            self.bar.setValue(round(1000 * (found.done + found.share) / found.count))
        self.setVisible(found is not None)
