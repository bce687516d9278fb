"""What rules look at, and the list of them."""

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
from nnstudio.document.course import trained_samples
from nnstudio.document.model import OUTPUT, Document
from nnstudio.document.problems import Problem, Severity


@dataclass(frozen=True)
class Subject:
    """A document with all that is known of it. Disabled blocks are no part of the graph.

    Attributes:
        reports: of the graph's nodes; outputs are None behind an error.
    """

    document: Document
    signature: Signature
    graph: Graph
    reports: Mapping[str, NodeReport]

    @property
    def layers(self) -> Mapping[str, Layer]:
        """The layers by name, in the order in which they are computed."""
        return self.graph.nodes

    @property
    def loss(self) -> Loss:
        return self.document.training.loss

    @property
    def trained(self) -> int:
        """Samples that are trained on."""
        return trained_samples(self.document, self.signature)

    def output(self, name: str) -> Shape | None:
        return self.reports[name].output

    @cached_property
    def last(self) -> str:
        """The layer whose numbers the loss sees: the last one that does anything once training is over."""
        return self.effective(self.graph.output) or self.graph.output

    def before(self, name: str) -> str | None:
        """The layer that feeds another one, layers that only pass on left out; None at a branch, and at the data."""
        sources = self.graph.sources[name]
        return self.effective(sources[0]) if len(sources) == 1 else None

    def effective(self, name: str) -> str | None:
        """The layer itself, or the one whose numbers it passes on."""
        while name != INPUT and self.layers[name].passes_through(training=False):
            name = self.graph.sources[name][0]
        return name if name != INPUT else None

    @cached_property
    def weighty(self) -> tuple[str, ...]:
        """The layers with trainable parameters."""
        return tuple(name for name, report in self.reports.items() if report.parameters)


Rule = Callable[[Subject], Iterator[Problem]]

RULES: list[Rule] = []
# Those that judge what stands last.
_END_RULES: set[Rule] = set()


def rule(function: Rule) -> Rule:
    """Registers a rule."""
    RULES.append(function)
    return function


def end_rule(function: Rule) -> Rule:
    """Registers a rule on what stands last.

    It is silent while the output does not fit the data: what stands last then is seldom meant to.
    """
    _END_RULES.add(function)
    return rule(function)


def warning(where: str, sentence: str, fix: Fix | None = None) -> Problem:
    """Something that keeps the network from learning well."""
    return Problem(where, sentence, fix, Severity.WARNING)


def hint(where: str, sentence: str, fix: Fix | None = None) -> Problem:
    """Something that may be meant, but is mostly done otherwise."""
    return Problem(where, sentence, fix, Severity.HINT)


def remarks(subject: Subject, wrong: Collection[str]) -> tuple[Problem, ...]:
    """What the rules say, the worst first, and then as the data flow; nothing of the blocks that are `wrong` anyway."""
    found = [
        replace(problem, rule=check.__name__)
        for check in RULES
        if not (OUTPUT in wrong and check in _END_RULES)
        for problem in check(subject)
        if problem.where not in wrong
    ]
    places = {name: place for place, name in enumerate((INPUT, *subject.layers, OUTPUT))}
    return tuple(sorted(found, key=lambda problem: (problem.severity.rank, places.get(problem.where, 0))))
