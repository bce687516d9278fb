"""Exporter of a report: one page of HTML on how well the network does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from nnstudio.export.base import Exporter
from nnstudio.files.atomic_write import replace_file

if TYPE_CHECKING:
    from nnstudio.headless import Samples, Trained
    from nnstudio.training.project import Project


class Report(Exporter):
    """Report on the trained network: curves, confusion or residuals, calibration, most wrong samples, settings."""

    title: ClassVar[str] = "Report: a page on how well the network does"
    help: ClassVar[str] = (
        "One page of HTML that opens in any browser, offline as well: curves, confusion matrix and figures of the "
        "classes, or errors of the numbers, calibration, the most wrong samples, and the settings."
    )
    format = "report"
    suffix = ".html"

    part: Literal["held_out", "train", "validation", "test"] = Field(
        "held_out",
        title="Judged by",
        description="Part of the data by which the network is judged. Held out: the test split, else the validation "
        "split, else all data.",
    )

    def why_not(self, project: Project) -> str:
        return "" if project.trained else "Nothing has been trained yet, so there is nothing to judge. Train first."

    def write(self, project: Project, path: Path) -> None:
        from nnstudio import headless

        project, _ = headless.with_preparation(project, path.stem)
        model = headless.trained(project, path.stem)
        chosen = headless.samples(model, part=None if self.part == "held_out" else self.part)
        write_report(path.stem, project, model, chosen, path)


def write_report(title: str, project: Project, model: Trained, chosen: Samples, path: Path) -> None:
    """Write a report on a network and the samples it is judged by.

    `model` is that of the project. Raises DataError if its outputs cannot be judged, OSError if the file cannot be
    written.
    """
    from nnstudio.report.report import report
    from nnstudio.report.subject import Subject

    subject = Subject(
        title,
        model.document,
        model.network,
        project.checkpoint,
        chosen.data,
        chosen.name,
        chosen.data.notes,
        chosen.seen,
    )
    replace_file(path, report(subject).encode())
