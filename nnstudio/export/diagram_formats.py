"""Exporters of the diagram: SVG, PDF and PNG. Qt is imported only when a diagram is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from nnstudio.export.base import Exporter, ExportError
from nnstudio.files.atomic_write import replace_file

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from nnstudio.export.diagram import Options
    from nnstudio.training.project import Project


def _drawing() -> Any:
    """The module that draws, with an application for it. Raises ExportError where Qt cannot be loaded."""
    try:
        from nnstudio.export import diagram
        from nnstudio.ui.offscreen import application
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("PySide6", "shiboken6"):
            raise
        raise ExportError(
            f"a diagram is drawn with Qt, which cannot be loaded ({error}); install it with: pip install nnstudio"
        ) from None
    application()
    return diagram


class _Diagram(Exporter):
    """Drawing of the network as the canvas shows it, without what belongs to editing."""

    in_window = True
    colours: Literal["light", "dark"] = Field(
        "light", title="Colours", description="The colours of the light or of the dark theme"
    )

    def _options(self, title: str) -> Options:
        options: Options = _drawing().Options(
            dark=self.colours == "dark",
            transparent=getattr(self, "transparent", False),
            scale=float(getattr(self, "scale", 1)),
            title=title,
        )
        return options

    def write(self, project: Project, path: Path) -> None:
        replace_file(path, _drawing().render(project.document, self.format, self._options(path.stem)))

    def preview(self, project: Project) -> QImage | None:
        drawing = _drawing()
        options = drawing.Options(dark=self.colours == "dark", transparent=getattr(self, "transparent", False), scale=1)
        picture: QImage = drawing.image(project.document, options)
        return picture


_TRANSPARENT = Field(False, title="Transparent", description="Nothing is drawn behind the network")


class Svg(_Diagram):
    """SVG export: text as text and shapes as paths."""

    title: ClassVar[str] = "SVG: drawing, for the web and for editing"
    help: ClassVar[str] = "The diagram as a drawing that stays sharp at any size."
    format = "svg"
    suffix = ".svg"
    transparent: bool = _TRANSPARENT


class Pdf(_Diagram):
    """PDF export: one page of its own size, with its fonts."""

    title: ClassVar[str] = "PDF: drawing, for papers"
    help: ClassVar[str] = "The diagram as one page of its own size, with its fonts."
    format = "pdf"
    suffix = ".pdf"


class Png(_Diagram):
    """PNG export: an image of pixels."""

    title: ClassVar[str] = "PNG: pixels"
    help: ClassVar[str] = "The diagram as a picture of pixels."
    format = "png"
    suffix = ".png"
    scale: int = Field(
        2,
        ge=1,
        le=8,
        title="Scale",
        description="Pixels for each pixel on the screen at 100%: 1 is as large as there, 4 is for print",
    )
    transparent: bool = _TRANSPARENT
