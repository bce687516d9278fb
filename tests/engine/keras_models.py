"""Networks of Keras, with what they compute, written as ONNX by Keras."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")

# Gives the output for an input.
Made = Callable[[Any, Any], Any]


def _mlp(L: Any, x: Any) -> Any:  # noqa: N803 - as Keras's users write it
    x = L.BatchNormalization()(L.Dense(8, activation="tanh")(x))
    x = L.Dense(6, activation="gelu")(L.Dropout(0.2)(x))
    return L.Dense(3, activation="softmax")(L.BatchNormalization()(x))


def _lenet(L: Any, x: Any) -> Any:  # noqa: N803
    x = L.MaxPooling2D()(L.Conv2D(4, 5, padding="same", activation="relu")(x))
    x = L.AveragePooling2D(2)(L.Conv2D(6, 3, activation="relu")(x))
    return L.Dense(10)(L.Dense(12, activation="relu")(L.Flatten()(x)))


def _residual(L: Any, x: Any) -> Any:  # noqa: N803
    x = L.ReLU()(L.BatchNormalization()(L.Conv2D(4, 3, strides=2, padding="same", use_bias=False)(x)))
    y = L.BatchNormalization()(L.Conv2D(4, 3, padding="same")(x))
    x = L.ReLU()(L.Add()([x, y]))
    return L.Dense(2, activation="sigmoid")(L.GlobalAveragePooling2D()(x))


def _normed(L: Any, x: Any) -> Any:  # noqa: N803
    x = L.BatchNormalization()(L.Conv2D(4, 3, padding="same", activation="relu")(x))
    x = L.Activation("silu")(L.DepthwiseConv2D(3, padding="same")(x))
    x = L.Activation("elu")(L.SeparableConv2D(5, 3)(x))
    return L.Dense(3)(L.Flatten()(L.MaxPooling2D(2, strides=1)(L.Rescaling(0.5, 0.25)(x))))


def _wide(L: Any, x: Any) -> Any:  # noqa: N803
    left = L.Conv2D(3, 1, activation="softplus")(x)
    right = L.LeakyReLU(negative_slope=0.2)(L.Conv2D(2, 3, dilation_rate=2, padding="same")(L.ZeroPadding2D((1, 2))(x)))
    x = L.Concatenate()([L.ZeroPadding2D((1, 2))(left), right])
    x = L.MaxPooling2D(2, padding="same")(L.Activation("relu")(x))
    return L.Dense(2)(L.Flatten()(L.Multiply()([x, L.Conv2D(5, 1, activation="sigmoid")(x)])))


def _enlarged(L: Any, x: Any) -> Any:  # noqa: N803
    return L.UpSampling2D(2)(L.Conv2D(2, 3)(x))


def _transposed(L: Any, x: Any) -> Any:  # noqa: N803
    return L.Conv2DTranspose(2, 3, strides=2, padding="same")(L.Conv2D(2, 3)(x))


def _shaped(L: Any, x: Any) -> Any:  # noqa: N803
    return L.Conv2D(3, 3)(L.Reshape((6, 6, 2))(L.Dense(72)(x)))


MODELS: dict[str, tuple[tuple[int, ...], Made]] = {
    "mlp": ((4,), _mlp),
    "lenet": ((16, 16, 1), _lenet),
    "residual": ((9, 9, 3), _residual),
    "normed": ((8, 8, 3), _normed),
    "wide": ((5, 6, 2), _wide),
}
# What Keras writes in a way of its own: the model, and the node and the reason with which it is refused.
REFUSED: dict[str, tuple[tuple[int, ...], Made, str]] = {
    "enlarged": ((5, 6, 2), _enlarged, "/Expand: Expand has no block here"),
    "transposed": ((5, 6, 2), _transposed, "Slice has no block here"),
    "shaped": ((5,), _shaped, "/Conv: Conv has no block here: its input has its axes in another order"),
}


def made(name: str, path: str) -> tuple[np.ndarray, np.ndarray]:
    """Writes a model as ONNX. Gives samples and outputs, as Keras takes and gives them."""
    import keras

    shape, build = (MODELS.get(name) or REFUSED[name])[:2]
    keras.utils.set_random_seed(3)
    x = keras.Input(shape)
    model = keras.Model(x, build(keras.layers, x))
    rng = np.random.default_rng(5)
    model.set_weights(
        [
            rng.uniform(0.5, 1.5, weight.shape) if "variance" in variable.path else rng.normal(0, 0.5, weight.shape)
            for variable, weight in zip(model.weights, model.get_weights(), strict=True)
        ]
    )
    samples = rng.standard_normal((3, *shape)).astype(np.float32)
    # One that was never called cannot be exported.
    outputs = np.asarray(model(samples, training=False).detach())
    model.export(path, format="onnx", verbose=False)
    return samples, outputs
