"""Network: a graph of layers with all parameters in one flat vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from engine import losses, network_file
from engine.analysis import NodeReport, analyse_graph, check_batch
from engine.backends.numpy.plan import LayerArrays, Plan, PlanOptions, chunk_size
from engine.backends.numpy.plan_cache import PlanCache
from engine.checks import expect_kind, expect_shape, shown
from engine.errors import DataError, ShapeError, SpecError
from engine.flat_vector import by_full_name, places, views
from engine.graph import INPUT, Graph, name_layers
from engine.initializers import INITIALIZERS
from engine.layers.base import Activation, Layer, ParameterSpec
from engine.losses import Loss
from engine.memory_budget import check_memory, room
from engine.seeds import resolve_seed
from engine.text_table import text_table
from engine.trace import Trace, check_trace, outputs_of, spread_over, trace_backward, trace_forward
from engine.transfer import Transfer, transfer
from engine.types import Array, Shape, show_shape


class Network:
    """Network: layers, their connections, and their parameters.

    A list of layers is a chain; `Network.graph` takes branches and merges. All parameters are views into
    `parameter_vector`, all gradients into `gradient_vector`, two flat vectors of `parameter_count` numbers (where
    training does without writing some gradients, see backends/numpy/gradient_factors.py, `gradient_vector` holds older
    ones). The state of layers (the running mean of BatchNorm) follows the parameters in `state_vector`, of which
    `parameter_vector` is the first part: one copy of `state_vector` holds the whole network.

    Args:
        layers: the layers in order, or a mapping from name to layer.
        input_shape: shape of one sample, without the batch axis; images are (channels, height, width).
        seed: determines the initial parameters; None draws a fresh one, to be read from `seed`.

    Raises ShapeError where layers do not fit, SpecError for malformed declarations.
    """

    def __init__(
        self,
        layers: Sequence[Layer] | Mapping[str, Layer],
        input_shape: Sequence[int],
        seed: int | None = None,
        *,
        dtype: type[np.floating] = np.float32,
    ) -> None:
        nodes = layers if isinstance(layers, Mapping) else name_layers(layers)
        self._build(Graph.chain(nodes), input_shape, seed, dtype)

    @classmethod
    def graph(
        cls,
        nodes: Mapping[str, Layer] | Graph,
        edges: Iterable[tuple[str, str]] = (),
        input_shape: Sequence[int] = (),
        seed: int | None = None,
        *,
        dtype: type[np.floating] = np.float32,
    ) -> Network:
        """Network of any acyclic graph.

        "input" names the data in `edges`, which are (source, target) pairs. Raises as the constructor.
        """
        network = cls.__new__(cls)
        graph = nodes if isinstance(nodes, Graph) else Graph(nodes, edges)
        network._build(graph, input_shape, seed, dtype)
        return network

    def _build(self, graph: Graph, input_shape: Sequence[int], seed: int | None, dtype: type[np.floating]) -> None:
        self.structure = graph
        self.input_shape: Shape = expect_shape(input_shape)
        if not isinstance(dtype, type) or dtype not in (np.float32, np.float64):
            raise SpecError(f"a network computes in numpy.float32 or numpy.float64, found {shown(dtype)}")
        self.dtype = np.dtype(dtype)
        self.reports: dict[str, NodeReport] = analyse_graph(graph, self.input_shape)
        for report in self.reports.values():
            if report.error is not None:
                raise report.error
        self.shapes: dict[str, Shape] = {INPUT: self.input_shape}
        self._specs: dict[tuple[str, str], ParameterSpec] = {}
        self._state_specs: dict[tuple[str, str], ParameterSpec] = {}
        for name, report in self.reports.items():
            self.shapes[name] = report.output or ()
            inputs = [shape for shape in report.inputs if shape is not None]
            layer = graph.nodes[name]
            self._specs |= {(name, key): spec for key, spec in layer.parameter_specs(*inputs).items()}
            self._state_specs |= {(name, key): spec for key, spec in layer.state_specs(*inputs).items()}
        self.output_shape: Shape = self.shapes[graph.output]
        check_memory(self.reports, vectors=2, itemsize=self.dtype.itemsize)
        self.parameter_count = sum(spec.size for spec in self._specs.values())
        state_count = sum(spec.size for spec in self._state_specs.values())
        self.state_vector = np.zeros(self.parameter_count + state_count, self.dtype)
        self.parameter_vector = self.state_vector[: self.parameter_count]
        self.gradient_vector = np.zeros(self.parameter_count, self.dtype)
        # Where each parameter lies in `parameter_vector` and `gradient_vector`, by layer and short name.
        self.places = places(self._specs)
        self.frozen: frozenset[str] = frozenset()
        self._parameters = views(self.parameter_vector, self._specs)
        self._gradients = views(self.gradient_vector, self._specs)
        self._state = views(self.state_vector[self.parameter_count :], self._state_specs)
        self.rng = np.random.default_rng()
        self._plans = PlanCache(self.reports, self.dtype.itemsize)
        self.initialise(seed)

    def initialise(self, seed: int | None = None) -> None:
        """Initialise all parameters. Each depends on the seed and its name alone, wherever its layer stands."""
        self.seed = resolve_seed(seed)
        self.rng.bit_generator.state = np.random.default_rng(self.seed).bit_generator.state
        for specs, arrays in ((self._specs, self._parameters), (self._state_specs, self._state)):
            for (name, key), spec in specs.items():
                rng = np.random.default_rng([self.seed, *f"{name}.{key}".encode()])
                initializer = INITIALIZERS[self._resolve(name, spec)]
                arrays[name][key][...] = initializer(rng, spec.shape, spec.fan_in, spec.fan_out)

    def _resolve(self, name: str, spec: ParameterSpec) -> str:
        """The initialiser for "auto": He if the next activation is ReLU-like, else Glorot, both uniform."""
        if spec.initializer != "auto":
            return spec.initializer
        while self.structure.consumers[name]:
            name = self.structure.consumers[name][0]
            layer = self.structure.nodes[name]
            if isinstance(layer, Activation):
                return "he_uniform" if layer.rectifying else "glorot_uniform"
            if layer.resizes_by is not None:
                break
        return "glorot_uniform"

    @property
    def initializers(self) -> dict[str, tuple[str, ParameterSpec]]:
        """Name of the initialiser and declaration of every array, by full name; "auto" is resolved."""
        specs = self._specs | self._state_specs
        return {f"{name}.{key}": (self._resolve(name, spec), spec) for (name, key), spec in specs.items()}

    @property
    def layers(self) -> Mapping[str, Layer]:
        """Layers by name, in topological order."""
        return MappingProxyType(self.structure.nodes)

    @property
    def parameters(self) -> Mapping[str, Array]:
        """Parameters by full name ("dense_1.weight"); views, writable in place."""
        return MappingProxyType(by_full_name(self._parameters))

    @property
    def arrays(self) -> Mapping[str, Array]:
        """Parameters and state of all layers by full name; views, writable in place."""
        return MappingProxyType(by_full_name(self._parameters) | by_full_name(self._state))

    def parameters_of(self, name: str) -> Mapping[str, Array]:
        """Parameters of one layer by short name; empty if it has none. Views."""
        expect_kind(name, str, "the name of a layer", "a string")
        return MappingProxyType(self._parameters.get(name, {}))

    def plan(
        self,
        samples: int,
        *,
        training: bool = False,
        loss: Loss | None = None,
        gradients: bool = False,
        want_input_gradient: bool = False,
        keep: bool = False,
        weighted: bool = False,
        frozen: frozenset[str] = frozenset(),
        factored: bool = False,
        score: str | None = None,
    ) -> Plan:
        """Plan for batches of this size, cached for the next call with equal arguments.

        Raises SpecError if it does not fit into memory.
        """
        flags = training, loss, gradients, want_input_gradient, keep, weighted
        return self._plans.get(PlanOptions(samples, *flags, frozen, factored, score), self._make_plan)

    def _make_plan(self, options: PlanOptions) -> Plan:
        arrays = LayerArrays(self._parameters, self._gradients, self._state)
        return Plan(self.structure, self.shapes, arrays, options, rng=self.rng, dtype=self.dtype)

    def release(self) -> None:
        """Free the arrays of all plans; they are made again when needed."""
        self._plans.clear()

    def rows(self, x: ArrayLike) -> Array:
        """Convert samples to (N, *input_shape) of the network's type. Raises ShapeError or DataError."""
        try:
            array = np.asarray(x)
            if array.dtype.kind == "c":
                raise TypeError("found complex ones")
            with np.errstate(over="ignore"):  # what is too large becomes infinite
                array = array.astype(self.dtype, copy=False)
        except (TypeError, ValueError) as error:
            raise DataError(f"samples must be numbers: {error}") from None
        if array.ndim == 0 or array.shape[1:] != self.input_shape:
            expected = ", ".join(["N", *map(str, self.input_shape)])
            raise ShapeError(
                f"the network takes samples of shape ({expected}), but found an array of shape {array.shape}. "
                f"The first axis counts the samples; one sample alone is x[None].",
                where=INPUT,
            )
        return array

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one forward pass of one sample."""
        return sum(report.multiply_adds for report in self.reports.values())

    @property
    def mixes_samples(self) -> bool:
        """True if, while training, an output depends on the other samples of the batch."""
        return any(layer.mixes_samples for layer in self.layers.values())

    def check_batch(self, samples: int) -> None:
        """Check that all trainable layers can learn from batches of so many samples.

        Raises SpecError, placed at the layer that cannot.
        """
        check_batch(self.layers, self.reports, samples, self.frozen)

    @property
    def chunk(self) -> int:
        """Number of samples computed at a time, where it is free to choose."""
        return max(1, min(chunk_size(self.shapes), room(self.reports, self.dtype.itemsize)))

    def predict(self, x: ArrayLike) -> Array:
        """Outputs for samples: (N, *input_shape) -> (N, *output_shape), for any N >= 0.

        Computed in inference mode. Raises ShapeError or DataError, and SpecError if not even one sample fits into
        memory.
        """
        output = self.structure.output
        return outputs_of(self.rows(x), {output: self.output_shape}, self.chunk, self.plan)[output]

    def activations(self, x: ArrayLike, *names: str) -> dict[str, Array]:
        """Outputs of the named layers, by name: (N, *shape), for any N >= 0.

        As those of `trace`, computed in parts: only what is asked for is held for all samples. Raises as `predict`, and
        SpecError for unknown names.
        """
        self.check_names(names)
        shapes = {name: self.shapes[name] for name in names}
        return outputs_of(self.rows(x), shapes, self.chunk, partial(self.plan, keep=True))

    def gradients(
        self,
        x: ArrayLike,
        y: ArrayLike,
        loss: str | Loss = "mse",
        *,
        training: bool = False,
        input_gradient: bool = False,
    ) -> tuple[float, dict[str, Array]]:
        """Loss and dL/dparameter for one batch, without an update.

        Returns the mean loss and a mapping with the keys and shapes of `parameters`; with `input_gradient` also
        "input", (N, *input_shape). With `training`, layers such as Dropout behave as in training.

        Raises DataError for invalid targets, SpecError for outputs outside the loss's domain.
        """
        chosen = losses.get(loss)
        rows, targets = self._pairs(x, y, chosen)
        plan = self.plan(len(rows), training=training, loss=chosen, gradients=True, want_input_gradient=input_gradient)
        np.copyto(plan.input_rows, rows)
        np.copyto(plan.target_rows, targets)
        state = self.state_vector[self.parameter_count :]
        before = state.copy()
        try:
            value = plan.run_gradients()
        finally:
            state[...] = before
        result = {name: array.copy() for name, array in by_full_name(self._gradients).items()}
        if plan.input_gradient is not None:
            result[INPUT] = np.moveaxis(plan.input_gradient, -1, 0).copy()
        self._clear_frozen()
        return value, result

    def trace(self, x: ArrayLike, y: ArrayLike | None = None, loss: str | Loss | None = None) -> Trace:
        """Outputs of every layer and, with targets, the gradients at them; see `Trace`.

        One forward pass and, with `y`, one backward pass of the network as it is used: like `predict`, and `gradients`
        unless told otherwise, with Dropout passing everything through and BatchNorm taking its running mean and
        variance. Nothing is updated, not even `gradient_vector`. Frozen layers have gradients like all others.

        Args:
            x: samples, (N, *input_shape), for any N >= 0.
            y: targets of N samples, as `gradients` takes them.
            loss: a name or a loss; "mse" if None. Used only with `y`.

        The gradient at the last layer is that of the loss as a function of its output, even where the parameters'
        gradients are computed from the logits (Sigmoid or Softmax with cross-entropy): an output is then clipped
        slightly away from 0 and 1, where that function has no finite derivative.

        All N samples are held at once. Raises ShapeError, DataError, and SpecError where memory does not suffice or the
        outputs lie outside the loss's domain.
        """
        rows = self.rows(x)
        check_trace(len(rows), self.shapes, self.reports, self.dtype.itemsize, backward=y is not None)
        if y is None:
            return trace_forward(self.plan(len(rows), keep=True), rows)
        chosen = losses.get("mse" if loss is None else loss)
        rows, targets = self._pairs(rows, y, chosen)
        plan = self.plan(len(rows), loss=chosen, gradients=True, want_input_gradient=True, keep=True)
        before = self.gradient_vector.copy()
        try:
            return trace_backward(plan, rows, targets, self._gradients)
        finally:
            self.gradient_vector[...] = before

    def sensitivities(self, x: ArrayLike, output_gradient: ArrayLike, of: str | None = None) -> Trace:
        """Outputs of every layer, and gradients of a score with respect to them: a vector-Jacobian product.

        The score is a sum of the outputs of the layer `of` (None: the last one), weighted by `output_gradient`:
        (N, *shape) of that layer, or (*shape) for all samples alike; a one among zeros takes a single output.
        `structure.logits` is the layer before a last Sigmoid or Softmax. As `trace`, but no gradients of parameters are
        computed, and `gradients` end at that layer; `loss` is the score, summed over the samples.

        Raises as `trace`, and SpecError for an unknown name.
        """
        score = self.structure.output if of is None else of
        self.check_names([score])
        rows = self.rows(x)
        check_trace(len(rows), self.shapes, self.reports, self.dtype.itemsize, backward=True)
        weights = spread_over(output_gradient, (len(rows), *self.shapes[score]), score)
        held = frozenset(self.layers)
        plan = self.plan(len(rows), gradients=True, want_input_gradient=True, keep=True, frozen=held, score=score)
        return trace_backward(plan, rows, weights)

    def _pairs(self, x: ArrayLike, y: ArrayLike, loss: Loss) -> tuple[Array, Array]:
        """Samples and targets as a plan takes them. Raises ShapeError or DataError, also where their numbers differ."""
        rows = self.rows(x)
        targets = loss.encode(y, self.output_shape)
        if len(targets) != len(rows):
            raise DataError(f"found {len(rows)} samples but {len(targets)} targets; there must be one for each")
        return rows, targets

    def copy(self, dtype: type[np.floating] | None = None) -> Network:
        """Independent copy with the same structure and parameters, optionally in another type."""
        dtype = self.dtype.type if dtype is None else dtype
        twin = Network.graph(self.structure, input_shape=self.input_shape, seed=self.seed, dtype=dtype)
        twin.state_vector[...] = self.state_vector
        return twin

    def take_parameters(self, source: Mapping[str, Array]) -> Transfer:
        """Copy all arrays whose name and shape agree. Returns which fitted and which did not."""
        return transfer(source, self.arrays)

    def take_vector(self, vector: Array) -> None:
        """Copy a whole `state_vector` of such a network."""
        np.copyto(self.state_vector, vector)

    def freeze(self, *names: str) -> None:
        """Freeze layers: a Trainer leaves them unchanged until `unfreeze`.

        May change between two steps. A frozen layer's state stays the same, too: a frozen BatchNorm computes with its
        running mean and variance. No gradient is computed for what lies wholly before them. `gradients` gives all
        gradients regardless; files do not store what was frozen. Raises SpecError for unknown names.
        """
        self.check_names(names)
        self.frozen |= set(names)
        self._clear_frozen()

    def unfreeze(self, *names: str) -> None:
        """Unfreeze the named layers, or all if none is named. Raises SpecError for unknown names."""
        self.check_names(names)
        self.frozen -= set(names or self.frozen)

    def check_names(self, names: Iterable[str]) -> None:
        """Check that there are layers of these names. Raises SpecError."""
        for name in names:
            if not isinstance(name, str) or name not in self.layers:
                raise SpecError(f"there is no layer {shown(name)}; choose from {', '.join(self.layers)}")

    def _clear_frozen(self) -> None:
        """Frozen layers have no gradient, so that they count in no sum over all gradients."""
        for name in self.frozen:
            for place in self.places.get(name, {}).values():
                self.gradient_vector[place] = 0

    def summary(self) -> str:
        """Table of name, type, output shape and parameters per layer, with totals."""
        rows = [(INPUT, "", show_shape(self.input_shape), "")]
        for name, layer in self.layers.items():
            count = self.reports[name].parameters
            rows.append((name, layer.type_name(), show_shape(self.shapes[name]), f"{count:,}" if count else ""))
        totals = f"{self.parameter_count:,} parameters, {self.multiply_adds:,} multiply-adds per sample"
        return text_table(("name", "type", "output shape", "parameters"), rows, totals)

    def spec(self) -> dict[str, Any]:
        """Description without parameters, as JSON-compatible data."""
        return network_file.describe(self.structure, self.input_shape, self.seed)

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> Network:
        """Network from `spec()`, newly initialised. Raises SpecError, which says what is wrong and where."""
        graph, input_shape, seed = network_file.understand(spec)
        return cls.graph(graph, input_shape=input_shape, seed=seed)

    def save(self, path: str | Path, metadata: Mapping[str, str] | None = None) -> None:
        """Write a .safetensors file: `arrays` as tensors, the description in its metadata.

        Further `metadata` stand beside it, for other programs. Raises DataError if it cannot be written.
        """
        network_file.write(path, self.spec(), self.arrays, metadata)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read a file that `save` wrote. Raises DataError or SpecError."""
        spec, tensors = network_file.read(path)
        network = cls.from_spec(spec)
        missed = network.take_parameters(tensors).missed
        if missed:
            raise DataError(f"{path} has no matching weights for {', '.join(missed)}")
        for name, array in network.arrays.items():
            if not np.isfinite(array).all():
                raise DataError(f"{path}: {name} holds NaN or infinity; the network cannot be used")
        return network
