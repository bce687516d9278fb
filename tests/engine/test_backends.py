"""Back ends: what the registry gives, and the protocols that the NumPy back end keeps."""

from __future__ import annotations

import inspect
import sys
from dataclasses import FrozenInstanceError, replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from engine import Network, SpecError, Trainer, backends, layers, losses, optimizers
from engine.backends import base
from engine.graph import Graph
from tests.engine.protocols import keeps_protocol

X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
Y = X[:, :1] * 2


def chain() -> Graph:
    return Graph.chain({"dense_1": layers.Dense(4), "tanh_1": layers.Tanh(), "dense_2": layers.Dense(1)})


def made(backend: base.Backend) -> tuple[base.NetworkLike, base.TrainerLike]:
    network = backend.network(chain(), (3,), 7)
    trainer = backend.trainer(
        network, loss=losses.get("mse"), optimizer=optimizers.Adam(0.01), batch_size=5, shuffle=True, seed=2
    )
    trainer.load(X, Y)
    return network, trainer


def test_numpy_is_there() -> None:
    backend = backends.get("numpy")
    assert backends.get() is backend
    assert (backend.name, backend.devices, backend.bitwise) == ("numpy", ("cpu",), True)
    assert backend.memory_limit() > 1 << 20
    with pytest.raises(FrozenInstanceError):
        backend.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["torch2", "", None, 3, ["numpy"]])
def test_unknown_ones_are_refused(name: Any) -> None:
    with pytest.raises(SpecError, match=r"there is no back end .*; choose one of numpy"):
        backends.get(name)


def test_every_registered_one_can_be_had() -> None:
    for name in backends.BACKENDS:
        if name != "torch":  # tests/engine/test_torch_backend.py
            assert backends.get(name).name == name


def test_another_is_a_line_in_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("mirror_backend")
    module.BACKEND = replace(backends.get("numpy"), name="mirror")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mirror_backend", module)
    monkeypatch.setitem(backends.BACKENDS, "mirror", "mirror_backend")
    assert backends.get("mirror").name == "mirror"


def test_it_trains_as_the_engine_does_bit_for_bit() -> None:
    network, trainer = made(backends.get("numpy"))
    own = Network.graph(chain(), input_shape=(3,), seed=7)
    its = Trainer(own, "mse", optimizers.Adam(0.01), batch_size=5, seed=2)
    its.load(X, Y)
    for _ in range(7):
        assert trainer.step() == its.step()
    np.testing.assert_array_equal(network.predict(X), own.predict(X))
    assert isinstance(network, Network)
    assert isinstance(trainer, Trainer)


@pytest.mark.parametrize(("protocol", "index"), [(base.NetworkLike, 0), (base.TrainerLike, 1)])
def test_the_protocols_are_kept(protocol: type, index: int) -> None:
    keeps_protocol(protocol, made(backends.get("numpy"))[index])


def test_a_network_of_another_kind_is_refused() -> None:
    other: Any = object()
    with pytest.raises(SpecError, match=r"trains an engine\.Network, found <object"):
        backends.get("numpy").trainer(
            other, loss=losses.get("mse"), optimizer=optimizers.SGD(0.1), batch_size=1, shuffle=True, seed=0
        )


def test_all_settings_reach_the_trainer(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = backends.get("numpy")
    maker = inspect.signature(base.MakeTrainer.__call__).parameters.keys() - {"self"}
    taken = inspect.signature(Trainer.__init__)
    chosen = {"backend", "device", "mixed_precision", "compiled"}
    assert maker == inspect.signature(backend.trainer).parameters.keys()
    assert maker | chosen == taken.parameters.keys() - {"self"}
    handed: dict[str, Any] = {}

    def remember(*values: Any, **named: Any) -> None:
        handed.update(taken.bind(*values, **named).arguments)

    monkeypatch.setattr(Trainer, "__init__", remember)
    settings = {name: object() for name in maker - {"network"}}
    backend.trainer(backend.network(chain(), (3,)), **settings)  # type: ignore[arg-type]
    assert {name: handed[name] for name in settings} == settings


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name == "torch" or name.startswith(("torch.", "engine.backends.torch.")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    for ask in (lambda: backends.get("torch"), lambda: Trainer(Network([layers.Dense(1)], (3,)), backend="torch")):
        with pytest.raises(SpecError, match=r"^PyTorch is not installed: pip install 'nnstudio\[torch\]'$"):
            ask()


@pytest.mark.parametrize("device", ["cuda", "mps", "cuda:1", "", 3])
def test_the_engine_computes_on_the_processor_alone(device: Any) -> None:
    assert backends.get("numpy", "cpu") is backends.get()
    with pytest.raises(SpecError, match=r"the back end numpy computes on cpu, found the device .*need the back end"):
        backends.get("numpy", device)
    with pytest.raises(SpecError, match="computes on cpu, found"):
        Trainer(Network([layers.Dense(1)], (3,)), device=device)
    for switch in ({"mixed_precision": "bfloat16"}, {"compiled": True}):
        with pytest.raises(SpecError, match="has neither mixed precision nor compiling"):
            backends.get("numpy", **switch)


def test_a_back_end_without_an_engine_trainer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("mirror_backend")
    module.BACKEND = replace(backends.get("numpy"), name="mirror")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mirror_backend", module)
    monkeypatch.setitem(backends.BACKENDS, "mirror", "mirror_backend")
    with pytest.raises(SpecError, match=r"the back end mirror has no engine\.Trainer"):
        Trainer(Network([layers.Dense(1)], (3,)), backend="mirror")


def test_a_compiler_is_loaded_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("torch", "torch._dynamo"):
        monkeypatch.setitem(sys.modules, module, None)
    assert backends.loaded("numpy", compiled=True)
    assert not backends.loaded("torch")
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert backends.loaded("torch")
    assert not backends.loaded("torch", compiled=True)
    monkeypatch.setitem(sys.modules, "torch._dynamo", ModuleType("torch._dynamo"))
    assert backends.loaded("torch", compiled=True)
