"""Share of a mini-batch that one process computes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch.utils.data.distributed import DistributedSampler

from engine.types import Array


@dataclass(frozen=True, eq=False)
class Share:
    """Share of a batch.

    Attributes:
        batch: indices of the samples of the whole batch, (N,).
        places: those of the share within the batch, (n,); n is the same in all processes.
        real: how many of them count, the first ones. PyTorch fills up with samples that others have too.
    """

    batch: Array
    places: Array
    real: int

    @property
    def samples(self) -> Array:
        """Indices of the samples of the share, (n,)."""
        return self.batch[self.places]


def share_of(batch: Array, rank: int, size: int) -> Share:
    """Share of a process in a batch of these samples, (N,): every `size`-th, dealt out by PyTorch's DistributedSampler.

    All shares together are the batch, so that the sum over them is what one process would compute.
    """
    # Usually it divides a whole data set; of one batch at a time, batches stay those of the project.
    sampler = DistributedSampler(batch, num_replicas=size, rank=rank, shuffle=False)
    return Share(batch, np.fromiter(sampler, np.intp, len(sampler)), len(range(rank, len(batch), size)))
