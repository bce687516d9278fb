"""State of a trainer: saved, restored, and resumed from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.checks import expect_kind
from engine.errors import DataError
from engine.training.checkpoint import VERSION, TrainerState, described, generator
from engine.training.class_weights import plain
from engine.training.divergence import Guard
from engine.training.history import History, Score
from engine.training.trainer_settings import Tunable, check_batch_size


class Resumable(Tunable):
    """State of a `Trainer`, which makes the attributes named here."""

    seed: int
    epoch: int
    steps: int
    _guard: Guard
    _score: Score
    # The number of steps at which a saved run was taken up; unless one was made since, `load` goes on with it.
    _resumed: int | None

    def state(self) -> TrainerState:
        """Complete state between two steps, as copies.

        A trainer made with the same settings that takes it over, with `restore`, continues on the same data as this one
        would, bit for bit.
        """
        update = self._update.state()
        info = {
            "version": VERSION,
            "settings": self._settings(),
            "batch_size": self.batch_size,
            "stopper": self._stopper.state() if self._stopper is not None else {},
            "guard": self._guard.state(),
            "seed": self.seed,
            "epoch": self.epoch,
            "steps": self.steps,
            "position": self._walk.position,
            "orders": self._walk.rng.bit_generator.state,
            "choices": self.network.rng.bit_generator.state,
            "history": asdict(self.history),
            "metrics": list(self._names),
            "score": self._score.state(),
        }
        arrays = {"network": self.network.state_vector.copy(), "order": self._walk.order.copy()}
        if self._stopper is not None and self._stopper.best is not None:
            arrays["best"] = self._stopper.best.copy()
        return TrainerState({**info, **update.info}, {**arrays, **update.arrays})

    def restore(self, state: TrainerState) -> None:
        """Take over the state of this or another trainer.

        If no data are loaded, the same data must be loaded next. Settings that may change while training, such as the
        batch size, are taken over; all others must be the same, such as loss, optimiser and network. Raises SpecError
        or DataError if it does not fit; then nothing is changed.
        """
        expect_kind(state, TrainerState, "the state", "what Trainer.state() gave", DataError)
        info = state.info
        try:
            state.expect(self._settings())
            memory = state.vector("network", self.network.state_vector)
            order, position = state.order()
            orders, choices = generator(info["orders"]), generator(info["choices"])
            history = History.restored(info["history"])
            names = tuple(map(str, info["metrics"]))
            score = self._new_score(names)
            score.restore(info["score"])
            batch_size, seed, epoch, steps = (int(info[name]) for name in ("batch_size", "seed", "epoch", "steps"))
            check_batch_size(batch_size)
            stopper = self._new_stopper()
            if stopper is not None:
                best = state.vector("best", memory) if stopper.best is not None else None
                stopper.restore(info["stopper"], best)
            take_over = self._update.prepare(state, epoch, steps)
            guard = Guard(self.network.state_vector)
            guard.restore(info["guard"])
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise DataError(f"this is no state of a training run: {error!r}") from None
        if self._data is not None and len(order) and len(self._data[0]) != len(order):
            raise DataError(f"the saved run was trained on {len(order)} samples, but {len(self._data[0])} are loaded")
        take_over()
        self._guard = guard
        self._batch_size, self.seed, self.epoch, self.steps = batch_size, seed, epoch, steps
        self.network.state_vector[...] = memory
        self._walk.rng.bit_generator.state = orders.bit_generator.state
        self.network.rng.bit_generator.state = choices.bit_generator.state
        self.history, self._stopper, self._resumed = history, stopper, None
        if len(order):
            self._score, self._names = score, names
            self._walk.order, self._walk.position, self._resumed = order, position, self.steps
        elif self._data is not None:
            # The saved run had no data yet; its first epoch begins here.
            self._start_epoch()

    def save(self, path: str | Path) -> None:
        """Write `state()` as a .safetensors file, for `resume`."""
        self.state().save(path)

    def resume(self, path: str | Path) -> None:
        """Continue from a file that `save` wrote.

        The next `load` or `fit` continues in the middle of the epoch. Raises DataError or SpecError.
        """
        self.restore(TrainerState.load(path))

    def _settings(self) -> dict[str, Any]:
        """Settings that a state and its trainer must share, as JSON-compatible data."""
        spec = self.network.spec()
        return {
            "network": {name: spec[name] for name in ("input_shape", "nodes", "edges")},
            "loss": described(self.loss),
            "optimizer": self.optimizer.model_dump(mode="json", exclude={"learning_rate"}),
            "shuffle": self.shuffle,
            "schedule": described(self.schedule),
            "class_weight": plain(self.class_weight),
            "early_stopping": described(self.early_stopping),
        }

    def _start_epoch(self) -> None:
        self._walk.begin(len(self._data[0]) if self._data is not None else 0)
        self._score = self._new_score(self._names)
