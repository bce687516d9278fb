"""Wires and places of blocks, with a real mouse.

Wires from port to port, reconnected and removed; blocks moved along guides.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine import datasets, layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.project import project_file
from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


@pytest.fixture
def studio(start: Callable[..., Studio], tmp_path: Path) -> Studio:
    """Four Dense blocks one below the other, on a project of their own."""
    document = edits.set_data(Document(), dataset=datasets.Gaussians(clouds=2))
    for _ in range(3):
        document = edits.append(document, layers.Dense(4))
    document = edits.append(document, layers.Dense(1))
    for row, name in enumerate(["input", *document.chain(), "output"]):
        document = edits.place(document, name, 0, row * 110)
    path = tmp_path / "wires.nnstudio"
    project_file.save(project_file.Project(document), path)
    made = start(str(path))
    made.wait(lambda: made.state["chain"] == ["dense_1", "dense_2", "dense_3", "dense_4"])
    return made


def test_from_port_to_port_both_ways(studio: Studio) -> None:
    studio.drag(studio.where("port", name="dense_1"), studio.where("port", name="dense_3", way="in"), drop=False)
    studio.shot("legal-targets")
    studio.drop()
    studio.wait(lambda: "dense_1->add_1" in studio.state["wires"])
    assert studio.state["undo"] == "Connect dense_1 with dense_3"
    studio.key("ctrl+z")
    studio.wait(lambda: "dense_1->add_1" not in studio.state["wires"])
    # The other way: from the port above a block to the one that shall feed it.
    studio.drag(studio.where("port", name="dense_3", way="in"), studio.where("block", name="dense_1"))
    studio.wait(lambda: "dense_1->add_1" in studio.state["wires"])
    assert studio.state["problems"] == {}


def test_an_illegal_wire_says_why_and_changes_nothing(studio: Studio) -> None:
    before = studio.state
    studio.drag(studio.where("port", name="dense_3"), studio.where("block", name="dense_1"), drop=False)
    studio.shot("illegal-target")
    studio.drop()
    studio.wait(lambda: "cannot contain a cycle" in studio.state["told"])
    assert studio.state["wires"] == before["wires"]
    assert studio.state["undo"] == ""


def test_a_wire_is_led_elsewhere_and_let_go_in_the_void(studio: Studio) -> None:
    studio.drag(studio.where("port", name="dense_1"), studio.where("block", name="dense_4"))
    studio.wait(lambda: "dense_1->add_1" in studio.state["wires"])
    # Its end goes from the Add to another block.
    grip = studio.where("wire", source="dense_1", target="add_1", share=0.8)
    studio.drag(grip, studio.where("block", name="dense_3"), drop=False)
    studio.shot("wire-led-elsewhere")
    studio.drop()
    studio.wait(lambda: studio.state["undo"] == "Move the wire from dense_1 to dense_3")
    (join,) = (name for name in studio.state["layers"] if name.startswith("add_"))
    assert {f"dense_2->{join}", f"dense_1->{join}", f"{join}->dense_3"} <= studio.state["wires"].keys()
    # Let go where nothing is, it is gone, and with it the Add that joins nothing any more.
    grip = studio.where("wire", source="dense_1", target=join, share=0.8)
    studio.drag(grip, (grip[0] + 150, grip[1] + 8))
    studio.wait(lambda: studio.state["chain"] == ["dense_1", "dense_2", "dense_3", "dense_4"])
    assert len(studio.state["wires"]) == 5
    # A wire that is needed stays, and says why.
    grip = studio.where("wire", source="dense_1", target="dense_2", share=0.7)
    studio.drag(grip, (grip[0] + 200, grip[1]))
    studio.wait(lambda: "dense_2 would have no input" in studio.state["told"])
    assert len(studio.state["wires"]) == 5


def test_a_click_selects_a_wire_and_delete_takes_it_out(studio: Studio) -> None:
    studio.drag(studio.where("port", name="dense_1"), studio.where("block", name="dense_4"))
    studio.wait(lambda: "dense_1->add_1" in studio.state["wires"])
    studio.click(studio.where("wire", source="dense_1", target="add_1"))
    studio.shot("wire-selected")
    studio.key("Delete")
    studio.wait(lambda: "add_1" not in studio.state["layers"])
    studio.click(studio.where("wire", source="dense_2", target="dense_3"))
    studio.key("Delete")
    studio.wait(lambda: "This wire stays" in studio.state["told"])
    assert "dense_2->dense_3" in studio.state["wires"]


def test_a_join_is_dropped_on_a_wire_and_gets_its_second_input(studio: Studio) -> None:
    studio.drag(studio.where("palette", layer="Concatenate"), studio.where("wire", source="dense_2", target="dense_3"))
    studio.wait(lambda: "concatenate_1" in studio.state["problems"])
    assert "Connect another one" in studio.state["problems"]["concatenate_1"]
    assert studio.state["wires"]["dense_2->concatenate_1"] == "4"
    studio.drag(studio.where("port", name="dense_1"), studio.where("block", name="concatenate_1"))
    studio.wait(lambda: studio.state["problems"] == {})
    assert studio.state["wires"]["concatenate_1->dense_3"] == "8"


def test_a_dragged_block_snaps_to_the_column(studio: Studio) -> None:
    x, y = studio.where("block", name="dense_4")
    studio.drag((x, y), (x + 180, y + 30))
    studio.wait(lambda: studio.state["undo"] == "Move dense_4")
    aside = studio.state["blocks"]["dense_4"]
    assert aside[0] > 100
    # Back to a few pixels beside the column: it stands exactly below the others.
    here = studio.where("block", name="dense_4")
    column, _ = studio.where("block", name="dense_3")
    studio.drag(here, (column + 3, here[1] + 20), drop=False)
    studio.wait(lambda: studio.state["guides"] > 0)
    studio.shot("guides")
    studio.drop()
    studio.wait(lambda: studio.state["blocks"]["dense_4"] != aside)
    assert studio.state["blocks"]["dense_4"][0] == 0
    assert studio.state["guides"] == 0
