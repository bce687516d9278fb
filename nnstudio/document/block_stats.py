"""Statistics of blocks and networks, in words that read at a glance."""

from __future__ import annotations

from engine.analysis import NodeReport
from engine.receptive_field import POINT
from nnstudio.document.analysis import Analysis
from nnstudio.document.model import Document

_EXACT = 100_000
_UNITS = ("", "k", "M", "G", "T")


def amount(number: float) -> str:
    """Format a count: "12,345", or "1.23 M" from a million on."""
    return f"{number:,.0f}" if number < _EXACT else _rounded(number, "")


def size(count: float) -> str:
    """Format a number of bytes: "512 B", "3.4 MB"."""
    return f"{count:.0f} B" if count < 1000 else _rounded(count, "B")


def _rounded(number: float, unit: str) -> str:
    power = 0
    # From 999.5 on, three digits would be written as 1000.
    while number >= 999.5 and power < len(_UNITS) - 1:
        number, power = number / 1000, power + 1
    digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{digits}f} {_UNITS[power]}{unit}"


def receptive_field(report: NodeReport, analysis: Analysis) -> str:
    """Receptive field of a block in pixels, as text. "" where the input is no image, or the field is a single pixel."""
    signature = analysis.signature
    if report.output is None or len(report.output) != 3 or signature is None or len(signature.input_shape) != 3:
        return ""
    if report.field is None:
        return "the whole image"
    if report.field.extent == POINT.extent:
        return ""
    (height, width), (_, most_rows, most_columns) = report.field.pixels, signature.input_shape
    whole = height >= most_rows and width >= most_columns
    # One line of the inspector, also where the field is the whole image.
    return f"{height}x{width}, the whole image" if whole else f"{height}x{width} pixels"


def figures(name: str, analysis: Analysis) -> dict[str, str]:
    """Statistics of a block by title: parameters, multiply-adds, memory, receptive field.

    Empty while its shapes are unknown, and for a block that is left out.
    """
    report = analysis.reports.get(name)
    if report is None or report.output is None or name in analysis.idle:
        return {}
    facts = {
        "Parameters": amount(report.parameters),
        "Multiply-adds": f"{amount(report.multiply_adds)} per sample",
        "Memory": f"{size(analysis.memory.get(name, 0))} in training",
        "Receptive field": receptive_field(report, analysis),
    }
    return {title: text for title, text in facts.items() if text}


def memory(document: Document, analysis: Analysis) -> str:
    """Memory of training in total, as text, with the batch size."""
    return f"{size(sum(analysis.memory.values()))} at batch size {document.training.batch_size:,}"
