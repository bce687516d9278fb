"""Hints for settings that a class does not have: misspelt ones, and words of Keras, PyTorch and other libraries."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from engine.declared import Declared

# What a setting of another library is called here; the first names that a class has are meant.
CALLED_HERE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("out_features", "output_dim", "num_units", "neurons", "nodes", "hidden_units"), ("units",)),
    **dict.fromkeys(("out_channels", "channels", "num_filters"), ("filters",)),
    **dict.fromkeys(("kernel", "kernel_shape", "filter_size"), ("kernel_size", "pool_size")),
    **dict.fromkeys(("kernel_size", "pool", "window"), ("pool_size",)),
    **dict.fromkeys(("strides", "step"), ("stride",)),
    "dilation_rate": ("dilation",),
    "use_bias": ("bias",),
    **dict.fromkeys(("kernel_initializer", "weight_initializer", "initializer", "init"), ("weight_init",)),
    **dict.fromkeys(("bias_initializer", "initial_bias"), ("bias_init",)),
    **dict.fromkeys(("p", "drop", "dropout", "dropout_rate", "prob"), ("rate",)),
    **dict.fromkeys(("negative_slope", "leak"), ("slope",)),
    "alpha": ("slope", "rho"),
    **dict.fromkeys(("omega", "w0"), ("frequency",)),
    **dict.fromkeys(("eps", "fuzz"), ("epsilon",)),
    **dict.fromkeys(("target_shape", "output_shape", "dims"), ("shape",)),
    **dict.fromkeys(("scale_factor", "scale"), ("size",)),
    **dict.fromkeys(("lr", "eta", "rate"), ("learning_rate",)),
    "step_size": ("every",),
    **dict.fromkeys(("beta_1", "b1"), ("beta1",)),
    **dict.fromkeys(("beta_2", "b2"), ("beta2",)),
    **dict.fromkeys(("decay", "wd"), ("weight_decay",)),
    "label_smoothing": ("smoothing",),
    **dict.fromkeys(("T_max", "total_steps", "max_steps", "steps"), ("total",)),
    "decay_steps": ("every", "total"),
    **dict.fromkeys(("decay_rate", "factor"), ("gamma",)),
    **dict.fromkeys(("warmup_steps", "warmup_epochs"), ("warmup",)),
    "pct_start": ("rising",),
    **dict.fromkeys(("min_lr", "eta_min"), ("minimum", "end")),
    **dict.fromkeys(("threshold", "tolerance"), ("min_delta", "delta")),
    "restore_best_weights": ("restore_best",),
    **dict.fromkeys(("max_norm", "clipnorm"), ("norm",)),
    **dict.fromkeys(("clipvalue", "clip_value"), ("value",)),
    **dict.fromkeys(("n_samples", "num_samples"), ("samples",)),
    "random_state": ("seed",),
    **dict.fromkeys(("file", "filename", "filepath"), ("path",)),
    **dict.fromkeys(("root", "directory"), ("folder",)),
    **dict.fromkeys(("split", "train"), ("part",)),
    **dict.fromkeys(("label", "y", "target_column"), ("target",)),
    **dict.fromkeys(("normalize", "scaling"), ("standardize",)),
    **dict.fromkeys(("centers", "n_clusters"), ("clouds",)),
}

# Where that went which is no setting of the class.
_SHAPE = "sizes of inputs follow from the layer before, and from Network(layers, input_shape) for the first one"
_PENALTY = "give the trainer a Penalty, such as Trainer(..., penalty=Penalty(l2=0.001))"
_CLIPPING = "clipping is set apart from the optimiser, with Trainer(..., clipping=Clipping(norm=1.0))"
_SCHEDULE = "give the trainer a schedule, such as Trainer(..., schedule=Exponential())"
_AXIS = "samples are (channels, height, width) or (units,), so that channels and classes lie on the first axis"
_MEAN = "losses are means over the batch"
_WEIGHTS = "the trainer weighs classes and samples, with Trainer(..., class_weight=...) and fit(..., sample_weight=...)"
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        ("activation", "activation_fn", "act", "nonlinearity"),
        "activations are layers of their own, such as ReLU or Sigmoid, and come after the layer",
    ),
    **dict.fromkeys(
        (
            *("input_shape", "batch_input_shape", "input_dim", "input_size", "in_features", "in_channels"),
            *("num_features", "normalized_shape", "num_channels"),
        ),
        _SHAPE,
    ),
    **dict.fromkeys(("axis", "dim", "data_format", "start_dim", "end_dim"), _AXIS),
    **dict.fromkeys(
        ("kernel_regularizer", "bias_regularizer", "activity_regularizer", "weight_decay", "l1", "l2"), _PENALTY
    ),
    **dict.fromkeys(
        ("kernel_constraint", "bias_constraint"),
        "weights are not constrained, but the trainer's Penalty keeps them small",
    ),
    "betas": "here they are two settings, beta1 and beta2 of Adam and AdamW",
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm", "clip", "max_grad_norm"), _CLIPPING),
    **dict.fromkeys(("decay", "lr_decay", "schedule"), _SCHEDULE),
    **dict.fromkeys(("affine", "elementwise_affine", "center", "scale"), "scale and shift are always learned"),
    **dict.fromkeys(("trainable", "requires_grad", "frozen"), "layers are frozen by name, in network.frozen"),
    **dict.fromkeys(("dtype", "seed", "generator"), "it is given to the network, as in Network(..., seed=1)"),
    "name": "layers are called dense_1 and so on, or by the names in Network.graph(nodes, edges, input_shape)",
    "from_logits": "end the network in Sigmoid or Softmax, which the loss is then computed together with, from logits",
    **dict.fromkeys(("reduction", "size_average", "reduce"), _MEAN),
    **dict.fromkeys(("weight", "pos_weight", "class_weight", "sample_weight"), _WEIGHTS),
    **dict.fromkeys(("device", "inplace", "fused", "foreach"), "the engine sees to it by itself"),
    **dict.fromkeys(("amsgrad", "use_ema", "maximize", "dampening"), "the optimisers here do without it"),
    "mode": "what is monitored is a loss, and the smallest is the best",
    **dict.fromkeys(("shuffle", "batch_size", "epochs"), "it is a matter of the trainer, as in Trainer(network, ...)"),
}


def settings(kind: type[Declared]) -> list[str]:
    """The names of a class's settings, in the order in which they may be given by position."""
    return [name for name in kind.model_fields if name not in kind.fixed]


def takes(kind: type[Declared]) -> str:
    """Which settings a class has: "Dense takes units, bias, weight_init, bias_init"."""
    return f"{kind.__name__} takes {', '.join(settings(kind)) or 'no settings'}"


def hint(kind: type[Declared], name: str) -> str:
    """What a setting that a class does not have is called there, or where it went; "" if nothing is known."""
    own = settings(kind)
    here = [field for field in CALLED_HERE.get(name, ()) if field in own]
    if here:
        return f"here it is called {here[0]}"
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    others = [other.__name__ for other in _family(kind) if name in settings(other)]
    if others:
        return f"it is a setting of {' and '.join(others)}"
    near = get_close_matches(_plain(name), [_plain(field) for field in own], 1, 0.7)
    return f"perhaps {next(field for field in own if _plain(field) == near[0])} is meant" if near else ""


def misplaced(kind: type[Declared], value: Any) -> str:
    """A hint for a text that names another class, such as "relu" given to a Dense; "" if it does not."""
    text = value.lower() if isinstance(value, str) else None
    other = next((other for other in _family(kind) if other.__name__.lower() == text), None)
    return f"{other.__name__} is a {_base(kind).__name__.lower()} of its own" if other is not None else ""


def _base(kind: type[Declared]) -> type[Declared]:
    """The base of all classes that may be used like this one, such as Layer."""
    # A class's ancestors end in it, Declared, BaseModel, object.
    ancestors = kind.__mro__
    return ancestors[ancestors.index(BaseModel) - 2]


def _family(kind: type[Declared]) -> Iterator[type[Declared]]:
    return offspring(_base(kind))


def offspring(kind: type[Declared]) -> Iterator[type[Declared]]:
    """The classes below one, and itself, that are told apart by a field "type"; no abstract ones."""
    if "type" in kind.model_fields and not kind.model_fields["type"].is_required():
        yield kind
    for each in kind.__subclasses__():
        yield from offspring(each)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")
