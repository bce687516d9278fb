"""Base of the rules: their input, and the registry of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from engine.analysis import NodeReport
from engine.data import Signature
from engine.errors import Fix
from engine.graph import INPUT, Graph
from engine.layers.base import Layer
from engine.losses import Loss
from engine.types import Shape
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.problems import Problem, Severity
from nnstudio.document.training_checks import trained_samples


@dataclass(frozen=True)
class Subject:
    """Document under review, with its graph, shapes and data.

    Disabled blocks are no part of the graph.

    Attributes:
        reports: of the graph's nodes; outputs are None behind an error.
    """

    document: Document
    signature: Signature
    graph: Graph
    reports: Mapping[str, NodeReport]

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layers by name, in the order of computation."""
        return self.graph.nodes

    @property
    def loss(self) -> Loss:
        """The document's loss."""
        return self.document.training.loss

    @property
    def trained(self) -> int:
        """Number of training samples."""
        return trained_samples(self.document, self.signature)

    def output(self, name: str) -> Shape | None:
        """Output shape of the network; None behind an error."""
        return self.reports[name].output

    @cached_property
    def last(self) -> str:
        """Last layer that computes anything in inference; its output goes to the loss."""
        return self.effective(self.graph.output) or self.graph.output

    @cached_property
    def feeding(self) -> Mapping[str, list[str]]:
        """Sources of the wires into each block of the document, disabled ones included."""
        found: dict[str, list[str]] = {}
        for wire in self.document.wires:
            found.setdefault(wire.target, []).append(wire.source)
        return found

    def before(self, name: str) -> str | None:
        """Layer that feeds another one, skipping layers that pass their input on. None at a branch, and at the data."""
        sources = self.graph.sources[name]
        return self.effective(sources[0]) if len(sources) == 1 else None

    def effective(self, name: str) -> str | None:
        """The layer itself, or the one whose output it passes on."""
        while name != INPUT and self.layers[name].passes_through(training=False):
            name = self.graph.sources[name][0]
        return name if name != INPUT else None

    @cached_property
    def weighty(self) -> tuple[str, ...]:
        """Layers with trainable parameters."""
        return tuple(name for name, report in self.reports.items() if report.parameters)


Rule = Callable[[Subject], Iterator[Problem]]

RULES: list[Rule] = []
# Those that judge what stands last.
_END_RULES: set[Rule] = set()


def rule(function: Rule) -> Rule:
    """Register a rule."""
    RULES.append(function)
    return function


def end_rule(function: Rule) -> Rule:
    """Register a rule on the output layer.

    It is silent while the output does not fit the data: the last layer then is seldom meant to be the output.
    """
    _END_RULES.add(function)
    return rule(function)


def warning(where: str, sentence: str, fix: Fix | None = None) -> Problem:
    """Warning: something keeps the network from learning well."""
    return Problem(where, sentence, fix, Severity.WARNING)


def hint(where: str, sentence: str, fix: Fix | None = None) -> Problem:
    """Hint: something may be intended, but is usually done otherwise."""
    return Problem(where, sentence, fix, Severity.HINT)


def remarks(subject: Subject, wrong: Collection[str]) -> tuple[Problem, ...]:
    """Findings of all rules, the worst first, then in data-flow order.

    Blocks in `wrong`, which have errors already, are left out.
    """
    found = [
        replace(problem, rule=check.__name__)
        for check in RULES
        if not (OUTPUT in wrong and check in _END_RULES)
        for problem in check(subject)
        if problem.where not in wrong
    ]
    places = {name: place for place, name in enumerate((INPUT, *subject.layers, OUTPUT))}
    return tuple(sorted(found, key=lambda problem: (problem.severity.rank, places.get(problem.where, 0))))
