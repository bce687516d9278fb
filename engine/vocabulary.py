"""Names of settings in Keras and PyTorch, mapped to the engine's own."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

# Names from elsewhere, and what they are called here: those of these that a declaration has are named.
_WIDTH: Final = ("units", "filters")
NAMES: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("out_features", "out_channels", "output_dim", "hidden_units", "neurons", "num_units"), _WIDTH),
    **dict.fromkeys(("num_filters", "channels", "features", "units", "filters", "width"), _WIDTH),
    **dict.fromkeys(("kernel", "ksize", "kernel_shape", "filter_size"), ("kernel_size",)),
    **dict.fromkeys(("pool", "window", "kernel_size"), ("pool_size",)),
    **dict.fromkeys(("strides", "subsample"), ("stride",)),
    **dict.fromkeys(("pad", "pads"), ("padding",)),
    "dilation_rate": ("dilation",),
    "use_bias": ("bias",),
    "bias": ("biases",),
    **dict.fromkeys(("kernel_initializer", "weight_initializer", "initializer", "kernel_init"), ("weight_init",)),
    **dict.fromkeys(("bias_initializer", "bias_initialiser"), ("bias_init",)),
    **dict.fromkeys(("p", "prob", "drop", "dropout", "dropout_rate", "drop_prob"), ("rate",)),
    **dict.fromkeys(("negative_slope", "alpha"), ("slope", "rho")),
    **dict.fromkeys(("omega", "omega_0", "w0"), ("frequency",)),
    **dict.fromkeys(("target_shape", "new_shape", "dims"), ("shape",)),
    **dict.fromkeys(("scale_factor", "scale"), ("size",)),
    "eps": ("epsilon",),
    **dict.fromkeys(("lr", "rate", "eta", "step_rate"), ("learning_rate",)),
    **dict.fromkeys(("beta_1", "momentum"), ("beta1",)),
    "beta_2": ("beta2",),
    "betas": ("beta1", "beta2"),
    **dict.fromkeys(("weight_decay", "l2_reg", "ridge"), ("l2",)),
    **dict.fromkeys(("l1_reg", "lasso"), ("l1",)),
    **dict.fromkeys(("max_norm", "clipnorm", "global_clipnorm"), ("norm",)),
    **dict.fromkeys(("clipvalue", "clip_value", "max_value"), ("value",)),
    **dict.fromkeys(("step_size", "decay_every"), ("every",)),
    **dict.fromkeys(("factor", "decay_rate", "drop_rate"), ("gamma", "rate")),
    **dict.fromkeys(("t_max", "total_steps", "decay_steps", "max_steps"), ("total",)),
    **dict.fromkeys(("eta_min", "min_lr"), ("end", "minimum")),
    "pct_start": ("rising",),
    **dict.fromkeys(("warmup_steps", "num_warmup_steps"), ("warmup",)),
    **dict.fromkeys(("threshold", "tol"), ("min_delta",)),
    "restore_best_weights": ("restore_best",),
    "label_smoothing": ("smoothing",),
    "beta": ("delta",),
    **dict.fromkeys(("n_samples", "num_samples", "n"), ("samples",)),
    **dict.fromkeys(("random_state", "random_seed"), ("seed",)),
    **dict.fromkeys(("root", "data_dir", "directory"), ("folder",)),
    **dict.fromkeys(("file", "filename", "filepath", "filepath_or_buffer"), ("path",)),
    **dict.fromkeys(("target_column", "label_column", "label"), ("target",)),
    **dict.fromkeys(("normalize", "normalise", "standardise", "scale_columns"), ("standardize",)),
    **dict.fromkeys(("train", "split"), ("part",)),
    **dict.fromkeys(("n_classes", "num_classes"), ("classes",)),
}

_INPUT = "input sizes are inferred; only the network takes one: Network([...], input_shape=(4,))"
_ACTIVATION = "activations are layers of their own: put one such as ReLU() after this layer"
_PENALTY = "weights are penalised by Trainer(..., penalty=Penalty(l2=1e-4)), or by AdamW(weight_decay=0.01)"
_CLIPPING = "gradients are clipped by Trainer(..., clipping=Clipping(norm=1.0))"
_RATE = "the learning rate is set in the optimiser, such as SGD(learning_rate=0.1)"
_SCHEDULE = "a learning rate that changes is a schedule: Trainer(..., schedule=Exponential(gamma=0.9))"
_AXIS = "classes and channels lie on the first axis after the samples"
_SEED = "the seeds are Network(..., seed=0) for initial weights and Trainer(..., seed=0) for everything else"
_WEIGHTS = "classes are weighted by Trainer(..., class_weight={0: 1, 1: 5})"
_FREEZE = "layers are frozen by their network: network.freeze('dense_1')"
_TRAINER = "this is a setting of Trainer and of its fit"

# Names from elsewhere for what is not set here at all, and where it is.
ELSEWHERE: Final[dict[str, str]] = {
    **dict.fromkeys(("activation", "activations", "act", "activation_fn", "nonlinearity"), _ACTIVATION),
    **dict.fromkeys(("input_shape", "input_dim", "input_size", "batch_input_shape", "batch_shape"), _INPUT),
    **dict.fromkeys(("in_features", "in_channels", "num_features", "normalized_shape", "num_channels"), _INPUT),
    **dict.fromkeys(("weight_decay", "regularizer", "kernel_regularizer", "bias_regularizer", "l2"), _PENALTY),
    **dict.fromkeys(("clipnorm", "clipvalue", "global_clipnorm", "max_norm"), _CLIPPING),
    **dict.fromkeys(("lr", "learning_rate", "max_lr", "base_lr"), _RATE),
    **dict.fromkeys(("decay", "lr_decay", "schedule", "scheduler"), _SCHEDULE),
    **dict.fromkeys(("axis", "dim"), _AXIS),
    "data_format": "images are always (channels, height, width)",
    "keep_prob": "rate is the fraction that is dropped, so it is 1 - keep_prob",
    "name": "layers are named by their network: Network({'hidden': Dense(3)}, input_shape=(4,))",
    "dtype": "the data type is set once, in Network(..., dtype=numpy.float64)",
    "device": "everything runs on the CPU",
    **dict.fromkeys(("seed", "generator"), _SEED),
    **dict.fromkeys(("trainable", "requires_grad"), _FREEZE),
    **dict.fromkeys(
        ("from_logits", "logits"), "a loss works on logits by itself when the network ends in its function"
    ),
    "reduction": "a loss is the mean over the batch",
    **dict.fromkeys(("weight", "pos_weight", "class_weight"), _WEIGHTS),
    **dict.fromkeys(("batch_size", "epochs", "shuffle", "validation_split"), _TRAINER),
}

# How alike two names must be for one to count as a typing error: closely for those whose sentence is long.
_ALIKE, _CLOSELY_ALIKE = 0.6, 0.85


def unknown(name: str, settings: Sequence[str]) -> str:
    """Sentence on an unknown setting, with the one probably meant; no full stop.

    Args:
        name: the given name. settings: the existing ones.
    """
    sentence = f"there is no setting {name!r}"
    meant = _meant(name, settings)
    if not meant:
        return sentence
    return f"{sentence} ({meant})" if meant.endswith("?") else f"{sentence}; {meant}"


def settings_of(title: str, settings: Sequence[str]) -> str:
    """Sentence that lists the existing settings, without a full stop."""
    return f"{title} takes {', '.join(settings)}" if settings else f"{title} has no settings"


def _meant(name: str, settings: Sequence[str]) -> str:
    word = name.lower()
    for known in (word, *difflib.get_close_matches(word, [*NAMES, *ELSEWHERE], 1, _CLOSELY_ALIKE)):
        own = [known] if known in settings else [here for here in NAMES.get(known, ()) if here in settings]
        if own:
            return f"here it is called {' and '.join(own)}" if own != [known] else f"did you mean {known}?"
        near = difflib.get_close_matches(word, settings, 1, _CLOSELY_ALIKE)
        if near:
            return f"did you mean {near[0]}?"
        if known in ELSEWHERE:
            return ELSEWHERE[known]
    near = difflib.get_close_matches(word, settings, 1, _ALIKE)
    return f"did you mean {near[0]}?" if near else ""
