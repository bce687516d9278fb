"""Exporter base class: a format in which a project leaves the program, declared once for window and command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from engine.declared import Declared
from engine.errors import EngineError

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from nnstudio.training.project import Project


class ExportError(EngineError):
    """A project cannot be exported as asked."""


EXPORTERS: dict[str, type[Exporter]] = {}


class Exporter(Declared):
    """A format with its options, which are its fields. A class that names a `format` registers itself.

    This module imports no Qt. An exporter that draws imports it where it writes.

    Attributes:
        format: its name on the command line. suffix: the ending of its files, with the dot.
        title, help: how a person chooses it, and what the files are for.
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
        """The reason why this project cannot be exported so, as a sentence; "" if it can."""
        return ""

    def write(self, project: Project, path: Path) -> None:
        """Write the file; until the new one is whole, an old one stays. Raises EngineError or OSError."""
        raise NotImplementedError(f"{type(self).__name__} writes nothing")

    def preview(self, project: Project) -> QImage | None:
        """The picture that will be written, at 100 %; None for what is no picture. Raises EngineError."""
        return None
