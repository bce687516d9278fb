"""Preprocessing fitted on the training split and applied to all other samples.

Holds the columns, the classes and the scale.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.data.filling import filled, fit_fill
from engine.data.samples import Array, Columns, Data, Signature, Task, largest_of, single
from engine.data.sharing import in_turn, own_blocks
from engine.data.steps import Resampling, Step, Transform
from engine.data.steps.fitted import Fitted, fitted_signature
from engine.data.steps.scaling import measure
from engine.data.stored_samples import Samples, StoredSamples, converted, in_memory
from engine.errors import DataError, SpecError
from engine.types import Shape

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Size = Annotated[int, Field(ge=1, le=1 << 31)]
_Name = Annotated[str, Field(max_length=10_000)]
# How many names a sentence holds.
_MOST_NAMED = 6
# Inputs so many times as large as all of training are probably in other units.
_BEYOND = 20.0
# Samples that are converted at a time.
_BLOCK = 4096


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Standardisation(_Kept):
    """Mean and standard deviation of every input over the training samples. Both are in the units of the source."""

    mean: tuple[_Finite, ...]
    spread: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]

    @classmethod
    def fit(cls, x: Samples) -> Self:
        """Fit to samples (N, *input_shape).

        Constant inputs get a standard deviation of 1, so that they are only shifted to 0.
        """
        mean, spread = measure(x.reshape(len(x), -1), "standard")
        return cls(mean=tuple(mean.tolist()), spread=tuple(spread.tolist()))

    def apply(self, x: Array) -> Array:
        """Standardise samples (N, *input_shape): (x - mean) / standard deviation, float32."""
        return single(self.exact(x))

    def exact(self, x: Array) -> Array:
        """Standardise samples (N, *input_shape), float64."""
        shape = x.shape[1:]
        exact: Array = (x - np.reshape(self.mean, shape)) / np.reshape(self.spread, shape)
        return exact


class Preparation(_Kept):
    """Preprocessing of a network's data, fixed when training begins.

    Other samples must fit it.

    Attributes:
        input_shape: of a sample, without the batch axis.
        targets: count of numbers to predict (0 for classes). multi_label: each is a yes or a no.
        features: names of the inputs, where they have any.
        columns: those of the table the samples come from; None where they come from no table.
        fill: number that fills the gaps of each input, before all else; () where there can be none.
        standardisation: the scale, None where inputs are taken as they are.
        steps: the transforms that come after it, in their order, with what they have measured.
        largest: size of the largest input in the units of the source.
        samples, fingerprint: how many there were, training and validation, and a checksum of their numbers.
    """

    input_shape: tuple[_Size, ...] = Field(min_length=1, max_length=8)
    task: Task
    classes: tuple[_Name, ...] = Field((), max_length=10_000)
    targets: int = Field(0, ge=0, le=1 << 31)
    multi_label: bool = False
    features: tuple[_Name, ...] = Field((), max_length=1 << 20, fail_fast=True)
    columns: Columns | None = None
    fill: tuple[_Finite, ...] = Field((), max_length=1 << 20, fail_fast=True)
    standardisation: Standardisation | None = None
    steps: tuple[Fitted, ...] = Field((), max_length=50)
    largest: float = Field(0.0, ge=0, allow_inf_nan=False)
    samples: int = Field(0, ge=0, le=1 << 53)
    fingerprint: int = Field(0, ge=0, lt=1 << 32)

    @model_validator(mode="after")
    def _check(self) -> Self:
        inputs = math.prod(self.input_shape)
        scale = self.standardisation
        for name, found in (
            ("features", len(self.features) or inputs),
            ("fill", len(self.fill) or inputs),
            ("standardisation.mean", len(scale.mean) if scale else inputs),
            ("standardisation.spread", len(scale.spread) if scale else inputs),
        ):
            if found != inputs:
                raise ValueError(f"{name} holds {found} values, but a sample has {inputs} inputs")
        if (self.task == "classification") != (self.targets == 0):
            raise ValueError(f"{self.targets} targets do not belong to {self.task}")
        try:
            fitted_signature(self.steps, self.source_signature)
        except SpecError as error:
            raise ValueError(f"steps: {error.message}") from None
        return self

    @classmethod
    def fit(
        cls,
        train: Data,
        *,
        standardise: bool = False,
        steps: Sequence[Step] = (),
        held: Sequence[Data] = (),
        whole: Data | None = None,
    ) -> Self:
        """Fit to the training samples, which are in the units of their source.

        Args:
            standardise: scale inputs to mean 0 and standard deviation 1.
            steps: what comes then, in this order. Each is fitted to what those before it leave.
            held: samples that are held out, for steps that leave training samples out on their account.
            whole: all samples the training part was taken from, by which a change of the source is noticed later.

        Raises SpecError or DataError if a step cannot work on such data.
        """
        signature, whole = train.signature, whole or train
        fill = fit_fill(in_memory(train.x), train.fill) if train.fill else ()
        if fill:
            train, *held = (replace(part, x=filled(in_memory(part.x), fill)) for part in (train, *held))
        bare = cls(
            input_shape=signature.input_shape,
            task=train.task,
            classes=train.classes,
            targets=signature.targets,
            multi_label=signature.multi_label and whole.multi_label,
            features=train.features,
            columns=train.columns,
            fill=fill,
            standardisation=Standardisation.fit(train.x) if standardise else None,
            largest=signature.largest or 0.0,
            samples=len(whole),
            fingerprint=fingerprint(whole, fill),
        )
        return bare.with_steps(train, steps, held) if steps else bare

    def with_steps(self, train: Data, steps: Sequence[Step], held: Sequence[Data] = ()) -> Self:
        """Preparation with further steps, fitted one after the other to the training samples as those before left them.

        Raises SpecError or DataError if one cannot work on such data.
        """
        kept, signature = self, self.signature
        for step in steps:
            step.check(signature)
            if isinstance(step, Resampling):
                train = step.resample_beside(train, held)
            elif isinstance(step, Transform):
                seen = replace(train, x=converted(train.x, kept.exact), y=kept.exact_targets(train.y), features=())
                fitted = Fitted(step=step, numbers=dict(step.fit(seen)))
                signature = fitted.changed(signature)
                kept = type(self)(**{**dict(kept), "steps": (*kept.steps, fitted)})
        return kept

    @property
    def signature(self) -> Signature:
        """Signature of the data as the network takes them, for an analysis without their source."""
        return fitted_signature(self.steps, self.source_signature)

    @property
    def source_signature(self) -> Signature:
        """Signature of the data in their source, before all steps."""
        target = self.columns.target_name if self.columns is not None else ""
        return Signature(
            self.input_shape,
            self.task,
            self.classes,
            self.targets,
            self.samples,
            self.largest,
            target=target,
            multi_label=self.multi_label,
        )

    def scale(self, x: Array) -> Array:
        """Convert samples (N, *input_shape) from the source's units to the network's, (N, *network_shape) float32.

        Gaps, which are NaN, are filled first.
        """
        x = self.filled(x)
        if not self.steps:
            return single(x) if self.standardisation is None else self.standardisation.apply(x)
        made = np.empty((len(x), *self.network_shape), np.float32)
        # Block by block, since what lies between has 64 bits. What is too large becomes infinite, which `Data` rejects.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(x), _BLOCK):
                made[start : start + _BLOCK] = self.exact(x[start : start + _BLOCK])
        return made

    def filled(self, x: Array) -> Array:
        """Samples (N, *input_shape) in the source's units with their gaps filled."""
        return filled(x, self.fill)

    def gapless(self, data: Data) -> Data:
        """Data in the units of their source, in the order of the network's inputs, with their gaps filled."""
        if not self.fill:
            return data
        return replace(data, x=converted(self.inputs(data)[0], self.filled), features=self.features, fill=())

    def exact(self, x: Array) -> Array:
        """Convert samples without gaps as `scale` does, in the precision of their source."""
        if self.standardisation is not None:
            x = self.standardisation.exact(x)
        for step in self.steps:
            x = step.inputs(x)
        return x

    @property
    def input_scale(self) -> Array | None:
        """Size of 1 of each of the network's inputs in the units of the source, (inputs,).

        None where the network gets other inputs than those of the source.
        """
        if not all(step.transform.elementwise for step in self.steps):
            return None
        ends = self.exact(np.stack([np.zeros(self.input_shape), np.ones(self.input_shape)])).reshape(2, -1)
        scale: Array = 1 / (ends[1] - ends[0])
        return scale

    @property
    def network_shape(self) -> Shape:
        """Shape of a sample as the network takes it."""
        return self.signature.input_shape if self.steps else self.input_shape

    @property
    def network_features(self) -> tuple[str, ...]:
        """Names of the inputs as the network takes them, where they have any."""
        names = self.features
        for step in self.steps:
            names = step.transform.features(names)
        return names

    @property
    def scales_targets(self) -> bool:
        """True if the network learns other numbers than those of the source."""
        return any(type(step.transform).targets is not Transform.targets for step in self.steps)

    def exact_targets(self, y: Array) -> Array:
        """Convert targets (N, targets) to what the network learns; labels stay as they are."""
        for step in self.steps if self.task == "regression" else ():
            y = step.targets(y)
        return y

    def outputs(self, outputs: Array) -> Array:
        """Convert outputs (N, targets) of the network to the units of the source, float64; the same where they are."""
        if self.scales_targets:
            outputs = outputs.astype(np.float64)
            for step in reversed(self.steps):
                outputs = step.outputs(outputs)
        return outputs

    @property
    def target_scale(self) -> Array | None:
        """Size of 1 of the network's outputs in the units of the source, (targets,); None where it is 1."""
        if not self.scales_targets:
            return None
        scale = np.ones(self.targets)
        for step in self.steps:
            scale = scale * step.transform.slope(self.targets, step.numbers)
        return scale

    def made_from(self, data: Data) -> bool:
        """True if the data, in the units of their source, are those that it was fitted to."""
        # Inputs that need 64 bits were rounded by older versions, checksum and all.
        found = fingerprint(data, self.fill) == self.fingerprint
        rounds = data.shown.dtype != np.float32
        return found or (rounds and fingerprint(data, self.fill, rounded=True) == self.fingerprint)

    def follows(self, steps: Sequence[Step]) -> bool:
        """True if the transforms among these steps are those that were fitted."""
        return [step.step for step in self.steps] == [step for step in steps if isinstance(step, Transform)]

    def with_classes(self, names: tuple[str, ...]) -> Preparation:
        """Same preprocessing, with classes that are called something else."""
        return Preparation(**{**dict(self), "classes": names})

    def describes(self, data: Data) -> bool:
        """True if data have the same inputs (in any order), task and classes.

        Then a network trained on the known data can be used on them.
        """
        return (
            (data.x.shape[1:], data.task, data.classes) == (self.input_shape, self.task, self.classes)
            and data.signature.targets == self.targets
            and sorted(data.features) == sorted(self.features)
        )

    def apply(self, data: Data) -> Data:
        """Convert other data for the network: order and scale of inputs, and class labels.

        Their numbers in the units of the source are kept (`Data.source`), and `Data.notes` mentions anything unusual.
        Raises DataError if they do not fit.
        """
        x, notes = self.inputs(data)
        if self.fill:
            x = converted(x, self.filled)
        known = self._labels(data) if self.task == "classification" else self._numbers(data)
        y = known if self.task == "classification" else single(self.exact_targets(known))
        unchanged = self.standardisation is None and not self.steps and x.dtype == np.float32
        return replace(
            data,
            x=x if unchanged and isinstance(x, StoredSamples) else converted(x, self.scale),
            y=y,
            classes=self.classes,
            features=self.network_features,
            source_features=self.features if self.steps else (),
            columns=self.columns,
            fill=(),
            source=None if unchanged else x,
            source_y=None if y is known or (y.dtype == known.dtype and not self.scales_targets) else known,
            notes=(*data.notes, *notes, *self.remarks(x)),
        )

    def remarks(self, x: Samples) -> tuple[str, ...]:
        """Sentences on unusual inputs, which are in the units of the source."""
        largest = largest_of(x) or 0.0
        if self.largest == 0 or largest <= _BEYOND * self.largest:
            return ()
        return (
            f"the inputs go up to {largest:,.6g}, those in training up to {self.largest:,.6g}; "
            "check that they are in the same units",
        )

    def inputs(self, data: Data) -> tuple[Samples, tuple[str, ...]]:
        """Inputs (N, *input_shape) in the order of the network, in the units of the source, and notes on them.

        Raises DataError if there are too few or too many.
        """
        x = data.x
        if x[0].size != math.prod(self.input_shape):
            raise DataError(
                f"found {_by(x.shape[1:])} inputs per sample, but the network was trained on {_by(self.input_shape)}"
            )
        if data.features == self.features or not (data.features and self.features):
            return x.reshape(len(x), *self.input_shape), ()
        if sorted(data.features) != sorted(self.features):
            names = f"{listed(data.features)} are taken as {listed(self.features)}"
            return x.reshape(len(x), *self.input_shape), (f"{names}, in this order, since their names differ",)
        order = [data.features.index(name) for name in self.features]
        flat = x.reshape(len(x), -1)
        return converted(flat, lambda rows: rows[:, order].reshape(len(rows), *self.input_shape)), ()

    def _labels(self, data: Data) -> Array:
        if data.task != "classification":
            raise DataError(f"found numbers as targets, but the network knows the classes {listed(self.classes)}")
        if data.classes == self.classes:
            return data.y
        present = [data.classes[label] for label in np.unique(data.y)]
        refuse_unknown(present, self.classes)
        order = np.array([self.classes.index(name) if name in self.classes else -1 for name in data.classes])
        return order[data.y]

    def _numbers(self, data: Data) -> Array:
        if data.task != "regression":
            raise DataError(f"found the classes {listed(data.classes)}, but the network predicts numbers")
        if data.y.shape[1] != self.targets:
            raise DataError(f"found {data.y.shape[1]} targets per sample, but the network predicts {self.targets}")
        return data.y


def refuse_unknown(found: list[str], known: tuple[str, ...]) -> None:
    """Check that data hold only classes that a network knows. Raises DataError, which names the others."""
    unknown = [name for name in dict.fromkeys(found) if name not in known]
    if unknown:
        what = f"class {unknown[0]!r:.60}" if len(unknown) == 1 else f"classes {listed(unknown)}"
        raise DataError(f"found the {what}, but the network knows {listed(known)}")


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names as part of a sentence; of many, the first few and a count."""
    shown = ", ".join(f"{name:.60}" for name in names[:_MOST_NAMED])
    return shown + (f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else "")


def fingerprint(data: Data, fill: Sequence[float] = (), *, rounded: bool = False) -> int:
    """Checksum (CRC-32) of inputs, their gaps filled, and targets, by which changed data are noticed.

    `rounded` takes inputs in 32 bits.
    """

    def add(inputs: int) -> int:
        for block in own_blocks(data.shown):
            x = filled(block, fill)
            inputs = zlib.crc32((single(x) if rounded else np.ascontiguousarray(x)).data, inputs)
        return inputs

    # A checksum goes on from the one before, so that processes that share the reading take turns.
    inputs = in_turn(0, add) if isinstance(data.shown, StoredSamples) else add(0)
    # In 32 bits, as they were when the first checksums were kept.
    targets = single(data.shown_y) if data.task == "regression" else np.ascontiguousarray(data.y)
    return zlib.crc32(targets.data, inputs)


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
