"""Project in memory: a document with its checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from numpy.typing import NDArray

from engine.export.subject import Subject
from nnstudio.document.analysis import Analysis, analyse
from nnstudio.document.identity_keys import measure_key
from nnstudio.document.model import Document
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.export_subject import export_subject
from nnstudio.training.moments import MomentLog, total_bytes
from nnstudio.training.run_shelf import Run

Array = NDArray[Any]

# Bytes of moments that a file takes unless somebody wants more.
MOST_SAVED = 64 << 20


@dataclass(frozen=True)
class Project:
    """Project: a document with its checkpoint, to be opened, saved and exported.

    Without weights in the checkpoint, nothing was trained yet. With the trainer's state in it, training continues as if
    it had never stopped; without it, with a fresh optimiser. The project files of formats 1 and 2 had no preparation.
    `runs` are those that are over.
    """

    document: Document
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    runs: tuple[Run, ...] = ()

    @property
    def trained(self) -> bool:
        """True if there are weights."""
        return bool(self.checkpoint.weights)

    @property
    def stale(self) -> frozenset[str]:
        """Names of the curves whose newest value is of another network, the one before an edit."""
        key, made = measure_key(self.document), self.checkpoint
        return frozenset(name for name in made.curves if made.measured.get(name) != key)

    def export_subject(self) -> Subject:
        """Subject of `engine.export.write`: network, data and training. Reads the data. Raises EngineError."""
        return export_subject(self.document, self.checkpoint)

    @property
    def moment_bytes(self) -> int:
        """Bytes that the moments of all its runs take, each array counted once."""
        return total_bytes(moment for log in self._logs for moment in log.moments)

    @property
    def _logs(self) -> tuple[MomentLog, ...]:
        return (self.checkpoint.moments, *(run.checkpoint.moments for run in self.runs))

    def with_moments(self, limit: int) -> Self:
        """The project with its moments thinned out evenly, to take at most so many bytes."""
        if self.moment_bytes <= limit:
            return self
        share = limit // sum(bool(log.moments) for log in self._logs)
        made = self.checkpoint
        return replace(
            self,
            checkpoint=replace(made, moments=made.moments.within(share)),
            runs=tuple(run.with_moments(share) for run in self.runs),
        )

    def with_documents(self, change: Callable[[Document], Document]) -> Self:
        """The project with its document changed, and those of its runs in the same way."""
        runs = tuple(replace(run, document=change(run.document)) for run in self.runs)
        return replace(self, document=change(self.document), runs=runs)

    def fitted(self, analysis: Analysis | None = None) -> Self:
        """The project without those weights that no longer belong to its network, which may be half rebuilt.

        Where it is not known what a block needs, since something in front of it is broken or it is disabled, all that
        bear its name stay. `analysis` is that of the document, where there is one already.
        """
        analysis = analysis or analyse(self.document)
        expected = weight_shapes(self.document, analysis)
        understood = {name for name, report in analysis.reports.items() if report.output is not None}
        unknown = ({block.name for block in self.document.blocks} - understood) | analysis.idle
        fitting: Mapping[str, Array] = {
            name: array
            for name, array in self.checkpoint.weights.items()
            if array.shape == expected.get(name) or name.rpartition(".")[0] in unknown
        }
        return replace(self, checkpoint=replace(self.checkpoint, weights=fitting))


def weight_shapes(document: Document, analysis: Analysis) -> dict[str, tuple[int, ...]]:
    """Shapes of all weights whose blocks have known shapes, by name."""
    return {
        f"{report.name}.{key}": spec.shape
        for report in analysis.reports.values()
        if report.output is not None and report.name not in analysis.idle
        for key, spec in document.block(report.name).layer.array_specs(*filter(None, report.inputs)).items()
    }
