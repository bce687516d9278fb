"""Frozen layers: unchanged by training, and no dearer than they must be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import DivergedError, Network, SpecError, Trainer, layers, losses, optimizers
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.optimizers import OPTIMIZERS, Optimizer
from engine.regularisation import Clipping, Penalty
from tests.engine.cases import Case, each_case


def network() -> Network:
    chain = [
        layers.Dense(units=6),
        layers.BatchNorm(),
        layers.Tanh(),
        layers.Dense(units=5),
        layers.Dropout(rate=0.2),
        layers.Tanh(),
        layers.Dense(units=1),
    ]
    return Network(chain, (3,), seed=0)


def samples() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).uniform(-1, 1, (40, 3)).astype(np.float32)
    return x, x[:, :1] * x[:, 1:2]


def copies(net: Network) -> dict[str, np.ndarray]:
    return {name: array.copy() for name, array in net.arrays.items()}


def changed(net: Network, before: dict[str, np.ndarray]) -> set[str]:
    return {name.split(".")[0] for name, array in net.arrays.items() if not np.array_equal(array, before[name])}


@pytest.mark.parametrize("optimizer", [*(kind() for kind in OPTIMIZERS.values()), optimizers.SGD(0.1, momentum=0.9)])
@pytest.mark.parametrize("frozen", [("dense_1", "batchnorm_1"), ("dense_2",), ("dense_1", "dense_3"), ("tanh_1",)])
def test_frozen_layers_do_not_change(optimizer: Optimizer, frozen: tuple[str, ...]) -> None:
    net = network()
    trainer = Trainer(net, optimizer=optimizer, batch_size=8, seed=0, penalty=Penalty(l2=0.1, biases=True))
    # Momentum that was gathered before must not move them either.
    trainer.fit(*samples(), 2)
    net.freeze(*frozen)
    assert net.frozen == frozenset(frozen)
    before = copies(net)
    trainer.fit(*samples(), 2)
    assert changed(net, before) == {"dense_1", "batchnorm_1", "dense_2", "dense_3"} - set(frozen)
    before = copies(net)
    net.unfreeze(frozen[0])
    trainer.fit(*samples(), 1)
    assert changed(net, before) == {"dense_1", "batchnorm_1", "dense_2", "dense_3"} - set(frozen[1:])


def test_the_other_layers_learn_as_if_nothing_was_frozen() -> None:
    # Plain gradient descent on the last layer alone is the same, whether the others are held or put back by hand.
    held, free = network(), network()
    held.freeze("dense_1", "batchnorm_1", "dense_2")
    kept = copies(free)
    chain = [Trainer(net, optimizer=optimizers.SGD(0.1), batch_size=40, seed=0) for net in (held, free)]
    for trainer in chain:
        trainer.load(*samples())
    chain[0].step()
    chain[1].step()
    # A frozen BatchNorm computes as it is used; so only what follows from the same numbers is compared.
    assert changed(held, kept) == {"dense_3"}
    plain = Network([layers.Dense(units=4), layers.Tanh(), layers.Dense(units=2), layers.Dense(units=1)], (3,), seed=0)
    twin = plain.copy()
    plain.freeze("dense_2")
    for net in (plain, twin):
        Trainer(net, optimizer=optimizers.SGD(0.1), batch_size=40, shuffle=False, seed=0).fit(*samples(), 1)
    for name in ("dense_1.weight", "dense_1.bias", "dense_3.weight", "dense_3.bias"):
        np.testing.assert_array_equal(plain.arrays[name], twin.arrays[name])
    assert not np.array_equal(plain.arrays["dense_2.weight"], twin.arrays["dense_2.weight"])


def test_what_lies_wholly_before_is_not_differentiated() -> None:
    net = network()

    def operations() -> int:
        return len(net.plan(8, training=True, loss=trainer.loss, gradients=True, frozen=net.frozen)._backward)

    trainer = Trainer(net, seed=0)
    whole = operations()
    net.freeze("dense_2")
    assert operations() == whole
    net.freeze("dense_1", "batchnorm_1")
    assert operations() == 1
    net.freeze("dense_3")
    assert operations() == 0
    before = net.state_vector.copy()
    trainer.fit(*samples(), 1)
    np.testing.assert_array_equal(net.state_vector, before)


def test_no_gradient_is_computed_that_nobody_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Network([layers.Dense(units=units) for units in (7, 6, 5, 4)], (3,), seed=0)
    asked: dict[int, tuple[bool, bool]] = {}
    bind = layers.Dense.bind

    def noting(layer: layers.Dense, context: BindContext) -> tuple[Operation, Operation]:
        if context.output_gradient is not None:
            asked[layer.units] = bool(context.gradients), context.input_gradient is not None
        return bind(layer, context)

    monkeypatch.setattr(layers.Dense, "bind", noting)

    def wanted(*frozen: str) -> dict[int, tuple[bool, bool]]:
        """Of each layer with a backward pass, by its units: if it computes its own gradients, and its input's."""
        asked.clear()
        net.plan(2, loss=losses.get("mse"), gradients=True, frozen=frozenset(frozen))
        return dict(asked)

    assert wanted() == {7: (True, False), 6: (True, True), 5: (True, True), 4: (True, True)}
    assert wanted("dense_2", "dense_4") == {7: (True, False), 6: (False, True), 5: (True, True), 4: (False, True)}
    assert wanted("dense_1", "dense_3") == {6: (True, False), 5: (False, True), 4: (True, True)}
    assert wanted("dense_1", "dense_2", "dense_3") == {4: (True, False)}


@pytest.mark.parametrize(
    "convolution",
    [
        layers.Conv2D(16, 3, padding="same"),
        layers.Conv2D(16, 3, padding="same", groups=2),
        layers.Conv2D(16, 3, padding="same", bias="per_position"),
        layers.Conv2D(16, 3, stride=2, padding=1, bias="none"),
        layers.ConvTranspose2D(16, 3, stride=2),
    ],
    ids=lambda layer: layer.type_name() + repr(layer.summary()),
)
@pytest.mark.parametrize("samples", [2, 96])
def test_the_layers_before_a_frozen_convolution_learn_the_same(convolution: layers.Layer, samples: int) -> None:
    """Of few samples it is computed in one part, of many in several; gradients in front are the same bit for bit."""
    net = Network([layers.Conv2D(8, 3), layers.ReLU(), convolution, layers.GlobalAvgPool2D()], (3, 14, 14), seed=0)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, 3, 14, 14)).astype(np.float32)
    y = rng.normal(size=(samples, 16)).astype(np.float32)
    name = list(net.layers)[2]
    found = []
    for frozen in (frozenset(), frozenset([name])):
        plan = net.plan(samples, loss=losses.get("mse"), gradients=True, frozen=frozen)
        np.copyto(plan.input_rows, x)
        np.copyto(plan.target_rows, y)
        net.gradient_vector.fill(0)
        for _ in range(2):
            plan.run_gradients()
        found.append(net.gradient_vector.copy())
    free, held = found
    assert free.all()
    for place in net.places[name].values():
        assert not held[place].any()
        held[place] = free[place]
    np.testing.assert_array_equal(held, free)


def test_a_frozen_batch_norm_computes_as_it_is_used() -> None:
    net = Network([layers.BatchNorm(), layers.Dense(units=1)], (3,), seed=0)
    Trainer(net, seed=0).fit(*samples(), 3)
    net.freeze("batchnorm_1")
    trainer = Trainer(net, optimizer=optimizers.SGD(0.1), batch_size=40, seed=0)
    trainer.load(*samples())
    expected = trainer.evaluate(*samples())["loss"]
    assert trainer.step() == pytest.approx(expected, rel=1e-5)


def test_all_gradients_can_be_asked_for_all_the_same() -> None:
    net, twin = network(), network()
    net.freeze("dense_1")
    trainer, other = (Trainer(it, optimizer=optimizers.SGD(0.1), batch_size=8, seed=0) for it in (net, twin))
    twin.freeze("dense_1")
    # Asking in between has no influence, not even on the length by which gradients are clipped.
    for it in (trainer, other):
        it.clipping = Clipping(norm=0.01)
        it.load(*samples())
    for _ in range(5):
        gradients = net.gradients(*samples())[1]
        assert np.abs(gradients["dense_1.weight"]).max() > 0
        trainer.step()
        other.step()
    np.testing.assert_array_equal(net.state_vector, twin.state_vector)


def test_a_resumed_run_keeps_them_frozen(tmp_path: Path) -> None:
    through = Trainer(network(), optimizer=optimizers.Adam(0.01), batch_size=8, seed=0)
    through.load(*samples())
    through.step()
    through.network.freeze("dense_1", "batchnorm_1")
    through.step()
    through.save(tmp_path / "run.safetensors")
    resumed = Trainer(network(), optimizer=optimizers.Adam(0.01), batch_size=8, seed=0)
    resumed.network.freeze("dense_3")
    resumed.resume(tmp_path / "run.safetensors")
    resumed.load(*samples())
    assert [through.step() for _ in range(9)] == [resumed.step() for _ in range(9)]
    np.testing.assert_array_equal(through.network.state_vector, resumed.network.state_vector)
    assert resumed.network.frozen == {"dense_1", "batchnorm_1"}
    resumed.network.unfreeze()
    assert resumed.network.frozen == frozenset()


def test_divergence_is_found_behind_frozen_layers() -> None:
    net = network()
    net.freeze("dense_1", "batchnorm_1")
    net.parameters["dense_2.bias"][0] = np.nan
    with pytest.raises(DivergedError) as caught:
        Trainer(net, seed=0).fit(*samples())
    assert caught.value.where == "dense_2"


def test_unknown_layers_are_refused_by_name() -> None:
    net = network()
    for call in (net.freeze, net.unfreeze):
        with pytest.raises(SpecError, match=r"no layer 'dense_9'; choose from dense_1, batchnorm_1"):
            call("dense_1", "dense_9")
    assert net.frozen == frozenset()


@each_case(only=lambda case: case.network().parameter_count)
def test_every_layer_passes_gradients_on_while_it_is_frozen(case: Case) -> None:
    net = case.network()
    x = case.samples()
    y = np.random.default_rng(1).standard_normal((len(x), *net.output_shape))
    expected = net.gradients(x, y, input_gradient=True)[1]["input"]
    net.freeze(*net.layers)
    plan = net.plan(len(x), loss=losses.get("mse"), gradients=True, want_input_gradient=True, frozen=net.frozen)
    np.copyto(plan.input_rows, x)
    np.copyto(plan.target_rows, y)
    plan.run_gradients()
    assert plan.input_gradient is not None
    np.testing.assert_array_equal(np.moveaxis(plan.input_gradient, -1, 0), expected)
    assert not net.gradient_vector.any()


def test_steps_write_into_no_memory_but_their_own() -> None:
    """What a plan with frozen layers computes for itself must not lie in memory that was given away."""
    chain = [layers.Dense(units=units) for units in (64, 128, 1)]
    net = Network(chain, (8,), seed=0)
    net.freeze("dense_2")
    x = np.ones((64, 8), np.float32)
    trainer = Trainer(net, losses.MeanSquaredError(), optimizers.SGD(learning_rate=1e-6), batch_size=16)
    trainer.load(x, x[:, :1] * 5)
    trainer.step()
    # Of the size of what a step writes: each would be given memory that is free.
    others = [np.zeros(64 * 128, np.float32) for _ in range(20)]
    trainer.step()
    assert not any(other.any() for other in others)
