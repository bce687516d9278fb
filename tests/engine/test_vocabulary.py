"""Unknown settings: the error lists those there are, and translates foreign names."""

from __future__ import annotations

import ast
import difflib
import re
from typing import Any

import numpy as np
import pytest

import engine
from engine import Clipping, EarlyStopping, Network, Penalty, SpecError, datasets, layers, losses, optimizers, schedules
from engine.declared import Declared, describe
from engine.vocabulary import ELSEWHERE, NAMES, unknown

REGISTRIES = (layers.REGISTRY, losses.LOSSES, optimizers.OPTIMIZERS, schedules.SCHEDULES, datasets.DATASETS)
DECLARED: list[type[Declared]] = [kind for registry in REGISTRIES for kind in registry.values()]
DECLARED += [Clipping, Penalty, EarlyStopping]


def refusal(kind: Any, **settings: Any) -> str:
    with pytest.raises(SpecError) as caught:
        kind(**settings)
    return str(caught.value)


def settings(kind: type[Declared]) -> list[str]:
    return [field.name for field in describe(kind)]


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.__name__)
def test_every_declaration_names_its_settings(kind: type[Declared]) -> None:
    own = settings(kind)
    for word in (*NAMES, *ELSEWHERE, "qqq"):
        if word in own:
            continue
        text = refusal(kind, **{word: "a"})
        assert "not permitted" not in text
        assert text.startswith(f"{kind.__name__}: there is no setting {word!r}")
        assert text.endswith(f"{kind.__name__} takes {', '.join(own)}" if own else f"{kind.__name__} has no settings")
        for called in set(NAMES.get(word, ())) & set(own):
            assert re.search(rf"here it is called .*\b{called}\b", text)


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: kind.__name__)
def test_a_misspelt_setting_is_recognised(kind: type[Declared]) -> None:
    own = settings(kind)
    for name in own:
        for slip in (name[:-1], name + "s", name.upper(), name.replace("_", "")):
            if slip in own or len(slip) < 3:
                continue
            text = refusal(kind, **{slip: 1})
            near = difflib.get_close_matches(slip.lower(), own, 1)
            assert f"did you mean {name}?" in text or "it is called" in text or near != [name], text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: layers.Dense(3, activation="relu"),
            r"activations are layers of their own.*ReLU\(\).*Dense takes units",
        ),
        (lambda: layers.Dense(3, actvation="relu"), "activations are layers of their own"),
        (lambda: layers.Dense(3, input_shape=(2,)), r"only the network takes one: Network\("),
        (lambda: layers.Dense(in_features=3), "input sizes are inferred"),
        (lambda: layers.Dense(out_features=3), "here it is called units"),
        (lambda: layers.Conv2D(out_channels=3), "here it is called filters"),
        (lambda: layers.Conv2D(8, kernel=3), "here it is called kernel_size"),
        (lambda: layers.Conv2D(8, strides=2), "here it is called stride"),
        (lambda: layers.MaxPool2D(kernel_size=2), "here it is called pool_size"),
        (lambda: layers.Dense(3, use_bias=False), "here it is called bias"),
        (lambda: layers.Dense(3, kernel_initializer="he"), "here it is called weight_init"),
        (lambda: layers.Dropout(p=0.5), "here it is called rate"),
        (lambda: layers.BatchNorm(eps=1e-3), "here it is called epsilon"),
        (lambda: layers.ReLU(inplace=True), "ReLU has no settings"),
        (lambda: optimizers.SGD(lr=0.1), "here it is called learning_rate"),
        (lambda: optimizers.SGD(weight_decay=0.1), r"penalty=Penalty\(l2=1e-4\)\), or by AdamW"),
        (lambda: optimizers.Adam(betas=(0.9, 0.99)), "here it is called beta1 and beta2"),
        (lambda: schedules.Step(step_size=3), "here it is called every"),
        (lambda: losses.CategoricalCrossEntropy(label_smoothing=0.1), "here it is called smoothing"),
        (lambda: losses.MeanSquaredError(reduction="sum"), "the mean over the batch.*has no settings"),
        (lambda: datasets.Moons(n_samples=3), "here it is called samples"),
        (lambda: Penalty(weight_decay=0.1), "here it is called l2"),
        (lambda: Clipping(max_norm=1.0), "here it is called norm"),
        (lambda: layers.Dense(unit=3), r"\(did you mean units\?\)\. Dense takes"),
        (lambda: layers.Dense(foo=3, units=0), r"units: .*found 0; there is no setting 'foo'\. Dense takes"),
        (lambda: layers.from_spec({"type": "Dense", "unit": 3}), "layer: Dense: there is no setting 'unit'"),
        (lambda: layers.Dense(3).with_changes(activation="relu"), "activations are layers of their own"),
        # By position, values go astray.
        (lambda: layers.Dense(3, 4), "bias: expected True or False, found 4. By position, Dense takes units, bias"),
        (lambda: layers.Dense(3, "relu"), "bias: expected True or False, found 'relu'. By position"),
        (
            lambda: layers.Conv2D(8, 3, 1, "sam"),
            "padding: expected 'valid', 'same' or 'full', or a whole number, found",
        ),
        (lambda: layers.Conv2D(8, (3, 0)), "Conv2D: kernel_size.1: .*greater than or equal to 1, found 0. By position"),
        (lambda: layers.Conv2D(8, "a"), "kernel_size: expected a whole number, or a tuple of numbers, found 'a'"),
        (lambda: layers.Conv2D(stride=-1), r"^Conv2D: stride: input should be greater than or equal to 1, found -1$"),
        (lambda: layers.MaxPool2D(stride="x"), "stride: expected a whole number, or a tuple of numbers, found 'x'"),
    ],
)
def test_the_sentence_says_what_is_meant(make: Any, text: str) -> None:
    with pytest.raises(SpecError, match=text) as caught:
        make()
    assert "constrained" not in str(caught.value)


def test_the_table_speaks_of_what_there_is() -> None:
    known = {name for kind in DECLARED for name in settings(kind)}
    for word, names in NAMES.items():
        assert names
        assert set(names) <= known, word
    # Every example is one that works.
    classes = {kind.__name__: kind for kind in DECLARED}
    made = 0
    for sentence in set(ELSEWHERE.values()):
        for call in re.findall(r"\b[A-Z]\w+\([^()]*\)", sentence):
            expression = ast.parse(call, mode="eval").body
            assert isinstance(expression, ast.Call)
            assert isinstance(expression.func, ast.Name)
            kind = classes.get(expression.func.id)
            if kind is None:
                assert hasattr(engine, expression.func.id)
                continue
            kind(
                *map(ast.literal_eval, expression.args),
                **{str(keyword.arg): ast.literal_eval(keyword.value) for keyword in expression.keywords},
            )
            made += 1
    assert made >= 5
    Network([layers.Dense(3)], input_shape=(4,), seed=0, dtype=np.float64)


def test_nothing_is_guessed_where_nothing_is_like_it() -> None:
    assert unknown("qqq", ["units"]) == "there is no setting 'qqq'"
    assert unknown("qqq", []) == "there is no setting 'qqq'"
