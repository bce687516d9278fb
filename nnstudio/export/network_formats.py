"""Exporters of the network to other tools: one for each format of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.export import FORMATS, Format
from nnstudio.export.base import Exporter, ExportError
from nnstudio.files.atomic_write import replace_file

if TYPE_CHECKING:
    from nnstudio.training.project import Project

# The studio writes these itself, with what it alone knows.
_OWN = frozenset({"safetensors"})


class _OfNetwork(Exporter):
    """Exporter by a format of the engine, which every subclass names as its first base."""

    def why_not(self, project: Project) -> str:
        if not project.document.blocks:
            return "The network has no blocks yet, so there is nothing to export. Add a layer first."
        return self.missing() if isinstance(self, Format) else ""

    def write(self, project: Project, path: Path) -> None:
        assert isinstance(self, Format)
        try:
            self.export(project.export_subject(), path, replace_file)
        except MemoryError:
            raise ExportError(
                "the network and its data do not fit into memory twice; export without training"
            ) from None


# A format is declared in the engine alone; the dialog and the command line find it here.
NETWORK_FORMATS = tuple(
    type(kind.__name__, (kind, _OfNetwork), {"__module__": __name__, "__doc__": kind.__doc__})
    for name, kind in FORMATS.items()
    if name not in _OWN
)
