"""Training as source code: tables of losses and schedules, and the loop that all scripts share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine import initializers
from engine.export.copied import copied
from engine.export.preparing import takes_labels
from engine.export.subject import ExportError, Subject, Training
from engine.network import Network
from engine.schedules import Schedule
from engine.source_code import Call, call, literal
from engine.training.class_weights import sample_weights
from engine.types import Array

BATCHES = "engine.export.library.batches"

# Calls of the libraries' functions of the loss; "_from_logits" is added to those that start before the last layer.
LOSS_CALLS: dict[str, Callable[[Any], Call]] = {
    "mse": lambda loss: call("mse"),
    "mae": lambda loss: call("mae"),
    "huber": lambda loss: call("huber", delta=loss.delta),
    "hinge": lambda loss: call("hinge"),
    "binary_cross_entropy": lambda loss: call("binary_cross_entropy"),
    "categorical_cross_entropy": lambda loss: call(
        "categorical_cross_entropy", **({"smoothing": loss.smoothing} if loss.smoothing else {})
    ),
}

# Expressions of the schedules' factors at a `time` in epochs or steps, with the functions that they use.
SCHEDULE_FACTORS: dict[str, Callable[[Any], tuple[str, tuple[str, ...]]]] = {
    "constant": lambda s: ("1.0", ()),
    "step": lambda s: (f"{literal(s.gamma)} ** (time // {literal(s.every)})", ()),
    "exponential": lambda s: (f"{literal(s.gamma)}**time", ()),
    "cosine": lambda s: (f"anneal(1.0, {literal(s.end)}, min(time / {literal(s.total)}, 1.0))", ("anneal",)),
    "one_cycle": lambda s: (
        f"one_cycle(time, {', '.join(literal(n) for n in (s.total, s.rising, s.start_share, s.end_share))})",
        ("one_cycle",),
    ),
    # Its level is kept by an object of its own.
    "plateau": lambda s: ("1.0", ("Plateau",)),
}


def training_of(subject: Subject) -> Training:
    """Training of a subject that a script can repeat. Raises ExportError, placed at the data, where it cannot."""
    training = subject.training
    if training is None:
        raise ExportError("nothing is known of the training of this network; export it without training", where="input")
    if training.augmentation:
        raise ExportError(
            f"{training.augmentation[0]} changes the samples anew in every batch, which a script cannot repeat; "
            "switch the step off, or export without training",
            where="input",
        )
    return training


def fused(subject: Subject, training: Training) -> bool:
    """True if the loss starts from what goes into the last layer."""
    link = training.loss.link
    return link is not None and link == subject.network.structure.nodes[subject.network.structure.output].link


def loss_call(subject: Subject, training: Training) -> Call:
    """Call of the library's function, without its first two arguments: outputs (or logits) and targets."""
    entry = LOSS_CALLS.get(training.loss.type)
    if entry is None:
        reason = f"{training.loss.title} has no counterpart in this format; choose another loss"
        raise ExportError(reason, where="output")
    made = entry(training.loss)
    return Call(made.name + "_from_logits", made.args, made.settings) if fused(subject, training) else made


def data_arrays(subject: Subject, training: Training) -> dict[str, Array]:
    """Samples and targets as scripts read them, with the weights of the samples where they differ."""
    arrays = {"x_train": training.x, "y_train": training.y}
    if training.validation is not None:
        arrays["x_validation"], arrays["y_validation"] = training.validation
    if training.class_weight is not None:
        targets = training.loss.encode(training.y, subject.network.output_shape)
        weights = sample_weights(targets, training.class_weight, None, training.loss.threshold)
        if weights is not None:
            arrays["w_train"] = weights.astype(np.float32)
    return arrays


def settings_code(training: Training) -> str:
    """Constants that a reader may change."""
    values = {
        "EPOCHS": training.epochs,
        "BATCH_SIZE": training.batch_size,
        "LEARNING_RATE": training.optimizer.learning_rate,
        "SEED": training.seed,
    }
    return "\n".join(f"{name} = {literal(value)}" for name, value in values.items())


def initial_code(network: Network) -> str:
    """Function initial_arrays(seed): the values with which training begins, the very numbers of the engine."""
    kinds = network.initializers
    used = sorted({kind for kind, _ in kinds.values()})
    rows = [
        f"    {literal(name)}: ({kind}, {literal(spec.shape)}, {spec.fan_in}, {spec.fan_out}),"
        for name, (kind, spec) in kinds.items()
    ]
    table = "\n".join(["# Initialiser, shape, and connections into and out of one unit.", "INITIAL = {", *rows, "}"])
    function = '''def initial_arrays(seed):
    """Arrays by name before training; each depends on the seed and its name alone."""
    made = {}
    for name, (initialiser, shape, fan_in, fan_out) in INITIAL.items():
        rng = np.random.default_rng([seed, *name.encode()])
        made[name] = initialiser(rng, shape, fan_in, fan_out).astype(np.float32)
    return made'''
    functions = [copied(initializers.__name__, used)] if used else []
    return "\n\n\n".join([*functions, table, function])


def encode_code(subject: Subject, training: Training) -> str:
    """Function encode(y): targets as the loss needs them."""
    shape = subject.network.output_shape
    labels = takes_labels(training)
    if labels and int(np.prod(shape)) > 1:
        body = f"return np.eye({shape[0]}, dtype=np.float32)[y]"
    else:
        prepared = "y" if labels else "prepare_targets(y)"
        body = f"return np.asarray({prepared}, np.float32).reshape(len(y), {', '.join(map(str, shape))})"
    return f'def encode(y):\n    """Targets as the loss needs them, (N, outputs)."""\n    {body}'


def rate_code(schedule: Schedule | None) -> tuple[str, str]:
    """Function rate_factor(steps, epoch), and the expression of the rate in the loop."""
    if schedule is None:
        return "", "LEARNING_RATE"
    entry = SCHEDULE_FACTORS.get(schedule.type)
    if entry is None:
        reason = f"the schedule {schedule.title} has no counterpart in a script; choose another"
        raise ExportError(reason, where="output")
    expression, uses = entry(schedule)
    unit = "steps" if getattr(schedule, "unit", "epoch") == "step" else "epoch"
    body = ["def rate_factor(steps, epoch):"]
    body.append('    """Factor on the learning rate after so many steps, in this epoch."""')
    if "time" in expression:
        body.append(f"    time = {unit}")
    if schedule.warmup:
        body.append(f"    rise = (steps + 1) / {schedule.warmup} if steps < {schedule.warmup} else 1.0")
    body.append(f"    return {'rise * ' if schedule.warmup else ''}{expression}")
    function = "\n".join(body)
    parts = [copied(BATCHES, uses)] if uses else []
    level = " * plateau.level" if schedule.type == "plateau" else ""
    return "\n\n\n".join([*parts, function]), f"LEARNING_RATE * rate_factor(steps, epoch){level}"


@dataclass(frozen=True)
class Hooks:
    """Lines by which the loop of one format differs, without indentation.

    Attributes:
        setup: before the first epoch; samples are in `x` and `y`, those held out in `x_validation`, `y_validation`.
        begin: at the beginning of an epoch.
        step: one step on the samples of `batch`, with `rate` and, where samples have weights, `weight`; sets `value`.
        evaluate: expression of the loss of the samples held out.
        keep, take_back: keep all arrays in `kept`, and take them back.
    """

    setup: tuple[str, ...]
    begin: tuple[str, ...]
    step: tuple[str, ...]
    evaluate: str
    keep: str
    take_back: str


def loop_code(subject: Subject, training: Training, hooks: Hooks) -> str:
    """Functions train(model, epochs, report) and those that it needs, which the format does not."""
    schedule, stopping = training.schedule, training.early_stopping
    rate, rate_text = rate_code(schedule)
    even = subject.network.mixes_samples
    function = "even_batches" if even else "batches"
    plateau: Any = schedule if schedule is not None and schedule.type == "plateau" else None
    weighted = training.class_weight is not None
    held = training.validation is not None
    out: list[str] = []

    def add(indent: int, *lines: str) -> None:
        out.extend(" " * 4 * indent + line for line in lines)

    add(0, "def train(model, epochs=EPOCHS, report=print):")
    add(1, '"""Train from here on; the order of the samples is nnstudio\'s. Returns the losses of every epoch."""')
    add(1, 'x, y = prepare(ARRAYS["x_train"]), encode(ARRAYS["y_train"])')
    if held:
        add(1, 'x_validation, y_validation = prepare(ARRAYS["x_validation"]), encode(ARRAYS["y_validation"])')
    add(1, "orders = np.random.default_rng([SEED, 1])", *hooks.setup)
    if plateau is not None:
        given = [plateau.patience, plateau.gamma, plateau.min_delta, plateau.minimum]
        add(1, f"plateau = Plateau({', '.join(map(literal, given))})")
    if stopping is not None:
        add(1, 'best, waited = float("inf"), 0')
        if stopping.restore_best:
            add(1, f"kept = {hooks.keep}")
    add(1, 'history = {"loss": [], "val_loss": []}', "steps = 0", "for epoch in range(epochs):")
    add(2, *hooks.begin)
    add(2, f"order = {'orders.permutation(len(x))' if training.shuffle else 'np.arange(len(x))'}")
    add(2, "total = counted = 0.0", f"for batch in {function}(order, BATCH_SIZE):")
    add(3, f"rate = {rate_text}")
    if weighted:
        add(3, 'weight = ARRAYS["w_train"][batch]')
    add(3, *hooks.step)
    add(3, f"share = {'float(weight.sum())' if weighted else 'len(batch)'}")
    add(3, "total, counted, steps = total + value * share, counted + share, steps + 1")
    add(2, 'losses = {"loss": total / counted}')
    if held:
        add(2, f'losses["val_loss"] = {hooks.evaluate}')
    add(2, "for name, number in losses.items():")
    add(3, "history[name].append(number)")
    # Of many epochs, some twenty are told.
    add(2, "if (epoch + 1) % max(epochs // 20, 1) == 0:")
    add(3, 'report(f"epoch {epoch + 1}: " + ", ".join(f"{name} {number:.5f}" for name, number in losses.items()))')
    if plateau is not None:
        add(2, f"plateau.after_epoch(losses[{literal(plateau.monitor)}])")
    if stopping is not None:
        add(2, f"better = losses[{literal(stopping.monitor)}] < best - {literal(stopping.min_delta)}")
        add(2, f"best, waited = (losses[{literal(stopping.monitor)}], 0) if better else (best, waited + 1)")
        if stopping.restore_best:
            add(2, "if better:")
            add(3, f"kept = {hooks.keep}")
        add(2, f"if waited >= {stopping.patience}:")
        if stopping.restore_best:
            add(3, hooks.take_back)
        add(3, "break")
    add(1, "return history")
    return "\n\n\n".join(filter(None, [copied(BATCHES, [function]), rate, "\n".join(out)]))


def penalised(subject: Subject, training: Training) -> tuple[str, ...]:
    """Full names of the parameters that penalties pull towards 0."""
    network, penalty = subject.network, training.penalty
    if penalty is None or not (penalty.l1 or penalty.l2):
        return ()
    return tuple(
        f"{name}.{key}"
        for name, places in network.places.items()
        for key in places
        if name not in network.frozen and (penalty.biases or network.layers[name].is_weight(key))
    )


def entry_of(table: Mapping[str, Any], subject: Subject, name: str, what: str) -> Any:
    """Entry of a layer in a format's table. Raises ExportError, placed at the block, where it is missing."""
    kind = subject.network.layers[name].type_name()
    if kind not in table:
        raise ExportError(f"{kind} has no counterpart in {what}; replace the block", where=name)
    return table[kind]
