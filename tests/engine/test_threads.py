"""Threads: large operations run in parallel with thread-independent results."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from engine import Network, SpecError, gradcheck, layers, losses
from engine.backends.numpy import conv_rows, threads
from engine.layers import convolution
from tests.engine.cases import Case, each_case


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before, libraries = threads.count(), [(library, library.num_threads) for library in threads._blas()]
    yield
    threads.use(before)
    for library, number in libraries:
        library.set_num_threads(number)


@pytest.fixture(params=["rows", "patches"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The two ways to compute a convolution, whichever would be quicker."""
    least = 1 if request.param == "rows" else 1 << 40
    monkeypatch.setattr(conv_rows, "_LEAST", least)
    return str(request.param)


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small convolutions are divided too, into blocks of one line."""
    monkeypatch.setattr(threads, "DIVIDED", 1)
    monkeypatch.setattr(convolution, "BLOCK", 1)


SHAPES = [
    {"kernel_size": 3},
    {"kernel_size": 5, "padding": "same"},
    {"kernel_size": 3, "stride": 2, "padding": 1},
    {"kernel_size": 3, "dilation": 3, "padding": "full"},
    {"kernel_size": (1, 3), "stride": (3, 1)},
    {"kernel_size": 2, "stride": 3},
    {"kernel_size": 5, "groups": 2, "bias": "per_position"},
    {"kernel_size": 9, "bias": "none"},
]


def _network(settings: dict[str, object], size: int = 13, dtype: type = np.float32) -> Network:
    chain = [
        layers.Conv2D(filters=4, kernel_size=2),
        layers.Conv2D(filters=6, **settings),
        layers.Flatten(),
        layers.Dense(3),
    ]
    return Network(chain, (2, size, size), seed=1, dtype=dtype)


def _gradients(network: Network, samples: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((samples, *network.input_shape)), rng.standard_normal((samples, 3))
    _, gradients = network.gradients(x, y, input_gradient=True)
    return list(gradients.values())


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("kept", [0, 1 << 22])
@pytest.mark.parametrize("settings", SHAPES, ids=str)
def test_parts_of_a_convolution_add_up_to_it(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], kept: int, way: str
) -> None:
    monkeypatch.setattr(convolution, "KEPT", kept)
    calls: list[int] = []
    run = threads.run

    def counted(parts: Sequence[Callable[[], None]]) -> None:
        calls.append(len(parts))
        run(parts)

    monkeypatch.setattr(threads, "run", counted)
    before = len(calls)
    network = _network(settings)
    parted = _gradients(network)
    assert max(calls[before:]) > 1
    monkeypatch.setattr(threads, "DIVIDED", 1 << 40)
    network.release()
    before = len(calls)
    whole = _gradients(network)
    assert max(calls[before:]) == 1
    for one, other in zip(whole, parted, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-5)


@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize("settings", SHAPES[:4], ids=str)
def test_parts_have_the_right_gradients(settings: dict[str, object], way: str) -> None:
    network = _network(settings, size=7, dtype=np.float64)
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, *network.input_shape)), rng.standard_normal((2, 3))
    assert gradcheck.check(network, x, y, loss="mse").worst < 1e-6


@pytest.mark.parametrize("settings", SHAPES[:3], ids=str)
def test_the_number_of_threads_changes_no_bit(settings: dict[str, object], way: str) -> None:
    results = []
    for count in (1, 2, 3):
        threads.use(count)
        network = Network(
            [
                layers.Conv2D(filters=16, kernel_size=3),
                layers.Conv2D(48, **settings),
                layers.Flatten(),
                layers.Dense(3),
            ],
            (3, 28, 28),
            seed=0,
        )
        assert network.plan(32).divided
        results.append(_gradients(network, 32))
    for other in results[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(results[0], other, strict=True))


def _wide(samples: int) -> Network:
    """Both Dense layers are cut: 640 x 1100 x 128 and more multiply-adds; 1100 rows do not come out even."""
    chain = [layers.Dense(1100), layers.Tanh(), layers.Dense(700), layers.Tanh(), layers.Dense(3)]
    network = Network(chain, (640,), seed=0)
    assert network.plan(samples).divided
    assert 1100 * 640 * samples > threads.DIVIDED
    return network


def test_the_number_of_threads_changes_no_bit_of_a_wide_dense_layer() -> None:
    results = []
    for count in (1, 2, 3, 4):
        threads.use(count)
        results.append(_gradients(_wide(128), 128))
    for other in results[1:]:
        assert all(np.array_equal(one, two) for one, two in zip(results[0], other, strict=True))


def test_parts_of_a_wide_dense_layer_add_up_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    parted = _gradients(_wide(128), 128)
    network = _wide(128)
    monkeypatch.setattr(threads, "DIVIDED", 1 << 40)
    network.release()
    for one, other in zip(_gradients(network, 128), parted, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("samples", [64, 128, 500])
def test_a_step_of_a_wide_dense_layer_copies_no_matrix(samples: int) -> None:
    """A product of slices that makes copies of the weights takes several times as long as the product itself."""
    threads.use(1)
    plan = _wide(samples).plan(samples, training=True, loss=losses.get("mse"), gradients=True)
    plan.run_gradients()
    tracemalloc.start()
    plan.run_gradients()
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 100_000, "a copy of the smallest slice of weights takes 450,000"


def test_parts_run_at_the_same_time() -> None:
    """Each waits until the other is there; one after the other they would wait for ever."""
    threads.use(2)
    barrier = threading.Barrier(2, timeout=10)
    threads.run([barrier.wait, barrier.wait])
    assert not barrier.broken


def test_one_thread_runs_parts_in_turn_and_in_its_own() -> None:
    threads.use(1)
    seen: list[threading.Thread] = []
    threads.run([lambda: seen.append(threading.current_thread())] * 3)
    assert seen == [threading.current_thread()] * 3


def test_an_error_in_a_part_comes_out() -> None:
    threads.use(2)

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        threads.run([fail, fail])


def test_blas_is_left_as_it_was() -> None:
    threads.use(2)
    libraries = threads._blas()
    before = [library.num_threads for library in libraries]
    assert libraries
    with threads.own():
        assert all(library.num_threads == 1 for library in libraries)
    assert [library.num_threads for library in libraries] == before


def test_of_two_blas_only_that_of_numpy_keeps_its_threads() -> None:
    second = threads._second_blas()
    assert all("numpy.libs" not in library.filepath for library in second)
    first = [library for library in threads._blas() if library not in second]
    assert first
    for library in threads._blas():
        library.set_num_threads(2)
    with threads.one_blas():
        assert [library.num_threads for library in second] == [1] * len(second)
        assert [library.num_threads for library in first] == [2] * len(first)
    assert [library.num_threads for library in second] == [2] * len(second)


@pytest.mark.parametrize("number", [0, -1, 1.5, "2", 5000, None])
def test_a_bad_number_of_threads_is_refused(number: object) -> None:
    with pytest.raises(SpecError, match="number of threads"):
        threads.use(number)  # type: ignore[arg-type]
    assert threads.count() >= 1


@each_case()
@pytest.mark.parametrize("training", [False, True])
def test_slices_of_channels_add_up_to_the_layer(monkeypatch: pytest.MonkeyPatch, case: Case, training: bool) -> None:
    x = case.samples(5)
    y = np.random.default_rng(1).standard_normal((5, *case.network().output_shape))

    def results() -> list[np.ndarray]:
        network = case.network()
        loss, gradients = network.gradients(x, y, training=training, input_gradient=True)
        return [np.array(loss), *gradients.values(), network.predict(x)]

    whole = results()
    monkeypatch.setattr(threads, "PART_NUMBERS", 1)
    for one, other in zip(whole, results(), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-5)


def test_no_samples_at_all_have_no_gradients(way: str) -> None:
    network = _network({"kernel_size": 3})
    assert network.predict(np.zeros((0, 2, 13, 13))).shape == (0, 3)
    assert all(not gradient.any() for gradient in _gradients(network, 0))
