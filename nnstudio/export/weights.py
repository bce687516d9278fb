"""Weights export for `engine.Network.load`: tensors with the network's description."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nnstudio.export.base import Exporter

if TYPE_CHECKING:
    from nnstudio.training.project import Project


class Safetensors(Exporter):
    """Weights in .safetensors, with the network's description in the metadata.

    The preprocessing of the data, such as their scale, is not in the file: the network takes numbers as they were in
    training. Disabled blocks are left out.
    """

    title: ClassVar[str] = "Safetensors: the trained network, for engine.Network.load"
    help: ClassVar[str] = (
        "Weights as tensors by name, with the network's description in the metadata. Network.load reads it; other "
        "programs read the tensors."
    )
    format = "safetensors"
    suffix = ".safetensors"

    def why_not(self, project: Project) -> str:
        return "" if project.trained else "Nothing has been trained yet, so there are no weights. Train first."

    def write(self, project: Project, path: Path) -> None:
        from nnstudio.document.analysis import analyse_with
        from nnstudio.training.build import build

        document, made = project.document, project.checkpoint
        # The data need not be there: a trained project knows their shape.
        analysis = analyse_with(document, made.preparation.signature) if made.preparation is not None else None
        build(document, analysis, made.weights).save(path)
