"""Training run: what survives an edit, what restarts, and the curves. Knows no Qt and no thread."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from engine.backends.base import NetworkLike, TrainerLike
from engine.data.steps.augmentation.base import PICTURE_AXES
from engine.data.steps.augmentation.source import AugmentedSource
from engine.errors import EngineError
from engine.training.checkpoint import TrainerState
from nnstudio.document.active_graph import active
from nnstudio.document.analysis import Analysis
from nnstudio.document.identity_keys import measure_key, network_key, structure_key
from nnstudio.document.lineage import Names, lineage
from nnstudio.document.model import Document
from nnstudio.training.build import build, class_weight_of, hold, metrics_for, trainer_for
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.curve_listener import CurveListener, CurvePoint
from nnstudio.training.hand_edits import BeforeEdit, HandEdits, reverse
from nnstudio.training.last_step import LastStep, parameter_copies
from nnstudio.training.marks import MarkBook
from nnstudio.training.messages import StepReport
from nnstudio.training.moments import LIMIT, MomentLog
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.recorder import Recorder
from nnstudio.training.run_base import RunBase
from nnstudio.training.split import Split
from nnstudio.training.weight_transfer import Heritage, differ_in_names_alone, handed_over, inherit, renamed

# How long a burst of steps between two looks at the clock should take, in seconds.
_BURST = 0.002


class TrainingRun(RunBase):
    """Training of a document's network, step by step.

    Args:
        checkpoint: what was trained before. Weights that do not fit are left out; without the trainer's own state, or
            where that does not fit, the optimiser starts anew.
        analysis: that of the document, if there is one already.
        moment_limit: bytes that its moments may take.

    Attributes:
        network: the network itself. split: its data.
        renewed: the weights initialised again by an edit, with the step.
        initial: what the parameters began with, by full names; empty if they are too many.
        epoch, step: training so far, also before the last edit.
        target: the epoch at which training ends. portion: by how many epochs it is extended then.
        marks: the changes made during training.
        moments: the parameters at earlier steps of this network.
        origin: which run this is, and from where it went on. seconds: how long it was trained.
        last: record of the last step, if it was manual or watched.
        listener: told of each point of the curves; None for nobody.
        note: sentences on parts of the checkpoint that were left out or converted, or on a checkpoint with nothing but
            weights; else "".

    Raises EngineError if the document cannot be trained.
    """

    def __init__(
        self,
        document: Document,
        split: Split,
        pause: Callable[[], None] | None = None,
        checkpoint: Checkpoint | None = None,
        analysis: Analysis | None = None,
        moment_limit: int = LIMIT,
    ) -> None:
        made = checkpoint or Checkpoint()
        self._pause = pause
        self.split = split
        network = build(document, analysis)
        self.epoch, self.step = made.epoch, made.step
        # Weights can be there before the first step: those of a run on other data.
        self._learnt_before = bool(made.weights)
        self._by_hand = HandEdits()
        self._inherit(inherit(network, active(document).idle, self._learnt_until, made))
        self.network: NetworkLike
        self._trainer: TrainerLike
        self.last = LastStep()
        self._recorder = Recorder(made, measure_key(document))
        self.target = self.portion = document.training.epochs
        self._origin = made.step
        self.marks = MarkBook(document, made.marks)
        self.origin, self.seconds = made.run, made.seconds
        self.listener: CurveListener | None = None
        handed = handed_over(network, self.renewed) if made.weights and made.step == 0 and made.state is None else ""
        self.note = " ".join([*(f"{note}." for note in split.notes), *filter(None, [handed])])
        self._burst = 1
        self._start(document, network)
        if made.state is not None:
            self._resume(made.state)
        self.moments = self._book(document, made.moments, moment_limit)
        if self.step >= self.moments.due:
            self._keep_moment()

    def _inherit(self, heritage: Heritage) -> None:
        self._resting, self.renewed, self.initial = heritage.resting, heritage.renewed, heritage.initial

    def _start(self, document: Document, network: NetworkLike) -> None:
        """A new trainer for a network as it is. Raises EngineError; then the run is as it was."""
        train, held = self.split.train, self.split.validation
        start = self.epoch, self.step
        known = self.split.preparation
        scale = None if known is None else known.target_scale
        trainer = trainer_for(document, network, train, target_scale=scale, start=start, pause=self._pause)
        pictures = self._pictures_of(self.split, document, trainer)
        trainer.load(train.x if pictures is None else pictures, train.y, None if held is None else (held.x, held.y))
        # Else every loss and optimiser that is tried would leave its arrays behind.
        network.release()
        self.network, self._trainer, self._pictures = network, trainer, pictures
        self.last.forget()
        self._recorder.begin()
        self._set(document)
        self._document = document

    def _pictures_of(self, split: Split, document: Document, trainer: TrainerLike) -> AugmentedSource | None:
        """Source of pictures, which can be augmented; None for all other data, which are taken as they are."""
        train = split.train
        if train.shown.ndim not in PICTURE_AXES:
            return None
        return AugmentedSource(train, (), split.scale, document.training.seed, lambda: trainer.steps)

    def _take_over(self, document: Document) -> None:
        """Sets what may change between two steps. Raises EngineError; then all is as it was."""
        try:
            self._set(document)
        except EngineError:
            self._set(self._document)
            raise
        self._document = document

    def _set(self, document: Document) -> None:
        trainer, settings = self._trainer, document.training
        # What can be refused comes first, while the optimiser still has its memory.
        for name, value in (
            ("early_stopping", settings.early_stopping),
            ("schedule", settings.schedule),
            ("class_weight", class_weight_of(document, self.split.train.classes)),
            # Each optimiser starts from a rate, which is no part of what it is.
            ("optimizer", settings.optimizer.with_changes(learning_rate=trainer.optimizer.learning_rate)),
            ("batch_size", settings.batch_size),
            ("clipping", settings.clipping),
            ("penalty", settings.penalty),
            ("shuffle", settings.shuffle),
        ):
            if getattr(trainer, name) != value:
                setattr(trainer, name, value)
                # Else every batch size that a spin box passes would leave its arrays behind.
                self.network.release()
        trainer.learning_rate = settings.optimizer.learning_rate
        if self._pictures is not None:
            self._pictures.steps = document.data.augmentations
        trainer.metrics = metrics_for(settings, self.split.train)
        hold(document, self.network)
        self._recorder.set_up(trainer.metrics, self.steps_per_epoch)

    def update(
        self,
        document: Document,
        earlier: Checkpoint | None = None,
        names: Names | None = None,
        analysis: Analysis | None = None,
    ) -> None:
        """Takes over changed blocks, wires or training settings. Weights that still fit are kept, and the curves too.

        `earlier` is what the new network had learnt when it was last seen; it serves where the present weights do not
        fit. `names` tells what the blocks were called in the present document, where there is more than one edit
        between; `analysis` is that of the new document, if there is one already. Raises EngineError; then the run is as
        it was.
        """
        old, new = self._document, document
        if new.training.epochs != old.training.epochs:
            self._aim(new.training.epochs)
        self.note = ""
        if network_key(old) != network_key(new) or old.training.computing != new.training.computing:
            network = build(new, analysis)
            names = lineage(old, new) if names is None else names
            state = None
            if old.training.loss == new.training.loss and differ_in_names_alone(self.network, network, names):
                # The old trainer cannot be moved; what it has learnt goes to the new one.
                kept = new.training.with_changes(computing=old.training.computing)
                self._adapt(old.with_changes(training=kept))
                state = self._state()
            weights = {**self._resting, **self.network.arrays}
            present = renamed(Checkpoint(weights, renewed=self.renewed, initial=self.initial), names)
            heritage = inherit(network, active(new).idle, self._learnt_until, earlier or Checkpoint(), present)
            self._start(new, network)
            self._inherit(heritage)
            if state is None:
                self._origin = self.step
                # What this network had been does not tell of another.
                self.moments = self._book(new, MomentLog(), self.moments.limit)
                self._keep_moment()
                if self.step:
                    self.note = "The network has changed: it goes on with the weights that still fit"
            else:
                # The names are all that the trainer would take exception to.
                settings = self._trainer.state().info["settings"]
                self._resume(TrainerState({**state.info, "settings": settings}, state.arrays))
                self._recorder.carry_scores(measure_key(new))
                self.moments.structure = structure_key(new)
        elif old.training.loss == new.training.loss:
            self._adapt(new)
        else:
            self._start(new, self.network)
            self._origin = self.step
            if self.step:
                self.note = "With the new loss, the optimiser starts with a fresh state; the weights are kept"
        self._recorder.measure(measure_key(new), self.step)
        self.marks.follow(new, self.place, self.step)

    def take_samples(self, split: Split) -> None:
        """Go on with other samples of the same shape, task and classes, from a new epoch on.

        Weights, optimiser and curves stay. The scores were measured on the samples before, so that there are none until
        the next step. Raises EngineError; then the run is as it was.
        """
        train, held = split.train, split.validation
        pictures = self._pictures_of(split, self._document, self._trainer)
        samples = train.x if pictures is None else pictures
        self._trainer.load(samples, train.y, None if held is None else (held.x, held.y), anew=True)
        self._pictures = pictures
        self.network.release()
        self.split = split
        self.last.forget()
        self._recorder.leave()
        self._set(self._document)
        self.note = " ".join(f"{note}." for note in split.notes)
        if self.step:
            self.marks.change_samples(self.place)

    def _aim(self, epochs: int) -> None:
        """Training ends at another epoch."""
        more = self.epoch >= self.target
        if more:
            self._origin = self.step
        if not (more and epochs == self.epoch + self.portion):
            self.portion = epochs
        self.target = epochs

    def _adapt(self, document: Document) -> None:
        """Takes over what may change between two steps, and tells what begins anew even so. Raises EngineError."""
        before = self._trainer.optimizer
        self._take_over(document)
        if self.step and not self._trainer.optimizer.continues(before):
            self.note = "The new optimiser starts with a fresh state, not with that of the last one"

    def advance(self, seconds: float, until: int, interrupted: Callable[[], bool], most: int = sys.maxsize) -> None:
        """Train until a limit is reached, or training is interrupted.

        The limits are the time in seconds, the epoch `until`, early stopping, and `most` steps. Raises DivergedError.
        """
        with self._timed():
            self._advance(time.perf_counter() + seconds, until, interrupted, most)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Count the time of this context as training."""
        before = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - before

    def _advance(self, deadline: float, until: int, interrupted: Callable[[], bool], most: int) -> None:
        history = self._trainer.history
        while most > 0 and self.epoch < until and history.stopped is None:
            begin = time.perf_counter()
            count = min(self._burst, most)
            most -= count
            for _ in range(count):
                self.step_once()
                if self.epoch >= until or history.stopped is not None:
                    return
            now = time.perf_counter()
            # The clock and the queue are looked at rarely enough to cost nothing, and often enough to be heard.
            self._burst = max(1, min(1024, int(count * min(2.0, _BURST / max(now - begin, 1e-6)))))
            if now >= deadline or interrupted():
                return

    def step_by_hand(self) -> None:
        """Train on one mini-batch, and record it as `last`. Raises DivergedError."""
        self.last.forget()
        rate, before = self.learning_rate, parameter_copies(self.network)
        with self._timed():
            loss = self.step_once()
        samples = tuple(self._trainer.last_batch.tolist())
        self.last.by_hand(StepReport(self.step, self.place, samples, loss, rate), before)

    def step_watched(self) -> None:
        """Train on one mini-batch, and keep the parameters before it. Raises DivergedError."""
        before = parameter_copies(self.network)
        with self._timed():
            self.step_once()
        self.last.watch(self.step, before)

    @property
    def edits(self) -> int:
        """Count of numbers set by hand or taken back."""
        return self._by_hand.count

    def set_parameter(self, edit: ParameterEdit) -> BeforeEdit | None:
        """Set one number of the network, and return what was before; None where there is no such number.

        The optimiser's state stays as it is. The scores are those of the network before, so that there are none until
        the next step.
        """
        back = reverse(self.network, edit)
        if back is None:
            return None
        before = BeforeEdit(back, self.step, self._learnt_until is not None, self._recorder.course)
        self._write(edit)
        self._recorder.leave()
        return before

    def take_back(self, before: BeforeEdit) -> None:
        """Set a number back to what it was, at the same step."""
        self._write(before.edit)
        self._recorder.come_back(before.course)

    def _write(self, edit: ParameterEdit) -> None:
        self._by_hand.write(self.network, edit, self.step)
        self.last.forget()
        if self.step:
            self.marks.set_by_hand(self.place, self._by_hand.names)

    def step_once(self) -> float:
        """Train on one mini-batch and return its loss. Raises DivergedError."""
        trainer = self._trainer
        epoch = trainer.epoch
        self.marks.settle()
        rate = 0.0 if self.listener is None else trainer.current_rate
        loss = trainer.step()
        due = self._recorder.add_step(loss, trainer.last_batch.size)
        self.step += 1
        if trainer.epoch != epoch:
            self.epoch += 1
            scores = {} if self.listener is None else trainer.history.newest
            self._recorder.end_epoch(self.epoch, trainer.history)
            self._tell(rate, scores)
        elif due:
            self._recorder.add_point(self.epoch + trainer.progress)
            self._tell(rate)
        if self.step >= self.moments.due:
            self._keep_moment()
        return loss

    def _tell(self, rate: float, scores: Mapping[str, float] | None = None) -> None:
        """Tells the listener of the newest point of the loss curve, and of the scores of an epoch."""
        if self.listener is not None:
            loss = self._recorder.curves.last["loss"]
            self.listener.add(self.origin.id, CurvePoint(self.step, self._recorder.reached, rate, loss, scores or {}))

    def go_on(self) -> None:
        """Continue a run to its target after early stopping."""
        # The loss is watched anew then; a run that was only paused is watched on.
        if self._trainer.history.stopped is not None:
            self._trainer.go_on()

    def extend(self) -> None:
        """Extend a finished run: to its target after early stopping, else by a portion."""
        self.go_on()
        if self.epoch >= self.target:
            self.target = self.epoch + self.portion
