"""Tidy layout: columns of chains, lanes of branches, and groups as one."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings

from engine import layers
from nnstudio.document import edits, groups
from nnstudio.document.layout import COLUMN_SPACING, ROWS, SPACING, fold, tidy
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from tests.nnstudio.layout_support import graphs, line, network, places


@given(graphs())
@settings(deadline=None, max_examples=150)
def test_tidying_twice_is_tidying_once_and_nothing_overlaps(document: Document) -> None:
    once = tidy(document)
    assert tidy(once) == once
    drawn = places(once)
    for (x0, y0), (x1, y1) in combinations(drawn.values(), 2):
        assert abs(x0 - x1) >= COLUMN_SPACING or abs(y0 - y1) >= SPACING
    assert once.wires == document.wires
    assert once.groups == document.groups


def test_a_short_chain_is_one_column_and_a_long_one_several_of_like_length() -> None:
    assert {x for x, _ in places(tidy(line(3))).values()} == {0}
    drawn = places(tidy(line(18)))
    columns = sorted({x for x, _ in drawn.values()})
    lengths = [sum(x == column for x, _ in drawn.values()) for column in columns]
    assert sum(lengths) == 20
    assert max(lengths) == ROWS
    assert min(lengths) >= ROWS - 1


@pytest.mark.parametrize("blocks", [30, 60, 150])
def test_a_long_chain_is_about_as_wide_as_it_is_high(blocks: int) -> None:
    drawn = places(tidy(line(blocks))).values()
    width = max(x for x, _ in drawn) + COLUMN_SPACING
    height = max(y for _, y in drawn) + SPACING
    assert 1 <= width / height <= 3


def test_a_branch_stands_beside_the_blocks_it_leads_around() -> None:
    document = tidy(network((INPUT, "a"), ("a", "b"), ("b", "c"), ("a", "side"), ("side", "c"), ("c", OUTPUT)))
    drawn = places(document)
    assert drawn["a"][0] == drawn["b"][0] == drawn["c"][0] == 0
    assert drawn["side"] == (COLUMN_SPACING, drawn["b"][1])


def test_nested_branches_stand_inside_one_another() -> None:
    chain = pairwise([INPUT, "a", "b", "c", "d", OUTPUT])
    document = tidy(network(*chain, ("a", "outer"), ("outer", "d"), ("b", "inner"), ("inner", "d")))
    drawn = places(document)
    assert drawn["inner"][0] < drawn["outer"][0]


def test_parallel_branches_keep_to_their_lanes() -> None:
    branches = [pair for lane in "pqr" for pair in (("a", f"{lane}1"), (f"{lane}1", f"{lane}2"), (f"{lane}2", "z"))]
    drawn = places(tidy(network((INPUT, "a"), *branches, ("z", OUTPUT))))
    for lane in "pqr":
        assert drawn[f"{lane}1"][0] == drawn[f"{lane}2"][0]
    assert [drawn[f"{lane}1"][0] for lane in "pqr"] == [0, COLUMN_SPACING, 2 * COLUMN_SPACING]


def test_columns_are_cut_where_no_short_wire_leads_around() -> None:
    units = [[f"{letter}{number}" for letter in "abcdef"] for number in range(4)]
    chain = pairwise([INPUT, *(name for unit in units for name in unit), OUTPUT])
    drawn = places(tidy(network(*chain, *((unit[0], unit[-2]) for unit in units))))
    assert len({x for x, _ in drawn.values()}) > 1
    for unit in units:
        assert drawn[unit[0]][0] == drawn[unit[-2]][0]


def test_a_wire_around_everything_keeps_no_chain_from_folding() -> None:
    document = line(40)
    around = document.with_changes(wires=(*document.wires, Wire(source="b0", target="b39")))
    assert len({x for x, _ in places(tidy(around)).values()}) == len({x for x, _ in places(tidy(document)).values()})


def test_a_group_keeps_room_for_its_frame_and_collapsed_takes_one_row() -> None:
    document = tidy(line(3))
    grouped = groups.make(document, "b1")
    assert tidy(grouped) == grouped
    gap = edits.position(grouped, "b1")[1] - edits.position(grouped, "b0")[1]
    assert gap > SPACING
    collapsed = tidy(groups.set_collapsed(grouped, "group_1", True))
    assert places(collapsed) == {
        ("group_1" if name == "b1" else name): place for name, place in places(document).items()
    }


@pytest.mark.parametrize(
    "document",
    [
        network((INPUT, "a"), ("a", "b"), ("b", "a"), ("b", OUTPUT)),
        network((INPUT, "a"), ("a", OUTPUT), ("b", "c"), ("c", "b")),
        network(("a", "b")),
        network((INPUT, "a"), ("b", OUTPUT)),
        Document(wires=()),
    ],
)
def test_what_is_no_network_yet_is_laid_out_all_the_same(document: Document) -> None:
    neat = tidy(document)
    drawn = places(neat)
    assert len(set(drawn.values())) == len(drawn)
    assert tidy(neat) is neat


def test_hundreds_of_blocks_take_no_time() -> None:
    document = tidy(line(500))
    best = 1.0
    for _ in range(5):
        begin = time.perf_counter()
        tidy(document)
        best = min(best, time.perf_counter() - begin)
    assert best < 0.1  # some 10 ms on an idle machine


@given(graphs())
def test_a_tidy_document_is_given_back_as_it_is(document: Document) -> None:
    neat = tidy(document)
    assert tidy(neat) is neat
    assert tidy(edits.place(neat, INPUT, 1234.5, -77.0)) == neat


def test_a_column_as_it_was_built_is_folded_when_its_file_is_opened() -> None:
    built = Document()
    for _ in range(6):
        built = edits.append(edits.append(built, layers.Dense(4)), layers.Tanh())
    assert len({block.x for block in built.blocks}) == 1
    folded = fold(built)
    assert len({block.x for block in folded.blocks}) > 1
    assert folded == edits.tidy(built)
    assert fold(folded) == folded


def test_what_somebody_has_arranged_and_what_is_short_stay_when_a_file_is_opened() -> None:
    built = Document()
    for _ in range(6):
        built = edits.append(edits.append(built, layers.Dense(4)), layers.Tanh())
    moved = edits.place(built, "dense_3", 40.0, 300.0)
    assert fold(moved) is moved
    short = edits.append(Document(), layers.Dense(4))
    assert fold(short) is short
