"""Data panel: choose a data set, its settings, the split and the preparation; preview samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFileDialog,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.data import DATASETS, Dataset, PictureFolder, TableFile
from engine.data.formats import file_patterns, supported
from engine.declared import describe
from engine.errors import SpecError
from engine.types import show_shape
from nnstudio.document import edits, step_edits, values
from nnstudio.document.model import INPUT
from nnstudio.document.probe import OwnSample, SampleRef
from nnstudio.document.problems import Problem
from nnstudio.panels.augmentation_preview import AugmentationPreview
from nnstudio.panels.data_card import DataCard
from nnstudio.panels.download import Fetch, fetch_release
from nnstudio.panels.editors import PathEditor
from nnstudio.panels.form import Form
from nnstudio.panels.gallery import Gallery, Tile
from nnstudio.panels.left_out import LeftOut
from nnstudio.panels.paint_offer import PaintOffer
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.parts import Facts, FixAction, ProblemBox, Remarks, target_fact
from nnstudio.panels.picture_offer import PictureOffer, picture_values
from nnstudio.panels.reading_box import ReadingBox
from nnstudio.panels.sample_browser import Samples
from nnstudio.panels.split_box import SplitBox
from nnstudio.panels.steps import StepList
from nnstudio.panels.supply import Supply
from nnstudio.panels.switching import Memory
from nnstudio.panels.tables.opening import Opened, TableOpening, open_data
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.split import Split
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label

# Points first: with them a beginner sees most.
_GROUPS = {"points": "Points", "pictures": "Pictures", "table": "Tables", "own": "Your own"}
_PATH_KINDS = ("file", "folder")
# Of one's own, what most people bring.
_FIRST = ("TableFile", "PictureFolder", "PaintedPoints", "Formula")


class DataPanel(Panel):
    """Data panel: chooses and sets up the data. `draw` shows the samples of a snapshot.

    Signals:
        painting_wanted: points are to be painted; the document holds a sheet for them.
        allow_wanted: data outside the folder of somebody else's project are to be read.
        picture_taken: a picture was read from a file and is the probe now; a sentence on how it was read.
        message: a sentence on what was changed beside the data.
    """

    painting_wanted = Signal()
    allow_wanted = Signal()
    picture_taken = Signal(str)
    message = Signal(str)

    def __init__(self, store: Store, parent: QWidget | None = None, *, fetch: Fetch | None = None) -> None:
        super().__init__(store, parent)
        self._memory = Memory()
        self._split: Split | None = None
        self.gallery = Gallery(
            Tile(name, _caption(kind), f"{kind.title}: {kind.help}", kind.icon, _GROUPS[_group(kind)])
            for name, kind in sorted(DATASETS.items(), key=lambda entry: _place(entry[1]))
        )
        self.gallery.chosen.connect(self.choose)
        self._open = QPushButton("Open data file…")
        self._open.setAutoDefault(True)  # Enter presses it too
        self._open.setObjectName("openData")
        self._open.setAccessibleName("Open data file")
        self._open.setToolTip(f"Your own data: {supported('file')}")
        set_icon(self._open, "open")
        self._open.clicked.connect(self.open_file)
        self._open_folder = QPushButton("Open data folder…")
        self._open_folder.setAutoDefault(True)
        self._open_folder.setObjectName("openDataFolder")
        self._open_folder.setAccessibleName("Open data folder")
        self._open_folder.setToolTip(f"Your own data: {supported('folder')}")
        set_icon(self._open_folder, "folder")
        self._open_folder.clicked.connect(self.open_folder)
        self._title = text_label(role="title")
        self._help = text_label(role="muted")
        self._card = DataCard()
        self._problem = ProblemBox()
        self._remarks = Remarks(store.dismiss)
        self._open_error = text_label(role="error")
        self._open_error.setObjectName("openDataError")
        self._open_error.hide()
        self._neighbours = PictureOffer()
        self._neighbours.chosen.connect(self.take_path)
        self.waiting = ReadingBox(store.data_progress)
        self.tables = TableOpening(store, self.waiting, self)
        self.tables.used.connect(self._open_error.hide)
        self._supply = Supply(store, fetch or fetch_release, self.waiting)
        self._supply.changed.connect(self.refresh)
        self._paint = PaintOffer(store, self.waiting)
        self._paint.painting_wanted.connect(self.painting_wanted)
        self._paint.message.connect(self.message)
        self._paint.refused.connect(self._refuse)
        self.samples = Samples()
        self._look = QPushButton("Look at the data")
        self._look.setObjectName("lookAtData")
        self._look.setAccessibleName("Look at the data")
        self._look.setToolTip("Table, statistics, pictures and more of all samples")
        self._look.setMenu(QMenu(self._look))
        set_icon(self._look, "data")
        self.samples.chosen.connect(store.choose_sample)
        store.sample_changed.connect(self._show_chosen)
        self.augmented = AugmentationPreview()
        self._forms: dict[str, Form] = {}
        self._form_place = QVBoxLayout()
        self._form_place.setContentsMargins(0, 0, 0, 0)
        self.split = SplitBox(self)
        self.share = self.split.share
        self.steps = StepList(self)
        self._facts = Facts()
        self._notes = text_label(role="muted")
        self._notes.setObjectName("dataNotes")
        self._left_out = LeftOut()

        above = (
            self.gallery,
            self._open,
            self._open_folder,
            self._open_error,
            self._neighbours,
            self.waiting,
            self._title,
            self._help,
            self._card,
            self._paint,
            self.tables.button,
            self._problem,
            self._remarks,
            self._supply,
        )
        below = (
            text_label("Training, validation and test", "heading"),
            self.split,
            text_label("Preparation", "heading"),
            self.steps,
            self.augmented,
            self._facts,
            self._notes,
            self._left_out,
        )
        self.add(*above, self.samples, self._look)
        self.column.addLayout(self._form_place)
        self.column.addSpacing(6)
        self.add(*below)
        self.column.addStretch(1)
        store.opened.connect(self._forget)
        self.refresh()

    @property
    def form(self) -> Form:
        """Form of the chosen data set."""
        return self._forms[type(self.store.document.data.dataset).__name__]

    def _show_chosen(self) -> None:
        chosen = self.store.sample
        sample = chosen if isinstance(chosen, SampleRef) else None
        self.samples.show_chosen(sample)
        self.augmented.show_sample(sample)

    def offer_views(self, actions: Sequence[QAction]) -> None:
        """Offer to open these views of the data."""
        self._look.menu().addActions(actions)

    def draw(self, snapshot: Snapshot) -> None:
        """Show the loaded samples, if they have changed."""
        if snapshot.data is not self._split:
            self._split = snapshot.data
            self.samples.show_split(self._split)
            self.augmented.show_split(self._split)
            self.split.show_split(self._split)
            self.steps.show_split(self._split)
            self._show_facts()
        self.samples.show_used(snapshot.step_report.samples if snapshot.step_report is not None else ())

    def refresh(self) -> None:
        data, analysis = self.store.document.data, self.store.analysis
        self.waiting.follow(data.dataset)
        self._memory.note(data.dataset)
        kind = type(data.dataset)
        self.gallery.show_choice(kind.__name__)
        self._title.setText(kind.title)
        self._help.setText(kind.help)
        self._card.show_card(kind.card)
        self.tables.refresh()
        self._show_form(kind)
        self.form.set_values(dict(data.dataset))
        self.split.refresh()
        self.steps.refresh()
        self._supply.refresh()
        self._paint.refresh()
        problem = analysis.problems.get(INPUT)
        if self.store.data_progress(data.dataset) is not None:
            problem = None  # the box above tells how far reading is
        if self._supply.engaged and self.store.is_missing(data.dataset):
            problem = None  # it is being fixed, or the download says what else can be done
        self._problem.show_problem(problem, self.fixes)
        self._remarks.show_remarks(analysis.remarks_on(INPUT), super().fixes)
        self.samples.setVisible(INPUT not in analysis.problems)
        self.augmented.show_steps(data.augmentations, self.store.document.training.seed)
        self._look.setVisible(INPUT not in analysis.problems)
        self._show_facts()

    def fixes(self, problem: Problem) -> list[FixAction]:
        dataset = self.store.document.data.dataset
        found = []
        if self.store.is_withheld(dataset):
            found.append(FixAction("Read them", self.allow_wanted.emit, "open"))
        elif dataset.download_size and self.store.is_missing(dataset):
            found.append(FixAction(f"Download ({dataset.download_size})", self._supply.start, "download"))
        if self.store.is_cancelled(dataset):
            found.append(FixAction("Read them now", self.store.reanalyse, "play"))
        for row in self.form.rows.values():
            if isinstance(row.editor, PathEditor):
                found.append(FixAction(f"Choose {row.field.title.lower()}…", row.editor.browse, "folder"))
        return found + super().fixes(problem)

    def open_file(self) -> None:
        """Let the user choose a data file."""
        filters = f"Data ({' '.join(file_patterns())});;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self, "Open data", "", filters)
        if path:
            self.take_path(path)

    def open_folder(self) -> None:
        """Let the user choose a folder of data."""
        path = QFileDialog.getExistingDirectory(self, "Open data folder")
        if path:
            self.take_path(path)

    def take_path(self, path: str) -> None:
        """Use a file or folder of any data format as the data; a single picture becomes the probe."""
        name = Path(path).name
        self._open_error.hide()
        self._neighbours.hide()
        if PictureFolder.is_picture(path):
            self._take_picture(path)
            return

        def take(opened: Opened) -> None:
            if isinstance(opened.dataset, TableFile):
                if opened.error:
                    self._refuse(opened.error)
                self.tables.take(opened)
            elif opened.settled is not None:
                document = edits.choose_data(self.store.document, opened.settled, self.store.data_state)
                self.store.edit(f"Open data {name}", document)

        self.waiting.read(name, lambda: open_data(path), take, self._refuse)

    def _take_picture(self, path: str) -> None:
        """Makes a picture the probe, as far as the network takes pictures; else offers the folder that it lies in."""
        signature, dataset, name = self.store.analysis.signature, self.store.document.data.dataset, Path(path).name
        reader = dataset if isinstance(dataset, PictureFolder) else PictureFolder()
        folder = Path(path).parent

        def refuse(sentence: str) -> None:
            self._refuse(sentence)
            self._neighbours.offer(f"Use the pictures in {folder.name} as data", str(folder))

        def take(values: tuple[float, ...]) -> None:
            self.store.choose_sample(OwnSample(values))
            self.picture_taken.emit(f"{name} is the probe now, as {show_shape(shape)} numbers.")

        if signature is None:
            refuse("There are no data yet for which this picture could be a sample.")
            return
        shape = signature.input_shape
        self.waiting.read(name, lambda: picture_values(reader, path, signature), take, refuse)

    def _refuse(self, sentence: str) -> None:
        self._open_error.setText(sentence)
        self._open_error.show()

    def _forget(self) -> None:
        self.waiting.drop()
        self._memory.forget()
        self._supply.forget()
        self._open_error.hide()
        self._neighbours.hide()
        self._split = None
        self.samples.show_split(None)
        self.augmented.show_split(None)
        self.steps.show_split(None)

    def _show_form(self, kind: type[Dataset]) -> None:
        name = kind.__name__
        if name not in self._forms:
            # The scale is among the steps: see `step_edits.listed`.
            form = Form(field for field in describe(kind) if field.name != step_edits.SCALED)
            form.changed.connect(partial(self._set_field, name))
            self.explain_form(form)
            self._forms[name] = form
            self._form_place.addWidget(form)
        for known, form in self._forms.items():
            form.setVisible(known == name and bool(form.rows))

    def _show_facts(self) -> None:
        signature = self.store.analysis.signature
        self._facts.setVisible(signature is not None)
        if signature is None:
            self._left_out.hide()
            return
        facts = {"Samples": f"{signature.samples:,}"}
        if self._split is not None:
            kept = len(self._split.validation) if self._split.validation is not None else 0
            facts["Training"], facts["Validation"] = f"{len(self._split.train):,}", f"{kept:,}"
            if self._split.test is not None:
                facts["Test"] = f"{len(self._split.test):,}"
            preparation = self._split.preparation
            if preparation is not None and preparation.standardisation is not None:
                facts["Scale"] = "mean 0, standard deviation 1 (training part)"
        notes = self._split.notes if self._split is not None else ()
        self._notes.setText(" ".join(f"{note}." for note in notes))
        self._notes.setVisible(bool(notes))
        self._left_out.show_skipped(self._split.train.skipped if self._split is not None else ())
        facts["Shape"] = show_shape(signature.shown_shape)
        if signature.shown_shape != signature.input_shape:
            facts["Network gets"] = f"{show_shape(signature.input_shape)}, after the preparation"
        self._facts.set_facts(facts | target_fact(signature))

    def choose(self, name: str) -> None:
        """Choose the data set of this type, with its last settings."""
        old = self.store.document.data.dataset
        self._open_error.hide()
        self._neighbours.hide()
        self.waiting.drop()
        new = self._memory.recall(old, DATASETS[name], lambda _, field: field.kind not in _PATH_KINDS)
        title = f"Change data from {old.title} to {new.title}"
        if new.own == "painted":
            self._paint.begin(new, title)
        else:
            self.store.edit(title, edits.choose_data(self.store.document, new, self.store.data_state))

    def _set_field(self, kind: str, name: str, value: object) -> None:
        document = self.store.document
        old = document.data.dataset
        if type(old).__name__ != kind:
            # A field that loses the focus because other data were opened ends what was being typed into it.
            return
        field = self.form.rows[name].field
        try:
            changed = edits.set_dataset(document, old.with_changes(**{name: value}), self.store.data_state)
        except SpecError as error:
            self.form.refuse(name, refusal(error, field.title))
            return
        words = values.tell(field, getattr(old, name)), values.tell(field, value)
        self.change(field.title.lower(), *words, changed, f"{type(old).__name__}.{name}")


def _caption(kind: type[Dataset]) -> str:
    return kind.caption or kind.title.partition(" (")[0].removesuffix(" file")


def _group(kind: type[Dataset]) -> str:
    return kind.group or ("own" if kind.own else kind.kind)


def _place(kind: type[Dataset]) -> tuple[int, int]:
    """Place of a data set in the gallery, by its group."""
    name = kind.__name__
    return list(_GROUPS).index(_group(kind)), _FIRST.index(name) if name in _FIRST else len(_FIRST)
