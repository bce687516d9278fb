"""Feature maps and the window lens with a real mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import datasets, layers, losses
from nnstudio.document import edits
from nnstudio.project.project_file import save
from nnstudio.training.project import Project
from tests.e2e.studio import Studio
from tests.nnstudio.builders import document_of

pytestmark = pytest.mark.e2e


def show(studio: Studio, view: str) -> None:
    """Brings a view to the front by the command palette."""
    studio.key("ctrl+k")
    studio.type(f"show {view}", into="commandField")
    studio.key("Return")
    studio.wait(lambda: view in (title.lower() for title in studio.state["views"].values()))


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def described(studio: Studio) -> str:
    return str(studio.ask("lens")["text"])


def test_the_lens_adds_up_to_the_pixel_of_the_feature_map(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_digits-cnn")
    studio.wait(lambda: studio.state["state"] == "ready")
    studio.press("epochButton")
    studio.wait(lambda: studio.state["epoch"] == 1)
    block = next(name for name, layer in studio.state["layers"].items() if layer["type"] == "Conv2D")
    studio.click(studio.where("block", name=block))
    show(studio, "feature maps")
    values = {}
    for channel, row, column in ((0, 2, 3), (1, 4, 1), (3, 5, 4)):
        studio.move(studio.where("map_pixel", channel=channel, row=row, column=column))
        start_of = f"map {channel + 1}, row {row + 1}, column {column + 1}: "
        studio.wait(lambda wanted=start_of: studio.ask("seen")["read"].startswith(wanted))
        values[channel, row, column] = number(studio.ask("seen")["read"].rpartition(" ")[2])
    studio.shot("maps")
    assert len(set(values.values())) == 3
    for (channel, row, column), value in values.items():
        show(studio, "feature maps")
        studio.click(studio.where("map_pixel", channel=channel, row=row, column=column))
        show(studio, "window lens")
        studio.wait(lambda channel=channel: f"{block}, map {channel + 1}," in described(studio))
        studio.move(studio.where("lens", row=row, column=column))
        studio.wait(lambda row=row, column=column: f"row {row + 1}, column {column + 1}: " in described(studio))
        total = number(described(studio).rpartition(" ")[2])
        assert total == pytest.approx(value, rel=2e-3, abs=1e-4)
        studio.shot("lens")


def test_the_lens_adds_up_for_every_kind_of_window(start: Callable[..., Studio], tmp_path: Path) -> None:
    document = document_of(
        layers.Conv2D(filters=2, kernel_size=3, padding="valid"),
        layers.Conv2D(filters=4, kernel_size=3, padding="same", groups=2),
        layers.Conv2D(filters=2, kernel_size=3, padding="full", bias="per_position"),
        layers.Conv2D(filters=2, kernel_size=3, stride=2),
        layers.Conv2D(filters=2, kernel_size=2, dilation=2),
        layers.Flatten(),
        layers.Dense(10),
        layers.Softmax(),
        dataset=datasets.Digits(),
    )
    document = edits.set_training(document, loss=losses.CategoricalCrossEntropy())
    path = tmp_path / "windows.nnstudio"
    save(Project(document), path)
    studio = start(str(path))
    studio.wait(lambda: studio.state["state"] == "ready")
    for place in range(1, 6):
        block, pixel = f"conv2d_{place}", {"channel": 1, "row": 0, "column": 0}
        studio.click(studio.where("block", name=block))
        show(studio, "feature maps")
        studio.move(studio.where("map_pixel", **pixel))
        studio.wait(lambda: studio.ask("seen")["read"].startswith("map 2, row 1, column 1: "))
        value = number(studio.ask("seen")["read"].rpartition(" ")[2])
        studio.click(studio.where("map_pixel", **pixel))
        show(studio, "window lens")
        studio.wait(lambda block=block: f"{block}, map 2," in described(studio))
        studio.move(studio.where("lens", row=0, column=0))
        studio.wait(lambda: "row 1, column 1: " in described(studio))
        assert number(described(studio).rpartition(" ")[2]) == pytest.approx(value, rel=2e-3, abs=1e-4)
        studio.shot(block)


def test_a_number_typed_into_the_own_grid_changes_its_output(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("template_xor")
    studio.wait(lambda: studio.state["state"] == "ready")
    show(studio, "window lens")
    studio.press("lensOwn")
    studio.wait(lambda: "Own grid" in described(studio))
    studio.move(studio.where("lens", row=2, column=2))
    studio.wait(
        lambda: described(studio).startswith("Own grid, row 3, column 3: ") and described(studio).endswith("= 0")
    )
    # The weight at the top right of the window is 1: three more there are three more in the sum.
    studio.click(studio.where("lens", grid="input", row=2, column=4))
    studio.type("4")
    studio.key("Return")
    studio.wait(lambda: described(studio).endswith("= 3"))
    studio.shot("own-grid")
    studio.press("lensPlay")
    studio.wait(lambda: not described(studio).startswith("Own grid, row 3, column 3: "))
