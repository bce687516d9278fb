"""Current run: begun, updated, abandoned and resumed as the document changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum, auto

from engine.backends import DEFAULT, loaded, title_of
from engine.backends.computing import Computing
from engine.data.base import Stamp
from engine.errors import EngineError
from nnstudio.document.analysis import Analysis, analyse
from nnstudio.document.data_state import DataState, Known, Loading, Refused
from nnstudio.document.identity_keys import course_key, network_key, run_key
from nnstudio.document.lineage import Lineage, Names
from nnstudio.document.model import DataSettings, Document
from nnstudio.training.checkpoint import Checkpoint, RunOrigin
from nnstudio.training.checkpoint_store import Kept
from nnstudio.training.commands import SetDocument
from nnstudio.training.curve_listener import CurveListener
from nnstudio.training.hand_edits import BeforeEdit
from nnstudio.training.moments import LIMIT
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.repeat import Repeat
from nnstudio.training.run import TrainingRun
from nnstudio.training.run_shelf import Run, RunShelf
from nnstudio.training.split import Split
from nnstudio.training.split_cache import SplitCache
from nnstudio.training.weight_transfer import hand_over, renamed


class Change(Enum):
    """Effect of a command on the run."""

    NONE = auto()
    EDITED = auto()  # single numbers were set by hand
    UPDATED = auto()  # what was learnt is kept where it still fits
    BEGUN = auto()  # another run, or none


class CurrentRun:
    """Run of the present document, with checkpoints of runs that undo may restore.

    Args:
        pause: called by the trainer between the parts of a long validation.

    Attributes:
        run: the run; None while none can begin. After an edit that prevents training, the last valid run.
        hindrance: the reason why nothing can be trained now, as a sentence; "" if it can.
        generation: increases whenever the data or the network were made anew.
        shelf: the runs of the project that are over.
        repeat: repeats with other seeds; None if there are none.
    """

    def __init__(self, pause: Callable[[], None], tell: Callable[[str], None] = lambda sentence: None) -> None:
        self.run: TrainingRun | None = None
        self.hindrance = ""
        self.generation = 0
        self._pause, self._tell = pause, tell
        self._document: Document | None = None
        # Its analysis; None where it is still to be made.
        self._analysis: Analysis | None = None
        # What the blocks of the document were called in the one that was trained last, and how that came about.
        self._names: Names = {}
        self._lineage = Lineage(Document())
        # What was trained, where no run can begin with it yet: the data are not there, or the network is unsound.
        self._pending: Checkpoint | None = None
        # What the window knows of the document's data; None where it leaves it to the worker to look.
        self._data_state: DataState | None = None
        # The settings of the data that the run has.
        self._taken: DataSettings | None = None
        # The files from which the run has its data, as they were then.
        self._stamps: tuple[Stamp, ...] = ()
        self._kept = Kept()
        self._moment_limit = LIMIT
        self.repeat: Repeat | None = None
        self.shelf = RunShelf()
        # What the numbers that were set by hand were before, by token, each with the number of its run.
        self._edits: dict[int, tuple[int, BeforeEdit]] = {}
        self._begun = 0
        self._data = SplitCache()
        self._listener: CurveListener | None = None

    def pass_over(self, document: Document) -> None:
        """Record a document that is skipped, since a newer one is there already."""
        self._lineage.follow(document)

    def set_document(self, command: SetDocument) -> Change:
        """Bring the run in line with another document."""
        old, new = self._document, command.document
        self._analysis, self._data_state = command.analysis, command.data
        known = self._names
        self._document, self._names = new, self._lineage.follow(new)
        if command.checkpoint is not None:
            self._kept.clear()
            self._edits.clear()
            self.run, self.repeat = None, None
            self.shelf = RunShelf(command.runs, self._moment_limit)
            return self._begin(new, command.checkpoint)
        if self.run is None or old is None:
            pending = self._pending and renamed(self._pending, self._names, with_gone=True)
            if old is not None and type(old.data.dataset) is not type(new.data.dataset):
                self._keep(self._key(old), known)
                pending = self._handed_over(old, new, known)
            return self._begin(new, self._kept.take(self._key(new), pending))
        if run_key(old) != run_key(new):
            self._keep(self._key(old), known)
            return self._begin(new, self._kept.take(self._key(new), self._handed_over(old, new, known)))
        if self._files_changed(new):
            # No undo would bring this back, so what was learnt goes on with the new samples.
            self._begin(new, replace(self._made(self._names), measured={}))
            if self.run is not None and self.run.step:
                self.run.marks.add(self.run.place, "Data files read again")
            return Change.BEGUN
        same = old.data == new.data and course_key(old) == course_key(new)
        return Change.NONE if same else self._update(self.run, new)

    def reset(self, token: int) -> Change:
        """Return to initial weights; what is lost is kept under `token`."""
        if self._document is None:
            return Change.NONE
        self._keep(token, self._names)
        self._look_again(self._document)
        self._begin(self._document, None)
        if self.run is not None:
            self.run.marks.add(0.0, "Reset")
        return Change.BEGUN

    def restore(self, token: int) -> Change:
        """Undo the reset, or the like, of that token."""
        if self._document is None or token not in self._kept:
            return Change.NONE
        self._look_again(self._document)
        return self._begin(self._document, self._kept.take(token))

    def branch(self, step: int, token: int) -> Change:
        """Begin a run from a moment of the present one, which is kept; also under `token`, for `restore`."""
        made = self.run.checkpoint_at(step) if self.run is not None else None
        if self._document is None or self.run is None or made is None:
            return Change.NONE
        parent = self.run.origin.id
        self._keep(token, self._names)
        self._look_again(self._document)
        self._begin(self._document, replace(renamed(made, self._names), run=RunOrigin(parent=parent, step=step)))
        if self.run is not None:
            self.run.marks.add(self.run.place, f"Gone on from step {step:,}")
        return Change.BEGUN

    def take_weights(self, made: Checkpoint, token: int) -> Change:
        """Begin a run with the weights of another file; the present one is kept under `token`, for `restore`."""
        if self._document is None:
            return Change.NONE
        self._kept.add(token, self._made(self._names), even_empty=True)
        self._look_again(self._document)
        self._begin(self._document, made)
        if self.run is not None:
            self.run.marks.add(0.0, "Weights loaded")
        return Change.BEGUN

    def keep(self, token: int) -> None:
        """Keep the present run under `token`, for `restore`."""
        self._keep(token, self._names)

    def restore_run(self, name: str) -> Change:
        """Go on with a run that is over. The document is its own already."""
        found = self.shelf.get(name)
        if self._document is None or found is None:
            return Change.NONE
        self._look_again(self._document)
        return self._begin(self._document, found.checkpoint)

    def add_runs(self, runs: tuple[Run, ...]) -> None:
        """Keep runs that were trained elsewhere, under their names where these are free."""
        for run in runs:
            present = "" if self.run is None else self.run.origin.id
            taken = run.id in self.shelf or run.id == present
            self._shelve(
                replace(run, checkpoint=replace(run.checkpoint, run=RunOrigin(self.next_name()))) if taken else run
            )

    def begin_repeat(self, seeds: tuple[int, ...]) -> None:
        """Train the document once with each of these seeds, beside the run; without any, stop that."""
        run = self.run
        self.repeat = None
        if run is not None and seeds:
            self.repeat = Repeat(run.document, run.split, seeds, self._moment_limit // 2, self._pause, self._listener)

    def next_name(self) -> str:
        """Name for another run beside the present one."""
        made = self._pending.run if self._pending is not None else RunOrigin()
        present = made if self.run is None else self.run.origin
        return f"run-{self.shelf.next_number(present.id)}"

    def take_repeat(self, ended: Run | None) -> None:
        """Keep the repeat that has ended, if one has."""
        self._shelve(ended)
        if self.repeat is not None and self.repeat.finished:
            self.repeat = None

    def listen(self, listener: CurveListener | None) -> None:
        """Tell another listener of the curves from here on; the one before is closed."""
        before, self._listener = self._listener, listener
        if self.run is not None:
            self.run.listener = listener
        if self.repeat is not None:
            self.repeat.listen(listener)
        if before is not None:
            before.close()

    def set_moment_limit(self, limit: int) -> None:
        """Bound the memory of moments, in bytes."""
        self._moment_limit = limit
        self.shelf.set_limit(limit)
        if self.run is not None:
            self.run.moments.set_limit(limit)

    def set_parameter(self, edit: ParameterEdit, token: int) -> Change:
        """Set one number of the network; the run as it was is kept under `token`."""
        if self.run is None:
            return Change.NONE
        if token not in self._edits:
            self._keep(token, self._names)
        before = self.run.set_parameter(edit)
        if before is None:
            return Change.NONE
        self._edits.setdefault(token, (self._begun, before))
        return Change.EDITED

    def take_back(self, token: int) -> Change:
        """Undo the edits of that token.

        Where training has gone on since, the run is put back to where it was: one number of before would make no sense
        among the others of now.
        """
        found, document = self._edits.pop(token, None), self._document
        kept = self._kept.take(token)
        if found is None or self.run is None or document is None:
            return Change.NONE
        begun, before = found
        if (self._begun, self.run.step) == (begun, before.step):
            self.run.take_back(before)
            return Change.EDITED
        if kept is None and before.learnt:
            # Too much has been kept since.
            self.run.set_parameter(before.edit)
            return Change.EDITED
        self._look_again(document)
        return self._begin(document, kept)

    def checkpoint(self) -> Checkpoint:
        """Checkpoint of the run, under the present names of the blocks."""
        return self._made(self._names)

    def checkpoint_as_trained(self) -> Checkpoint:
        """Checkpoint of the run, under the names of the document that was trained."""
        return self._made()

    def data_alone(self) -> Split | None:
        """Data where there is no network yet, to be looked at all the same."""
        if self._document is None or isinstance(self._data_state, Loading | Refused):
            return None
        try:
            return self._data.read(self._document.data)
        except EngineError:
            return None

    def _begin(self, document: Document, checkpoint: Checkpoint | None) -> Change:
        """A new run, from first weights or from a checkpoint."""
        self.generation += 1
        self._begun += 1
        self._shelve(self._ended())
        made = checkpoint or Checkpoint()
        over = self.shelf.get(made.run.id)
        if over is not None and not made.moments.moments:
            made = replace(made, moments=over.checkpoint.moments.until(made.step))
        # It is no longer over.
        self.shelf.remove(made.run.id)
        self.run, self._pending = None, checkpoint
        self._trace(document)
        analysis = self._analysis_of(document)
        self.hindrance = analysis.hindrance
        if self.hindrance:
            return Change.BEGUN
        try:
            self._announce(document)
            self._stamps = self._stamps_of(document)
            made = replace(made, run=self._origin(made.run))
            split = self._data.read(document.data, made.preparation, trained=bool(made.weights) and made.step > 0)
            self.run = TrainingRun(document, split, self._pause, made, analysis, self._moment_limit)
            self.run.listener = self._listener
            self._pending, self._taken = None, document.data
        except EngineError as error:
            self.hindrance = _told(error)
        return Change.BEGUN

    def _update(self, run: TrainingRun, document: Document) -> Change:
        """Samples, blocks or training settings changed; what was learnt is kept where it still fits."""
        analysis = self._analysis_of(document)
        self.generation += 1
        self.hindrance = analysis.hindrance
        if self.hindrance:
            # The weights wait, in a run of the last sound network, until the user has fixed the document.
            return Change.UPDATED
        earlier = self._kept.get(self._key(document))
        if network_key(run.document) != network_key(document):
            # An undo brings the old network back, and with it the weights that do not fit the new one.
            self._keep(self._key(run.document, self._taken))
        try:
            others = self._taken is None or document.data.lasting != self._taken.lasting
            if others:
                split = self._data.read(document.data, run.split.preparation)
                if split.differs_in_names_alone(run.split):
                    run.split = split
                else:
                    run.take_samples(split)
                self._taken = document.data
            if not others or course_key(run.document) != course_key(document):
                self._announce(document)
                ended = self._ended() if network_key(run.document) != network_key(document) else None
                moments, step = run.moments, run.step
                run.update(document, earlier, self._names, analysis)
                if run.moments is not moments and ended is not None:
                    # The curves go on, but what the network was before is no moment of this one.
                    self._shelve(ended)
                    run.origin = self._origin(RunOrigin(parent=ended.id, step=step))
        except EngineError as error:
            self.hindrance = _told(error)
        else:
            self._trace(document)
        return Change.UPDATED

    def _announce(self, document: Document) -> None:
        """Tell of a library that takes seconds to load, before it is."""
        computing = document.training.computing
        engine, compiles = computing.engine, computing.compiles
        if engine != DEFAULT and not loaded(engine, compiled=compiles):
            what = f"{title_of(engine)}'s compiler" if loaded(engine) else title_of(engine)
            self._tell(f"Loading {what}, which takes a few seconds…")

    def _files_changed(self, document: Document) -> bool:
        try:
            return self._stamps_of(document) != self._stamps
        except EngineError:
            return False  # they are gone; what was read of them is still there

    def _stamps_of(self, document: Document) -> tuple[Stamp, ...]:
        """Those of the document's data files. Raises DataError."""
        state = self._data_state
        if state is None:
            return document.data.dataset.stamps()
        return state.stamps if isinstance(state, Known) else self._stamps

    def _look_again(self, document: Document) -> None:
        """Lets go of an analysis that was made of other data files than there are now."""
        if self._files_changed(document):
            self._analysis = None

    def _analysis_of(self, document: Document) -> Analysis:
        """That which the window has made, as long as the data files are as they were then."""
        if self._analysis is None:
            self._analysis = analyse(document, state=self._data_state)
        return self._analysis

    def _handed_over(self, old: Document, new: Document, known: Names) -> Checkpoint | None:
        """Checkpoint that a new run takes from the one before: its weights, where the data are the same in large."""
        larger = new.data.dataset.continues(old.data.dataset)
        return hand_over(self._made(known)) if larger else None

    def _key(self, document: Document, data: DataSettings | None = None) -> object:
        """Key of what was learnt with a document, or with its network on other samples: with all of these."""
        return network_key(document), data or document.data, document.training.seed

    def _keep(self, key: object, names: Names | None = None) -> None:
        """Remembers a training that is about to be given up, under the names that its blocks have now."""
        self._kept.add(key, self._made(names))

    def _origin(self, known: RunOrigin) -> RunOrigin:
        """Origin of a run with a name, which it gets if it has none."""
        if known.id:
            return known
        beside = "" if self.repeat is None else self.repeat.name
        return replace(known, id=f"run-{self.shelf.next_number(beside)}", begun=time.time())

    def _ended(self) -> Run | None:
        """The present run as it is now; None if it has learnt nothing of its own."""
        run = self.run
        if run is None or run.step <= run.origin.step:
            return None
        return Run(run.document.with_changes(runs=()), run.checkpoint(), run.scores)

    def _shelve(self, run: Run | None) -> None:
        if run is not None and self._document is not None:
            self.shelf.add(run, {label.run for label in self._document.runs if not label.deleted})

    def _trace(self, document: Document) -> None:
        """Relates names to this document from here on."""
        self._lineage = Lineage(document)
        self._names = self._lineage.names

    def _made(self, names: Names | None = None) -> Checkpoint:
        """Checkpoint of the trained run, under the names of its document or those that `names` leads to."""
        made = self.run.checkpoint() if self.run is not None else self._pending or Checkpoint()
        return made if names is None else renamed(made, names, with_gone=True)


def _told(error: EngineError) -> str:
    """The sentence of an error, and where in the window another computing engine is chosen if that would help."""
    elsewhere = error.fix is not None and "computing" in error.fix.training
    return f"{error.message}. Choose another under {Computing.title}." if elsewhere else str(error)
