"""Groups: valid members, drawing, and repetition of their pattern."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine import datasets, layers
from engine.layers.base import Layer
from nnstudio.document import edits, grouping, groups, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from tests.nnstudio.builders import document_of


def stack(*blocks: Layer) -> Document:
    return document_of(*blocks, dataset=datasets.Digits())


@pytest.fixture
def chain() -> Document:
    return stack(
        layers.Conv2D(4, padding="same"),
        layers.ReLU(),
        layers.Conv2D(8, padding="same"),
        layers.ReLU(),
        layers.Flatten(),
        layers.Dense(10),
    )


@pytest.fixture
def pair(chain: Document) -> Document:
    """Conv-ReLU twice, as one group."""
    return groups.make(chain, *chain.chain()[:4])


@pytest.fixture
def residual() -> Document:
    """Dense-Tanh-Add, around which a wire leads, as one group between two others."""
    document = document_of(
        layers.Dense(8), layers.Dense(8), layers.Tanh(), layers.Dense(2), dataset=datasets.Gaussians(clouds=2)
    )
    document = wiring.connect(document, "dense_1", "dense_3")
    return groups.make(document, "add_1", "dense_2", "tanh_1")


def loaded(document: Document) -> Document:
    """As it comes back from a file: everything is checked."""
    return Document.model_validate_json(document.model_dump_json(), strict=True)


class TestMake:
    def test_holds_the_blocks_in_the_order_of_the_data(self, chain: Document) -> None:
        document = groups.make(chain, "relu_1", "conv2d_1")
        (group,) = document.groups
        assert (group.name, group.blocks, group.collapsed) == ("group_1", ("conv2d_1", "relu_1"), False)
        assert loaded(document) == document

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            ((), "Select the blocks"),
            ((INPUT, "conv2d_1"), "belong to no group"),
            (("conv2d_1", OUTPUT), "belong to no group"),
            (("conv2d_1", "conv2d_2"), "relu_1 stands between"),
        ],
    )
    def test_says_why_it_cannot_be(self, chain: Document, names: tuple[str, ...], words: str) -> None:
        with pytest.raises(ValueError, match=words):
            groups.make(chain, *names)

    def test_a_block_is_in_one_group_only(self, pair: Document) -> None:
        with pytest.raises(ValueError, match="relu_2 is already in group_1"):
            groups.make(pair, "relu_2", "flatten_1")

    def test_one_way_in_and_one_way_out(self, chain: Document) -> None:
        document = edits.set_field(chain, "conv2d_1", "filters", 8)
        document = wiring.connect(document, "relu_1", "flatten_1")
        assert not grouping.obstacle(document, ("conv2d_2", "relu_2", "add_1"))
        assert "both lead out" in grouping.obstacle(document, ("relu_1", "conv2d_2"))
        # Two inputs into one joining block are one way in.
        assert not grouping.obstacle(document, ("add_1", "flatten_1"))
        branch = edits.insert(document, layers.Conv2D(8, padding="same"), Wire(source="relu_1", target="add_1"))
        assert "are not connected" in grouping.obstacle(branch, ("conv2d_2", "conv2d_3"))
        assert not grouping.obstacle(branch, ("relu_1", "conv2d_2", "relu_2", "conv2d_3", "add_1"))

    def test_two_inputs_at_two_places_are_refused(self, residual: Document) -> None:
        document = groups.dissolve(residual, "group_1")
        document = edits.insert(document, layers.Tanh(), Wire(source="dense_1", target="add_1"))
        assert "at two places" in grouping.obstacle(document, ("dense_2", "tanh_1", "add_1"))

    def test_a_block_that_leads_nowhere(self, chain: Document) -> None:
        loose = chain.with_changes(wires=tuple(w for w in chain.wires if w.source != "dense_1"))
        assert "Nothing leads on from dense_1" in grouping.obstacle(loose, ("flatten_1", "dense_1"))


class TestPattern:
    def test_is_the_shortest_that_follows_itself(self, pair: Document) -> None:
        names = pair.groups[0].blocks
        assert grouping.repeats(pair, names) == (("conv2d_1", "relu_1"), ("conv2d_2", "relu_2"))
        assert grouping.repeats(pair, names[:3]) == (names[:3],)
        assert grouping.title(pair, names[:2]) == "Conv-ReLU"

    def test_the_same_types_wired_otherwise_are_no_repetition(self, chain: Document) -> None:
        document = wiring.connect(edits.set_field(chain, "conv2d_1", "filters", 8), "relu_1", "flatten_1")
        names = ("conv2d_1", "relu_1", "conv2d_2", "relu_2", "add_1")
        assert len(grouping.repeats(document, names)) == 1

    def test_a_block_with_a_wire_around_it(self, residual: Document) -> None:
        assert grouping.repeats(residual, residual.groups[0].blocks) == (("dense_2", "tanh_1", "add_1"),)


class TestRepeat:
    def test_more_are_copies_of_the_last(self, pair: Document) -> None:
        document = groups.set_repeat(pair, "group_1", 4)
        assert document.chain() == (
            *("conv2d_1", "relu_1", "conv2d_2", "relu_2", "conv2d_3", "relu_3", "conv2d_4", "relu_4"),
            *("flatten_1", "dense_1"),
        )
        assert document.block("conv2d_4").layer == pair.block("conv2d_2").layer
        assert len(grouping.repeats(document, document.group("group_1").blocks)) == 4
        assert analyse(document).ok
        column = [edits.position(document, name) for name in (INPUT, *document.chain(), OUTPUT)]
        assert {x for x, _ in column} == {0}
        assert all(below - above >= edits.SPACING for (_, above), (_, below) in pairwise(column))
        assert loaded(document) == document

    def test_less_takes_the_last_out(self, pair: Document) -> None:
        grown = groups.set_repeat(pair, "group_1", 4)
        assert groups.set_repeat(grown, "group_1", 2) == pair
        assert groups.set_repeat(grown, "group_1", 1).chain() == ("conv2d_1", "relu_1", "flatten_1", "dense_1")

    def test_switches_and_locks_are_copied(self, pair: Document) -> None:
        blocks = tuple(
            block.with_changes(disabled=True, frozen=True) if block.name == "conv2d_2" else block
            for block in pair.blocks
        )
        copy = groups.set_repeat(pair.with_changes(blocks=blocks), "group_1", 3).block("conv2d_3")
        assert copy.disabled
        assert copy.frozen

    def test_branches_are_copied_with_their_wires(self, residual: Document) -> None:
        document = groups.set_repeat(residual, "group_1", 3)
        assert len(grouping.repeats(document, document.group("group_1").blocks)) == 3
        sources = {name: [w.source for w in document.wires if w.target == name] for name in ("add_2", "add_3")}
        assert sources == {"add_2": ["tanh_2", "add_1"], "add_3": ["tanh_3", "add_2"]}
        assert [wire.source for wire in document.wires if wire.target == "dense_3"] == ["add_3"]
        assert analyse(document).ok
        fewer = groups.set_repeat(document, "group_1", 1)
        assert set(fewer.wires) == set(residual.wires)
        assert fewer.blocks == residual.blocks

    @pytest.mark.parametrize("count", [0, -1, groups.MOST + 1])
    def test_the_number_has_bounds(self, pair: Document, count: int) -> None:
        with pytest.raises(ValueError, match="1 to 50 times"):
            groups.set_repeat(pair, "group_1", count)

    def test_what_joins_two_inputs_cannot_follow_itself(self, residual: Document) -> None:
        document = groups.make(groups.dissolve(residual, "group_1"), "add_1", "dense_3")
        with pytest.raises(ValueError, match="add_1 joins several inputs"):
            groups.set_repeat(document, "group_1", 2)
        assert groups.set_repeat(document, "group_1", 1) is document

    def test_placed_by_hand_makes_room(self, pair: Document) -> None:
        # One column, so that all that follows stands below.
        names = [INPUT, *pair.chain(), OUTPUT]
        document = pair
        for row, name in enumerate(names):
            document = edits.place(document, name, 7, 100.0 * row)
        grown = groups.set_repeat(document, "group_1", 3)
        heights = [edits.position(grown, name)[1] for name in (INPUT, *grown.chain(), OUTPUT)]
        assert all(below - above >= edits.SPACING for above, below in pairwise(heights))
        assert groups.set_repeat(grown, "group_1", 2) == document

    def test_a_setting_of_all_repetitions(self, pair: Document) -> None:
        document = groups.set_field(pair, "group_1", 0, "filters", 5)
        assert [document.block(name).layer.filters for name in ("conv2d_1", "conv2d_2")] == [5, 5]  # type: ignore[attr-defined]


class TestCollapse:
    def test_is_drawn_as_one_block(self, pair: Document) -> None:
        assert grouping.drawn(pair) is pair
        document = groups.set_collapsed(pair, "group_1", True)
        picture = grouping.drawn(document)
        assert picture.chain() == ("group_1", "flatten_1", "dense_1")
        assert edits.position(picture, "group_1") == edits.position(document, "group_1")
        assert document.chain() == pair.chain()
        assert grouping.stand_in(document, "relu_2") == "group_1"
        assert grouping.blocks_of(document, "group_1", "flatten_1", INPUT) == (*pair.chain()[:4], "flatten_1")

    def test_what_follows_closes_up_and_makes_room_again(self, pair: Document) -> None:
        document = groups.set_collapsed(pair, "group_1", True)
        assert edits.position(document, "group_1") == edits.position(pair, "conv2d_1")
        gap = edits.position(pair, "flatten_1")[1] - edits.position(pair, "relu_2")[1]
        assert edits.position(document, "flatten_1")[1] - edits.position(document, "group_1")[1] == gap
        assert groups.set_collapsed(document, "group_1", False) == pair
        assert groups.set_collapsed(pair, "group_1", False) is pair

    def test_nothing_closes_up_over_what_stands_in_the_way(self, pair: Document) -> None:
        document = edits.place(pair, INPUT, *edits.position(pair, "relu_1"))
        collapsed = groups.set_collapsed(document, "group_1", True)
        for name in ("flatten_1", "dense_1", OUTPUT):
            assert edits.position(collapsed, name) == edits.position(document, name)

    def test_by_hand_both_ways(self, pair: Document) -> None:
        document = pair
        for row, name in enumerate([INPUT, *pair.chain(), OUTPUT]):
            document = edits.place(document, name, 7, 160.0 * row)
        collapsed = groups.set_collapsed(document, "group_1", True)
        assert edits.position(collapsed, "group_1") == (7, 160)
        assert edits.position(collapsed, "flatten_1") == (7, 320)
        assert groups.set_collapsed(collapsed, "group_1", False) == document

    def test_moves_and_goes_as_one(self, pair: Document) -> None:
        document = groups.set_collapsed(pair, "group_1", True)
        y = edits.position(document, "group_1")[1]
        moved = edits.place(document, "group_1", 500, 60)
        offsets = [
            tuple(a - b for a, b in zip(edits.position(moved, name), edits.position(document, name), strict=True))
            for name in pair.chain()[:4]
        ]
        assert offsets == [(500, 60 - y)] * 4
        assert edits.remove(document, "group_1").chain() == ("flatten_1", "dense_1")

    def test_a_block_goes_onto_the_wire_that_is_drawn_to_it(self, residual: Document) -> None:
        document = groups.set_collapsed(residual, "group_1", True)
        wire = Wire(source="dense_1", target="group_1")
        assert wire in grouping.drawn(document).wires
        # Two wires are drawn as one; the block goes onto both.
        after = edits.insert(document, layers.Tanh(), wire)
        assert grouping.drawn(after).chain() == ("dense_1", "tanh_2", "group_1", "dense_3")
        assert {wire.target for wire in after.wires if wire.source == "tanh_2"} == {"dense_2", "add_1"}
        assert {wire.target for wire in after.wires if wire.source == "dense_1"} == {"tanh_2"}
        assert analyse(after).ok
        behind = edits.insert(document, layers.Tanh(), Wire(source="group_1", target="dense_3"))
        assert behind.groups == document.groups
        gone = edits.remove(after, "tanh_2")
        assert (set(gone.wires), gone.groups) == (set(document.wires), document.groups)

    def test_wires_are_drawn_by_hand_to_and_from_it(self, pair: Document) -> None:
        document = groups.set_collapsed(edits.append(pair, layers.Softmax()), "group_1", True)
        assert "cycle" in wiring.obstacle(document, "dense_1", "group_1")
        around = wiring.connect(document, INPUT, "group_1") if not wiring.obstacle(document, INPUT, "group_1") else None
        assert around is None  # it feeds the first block already
        after = wiring.connect(document, "group_1", "dense_1")
        assert [wire.source for wire in after.wires if wire.target == "add_1"] == ["flatten_1", "relu_2"]

    def test_goes_onto_another_wire(self, residual: Document) -> None:
        document = groups.set_collapsed(residual, "group_1", True)
        after = groups.move_into(document, "group_1", Wire(source="dense_3", target=OUTPUT))
        assert grouping.drawn(after).chain() == ("dense_1", "dense_3", "group_1")
        assert [wire.source for wire in after.wires if wire.target == "add_1"] == ["tanh_1", "dense_3"]
        with pytest.raises(ValueError, match="no wire"):
            groups.move_into(document, "group_1", Wire(source="dense_1", target="group_1"))
        with pytest.raises(ValueError, match="without group_1"):
            groups.move_into(document, "group_1", Wire(source="dense_2", target="tanh_1"))


class TestFollowEdits:
    def test_inserting_within_joins_and_at_the_ends_does_not(self, pair: Document) -> None:
        inside = edits.insert(pair, layers.Dropout(), Wire(source="conv2d_1", target="relu_1"))
        assert "dropout_1" in inside.groups[0].blocks
        for ends in ((INPUT, "conv2d_1"), ("relu_2", "flatten_1")):
            outside = edits.insert(pair, layers.Dropout(), Wire(source=ends[0], target=ends[1]))
            assert outside.groups == pair.groups

    def test_removing_leaves_and_an_empty_group_goes(self, pair: Document) -> None:
        assert edits.remove(pair, "relu_1").groups[0].blocks == ("conv2d_1", "conv2d_2", "relu_2")
        assert edits.remove(pair, *pair.chain()[:4]).groups == ()

    def test_renaming(self, pair: Document) -> None:
        assert edits.rename(pair, "relu_1", "bend").groups[0].blocks == ("conv2d_1", "bend", "conv2d_2", "relu_2")
        document = edits.rename(pair, "group_1", "features")
        assert document.group("features").blocks == pair.groups[0].blocks
        for old, new in (("features", "relu_1"), ("relu_1", "features"), ("features", INPUT)):
            with pytest.raises(ValueError, match=f"the name {new} is taken"):
                edits.rename(document, old, new)
        assert edits.fresh_name(edits.rename(pair, "group_1", "dense_2"), layers.Dense()) == "dense_3"

    def test_moving_a_block_out_and_in(self, pair: Document) -> None:
        out = edits.move_into(pair, "relu_2", Wire(source="flatten_1", target="dense_1"))
        assert out.groups[0].blocks == ("conv2d_1", "relu_1", "conv2d_2")
        back = edits.move_into(out, "relu_2", Wire(source="conv2d_1", target="relu_1"))
        assert "relu_2" in back.groups[0].blocks

    def test_a_wire_around_takes_in_what_comes_to_stand_between(self) -> None:
        document = document_of(
            layers.Dense(8), layers.Tanh(), layers.Dense(8), layers.Dense(2), dataset=datasets.Gaussians(clouds=2)
        )
        document = wiring.connect(document, "dense_1", "dense_3")
        document = edits.insert(document, layers.ReLU(), Wire(source="dense_1", target="add_1"))
        document = groups.make(document, "tanh_1", "dense_2")
        document = wiring.connect(document, "relu_1", "dense_2")
        assert document.groups[0].blocks == ("tanh_1", "dense_2", "add_2")
        after = wiring.connect(document, "tanh_1", "relu_1")
        assert set(after.groups[0].blocks) == {"tanh_1", "dense_2", "add_2", "add_3", "relu_1"}

    def test_dissolving_keeps_the_blocks(self, pair: Document) -> None:
        collapsed = groups.set_collapsed(pair, "group_1", True)
        apart = groups.dissolve(collapsed, "group_1")
        assert apart.groups == ()
        assert apart.blocks == pair.blocks
        assert apart.chain() == pair.chain()


def test_files_with_names_that_clash_are_refused(pair: Document) -> None:
    for name in ("relu_1", INPUT):
        clash = edits.with_group(pair, "group_1", pair.groups[0].with_changes(name=name))
        with pytest.raises(ValueError, match="which is the name of a block"):
            loaded(clash)
