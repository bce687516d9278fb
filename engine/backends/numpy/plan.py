"""Plan: a network's arrays and operations for one batch size, reused every run.

Inside a plan the batch axis is last (see engine.layers.base). Nothing is allocated per run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import numpy as np

from engine.backends.numpy import threads
from engine.backends.numpy.gradient_factors import Factors
from engine.backends.numpy.operations import Divided, Operation, arrange, by_channel, slices_for
from engine.graph import INPUT, Graph
from engine.layers.base import Array, BindContext, Layer, Shape
from engine.losses import Loss, LossContext
from engine.output_check import guarded

# A copy of so few numbers costs less than what a layer saves that finds a row of ones behind its input.
_SMALL = 1024


class Plan:
    """Forward, and with a loss also backward, for batches of exactly `samples`.

    Attributes:
        samples: the batch size.
        input_rows: (N, *input_shape), to be filled before a run.
        target_rows: (N, *output_shape), to be filled before `run_loss`; `target` is the same with the batch last. Only
            with a loss.
        frozen: names of layers whose parameters get no gradients.
        weights: (N,), how much each sample counts in the loss, to be filled before a run; None unless `weighted`.
        values: what each node puts out, (*shape, N), by name; "input" too. With `keep`, none is overwritten by a
            later layer.
        input_gradient: dL/dinput, (*input_shape, N), if asked for.
        factors: of the gradients that were left as factors; with `factored`, layers may do that.
        divided: some layers run their parts side by side, to be called within `threads.own()`.
    """

    def __init__(
        self,
        graph: Graph,
        shapes: Mapping[str, Shape],
        parameters: Mapping[str, Mapping[str, Array]],
        gradients: Mapping[str, Mapping[str, Array]] | None,
        state: Mapping[str, Mapping[str, Array]],
        samples: int,
        *,
        rng: np.random.Generator,
        dtype: np.dtype,
        training: bool = False,
        loss: Loss | None = None,
        want_input_gradient: bool = False,
        keep: bool = False,
        weighted: bool = False,
        frozen: frozenset[str] = frozenset(),
        factored: bool = False,
    ) -> None:
        self._graph, self._shapes, self.samples, self._dtype = graph, shapes, samples, dtype
        self._training, self._keep, self.frozen, self.factored = training, keep, frozen, factored
        self.factors: list[Factors] = []
        self._forward: list[Operation] = []
        self._backward: list[Operation] = []
        self.values: dict[str, Array] = {}
        self._extended: dict[str, Array] = {}
        self.divided = False
        self.input_gradient: Array | None = None
        self.weights = np.ones(samples, dtype) if weighted else None
        self.target_rows = np.empty((0, 0), dtype)
        self.target = self.target_rows
        last = graph.nodes[graph.output]
        # Only a chain's end can be fused: what goes into it must not be needed by anyone else.
        fused = loss is not None and loss.link is not None and loss.link == last.link
        self._logits = graph.sources[graph.output][0] if fused else None

        self._make_input()
        for name in graph.nodes:
            self._make_value(name)
        self.output = self.values[graph.output]

        differentiate = gradients is not None and loss is not None
        into: dict[str, list[Array]] = {}
        if differentiate:
            needed = self._needing_gradient(parameters, want_input_gradient)
            start = self._logits or graph.output
            seed = np.empty_like(self.values[start]) if needed[start] else None
            if seed is not None:
                into[start] = [seed]
            input_gradients = self._make_gradients(needed, into)
        self._measure = self._bind_loss(loss, into) if loss is not None else _no_loss
        for name, layer in graph.nodes.items():
            if layer.passes_through(training=training):
                continue
            inputs = tuple(self.values[source] for source in graph.sources[name])
            own_gradients = (gradients or {}).get(name, {}) if differentiate and name not in frozen else {}
            context = BindContext(
                inputs=inputs,
                output=self.values[name],
                input_gradients=input_gradients.get(name, (None,) * len(inputs)) if differentiate else (),
                output_gradient=into[name][0] if differentiate and name in into else None,
                parameters=parameters.get(name, {}),
                gradients=own_gradients,
                state=state.get(name, {}),
                # What a frozen layer remembers does not change either.
                training=training and not (name in frozen and name in state),
                rng=rng,
                extended=tuple(self._extended.get(source) for source in graph.sources[name]),
                factors=self.factors if factored and name not in frozen else None,
            )
            if not differentiate:
                context.input_gradients = (None,) * len(inputs)
            forward, backward = _bind(layer, context)
            self.divided |= context.divided
            self._forward.append(forward)
            if context.output_gradient is not None:
                self._backward_of[name] = backward
        self._forward = arrange(self._forward)
        if differentiate:
            self._order_backward()
            if want_input_gradient and INPUT in into:
                self.input_gradient = into[INPUT][0]
        self.divided |= any(isinstance(operation, Divided) for operation in (*self._forward, *self._backward))

    def run_forward(self) -> None:
        """Fills `values` from `input_rows`."""
        with np.errstate(all="ignore"), self._threads():
            for operation in self._forward:
                operation()

    def run_loss(self) -> float:
        """Forward and loss; with gradients, also the gradient at the output. Returns the mean loss."""
        with np.errstate(all="ignore"), self._threads():
            for operation in self._forward:
                operation()
            return self._measure()

    def run_gradients(self) -> float:
        """Forward, loss and backward: fills the parameters' gradients. Returns the mean loss."""
        with np.errstate(all="ignore"), self._threads():
            return self.step()

    def step(self) -> float:
        """Like `run_gradients`; but floating-point warnings are the caller's to silence and, if the plan is `divided`,
        threads are the caller's to own, once for all that it does.
        """
        for operation in self._forward:
            operation()
        loss = self._measure()
        for operation in self._backward:
            operation()
        return loss

    def _threads(self) -> AbstractContextManager[None]:
        return threads.own() if self.divided else nullcontext()

    def _make_input(self) -> None:
        shape = self._shapes[INPUT]
        self.input_rows = np.zeros((self.samples, *shape), self._dtype)
        batch_last = np.moveaxis(self.input_rows, 0, -1)
        if len(shape) == 1 and batch_last.size > _SMALL:
            # A matrix product reads a transposed matrix as fast as a straight one.
            self.values[INPUT] = batch_last
            return
        straight = self._new_value(INPUT, batch_last.shape)
        if batch_last.flags.c_contiguous:
            # A single sample, or a single number of each: both orders are the same.
            self.input_rows = np.moveaxis(straight, -1, 0)
            return
        self._forward.append(lambda: np.copyto(straight, batch_last))

    def _make_value(self, name: str) -> None:
        graph, layer = self._graph, self._graph.nodes[name]
        source = graph.sources[name][0]
        value = self.values[source]
        shape = (*self._shapes[name], self.samples)
        if layer.passes_through(training=self._training):
            if not value.flags.c_contiguous and shape != value.shape:
                straight = np.empty(value.shape, self._dtype)
                transposed = value
                self._forward.append(lambda: np.copyto(straight, transposed))
                value = straight
            self.values[name] = value.reshape(shape)
            self._extend(name, source)
        elif layer.in_place and self._may_overwrite(source) and source != self._logits:
            self.values[name] = value
            self._extend(name, source)
        else:
            self._new_value(name, shape)

    def _new_value(self, name: str, shape: Shape) -> Array:
        """An array for what a node puts out; behind it lies a row of ones, see BindContext.extended."""
        size = math.prod(shape)
        memory = np.ones(size + self.samples, self._dtype)
        value = self.values[name] = memory[:size].reshape(shape)
        if self.samples:
            self._extended[name] = memory.reshape(-1, self.samples)
        return value

    def _extend(self, name: str, source: str) -> None:
        """A node whose value is that of another has its row of ones too."""
        if source in self._extended:
            self._extended[name] = self._extended[source]

    def _may_overwrite(self, name: str) -> bool:
        """True if nobody needs the output of this node once its only consumer has read it."""
        while True:
            if self._keep or name == INPUT or len(self._graph.consumers[name]) > 1:
                return False
            layer = self._graph.nodes[name]
            if not layer.passes_through(training=self._training):
                return not layer.reads_output
            name = self._graph.sources[name][0]

    def _needing_gradient(
        self, parameters: Mapping[str, Mapping[str, Array]], want_input_gradient: bool
    ) -> dict[str, bool]:
        needed = {INPUT: want_input_gradient}
        for name in self._graph.nodes:
            upstream = any(needed[source] for source in self._graph.sources[name])
            needed[name] = upstream or (bool(parameters.get(name)) and name not in self.frozen)
        return needed

    def _make_gradients(
        self, needed: Mapping[str, bool], into: dict[str, list[Array]]
    ) -> dict[str, tuple[Array | None, ...]]:
        """Arrays for dL/dinput of every node; leaves in `into` the one array that is dL/doutput of every node."""
        self._backward_of: dict[str, Operation] = {}
        self._sums: dict[str, Operation] = {}
        result: dict[str, tuple[Array | None, ...]] = {}
        for name in [*reversed(self._graph.nodes), INPUT]:
            if name not in into:
                continue
            parts = into[name]
            if len(parts) > 1:
                total = np.empty_like(parts[0])
                self._sums[name] = _sum_of(parts, total)
                into[name] = [total]
            if name == INPUT:
                break
            gradient, layer = into[name][0], self._graph.nodes[name]
            arrays: list[Array | None] = []
            for source in self._graph.sources[name]:
                if not needed[source]:
                    arrays.append(None)
                    continue
                if layer.passes_through(training=self._training):
                    part = gradient.reshape(self.values[source].shape)
                elif layer.elementwise and len(self._graph.consumers[source]) == 1:
                    part = gradient
                else:
                    part = np.empty(self.values[source].shape, self._dtype)
                arrays.append(part)
                into.setdefault(source, []).append(part)
            result[name] = tuple(arrays)
        return result

    def _order_backward(self) -> None:
        for name in [*reversed(self._graph.nodes), INPUT]:
            for operations in (self._sums, self._backward_of):
                if name in operations:
                    self._backward.append(operations[name])
        self._backward = arrange(self._backward)

    def _bind_loss(self, loss: Loss, into: Mapping[str, list[Array]]) -> Callable[[], float]:
        self.target_rows = np.zeros((self.samples, *self._shapes[self._graph.output]), self._dtype)
        self.target = np.moveaxis(self.target_rows, 0, -1)
        start = self._logits or self._graph.output
        gradient = into[start][0] if start in into else None
        context = LossContext(
            output=self.output,
            target=self.target,
            logits=self.values[self._logits] if self._logits else None,
            gradient=gradient,
        )
        measure = loss.bind(context) if self.weights is None else _weigh(loss, context, self.weights)
        if context.logits is not None:
            return measure
        return guarded(measure, loss, self._graph, self.output, training=self._training)


def _bind(layer: Layer, context: BindContext) -> tuple[Operation, Operation]:
    """The operations of a layer; of some, on large arrays, slices side by side."""
    largest, channels = max(array.size for array in (context.output, *context.inputs)), len(context.output)
    slices = slices_for(channels, largest) if layer.by_channel else []
    if len(slices) < 2:
        return layer.bind(context)
    pairs = [layer.bind(context.channels(part)) for part in slices]
    forwards, backwards = zip(*pairs, strict=True)
    return Divided(forwards, channels), Divided(backwards, channels)


def _weigh(loss: Loss, context: LossContext, weights: Array) -> Callable[[], float]:
    """The weighted mean of a loss over the samples, sum w l / sum w, and its gradient; 0 if no sample counts."""
    scaled = np.empty_like(weights)
    measure, gradient = loss.bind(replace(context, weights=scaled)), context.gradient

    def measure_weighted() -> float:
        total = float(weights.sum())
        np.multiply(weights, len(weights) / total if total > 0 else 0.0, out=scaled)
        value = measure()
        if gradient is not None:
            np.multiply(gradient, scaled, out=gradient)
        return value

    return measure_weighted


def _no_loss() -> float:
    raise ValueError("this plan was made without a loss")


def _sum_of(parts: list[Array], total: Array) -> Operation:
    return by_channel(len(total), total.size, lambda own: _adder([part[own] for part in parts], total[own]))


def _adder(parts: list[Array], total: Array) -> Operation:
    first, second, *others = parts

    def add() -> None:
        np.add(first, second, total)
        for part in others:
            np.add(total, part, total)

    return add


def chunk_size(shapes: Mapping[str, Shape], budget: int = 1 << 22) -> int:
    """How many samples to compute at a time so that the values of all nodes stay within `budget` numbers."""
    per_sample = sum(math.prod(shape) for shape in shapes.values())
    return max(1, min(8192, budget // max(per_sample, 1)))
