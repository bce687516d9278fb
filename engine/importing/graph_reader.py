"""Reading of a graph of operators, node by node, into a network."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.data.progress import advance
from engine.errors import EngineError, SpecError
from engine.graph import INPUT
from engine.importing.builder import Builder, block_name, spread
from engine.importing.folding import fold
from engine.importing.onnx_model import Model, Node
from engine.importing.values import Affine, Gate, NoBlockError, Value, axes_in_source, turned
from engine.layers import Layer
from engine.network import Network
from engine.types import Array, Shape

Known = Value | Gate
# Gives the output of a node from its first input that is no constant.
Handler = Callable[["GraphReader", Node], Known]

# Stands for the number of samples where the file leaves it open: in shapes that are computed with, it is recognised.
_BATCH = 1_000_003
# Endings of nodes that are a part of a block, in files of nnstudio.
_PARTS = (".kernels", ".gate", ".means", ".angle")
# Numbers that are made of constants, all together.
_ROOM = 1 << 28


class GraphReader:
    """State of an import: what is known of every tensor so far.

    Attributes:
        builder: the network so far. constants: arrays by the names of their tensors.
    """

    def __init__(self, model: Model, handlers: dict[str, Handler]) -> None:
        self._model, self._handlers = model, handlers
        self.opset = model.opset
        self.constants = dict(model.constants)
        self._values: dict[str, Known] = {}
        self._makers = {name: node for node in model.nodes for name in node.outputs if name}
        self._room = _ROOM
        self._uses: Counter[str] = Counter()
        self._readers: dict[str, list[Node]] = defaultdict(list)
        name, shape, self._batch = self._input()
        self.builder = Builder(shape)
        self._values[name] = Value(INPUT, shape)

    def _input(self) -> tuple[str, Shape, int]:
        """Name, shape of a sample and batch size of the one input."""
        inputs = self._model.inputs
        if len(inputs) != 1:
            names = ", ".join(f"{name:.40}" for name in list(inputs)[:5])
            raise SpecError(f"a network takes one input, but this one has {len(inputs)} ({names})")
        ((name, sizes),) = inputs.items()
        if len(sizes) < 2:
            raise SpecError(
                f"its input {name!r:.60} has {len(sizes)} axes; expected one for the samples and one or more for each"
            )
        shape = tuple(size for size in sizes[1:] if size is not None)
        if len(shape) < len(sizes) - 1:
            shown = " x ".join("?" if size is None else str(size) for size in sizes[1:])
            raise SpecError(
                f"its input {name!r:.60} leaves sizes of a sample open ({shown}); export it with fixed ones"
            )
        return name, shape, sizes[0] or _BATCH

    def read(self, until: str | None) -> Network:
        """Network up to a tensor, node or block; to the end if None. Raises NoBlockError or EngineError."""
        target = self._target(until)
        nodes = self._needed(target)
        self._uses[target] += 1
        for node in nodes:
            for name in node.inputs:
                self._uses[name] += 1
                self._readers[name].append(node)
        for number, node in enumerate(nodes):
            advance(number, len(nodes), "operators")
            self._take(node)
        value = self._values.get(target)
        if value is None:
            raise SpecError(f"{target!r:.60} does not follow from the input")
        try:
            if isinstance(value, Gate):
                raise SpecError("half of a GELU cannot be its end")
            return self.builder.network(self.builder.solid(value))
        except NoBlockError:
            raise
        except SpecError as error:
            raise NoBlockError(
                f"its end cannot be a block: {error.message}", where=error.where or target, until=self._before(target)
            ) from None

    def _target(self, until: str | None) -> str:
        outputs = self._model.outputs
        if until is None:
            if len(outputs) != 1:
                names = ", ".join(f"{name:.40}" for name in outputs[:5])
                raise SpecError(
                    f"a network has one output, but this one has {len(outputs)} ({names}); choose one to import up to"
                )
            return outputs[0]
        for node in reversed(self._model.nodes):
            if until in node.outputs:
                return until
            if node.outputs and until in (node.name, self.stem(node)):
                return node.outputs[0]
        names = ", ".join(dict.fromkeys(node.place[:40] for node in self._model.nodes[:12]))
        raise SpecError(f"there is no {until!r:.60} to import up to; nodes are {names}")

    def _needed(self, target: str) -> list[Node]:
        """Nodes that a tensor follows from, each after those that it needs."""
        done: dict[str, None] = {}
        order: list[Node] = []
        seen: set[int] = set()
        waiting: list[tuple[str, bool]] = [(target, False)]
        open_now: set[int] = set()
        while waiting:
            name, ready = waiting.pop()
            node = self._makers.get(name)
            if node is None or id(node) in seen:
                continue
            if ready:
                seen.add(id(node))
                open_now.discard(id(node))
                order.append(node)
                done[name] = None
                continue
            if id(node) in open_now:
                raise SpecError(f"its nodes form a cycle at {node.place!r:.60}")
            open_now.add(id(node))
            waiting.append((name, True))
            waiting += [(each, False) for each in reversed(node.inputs) if each in self._makers]
        return order

    def _take(self, node: Node) -> None:
        """Takes a node in: as a constant, or by its handler."""
        name = next(iter(node.outputs), "")
        try:
            made = self._made(node)
        except NoBlockError:
            raise
        except EngineError as error:
            raise self.refusal(node, error.message) from None
        except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError):
            raise self.refusal(node, "its settings and inputs do not fit one another") from None
        if isinstance(made, np.ndarray):
            self._room -= made.size
            if self._room < 0:
                raise self.refusal(node, "too many numbers are made of constants")
            self.constants[name] = made
            return
        self._values[name] = made
        if self._uses[name] > 1 and isinstance(made, Value):
            self.builder.shared.add(made.source)

    def _made(self, node: Node) -> Known | Array:
        known = [name for name in node.inputs if name in self._values]
        if not known:
            inputs = [self.constants.get(name) if name else None for name in node.inputs]
            missing = [name for name in node.inputs if name and name not in self.constants]
            if missing:
                raise SpecError(f"its input {missing[0]!r:.60} is nowhere made")
            folded = fold(node, inputs)
            if folded is None:
                raise SpecError("it makes numbers of constants in a way that is not known")
            return folded
        value = self._values[known[0]]
        if node.kind == "Shape" and isinstance(value, Value):
            sizes = np.array([self._batch, *value.shape], np.int64)
            return sizes[slice(node.integer("start", 0), node.integer("end", len(sizes)))]
        handler = self._handlers.get(node.kind)
        if handler is None:
            raise self.refusal(node)
        return handler(self, node)

    # What handlers ask

    def refusal(self, node: Node, reason: str = "") -> NoBlockError:
        """Error for a node that no block can stand for, with what can be imported instead."""
        until = self._before(next(iter(node.outputs), ""))
        why = f": {reason}" if reason else ""
        return NoBlockError(f"{node.kind} has no block here{why}.", where=node.place[:80], until=until)

    def _before(self, tensor: str) -> str:
        """Name of the nearest tensor before one that can be the end of a network; "" if there is none."""
        node, steps = self._makers.get(tensor), 0
        while node is not None and steps < len(self._model.nodes):
            steps += 1
            name = next((each for each in node.inputs if each in self._values), "")
            value = self._values.get(name)
            if isinstance(value, Value) and value.source == INPUT:
                return ""
            if isinstance(value, Value) and self.builder.can_be_solid(value):
                return name
            node = self._makers.get(name)
        return ""

    def input(self, node: Node, place: int = 0) -> Value:
        """Input of a node as a value. Raises SpecError if it is a constant or missing."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        found = self._values.get(name)
        if not isinstance(found, Value):
            raise SpecError("it takes a constant, or numbers that no block makes, where the data should come in")
        return found

    def known(self, node: Node) -> list[tuple[int, Known]]:
        """Inputs of a node that are no constants, with their places."""
        return [(place, self._values[name]) for place, name in enumerate(node.inputs) if name in self._values]

    def solid(self, node: Node, place: int = 0) -> str:
        """Block whose output is an input of a node as it stands. Raises SpecError."""
        return self.builder.solid(self.input(node, place))

    def constant(self, node: Node, place: int, what: str) -> Array:
        """Input of a node that is a constant. Raises SpecError if it is none."""
        found = self.maybe(node, place)
        if found is None:
            raise SpecError(f"its {what} must be constants in the file")
        return found

    def maybe(self, node: Node, place: int) -> Array | None:
        """Input of a node that is a constant; None if it is not given. Raises SpecError if it is no constant."""
        name = node.inputs[place] if place < len(node.inputs) else ""
        if not name:
            return None
        if name not in self.constants:
            raise SpecError("some of its settings depend on the data")
        return self.constants[name]

    def axes(self, value: Value) -> tuple[int, ...] | None:
        """Axes of a block's output that are the axes of a value; None if they are no longer the same."""
        return axes_in_source(value, self.builder.shapes[value.source])

    @staticmethod
    def source_axis(value: Value, axes: tuple[int, ...] | None, axis: int) -> int:
        """Axis of the block's output for an axis of a value as nodes count them; -1 for none, and for the samples'."""
        place = (axis if axis >= 0 else axis + len(value.shape) + 1) - 1
        if not 0 <= place < len(value.shape):
            return -1
        return place if axes is None else axes[place]

    def on_source(self, node: Node, layer: Layer, values: list[Value], axes: tuple[int, ...] | None) -> Value:
        """Add a layer that takes blocks' outputs as they are, where nodes have turned all of them alike.

        The result is turned in the same way. Raises SpecError where `axes` are None and a value is not a block's
        output as it stands.
        """
        if axes is None:
            return self.builder.add(self.stem(node), layer, *map(self.builder.solid, values))
        made = self.builder.add(self.stem(node), layer, *(value.source for value in values))
        return turned(made, axes)

    def next_kinds(self, node: Node) -> set[str]:
        """Operators that read the output of a node, at once or after others that change nothing."""
        found, waiting = set[str](), list(self._readers[node.outputs[0]])
        while waiting:
            reader = waiting.pop()
            if reader.kind in ("Identity", "Cast") and reader.outputs:
                waiting += self._readers[reader.outputs[0]]
            else:
                found.add(reader.kind)
        return found

    def full_sizes(self, value: Value) -> list[int]:
        """Sizes of a value with its batch axis, which may be a number that stands for it."""
        return [self._batch, *value.shape]

    def without_batch(self, sizes: list[int]) -> Shape:
        """Shape of a sample from sizes with a batch axis. Raises SpecError where the samples do not stay apart."""
        if not sizes or sizes[0] != self._batch or min(sizes) < 1:
            raise SpecError("it joins or divides the samples of a batch")
        return tuple(sizes[1:])

    def resolved(self, wanted: list[int], value: Value) -> Shape:
        """Shape of a sample after a Reshape: 0 keeps a size, one -1 follows from the others. Raises SpecError."""
        have = self.full_sizes(value)
        sizes = [have[place] if size == 0 and place < len(have) else size for place, size in enumerate(wanted)]
        if sizes.count(-1) == 1:
            fixed = math.prod(size for size in sizes if size != -1)
            if fixed > 0 and math.prod(have) % fixed == 0:
                sizes[sizes.index(-1)] = math.prod(have) // fixed
        shape = self.without_batch(sizes)
        if math.prod(shape) != math.prod(value.shape) or not shape:
            raise SpecError("it joins or divides the samples of a batch")
        return shape

    def stem(self, node: Node) -> str:
        """Name for the block of a node: that of its weights' module, or its own."""
        if self._model.writer == "nnstudio":
            # Blocks of several nodes: the last one has the name of the block.
            name = next((node.name.removesuffix(part) for part in _PARTS if node.name.endswith(part)), node.name)
            return block_name(name, node.kind)
        for name in node.inputs[1:]:
            module, _, kind = name.rpartition(".")
            if name in self._model.constants and module and kind in ("weight", "bias"):
                return block_name(module, node.kind)
        parts = [part for part in node.name.split("/") if part]
        # The last part is the operator's; those before are the modules it lies in.
        module = "_".join(parts[:-1]) if len(parts) > 1 else node.name.removeprefix("node_")
        return block_name(module, node.kind)

    def affine(self, node: Node, value: Value, scale: Array | None, shift: Array | None) -> Value:
        """Value times a constant plus a constant, which the layer before takes, or the one after it will.

        Raises SpecError.
        """
        shape = self.builder.shapes[value.source]
        parts = []
        for constant, usual in ((scale, 1.0), (shift, 0.0)):
            numbers = np.full(value.shape, usual) if constant is None else spread(constant, value.shape)
            whole = np.empty(numbers.size)
            whole[slice(None) if value.order is None else value.order] = numbers.ravel()
            parts.append(whole.reshape(shape))
        factor, added = parts
        if value.affine is not None:
            old = value.affine
            return replace(value, affine=Affine(old.scale * factor, old.shift * factor + added))
        made = Affine(factor, added)
        # A frequency stays one.
        if self.next_kinds(node) != {"Sin"} and self.builder.merge(value, made, None if shift is None else shift.shape):
            return value
        return replace(value, affine=made)
