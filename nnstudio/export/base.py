"""Base of exporters: formats declared once for window and command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.declared import Declared
from engine.errors import EngineError

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from nnstudio.training.project import Project


class ExportError(EngineError):
    """Error for a project that cannot be exported as asked."""


EXPORTERS: dict[str, type[Exporter]] = {}


class Exporter(Declared):
    """Export format, whose fields are its options.

    A class that names a `format` registers itself. This module imports no Qt. An exporter that draws imports it where
    it writes.

    Attributes:
        format: its name on the command line. suffix: that of its files, with the dot.
        title, help: its name in the dialog, and the purpose of its files.
        in_window: `write` needs Qt, and the window's thread; any other is called in a thread of its own.
    """

    format: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    in_window: ClassVar[bool] = False

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if cls.format:
            EXPORTERS[cls.format] = cls

    def why_not(self, project: Project) -> str:
        """Reason why this project cannot be exported so, as a sentence; "" if it can."""
        return ""

    def write(self, project: Project, path: Path) -> None:
        """Write the file; an existing one is only replaced by a complete one. Raises EngineError or OSError."""
        raise NotImplementedError(f"{type(self).__name__} writes nothing")

    def preview(self, project: Project) -> QImage | None:
        """Preview of the picture at 100 %; None for other formats. Raises EngineError."""
        return None
