"""Subject of an export: a network, with what it was or will be trained on and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from engine.data.preparation import Preparation
from engine.errors import SpecError
from engine.losses import Loss
from engine.network import Network
from engine.optimizers import Optimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import Schedule
from engine.training.class_weights import ClassWeight
from engine.training.early_stopping import EarlyStopping
from engine.types import Array, Shape


class ExportError(SpecError):
    """Error for a network that a format cannot hold; names the block and the reason."""


@dataclass(frozen=True, eq=False)
class Training:
    """Training of a network, as an exported script repeats it.

    Attributes:
        x, y: training samples in the units of their source, (N, *shape), and labels (N,) or targets (N, targets).
        validation: samples and targets held out; None where there are none.
        augmentation: titles of steps that change samples anew in every batch.
    """

    loss: Loss
    optimizer: Optimizer
    x: Array
    y: Array
    validation: tuple[Array, Array] | None = None
    batch_size: int = 32
    epochs: int = 10
    shuffle: bool = True
    seed: int = 0
    schedule: Schedule | None = None
    clipping: Clipping | None = None
    penalty: Penalty | None = None
    class_weight: ClassWeight | None = None
    early_stopping: EarlyStopping | None = None
    augmentation: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Subject:
    """Network to export.

    Attributes:
        title: name of the project, as a person gave it; "" for that of the file.
        preparation: conversion of samples from their source; None where the network takes them as they are.
        training: None for a network alone.
    """

    network: Network
    title: str = ""
    preparation: Preparation | None = None
    training: Training | None = None

    @property
    def source_shape(self) -> Shape:
        """Shape of a sample before the preparation."""
        return self.network.input_shape if self.preparation is None else self.preparation.input_shape

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; empty where there are none."""
        return () if self.preparation is None else self.preparation.classes

    def inputs(self, name: str) -> list[Shape]:
        """Shapes of a layer's inputs."""
        return [self.network.shapes[source] for source in self.network.structure.sources[name]]


@runtime_checkable
class Exportable(Protocol):
    """Anything that has a network to export, such as a project of the studio."""

    def export_subject(self) -> Subject:
        """Subject of the export. Raises EngineError where there is none."""


def subject_of(given: object) -> Subject:
    """Subject of a network, or of a project, that is to be exported. Raises SpecError for anything else."""
    if isinstance(given, Subject):
        return given
    if isinstance(given, Network):
        return Subject(given)
    if isinstance(given, Exportable):
        return given.export_subject()
    raise SpecError(f"an export takes an engine.Network or a project, found {type(given).__name__}")
