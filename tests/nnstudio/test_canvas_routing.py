"""Wire routing, and distances from a point to wires."""

from __future__ import annotations

import itertools
import math

import pytest
from PySide6.QtCore import QPointF, QRectF

from engine import layers
from nnstudio.canvas.geometry.nearest_wire import nearest_wire
from nnstudio.canvas.geometry.routing import Layout, extent, layout_of, wire_path
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH, along, block_rect
from nnstudio.canvas.geometry.wire_ends import entries_of
from nnstudio.document import edits, wiring
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from tests.nnstudio.builders import document_of


def chain(length: int) -> Document:
    document = Document()
    for _ in range(length):
        document = edits.append(document, layers.Dense(4))
    return document


def rows(document: Document, per_column: int) -> Document:
    """All blocks in columns of equal length."""
    names = ["input", *document.chain(), "output"]
    for index, name in enumerate(names):
        column, row = divmod(index, per_column)
        document = edits.place(document, name, column * 320.0, row * 88.0)
    return document


def crossed(layout: Layout, wire: Wire) -> list[str]:
    """The blocks that a wire runs through."""
    path = layout.path(wire)
    inner = block_rect().adjusted(2, 2, -2, -2)
    others = [name for name in layout.places if name not in (wire.source, wire.target)]
    points = [path.pointAtPercent(step / 200) for step in range(201)]
    return [name for name in others if any(inner.translated(*layout.places[name]).contains(point) for point in points)]


@pytest.mark.parametrize(("source", "target"), [*itertools.combinations(("input", "dense_2", "dense_5", "dense_9"), 2)])
@pytest.mark.parametrize("per_column", [3, 4, 12])
def test_no_wire_runs_through_a_block(source: str, target: str, per_column: int) -> None:
    document = rows(chain(10), per_column)
    wire = Wire(source=source, target=target)
    document = document.with_changes(wires=(*document.wires, wire))
    layout = layout_of(document)
    assert {name: crossed(layout, known) for name, known in zip("abc", (wire, *document.wires[:2]), strict=True)} == {
        "a": [],
        "b": [],
        "c": [],
    }


def test_neighbours_are_joined_straight_and_what_skips_goes_around() -> None:
    document = wiring.connect(rows(chain(4), 6), "dense_1", "dense_3")
    document = rows(document, 8)
    layout = layout_of(document)
    around = layout.routes[Wire(source="dense_1", target="add_1")]
    assert around is not None
    assert around.first > BLOCK_WIDTH / 2
    assert layout.routes[Wire(source="input", target="dense_1")] is None


def test_wires_around_the_same_blocks_run_side_by_side() -> None:
    document = rows(chain(6), 8)
    skips = (Wire(source="input", target="dense_4"), Wire(source="dense_1", target="dense_6"))
    layout = layout_of(document.with_changes(wires=(*document.wires, *skips)))
    first, second = (layout.routes[wire] for wire in skips)
    assert first is not None
    assert second is not None
    assert abs(first.first - second.first) > 5


def test_a_wire_back_up_leads_around_its_own_ends() -> None:
    document = chain(1)
    document = edits.place(edits.place(document, "input", 0, 0), "dense_1", 20, -200)
    path = layout_of(document).path(Wire(source="input", target="dense_1"))
    body = block_rect().adjusted(3, 3, -3, -3)
    assert not any(body.translated(*place).contains(path.pointAtPercent(0.5)) for place in ((0, 0), (20, -200)))


def test_a_path_starts_and_ends_at_the_edges_of_its_blocks() -> None:
    down = wire_path(QPointF(0, 0), QPointF(40, 200))
    assert (down.pointAtPercent(0), down.pointAtPercent(1)) == (
        QPointF(0, BLOCK_HEIGHT / 2),
        QPointF(40, 200 - BLOCK_HEIGHT / 2),
    )


def test_the_nearest_wire_is_the_one_that_a_look_at_all_of_them_finds() -> None:
    document = wiring.connect(rows(chain(12), 4), "dense_2", "dense_9")
    layout = layout_of(document)
    around = QRectF(-200, -100, 1600, 600)
    for x, y in itertools.product(range(10), range(6)):
        point = QPointF(around.left() + x * around.width() / 9, around.top() + y * around.height() / 5)
        found = nearest_wire(document, point)
        assert found is not None
        # Ports count as well, so that it may be nearer than its path.
        distances = {wire: _distance(layout, wire, point) for wire in document.wires}
        assert found[1] <= min(distances.values())
        for within in (20.0, found[1] + 0.01):
            near = nearest_wire(document, point, within=within)
            assert near == (found if found[1] < within else None)


def _distance(layout: Layout, wire: Wire, point: QPointF) -> float:
    return min(math.hypot(x - point.x(), y - point.y()) for x, y in along(layout.path(wire)))


def test_the_layout_of_the_same_document_is_found_once() -> None:
    document = chain(3)
    assert layout_of(document) is layout_of(document)
    assert layout_of(edits.place(document, "dense_1", 5, 5)) is not layout_of(document)


@pytest.mark.parametrize("per_column", [3, 4, 12])
def test_no_path_leaves_the_extent_of_its_wire(per_column: int) -> None:
    document = rows(chain(10), per_column)
    extra = [Wire(source=f"dense_{a}", target=f"dense_{b}") for a, b in ((1, 3), (2, 7), (9, 1), (3, 10))]
    layout = Layout(document.with_changes(wires=(*document.wires, *extra)))
    around = 0
    for wire, route in layout.routes.items():
        left, top, right, bottom = extent(layout.places[wire.source], layout.places[wire.target], route)
        path = layout.path(wire).boundingRect()
        assert (
            QRectF(left, top, right - left, bottom - top)
            .adjusted(-0.1, -0.1, 0.1, 0.1)
            .contains(path.adjusted(-0.01, -0.01, 0.01, 0.01))
        )
        around += route is not None
    assert 0 < around < len(layout.routes)


def test_a_skip_connection_ends_elsewhere_than_the_next_one_begins() -> None:
    document = document_of(
        layers.Dense(4), layers.ReLU(), layers.Dense(4), layers.Dense(4), layers.Dense(4), layers.Dense(4)
    )
    # Through Add after Add: one skip connection begins where the other ends.
    document = wiring.connect(document, "relu_1", "dense_3")
    document = edits.tidy(wiring.connect(document, "add_1", "dense_5"))
    layout = layout_of(document)
    first, second = Wire(source="relu_1", target="add_1"), Wire(source="add_1", target="add_2")
    arriving, leaving = layout.routes[first], layout.routes[second]
    assert arriving is not None
    assert leaving is not None
    assert arriving.arrive == leaving.leave
    entries = entries_of(document, layout)
    # Above the middle, from which the second leads out; and still on the edge of the block.
    assert 12 < -entries[first].shift[1] < BLOCK_HEIGHT / 2 - 8
    # Where nothing leads out on that side, it ends in the middle.
    alone = wiring.disconnect(document, second)
    for row, name in enumerate((INPUT, *alone.chain(), OUTPUT)):
        alone = edits.place(alone, name, 0, 90 * row)
    assert not entries_of(alone, layout_of(alone))
