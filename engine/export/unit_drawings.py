"""SVG and TikZ of a network at the level of its units."""

from __future__ import annotations

from typing import ClassVar
from xml.sax.saxutils import escape

from pydantic import Field

from engine.errors import one_line
from engine.export.base import Format
from engine.export.names import remark
from engine.export.subject import Subject
from engine.export.units import RADIUS, Column, Drawing, draw
from engine.graph import INPUT

_POSITIVE, _NEGATIVE, _PLAIN = "#2a6fbb", "#d9822b", "#999999"
_MARGIN = 60.0


def _width(weight: float) -> float:
    return 0.4 + 1.8 * abs(weight)


def _title(column: Column) -> str:
    return "data" if column.name == INPUT else column.name


def _text(name: str) -> str:
    """Text of a drawing. Control characters, and halves of letters, have no place in XML."""
    return escape(one_line(name))


def svg(drawing: Drawing, title: str) -> str:
    """Source of the SVG."""
    width, height = drawing.width + 2 * _MARGIN, drawing.height + 2 * _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="sans-serif" font-size="11" text-anchor="middle">',
        f"<title>{escape(remark(title))}</title>",
        f'<g transform="translate({_MARGIN:.0f} {_MARGIN - drawing.top:.1f})">',
    ]
    for line in drawing.lines:
        colour = _POSITIVE if line.weight > 0 else _NEGATIVE if line.weight < 0 else _PLAIN
        lines.append(
            f'<line x1="{line.x1:.1f}" y1="{line.y1:.1f}" x2="{line.x2:.1f}" y2="{line.y2:.1f}" stroke="{colour}" '
            f'stroke-width="{_width(line.weight):.2f}"/>'
        )
    for column in drawing.columns:
        style = 'fill="#ffffff" stroke="#333333" stroke-width="1.2"'
        for unit in column.units:
            lines.append(f'<circle cx="{unit.x:.1f}" cy="{unit.y:.1f}" r="{RADIUS:.0f}" {style}/>')
        if not column.units:
            lines.append(
                f'<rect x="{column.x - 24:.1f}" y="{column.y - 24:.1f}" width="48" height="48" rx="4" {style}/>'
            )
        if column.left_out:
            lines.append(f'<text x="{column.x:.1f}" y="{column.dots + 4:.1f}">⋮ {column.left_out}</text>')
        top, bottom = column.y - column.half - 8, column.y + column.half + 16
        lines.append(f'<text x="{column.x:.1f}" y="{top:.1f}" font-weight="bold">{_text(_title(column))}</text>')
        lines.append(f'<text x="{column.x:.1f}" y="{bottom:.1f}" fill="#555555">{_text(column.label)}</text>')
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"


def tikz(drawing: Drawing, title: str) -> str:
    """Source of a document of its own in LaTeX, to compile or to copy the picture from."""
    lines = [
        f"% {remark(title)}: units and weights; blue is positive, orange negative.",
        r"\documentclass[tikz, border=4pt]{standalone}",
        r"\begin{document}",
        r"\definecolor{positive}{HTML}{2A6FBB}",
        r"\definecolor{negative}{HTML}{D9822B}",
        r"\begin{tikzpicture}[x=1pt, y=-1pt, font=\footnotesize,",
        f"  unit/.style={{circle, draw, fill=white, minimum size={2 * RADIUS:.0f}pt, inner sep=0pt}},",
        r"  picture box/.style={draw, fill=white, rounded corners, minimum size=48pt}]",
    ]
    for line in drawing.lines:
        colour = "positive" if line.weight > 0 else "negative" if line.weight < 0 else "gray"
        lines.append(
            rf"\draw[{colour}, line width={_width(line.weight):.2f}pt] "
            f"({line.x1:.1f}, {line.y1:.1f}) -- ({line.x2:.1f}, {line.y2:.1f});"
        )
    for column in drawing.columns:
        lines += [rf"\node[unit] at ({unit.x:.1f}, {unit.y:.1f}) {{}};" for unit in column.units]
        if not column.units:
            lines.append(rf"\node[picture box] at ({column.x:.1f}, {column.y:.1f}) {{}};")
        if column.left_out:
            lines.append(rf"\node at ({column.x:.1f}, {column.dots:.1f}) {{$\vdots$ {column.left_out}}};")
        top, bottom = column.y - column.half - 8, column.y + column.half + 8
        lines.append(rf"\node[font=\footnotesize\bfseries] at ({column.x:.1f}, {top:.1f}) {{{_tex(_title(column))}}};")
        lines.append(rf"\node at ({column.x:.1f}, {bottom:.1f}) {{{_tex(column.label)}}};")
    return "\n".join([*lines, r"\end{tikzpicture}", r"\end{document}"]) + "\n"


def _tex(text: str) -> str:
    """Text for LaTeX: nothing in it is a command."""
    return remark(text).replace("_", r"\_").replace("^", " ").replace("~", " ")


class _Units(Format):
    units: int = Field(
        12, ge=2, le=64, title="Units", description="Units of a layer that are drawn; three dots stand for the others."
    )


class UnitsSvg(_Units):
    """SVG of the units and the weights between them."""

    title: ClassVar[str] = "SVG of units: the units, and the weights between them"
    help: ClassVar[str] = "A drawing with a circle for every unit and a line for every weight, as wide as it is large."
    format: ClassVar[str] = "units"
    suffix: ClassVar[str] = ".svg"

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        return {self.suffix: svg(draw(subject, self.units), subject.title).encode()}


class Tikz(_Units):
    """TikZ picture of the units and the weights between them."""

    title: ClassVar[str] = "TikZ: the units, and the weights between them, for LaTeX"
    help: ClassVar[str] = "A LaTeX document with a TikZ picture: a circle for every unit, and a line for every weight."
    format: ClassVar[str] = "tikz"
    suffix: ClassVar[str] = ".tex"

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        return {self.suffix: tikz(draw(subject, self.units), subject.title).encode("ascii")}
