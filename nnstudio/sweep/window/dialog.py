"""Dialog of a sweep: its settings, its trials as they come, and what becomes of the best."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from engine.errors import EngineError
from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.project import known_projects, project_file
from nnstudio.store import Store
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.measure import measures
from nnstudio.sweep.project_runs import labelled, renumbered, same_training
from nnstudio.sweep.ranges import check_ranges, present, show_ranges
from nnstudio.sweep.results import StudyTable, TrialRow
from nnstudio.sweep.storage import default_storage, require_optuna
from nnstudio.sweep.trial_files import document_of, load_trials
from nnstudio.sweep.window.charts import ImportanceChart, ParallelCoordinates
from nnstudio.sweep.window.options import SweepOptions
from nnstudio.sweep.window.processes import SweepProcesses
from nnstudio.sweep.window.range_form import RangeForm
from nnstudio.sweep.window.trial_table import TrialTable
from nnstudio.sweep.window.watcher import StudyWatcher
from nnstudio.training.messages import Snapshot
from nnstudio.training.project import Project
from nnstudio.training.run_shelf import Run, RunShelf
from nnstudio.ui.labels import text_label
from nnstudio.ui.plain_text import with_capital

_OPTIONS = 330
_NOTHING = "Tick the settings that are to be searched, then press Search."
_START = "Train trials, or go on with them"


class Trainer(Protocol):
    """Session as the dialog knows it."""

    @property
    def arrived(self) -> SignalInstance:
        """Signal of a new snapshot."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot."""

    def add_runs(self, runs: Sequence[Run]) -> None:
        """Keep runs that were trained elsewhere."""


class SearchDialog(QDialog):
    """Dialog of a sweep. It may be closed while trials are trained, and opened again.

    Args:
        store, session: of the window. processes: those that train, which stay when the dialog is closed.
        path: file of the project; "" for none.

    Signals:
        told: what was done, as a sentence.
    """

    told = Signal(str)

    def __init__(
        self, store: Store, session: Trainer, processes: SweepProcesses, path: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("searchDialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Search settings")
        self._store, self._session, self._processes = store, session, processes
        self._table: StudyTable | None = None
        self._wanted = 0
        # What was said last of the study itself.
        self._told = ""
        self.ranges = RangeForm()
        self.options = SweepOptions()
        own = str(_own_folder() / f"{uuid.uuid4().hex[:8]}.sweep")
        self.options.place.setText(default_storage(os.path.abspath(path)) if path else own)
        self.trials = TrialTable()
        self.parallel = ParallelCoordinates()
        self.importance = ImportanceChart()
        self._watcher = StudyWatcher(self)
        self._watcher.read.connect(self._show_trials)
        self._watcher.weighed.connect(self.importance.show_shares)
        self._watcher.failed.connect(self._refuse)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("searchTabs")
        self._add_tabs()
        self.message = text_label(_NOTHING)
        self.message.setObjectName("searchMessage")
        self.bar = QProgressBar()
        self.bar.setObjectName("searchProgress")
        self.bar.setAccessibleName("Trials that are done")
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(10)
        self.bar.hide()
        self.search = _button("searchStart", "Search", _START)
        self.search.setProperty("role", "primary")
        self.stop = _button("searchStop", "Stop", "End the trials under way; they are trained again when you go on")
        close = _button("searchClose", "Close", "Close this window; the search goes on")
        row = QHBoxLayout()
        row.addWidget(self.message, 1)
        for button in (self.search, self.stop, close):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.bar)
        column.addLayout(row)
        self.search.clicked.connect(self.start)
        self.stop.clicked.connect(self.end)
        close.clicked.connect(self.close)
        space = parent.window().size() * 0.86 if parent is not None else QSize(1100, 700)
        self.resize(space.boundedTo(QSize(1320, 860)).expandedTo(QSize(720, 460)))
        self._background = Background(self)
        self._background.finished.connect(self._loaded)
        self.ranges.ranged.connect(self._set_range)
        self.options.changed.connect(self._set)
        self.options.moved.connect(self._move)
        self.trials.take.connect(self.take_settings)
        self.trials.keep.connect(self.keep_trials)
        self.trials.selected.connect(self.parallel.select)
        self.parallel.chosen.connect(self.trials.select)
        store.changed.connect(self._show_document)
        store.opened.connect(self.close)
        # No lambda: that would be called when the dialog is gone.
        store.selection_changed.connect(self._show_document)
        session.arrived.connect(self._arrived)
        self._measures: tuple[str, ...] = ()
        self._show_document()

    def _add_tabs(self) -> None:
        settings = QSplitter()
        settings.setChildrenCollapsible(False)
        settings.addWidget(self.ranges)
        settings.addWidget(self.options)
        settings.setStretchFactor(0, 1)
        self.options.setMinimumWidth(_OPTIONS)
        self._importance_page = importance = QWidget()
        column = QVBoxLayout(importance)
        column.addWidget(
            text_label(
                "Share of each setting in reaching the best tenth of the trials, by PED-ANOVA (Watanabe et al. 2023) "
                "over the trials that were trained to the end.",
                "muted",
            )
        )
        column.addWidget(self.importance, 1)
        for widget, title in (
            (settings, "Settings"),
            (self.trials, "Trials"),
            (self.parallel, "Parallel coordinates"),
            (importance, "Importance"),
        ):
            self.tabs.addTab(widget, title)
        self.tabs.currentChanged.connect(self._watcher.look)

    # The document

    @property
    def _document(self) -> Document:
        return self._store.document

    def _show_document(self) -> None:
        document, selected = self._document, self._store.selected
        self.ranges.show_document(document, selected)
        data = self._session.snapshot.data
        if data is not None:
            # While the data are being changed, what was there stays until they are read.
            with contextlib.suppress(EngineError):
                self._measures = measures(document, data)
        self.options.show_settings(document.sweep, self._measures)
        self._enable()

    def _arrived(self, snapshot: Snapshot) -> None:
        if not self._measures and snapshot.data is not None:
            self._show_document()

    def _set_range(self, setting: str, wanted: SearchRange | None) -> None:
        sweep = self._document.sweep.with_range(setting, wanted)
        text = f"Search {setting}" if wanted is not None else f"Search {setting} no longer"
        self._store.edit(text, self._document.with_changes(sweep=sweep), merge=f"search {setting}")

    def _set(self, name: str, value: object) -> None:
        sweep = self._document.sweep.with_changes(**{name: value})
        self._store.edit("Settings of the search", self._document.with_changes(sweep=sweep), merge=f"sweep {name}")

    # Trials

    def start(self) -> None:
        """Begin to train trials, or go on with those of the study."""
        if refused := self.ranges.refused:
            # What the project holds is the range before, which is not what stands there.
            self.tabs.setCurrentIndex(0)
            self._refuse(refused)
            return
        document = self._document
        ranges = present(document, document.sweep)
        try:
            require_optuna()
            if ranges or not self._begun:
                check_ranges(document, ranges)
                self._choose_study(show_ranges(ranges))
            path = _own_folder() / f"{uuid.uuid4().hex}{project_file.SUFFIX}"
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            project_file.save(Project(document.with_changes(runs=())), path)
            place, study = self.options.place.text().strip(), self.options.study.text().strip()
            self._processes.start(path, show_ranges(ranges), place, study, self.options.count.value())
        except (EngineError, OSError) as error:
            self._refuse(str(error))
            return
        self._tell("The first trial begins…")
        self.tabs.setCurrentIndex(1)
        self._watch()
        self._enable()

    @property
    def _begun(self) -> bool:
        """True if the study on display has trials; without any range ticked, it goes on with its own."""
        return self._table is not None and bool(self._table.rows)

    @property
    def _shown_ranges(self) -> tuple[str, ...]:
        return () if self._table is None else self._table.ranges

    def _choose_study(self, ranges: tuple[str, ...]) -> None:
        """Takes the next name for a study where the one on display searches something else."""
        if self._begun and self._shown_ranges != ranges:
            stem, _, number = self.options.study.text().rpartition("-")
            name = f"{stem}-{int(number) + 1}" if stem and number.isdecimal() else f"{self.options.study.text()}-2"
            self.options.study.setText(name)
            self._table = None

    def end(self) -> None:
        """Ask all processes of the study on this computer to end."""
        rows = () if self._table is None else self._table.rows
        self._processes.stop(row.pid for row in rows if row.pid)
        self._tell("The trials under way are being ended…")

    @property
    def _chosen_study(self) -> tuple[str, str]:
        """Storage, and name of the study in it."""
        return self.options.place.text().strip(), self.options.study.text().strip()

    def _watch(self) -> None:
        self._watcher.watch(*self._chosen_study)

    def _move(self) -> None:
        """Turns to another study, and shows nothing more of the one before."""
        if self._chosen_study == self._watcher.watched:
            return
        nothing = StudyTable("", False, (), ())
        self.trials.show_table(nothing)
        self.parallel.show_table(nothing)
        self.importance.show_shares({}, "")
        self.bar.hide()
        self._table, self._told = None, ""
        self._tell(_NOTHING)
        self._watch()
        self._enable()

    def _show_trials(self, table: StudyTable | None) -> None:
        self._table = table
        running = self._processes.alive
        if table is not None:
            self.trials.show_table(table)
            self.parallel.show_table(table)
            if self.tabs.currentWidget() is self._importance_page:
                self._watcher.weigh(table.done)
            self._wanted = self._document.sweep.trials
            self.bar.setRange(0, max(self._wanted, table.done, 1))
            self.bar.setValue(table.done)
            self.bar.setVisible(bool(table.rows))
            told = _in_words(table, self._wanted, running)
            if told != self._told:
                # What was said of a button that was pressed meanwhile stays until there is something new.
                self._told = told
                self._tell(told)
        if self._processes.complaint and not running:
            self._refuse(self._processes.complaint)
        self._enable()

    def _enable(self) -> None:
        rows = () if self._table is None else self._table.rows
        running = bool(self._processes.alive or any(row.pid for row in rows))
        ranges, done = present(self._document, self._document.sweep), sum(row.over for row in rows)
        # Another search than that of the study on display begins anew.
        same = self._begun and (not ranges or self._shown_ranges == show_ranges(ranges))
        left = not same or done < self._document.sweep.trials
        self.search.setEnabled(not running and bool(ranges or self._begun) and left)
        self.search.setText("Go on" if same and done else "Search")
        self.search.setToolTip(_START if left else "All trials are done; for more, raise their number")
        self.stop.setEnabled(running)

    def _tell(self, sentence: str, role: str = "") -> None:
        if self.message.property("role") != role:
            self.message.setProperty("role", role)
            self.message.style().unpolish(self.message)
            self.message.style().polish(self.message)
        self.message.setText(sentence)

    def _refuse(self, sentence: str) -> None:
        self._tell(with_capital(sentence), "error")
        self._enable()

    # The best

    def take_settings(self, row: TrialRow) -> None:
        """Set the project to the settings of a trial; undoable."""
        try:
            chosen = document_of(self._document, row.parameters)
        except EngineError as error:
            self._refuse(str(error))
            return
        self._store.edit(f"Settings of trial {row.number}", chosen)
        self.told.emit(f"The project has the settings of trial {row.number}.")

    def keep_trials(self, rows: Sequence[TrialRow]) -> None:
        """Keep trials as runs of the project, read in a thread."""
        document, place = self._document, self.options.place.text().strip()
        study = self.options.study.text().strip()
        self._background.start(lambda: load_trials(document, place, study, rows))

    def _loaded(self, job: Job) -> None:
        match job.error:
            case None:
                self._take_runs(job.result)
            case SweepError() as error:
                self._refuse(error.message)
            case error:
                log.report(error)
                self._refuse("these trials cannot be read because of a fault in the program")

    def _take_runs(self, found: list[tuple[TrialRow, Run | None]]) -> None:
        snapshot, document = self._session.snapshot, self._document
        shelf, kept = RunShelf(snapshot.runs), []
        measure = self._table.measure if self._table is not None else ""
        known = 0
        for row, run in found:
            if run is None:
                continue
            if any(same_training(run, other) for other in shelf.runs):
                known += 1
                continue
            labels = (label.run for label in document.runs)
            name = f"run-{shelf.next_number(snapshot.run.id, *labels)}"
            kept.append(renumbered(run, name))
            shelf.add(kept[-1])
            document = labelled(document, name, row, measure)
        if kept:
            self._session.add_runs(kept)
            self._store.edit("Keep trials as runs", document)
        self._tell(_kept_in_words(len(kept), known, sum(run is None for _, run in found)))

    # The window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._watch()

    def hideEvent(self, event: QHideEvent) -> None:
        self._watcher.rest()
        super().hideEvent(event)


def _own_folder() -> Path:
    return known_projects.place().parent / "sweeps"


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def _in_words(table: StudyTable, wanted: int, running: int) -> str:
    if not table.rows:
        return "The first trial begins…" if running else _NOTHING
    best = table.best()
    words = f"{table.done:,} of {wanted:,} trials"
    if best:
        words += f"; best: trial {best[0].number} with {table.measure} {best[0].value:.4g}"
    under = sum(row.state == "running" for row in table.rows)
    return f"{words}; {under} under way." if under else f"{words}."


def _kept_in_words(count: int, known: int, missing: int) -> str:
    words = [f"{count} {'trial is a run' if count == 1 else 'trials are runs'} of the project now."] if count else []
    if known:
        words.append(f"{known} {'was' if known == 1 else 'were'} one already.")
    if missing:
        words.append(
            f"Of {missing}, the weights are not here: not among the best, or trained on another computer. "
            "Take their settings, and press play."
        )
    return " ".join(words) or "There is no trial to keep."
