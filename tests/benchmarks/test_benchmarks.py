"""Benchmarks run and report. Their figures are for `make bench` on a quiet machine."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, layers, optimizers
from tests.benchmarks import memory, ours
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.measure import Contender, Timing, time_in_turns
from tests.benchmarks.memory import Memory
from tests.benchmarks.report import MEMORY, SPEED, Result

ROOT = Path(__file__).parents[2]
EACH_NETWORK = pytest.mark.parametrize(
    "case", {case.network: case for case in CASES}.values(), ids=lambda case: case.network
)


def test_times_are_per_step_and_in_proportion() -> None:
    timings = time_in_turns(
        {
            "short": Contender(lambda: time.sleep(0.001)),
            "long": Contender(lambda: time.sleep(0.004)),
            "four in one": Contender(lambda: time.sleep(0.004), steps=4),
        },
        seconds=0.2,
        turns=5,
    )
    assert 0.001 <= timings["short"].best <= timings["short"].median
    assert timings["long"].best >= 0.004
    assert timings["long"].best > timings["short"].best
    assert 0.001 <= timings["four in one"].best < 0.004


def result(**times: float) -> Result:
    """A result of the tutorial's case, with milliseconds for each contender on one thread; two take twice as long."""
    timings = {
        (who, count): Timing(count * time / 1000, count * time / 1000)
        for who, time in times.items()
        for count in (1, 2)
    }
    held = {"ours": Memory(50_000_000, 70_000_000), "peer": Memory(200_000_000, 100_000_000)}
    held["backend"] = Memory(210_000_000, 250_000_000)
    return Result(CASES[-1], timings, held, multiply_adds=1_000_000, peak=1e10)


def test_a_result_is_judged_by_its_targets() -> None:
    assert CASES[-1].target == 1
    assert CASES[-1].hand_target == 10
    good = result(ours=1.0, peer=1.5, backend=2.0, hand=12.0)
    assert good.over("peer") == pytest.approx(1.5)
    assert good.share == pytest.approx(0.1)
    row = dict(zip(SPEED, good.speed_row(), strict=True))
    assert row["target"] == "1 met"
    assert row["of sgemm peak"] == "10.0%"
    assert row["PyTorch back end"] == "2.00 ms (2.00x)"
    assert row["by hand"] == "12.00 ms (12.0x, target 10 met)"
    held = dict(zip(MEMORY, good.memory_row(), strict=True))
    assert held["target"] == "0.6 missed"
    assert held["PyTorch back end"] == "250 MB"
    bad = result(ours=2.0, peer=1.5, backend=2.0, hand=12.0)
    assert dict(zip(SPEED, bad.speed_row(), strict=True))["target"] == "1 missed"
    assert [sentence.partition(": ")[2] for sentence in bad.missed] == [
        "0.75 times PyTorch's rate, target 1",
        "6.0 times the rate by hand, target 10",
        "0.70 of PyTorch's memory, target 0.6",
    ]


@EACH_NETWORK
def test_the_engine_does_every_case(case: Case) -> None:
    ours.action(case)()
    assert ours.multiply_adds(case) > 0


def test_the_multiply_adds_of_a_step_are_counted() -> None:
    case = next(case for case in CASES if case.network == "rows")
    assert ours.multiply_adds(case) == 3 * case.batch * (784 * 256 + 256 * 128 + 128 * 10)


def test_memory_is_that_of_a_process_of_its_own() -> None:
    # What this process holds must not count.
    ballast = np.ones(50_000_000, np.float32)
    assert memory.peak() > ballast.nbytes
    held = memory.measure("ours", CASES[0], threads=1)
    assert 20_000_000 < held.bare <= held.peak < 150_000_000


def test_the_network_by_hand_learns_as_the_engine_does() -> None:
    # Its convolutions come from scipy.signal, which takes seconds to import: not in every test process.
    from tests.benchmarks import tutorial

    case = CASES[-1]
    network = ours.NETWORKS[case.network](case.input_shape)
    by_hand = tutorial.mnist()
    convolution, _, _, first, _, second, _ = by_hand
    for layer, name in ((first, "dense_1"), (second, "dense_2")):
        layer.weights[...] = network.parameters[f"{name}.weight"].T
        layer.bias[...] = network.parameters[f"{name}.bias"][:, None]
    convolution.kernels[...] = network.parameters["conv2d_1.weight"]
    convolution.bias[...] = network.parameters["conv2d_1.bias"]
    x, y = np.random.default_rng(0).random((1, 28, 28)), np.array([[1.0], [0.0]])
    tutorial.step(by_hand, x, y, tutorial.cross_entropy_slope, 0.1)
    Trainer(network, case.loss, optimizers.SGD(0.1), 1).fit(x[None], y.T)
    np.testing.assert_allclose(network.parameters["conv2d_1.weight"], convolution.kernels, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(network.parameters["dense_2.weight"], second.weights.T, rtol=1e-3, atol=1e-4)


@pytest.mark.peers
@EACH_NETWORK
def test_the_pytorch_back_end_does_every_case_as_the_engine(case: Case) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    from tests.benchmarks import backend

    results = [np.asarray(contender.action(case)()) for contender in (ours, backend)]
    np.testing.assert_allclose(results[1], results[0], rtol=1e-4, atol=1e-5)


@pytest.mark.peers
@EACH_NETWORK
def test_both_networks_are_the_same(case: Case) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    from tests.benchmarks import peer

    network, twin = ours.NETWORKS[case.network](case.input_shape), peer.NETWORKS[case.network]()
    # Both have their parameters in the same order; PyTorch keeps those of a dense layer the other way round.
    pairs = list(zip(network.parameters.items(), twin.parameters(), strict=True))
    for (name, array), parameter in pairs:
        array[...] = np.random.default_rng(len(name)).standard_normal(array.shape) * 0.1
        parameter.data = torch.tensor(array.T if array.ndim == 2 else array)
    x, y = case.data()
    x, y = x[: case.batch % 100 + 2], y[: case.batch % 100 + 2]
    targets = np.eye(case.classes)[y] if case.classes else y
    value, gradients = network.gradients(x, targets, case.loss, training=True)
    samples, encoded = peer.data(case)
    logits = twin(samples[: len(x)])
    # The engine's small networks end in Tanh, as PyTorch's do; all others end in what belongs to the loss.
    loss = peer.loss_of(case)(logits, encoded[: len(x)])
    loss.backward()
    assert value == pytest.approx(loss.item(), rel=1e-4)
    for (name, _), parameter in pairs:
        expected = parameter.grad.numpy()
        expected = expected.T if expected.ndim == 2 else expected
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-3, atol=1e-5 * max(1, np.abs(expected).max()))
    peer.action(case)()


@pytest.mark.peers
def test_scikit_learn_makes_the_steps_it_says() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (extra 'peers')")
    from tests.benchmarks import scikit

    case = next(case for case in CASES if case.hidden)
    network = scikit.classifier(case)
    scikit.action(case, network)()
    assert network.t_ == scikit.STEPS * case.batch  # samples seen
    sizes = [array.shape for array in network.coefs_]
    chain = ours.NETWORKS[case.network](case.input_shape)
    assert sizes == [array.shape for name, array in chain.parameters.items() if name.endswith("weight")]
    assert network.coefs_[0].dtype == np.float32


@pytest.mark.peers
def test_the_peak_is_more_than_a_network_reaches() -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    from tests.benchmarks.peak import sgemm_peak

    network = Network([layers.Dense(units=8)], (8,), seed=0)
    x = np.zeros((64, 8), np.float32)
    started = time.perf_counter()
    network.predict(x)
    rate = 64 * network.multiply_adds / (time.perf_counter() - started)
    assert sgemm_peak(0.001, sizes=(128,)) > rate


@pytest.mark.peers
def test_the_tables_are_printed_and_written(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
    file = tmp_path / "bench.md"
    command = [sys.executable, "-m", "tests.benchmarks", "--seconds", "0.05", "--only", "XOR", "--markdown", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    assert "NumPy" in done.stdout.splitlines()[0]
    starts = [" ".join(line.split()[:2]) for line in done.stdout.splitlines()[1:] if line]
    assert starts == ["case engine,", "XOR 2-3-1", "peak memory", "XOR 2-3-1"]
    written = file.read_text(encoding="utf-8")
    assert written.count("| XOR 2-3-1 tanh, batch 1, SGD |") == 2
    assert "GFLOP/s" in written
