"""Plan: a network's arrays and operations for one batch size, reused every run.

Inside a plan the batch axis is last (see engine/layers/base.py). Nothing is allocated per run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import numpy as np

from engine.backends.numpy import threads
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.bound_loss import Measure, bind_loss, bind_score, logits_of, no_loss
from engine.backends.numpy.gradient_arrays import GradientArrays
from engine.backends.numpy.gradient_factors import Factors
from engine.backends.numpy.operations import Divided, Operation, arrange, slices_for
from engine.backends.numpy.value_arrays import ValueArrays
from engine.graph import INPUT, Graph
from engine.layers.base import Layer
from engine.losses import Loss, LossContext
from engine.types import Array, Shape

Arrays = Mapping[str, Mapping[str, Array]]


class PlanOptions(NamedTuple):
    """Options of a plan; plans of one network with equal options are alike.

    Attributes:
        samples: the batch size.
        training: layers behave as in training.
        loss: computed from the output, if there is one.
        gradients: with a backward pass, which needs a loss or a score.
        want_input_gradient: also the gradient at the input.
        keep: no layer writes over the values or gradients of another.
        weighted: samples have weights.
        frozen: names of layers whose parameters get no gradients.
        factored: gradients may be left as factors.
        score: name of a node; a weighted sum of its outputs takes the place of the loss.
    """

    samples: int
    training: bool = False
    loss: Loss | None = None
    gradients: bool = False
    want_input_gradient: bool = False
    keep: bool = False
    weighted: bool = False
    frozen: frozenset[str] = frozenset()
    factored: bool = False
    score: str | None = None


class LayerArrays(NamedTuple):
    """Parameters, gradients and state of all layers, by layer and short name."""

    parameters: Arrays
    gradients: Arrays
    state: Arrays


class Plan:
    """Forward, and with a loss also backward, for batches of exactly `samples`.

    Attributes:
        samples: the batch size.
        input_rows: (N, *input_shape), to be filled before a run.
        target_rows: (N, *output_shape), to be filled before `run_loss`; `target` is the same with the batch last. Only
            with a loss. With a score, its weights: (N, *shape of that node).
        frozen: names of layers whose parameters get no gradients.
        weights: (N,), sample weights of the loss, to be filled before a run; None unless `weighted`.
        values: output of each node, (*shape, N), by name; "input" too. With `keep`, none is overwritten by a later
            layer.
        gradients: dL/d(output) of each node on the path of the backward pass, (*shape, N), by name, once it has run.
            With `keep`, none is overwritten, and that of the last node is there even if the loss is fused with it.
        input_gradient: dL/dinput, (*input_shape, N), if asked for.
        factors: of the gradients that were left as factors; with `factored`, layers may do that.
        divided: some layers run their parts in parallel, to be called within `threads.own()`.
    """

    def __init__(
        self,
        graph: Graph,
        shapes: Mapping[str, Shape],
        arrays: LayerArrays,
        options: PlanOptions,
        *,
        rng: np.random.Generator,
        dtype: np.dtype,
    ) -> None:
        samples, loss, score, keep = options.samples, options.loss, options.score, options.keep
        self.samples, self.frozen, self.factored = samples, options.frozen, options.factored
        self._graph, self._training, self._rng, self._arrays = graph, options.training, rng, arrays
        self.factors: list[Factors] = []
        self.weights = np.ones(samples, dtype) if options.weighted else None
        logits = score or logits_of(graph, loss)
        self._values = ValueArrays(graph, shapes, samples, dtype, training=options.training, keep=keep, logits=logits)
        self.input_rows, self.values = self._values.input_rows, self._values.values
        self.output = self.values[graph.output]
        self._back = (
            self._make_gradients(options, logits) if options.gradients and (loss is not None or score) else None
        )
        self.gradients = self._back.outputs if self._back is not None else {}
        self.input_gradient = self.gradients.get(INPUT)
        wanted = score or (graph.output if loss is not None else None)
        self.target_rows = np.zeros((samples, *shapes[wanted]), dtype) if wanted else np.empty((0, 0))
        self.target = np.moveaxis(self.target_rows, 0, -1)
        self._measure = self._bind_loss(loss, logits)
        self.divided = False
        self._bind_layers()
        if keep and loss is not None and logits in self.gradients:
            self._add_output_gradient(loss)

    def run_forward(self) -> None:
        """Fill `values` from `input_rows`."""
        with np.errstate(all="ignore"), self._threads():
            for operation in self._forward:
                operation()

    def run_loss(self) -> float:
        """Compute forward and loss; with gradients, also that of the output. Returns the mean loss."""
        with np.errstate(all="ignore"), self._threads():
            for operation in self._forward:
                operation()
            return self._measure()

    def run_gradients(self) -> float:
        """Compute forward, loss and all parameter gradients. Returns the mean loss."""
        with np.errstate(all="ignore"), self._threads():
            return self.step()

    def step(self) -> float:
        """Compute as `run_gradients`, for a caller that prepares once for many steps.

        The caller silences floating-point warnings and, if the plan is `divided`, owns the threads.
        """
        for operation in self._forward:
            operation()
        loss = self._measure()
        for operation in self._backward:
            operation()
        return loss

    def _threads(self) -> AbstractContextManager[None]:
        return threads.own() if self.divided else nullcontext()

    def _make_gradients(self, options: PlanOptions, logits: str | None) -> GradientArrays:
        graph, parameters = self._graph, self._arrays.parameters
        return GradientArrays(
            graph,
            self.values,
            logits or graph.output,
            {name for name in graph.nodes if parameters.get(name) and name not in self.frozen},
            want_input_gradient=options.want_input_gradient,
            training=options.training,
            keep=options.keep,
        )

    def _bind_layers(self) -> None:
        """Bind all layers, and put their operations in order."""
        forward, backward = [*self._values.copies], dict[str, Operation]()
        for name, layer in self._graph.nodes.items():
            if layer.passes_through(training=self._training):
                continue
            context = self._context(name)
            forth, back = _bind(layer, context)
            self.divided |= context.divided
            forward.append(forth)
            if context.output_gradient is not None:
                backward[name] = back
        sums = self._back.sums if self._back is not None else {}
        ordered = [
            operations[name]
            for name in [*reversed(self._graph.nodes), INPUT]
            for operations in (sums, backward)
            if name in operations
        ]
        self._forward, self._backward = arrange(forward), arrange(ordered)
        self.divided |= any(isinstance(operation, Divided) for operation in (*self._forward, *self._backward))

    def _context(self, name: str) -> BindContext:
        """Context of one layer."""
        sources, frozen, back = self._graph.sources[name], name in self.frozen, self._back
        parameters, gradients, state = (arrays.get(name, {}) for arrays in self._arrays)
        nothing: tuple[Array | None, ...] = (None,) * len(sources)
        return BindContext(
            inputs=tuple(self.values[source] for source in sources),
            output=self.values[name],
            input_gradients=nothing if back is None else back.inputs.get(name, nothing),
            output_gradient=self.gradients.get(name),
            parameters=parameters,
            gradients={} if back is None or frozen else gradients,
            state=state,
            # What a frozen layer remembers does not change either.
            training=self._training and not (frozen and bool(state)),
            rng=self._rng,
            extended=tuple(self._values.extended.get(source) for source in sources),
            factors=self.factors if self.factored and not frozen else None,
        )

    def _bind_loss(self, loss: Loss | None, logits: str | None) -> Measure:
        if loss is None:
            scored = self.gradients.get(logits or "")
            return no_loss if logits is None or scored is None else bind_score(self.values[logits], self.target, scored)
        context = LossContext(
            output=self.output,
            target=self.target,
            logits=self.values[logits] if logits else None,
            gradient=self.gradients.get(logits or self._graph.output),
        )
        return bind_loss(loss, context, self.weights, self._graph, training=self._training)

    def _add_output_gradient(self, loss: Loss) -> None:
        """Add the gradient at an output that is fused with the loss, which training does without."""
        gradient = self.gradients[self._graph.output] = np.empty_like(self.output)
        context = LossContext(output=self.output, target=self.target, logits=None, gradient=gradient)
        self._backward.append(loss.bind(context))


def _bind(layer: Layer, context: BindContext) -> tuple[Operation, Operation]:
    """The operations of a layer; of some, on large arrays, slices side by side."""
    largest, channels = max(array.size for array in (context.output, *context.inputs)), len(context.output)
    slices = slices_for(channels, largest) if layer.by_channel else []
    if len(slices) < 2:
        return layer.bind(context)
    pairs = [layer.bind(context.channels(part)) for part in slices]
    forwards, backwards = zip(*pairs, strict=True)
    return Divided(forwards, channels), Divided(backwards, channels)


def chunk_size(shapes: Mapping[str, Shape], budget: int = 1 << 22) -> int:
    """Samples per chunk so that the values of all nodes stay within `budget` numbers."""
    per_sample = sum(math.prod(shape) for shape in shapes.values())
    return max(1, min(8192, budget // max(per_sample, 1)))
