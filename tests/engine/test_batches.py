"""Division of an epoch into batches, and BatchNorm's running statistics with remainders."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Network, SpecError, Trainer, layers, optimizers
from engine.training.batch_order import Walk, batch_sizes, batches

MOMENTUM = 0.1
# Samples and batch size: remainders of one, two, three and more; many batches and few; the smallest batches there are.
REMAINDERS = [(33, 32), (65, 64), (34, 32), (35, 32), (50, 16), (100, 64), (129, 64), (1001, 32), (17, 16), (64, 32)]
EACH_REMAINDER = pytest.mark.parametrize(("samples", "most"), REMAINDERS, ids=lambda each: str(each))


def taken(samples: int, most: int, *, even: bool) -> list[int]:
    """The sizes of one epoch's batches, after a check that they hold each sample once and in the epoch's order."""
    walk = Walk(0, shuffle=True, even=even)
    walk.begin(samples)
    found, done = [], False
    while not done:
        found.append(walk.batch(most))
        done = walk.advance(len(found[-1]))
    np.testing.assert_array_equal(np.concatenate(found), walk.order)
    np.testing.assert_array_equal(np.sort(walk.order), np.arange(samples))
    return [len(each) for each in found]


def test_usual_batches_are_full_but_for_the_last() -> None:
    assert taken(33, 32, even=False) == [32, 1]
    assert taken(100, 32, even=False) == [32, 32, 32, 4]
    assert taken(3, 8, even=False) == [3]


def test_even_batches_share_out_what_would_remain() -> None:
    assert taken(33, 32, even=True) == [17, 16]
    assert taken(50, 16, even=True) == [13, 13, 12, 12]
    assert taken(96, 32, even=True) == [32, 32, 32]
    assert taken(3, 8, even=True) == [3]
    assert taken(5, 2, even=True) == [3, 2]
    assert taken(3, 1, even=True) == [1, 1, 1], "as asked for"


@given(samples=st.integers(1, 400), most=st.integers(1, 70), even=st.booleans())
def test_what_is_foretold_of_batches_is_what_they_are(samples: int, most: int, even: bool) -> None:
    sizes = taken(samples, most, even=even)
    assert len(sizes) == batches(samples, most, even=even)
    assert tuple(dict.fromkeys(sizes)) == batch_sizes(samples, most, even=even)
    if even:
        assert max(sizes) - min(sizes) <= 1
        assert max(sizes) <= max(most, 3 if most == 2 else 1)
        assert min(sizes) > 1 or most == 1 or samples == 1
        # No more steps than usual, and no fewer unless pairs leave one over.
        assert batches(samples, most) - len(sizes) == (most == 2 and samples % 2 == 1 and samples > 1)


@given(samples=st.integers(2, 200), first=st.integers(1, 40), then=st.integers(2, 40), steps=st.integers(1, 5))
def test_another_batch_size_in_the_middle_leaves_no_sample_alone(
    samples: int, first: int, then: int, steps: int
) -> None:
    walk = Walk(0, shuffle=True, even=True)
    walk.begin(samples)
    seen = []
    for _ in range(steps):
        seen.append(walk.batch(first))
        if walk.advance(len(seen[-1])):
            return
    done = False
    while not done:
        seen.append(walk.batch(then))
        assert len(seen[-1]) > 1
        done = walk.advance(len(seen[-1]))
    assert set(np.concatenate(seen)) == set(range(samples))


def test_only_networks_that_mix_samples_have_even_batches() -> None:
    x, y = np.zeros((33, 3)), np.zeros((33, 1))
    for layer, sizes in ((layers.LayerNorm(), {32, 1}), (layers.BatchNorm(), {17, 16})):
        network = Network([layers.Dense(4), layer, layers.Dropout(), layers.Dense(1)], (3,), seed=0)
        trainer = Trainer(network, batch_size=32, seed=0)
        trainer.fit(x, y, epochs=2)
        assert network._plans.sizes == sizes
        assert trainer.steps == 4 == 2 * trainer.steps_per_epoch


STILL = optimizers.SGD(learning_rate=1e-12)


def running(x: np.ndarray, most: int, steps: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Running mean and variance of a BatchNorm that looks at the data themselves, after about so many steps."""
    network = Network([layers.BatchNorm(momentum=MOMENTUM), layers.Flatten(), layers.Dense(1)], x.shape[1:], seed=0)
    trainer = Trainer(network, optimizer=STILL, batch_size=most, seed=0)
    trainer.fit(x, np.zeros((len(x), 1)), epochs=math.ceil(steps / batches(len(x), most)))
    return network.arrays["batchnorm_1.mean"], network.arrays["batchnorm_1.variance"]


@EACH_REMAINDER
def test_running_statistics_of_rows_are_those_of_the_data(samples: int, most: int) -> None:
    """An exponential average over batches of n samples spreads sqrt(m / (2 - m)) as much as one batch does.

    A batch's mean spreads by s / sqrt(n), and its unbiased variance, of normal numbers, by s^2 sqrt(2 / (n - 1)). Both
    bounds are generous, since the batches of an epoch have all samples between them.
    """
    channels = 64
    rng = np.random.default_rng(samples)
    x = rng.normal(rng.uniform(-5, 5, channels), rng.uniform(0.5, 4, channels), (samples, channels))
    mean, variance = running(x, most)
    smallest = min(batch_sizes(samples, most, even=True))
    averaging = math.sqrt(MOMENTUM / (2 - MOMENTUM))
    ratio, off = variance / x.var(axis=0, ddof=1), (mean - x.mean(axis=0)) / x.std(axis=0)
    assert ratio.std() < averaging * math.sqrt(2 / (smallest - 1))
    assert off.std() < averaging / math.sqrt(smallest)
    # Neither is off to one side: the mean over the channels is 8 times as exact.
    assert ratio.mean() == pytest.approx(1, abs=4 * averaging * math.sqrt(2 / (smallest - 1)) / math.sqrt(channels))
    assert off.mean() == pytest.approx(0, abs=4 * averaging / math.sqrt(smallest * channels))


@EACH_REMAINDER
def test_running_statistics_of_pictures_are_those_of_the_data(samples: int, most: int) -> None:
    """Half of the spread is between pictures, of which a batch of n sees 1 - 1/n: that much may be missing."""
    channels = 32
    rng = np.random.default_rng(samples)
    x = rng.standard_normal((samples, channels, 1, 1)) + rng.standard_normal((samples, channels, 4, 4))
    mean, variance = running(x, most)
    ratio = variance / x.var(axis=(0, 2, 3), ddof=1)
    smallest = min(batch_sizes(samples, most, even=True))
    assert 1 - 1 / smallest < ratio.mean() < 1.02
    assert ratio.std() < 0.05
    assert np.abs(mean - x.mean(axis=(0, 2, 3))).max() < 0.1


@EACH_REMAINDER
def test_a_trained_network_is_no_worse_in_use_than_in_training(samples: int, most: int) -> None:
    behind = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 3, samples)
        x = 3 * (rng.standard_normal((samples, 4)) + 2 * np.eye(3, 4)[y]) + 2
        hidden = [each for _ in range(2) for each in (layers.Dense(16), layers.BatchNorm(), layers.ReLU())]
        network = Network([*hidden, layers.Dense(3), layers.Softmax()], (4,), seed=seed)
        trainer = Trainer(network, "categorical_cross_entropy", optimizers.Adam(0.003), most, seed=seed)
        trainer.fit(x, y, epochs=300 // batches(samples, most))
        used = trainer.evaluate(x, y)["accuracy"]
        plan = network.plan(samples, training=True)
        plan.input_rows[...] = x
        plan.run_forward()
        behind.append(float((plan.output.argmax(axis=0) == y).mean()) - used)
    # A sample at the border of two classes may fall to either side.
    assert max(behind) < 1.5 / samples
    assert np.mean(behind) < 0.75 / samples


def normalised(*shape: int, batch: int = 8, **settings: Any) -> Trainer:
    chain = [layers.BatchNorm(), layers.Flatten(), layers.Dense(6), layers.BatchNorm(), layers.Tanh()]
    network = Network([*chain, layers.Dense(2), layers.Softmax()], shape, seed=0)
    return Trainer(network, "categorical_cross_entropy", optimizers.Adam(0.01), batch, seed=0, **settings)


def labelled(samples: int, *shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.standard_normal((samples, *shape)), rng.integers(0, 2, samples)


@pytest.mark.parametrize("class_weight", [None, {0: 1, 1: 5}])
@pytest.mark.parametrize("steps", [1, 3, 5, 8])
def test_a_run_taken_up_in_the_middle_of_an_epoch_goes_on_with_the_same_batches(
    steps: int, class_weight: dict[int, float] | None
) -> None:
    x, y = labelled(33, 3)
    through, other = (normalised(3, class_weight=class_weight) for _ in range(2))
    through.load(x, y)
    for _ in range(steps):
        through.step()
    other.restore(through.state())
    other.load(x, y)
    for _ in range(12):
        assert through.step() == other.step()
    np.testing.assert_array_equal(through.network.state_vector, other.network.state_vector)
    assert through.epoch == other.epoch
    assert through.history == other.history


def test_a_sample_that_an_older_run_left_alone_is_joined_by_the_one_before_it() -> None:
    x, y = labelled(33, 3)
    trainer = normalised(3, batch=32)
    trainer.load(x, y)
    trainer.step()
    state = trainer.state()
    trainer.restore(replace(state, info={**state.info, "position": 32}))
    before = trainer.network.arrays["batchnorm_1.variance"].copy()
    order = state.arrays["order"]
    trainer.step()
    assert trainer.epoch == 1
    pair = x[order[-2:]].var(axis=0, ddof=1)
    np.testing.assert_allclose(trainer.network.arrays["batchnorm_1.variance"], 0.9 * before + 0.1 * pair, rtol=1e-4)


def test_a_single_number_for_each_channel_is_refused() -> None:
    x, y = labelled(6, 3)
    one = normalised(3, batch=1)
    with pytest.raises(SpecError, match=r"^batchnorm_1: .*holds a single one.*at least 2 samples") as caught:
        one.load(x, y)
    assert caught.value.where == "batchnorm_1"
    trainer = normalised(3, batch=4)
    with pytest.raises(SpecError, match="single"):
        trainer.load(x[:1], y[:1])
    trainer.load(x, y)
    with pytest.raises(SpecError, match="single"):
        trainer.batch_size = 1
    assert trainer.batch_size == 4
    # What is frozen computes with what it remembers; once it learns again, that is too few.
    trainer.network.freeze("batchnorm_1", "batchnorm_2")
    trainer.batch_size = 1
    trainer.step()
    trainer.network.unfreeze()
    kept = trainer.network.state_vector.copy()
    with pytest.raises(SpecError, match="single"):
        trainer.step()
    np.testing.assert_array_equal(trainer.network.state_vector, kept)


def test_a_single_picture_is_enough() -> None:
    network = Network([layers.BatchNorm(), layers.Flatten(), layers.Dense(2), layers.Softmax()], (3, 4, 4), seed=0)
    trainer = Trainer(network, "categorical_cross_entropy", batch_size=1, seed=0)
    x, y = labelled(5, 3, 4, 4)
    trainer.fit(x, y, epochs=20)
    assert trainer.steps == 100 == 20 * trainer.steps_per_epoch
    # One picture tells nothing of how much pictures differ, but all of how its own numbers do.
    assert (network.arrays["batchnorm_1.variance"] > 0.5).all()


def test_one_number_says_nothing_of_the_variance() -> None:
    network = Network([layers.BatchNorm(), layers.Dense(1)], (2,), seed=0)
    plan = network.plan(1, training=True)
    plan.input_rows[...] = [[3.0, -5.0]]
    plan.run_forward()
    np.testing.assert_array_equal(network.arrays["batchnorm_1.variance"], [1, 1])
    np.testing.assert_allclose(network.arrays["batchnorm_1.mean"], [0.3, -0.5], rtol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize(("samples", "most"), [(33, 32), (34, 32), (50, 16), (5, 2)])
@pytest.mark.parametrize("shape", [(4,), (4, 3, 3)])
def test_on_the_same_batches_running_statistics_are_those_of_pytorch(
    samples: int, most: int, shape: tuple[int, ...]
) -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    chain = [layers.BatchNorm(), layers.Flatten(), layers.Dense(2), layers.Softmax()]
    network = Network(chain, shape, seed=0, dtype=np.float64)
    kind = torch.nn.BatchNorm1d if len(shape) == 1 else torch.nn.BatchNorm2d
    dense = torch.nn.Linear(math.prod(shape), 2, dtype=torch.float64)
    dense.weight.data = torch.tensor(network.parameters["dense_1.weight"].T.copy())
    dense.bias.data = torch.tensor(network.parameters["dense_1.bias"].copy())
    norm = kind(4, dtype=torch.float64)
    twin = torch.nn.Sequential(norm, torch.nn.Flatten(), dense)
    stepper = torch.optim.SGD(twin.parameters(), 0.1)
    x, y = labelled(samples, *shape)
    trainer = Trainer(network, "categorical_cross_entropy", optimizers.SGD(0.1), most, seed=0)
    trainer.load(x, y)
    for epoch in range(10):
        order, start = trainer.state().arrays["order"], 0
        while trainer.epoch == epoch:
            trainer.step()
        for size in taken(samples, most, even=True):
            chosen = torch.tensor(order[start : start + size])
            start += size
            stepper.zero_grad()
            torch.nn.functional.cross_entropy(twin(torch.tensor(x)[chosen]), torch.tensor(y)[chosen]).backward()
            stepper.step()
        np.testing.assert_allclose(network.arrays["batchnorm_1.mean"], norm.running_mean, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(network.arrays["batchnorm_1.variance"], norm.running_var, rtol=1e-6)
    np.testing.assert_allclose(network.parameters["dense_1.weight"], dense.weight.detach().T, rtol=1e-6, atol=1e-9)
    twin.eval()
    shares = torch.softmax(twin(torch.tensor(x)), dim=1).detach()
    np.testing.assert_allclose(network.predict(x), shares, rtol=1e-5)


@pytest.mark.peers
def test_pytorch_refuses_a_single_number_for_each_channel_too() -> None:
    torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        torch.nn.BatchNorm1d(3)(torch.zeros(1, 3))
    torch.nn.BatchNorm2d(3)(torch.zeros(1, 3, 2, 2))
