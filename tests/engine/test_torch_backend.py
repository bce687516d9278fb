"""PyTorch back end against the engine: forward, gradients, steps, whole runs, and runs taken up again."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import (
    Clipping,
    DataError,
    DivergedError,
    EarlyStopping,
    Network,
    Penalty,
    SpecError,
    Trainer,
    backends,
    datasets,
    layers,
    losses,
    optimizers,
    schedules,
    threads,
)
from engine.backends import base
from engine.graph import Graph
from engine.layers import Layer
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.training.checkpoint import TrainerState
from tests.engine.cases import Case, each_case
from tests.engine.protocols import keeps_protocol

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
network_module: Any = pytest.importorskip("engine.backends.torch.network")
flat_optimizers: Any = pytest.importorskip("engine.backends.torch.flat_optimizers")
loss_scale: Any = pytest.importorskip("engine.backends.torch.loss_scale")
export_learning: Any = pytest.importorskip("engine.export.learning")
TorchNetwork = network_module.TorchNetwork

pytestmark = [
    pytest.mark.peers,
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning"),
]
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU with CUDA here")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 6)).astype(np.float32)
LABELS = RNG.integers(0, 3, 40)
CHAIN: list[Layer] = [layers.Dense(units=8), layers.Tanh(), layers.Dense(units=3), layers.Softmax()]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The machine is shared; threads that wait for each other would take longer than the work."""
    before = threads.count()
    threads.use(1)
    yield
    threads.use(before)


def classifier(*more: Layer, seed: int = 5) -> Network:
    return Network([*more, *CHAIN], (6,), seed=seed)


def pair(network: Network, loss: Any = "categorical_cross_entropy", **settings: Any) -> tuple[Trainer, Trainer]:
    """Trainers of the engine and of PyTorch, for equal networks."""
    settings = {"batch_size": 8, "seed": 3, **settings}
    return Trainer(network.copy(), loss, **settings), Trainer(network.copy(), loss, backend="torch", **settings)


def steps(trainer: Trainer, count: int) -> list[float]:
    """Losses of so many steps."""
    return [trainer.step() for _ in range(count)]


def difference(one: Any, other: Any) -> float:
    """Largest difference of two sets of arrays, beside their size."""
    assert list(one) == list(other)
    return max(
        (
            float(np.abs(one[name] - other[name]).max(initial=0) / max(1, np.abs(one[name]).max(initial=0)))
            for name in one
        ),
        default=0.0,
    )


def test_every_loss_and_optimiser_has_its_counterpart() -> None:
    assert set(export_learning.LOSS_CALLS) == set(LOSSES)
    assert set(flat_optimizers.TORCH_STEPS) == set(OPTIMIZERS)


# The registry


@each_case()
def test_forward_and_gradients_of_every_layer(case: Case) -> None:
    network = case.network()
    twin = TorchNetwork.of(network)
    x = case.samples(4).astype(np.float32)
    y = np.random.default_rng(5).standard_normal((4, *network.output_shape)).astype(np.float32)
    np.testing.assert_allclose(twin.predict(x), network.predict(x), rtol=1e-4, atol=1e-5)
    ours, theirs = network.trace(x, y, "mse"), twin.trace(x, y, "mse")
    assert theirs.loss == pytest.approx(ours.loss, rel=1e-4, abs=1e-6)
    assert difference(ours.outputs, theirs.outputs) < 1e-4
    assert difference(ours.gradients, theirs.gradients) < 1e-4
    assert difference(ours.parameter_gradients, theirs.parameter_gradients) < 1e-4


@pytest.mark.parametrize("end", [None, layers.Sigmoid(), layers.Softmax()], ids=["plain", "sigmoid", "softmax"])
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_fused_and_alone(name: str, end: Layer | None) -> None:
    loss = losses.get(name)
    if end is None and loss.domain[0] > -math.inf:
        return  # outputs without bounds are outside of what it is defined for
    chain = [layers.Dense(units=3), layers.Tanh(), layers.Dense(units=3), *([end] if end is not None else [])]
    network = Network(chain, (6,), seed=2)
    y = np.eye(3, dtype=np.float32)[LABELS[:7]]
    ours, theirs = network.trace(X[:7], y, loss), TorchNetwork.of(network).trace(X[:7], y, loss)
    assert theirs.loss == pytest.approx(ours.loss, rel=1e-5)
    assert difference(ours.gradients, theirs.gradients) < 1e-5
    assert difference(ours.parameter_gradients, theirs.parameter_gradients) < 1e-5


OPTIMISERS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.RMSprop(0.01),
    optimizers.Adagrad(0.05),
    optimizers.Adam(0.01),
    optimizers.AdamW(0.01, weight_decay=0.1),
]


@pytest.mark.parametrize("optimizer", OPTIMISERS, ids=lambda o: f"{o.type}-{getattr(o, 'momentum', '')}")
def test_steps_of_every_optimiser(optimizer: optimizers.Optimizer) -> None:
    one, other = pair(classifier(), optimizer=optimizer)
    for trainer in (one, other):
        trainer.load(X, LABELS)
    for step in range(12):
        assert other.step() == pytest.approx(one.step(), rel=1e-5)
        np.testing.assert_allclose(
            other.network.state_vector, one.network.state_vector, atol=1e-5, err_msg=f"step {step + 1}"
        )


SETTINGS: dict[str, dict[str, Any]] = {
    "clipping": {"clipping": Clipping(value=0.05, norm=0.1)},
    "penalty": {"penalty": Penalty(l1=0.01, l2=0.03, biases=True)},
    "class weights": {"class_weight": {0: 0.5, 1: 3}},
    "balanced": {"class_weight": "balanced", "loss": losses.CategoricalCrossEntropy(smoothing=0.1)},
    "schedule": {"schedule": schedules.Cosine(total=6)},
    "in order": {"shuffle": False},
    "one batch": {"batch_size": 64},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_runs_with_every_setting(settings: dict[str, Any]) -> None:
    one, other = pair(classifier(layers.BatchNorm()), optimizer=optimizers.SGD(0.1, momentum=0.9), **settings)
    for trainer in (one, other):
        trainer.fit(X, LABELS, 3, validation=(X[:9], LABELS[:9]))
    assert other.history.loss == pytest.approx(one.history.loss, rel=1e-5)
    assert other.history.val_loss == pytest.approx(one.history.val_loss, rel=1e-4)
    assert other.history.metrics.keys() == one.history.metrics.keys()
    assert other.current_rate == one.current_rate
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=1e-5)
    assert other.evaluate(X, LABELS) == pytest.approx(one.evaluate(X, LABELS), rel=1e-4)


def test_ten_epochs_of_digits() -> None:
    digits = datasets.Digits().load()
    x, labels = digits.x, digits.y.astype(np.int64)
    chain = [layers.Flatten(), layers.Dense(units=32), layers.ReLU(), layers.Dense(units=10), layers.Softmax()]
    one, other = pair(Network(chain, x.shape[1:], seed=3), optimizer=optimizers.Adam(0.003), batch_size=32)
    for trainer in (one, other):
        trainer.fit(x, labels, 10)
    assert other.history.loss == pytest.approx(one.history.loss, rel=0.01)
    assert other.history.metrics["accuracy"] == pytest.approx(one.history.metrics["accuracy"], rel=0.01)
    assert other.history.metrics["accuracy"][-1] > 0.95


def test_pictures_with_batches_that_mix_samples() -> None:
    chain = [
        layers.Conv2D(filters=4, kernel_size=3, bias="none"),
        layers.BatchNorm(),
        layers.ReLU(),
        layers.MaxPool2D(),
        layers.Flatten(),
        layers.Dense(units=3),
        layers.Softmax(),
    ]
    x = np.random.default_rng(1).standard_normal((33, 1, 8, 8)).astype(np.float32)
    one, other = pair(Network(chain, (1, 8, 8), seed=1), optimizer=optimizers.Adam(0.01), batch_size=32)
    for trainer in (one, other):
        trainer.fit(x, LABELS[:33], 4, validation=(x[:5], LABELS[:5]))
    assert other.history.loss == pytest.approx(one.history.loss, rel=1e-4)
    assert other.history.val_loss == pytest.approx(one.history.val_loss, rel=1e-3)
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=1e-4)


def test_branches_and_sensitivities() -> None:
    nodes = {
        "a": layers.Dense(4),
        "b": layers.Dense(4),
        "tanh": layers.Tanh(),
        "sum": layers.Add(),
        "end": layers.Dense(2),
    }
    edges = [("input", "a"), ("input", "b"), ("b", "tanh"), ("a", "sum"), ("tanh", "sum"), ("sum", "end")]
    network = Network.graph(nodes, edges, (6,), seed=4)
    twin = TorchNetwork.of(network)
    for node in ("end", "tanh", "sum"):
        weights = np.arange(network.shapes[node][0])
        ours, theirs = network.sensitivities(X[:5], weights, node), twin.sensitivities(X[:5], weights, node)
        assert theirs.loss == pytest.approx(ours.loss, rel=1e-5)
        assert difference(ours.outputs, theirs.outputs) < 1e-5
        assert difference(ours.gradients, theirs.gradients) < 1e-5
    assert difference(network.activations(X, "a", "sum"), twin.activations(X, "a", "sum")) < 1e-5
    value, gradients = twin.gradients(X, X[:, :2], input_gradient=True)
    expected, own = network.gradients(X, X[:, :2], input_gradient=True)
    assert value == pytest.approx(expected, rel=1e-5)
    assert difference(own, gradients) < 1e-5
    with pytest.raises(SpecError, match="there is no layer 'c'"):
        twin.sensitivities(X[:5], [1, 1], "c")


# Runs


def test_a_trainer_leaves_its_numbers_in_the_network() -> None:
    network = classifier()
    before = network.state_vector.copy()
    trainer = Trainer(network, "categorical_cross_entropy", batch_size=8, seed=1, backend="torch", device="cpu")
    assert isinstance(trainer, Trainer)
    assert type(trainer) is not Trainer
    trainer.load(X, LABELS)
    trainer.step()
    assert not np.array_equal(network.state_vector, before)
    # And the other way: what is written to the network is what it trains on.
    network.parameters["dense_1.weight"][...] = 0
    trainer.step()
    assert np.abs(network.parameters["dense_1.weight"]).max() < 0.2


def test_a_frozen_layer_stays_as_it_is() -> None:
    one, other = pair(classifier(layers.BatchNorm()), optimizer=optimizers.Adam(0.05), penalty=Penalty(l2=0.1))
    for trainer in (one, other):
        trainer.load(X, LABELS)
        trainer.step()
        trainer.network.freeze("dense_1", "batchnorm_1")
    before = {name: array.copy() for name, array in other.network.arrays.items()}
    for _ in range(6):
        assert other.step() == pytest.approx(one.step(), rel=1e-4)
    for name, array in other.network.arrays.items():
        assert np.array_equal(array, before[name]) == (not name.startswith("dense_2")), name
    other.network.unfreeze()
    other.step()
    assert not np.array_equal(other.network.parameters["dense_1.weight"], before["dense_1.weight"])
    # What is frozen for the trainer has gradients for who looks at them.
    assert (
        difference(
            one.network.trace(X, LABELS, "categorical_cross_entropy").outputs,
            TorchNetwork.of(one.network).trace(X, LABELS, "categorical_cross_entropy").outputs,
        )
        < 1e-5
    )


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.1, momentum=0.9), optimizers.Adam(0.01)], ids=["SGD", "Adam"])
def test_a_run_is_taken_up_bit_for_bit(optimizer: optimizers.Optimizer, tmp_path: Any) -> None:
    def trainer() -> Trainer:
        network = classifier(layers.BatchNorm(), layers.Dropout(0.3))
        return Trainer(
            network,
            "categorical_cross_entropy",
            optimizer,
            batch_size=8,
            seed=1,
            schedule=schedules.Cosine(total=5),
            early_stopping=EarlyStopping(patience=30, monitor="loss"),
            backend="torch",
        )

    first = trainer()
    first.load(X, LABELS)
    for _ in range(8):
        first.step()
    first.save(tmp_path / "run.safetensors")
    later = [first.step() for _ in range(9)]
    again = trainer()
    again.resume(tmp_path / "run.safetensors")
    again.load(X, LABELS)
    assert [again.step() for _ in range(9)] == later
    np.testing.assert_array_equal(again.network.state_vector, first.network.state_vector)
    same = trainer()
    same.load(X, LABELS)
    for _ in range(17):
        same.step()
    np.testing.assert_array_equal(same.network.state_vector, first.network.state_vector)


@pytest.mark.parametrize("there", [0, 1], ids=["from the engine", "from PyTorch"])
def test_a_run_goes_on_with_the_other_back_end(there: int) -> None:
    trainers = pair(classifier(), optimizer=optimizers.Adam(0.01))
    one, other = trainers[there], trainers[1 - there]
    one.load(X, LABELS)
    for _ in range(8):
        one.step()
    other.restore(one.state())
    other.load(X, LABELS)
    for _ in range(9):
        assert other.step() == pytest.approx(one.step(), rel=1e-5)
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=1e-5)


def test_another_optimiser_goes_on_with_what_fits() -> None:
    one, other = pair(classifier(), optimizer=optimizers.Adam(0.01))
    for trainer in (one, other):
        trainer.load(X, LABELS)
        for optimizer in (optimizers.AdamW(0.02, beta1=0.8), optimizers.SGD(0.1, momentum=0.5), optimizers.SGD(0.1)):
            trainer.step()
            trainer.optimizer = optimizer
            trainer.step()
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=1e-5)


def test_the_next_step_is_previewed_without_making_it() -> None:
    settings: dict[str, Any] = {
        "optimizer": optimizers.Adam(0.01),
        "clipping": Clipping(norm=0.1),
        "penalty": Penalty(l2=0.1),
    }
    one, other = pair(classifier(layers.BatchNorm()), **settings)
    for trainer in (one, other):
        trainer.load(X, LABELS)
        trainer.step()
    before = other.network.state_vector.copy()
    ours, theirs = one.preview("dense_1", "dense_2"), other.preview("dense_1", "dense_2")
    np.testing.assert_array_equal(other.network.state_vector, before)
    np.testing.assert_array_equal(theirs.batch, ours.batch)
    assert (theirs.loss, theirs.count) == (pytest.approx(ours.loss, rel=1e-5), ours.count)
    assert difference(ours.gradients, theirs.gradients) < 1e-5
    assert difference(ours.taken, theirs.taken) < 1e-5
    for name in ours.state:
        assert difference(ours.state[name], theirs.state[name]) < 1e-5
    assert other.step() == theirs.loss


def test_early_stopping_puts_the_best_weights_back() -> None:
    stopping = EarlyStopping(patience=1, monitor="loss")
    one, other = pair(classifier(), optimizer=optimizers.SGD(5.0), early_stopping=stopping)
    for trainer in (one, other):
        trainer.fit(X, LABELS, 60)
    assert other.history.stopped == one.history.stopped is not None
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=1e-3)


def test_training_that_goes_off_is_told_and_taken_back() -> None:
    one, other = pair(Network([layers.Dense(8), layers.Dense(1)], (6,), seed=1), "mse", optimizer=optimizers.SGD(100))
    messages = []
    for trainer in (one, other):
        trainer.load(X, X[:, :1] * 50)
        with pytest.raises(DivergedError) as raised:
            steps(trainer, 500)
        messages.append((raised.value.where, str(raised.value)[:40], trainer.steps))
        assert np.isfinite(trainer.network.state_vector).all()
        assert trainer.evaluate(X, X[:, :1])["loss"] < 1e6
    assert messages[0] == messages[1]


def test_outputs_outside_of_a_loss_are_refused() -> None:
    network = Network([layers.BatchNorm(), layers.Dense(3)], (6,), seed=1)
    for trainer in pair(network, "binary_cross_entropy"):
        trainer.load(X, np.eye(3)[LABELS])
        before = trainer.network.state_vector.copy()
        with pytest.raises(SpecError, match="needs outputs from 0 to 1, but Dense gave"):
            trainer.step()
        np.testing.assert_array_equal(trainer.network.state_vector, before)


# The back end


def chain() -> Graph:
    return Graph.chain({"dense_1": layers.Dense(4), "tanh_1": layers.Tanh(), "dense_2": layers.Dense(1)})


def made() -> tuple[base.NetworkLike, base.TrainerLike]:
    backend = backends.get("torch", "cpu")
    network = backend.network(chain(), (6,), 7)
    trainer = backend.trainer(
        network, loss=losses.get("mse"), optimizer=optimizers.Adam(0.01), batch_size=5, shuffle=True, seed=2
    )
    trainer.load(X, X[:, :1])
    return network, trainer


def test_it_keeps_the_protocols() -> None:
    network, trainer = made()
    keeps_protocol(base.NetworkLike, network)
    keeps_protocol(base.TrainerLike, trainer)
    backend = backends.get("torch")
    assert (backend.name, backend.devices[0], backend.bitwise) == ("torch", "cpu", True)
    assert backend.memory_limit() > 1 << 20
    np.testing.assert_array_equal(network.state_vector, Network.graph(chain(), input_shape=(6,), seed=7).state_vector)


def test_what_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for odd in ("tpu", "", 3):
        with pytest.raises(SpecError, match="device"):
            backends.get("torch", odd)  # type: ignore[arg-type]
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: False)
    with pytest.raises(SpecError, match="cannot compute on cuda: this PyTorch was built without CUDA"):
        backends.get("torch", "cuda")
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SpecError, match="cannot compute on cuda: no NVIDIA GPU was found"):
        Trainer(classifier(), backend="torch", device="cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(SpecError, match="there is no device 'cuda:2'; this machine has 2 of cuda"):
        backends.get("torch", "cuda:2")
    monkeypatch.setattr(torch.backends.mps, "is_built", lambda: False)
    with pytest.raises(SpecError, match="cannot compute on mps: this PyTorch was built without MPS"):
        backends.get("torch", "mps")
    with pytest.raises(SpecError, match="mixed precision is none, bfloat16 or float16"):
        Trainer(classifier(), backend="torch", mixed_precision="int8")  # type: ignore[arg-type]


def test_a_full_device_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _, trainer = made()

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    monkeypatch.setattr(trainer, "_forward", full)
    with pytest.raises(SpecError, match="The device cpu has not enough memory for this network and batch"):
        trainer.step()

    def failing(*_: object) -> None:
        raise RuntimeError("CUDA error: no kernel image\nmore lines")

    monkeypatch.setattr(trainer, "_forward", failing)
    with pytest.raises(SpecError, match=r"PyTorch could not compute this network on cpu: CUDA error: no kernel image$"):
        trainer.step()


def test_a_network_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.backends.torch.trainer.free_memory", lambda device: 1000)
    with pytest.raises(SpecError, match=r"at most .* is available on cpu"):
        made()


def test_mixed_precision_learns_the_same_roughly() -> None:
    one, _ = pair(classifier(), optimizer=optimizers.Adam(0.02))
    narrow = Trainer(
        classifier(),
        "categorical_cross_entropy",
        optimizers.Adam(0.02),
        batch_size=8,
        seed=3,
        backend="torch",
        mixed_precision="bfloat16",
    )
    for trainer in (one, narrow):
        trainer.fit(X, LABELS, 5)
    assert narrow.history.loss == pytest.approx(one.history.loss, rel=0.05)
    assert narrow.history.loss != pytest.approx(one.history.loss, rel=1e-6)
    assert narrow.network.state_vector.dtype == np.float32


def test_half_precision_scales_its_loss() -> None:
    def trainer() -> Trainer:
        settings: dict[str, Any] = {"batch_size": 8, "seed": 3, "backend": "torch", "mixed_precision": "float16"}
        return Trainer(classifier(), "categorical_cross_entropy", optimizers.Adam(0.02), **settings)

    one = trainer()
    one.fit(X, LABELS, 3)
    assert one.history.loss[-1] < one.history.loss[0]
    state = one.state()
    assert state.info["loss_scale"]["good"] == 15
    other = trainer()
    other.restore(state)
    other.load(X, LABELS)
    assert [other.step() for _ in range(4)] == [one.step() for _ in range(4)]
    for odd in ({"value": 0.5, "good": 1}, {"value": "x", "good": 1}, {}):
        with pytest.raises(DataError, match="loss"):
            other.restore(TrainerState({**state.info, "loss_scale": odd}, state.arrays))


def test_a_scale_that_is_too_large_is_halved_until_gradients_fit() -> None:
    scale = loss_scale.LossScale()
    scale.value = 2.0**24
    chain_of_large = Network([layers.Dense(1, bias=False)], (6,), seed=1)
    trainer: Any = Trainer(
        chain_of_large, "mse", optimizers.SGD(1e-6), batch_size=40, seed=1, backend="torch", mixed_precision="float16"
    )
    trainer._scale = scale
    trainer.load(X, X[:, :1] * 300)
    before = chain_of_large.state_vector.copy()
    trainer.step()
    assert scale.value == 2.0**23
    np.testing.assert_array_equal(chain_of_large.state_vector, before)
    for _ in range(20):
        trainer.step()
    assert not np.array_equal(chain_of_large.state_vector, before)
    found = scale.value
    for _ in range(2000):
        scale.after(good=True)
    assert scale.value == 2 * found


@needs_cuda
@pytest.mark.parametrize("precision", ["none", "bfloat16", "float16"])
def test_cuda_trains_as_the_engine_does(precision: Any) -> None:
    one, _ = pair(classifier(layers.BatchNorm()), optimizer=optimizers.Adam(0.01))
    other = Trainer(
        classifier(layers.BatchNorm()),
        "categorical_cross_entropy",
        optimizers.Adam(0.01),
        batch_size=8,
        seed=3,
        backend="torch",
        device="cuda",
        mixed_precision=precision,
    )
    for trainer in (one, other):
        trainer.fit(X, LABELS, 5, validation=(X[:9], LABELS[:9]))
        trainer.step()
    tolerance = 1e-3 if precision == "none" else 0.1
    assert other.history.loss == pytest.approx(one.history.loss, rel=tolerance)
    np.testing.assert_allclose(other.network.state_vector, one.network.state_vector, atol=10 * tolerance)


@needs_cuda
def test_cuda_keeps_its_copy_up_to_date() -> None:
    network = TorchNetwork.of(classifier(), "cuda")
    trainer = Trainer(network, "categorical_cross_entropy", batch_size=8, seed=3, backend="torch")
    trainer.load(X, LABELS)
    before = network.state_vector.copy()
    trainer.step()
    assert not np.array_equal(network.state_vector, before)
    with pytest.raises(ValueError, match="read-only"):
        network.parameters["dense_1.weight"][...] = 0
    network.take_parameters({"dense_1.weight": np.zeros((6, 8), np.float32)})
    assert np.abs(network.activations(X, "dense_1")["dense_1"]).max() < 1
    kept = trainer.state()
    later = [trainer.step() for _ in range(5)]
    trainer.restore(kept)
    assert [trainer.step() for _ in range(5)] == pytest.approx(later, rel=1e-6)


@needs_cuda
def test_cuda_with_too_little_memory_is_told() -> None:
    network = TorchNetwork.of(Network([layers.Dense(4096)], (6,), seed=1), "cuda")
    free, _ = torch.cuda.mem_get_info()
    held = torch.empty(free - (64 << 20), dtype=torch.uint8, device="cuda")
    with pytest.raises(SpecError, match="not enough memory"):
        network.predict(np.zeros((1 << 15, 6), np.float32))
    del held
    torch.cuda.empty_cache()
