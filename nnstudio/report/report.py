"""Report on a trained network as one page of HTML."""

from __future__ import annotations

from types import ModuleType

from nnstudio import __version__
from nnstudio.report import class_part, label_part, number_part
from nnstudio.report.axes import clean
from nnstudio.report.page import page, paragraph
from nnstudio.report.subject import Subject
from nnstudio.report.training_part import curves, network, settings


def report(subject: Subject) -> str:
    """Page on a trained network and the samples it was judged by; the same for the same network and samples.

    Raises DataError if its outputs cannot be judged.
    """
    part: ModuleType = class_part if subject.data.classes else number_part
    if label_part.suits(subject):
        part = label_part
    notes = [paragraph(f"{note[0].upper()}{note[1:]}.".replace("..", "."), "warning") for note in subject.notes if note]
    if subject.seen:
        notes.append(paragraph("The network was trained on these samples; new data may do worse.", "warning"))
    header = (
        f"<header><h1>{clean(subject.title)}</h1>"
        f"{paragraph(f'Judged by {subject.samples}. Made with nnstudio {__version__}.', 'muted')}"
        f"{''.join(notes)}{part.head(subject)}</header>\n"
    )
    body = [curves(subject), *part.parts(subject), network(subject), settings(subject)]
    return page(f"{subject.title}: report", [header, *body])
