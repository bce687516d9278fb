"""Preparation steps. Importing this package fills `STEPS`; `AnyStep` is the type to use in validated models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.data.steps.augmentation.base import Augmentation
from engine.data.steps.augmentation.geometric import Elastic, Flip, Rotate, Shift, Zoom
from engine.data.steps.augmentation.pixels import Erase, Noise
from engine.data.steps.base import STEPS, Numbers, Resampling, Step, Transform
from engine.data.steps.drop_duplicates import DropDuplicates
from engine.data.steps.features import PointFeatures, PolynomialFeatures
from engine.data.steps.resampling import Balance, LabelNoise, Subsample
from engine.data.steps.scaling import ScaleInputs, ScaleTargets
from engine.declared import one_of

if TYPE_CHECKING:
    AnyStep = Step
else:
    AnyStep = one_of(STEPS)

__all__ = [
    "STEPS",
    "AnyStep",
    "Augmentation",
    "Balance",
    "DropDuplicates",
    "Elastic",
    "Erase",
    "Flip",
    "LabelNoise",
    "Noise",
    "Numbers",
    "PointFeatures",
    "PolynomialFeatures",
    "Resampling",
    "Rotate",
    "ScaleInputs",
    "ScaleTargets",
    "Shift",
    "Step",
    "Subsample",
    "Transform",
    "Zoom",
]
