"""Import page: how a table is read, its first rows, and what each column is for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from engine.data import TableFile
from engine.declared import describe_fields
from engine.errors import SpecError
from nnstudio.document.model import INPUT
from nnstudio.document.problems import Problem, Severity
from nnstudio.faults import log
from nnstudio.loading.background import Background, Job
from nnstudio.panels.form import Form
from nnstudio.panels.panel import refusal
from nnstudio.panels.parts import FixAction, ProblemBox
from nnstudio.panels.section import Section
from nnstudio.panels.tables.column_fields import role_of
from nnstudio.panels.tables.column_form import ColumnForm
from nnstudio.panels.tables.look import Look, look_at, with_role, with_setting, with_settings, with_signs
from nnstudio.panels.tables.preview import Preview
from nnstudio.ui.labels import text_label
from nnstudio.ui.scroll_column import ScrollColumn

_READING = ("delimiter", "quote", "encoding", "decimal", "thousands", "header", "skip_first", "skip_below", "skip_last")
# Of the window, and in pixels: the page, and its column of settings.
_SHARE = 0.88
_SMALLEST = QSize(1040, 640)
_SIDE, _WIDEST_SIDE = 320, 440
_MOST_REMARKS = 8
# Files of other formats say by themselves how they are read.
_SHEETS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_TYPED = (".parquet", ".pq", ".arrow", ".feather", ".ipc")


class ImportPage(QDialog):
    """Page that shows the guess of a table, and takes other choices.

    Everything on it follows at once; the document takes the table when it is accepted.

    Signals:
        wanted: this table, with these settings, is to be used.

    Attributes:
        dataset: the table with the settings chosen so far. look: what was seen with the last of them that was read.
    """

    wanted = Signal(object)

    def __init__(self, dataset: TableFile, parent: QWidget | None = None, look: Look | None = None) -> None:
        """Show a table, and what is to be seen of it; that is read where it is not given."""
        super().__init__(parent)
        self.setObjectName("importPage")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        name = Path(dataset.path).name
        self.setWindowTitle(f"Columns of {name}")
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.dataset = dataset
        self.look: Look | None = None
        self._place = -1
        self._job: Job | None = None
        self._background = Background(self)
        self._background.finished.connect(self._finish)

        self.summary = text_label("Reading…", "title")
        self.summary.setObjectName("importSummary")
        self.words = text_label("", "muted")
        self.words.setObjectName("importWords")
        self.error = text_label("", "error")
        self.error.setObjectName("importError")
        self.error.hide()
        self.preview = Preview()
        self.preview.chosen.connect(self.show_column)
        self.task = Form(describe_fields(TableFile, "task"))
        self.task.changed.connect(self._set)
        fields = describe_fields(TableFile, *_fields_of(dataset))
        self.reading = Form(replace(field, none="guessed") for field in fields)
        self.reading.changed.connect(self._set)
        self.reading_section = Section("tableReading", "How the file is read", self.reading)
        self.reading_section.setVisible(bool(self.reading.rows))
        self.column = ColumnForm()
        self.column.role_chosen.connect(self._set_role)
        self.column.changed.connect(self._set_column)
        self._remark_place = QVBoxLayout()
        self._remark_place.setSpacing(6)
        self._remark_boxes: list[ProblemBox] = []
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.use = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.use.setText("Use this table")
        self.use.setObjectName("importUse")
        self.use.setProperty("role", "primary")
        self.use.setAccessibleName("Use this table")
        self.use.setEnabled(False)
        cancel = self.buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setObjectName("importCancel")
        cancel.setAccessibleName("Cancel")
        self.buttons.accepted.connect(lambda: self.wanted.emit(self.dataset))
        self.buttons.rejected.connect(self.reject)
        self._arrange()
        self._take_space()
        if look is None:
            self._read()
        else:
            self._show_settings()
            self._show(look)

    def _arrange(self) -> None:
        side = QWidget()
        side.setObjectName("content")
        column = QVBoxLayout(side)
        column.setContentsMargins(10, 0, 8, 0)
        column.setSpacing(10)
        for widget in (self.column, self.task, self.reading_section):
            column.addWidget(widget)
        column.addLayout(self._remark_place)
        column.addStretch(1)
        area = ScrollColumn(side)
        area.setMinimumWidth(_SIDE - 60)
        self._halves = QSplitter(Qt.Orientation.Horizontal)
        self._halves.setChildrenCollapsible(False)
        self._halves.addWidget(self.preview)
        self._halves.addWidget(area)
        self._halves.setStretchFactor(0, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.error, 1)
        foot.addWidget(self.buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 12, 12, 12)
        whole.setSpacing(8)
        whole.addWidget(self.summary)
        whole.addWidget(self.words)
        whole.addWidget(self._halves, 1)
        whole.addLayout(foot)

    def _take_space(self) -> None:
        """Take most of the window's size: what lies below says nothing while columns are chosen."""
        parent = self.parentWidget()
        window = QSize() if parent is None else parent.window().size()
        size = (window * _SHARE).expandedTo(_SMALLEST)
        self.resize(size)
        side = min(max(_SIDE, size.width() // 4), _WIDEST_SIDE)
        self._halves.setSizes([size.width() - side, side])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        typing = isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox)
        if typing and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return  # it ends the typing, and nothing else
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._job = None
        super().closeEvent(event)

    def show_error(self, sentence: str) -> None:
        """Show why the table cannot be used as it is set; "" hides it."""
        self.error.setText(sentence[:1].upper() + sentence[1:])
        self.error.setVisible(bool(sentence))
        self.use.setEnabled(not sentence and self.look is not None and self.look.guess is not None)

    def show_column(self, place: int) -> None:
        """Show the settings of the column at this place."""
        guess = self.look.guess if self.look is not None else None
        if guess is not None and 0 <= place < len(guess.columns):
            self._place = place
            self.column.show_column(guess, place)

    def take(self, dataset: TableFile) -> None:
        """Take other settings; the page follows once the table has been looked at."""
        if dataset != self.dataset:
            self.dataset = dataset
            self._read()

    def _show_settings(self) -> None:
        self.reading.set_values({name: getattr(self.dataset, name) for name in self.reading.rows})
        self.task.set_values({"task": self.dataset.task})

    def _read(self) -> None:
        dataset = self.dataset
        self._show_settings()
        self._job = job = self._background.start(lambda: look_at(dataset), 0.05)
        if job.done.is_set():
            self._finish(job)

    def _finish(self, job: Job) -> None:
        if job is not self._job:
            return  # other settings have been chosen since
        self._job = None
        if job.error is not None:
            log.report(job.error)
            self.show_error("the table cannot be read because of a fault in the program")
            return
        self._show(job.result)

    def _show(self, look: Look) -> None:
        guess = look.guess
        if guess is None:
            # What was seen before stays, as a place to go back from.
            before = self.look.guess if self.look is not None else None
            self.look = Look(look.dataset, None, look.error) if before is None else Look(look.dataset, before)
            self.summary.setText(Path(look.dataset.path).name)
            self.show_error(look.error)
            return
        self.look = look
        layout, *_ = guess.words(text=bool(self.reading.rows))
        inputs, coded = len(guess.of_role("input")), len(guess.coding.features)
        made = f", which become {coded:,}" if coded != inputs else ""
        targets = ", ".join(f"{name:.40}" for name in guess.targets[:4]) or "no target yet"
        more = f" and {len(guess.targets) - 4} more" if len(guess.targets) > 4 else ""
        self.summary.setText(f"{guess.task_name.capitalize()}: {targets}{more}, from {inputs:,} columns{made}")
        several = len(guess.targets) > 1
        aim = f"{targets}{more}, {'are' if several else 'is'} guessed {guess.reason}."
        aim = f" The {'targets' if several else 'target'}, {aim}" if guess.reason else ""
        self.words.setText(f"{layout[:1].upper()}{layout[1:]}.{aim}")
        self.reading_section.summarise("guessed" if self._all_guessed() else "chosen")
        place = self._place
        if not 0 <= place < len(guess.columns):
            place = next((place for place, column in enumerate(guess.columns) if column.role == "target"), 0)
        self.preview.show_guess(guess, place)
        self.show_column(place)
        self._show_remarks(look)
        self.show_error("" if guess.targets else "no column is the target; choose one, and set its role to target")

    def _all_guessed(self) -> bool:
        return all(getattr(self.dataset, name) in ("auto", None, "") for name in self.reading.rows)

    def _show_remarks(self, look: Look) -> None:
        remarks = look.guess.remarks[:_MOST_REMARKS] if look.guess is not None else ()
        while len(self._remark_boxes) < len(remarks):
            self._remark_boxes.append(ProblemBox("remark"))
            self._remark_place.addWidget(self._remark_boxes[-1])
        for place, box in enumerate(self._remark_boxes):
            if place >= len(remarks):
                box.show_problem(None, lambda _: [])
                continue
            remark = remarks[place]
            cure = [FixAction(remark.cure, partial(self._cure, *remark.settings))] if remark.settings else []
            box.show_problem(Problem(INPUT, remark.sentence, severity=Severity.HINT), partial(_cures, cure))

    def _cure(self, *settings: object) -> None:
        self.take(with_settings(self.dataset, *settings))  # type: ignore[arg-type]

    def _set(self, name: str, value: object) -> None:
        form = self.task if name in self.task.rows else self.reading
        guess = self.look.guess if self.look is not None else None
        try:
            if name in ("decimal", "thousands"):
                self.take(with_signs(self.dataset, guess, **{name: value}))
            else:
                self.take(self.dataset.with_changes(**{name: value}))
        except SpecError as error:
            form.refuse(name, refusal(error, form.rows[name].field.title))

    def _set_role(self, word: str) -> None:
        guess = self.look.guess if self.look is not None else None
        if guess is not None and self._place >= 0:
            self.take(with_role(self.dataset, guess, guess.columns[self._place].name, role_of(word)))

    def _set_column(self, changes: dict[str, object]) -> None:
        guess = self.look.guess if self.look is not None else None
        if guess is None or self._place < 0:
            return
        try:
            self.take(with_setting(self.dataset, guess.columns[self._place].name, **changes))
        except (ValidationError, SpecError) as error:
            (name, *_) = changes
            self.column.form.refuse(name, refusal(error, name.replace("_", " ").capitalize()))


def _cures(cures: list[FixAction], problem: Problem) -> list[FixAction]:
    return cures


def _fields_of(dataset: TableFile) -> tuple[str, ...]:
    """Settings of the reading that mean something for a file of this format."""
    name = dataset.path.lower()
    if name.endswith(_TYPED):
        return ()
    return ("sheet", "header", "skip_first") if name.endswith(_SHEETS) else _READING
