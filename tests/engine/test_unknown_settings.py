"""Unknown settings of any class: the message says which there are, and what is meant or where it went."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine import SpecError, layers, losses, optimizers, regularisation, schedules, stopping
from engine.data import DATASETS
from engine.declared import Declared
from engine.layers import REGISTRY
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.regularisation import Clipping, Penalty
from engine.schedules import SCHEDULES, Exponential
from engine.stopping import EarlyStopping
from engine.unknown_settings import CALLED_HERE, ELSEWHERE, settings

KINDS: list[type[Declared]] = [
    *(kind for registry in (REGISTRY, LOSSES, OPTIMIZERS, SCHEDULES, DATASETS) for kind in registry.values()),
    *(Clipping, Penalty, EarlyStopping),
]
# What is written wrongly on purpose is none of the type checker's business.
LAYERS: Any = layers
LOSS: Any = losses
OPTIMISERS: Any = optimizers
SCHEDULE: Any = schedules
REGULARISATION: Any = regularisation
STOPPING: Any = stopping
WORDS = sorted({*CALLED_HERE, *ELSEWHERE, "nonsense_of_no_library"})


def refusal(make: Callable[[], object]) -> str:
    with pytest.raises(SpecError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: LAYERS.Dense(3, activation="relu"),
            "Dense: activation: there is no such setting, found 'relu' (activations are layers of their own, such as "
            "ReLU or Sigmoid, and come after the layer); Dense takes units, bias, weight_init, bias_init",
        ),
        (
            lambda: LAYERS.Dense(unit=3),
            "Dense: unit: there is no such setting, found 3 (perhaps units is meant); Dense takes units, ",
        ),
        (lambda: LAYERS.Dense(out_features=3), "there is no such setting, found 3 (here it is called units)"),
        (lambda: LAYERS.Dense(3, input_shape=(4,)), "(sizes of inputs follow from the layer before, and from Network("),
        (lambda: LAYERS.Conv2D(8, 3, strides=2), "(here it is called stride); Conv2D takes filters, "),
        (lambda: LAYERS.MaxPool2D(kernel_size=2), "(here it is called pool_size); MaxPool2D takes "),
        (lambda: LAYERS.LeakyReLU(alpha=0.1), "(here it is called slope); LeakyReLU takes slope"),
        (lambda: LAYERS.Dropout(p=0.1), "(here it is called rate); Dropout takes rate"),
        (lambda: LAYERS.Dropout(alpha=0.1), "(it is a setting of ELU); Dropout takes rate"),
        (lambda: LAYERS.ReLU(inplace=True), "ReLU takes no settings"),
        (lambda: OPTIMISERS.RMSprop(alpha=0.9), "(here it is called rho)"),
        (lambda: OPTIMISERS.Adam(lr=0.1), "(here it is called learning_rate); Adam takes learning_"),
        (lambda: OPTIMISERS.Adam(betas=(0.9, 0.99)), "(here they are two settings, beta1 and beta2 of Adam and AdamW)"),
        (lambda: OPTIMISERS.Adam(momentum=0.9), "(it is a setting of SGD)"),
        (lambda: OPTIMISERS.SGD(weight_decay=0.1), "(give the trainer a Penalty, such as Trainer("),
        (lambda: OPTIMISERS.AdamW(decay=0.1), "(here it is called weight_decay)"),
        (lambda: LOSS.CategoricalCrossEntropy(label_smoothing=0.1), "(here it is called smoothing)"),
        (lambda: SCHEDULE.Step(patience=3), "(it is a setting of Plateau); Step takes warmup, every, gamma, unit"),
        (lambda: SCHEDULE.OneCycle(max_steps=3), "(here it is called total)"),
        (lambda: SCHEDULE.Plateau(factor=0.5), "(here it is called gamma)"),
        (
            lambda: REGULARISATION.Clipping(max_norm=1),
            "max_norm: there is no such setting, found 1 (here it is called norm)",
        ),
        (lambda: REGULARISATION.Penalty(L2=1), "(perhaps l2 is meant); Penalty takes l1, l2, biases"),
        (lambda: STOPPING.EarlyStopping(patiense=2), "(perhaps patience is meant)"),
        (lambda: DATASETS["Moons"](noize=2), "noize: there is no such setting, found 2 (perhaps noise is meant)"),
        (lambda: LAYERS.Dense(3).with_changes(filters=2), "(it is a setting of Conv2D and ConvTranspose2D)"),
        (
            lambda: LAYERS.from_spec({"type": "Dense", "activation": "relu"}),
            "layer: Dense.activation: there is no such setting, found 'relu' (activations are layers of their own",
        ),
    ],
)
def test_what_people_bring_is_answered(make: Callable[[], object], text: str) -> None:
    assert text in refusal(make)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_class_says_what_it_takes_whatever_it_is_given(kind: type[Declared]) -> None:
    names = settings(kind)
    for word in WORDS:
        if word in names:
            continue
        text = refusal(lambda word=word: kind(**{word: 1}))
        assert text.startswith(f"{kind.__name__}: ")
        assert f"{word}: there is no such setting, found 1" in text
        assert text.endswith(f"; {kind.__name__} takes {', '.join(names) or 'no settings'}")
        assert "extra inputs" not in text.lower()
        for meant in re.findall(r"\(here it is called (\w+)\)|\(perhaps (\w+) is meant\)", text):
            assert "".join(meant) in names


def test_every_word_leads_somewhere() -> None:
    fields = {name for kind in KINDS for name in settings(kind)}
    for word, here in CALLED_HERE.items():
        assert here
        assert fields.issuperset(here), word
        # A word that is always a setting of its own would never be looked up.
        assert any(word not in settings(kind) and set(here) & set(settings(kind)) for kind in KINDS), word
    for word, sentence in ELSEWHERE.items():
        # The sentence stands in brackets, in a list that semicolons part.
        assert len(sentence) > 20, word
        assert not set(sentence[-1:]) & set(".;")
        assert ";" not in sentence
        for name in re.findall(r"\b([A-Z]\w+)\(", sentence):
            assert hasattr(engine, name) or name in SCHEDULES or name in {kind.__name__ for kind in KINDS}, name


def test_advice_that_is_code_runs() -> None:
    network = engine.Network([layers.Dense(3), layers.ReLU()], (4,), seed=1)
    network.frozen = frozenset({"dense_1"})
    engine.Trainer(network, penalty=Penalty(l2=0.001), clipping=Clipping(norm=1.0))
    engine.Trainer(network, schedule=Exponential(), class_weight="balanced")


LONG = [(kind, name) for kind in KINDS for name in settings(kind) if len(name) >= 5]


@given(pick=st.sampled_from(LONG), data=st.data())
def test_a_slip_of_the_pen_finds_the_setting(pick: tuple[type[Declared], str], data: st.DataObject) -> None:
    kind, name = pick
    place = data.draw(st.integers(0, len(name) - 2))
    slips = {
        "left out": name[:place] + name[place + 1 :],
        "doubled": name[: place + 1] + name[place:],
        "swapped": name[:place] + name[place + 1] + name[place] + name[place + 2 :],
        "capital": name.title().replace("_", ""),
    }
    slip = slips[data.draw(st.sampled_from(sorted(slips)))]
    if slip in settings(kind) or slip in CALLED_HERE or slip in ELSEWHERE:
        return
    found = re.search(r"\(perhaps (\w+) is meant\)", refusal(lambda: kind(**{slip: 1})))
    assert found is not None
    # Of two names that look alike, such as beta1 and beta2, either will do.
    assert found[1] == name or found[1][:-1] == name[:-1] or slip in found[1]


def test_several_are_told_at_once_and_the_list_comes_last() -> None:
    text = refusal(lambda: LAYERS.Conv2D(in_channels=3, out_channels=8, kernel_size=3))
    assert text.count("there is no such setting") == 2
    assert "out_channels: there is no such setting, found 8 (here it is called filters)" in text
    assert text.count("Conv2D takes") == 1
    many: Any = {f"thing_{number}": number for number in range(9)}
    text = refusal(lambda: LAYERS.Dense(**many))
    assert text.count("there is no such setting") == 5
    assert "; and 4 more; Dense takes units, " in text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: LAYERS.Dense(3, 4),
            "Dense: bias: input should be a valid boolean, found 4; by position, Dense takes units, bias, weight_init, "
            "bias_init",
        ),
        (
            lambda: LAYERS.Conv2D(8, "relu"),
            "Conv2D: kernel_size: input should be a valid integer or a valid tuple, found 'relu' (ReLU is a layer of "
            "its own); by position, Conv2D takes filters, kernel_size, stride, ",
        ),
        (
            lambda: LAYERS.Conv2D(8, 3, "same"),
            "Conv2D: stride: input should be a valid integer or a valid tuple, found 'same'; by position, Conv2D ",
        ),
        (lambda: OPTIMISERS.Adam(0.1, (0.9, 0.99)), "beta1: input should be a valid number, found (0.9, 0.99); by "),
        (lambda: LAYERS.Dense(3, 4, 5, 6, 7), "Dense takes at most 4 values (units, bias, weight_init, "),
    ],
)
def test_values_in_the_wrong_place_are_told_the_order(make: Callable[[], object], text: str) -> None:
    assert text in refusal(make)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: LAYERS.Dense("many"), "Dense: units: input should be a valid integer, found 'many'"),
        (lambda: LAYERS.Conv2D(kernel_size=0), "Conv2D: kernel_size: input should be greater than or equal to 1"),
        (lambda: LAYERS.Conv2D(kernel_size=(3, 0)), "Conv2D: kernel_size.1: input should be greater than or equal"),
        (lambda: LAYERS.Conv2D(kernel_size=(1, 2, 3)), "Conv2D: kernel_size: tuple should have at most 2 items"),
        (lambda: LAYERS.Conv2D(padding=-1), "Conv2D: padding: input should be greater than or equal to 0, found -1"),
        (
            lambda: LAYERS.Conv2D(padding="circular"),
            "Conv2D: padding: input should be 'valid', 'same' or 'full' or a valid integer, found 'circular'",
        ),
    ],
)
def test_a_field_of_several_types_has_one_sentence(make: Callable[[], object], text: str) -> None:
    found = refusal(make)
    assert found.startswith(text)
    assert ";" not in found
