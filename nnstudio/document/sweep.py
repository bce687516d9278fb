"""Settings of a sweep, kept in the document: which settings are searched, and how."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from nnstudio.document.value import Value

MOST_TRIALS: Final = 1_000_000
MOST_KEPT: Final = 100

# A setting of the training, "training.learning_rate", or of a block, "dense_1.units".
SettingName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$", max_length=120)]
_Bound = Annotated[float, Field(allow_inf_nan=False, ge=-1e300, le=1e300)]


class SearchRange(Value):
    """Range of one setting: the numbers between two bounds, or a list of choices."""

    setting: SettingName
    low: _Bound | None = None
    high: _Bound | None = None
    log: bool = False
    step: _Bound | None = Field(None, gt=0)
    choices: tuple[Annotated[str, Field(max_length=200)], ...] = Field((), max_length=1000)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.choices:
            if self.low is not None or self.high is not None or self.log or self.step is not None:
                raise ValueError(f"the range of {self.setting} has choices and bounds; give one of them")
            if len(set(self.choices)) < len(self.choices):
                raise ValueError(f"the range of {self.setting} has a choice twice; take one out")
        elif self.low is None or self.high is None:
            raise ValueError(f"the range of {self.setting} is empty; give two bounds or some choices")
        elif self.low > self.high:
            raise ValueError(f"the range of {self.setting} ends below its beginning; swap the bounds")
        elif self.log and self.low <= 0:
            raise ValueError(f"the range of {self.setting} is logarithmic, so it must begin above 0")
        elif self.log and self.step is not None:
            raise ValueError(f"the range of {self.setting} is logarithmic, so it has no step; take one of both away")
        return self


class SweepSettings(Value):
    """Settings of a sweep: the ranges, and how they are searched."""

    ranges: tuple[SearchRange, ...] = Field((), max_length=200)
    trials: int = Field(
        50,
        ge=1,
        le=MOST_TRIALS,
        title="Trials",
        description="Trainings in all, by whichever processes share the study.",
    )
    sampler: Literal["tpe", "random", "grid"] = Field(
        "tpe",
        title="Sampler",
        description="TPE learns from the trials so far where good settings lie. Random tries any. Grid goes through "
        "all combinations, with five values for a range without a step.",
    )
    pruner: Literal["median", "hyperband", "none"] = Field(
        "median",
        title="Pruner",
        description="Ends bad trials early. Median: those worse than the median of the others at the same epoch. "
        "Hyperband: few epochs for many, more for the best of these.",
    )
    metric: str = Field(
        "",
        max_length=60,
        title="Metric",
        description="Measure of a trial at its end; empty for the validation loss, or the loss where nothing is "
        "held out.",
    )
    epochs: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        title="Epochs of a trial",
        description="Epochs for which a trial is trained; empty for as many as the project has.",
        json_schema_extra={"none": "as in training"},
    )
    keep: int = Field(
        3,
        ge=0,
        le=MOST_KEPT,
        title="Best to keep",
        description="How many of the best trials are kept with their weights.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed of the search",
        description="The same seed tries the same settings, in a single process.",
        json_schema_extra={"kind": "seed"},
    )

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        names = [each.setting for each in self.ranges]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{twice} has two ranges; take one out")
        return self

    def range_of(self, setting: str) -> SearchRange | None:
        """Range of a setting; None if it is not searched."""
        return next((each for each in self.ranges if each.setting == setting), None)

    def with_range(self, setting: str, wanted: SearchRange | None) -> Self:
        """Settings in which one setting has this range; with None it is not searched."""
        if wanted is None:
            return self.with_changes(ranges=tuple(each for each in self.ranges if each.setting != setting))
        if self.range_of(setting) is None:
            return self.with_changes(ranges=(*self.ranges, wanted))
        return self.with_changes(ranges=tuple(wanted if each.setting == setting else each for each in self.ranges))

    def renamed(self, old: str, new: str) -> Self:
        """Settings in which the ranges of a block follow its new name."""
        before = f"{old}."
        if not any(each.setting.startswith(before) for each in self.ranges):
            return self
        ranges = tuple(
            each.with_changes(setting=f"{new}.{each.setting.removeprefix(before)}")
            if each.setting.startswith(before)
            else each
            for each in self.ranges
        )
        return self.with_changes(ranges=ranges)
