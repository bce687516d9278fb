"""Choice of what computes a network: the back end, its device, and two switches."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from engine.declared import Declared

# Numbers of 16 bits in which products are computed; parameters, sums and losses keep theirs.
MixedPrecision = Literal["none", "bfloat16", "float16"]


class Computing(Declared):
    """Back end with its device and switches."""

    title: ClassVar[str] = "Compute with"
    help: ClassVar[str] = "Chooses what computes the network: this engine, or PyTorch on one of its devices."

    engine: Literal["numpy", "torch"] = Field(
        "numpy", title="Engine", description="This program's own engine, or PyTorch, which is installed separately."
    )
    device: Literal["cpu", "cuda", "mps"] = Field(
        "cpu", title="Device", description="Processor, NVIDIA GPU (cuda), or the GPU of a Mac (mps)."
    )
    mixed_precision: MixedPrecision = Field(
        "none",
        title="Mixed precision",
        description="Computes products in 16 bits: faster on newer GPUs, and less exact.",
    )
    compiled: bool = Field(
        False, title="Compile", description="Compiles the network by torch.compile; the first steps take much longer."
    )

    @property
    def compiles(self) -> bool:
        """True if the network is compiled, which only PyTorch does."""
        return self.compiled and self.engine == "torch"
