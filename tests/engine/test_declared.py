"""Declarations and errors, from which forms and messages are made."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable

import pytest

import engine
from engine import EngineError, Fix, ShapeError, SpecError, layers, optimizers
from engine.data import DATASETS
from engine.declared import describe
from engine.layers import REGISTRY
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.regularisation import Clipping, Penalty
from engine.schedules import SCHEDULES
from engine.training.early_stopping import EarlyStopping


def test_describe_says_what_a_form_needs() -> None:
    fields = {field.name: field for field in describe(layers.Conv2D)}
    assert list(fields)[:3] == ["filters", "kernel_size", "stride"]
    assert "type" not in fields
    filters = fields["filters"]
    assert (filters.kind, filters.default, filters.minimum, filters.maximum) == ("int", 8, 1, 4096)
    assert filters.title == "Filters"
    assert filters.help.endswith(".")
    assert fields["padding"].kind == "choice_or_int"
    assert fields["padding"].choices == ("valid", "same", "full")
    assert fields["kernel_size"].kind == "shape"
    assert fields["bias"].kind == "choice"
    assert describe(layers.Dense)[1].kind == "bool"
    pool = {field.name: field for field in describe(layers.MaxPool2D)}
    assert pool["stride"].optional
    rate = describe(layers.Dropout)[0]
    assert (rate.kind, rate.minimum, rate.maximum) == ("float", 0, 1)
    slope = describe(layers.LeakyReLU)[0]
    assert slope.step == 0.01
    assert {field.name: field.kind for field in describe(optimizers.SGD)} == {
        "learning_rate": "float",
        "momentum": "float",
        "nesterov": "bool",
    }


def test_settings_may_be_given_by_position() -> None:
    assert layers.Conv2D(5, 3, 2) == layers.Conv2D(filters=5, kernel_size=3, stride=2)
    assert optimizers.SGD(0.3).learning_rate == 0.3
    with pytest.raises(SpecError, match=r"at most 0 values .*found 1"):
        layers.Flatten(3)
    with pytest.raises(SpecError, match="units is given twice"):
        layers.Dense(3, units=4)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: layers.Dense(units=0), "Dense: units: input should be greater than or equal to 1, found 0"),
        (lambda: layers.Dense(units="many"), "Dense: units: .*found 'many'"),
        (lambda: layers.Dropout(rate=1), "Dropout: rate: input should be less than 1, found 1"),
        (lambda: layers.Conv2D(padding="some"), "Conv2D: padding"),
        (lambda: layers.Conv2D(kernel_size=(3, 0)), "Conv2D: kernel_size"),
        (
            lambda: layers.Dense(unit=3),
            r"Dense: there is no setting 'unit' \(did you mean units\?\)\. Dense takes units, bias",
        ),
        (lambda: layers.Reshape(shape=()), "at least one size"),
        (lambda: layers.Reshape(shape=(0, 3)), "every size must be 1 or more"),
        (lambda: layers.Reshape(shape=(-1, -1)), "only one size may be -1"),
    ],
)
def test_wrong_settings_are_refused_with_field_and_value(make: Callable[[], object], text: str) -> None:
    with pytest.raises(SpecError, match=text):
        make()


def test_changes_are_checked() -> None:
    dense = layers.Dense(units=3)
    assert dense.with_changes(units=5) == layers.Dense(units=5)
    assert dense.units == 3
    with pytest.raises(SpecError, match="units"):
        dense.with_changes(units=-1)


def test_errors_say_where() -> None:
    error = ShapeError("It does not fit.", fix=Fix("Insert Flatten", insert=(layers.Flatten(),)))
    assert str(error) == "It does not fit."
    assert str(error.at("dense_1")) == "dense_1: It does not fit."
    assert str(error.at("other")) == "dense_1: It does not fit."
    assert isinstance(error, EngineError)
    for kind in (engine.ShapeError, engine.SpecError, engine.DataError, engine.DivergedError):
        assert issubclass(kind, engine.EngineError)


def test_declarations_can_be_handed_to_other_processes() -> None:
    for layer in (layers.Conv2D(3, padding=2), layers.Dense(4)):
        assert pickle.loads(pickle.dumps(layer)) == layer


def test_importing_the_engine_is_light() -> None:
    code = (
        "import sys, engine\n"
        "names = ('PySide6', 'shiboken6', 'pyqtgraph', 'torch', 'requests')\n"
        "heavy = [m for m in sys.modules if m.split('.')[0] in names"
        " or m.startswith(('scipy.signal', 'scipy.special', 'nnstudio'))]\n"
        "print(heavy)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_optional_setting_says_what_it_means_to_have_no_value() -> None:
    registries = (REGISTRY, DATASETS, LOSSES, OPTIMIZERS, SCHEDULES)
    kinds = [Clipping, Penalty, EarlyStopping, *(kind for registry in registries for kind in registry.values())]
    fields = [field for kind in kinds for field in describe(kind) if field.optional]
    assert fields
    assert [field.name for field in fields if not field.none] == []
