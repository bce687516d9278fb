"""Training run between two steps: what it tells of itself, and its checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.backends.base import NetworkLike, TrainerLike
from engine.errors import EngineError
from engine.training.checkpoint import TrainerState
from nnstudio.document.identity_keys import measure_key, structure_key
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import OWN_PART, Checkpoint, Initial, RunOrigin
from nnstudio.training.curves import CurveBook, until
from nnstudio.training.hand_edits import HandEdits
from nnstudio.training.marks import MarkBook
from nnstudio.training.moments import Moment, MomentBook, MomentLog, split_vector
from nnstudio.training.recorder import Recorder
from nnstudio.training.split import Split

# For how many steps weights count as new.
NEW_FOR = 100
# What a trainer's state calls the network's numbers.
_NETWORK = "network"


class RunBase:
    """State of a `TrainingRun`, which makes the attributes named here."""

    network: NetworkLike
    split: Split
    epoch: int
    step: int
    target: int
    portion: int
    seconds: float
    note: str
    marks: MarkBook
    moments: MomentBook
    origin: RunOrigin
    renewed: Mapping[str, int]
    initial: Mapping[str, Initial]
    _trainer: TrainerLike
    _document: Document
    _recorder: Recorder
    _by_hand: HandEdits
    _resting: Mapping[str, NDArray[Any]]
    _learnt_before: bool
    # The step from which on the run is watched as one: its beginning, or what made it begin to learn anew.
    _origin: int

    def _take_over(self, document: Document) -> None:
        raise NotImplementedError(f"{type(self).__name__} takes over no document")

    @property
    def trainer(self) -> TrainerLike:
        """Trainer of the present network, to be looked at; the run itself makes its steps."""
        return self._trainer

    @property
    def steps_per_epoch(self) -> int:
        """Number of mini-batches in an epoch."""
        return self._trainer.steps_per_epoch

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all measured metrics, the usual one for the data first."""
        return self._trainer.metrics

    @property
    def scores(self) -> dict[str, float]:
        """Newest loss and metrics of this network, by the names of their curves.

        Values from before an edit are left out.
        """
        return self._recorder.scores

    @property
    def curves(self) -> CurveBook:
        """Curves by name."""
        return self._recorder.curves

    @property
    def loss(self) -> float | None:
        """Newest training loss; None while there is none of this network."""
        return self.scores.get("loss")

    @property
    def learning_rate(self) -> float:
        """Learning rate of the next step."""
        return self._trainer.current_rate

    @property
    def stopped(self) -> str:
        """Reason of early stopping, as a sentence; "" if there was none."""
        reason = (self._trainer.history.stopped or "").replace("val_loss", "validation loss")
        return f"{reason[0].upper()}{reason[1:]}." if reason else ""

    @property
    def finished(self) -> bool:
        """True if all epochs are done."""
        return self.epoch >= self.target or self._trainer.history.stopped is not None

    @property
    def document(self) -> Document:
        """Document being trained: the last one that could be."""
        return self._document

    @property
    def _learnt_until(self) -> int | None:
        """The step up to which something was learnt; None if nothing was yet."""
        return self.step if self.step or self._learnt_before or self._by_hand else None

    @property
    def place(self) -> float:
        """Progress in epochs; it never falls, though a new trainer begins its epoch anew."""
        return max(self._recorder.reached, self.epoch + self._trainer.progress)

    @property
    def course(self) -> tuple[int, int]:
        """Steps since the run began, or began to train again, and their total number."""
        done = self.step - self._origin
        left = max(self.target - self.epoch - self._trainer.progress, 0.0) * self.steps_per_epoch
        return done, done + round(left)

    @property
    def untrained(self) -> frozenset[str]:
        """Blocks with new weights from an edit, which have not been trained since."""
        return frozenset(name.rpartition(".")[0] for name, step in self.renewed.items() if self.step - step < NEW_FOR)

    def _book(self, document: Document, known: MomentLog, limit: int) -> MomentBook:
        return MomentBook(structure_key(document), self.network.state_vector.size, known, limit)

    def _keep_moment(self) -> None:
        """Keep the present parameters; now and then with all that is needed to go on from here."""
        vector = self.network.state_vector.copy()
        vector.flags.writeable = False
        state = self._state() if self.step == 0 or self.moments.wants_state() else None
        self.moments.add(Moment(self.step, self.epoch, self.place, vector, self._document.training, state))

    def checkpoint_at(self, step: int) -> Checkpoint | None:
        """Checkpoint of a moment that was kept, with the curves up to there; None if it was not.

        Without the trainer's state, training goes on from there with a fresh one.
        """
        moment = self.moments.at(step)
        if moment is None:
            return None
        made, log = self.checkpoint(), self.moments.log.until(step)
        begun = log.moments[0].place
        curves = {name: until(curve, moment.place) for name, curve in self._recorder.curves.curves().items()}
        curves = {name: curve for name, curve in curves.items() if len(curve.x)}
        key = measure_key(self._document)
        return Checkpoint(
            {**self._resting, **split_vector(self.network, moment.vector)},
            curves,
            moment.epoch,
            moment.step,
            moment.state,
            {name: at for name, at in self.renewed.items() if at <= step},
            self.split.preparation,
            {name: key for name, curve in curves.items() if curve.x[-1] > begun},
            tuple(mark for mark in made.marks if mark.x <= moment.place),
            self.initial,
            log,
            self.origin,
        )

    def checkpoint(self) -> Checkpoint:
        """Checkpoint of the run, as copies."""
        if self._learnt_until is None:
            return Checkpoint()
        weights = {name: np.array(array) for name, array in self.network.arrays.items()}
        return Checkpoint(
            {**self._resting, **weights},
            self.curves.curves(),
            self.epoch,
            self.step,
            self._state(),
            self.renewed,
            self.split.preparation,
            self._recorder.measured,
            self.marks.shown,
            self.initial,
            self.moments.log,
            self.origin,
            self.seconds,
        )

    def _state(self) -> TrainerState:
        state = self._trainer.state()
        own = {"target": self.target, "portion": self.portion, **self._recorder.state()}
        # The network's own numbers are among the weights.
        arrays = {name: array for name, array in state.arrays.items() if name != _NETWORK}
        return TrainerState({**state.info, OWN_PART: own}, arrays)

    def _resume(self, state: TrainerState) -> None:
        """Goes on as if there had been no break; where the state does not fit, with an optimiser that starts anew."""
        try:
            own = state.info[OWN_PART]
            # A run that was asked to go on past the settings' epochs still is.
            target = max(int(own["target"]), self.target)
            reached, course = self._recorder.parse(own, self._trainer.batch_size)
            # Older files do without: there, what is set is what a run is gone on with.
            portion = max(int(own.get("portion", self.portion)), 1)
            if (state.info["epoch"], state.info["steps"]) != (self.epoch, self.step):
                raise ValueError("it is of another epoch and step than the weights")
            self._trainer.restore(
                TrainerState(state.info, {**state.arrays, _NETWORK: self.network.state_vector.copy()})
            )
        except (EngineError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            self.note += (" " if self.note else "") + (
                "Training goes on from the weights with a fresh optimiser state, "
                f"since the saved one does not fit: {error}"
            )
            return
        self._recorder.restore(reached, course)
        self.target, self.portion = target, portion
        self.epoch, self.step = self._trainer.epoch, self._trainer.steps
        # What may change between two steps is as the document has it now.
        self._take_over(self._document)
