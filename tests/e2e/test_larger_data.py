"""Tutorial network: trains at once on bundled digits, then on real MNIST. With a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.data import Digits
from tests.e2e.studio import Studio
from tests.engine.builders import write_idx

pytestmark = pytest.mark.e2e


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be fetched, on any machine: the way out of the network answers nobody."""
    monkeypatch.delenv("NNSTUDIO_MNIST", raising=False)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("offline")
def test_without_a_connection_the_tutorials_network_trains(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.may_complain = True  # the log has what the libraries say of the download
    studio.press("template_mnist-tutorial")
    studio.wait(lambda: studio.state["state"] == "ready")
    assert studio.state["findings"] == []
    assert studio.state["wires"]["sigmoid_1->reshape_1"] == "5x26x26"
    studio.click(studio.where("tab", text="Data"))
    studio.press("useLarger")
    studio.where("button", text="Try again")
    studio.where("button", text="Choose folder…")
    studio.shot("offline")
    assert "Traceback" not in studio.errors()
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 60)
    assert studio.state["loss"] < 0.1 < studio.state["first_loss"]


def test_it_goes_on_with_mnist_and_undo_takes_that_back(
    start: Callable[..., Studio], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = Digits(classes=(0, 1), size="28x28").load()
    folder = tmp_path / "mnist"
    folder.mkdir()
    write_idx(folder, np.round(digits.x[:, 0] * 255), digits.y)
    monkeypatch.setenv("NNSTUDIO_MNIST", str(folder))
    studio = start()
    studio.press("template_mnist-tutorial")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 60)
    before = studio.state
    studio.click(studio.where("tab", text="Data"))
    studio.press("useLarger")
    studio.wait(lambda: studio.state["dataset"] == "MNIST" and studio.state["state"] == "ready")
    assert studio.state["step"] == 0
    assert studio.state["undo"] == "Change data from Digits to MNIST (IDX files)"
    studio.shot("larger")
    studio.press("playButton")
    studio.wait(lambda: studio.state["state"] == "finished", 60)
    # It begins with what it knows already.
    assert studio.state["first_loss"] < before["first_loss"] / 3
    studio.key("ctrl+z")
    # The document is back at once, the numbers with the next snapshot: until then those of MNIST stand there.
    told = ("dataset", "state", "step", "loss")
    studio.wait(lambda: [studio.state[key] for key in told] == [before[key] for key in told])
