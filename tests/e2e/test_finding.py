"""Finding things with keyboard and mouse: palette, search, minimap, wires by keyboard, animations off."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.studio import Studio

pytestmark = pytest.mark.e2e


@pytest.fixture
def studio(start: Callable[..., Studio]) -> Studio:
    """The program with the example of a convolutional network, and the keyboard on the canvas."""
    made = start()
    made.press("template_digits-cnn")
    made.wait(lambda: len(made.state["chain"]) > 8)
    made.wait(lambda: made.state["focus"] == "canvas")
    return made


def test_the_palette_does_what_is_typed(studio: Studio) -> None:
    x, y = studio.where("block", name="softmax_1")
    studio.drag((x, y), (x + 20, y + 100))
    studio.wait(lambda: studio.state["undo"] == "Move softmax_1")
    studio.key("ctrl+k")
    studio.type("tidy", into="commandField")
    studio.shot("palette")
    studio.key("Return")
    studio.wait(lambda: studio.state["undo"] == "Tidy up")
    # What was used last comes first, and the keyboard is back on the canvas.
    assert studio.state["focus"] == "canvas"
    for typed, undo in (("app drop", "Append dropout_2"), ("", "Append dropout_3")):
        studio.key("ctrl+k")
        studio.type(typed, into="commandField")
        studio.key("Return")
        studio.wait(lambda undo=undo: studio.state["undo"] == undo)
    # Escape and a click beside it close it, and nothing has happened.
    studio.key("ctrl+k")
    studio.key("Escape")
    studio.wait(lambda: not studio.ask("widget", name="commandPalette")["visible"])
    studio.key("ctrl+k")
    studio.wait(lambda: studio.ask("widget", name="commandPalette")["visible"])
    studio.click((40, 700))
    studio.wait(lambda: not studio.ask("widget", name="commandPalette")["visible"])
    assert studio.state["undo"] == "Append dropout_3"
    # With the mouse: a dark theme, chosen from the list.
    studio.key("ctrl+k")
    studio.type("dark", into="commandField")
    x, y = studio.where("widget", name="commandList")
    top = studio.ask("widget", name="commandList")["rect"][1]
    studio.click((x, top + 16))
    studio.wait(lambda: not studio.ask("widget", name="commandPalette")["visible"])
    studio.shot("dark")


def test_blocks_are_searched_on_the_canvas(studio: Studio) -> None:
    studio.key("ctrl+f")
    studio.type("conv2d", into="canvasSearch")
    studio.shot("search")
    studio.key("Return")
    studio.wait(lambda: studio.state["selected"] == "conv2d_2")
    studio.key("shift+Return")
    studio.wait(lambda: studio.state["selected"] == "conv2d_1")
    studio.press("findNext")
    studio.wait(lambda: studio.state["selected"] == "conv2d_2")
    studio.key("Escape")
    studio.wait(lambda: studio.state["focus"] == "canvas")
    assert not studio.ask("widget", name="findBar")["visible"]
    # The key that it had before leads to the palette still.
    studio.key("ctrl+shift+f")
    studio.wait(lambda: studio.state["focus"] == "paletteSearch")


def test_a_skip_connection_is_made_and_taken_out_by_keyboard_alone(studio: Studio) -> None:
    # From the data down to the second ReLU, then a wire to the first Dense.
    studio.key("Home", "Down", "Down", "Down", "Down", "Down", "Down")
    studio.wait(lambda: studio.state["selected"] == "flatten_1")
    studio.key("Down", "Down")
    studio.wait(lambda: studio.state["selected"] == "relu_3")
    studio.key("c")
    studio.wait(lambda: studio.state["heard"].startswith("New wire from relu_3"))
    for _ in range(20):
        if "relu_3 to conv2d_1." in studio.state["heard"]:
            break
        studio.key("shift+Up")
    assert "cannot contain a cycle" in studio.state["heard"]
    studio.shot("illegal")
    studio.key("Return")
    studio.wait(lambda: "cannot contain a cycle" in studio.state["told"])
    for _ in range(20):
        if "relu_3 to dense_2." in studio.state["heard"]:
            break
        studio.key("Down")
    assert studio.state["heard"].endswith("Enter connects them.")
    studio.shot("legal")
    studio.key("Return")
    studio.wait(lambda: studio.state["undo"] == "Connect relu_3 with dense_2")
    assert "relu_3->add_1" in studio.state["wires"]

    # The wire is reached from its block, and goes with Delete.
    studio.wait(lambda: studio.state["selected"] == "relu_3")
    for _ in range(4):
        studio.key("w")
        if studio.state["heard"].startswith("Wire from relu_3 to add_1"):
            break
    studio.shot("wire")
    studio.key("Delete")
    studio.wait(lambda: "relu_3->add_1" not in studio.state["wires"])
    assert studio.state["undo"] == "Disconnect relu_3 from add_1"
    # Tab leads over the ports of the block, then out of the canvas: nobody is caught in it.
    studio.key("Tab")
    assert studio.state["heard"].startswith("Input of relu_3")
    studio.key("Tab")
    assert studio.state["heard"].startswith("Output of relu_3")
    studio.key("Tab")
    assert studio.state["focus"] != "canvas"


def test_the_map_leads_to_where_it_is_clicked(studio: Studio) -> None:
    assert not studio.ask("widget", name="miniMap")["visible"]
    for _ in range(4):
        studio.key("ctrl+plus")
    x, y = studio.where("widget", name="miniMap")
    _, _, width, height = studio.ask("widget", name="miniMap")["rect"]
    studio.shot("map")
    before = studio.state["seen"]
    studio.click((x + width // 2 - 14, y + height // 2 - 14))
    studio.wait(lambda: studio.state["seen"][0] > before[0] + 100)
    middle = studio.state["seen"]
    studio.drag((x, y), (x - width // 2 + 14, y))
    assert studio.state["seen"][0] < middle[0] - 100
    studio.key("ctrl+0")
    studio.wait(lambda: not studio.ask("widget", name="miniMap")["visible"])


def test_zoom_is_at_the_pointer_and_the_canvas_is_moved_with_the_middle_button(studio: Studio) -> None:
    place = studio.where("block", name="flatten_1")
    zoom = studio.state["zoom"]
    studio.click(place, times=4, button=4)
    studio.wait(lambda: studio.state["zoom"] > 1.3 * zoom)
    x, y = studio.where("block", name="flatten_1")
    assert abs(x - place[0]) + abs(y - place[1]) < 12
    before = studio.state["seen"]
    studio.drag(place, (place[0] + 60, place[1] + 40), button=2)
    studio.wait(lambda: studio.state["seen"][0] < before[0] - 20)
    with studio.holding("space"):
        studio.drag(place, (place[0] - 60, place[1] - 40))
    studio.wait(lambda: abs(studio.state["seen"][0] - before[0]) < 5)
    studio.key("ctrl+2")
    studio.shot("near")


def test_animations_are_switched_off_for_good(studio: Studio, start: Callable[..., Studio]) -> None:
    assert studio.state["animations"]
    studio.click(studio.where("menu", text="View"))
    studio.shot("view-menu")
    studio.click(studio.where("menu", text="Animations"))
    studio.wait(lambda: not studio.state["animations"])
    studio.key("ctrl+q")
    studio.ended()
    assert not start().state["animations"]
