"""Process group: the processes that train one network together."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Self, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from engine.errors import EngineError, SpecError
from nnstudio.distributed.meeting import meet, torchrun_store

T = TypeVar("T")

# What torchrun tells each process that it starts.
_SET = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
# What PyTorch says when the connection to another process broke, or that one did not answer in time.
_LOST = re.compile(r"connection (closed|reset|refused)|broken pipe|timed out|timeout|peer|nccl|socket", re.IGNORECASE)


class LostProcessError(EngineError):
    """Error for a process that another one of the group has left alone."""


class ToldElsewhereError(EngineError):
    """Error that another process of the group tells the user."""


class Group:
    """Process group of this process, to be used in a `with` block.

    Attributes:
        rank: number of this process among all, from 0. size: how many there are.
        local_rank, local_size: the same among those on this machine.
        device: "cpu" or "cuda"; there, each process of a machine takes a GPU of its own.
        started_alone: it was not started by torchrun, and is the only process.

    Raises SpecError, in one sentence, if the others cannot be reached.
    """

    def __init__(self, device: str, timeout: float) -> None:
        found = [name for name in _SET if name in os.environ]
        self.started_alone = not found
        self._timeout = timedelta(seconds=timeout)
        missing = [name for name in _SET if name not in found]
        if found and missing:
            raise SpecError(
                f"{', '.join(found)} is set, but not {', '.join(missing)}; torchrun sets all of them: "
                "torchrun --standalone --nproc-per-node 2 -m nnstudio.distributed FILE"
            )
        self.rank, self.size = _number("RANK", 0), _number("WORLD_SIZE", 1)
        self.local_rank = _number("LOCAL_RANK", self.rank)
        self.local_size = _number("LOCAL_WORLD_SIZE", self.size)
        if not 0 <= self.rank < self.size:
            raise SpecError(f"RANK is {self.rank} and WORLD_SIZE {self.size}; start the processes with torchrun")
        self.device = device

    def __enter__(self) -> Self:
        cuda = self.device == "cuda" and torch.cuda.is_available()
        if cuda:
            count = torch.cuda.device_count()
            if self.local_rank >= count:
                raise SpecError(
                    f"this machine has {count} GPUs for {self.local_size} processes; start at most {count} on it"
                )
            torch.cuda.set_device(self.local_rank)
        kind = "cpu:gloo,cuda:nccl" if cuda else "gloo"
        try:
            store = dist.HashStore() if self.started_alone else torchrun_store(self._timeout)
            if store is None:
                dist.init_process_group(kind, timeout=self._timeout)
            else:
                own = meet(store, self.rank, self.size, self._timeout)
                dist.init_process_group(kind, store=own, rank=self.rank, world_size=self.size, timeout=self._timeout)
        except (RuntimeError, ValueError) as error:
            place = f"{os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}"
            raise SpecError(
                f"process {self.rank} of {self.size} found no others at {place} within "
                f"{self._timeout.total_seconds():g} s ({_line(error)}); see that the address and port are those of the "
                "first machine, and that no firewall is between"
            ) from None
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # After an error the others may wait for this one, or be gone; the end of the process tells them.
        if kind is None or self.size == 1:
            dist.destroy_process_group()

    @property
    def leads(self) -> bool:
        """True for the process that reads and writes the project, and tells of it."""
        return self.rank == 0

    def add_up(self, tensor: Tensor) -> None:
        """Replace a tensor by its sum over all processes. Raises LostProcessError."""
        self.together(lambda: dist.all_reduce(tensor))

    def tell(self, value: T) -> T:
        """Value of the leading process, in all of them. Raises LostProcessError."""
        box: list[Any] = [value]
        self.together(lambda: dist.broadcast_object_list(box, src=0))
        told: T = box[0]
        return told

    def gather(self, value: T) -> list[T]:
        """Values of all processes, by rank, in all of them. Raises LostProcessError."""
        box: list[Any] = [None] * self.size
        self.together(lambda: dist.all_gather_object(box, value))
        return box

    def agree(self, work: Callable[[], T]) -> T:
        """Do something that may fail in some of the processes: then it fails in all, and the first one tells.

        Raises EngineError.
        """
        wrong: EngineError | None = None
        made: list[T] = []
        try:
            made.append(work())
        except EngineError as error:
            wrong = error
        failed = [rank for rank, bad in enumerate(self.gather(wrong is not None)) if bad]
        if not failed:
            return made[0]
        if wrong is not None and self.rank == failed[0]:
            raise wrong
        raise ToldElsewhereError(f"process {failed[0]} of {self.size} could not go on")

    def together(self, work: Callable[[], T]) -> T:
        """Do what all processes do at the same time. Raises LostProcessError if another is gone."""
        try:
            return work()
        except RuntimeError as error:
            if self.size > 1 and _LOST.search(str(error)):
                raise LostProcessError(
                    f"process {self.rank} of {self.size} ends, since another one has gone or does not answer "
                    f"({_line(error)})"
                ) from None
            raise


def _number(name: str, otherwise: int) -> int:
    text = os.environ.get(name, str(otherwise))
    if not text.isdecimal():
        raise SpecError(f"{name} must be a whole number, found {text!r:.40}; start the processes with torchrun")
    return int(text)


def _line(error: Exception) -> str:
    """First line of an error, without the place in PyTorch's sources."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason was given")
    return re.sub(r"^\[[^\]]*\]\s*", "", first).partition(". ")[0].rstrip(".")[:200]
