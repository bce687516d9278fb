"""Export of networks to the tools of the field. Importing this package fills `FORMATS`.

from engine import export
export.write(net, "net.py", format="pytorch")
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.checks import expect_path
from engine.errors import SpecError
from engine.export.base import FORMATS, Format
from engine.export.c_header import CHeader
from engine.export.keras import Keras
from engine.export.notebook import Notebook
from engine.export.onnx import Onnx
from engine.export.plain_numpy import PlainNumpy
from engine.export.pytorch import Pytorch
from engine.export.safetensors import Safetensors
from engine.export.subject import Exportable, ExportError, Subject, Training, subject_of
from engine.export.unit_drawings import Tikz, UnitsSvg
from engine.network import Network

__all__ = [
    "FORMATS",
    "CHeader",
    "ExportError",
    "Exportable",
    "Format",
    "Keras",
    "Notebook",
    "Onnx",
    "PlainNumpy",
    "Pytorch",
    "Safetensors",
    "Subject",
    "Tikz",
    "Training",
    "UnitsSvg",
    "subject_of",
    "write",
]


def write(subject: Network | Subject | Exportable, path: str | Path, format: str, **options: Any) -> None:
    """Write a network, or a project with its data and training, in one of `FORMATS`.

    Files beside the main one (weights, data) get its name with their own endings. Existing files are replaced.

    Args:
        options: of the format; see its fields.

    Raises ExportError, placed at the block, for what the format cannot hold; SpecError for unknown formats and options;
    OSError.
    """
    if format not in FORMATS:
        raise SpecError(f"there is no export format {format!r:.40}; choose one of {', '.join(FORMATS)}")
    kind = FORMATS[format]
    missing = kind.missing()
    if missing:
        raise ExportError(missing)
    place = Path(expect_path(path))
    if place.suffix.lower() != kind.suffix:
        raise ExportError(f"a file of format {format} ends in {kind.suffix}, but {place.name} does not")
    kind(**options).export(subject_of(subject), place)
