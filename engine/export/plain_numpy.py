"""Plain NumPy: a script that needs nothing else, forward and backward, to read and to learn from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import Field

from engine.export.assembly import Framework, Learning, assemble, table_code
from engine.export.base import Format
from engine.export.copied import copied
from engine.export.learning import Hooks, entry_of, fused, loss_call, penalised
from engine.export.numpy_layers import NUMPY_LAYERS
from engine.export.subject import ExportError, Subject, Training
from engine.source_code import Call, call, literal

_LAYERS = "engine.export.library.numpy_layers"
_NETWORK = "engine.export.library.numpy_network"
_LOSSES = "engine.export.library.numpy_losses"
_OPTIMIZERS = "engine.export.library.numpy_optimizers"

# Calls of the classes in the library.
NUMPY_OPTIMIZERS: dict[str, Callable[[Any], Call]] = {
    "SGD": lambda o: call("SGD", **({"momentum": o.momentum, "nesterov": o.nesterov} if o.momentum else {})),
    "RMSprop": lambda o: call("RMSprop", o.rho, o.epsilon),
    "Adagrad": lambda o: call("Adagrad", o.epsilon),
    "Adam": lambda o: call("Adam", o.beta1, o.beta2, o.epsilon),
    "AdamW": lambda o: call("Adam", o.beta1, o.beta2, o.epsilon, o.weight_decay),
}


def model_code(subject: Subject) -> str:
    """Class Network with its layers, and all that they are made of."""
    network = subject.network
    made = {
        name: entry_of(NUMPY_LAYERS, subject, name, "plain NumPy")(layer, *subject.inputs(name))
        for name, layer in network.layers.items()
    }
    lines = ["class Network(Graph):", '    """The network; samples are (N, *shape), with channels first."""', ""]
    lines += ["    def __init__(self):", "        self.layers = {"]
    lines += [f"            {literal(name)}: {each.text()}," for name, each in made.items()]
    lines += ["        }", "        # What feeds each of them.", "        self.sources = {"]
    lines += [f"            {literal(name)}: {literal(sources)}," for name, sources in _sources(subject).items()]
    lines.append("        }")
    library = copied(_LAYERS, sorted({each.name for each in made.values()}))
    return "\n\n\n".join([library, copied(_NETWORK, ["Graph"]), "\n".join(lines)])


def _sources(subject: Subject) -> dict[str, tuple[str, ...]]:
    structure = subject.network.structure
    return {name: structure.sources[name] for name in structure.nodes}


def loading_code(subject: Subject, stem: str) -> str:
    """Function load(model, arrays)."""
    return '''def load(model, arrays=None):
    """Copy arrays, by full name, into the model; those that were exported if none are given."""
    for name, array in model.arrays().items():
        if arrays is None:
            array[...] = ARRAYS["weights." + name]
        elif name in arrays:
            array[...] = arrays[name]'''


def _learning(subject: Subject, training: Training) -> Learning:
    """Loss, optimiser and steps."""
    network, structure = subject.network, subject.network.structure
    loss, pulled = loss_call(subject, training), penalised(subject, training)
    maker = NUMPY_OPTIMIZERS.get(training.optimizer.type)
    if maker is None:
        raise ExportError(f"{training.optimizer.type} has no counterpart in NumPy; choose another", where="output")
    optimizer = maker(training.optimizer)
    end = structure.sources[structure.output][0] if fused(subject, training) else structure.output
    given = "".join(f", {key}={literal(value)}" for key, value in loss.settings.items())
    loss_code = f'''# The layer at whose output the loss and its gradient are taken.
END = {literal(end)}


def loss_of(values, y):
    """Loss of every sample, (N,), and its gradient at END."""
    return {loss.name}(values[END], y{given})'''
    weighted = training.class_weight is not None
    frozen = [name for name in network.layers if name in network.frozen]
    setup = [f"optimizer = {optimizer.text()}"]
    if any(layer.type_name() == "Dropout" for layer in network.layers.values()):
        setup.append("Dropout.rng = np.random.default_rng([SEED, 2])")
    if frozen:
        setup += ["for name in FROZEN:", "    model.layers[name].frozen = True"]
    axes = ", ".join("1" for _ in network.shapes[end])
    step = ["values = model.forward(x[batch], training=True)", "each, gradient = loss_of(values, y[batch])"]
    step.append(f"part = {'weight / weight.sum()' if weighted else '1 / len(batch)'}")
    step.append("value = float((each * part).sum())")
    step.append(f"model.backward(END, gradient * {f'part.reshape(-1, {axes})' if weighted else 'part'})")
    step += _update(training, pulled)
    hooks = Hooks(
        setup=tuple(setup),
        begin=(),
        step=tuple(step),
        evaluate="float(loss_of(model.forward(x_validation), y_validation)[0].mean())",
        keep="{name: array.copy() for name, array in model.arrays().items()}",
        take_back="load(model, kept)",
    )
    constants = [table_code("FROZEN", [literal(name) for name in frozen])] if frozen else []
    constants += [table_code("PENALISED", [literal(name) for name in pulled])] if pulled else []
    parts = [copied(_LOSSES, [loss.name]), loss_code, copied(_OPTIMIZERS, [optimizer.name])]
    if training.clipping is not None:
        parts.append(copied(_NETWORK, ["clip"]))
    return Learning(tuple(constants), tuple(parts), hooks)


def _update(training: Training, pulled: tuple[str, ...]) -> list[str]:
    """Lines that clip gradients, add penalties, and change the parameters."""
    lines = ["learning = {name: layer for name, layer in model.layers.items() if not layer.frozen}"]
    clipping, penalty = training.clipping, training.penalty
    if clipping is not None:
        lines.append("gradients = [g for layer in learning.values() for g in layer.gradients.values()]")
        lines.append(f"clip(gradients, {literal(clipping.value)}, {literal(clipping.norm)})")
    lines += ["for name, layer in learning.items():", "    for key, g in layer.gradients.items():"]
    if pulled and penalty is not None:
        terms = [f"{literal(penalty.l2)} * layer.arrays[key]"] if penalty.l2 else []
        terms += [f"{literal(penalty.l1)} * np.sign(layer.arrays[key])"] if penalty.l1 else []
        lines += ['        if f"{name}.{key}" in PENALISED:', f"            g = g + {' + '.join(terms)}"]
    return [*lines, "        optimizer.step((name, key), layer.arrays[key], g, rate, steps + 1)"]


_PREDICT = '''def predict(model, x):
    """Outputs in the units of the data for samples in the units of the data, (N, *shape)."""
    values = model.forward(prepare(np.asarray(x)))
    return restore(values[list(model.layers)[-1]])'''


NUMPY = Framework(
    name="plain NumPy",
    imports={},
    model=model_code,
    loading=loading_code,
    learning=_learning,
    predict=_PREDICT,
    beside=False,
)


class PlainNumpy(Format):
    """Script in plain NumPy, with the network, forward and backward, and its training."""

    title: ClassVar[str] = "NumPy: a script that needs nothing but NumPy"
    help: ClassVar[str] = (
        "One readable script with the layers, forward and backward, and the training. Weights and data stand at its "
        "end, or beside it as .npz where they are large."
    )
    format: ClassVar[str] = "numpy"
    suffix: ClassVar[str] = ".py"

    training: bool = Field(True, title="Training", description="Adds the training loop, with the data it needs.")

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        made = assemble(NUMPY, subject, stem, training=self.training and subject.training is not None)
        return {self.suffix: made.text(stem).encode(), **made.beside()}
