"""Samplers, pruners and distributions of Optuna for the settings of a sweep. Imported where Optuna is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution

from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange, SweepSettings
from nnstudio.sweep.ranges import grid_of, searchable
from nnstudio.sweep.searchable import OPTIMIZER, applies

# Trials before the median says anything.
_STARTUP = 5


def suggested(trial: optuna.Trial, document: Document, ranges: Sequence[SearchRange]) -> dict[str, Any]:
    """Parameters that the sampler suggests, by setting; those of optimisers that are not chosen are not asked for."""
    found: dict[str, Any] = {}
    # The optimiser decides which other settings there are.
    for wanted in sorted(ranges, key=lambda each: each.setting != OPTIMIZER):
        setting, name = searchable(document, wanted.setting), wanted.setting
        if not applies(setting, found, document):
            continue
        low, high, step = wanted.low or 0.0, wanted.high or 0.0, wanted.step
        if wanted.choices:
            found[name] = trial.suggest_categorical(name, wanted.choices)
        elif setting.field.kind == "float":
            found[name] = trial.suggest_float(name, low, high, log=wanted.log, step=step)
        else:
            found[name] = trial.suggest_int(name, int(low), int(high), log=wanted.log, step=int(step or 1))
    return found


def sampler(document: Document, settings: SweepSettings, ranges: Sequence[SearchRange]) -> optuna.samplers.BaseSampler:
    """Sampler of a sweep. Raises SweepError where the ranges make no grid."""
    if settings.sampler == "grid":
        return optuna.samplers.GridSampler(grid_of(document, ranges), seed=settings.seed)
    if settings.sampler == "random":
        return SeededByTrial(lambda seed: optuna.samplers.RandomSampler(seed=seed), settings.seed)
    return SeededByTrial(
        # What others train meanwhile counts as bad, so that they do not try the same.
        lambda seed: optuna.samplers.TPESampler(seed=seed, constant_liar=True),
        settings.seed,
    )


def pruner(settings: SweepSettings, epochs: int) -> optuna.pruners.BasePruner:
    """Pruner of a sweep whose trials have so many epochs."""
    if settings.pruner == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=_STARTUP, n_warmup_steps=max(1, epochs // 10))
    if settings.pruner == "hyperband":
        least = max(1, epochs // 27)
        return optuna.pruners.HyperbandPruner(min_resource=least, max_resource=epochs, reduction_factor=3)
    return optuna.pruners.NopPruner()


class SeededByTrial(optuna.samplers.BaseSampler):
    """Sampler that is seeded anew for each trial, by the trial's number.

    So a sweep that goes on after a break tries what it would have tried without, and processes with the same seed do
    not try the same.
    """

    def __init__(self, make: Callable[[int], optuna.samplers.BaseSampler], seed: int) -> None:
        self._make, self._seed = make, seed
        self._inner = make(seed)

    def before_trial(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        digest = hashlib.sha256(f"{self._seed}/{trial.number}".encode()).digest()
        self._inner = self._make(int.from_bytes(digest[:4], "big"))
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        found: dict[str, BaseDistribution] = self._inner.infer_relative_search_space(study, trial)
        return found

    def sample_relative(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial, search_space: Mapping[str, BaseDistribution]
    ) -> dict[str, Any]:
        found: dict[str, Any] = self._inner.sample_relative(study, trial, search_space)
        return found

    def sample_independent(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: optuna.Study,
        trial: optuna.trial.FrozenTrial,
        state: optuna.trial.TrialState,
        values: Sequence[float] | None,
    ) -> None:
        self._inner.after_trial(study, trial, state, values)

    def reseed_rng(self) -> None:
        """Do nothing: each trial has a seed of its own already."""
