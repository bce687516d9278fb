"""Structure and geometry of the network view: connections, choice of units, places."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF

from engine import Network, layers, losses
from engine.data import Data
from engine.layers import Layer
from engine.types import Array
from nnstudio.document.probe import FIRST, SampleRef, UnitRef
from nnstudio.training.requests.probe_trace import ProbePicture, ProbeTrace
from nnstudio.training.split import Split
from nnstudio.views.network.choosing import Chooser
from nnstudio.views.network.connections import Bundle
from nnstudio.views.network.layout import LEAST, MOST, Room, arrange, bias_mark
from nnstudio.views.network.model import MOST_COLUMNS, MOST_WIRES, Model, build

ROOM = Room(800, 400, 16, text=lambda text: 7.0 * len(text))


def picture_of(network: Network, probe: SampleRef = FIRST) -> ProbePicture:
    """Trace of some numbers that are no round ones."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, *network.input_shape)).astype(np.float32)
    split = Split(Data(x, np.zeros((3, *network.output_shape), np.float32), "regression"), None)
    picture = ProbeTrace(probe, losses.MeanSquaredError()).answer(network, split)
    assert isinstance(picture, ProbePicture)
    return picture


def chain(*stack: Layer, shape: tuple[int, ...]) -> Network:
    return Network(list(stack), shape, seed=0)


def model_of(network: Network, most: int = 99, selected: str = "") -> tuple[Model, ProbePicture]:
    picture = picture_of(network)
    chosen = Chooser().choose(picture, most, None, running=False)
    return build(picture, chosen, frozenset(), frozenset(), selected), picture


def bundle(model: Model, target: str, source: str = "") -> Bundle:
    (found,) = [b for b in model.bundles if b.target == target and source in ("", b.source)]
    return found


def test_a_dense_layer_adds_up_what_its_wires_carry() -> None:
    model, picture = model_of(chain(layers.Dense(4), layers.Tanh(), layers.Dense(2), shape=(3,)))
    for target, source in (("dense_1", "input"), ("dense_2", "tanh_1")):
        wires = bundle(model, target)
        carried = wires.kernels(picture.parameters) * picture.value(source)[wires.rows]
        summed = np.zeros(len(picture.value(target)))
        np.add.at(summed, wires.columns, carried)
        np.testing.assert_allclose(summed + picture.parameters[f"{target}.bias"], picture.value(target), rtol=1e-5)
        for wire in range(len(wires)):
            place = wires.place(wire)
            assert picture.parameters[wires.weight][place] == wires.kernels(picture.parameters)[wire]


def _convolved(image: Array, kernel: Array) -> Array:
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    found: Array = np.einsum("hwij,ij->hw", windows, kernel)
    return found


@pytest.mark.parametrize("groups", [1, 2])
def test_a_convolution_adds_up_the_maps_its_wires_carry(groups: int) -> None:
    model, picture = model_of(chain(layers.Conv2D(4, kernel_size=(3, 2), groups=groups), shape=(6, 5, 5)))
    wires = bundle(model, "conv2d_1")
    assert len(wires) == 6 * 4 // groups
    summed = np.zeros(picture.value("conv2d_1").shape)
    for wire, kernel in enumerate(wires.kernels(picture.parameters)):
        assert kernel.shape == (3, 2)
        summed[wires.columns[wire]] += _convolved(picture.value("input")[wires.rows[wire]], kernel)
        assert picture.parameters[wires.weight][wires.place(wire, (2, 1))] == kernel[2, 1]
    bias = picture.parameters["conv2d_1.bias"][:, None, None]
    np.testing.assert_allclose(summed + bias, picture.value("conv2d_1"), rtol=1e-4, atol=1e-6)


def test_a_transposed_convolution_adds_up_the_maps_its_wires_carry() -> None:
    model, picture = model_of(chain(layers.ConvTranspose2D(3, kernel_size=2), shape=(2, 3, 3)))
    wires = bundle(model, "convtranspose2d_1")
    summed = np.zeros(picture.value("convtranspose2d_1").shape)
    for wire, kernel in enumerate(wires.kernels(picture.parameters)):
        padded = np.pad(picture.value("input")[wires.rows[wire]], 1)
        summed[wires.columns[wire]] += _convolved(padded, kernel[::-1, ::-1])
    bias = picture.parameters["convtranspose2d_1.bias"][:, None, None]
    np.testing.assert_allclose(summed + bias, picture.value("convtranspose2d_1"), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [layers.ReLU(), layers.MaxPool2D(2), layers.BatchNorm(), layers.Dropout(0.5), layers.GlobalAvgPool2D()],
)
def test_what_works_by_channel_is_connected_by_channel(layer: Layer) -> None:
    model, _ = model_of(chain(layer, shape=(3, 4, 4)))
    wires = model.bundles[0]
    assert wires.weight == ""
    assert wires.rows.tolist() == wires.columns.tolist() == [0, 1, 2]


class Mixed(layers.Dense):
    """A layer of which nothing is known but that each output follows from all inputs."""

    weight_axes = None


@pytest.mark.parametrize("units", [3, 5])
def test_a_layer_of_unknown_weights_is_connected_to_all(units: int) -> None:
    model, _ = model_of(chain(Mixed(units=units), shape=(3,)))
    assert model.bundles[0].weight == ""
    assert len(model.bundles[0]) == 3 * units


def test_a_change_of_shape_connects_units_that_share_numbers() -> None:
    model, picture = model_of(chain(layers.Flatten(), layers.Reshape((4, 3)), shape=(3, 2, 2)))
    flat, back = bundle(model, "flatten_1"), bundle(model, "reshape_1")
    pairs = set(zip(flat.rows.tolist(), flat.columns.tolist(), strict=True))
    for unit, value in enumerate(picture.value("flatten_1").tolist()):
        holders = {row for row, image in enumerate(picture.value("input")) if value in image}
        assert {row for row, column in pairs if column == unit} == holders
    assert sorted(zip(back.columns.tolist(), back.rows.tolist(), strict=True)) == [
        (unit, 3 * unit + number) for unit in range(4) for number in range(3)
    ]


def test_joins_are_connected_by_position() -> None:
    nodes = {
        "a": layers.Dense(2),
        "b": layers.Dense(3),
        "c": layers.Dense(2),
        "sum": layers.Add(),
        "join": layers.Concatenate(),
    }
    edges = [("input", "a"), ("input", "b"), ("input", "c"), ("a", "sum"), ("c", "sum"), ("b", "join"), ("sum", "join")]
    model, picture = model_of(Network.graph(nodes, edges, (2,), seed=0))
    names = [{block.name for block in column} for column in model.columns]
    assert names == [{"input"}, {"a", "b", "c"}, {"sum"}, {"join"}]
    assert bundle(model, "sum", "c").columns.tolist() == [0, 1]
    for source in ("b", "sum"):
        wires = bundle(model, "join", source)
        assert len(wires) == len(picture.value(source))
        np.testing.assert_array_equal(picture.value("join")[wires.columns], picture.value(source)[wires.rows])


# The choice


def test_units_stay_where_they_are_until_training_rests_or_the_probe_changes() -> None:
    network = chain(layers.Dense(30), layers.ReLU(), layers.Dense(1), shape=(4,))
    chooser = Chooser()
    first = chooser.choose(picture_of(network), 5, None, running=False)
    values = picture_of(network).value("relu_1")
    assert set(first["relu_1"]) == set(np.argsort(-values)[:5].tolist())
    assert first["dense_1"] == first["relu_1"]
    network.parameters["dense_1.weight"][:] *= -1
    other = picture_of(network)
    for running in (False, True, True):
        assert chooser.choose(other, 5, None, running=running) == first
    after = chooser.choose(other, 5, None, running=False)
    assert set(after["relu_1"]) == set(np.argsort(-other.value("relu_1"))[:5].tolist()) != set(first["relu_1"])
    third = chooser.choose(picture_of(network, SampleRef("train", 1)), 5, None, running=False)
    assert third != after


def test_the_chosen_unit_is_among_those_on_show() -> None:
    picture = picture_of(chain(layers.Dense(30), shape=(4,)))
    hidden = min(range(30), key=lambda unit: abs(picture.value("dense_1")[unit]))
    shown = Chooser().choose(picture, 5, UnitRef("dense_1", hidden), running=False)["dense_1"]
    assert hidden in shown
    assert len(shown) == 5


def test_pages_lead_through_all_units_and_back_to_the_strongest() -> None:
    picture = picture_of(chain(layers.Dense(12), shape=(4,)))
    chooser = Chooser()
    seen = []
    for _ in range(4):
        seen.append(chooser.choose(picture, 5, None, running=False)["dense_1"])
        chooser.turn("dense_1", True, 5, 12)
    strongest = tuple(sorted(np.argsort(-np.abs(picture.value("dense_1")))[:5].tolist()))
    assert seen == [strongest, (0, 1, 2, 3, 4), (5, 6, 7, 8, 9), (10, 11)]
    assert chooser.choose(picture, 5, None, running=False)["dense_1"] == strongest
    chooser.turn("dense_1", False, 5, 12)
    assert chooser.choose(picture, 5, None, running=False)["dense_1"] == (10, 11)


# Limits


def test_a_deep_network_is_drawn_in_part_and_says_so() -> None:
    deep = chain(*[layers.Dense(2) for _ in range(50)], shape=(2,))
    model, _ = model_of(deep)
    assert len(model.columns) == MOST_COLUMNS
    assert model.note == "Layers 1–32 of 51 are drawn; select a block to see those around it."
    model, _ = model_of(deep, selected="dense_50")
    assert model.columns[-1][0].name == "dense_50"
    assert "input" not in model.blocks
    model, _ = model_of(deep, selected="dense_25")
    assert "dense_25" in model.blocks


def test_of_very_many_wires_the_strongest_are_drawn() -> None:
    model, picture = model_of(chain(layers.Dense(60), layers.Dense(60), shape=(60,)))
    assert sum(map(len, model.bundles)) <= MOST_WIRES
    assert model.note == f"{7200 - 2 * (MOST_WIRES // 2):,} wires of small weight are left out."
    for wires in model.bundles:
        kept = np.abs(wires.kernels(picture.parameters))
        everything = np.sort(np.abs(picture.parameters[wires.weight]).ravel())
        assert sorted(kept.tolist()) == everything[-len(wires) :].tolist()


# Geometry


def everywhere(model: Model, room: Room) -> None:
    """Nothing lies over anything else, and wires end at their units."""
    places = arrange(model, room)
    cells = [cell for each in places.cells.values() for cell in each]
    for number, cell in enumerate(cells):
        assert QRectF(0, 0, places.width, places.height).contains(cell)
        assert not any(cell.intersects(other) for other in cells[number + 1 :])
    for block in model.blocks.values():
        assert len(places.cells[block.name]) == len(block.units)
    for left, right in pairwise(model.columns):
        ends = max(places.cells[b.name][0].right() for b in left)
        assert ends < min(places.cells[b.name][0].left() for b in right)
    start = 0
    for wires in model.bundles:
        source, target = model.blocks[wires.source], model.blocks[wires.target]
        for row, column, line in zip(wires.rows, wires.columns, places.lines[start:], strict=False):
            before = places.cells[source.name][source.units.index(row)]
            after = places.cells[target.name][target.units.index(column)]
            assert line.tolist() == [before.right(), before.center().y(), after.left(), after.center().y()]
        start += len(wires)
    assert start == len(places.lines)


@pytest.mark.parametrize(("width", "height"), [(300, 160), (640, 300), (1900, 900)])
def test_places_at_every_size(width: int, height: int) -> None:
    room = Room(width, height, 16, 60, 40, text=lambda text: 7.0 * len(text))
    network = chain(
        layers.Conv2D(8), layers.ReLU(), layers.Flatten(), layers.Dense(10), layers.Softmax(), shape=(1, 8, 8)
    )
    everywhere(model_of(network, room.most_units)[0], room)
    everywhere(model_of(chain(layers.Dense(3), layers.Tanh(), layers.Dense(1), shape=(2,)))[0], room)


def test_a_small_network_is_drawn_large_and_fits() -> None:
    model, _ = model_of(chain(layers.Reshape((3, 1, 1)), layers.Dropout(0.1), shape=(3,)))
    places = arrange(model, ROOM)
    assert (places.width, places.height) == (800, 400)
    assert places.cells["dropout_1"][0].width() >= MOST
    crowded = arrange(model, Room(60, 60, 16))
    assert crowded.cells["dropout_1"][0].width() == LEAST
    assert crowded.width > 60


def test_columns_of_as_many_thumbnails_are_as_large() -> None:
    model, _ = model_of(chain(layers.Conv2D(2, kernel_size=1), layers.ReLU(), layers.Conv2D(2), shape=(1, 5, 5)))
    places = arrange(model, Room(330, 400, 16))
    sides = [places.cells[name][0].width() for name in ("conv2d_1", "relu_1", "conv2d_2")]
    assert max(sides) - min(sides) <= 1
    assert min(sides) > LEAST


def test_titles_keep_within_the_picture_and_their_whole_text_where_there_is_room() -> None:
    model, _ = model_of(chain(layers.Dense(9), layers.Sigmoid(), shape=(2,)))
    wide = Room(420, 400, 16, text=lambda text: 9.0 * len(text))
    places = arrange(model, wide)
    for name, place in places.titles.items():
        assert place.left() >= 0
        assert place.right() <= places.width
        assert place.width() >= wide.text("data" if name == "input" else name)


def test_places_lead_back_to_units_and_wires() -> None:
    model, _ = model_of(chain(layers.Dense(4), layers.Tanh(), layers.Dense(2), shape=(3,)))
    places = arrange(model, ROOM)
    for block, cells in places.cells.items():
        for number, cell in enumerate(cells):
            assert places.unit_at(cell.center()) == (block, number)
    assert places.bias_at(bias_mark(places.cells["dense_1"][2]).center()) == ("dense_1", 2)
    assert places.unit_at(QPointF(1, 1)) is None
    for number, (x0, y0, x1, y1) in enumerate(places.lines.tolist()):
        # Near their ends, no two wires cross.
        point = QPointF(x0 + 0.93 * (x1 - x0), y0 + 0.93 * (y1 - y0))
        assert places.wire_at(point, 3) == number
    assert places.wire_at(QPointF(1, 1), 3) is None
