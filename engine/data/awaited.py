"""Data still to be chosen, for a network without any."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, NoReturn

from pydantic import Field

from engine.data.base import Dataset, NoSamplesError
from engine.data.card import OWN, Card
from engine.data.samples import Data, Signature
from engine.types import show_shape

_Size = Annotated[int, Field(ge=1, le=1 << 28)]
_Name = Annotated[str, Field(max_length=10_000)]


class AwaitedData(Dataset):
    """Place of data that a network needs and does not have: it tells their shape, and holds no samples.

    Weights stay when other data take their place. Nobody chooses it by hand.
    """

    title: ClassVar[str] = "Data to be chosen"
    help: ClassVar[str] = "An imported network comes without data; it tells which ones it needs."
    card: ClassVar[Card] = OWN
    external: ClassVar[bool] = True
    offered: ClassVar[bool] = False
    fixed: ClassVar[frozenset[str]] = frozenset({"type", "shape", "targets", "classes"})

    type: Literal["AwaitedData"] = "AwaitedData"
    shape: tuple[_Size, ...] = Field((1,), min_length=1, max_length=8)
    targets: int = Field(1, ge=0, le=1 << 28)
    classes: tuple[_Name, ...] = Field((), max_length=10_000)

    def signature(self) -> Signature:
        self._refuse()

    def load(self) -> Data:
        self._refuse()

    def _refuse(self) -> NoReturn:
        needed = f"samples of {show_shape(self.shape)}" if len(self.shape) > 1 else f"{self.shape[0]:,} inputs"
        wanted = f"{len(self.classes):,} classes" if self.classes else f"{self.targets:,} outputs"
        raise NoSamplesError(
            f"The imported network takes {needed} and has {wanted}. Choose data of this shape; its weights stay."
        )

    def expected_signature(self) -> Signature | None:
        return Signature(
            self.shape,
            "classification" if self.classes else "regression",
            self.classes,
            0 if self.classes else self.targets,
            0,
        )

    def likeness(self, other: Dataset) -> Dataset | None:
        # Whatever is chosen continues these data, so that the weights stay.
        return other
