"""Keras 3: a script with the functional model, the preparation and a training loop, for any back end of Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from pydantic import Field

from engine.errors import EngineError
from engine.export.assembly import Framework, Learning, assemble, table_code
from engine.export.base import Format
from engine.export.copied import copied
from engine.export.keras_layers import KERAS_LAYERS, OWN
from engine.export.learning import Hooks, entry_of, fused, loss_call, penalised
from engine.export.names import identifiers
from engine.export.subject import ExportError, Subject, Training
from engine.graph import INPUT
from engine.source_code import Call, call, literal

_LAYERS = "engine.export.library.keras_layers"
_LOSSES = "engine.export.library.keras_losses"
_OPTIMIZERS = "engine.export.library.keras_optimizers"
# Names that a script uses itself.
_RESERVED = frozenset({"x", "keras", "layers", "ops", "np", "Network", "load", "train", "predict", *OWN})

# Calls of the classes in keras.optimizers. Keras adds epsilon to the mean square, before the root.
KERAS_OPTIMIZERS: dict[str, Callable[[Any], Call]] = {
    "SGD": lambda o: call("SGD", **({"momentum": o.momentum, "nesterov": o.nesterov} if o.momentum else {})),
    "RMSprop": lambda o: call("RMSprop", rho=o.rho, epsilon=o.epsilon**2),
    "Adagrad": lambda o: call("Adagrad", initial_accumulator_value=0.0, epsilon=o.epsilon**2),
    "Adam": lambda o: call("Adam", beta_1=o.beta1, beta_2=o.beta2, epsilon=o.epsilon),
    "AdamW": lambda o: call("AdamW", beta_1=o.beta1, beta_2=o.beta2, epsilon=o.epsilon, weight_decay=o.weight_decay),
}


def _made(subject: Subject) -> dict[str, list[tuple[str, Call]]]:
    """Names and calls of Keras's layers for each block; the last one has the block's own name."""
    network = subject.network
    own = identifiers(network.layers, _RESERVED)
    made = {}
    for name, layer in network.layers.items():
        entry = entry_of(KERAS_LAYERS, subject, name, "Keras")
        try:
            calls = entry.make(layer, *subject.inputs(name))
        except EngineError as error:
            raise ExportError(error.message, where=name) from None
        stems = [f"{own[name]}_{each.name.lower()}" for each in calls[:-1]]
        taken = identifiers(stems, {*own.values(), *_RESERVED})
        made[name] = [
            *((taken[stem], each) for stem, each in zip(stems, calls[:-1], strict=True)),
            (own[name], calls[-1]),
        ]
    return made


def _place(name: str) -> str:
    return name if name in OWN else f"layers.{name}"


def model_code(subject: Subject) -> str:
    """Function Network(), with a layer for each block."""
    network, made = subject.network, _made(subject)
    graph = network.structure
    chain = all(len(graph.consumers[name]) <= 1 for name in (INPUT, *graph.nodes))
    local = {INPUT: "x"} | {name: "x" if chain else parts[-1][0] for name, parts in made.items()}
    lines = ["def Network():", '    """The network; samples are (N, *shape), with channels first."""']
    lines.append(f"    x = inputs = keras.Input({literal(network.input_shape)})")
    for name, parts in made.items():
        sources = [local[source] for source in graph.sources[name]]
        given = sources[0] if len(sources) == 1 else f"[{', '.join(sources)}]"
        for title, each in parts:
            named = Call(each.name, each.args, {**each.settings, "name": title})
            lines.append(f"    {local[name]} = {named.text(_place)}({given})")
            given = local[name]
    lines.append(f"    return keras.Model(inputs, {local[graph.output]})")
    own = sorted({each.name for parts in made.values() for _, each in parts} & OWN)
    return "\n\n\n".join([*([copied(_LAYERS, own)] if own else []), "\n".join(lines)])


def _places(subject: Subject) -> Iterator[tuple[str, str, str, tuple[int, ...] | None]]:
    """Full name of every array, with Keras's layer, its attribute, and the order of its axes there."""
    for name, parts in _made(subject).items():
        layer = subject.network.layers[name]
        entry = KERAS_LAYERS[layer.type_name()]
        shifted = parts[-1][1].name == "Shift"
        holding = next((title for title, each in parts if each.name.startswith("Conv2D")), parts[-1][0])
        for key in layer.array_specs(*subject.inputs(name)):
            title = parts[-1][0] if shifted and key == "bias" else holding
            yield f"{name}.{key}", title, entry.names.get(key, key), entry.order.get(key)


def loading_code(subject: Subject, stem: str) -> str:
    """Function load(model, arrays), and where each array belongs."""
    rows = [
        f"    {literal(name)}: ({literal(title)}, {literal(attribute)}, {literal(order)}),"
        for name, title, attribute, order in _places(subject)
    ]
    table = [
        "# nnstudio's names: Keras's layer, its attribute, and the order of the axes there.",
        "PLACES = {",
        *rows,
        "}",
    ]
    function = f'''def load(model, arrays=None):
    """Copy arrays, by nnstudio's names, into the model; those of the file beside this script if none are given."""
    if arrays is None:
        arrays = load_file(HERE / {literal(stem + ".safetensors")})
    for name in PLACES.keys() & arrays.keys():
        layer, attribute, order = PLACES[name]
        array = np.asarray(arrays[name])
        getattr(model.get_layer(layer), attribute).assign(array if order is None else array.transpose(order))'''
    return "\n".join(table) + "\n\n\n" + function


def _learning(subject: Subject, training: Training) -> Learning:
    """Loss, optimiser and steps."""
    network, structure, made = subject.network, subject.network.structure, _made(subject)
    loss, pulled = loss_call(subject, training), penalised(subject, training)
    maker = KERAS_OPTIMIZERS.get(training.optimizer.type)
    if maker is None:
        raise ExportError(f"{training.optimizer.type} has no counterpart in Keras; choose another", where="output")
    before = structure.sources[structure.output][0]
    learner = "model"
    if fused(subject, training):
        end = "model.input" if before == INPUT else f"model.get_layer({literal(made[before][-1][0])}).output"
        learner = f"keras.Model(model.input, {end})"
    given = "".join(f", {key}={literal(value)}" for key, value in loss.settings.items())
    loss_code = f'''def loss_of(t, y):
    """Loss of every sample, (N,)."""
    return {loss.name}(t, y{given})'''
    optimizer = maker(training.optimizer)
    settings = "".join(f", {key}={literal(value)}" for key, value in optimizer.settings.items())
    constrained = training.clipping is not None or bool(pulled)
    kind = "Optimizer" if constrained else f"keras.optimizers.{optimizer.name}"
    weighted = training.class_weight is not None
    frozen = [title for name, parts in made.items() if name in network.frozen for title, _ in parts]
    setup = ["for name in FROZEN:", "    model.get_layer(name).trainable = False"] if frozen else []
    setup += [f"learner = {learner}", f"optimizer = {kind}(LEARNING_RATE{settings})"]
    if pulled:
        setup.append("places = [PLACES[name] for name in PENALISED]")
        setup.append("optimizer.which = {id(getattr(model.get_layer(layer), name)) for layer, name, _ in places}")
    setup.append("learner.compile(optimizer, loss_of)")
    weights = ", weight * len(batch) / weight.sum()" if weighted else ""
    hooks = Hooks(
        setup=tuple(setup),
        begin=(),
        step=(
            "optimizer.learning_rate = rate",
            "learner.reset_metrics()",
            f"value = float(learner.train_on_batch(x[batch], y[batch]{weights}))",
        ),
        evaluate="evaluate(learner, x_validation, y_validation)",
        keep="model.get_weights()",
        take_back="model.set_weights(kept)",
    )
    constants = [table_code("FROZEN", [literal(title) for title in frozen])] if frozen else []
    constants += [table_code("PENALISED", [literal(name) for name in pulled])] if pulled else []
    parts = [copied(_LOSSES, [loss.name]), loss_code]
    parts += [_EVALUATE] if training.validation is not None else []
    parts += [_constraints(training, optimizer.name, bool(pulled))] if constrained else []
    return Learning(tuple(constants), tuple(parts), hooks)


def _constraints(training: Training, optimizer: str, pulled: bool) -> str:
    """Class Optimizer, which clips gradients and adds penalties, in the engine's order."""
    clipping, penalty = training.clipping, training.penalty
    lines = [f"class Optimizer(keras.optimizers.{optimizer}):"]
    lines += ['    """The optimiser, with what is done to the gradients before."""', ""]
    lines += ["    def apply(self, gradients, variables=None):"]
    used = []
    if clipping is not None:
        used.append("clipped")
        lines.append(
            f"        gradients = clipped(list(gradients), {literal(clipping.value)}, {literal(clipping.norm)})"
        )
    if pulled and penalty is not None:
        used.append("pulled")
        lines.append("        changed = self._trainable_variables if variables is None else variables")
        strengths = f"{literal(penalty.l1)}, {literal(penalty.l2)}"
        lines.append(f"        gradients = pulled(list(gradients), list(changed), self.which, {strengths})")
    lines.append("        return super().apply(gradients, variables)")
    return "\n\n\n".join([copied(_OPTIMIZERS, used), "\n".join(lines)])


_PREDICT = '''def predict(model, x):
    """Outputs in the units of the data for samples in the units of the data, (N, *shape)."""
    return restore(model.predict(prepare(np.asarray(x)), verbose=0))'''

_EVALUATE = '''def evaluate(learner, x, y):
    """Mean loss of samples that are not trained on."""
    outputs = learner.predict(x, verbose=0)
    return float(ops.mean(loss_of(ops.convert_to_tensor(y), ops.convert_to_tensor(outputs))))'''

KERAS = Framework(
    name="Keras 3",
    imports={
        "keras": "import keras",
        "layers": "from keras import layers",
        "ops": "from keras import ops",
        "load_file": "from safetensors.numpy import load_file",
    },
    model=model_code,
    loading=loading_code,
    learning=_learning,
    predict=_PREDICT,
    first='# Or "jax", or "tensorflow".\nos.environ.setdefault("KERAS_BACKEND", "torch")',
)


class Keras(Format):
    """Keras script with a functional model, its weights beside it, and the training."""

    title: ClassVar[str] = "Keras: a script with the network and its training"
    help: ClassVar[str] = (
        "A readable script for Keras 3 with the model, the preparation of the data and a training loop; weights and "
        "data lie beside it as .safetensors and .npz."
    )
    format: ClassVar[str] = "keras"
    suffix: ClassVar[str] = ".py"

    training: bool = Field(True, title="Training", description="Adds the training loop, with the data it needs.")

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        made = assemble(KERAS, subject, stem, training=self.training and subject.training is not None)
        return {self.suffix: made.text(stem).encode(), **made.beside()}
