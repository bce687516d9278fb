"""Building block by block: places and view stay put. With a real mouse."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import INPUT, OUTPUT, Document
from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


def in_sight(studio: Studio, name: str) -> bool:
    """True if all of a block is seen on the canvas, once it has come to rest."""
    x, y = studio.where("block", name=name)
    left, top, width, height = studio.ask("widget", name="canvas")["rect"]
    zoom = studio.state["zoom"]
    aside, up = 120 * zoom, 27 * zoom
    return bool(left + aside <= x <= left + width - aside and top + up <= y <= top + height - up)


def hover(studio: Studio, layer: str, source: str, target: str) -> None:
    """Takes a layer from the palette to a wire, and holds it there."""
    wire = studio.where("wire", source=source, target=target)
    studio.drag(studio.where("palette", layer=layer), wire, drop=False)
    time.sleep(0.5)


@pytest.fixture
def folded(start: Callable[..., Studio], tmp_path: Path) -> Studio:
    """Nine Dense blocks in columns, on a project of their own."""
    document = edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2))
    for units in (4, 4, 4, 4, 4, 4, 4, 4, 1):
        document = edits.append(document, layers.Dense(units))
    path = tmp_path / "folded.nnstudio"
    project_file.save(project_file.Project(edits.tidy(document)), path)
    studio = start(str(path))
    studio.wait(lambda: len(studio.state["chain"]) == 9)
    return studio


def test_a_column_grows_from_the_palette_while_all_that_is_there_stays(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("emptyProject")
    studio.where("widget", name="palette")
    zoom = studio.state["zoom"]
    source = INPUT
    for count, layer in enumerate(("Dense", "Tanh", "Dense", "Tanh", "Dense", "Tanh", "Dense", "Sigmoid"), start=1):
        before = studio.state
        hover(studio, layer, source, OUTPUT)
        name = next(iter(set(studio.state["blocks"]) - set(before["blocks"])))
        # The preview is seen, and it is all that is seen of the layer under the mouse.
        assert in_sight(studio, name)
        assert not studio.ask("widget", name="carried")["visible"]
        previewed = studio.state["blocks"]
        if count in (1, 4, 8):
            studio.shot(f"held-{count}")
        studio.drop()
        studio.wait(lambda count=count: len(studio.state["chain"]) == count)
        assert in_sight(studio, name)
        after = studio.state
        assert after["blocks"] == previewed
        assert after["zoom"] == zoom
        for other in (INPUT, *before["chain"]):
            assert after["blocks"][other] == before["blocks"][other]
        assert {x for x, _ in after["blocks"].values()} == {0}
        if count in (1, 4, 8):
            studio.shot(f"dropped-{count}")
        source = name
    for _ in range(8):
        studio.key("ctrl+z")
    studio.wait(lambda: studio.state["chain"] == [])
    assert studio.state["zoom"] == zoom


def test_a_layer_hangs_at_the_mouse_where_nothing_else_shows_it(start: Callable[..., Studio]) -> None:
    studio = start()
    studio.press("emptyProject")
    layer = studio.where("palette", layer="Dense")
    studio.drag(layer, studio.where("widget", name="boundaryView"), drop=False)
    studio.wait(lambda: studio.ask("widget", name="carried")["visible"])
    assert studio.state["blocks"].keys() == {INPUT, OUTPUT}
    studio.shot("carried")
    studio.move(studio.where("wire", source=INPUT, target=OUTPUT))
    studio.wait(lambda: not studio.ask("widget", name="carried")["visible"])
    assert "dense_1" in studio.state["blocks"]
    # And back: the canvas shows what is, the picture what is held.
    studio.move(studio.where("widget", name="boundaryView"))
    studio.wait(lambda: studio.ask("widget", name="carried")["visible"])
    studio.wait(lambda: "dense_1" not in studio.state["blocks"])
    studio.drop()
    studio.wait(lambda: not studio.ask("widget", name="carried")["visible"])
    assert studio.state["chain"] == []


def test_a_drop_into_a_column_leaves_the_other_columns_alone(folded: Studio) -> None:
    before = folded.state
    columns = {x for x, _ in before["blocks"].values()}
    assert len(columns) > 1
    folded.shot("folded")
    hover(folded, "Tanh", "dense_1", "dense_2")
    folded.wait(lambda: "tanh_1" in folded.state["blocks"])
    folded.shot("held")
    folded.drop()
    folded.wait(lambda: folded.state["chain"][1] == "tanh_1")
    assert in_sight(folded, "tanh_1")
    after = folded.state
    for name, (x, y) in before["blocks"].items():
        comes_after = x == 0 and y > before["blocks"]["dense_1"][1]
        assert after["blocks"][name] == [x, y + edits.SPACING * comes_after]
    assert (after["zoom"], after["seen"]) == (before["zoom"], before["seen"])
    folded.shot("dropped")
    folded.key("ctrl+z")
    folded.wait(lambda: folded.state["blocks"] == before["blocks"])
    # Only when asked for, all is laid out anew.
    folded.key("ctrl+shift+z")
    folded.wait(lambda: "tanh_1" in folded.state["blocks"])
    folded.key("ctrl+l")

    def tops() -> list[float]:
        places = folded.state["blocks"].values()
        return [min((y for x, y in places if x == column), default=-1) for column in columns]

    # Blocks glide to their places.
    folded.wait(lambda: folded.state["undo"] == "Tidy up" and tops() == [0] * len(columns))


def test_a_drop_on_a_wire_to_the_next_column_stays_near_it(folded: Studio) -> None:
    before = folded.state
    order = [INPUT, *before["chain"], OUTPUT]
    last = next(name for name, after in pairwise(order) if before["blocks"][after][0] > 0)
    hover(folded, "Tanh", last, order[order.index(last) + 1])
    folded.wait(lambda: "tanh_1" in folded.state["blocks"])
    assert in_sight(folded, "tanh_1")
    folded.drop()
    folded.wait(lambda: "tanh_1" in folded.state["chain"])
    folded.shot("below")
    x, y = before["blocks"][last]
    after = folded.state["blocks"]
    assert after.pop("tanh_1") == [x, y + edits.SPACING]
    assert after == before["blocks"]
    assert folded.state["zoom"] == before["zoom"]


def test_what_is_appended_out_of_sight_comes_into_sight(folded: Studio) -> None:
    folded.click(folded.where("block", name="dense_1"))
    folded.key("ctrl+1")
    folded.wait(lambda: folded.state["zoom"] == 1)
    for step, act in enumerate(("double-click", "Enter"), start=1):
        # To the data, far from where it will be.
        folded.click(folded.where("widget", name="canvas"))
        folded.key("Home")
        folded.wait(lambda: folded.state["selected"] == INPUT)
        assert not in_sight(folded, OUTPUT)
        before = folded.state
        if act == "double-click":
            folded.click(folded.where("palette", layer="Tanh"), times=2)
        else:
            folded.press("paletteSearch")
            folded.type("Tanh")
            folded.key("Return")
        folded.wait(lambda step=step: f"tanh_{step}" in folded.state["chain"])
        time.sleep(0.3)
        assert in_sight(folded, f"tanh_{step}"), act
        after = folded.state
        assert after["zoom"] == 1
        assert {name for name, place in before["blocks"].items() if after["blocks"][name] != place} == {OUTPUT}
    folded.shot("appended")
