"""Registry of the export formats, and the export itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

# Imported for what they register.
from nnstudio.export import diagram_formats as _diagrams
from nnstudio.export import network_formats as _networks
from nnstudio.export import report as _report
from nnstudio.export import weights as _weights
from nnstudio.export.base import EXPORTERS, Exporter, ExportError
from nnstudio.files.atomic_write import check_place

if TYPE_CHECKING:
    from nnstudio.training.project import Project

__all__ = ["EXPORTERS", "ExportError", "Exporter", "export"]

_REGISTERED = (_diagrams, _networks, _report, _weights)


def export(exporter: Exporter, project: Project, path: Path) -> None:
    """Write a project to a file.

    Raises ExportError if the project cannot be exported so, or the file has the suffix of another format, EngineError
    from the exporter itself, OSError if the file cannot be written.
    """
    reason = exporter.why_not(project)
    if reason:
        raise ExportError(f"{reason[0].lower()}{reason[1:]}".rstrip("."))
    if path.suffix.lower() != exporter.suffix:
        found = f"“{path.suffix}”" if path.suffix else "no ending"
        raise ExportError(f"a file of format {exporter.format} ends in {exporter.suffix}, but {path.name} has {found}")
    check_place(path)
    exporter.write(project, path)
