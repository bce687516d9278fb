"""Trainer of a group, with PyTorch's DistributedDataParallel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from engine.backends.torch.trainer import TorchTrainer, _Rows
from engine.data.steps.augmentation.source import AugmentedSource
from engine.errors import SpecError
from engine.source import Source
from engine.training.batch_order import batch_sizes
from engine.training.epochs import Batch
from engine.training.history import Score
from engine.types import Array, Shape
from nnstudio.distributed.batch_norm import Counted, synchronise
from nnstudio.distributed.batch_share import Share, share_of
from nnstudio.distributed.group import Group
from nnstudio.distributed.shared_score import SharedScore

# What layers remember is computed alike in all processes, so that there is nothing to send. Its name has changed.
_SEND_STATE = "forward_sync_buffers"
_NOT_SENT = {
    _SEND_STATE if _SEND_STATE in signature(DistributedDataParallel).parameters else "broadcast_buffers": False
}


class Part:
    """Source of some samples of another."""

    def __init__(self, source: Source, samples: Array) -> None:
        self._source, self._samples = source, samples
        self.sample_shape: Shape = source.sample_shape

    def __len__(self) -> int:
        return len(self._samples)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), into `out`, (n, *sample_shape)."""
        self._source.take(self._samples[indices], out)


class WholeBatches:
    """Source of augmented pictures, which are drawn for a whole batch, as they are in one process.

    Args:
        source: the pictures. share: tells the share of the batch under way.
    """

    def __init__(self, source: AugmentedSource, share: Callable[[], Share]) -> None:
        self._source, self._share = source, share

    @property
    def sample_shape(self) -> Shape:
        """Shape of a sample, as the network takes it."""
        return self._source.sample_shape

    def __len__(self) -> int:
        return len(self._source)

    def take(self, indices: Array, out: Array, /) -> None:
        """Write the samples of these indices, (n,), those of the share under way, into `out`, (n, *sample_shape)."""
        share = self._share()
        if not self._source.steps:
            self._source.take(indices, out)
            return
        batch = np.empty((len(share.batch), *self.sample_shape), out.dtype)
        self._source.take(share.batch, batch)
        np.copyto(out, batch[share.places])


class DistributedTrainer(TorchTrainer):
    """Trainer that computes a share of every mini-batch, while the other processes of its group compute the rest.

    All processes hold the same network and make the same steps: those that one process would make with the same
    settings, but for the order in which numbers are added up. Each validates a share of the samples. What is asked of
    one trainer must be asked of all at the same time, wherever scores or states are concerned.

    Attributes:
        group: processes that train together; set for the class before a trainer is made.
        wishes: what this process asks of all at the end of the step, as numbers. granted: their sums over all
            processes, after the step.
    """

    group: ClassVar[Group]
    wishes: tuple[float, float]
    granted: tuple[float, float]

    def _begin(self, *settings: Any) -> None:
        self.wishes = self.granted = (0.0, 0.0)
        self._counted = Counted()
        self._total = 1.0
        self._share = Share(np.empty(0, np.intp), np.empty(0, np.intp), 0)
        super()._begin(*settings)

    def _wrap(self, module: nn.Module) -> Callable[[Tensor], Any]:
        synchronise(module, self._counted)
        inner = super()._wrap(module)
        made: Callable[[Tensor], Any] | None = None

        def forward(x: Tensor) -> Any:
            # With the first batch, since only then it is settled which layers are frozen.
            nonlocal made
            if made is None:
                learns = any(parameter.requires_grad for parameter in module.parameters())
                made = DistributedDataParallel(inner, **_NOT_SENT) if learns else inner
            return made(x)

        return forward

    def _new_score(self, names: Sequence[str]) -> Score:
        return SharedScore(self.group, names, self.loss.threshold, self._target_scale)

    def load(
        self,
        x: ArrayLike | Source,
        y: ArrayLike,
        validation: Batch | None = None,
        *,
        sample_weight: ArrayLike | None = None,
        anew: bool = False,
    ) -> None:
        """Set the data; see `engine.Trainer.load`. Raises SpecError if a batch is smaller than the group, too."""
        super().load(x, y, validation, sample_weight=sample_weight, anew=anew)
        size, network = self.group.size, self.network
        smallest = min(batch_sizes(len(self._walk.order), self.batch_size, even=True))
        if size > self.batch_size or (network.mixes_samples and smallest < size):
            found = self.batch_size if size > self.batch_size else smallest
            raise SpecError(
                f"a batch of {found} samples cannot be divided between {size} processes; start at most {found}, "
                "or make the batch size larger"
            )
        assert self._data is not None
        source, targets = self._data
        if isinstance(source, AugmentedSource):
            self._data = WholeBatches(source, lambda: self._share), targets
        if self._validation is not None:
            source, targets = self._validation
            own = np.arange(self.group.rank, len(source), size)
            self._validation = Part(source, own), targets[own]

    def _filled(self, chosen: Array) -> _Rows:
        share = self._share = share_of(chosen, self.group.rank, self.group.size)
        rows = super()._filled(share.samples)
        if self._weights is None:
            rows.weights[...] = 1
        rows.weights[share.real :] = 0
        self._total = float(len(chosen) if self._weights is None else self._weights[chosen].sum())
        counts = np.zeros(len(share.samples), np.float32)
        counts[: share.real] = 1
        self._counted.weights = self._model.tensor(counts)
        return rows

    def _mean(self, each: Tensor, weights: Tensor) -> Tensor:
        """Share of the batch's mean loss; the mean over all processes, as DistributedDataParallel takes it, is that."""
        return (each * weights).sum() * (self.group.size / max(self._total, torch.finfo(each.dtype).tiny))

    def _run(self, rows: _Rows) -> tuple[Tensor, Array, Array]:
        run = super()._run
        loss, output, target = self.group.together(lambda: run(rows))
        told = torch.cat([loss.reshape(1).double(), loss.new_tensor(self.wishes, dtype=torch.float64)])
        self.group.add_up(told)
        stop, keep = told[1:].tolist()
        self.granted = stop, keep
        real = self._share.real
        return (told[0] / self.group.size).to(loss.dtype), output[:real], target[:real]

    def _draw(self) -> int:
        """Seed for what layers draw in this step, another one in each process."""
        return super()._draw() + self.group.rank
