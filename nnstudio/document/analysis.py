"""Live analysis of a document: shapes and problems per block, while the user edits. Computes no network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from engine.analysis import NodeReport, Reports, analyse_graph, check_batch
from engine.data import MissingDataError, NoSamplesError, Signature
from engine.errors import EngineError, ShapeError, SpecError
from engine.graph import Graph
from engine.memory_budget import check_memory, demand, planned
from engine.types import Shape
from nnstudio.document import join_fixes, output_layer
from nnstudio.document.active_graph import Active, active
from nnstudio.document.alarms import FORETOLD
from nnstudio.document.data_state import DataState, Known, Loading, Refused, read_state
from nnstudio.document.dismissals import sort_out
from nnstudio.document.model import INPUT, OUTPUT, Document
from nnstudio.document.preparing import prepared
from nnstudio.document.problems import Problem, Severity
from nnstudio.document.rules import Subject, remarks
from nnstudio.document.training_checks import check_training, larger_batch, mixes_samples, trained_samples, vectors

Remarks = tuple[tuple[Problem, ...], tuple[Problem, ...]]


@dataclass(frozen=True)
class Analysis:
    """Result of analysing a document: shapes, problems and memory.

    Attributes:
        signature: of the data; where they are not on this computer, the expected one; None if it cannot be determined.
        reports: by block name; shapes are None downstream of a problem.
        problems: errors that prevent training, by block name (or "input", "output"), at most one each.
        memory: approximate bytes that each block takes while training with this batch size.
        empty: there is no layer yet; that is no error, but there is nothing to train either.
        idle: the blocks that are no part of the network: disabled ones, and those that feed nothing else.
        look: finds the warnings and hints, first those to show, then the dismissed ones. It is called on demand, since
            neither the worker nor the preview of a drag needs them.
    """

    signature: Signature | None
    reports: Mapping[str, NodeReport] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    empty: bool = False
    idle: frozenset[str] = frozenset()
    look: Callable[[], Remarks] = field(default=lambda: ((), ()), compare=False)

    @cached_property
    def _looked(self) -> Remarks:
        return self.look()

    @property
    def remarks(self) -> tuple[Problem, ...]:
        """Warnings and hints, the worst first. They never prevent training."""
        return self._looked[0]

    @property
    def dismissed(self) -> tuple[Problem, ...]:
        """Warnings and hints that the user has dismissed."""
        return self._looked[1]

    @property
    def ok(self) -> bool:
        """True if the network can be trained."""
        return not self.hindrance

    @property
    def hindrance(self) -> str:
        """Reason why the network cannot be trained, in a sentence; "" if it can."""
        if self.empty:
            return "There is no layer yet. Drag one from the palette."
        return next((problem.sentence for problem in self.problems.values()), "")

    @property
    def parameters(self) -> int:
        """Number of trainable parameters in all blocks whose shapes are known."""
        return sum(report.parameters for report in self.reports.values())

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one forward pass of one sample, in all blocks whose shapes are known."""
        return sum(report.multiply_adds for report in self.reports.values())

    @property
    def findings(self) -> tuple[Problem, ...]:
        """All problems and remarks, the worst first."""
        return (*self.problems.values(), *self.remarks)

    def with_alarms(self, document: Document, alarms: Iterable[Problem], measured: Collection[str]) -> Analysis:
        """Analysis with the alarms of a run among the remarks.

        On `measured` blocks they replace the rules of thumb that foretell them.
        """
        places = {name: place for place, name in enumerate((INPUT, *self.reports, OUTPUT))}
        raised = sort_out(document, alarms)

        def sorted_in(part: int) -> tuple[Problem, ...]:
            own = (p for p in self._looked[part] if not (p.rule in FORETOLD and p.where in measured))
            return tuple(sorted((*raised[part], *own), key=lambda p: (p.severity.rank, places.get(p.where, 0))))

        return replace(self, look=lambda: (sorted_in(0), sorted_in(1)))

    def remarks_on(self, name: str) -> list[Problem]:
        """Warnings and hints on one block, the worst first."""
        return [remark for remark in self.remarks if remark.where == name]


def learns(analysis: Analysis, name: str) -> bool:
    """True if a block is known to have weights, which can be frozen."""
    report = analysis.reports.get(name)
    return report is not None and report.parameters > 0


def graph_of(document: Document) -> Graph:
    """Graph of the network, without the data and loss ends and without disabled blocks. Raises SpecError."""
    return _graph(active(document))


def _graph(part: Active, *, unfinished: bool = False) -> Graph:
    return Graph(
        {block.name: block.layer for block in part.blocks},
        [(source, target) for source, target in part.edges if target != OUTPUT],
        output=next((source for source, target in part.edges if target == OUTPUT), None),
        unfinished=unfinished,
    )


# An undo, or a drop of what was shown while it was dragged, leads back to one of so many documents.
_MOST_RECENT = 3


class AnalysisCache:
    """Cache of one owner's last analyses, and of the reports of all blocks. For one thread."""

    def __init__(self) -> None:
        self.reports: Reports = {}
        self._recent: list[tuple[Document, Analysis]] = []

    def find(self, document: Document, signature: Signature) -> Analysis | None:
        """Cached analysis of this very document with such data, if there is one."""
        for known, analysis in self._recent:
            # Data may be others though the document is the same: files change.
            data = analysis.signature
            if known is document and data is not None and vars(data) == vars(signature):
                return analysis
        return None

    def add(self, document: Document, analysis: Analysis) -> None:
        """Add an analysis, and drop the oldest."""
        self._recent = [(document, analysis), *self._recent][:_MOST_RECENT]


def analyse(
    document: Document,
    known: Signature | None = None,
    cache: AnalysisCache | None = None,
    state: DataState | None = None,
) -> Analysis:
    """Analyse a document: shapes, parameter counts and problems. Never raises for a bad network or bad data.

    Args:
        known: signature of the data in their source from before, used while they cannot be read.
        cache: what did not change since the last analysis is not computed again.
        state: state of the data. Without it, they are read now, which may take time.
    """
    dataset = document.data.dataset
    match state or read_state(dataset):
        case Known(source):
            signature, unfit = _prepared(document, source)
            return _awaiting(document, unfit, source, cache) if unfit else analyse_with(document, signature, cache)
        case Loading(name):
            problem = Problem(INPUT, f"Reading {name}…", severity=Severity.HINT)
            return _awaiting(document, problem, _expected(document, dataset.expected_signature() or known), cache)
        case Refused((MissingDataError() | NoSamplesError()) as error):
            problem = Problem(INPUT, error.message, error.fix, Severity.WARNING)
            return _awaiting(document, problem, _expected(document, dataset.expected_signature() or known), cache)
        case Refused(error):
            return _awaiting(document, Problem(INPUT, error.message, error.fix), _expected(document, known), cache)


def _prepared(document: Document, source: Signature) -> tuple[Signature, Problem | None]:
    """Signature after the document's steps, or that of the source and the problem of a step that does not fit it."""
    try:
        return prepared(document.data, source), None
    except SpecError as error:
        return source, Problem(INPUT, error.message, error.fix)


def _expected(document: Document, source: Signature | None) -> Signature | None:
    return None if source is None else _prepared(document, source)[0]


def analyse_with(document: Document, signature: Signature, cache: AnalysisCache | None = None) -> Analysis:
    """Analyse a document whose data are known by their signature after all steps. Never raises for a bad network."""
    analysis = None if cache is None else cache.find(document, signature)
    if analysis is None:
        analysis = _analyse(document, signature, cache)
        if cache is not None:
            cache.add(document, analysis)
    return analysis


def _awaiting(
    document: Document, missing: Problem, expected: Signature | None, cache: AnalysisCache | None
) -> Analysis:
    """Of data that are not here. Nothing is wrong with the network, which is judged by what they will be."""
    if expected is None:
        return Analysis(None, problems={INPUT: missing})
    analysis = _analyse(document, expected, cache)
    return replace(analysis, problems={**analysis.problems, INPUT: missing})


def _analyse(document: Document, signature: Signature, cache: AnalysisCache | None) -> Analysis:
    if not document.blocks:
        return Analysis(signature, empty=True)
    part = active(document)
    if not part.blocks:
        reports = _passed(document, part, {}, signature.input_shape)
        problem = Problem(OUTPUT, "All blocks are disabled, so there is nothing to train. Enable one.")
        return Analysis(signature, reports, {OUTPUT: problem}, idle=part.idle)
    try:
        graph = _graph(part, unfinished=True)
        reports = analyse_graph(graph, signature.input_shape, None if cache is None else cache.reports)
    except EngineError as error:
        where = error.where or OUTPUT
        return Analysis(signature, problems={where: Problem(where, error.message, error.fix)}, idle=part.idle)
    problems = {
        name: Problem(
            name, report.error.message, report.error.fix or join_fixes.fix_for(document, part, graph, reports, name)
        )
        for name, report in reports.items()
        if report.error is not None
    }
    subject = Subject(document, signature, graph, reports)
    shape = reports[graph.output].output
    unfit = _unfit_output(subject, shape) if shape is not None else None
    if unfit is not None:
        problems[OUTPUT] = unfit
    trained, batch_size = trained_samples(document, signature), document.training.batch_size
    try:
        frozen = {block.name for block in part.blocks if block.frozen}
        check_batch(graph.nodes, reports, min(trained, batch_size), frozen)
    except SpecError as error:
        where = error.where or OUTPUT
        problems.setdefault(where, Problem(where, error.message, larger_batch(trained)))
    kept, samples = vectors(document), planned(trained, batch_size, even=mixes_samples(part))
    if not problems:
        try:
            check_memory(reports, vectors=kept, samples=samples)
            check_training(document, signature)
        except SpecError as error:
            where = error.where or OUTPUT
            problems[where] = Problem(where, error.message)
    memory = demand(reports, vectors=kept, samples=samples)
    wrong = frozenset(problems)
    reports = reports | _passed(document, part, reports, signature.input_shape)
    return Analysis(
        signature,
        reports,
        problems,
        memory,
        idle=part.idle,
        look=lambda: sort_out(document, remarks(subject, wrong)),
    )


def _unfit_output(subject: Subject, shape: Shape) -> Problem | None:
    """Problem of an output of this shape, which the loss cannot compare with the targets; None if it can."""
    signature = subject.signature
    try:
        subject.loss.check(shape, task=signature.learns, classes=len(signature.classes), targets=signature.targets)
    except ShapeError as error:
        fixes = (error.fix,) if error.fix else output_layer.fixes(subject, shape, error.wanted)
        first = next(iter(fixes), None)
        # What ends in a hidden layer is no mistake: the output layer is still to come.
        severity, sentence = Severity.ERROR, error.message
        if first is not None and first.append:
            severity, sentence = Severity.NEXT, f"Not finished yet: {sentence[:1].lower()}{sentence[1:]}"
        return Problem(OUTPUT, sentence, first, severity, others=fixes[1:])
    return None


def _passed(
    document: Document, part: Active, reports: Mapping[str, NodeReport], input_shape: Shape
) -> dict[str, NodeReport]:
    """Reports of the disabled blocks: what comes in goes out."""
    if not part.passing:
        return {}
    shapes: dict[str, Shape | None] = {name: report.output for name, report in reports.items()}
    shapes[INPUT] = input_shape
    shapes |= {name: shapes.get(source) for name, source in part.passing.items()}
    incoming: dict[str, list[Shape | None]] = {name: [] for name in part.passing}
    for wire in document.wires:
        if wire.target in incoming:
            incoming[wire.target].append(shapes.get(wire.source))
    return {name: NodeReport(name, tuple(shapes_in), shapes[name]) for name, shapes_in in incoming.items()}
