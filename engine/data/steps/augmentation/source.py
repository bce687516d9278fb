"""Source of training pictures that are changed anew for every batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from engine.data.samples import Array, Data
from engine.data.steps.augmentation.base import Augmentation, augment, generator
from engine.data.stored_samples import StoredSamples
from engine.source import ArraySource, Source
from engine.types import Shape


class AugmentedSource:
    """Source (see `engine.source.Source`) of pictures, changed by augmentation steps.

    What a batch gets follows from the seed and the number of its step alone, so that a run that was resumed sees the
    very same pictures as one that never stopped. Without steps, samples are as they are.

    Args:
        data: the training samples as the network takes them, with those of their source.
        scale: converts samples from the units of the source to those of the network.
        seed: that of the run.
        clock: tells the number of the step for which a batch is taken.

    Attributes:
        steps: may be changed between two batches.
    """

    def __init__(
        self,
        data: Data,
        steps: Sequence[Augmentation],
        scale: Callable[[Array], Array],
        seed: int,
        clock: Callable[[], int],
    ) -> None:
        self.steps = tuple(steps)
        self._data, self._scale, self._seed, self._clock = data, scale, seed, clock
        self._plain: Source = data.x if isinstance(data.x, StoredSamples) else ArraySource(data.x)

    @property
    def sample_shape(self) -> Shape:
        """Shape of a sample, as the network takes it."""
        return self._data.x.shape[1:]

    def __len__(self) -> int:
        return len(self._data)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), into `out`, (n, *sample_shape)."""
        if not self.steps:
            self._plain.take(indices, out)
            return
        rng = generator(self._seed, self._clock())
        changed = augment(self.steps, self._data.shown[indices], rng)
        np.copyto(out, self._scale(changed).reshape(out.shape))
