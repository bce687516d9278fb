"""Document store: the only place that holds the document; every edit is undoable."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.data import Dataset, MissingDataError, Signature, WithheldDataError
from engine.data.progress import CancelledError, Progress
from engine.errors import EngineError, Fix
from nnstudio.document import alarms, dismissals, edits
from nnstudio.document.alarms import Alarm
from nnstudio.document.analysis import Analysis, AnalysisCache, analyse
from nnstudio.document.data_loss import follow_data
from nnstudio.document.data_state import DataState, Known, Loading, Refused
from nnstudio.document.model import Document, shown_name
from nnstudio.document.probe import FIRST, OwnSample, Part, Probe, SampleRef, UnitRef
from nnstudio.document.problems import Problem, count
from nnstudio.document.runs import Comparison
from nnstudio.loading.data_reader import DataReader

# A collected stack must not lose its wrapper before itself: PySide would then free commands that the stack frees again.
_kept: set[QUndoStack] = set()


class _Edit(QUndoCommand):
    """Keeps the document before and after. Undo is right by construction: it puts a value back.

    `chosen` is the data set that it takes, as long as nothing is known of that.
    """

    def __init__(
        self, store: Store, text: str, before: Document, after: Document, chosen: Dataset | None = None
    ) -> None:
        super().__init__(text)
        # Weak: the store owns the stack and the stack its commands. A circle would leave it to Python's collector in
        # which order they go, and Qt then frees a command that is gone already.
        self._store = weakref.ref(store)
        self.before, self.after, self.chosen = before, after, chosen

    def undo(self) -> None:
        self._show(self.before)

    def redo(self) -> None:
        self._show(self.after)

    def _show(self, document: Document) -> None:
        store = self._store()
        if store is not None:
            store._show(document)


@dataclass(frozen=True)
class _Merge:
    """The newest step, where the next may become one with it: its key, the document before it, its place."""

    key: str
    before: Document
    index: int


class Store(QObject):
    """Store of the current document, its analysis, undo history and selection.

    Signals:
        changed: the document has changed; `document` and `analysis` are up to date.
        opened: another project was opened (emitted before `changed`); nothing of the last one is valid.
        clean_changed: the undo history has reached, or left, the saved state.
        selection_changed: another block (or "input", "output", or "" for nothing) is selected.
        sample_changed: another sample is chosen.
        unit_changed: another unit is chosen.
        judged_part_changed: another part of the data is chosen to judge the network by.
        comparison_changed: other runs are compared, or in another way.
        alarms_changed: other alarms are raised while the document stays as it is; `analysis` has them.
    """

    changed = Signal()
    opened = Signal()
    clean_changed = Signal()
    selection_changed = Signal(str)
    sample_changed = Signal()
    unit_changed = Signal()
    judged_part_changed = Signal()
    comparison_changed = Signal()
    alarms_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = stack = QUndoStack(self)
        _kept.add(stack)
        stack.destroyed.connect(lambda: _kept.discard(stack))
        self.undo_stack.cleanChanged.connect(self.clean_changed)
        # The data that were seen last, and what is known of them.
        self._read_last: tuple[Dataset, Signature] | None = None
        self._reader = DataReader(self)
        self._reader.arrived.connect(self._data_arrived)
        self._analyses = AnalysisCache()
        self._document = Document()
        # What the weights of the project were trained on, for the case that the data are not there.
        self._known: tuple[Dataset, Signature] | None = None
        self._alarms: tuple[Alarm, ...] = ()
        self._measured: frozenset[str] = frozenset()
        self._judge()
        self._selected = ""
        self._sample: Probe | None = None
        self._reference = FIRST
        self._unit: UnitRef | None = None
        self._judged_part: Part = "validation"
        self._comparison = Comparison()
        self._merge: _Merge | None = None
        self._quiet = False

    @property
    def document(self) -> Document:
        """Current document."""
        return self._document

    @property
    def analysis(self) -> Analysis:
        """Analysis of the current document."""
        return self._analysis

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms raised on the present run, also dismissed ones."""
        return self._alarms

    @property
    def measured(self) -> frozenset[str]:
        """Blocks of which the present run tells more than the rules of thumb."""
        return self._measured

    def set_alarms(self, raised: Sequence[Alarm], measured: frozenset[str] = frozenset()) -> None:
        """Show these alarms among the remarks. On `measured` blocks they replace rules of thumb."""
        if (tuple(raised), measured) != (self._alarms, self._measured):
            self._alarms, self._measured = tuple(raised), measured
            self._judge()
            self.alarms_changed.emit()

    def _judge(self) -> None:
        """Analyse the document, with the alarms."""
        analysis = self.analyse(self._document)
        if self._alarms or self._measured:
            found = [alarm.problem for alarm in self._alarms]
            analysis = analysis.with_alarms(self._document, found, self._measured)
        self._analysis = analysis

    @property
    def selected(self) -> str:
        """Name of the selected block or group, "input", "output", or "" for nothing."""
        return self._selected

    def select(self, name: str) -> None:
        """Select a block or group by name, "input", "output", or "" for nothing."""
        if name != self._selected:
            self._selected = name
            self.selection_changed.emit(name)

    @property
    def sample(self) -> Probe | None:
        """Chosen sample, None for none. Like the selection, it is no part of the document or its history."""
        return self._sample

    @property
    def probe(self) -> Probe:
        """Sample that views look at: the chosen one, else the first of the training data."""
        return FIRST if self._sample is None else self._sample

    @property
    def reference(self) -> SampleRef:
        """Sample of the data that was the probe last, from which values given by hand and the next sample go on."""
        return self._reference

    def choose_sample(self, sample: Probe | None) -> None:
        """Choose another sample, or None."""
        if sample != self._sample:
            self._sample = sample
            if not isinstance(sample, OwnSample):
                self._reference = sample or FIRST
            self.sample_changed.emit()

    @property
    def unit(self) -> UnitRef | None:
        """Chosen unit of a block, None for none. Like the chosen sample, it is no part of the document."""
        return self._unit

    def choose_unit(self, unit: UnitRef | None) -> None:
        """Choose another unit, or None."""
        if unit != self._unit:
            self._unit = unit
            self.unit_changed.emit()

    @property
    def comparison(self) -> Comparison:
        """Runs whose curves are drawn beside those of the present one; no part of the document."""
        return self._comparison

    def compare(self, comparison: Comparison) -> None:
        """Compare other runs, or in another way."""
        if comparison != self._comparison:
            self._comparison = comparison
            self.comparison_changed.emit()

    def open(self, document: Document, trained_on: Signature | None = None) -> None:
        """Open another project, with an empty history. `trained_on` is the known preprocessing of its data."""
        self.undo_stack.clear()
        self._merge = None
        self.select("")
        self.choose_sample(None)
        self.choose_unit(None)
        self.judge_by("validation")
        self.compare(Comparison())
        self._document = document
        self._known = None if trained_on is None else (document.data.dataset, trained_on)
        self._reader.forget(document.data.dataset)
        self._alarms, self._measured = (), frozenset()
        self._judge()
        self.opened.emit()
        self.changed.emit()

    @property
    def judged_part(self) -> Part:
        """Part of the data that the network is judged by, one for all views. It is no part of the document."""
        return self._judged_part

    def judge_by(self, part: Part) -> None:
        """Choose the part of the data that the network is judged by."""
        if part != self._judged_part:
            self._judged_part = part
            self.judged_part_changed.emit()

    def edit(self, text: str, document: Document, merge: str | None = None) -> None:
        """Apply an edit as an undoable step called `text` ("Insert dense_1").

        Consecutive steps with the same `merge` key become one, as when a spin box is turned. An edit that changed
        nothing leaves no step.
        """
        document = dismissals.follow(self._document, document)
        if document == self._document:
            return
        # What cannot be analysed is refused here, before anything has changed; the analysis is kept for showing it.
        self.analyse(document)
        stack, before = self.undo_stack, self._document
        if self._merge is not None and self.continues(merge):
            before = self._merge.before
            # QUndoStack could merge by itself, but it frees the newer command while PySide still passes it on.
            self._quiet = True
            stack.undo()
            self._quiet = False
        if document == before:
            self._merge = None
            # The very same one, as after an undo: who compares by identity sees that nothing was changed.
            self._show(before)
            return
        dataset = document.data.dataset
        unknown = dataset != before.data.dataset and isinstance(self.data_state(dataset), Loading)
        stack.push(_Edit(self, text, before, document, dataset if unknown else None))
        self._merge = _Merge(merge, before, stack.index()) if merge is not None else None

    def continues(self, merge: str | None) -> bool:
        """True if an edit with this key would be merged into the newest step."""
        stack, last = self.undo_stack, self._merge
        newest = last is not None and stack.index() == stack.count() == last.index
        return last is not None and newest and last.key == merge and not stack.isClean()

    def data_state(self, dataset: Dataset) -> DataState:
        """Known state of data. Unknown data of a file start being read in a thread."""
        return self._reader.state(dataset)

    def data_progress(self, dataset: Dataset) -> Progress | None:
        """Progress of data that are being read for the first time; None for all others."""
        return self._reader.progress(dataset)

    def forget_data(self, dataset: Dataset) -> None:
        """Forget the state of a data set, so that it is read again when asked for."""
        self._reader.forget(dataset)

    def is_missing(self, dataset: Dataset) -> bool:
        """True if the files of a data set are not on this computer."""
        state = self.data_state(dataset)
        return (
            isinstance(state, Refused)
            and isinstance(state.error, MissingDataError)
            and not isinstance(state.error, WithheldDataError)
        )

    def is_withheld(self, dataset: Dataset) -> bool:
        """True if a data set is not read until somebody allows it."""
        state = self.data_state(dataset)
        return isinstance(state, Refused) and isinstance(state.error, WithheldDataError)

    def is_cancelled(self, dataset: Dataset) -> bool:
        """True if the user has cancelled the reading of a data set."""
        state = self.data_state(dataset)
        return isinstance(state, Refused) and isinstance(state.error, CancelledError)

    def is_known(self, dataset: Dataset) -> bool:
        """True if a data set has been read."""
        return isinstance(self.data_state(dataset), Known)

    def analyse(self, document: Document) -> Analysis:
        """Analyse a document with the known state of its data; cached for the last few."""
        dataset, known = document.data.dataset, None
        state = self.data_state(dataset)
        if self._known is not None:
            # Wherever they are looked for; other settings make other data.
            trained_on, signature = self._known
            known = signature if trained_on.likeness(dataset) == dataset else None
        if isinstance(state, Known):
            self._read_last = dataset, state.signature
        elif isinstance(state, Loading) and known is None and self._read_last is not None:
            # While a setting of the same files is taken over, all else stays as it is.
            last, signature = self._read_last
            same = type(last) is type(dataset) and last.likeness(dataset) == last
            known = signature if same else None
        return analyse(document, known, self._analyses, state)

    def _data_arrived(self, dataset: Dataset) -> None:
        self._follow_up(dataset)
        if dataset == self._document.data.dataset:
            self._judge()
            self.changed.emit()

    def _follow_up(self, dataset: Dataset) -> None:
        """Set the loss that choosing these data would have set, had they been known at once.

        All documents since that choice get it, in the history as well: a step of its own would stand in the way of
        undo and redo.
        """
        stack, made = self.undo_stack, dict[int, Document]()
        origin: Document | None = None
        last: Document | None = None
        for index in range(stack.count()):
            edit = stack.command(index)
            if not isinstance(edit, _Edit):
                continue
            if last is not None:
                edit.before = last
            if edit.chosen == dataset:
                origin = edit.before
                if not isinstance(self.data_state(dataset), Loading):
                    # Else only a reading that was cancelled has ended, and another one has begun.
                    edit.chosen = None
            elif edit.after.data.dataset != dataset:
                origin = None
            old = edit.after
            if origin is not None:
                edit.after = made[id(old)] = follow_data(origin, old, self.data_state)
                if edit.after is not old and stack.cleanIndex() > index:
                    stack.resetClean()
            last = edit.after
        self._document = made.get(id(self._document), self._document)
        if self._merge is not None and id(self._merge.before) in made:
            self._merge = replace(self._merge, before=made[id(self._merge.before)])

    def apply_fix(self, problem: Problem, fix: Fix | None = None) -> None:
        """Apply a fix of a problem as a step; the first one by default.

        One that no longer fits the document changes nothing.
        """
        fix = fix or problem.fix
        if fix is None:
            return
        try:
            document = edits.apply_fix(self._document, problem.where, fix)
        except (EngineError, KeyError):
            # The document has moved on since the problem was shown; whoever shows it will say what holds now.
            return
        self.edit(fix.title, document)

    def dismiss(self, *problems: Problem) -> None:
        """Dismiss these warnings and hints, as a step."""
        self._put_aside("Dismiss", problems, dismissals.dismiss(self._document, *problems))

    def bring_back(self, *problems: Problem) -> None:
        """Restore these dismissed warnings and hints, as a step."""
        self._put_aside("Bring back", problems, dismissals.bring_back(self._document, *problems))

    def _put_aside(self, verb: str, problems: tuple[Problem, ...], document: Document) -> None:
        places = dict.fromkeys(shown_name(problem.where) for problem in problems)
        self.edit(f"{verb} {count(problems)} on {', '.join(places)}", document)

    def reanalyse(self) -> None:
        """Analyse the document again, after data files have appeared or gone."""
        self._reader.forget(self._document.data.dataset)
        self._show(self._document)

    def _show(self, document: Document) -> None:
        if document.data.lasting != self._document.data.lasting:
            # The same number is another sample there.
            self.choose_sample(None)
            self._measured = frozenset()
            self._reader.supersede(document.data.dataset)
        self._alarms = alarms.kept(self._alarms, self._document, document)
        self._measured -= frozenset(alarms.unlike(self._document, document))
        self._document = document
        if self._quiet:
            return
        self._reader.check(document.data.dataset)
        self._judge()
        name = self._selected
        if name not in ("", "input", "output") and not (document.has_block(name) or document.has_group(name)):
            self.select("")
        if self._unit is not None and not document.has_block(self._unit.block):
            self.choose_unit(None)
        self.changed.emit()
