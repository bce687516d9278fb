"""Edits of a document, and the analysis that follows each."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pydantic import ValidationError

from engine import layers
from engine.data import XOR, Digits, Hills, Iris, TableFile
from engine.errors import Fix, SpecError
from engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import INPUT, OUTPUT, Document, Wire
from nnstudio.training.build import build


def chain(*items: layers.Layer, **data: object) -> Document:
    document = edits.set_data(Document(), **{"dataset": XOR(), **data})
    for item in items:
        document = edits.append(document, item)
    return document


@pytest.fixture
def three() -> Document:
    return chain(layers.Dense(units=3), layers.Tanh(), layers.Dense(units=1))


def wires(document: Document) -> set[tuple[str, str]]:
    return {(wire.source, wire.target) for wire in document.wires}


class TestInsert:
    def test_append_builds_a_chain(self, three: Document) -> None:
        assert three.chain() == ("dense_1", "tanh_1", "dense_2")
        assert wires(three) == {
            (INPUT, "dense_1"),
            ("dense_1", "tanh_1"),
            ("tanh_1", "dense_2"),
            ("dense_2", OUTPUT),
        }

    @pytest.mark.parametrize("place", range(4))
    def test_goes_onto_the_wire(self, three: Document, place: int) -> None:
        order = [INPUT, *three.chain(), OUTPUT]
        after = edits.insert(three, layers.ReLU(), Wire(source=order[place], target=order[place + 1]))
        expected = [*three.chain()]
        expected.insert(place, "relu_1")
        assert list(after.chain()) == expected
        assert len(after.wires) == len(three.wires) + 1

    def test_names_fill_gaps(self, three: Document) -> None:
        without = edits.remove(three, "dense_1")
        assert edits.append(without, layers.Dense(units=2)).chain() == ("tanh_1", "dense_2", "dense_1")

    def test_only_what_comes_after_moves(self, three: Document) -> None:
        after = edits.insert(three, layers.ReLU(), three.wires[1])
        places = {name: edits.position(after, name) for name in (INPUT, *after.chain(), OUTPUT)}
        for name in (INPUT, "dense_1"):
            assert places[name] == edits.position(three, name)
        # In one column, however long it becomes.
        assert [*places.values()] == [(0, row * edits.SPACING) for row in range(6)]

    def test_placed_by_hand_makes_room_below(self, three: Document) -> None:
        by_hand = edits.place(edits.place(three, "tanh_1", 40, 170), "dense_1", 40, 80)
        after = edits.insert(by_hand, layers.ReLU(), Wire(source="dense_1", target="tanh_1"))
        places = [edits.position(after, name) for name in ("dense_1", "relu_1", "tanh_1", "dense_2", OUTPUT)]
        assert places[0] == (40, 80)
        heights = [y for _, y in places]
        assert all(below - above >= edits.SPACING for above, below in pairwise(heights[:3]))
        for name in ("tanh_1", "dense_2", OUTPUT):
            moved = edits.position(after, name)[1] - edits.position(by_hand, name)[1]
            assert moved == pytest.approx(2 * edits.SPACING - 90)

    def test_no_such_wire(self, three: Document) -> None:
        with pytest.raises(ValueError, match="no wire from dense_1 to dense_2"):
            edits.insert(three, layers.ReLU(), Wire(source="dense_1", target="dense_2"))

    @pytest.mark.parametrize("name", ["dense_1", INPUT, OUTPUT])
    def test_name_that_is_taken(self, three: Document, name: str) -> None:
        with pytest.raises(ValueError, match=f"the name {name} is taken"):
            edits.insert(three, layers.ReLU(), three.wires[0], name)


class TestRemove:
    @pytest.mark.parametrize("name", ["dense_1", "tanh_1", "dense_2"])
    def test_closes_the_chain(self, three: Document, name: str) -> None:
        after = edits.remove(three, name)
        assert list(after.chain()) == [other for other in three.chain() if other != name]
        assert len(after.wires) == 3
        for other in (INPUT, *after.chain(), OUTPUT):
            assert edits.position(after, other) == edits.position(three, other)

    def test_leaves_room_for_the_next_one(self, three: Document) -> None:
        gone = edits.remove(three, "tanh_1")
        after = edits.insert(gone, layers.ReLU(), Wire(source="dense_1", target="dense_2"))
        assert edits.position(after, "relu_1") == edits.position(three, "tanh_1")
        assert edits.position(after, OUTPUT) == edits.position(three, OUTPUT)

    def test_several_and_all(self, three: Document) -> None:
        assert edits.remove(three, "dense_1", "dense_2").chain() == ("tanh_1",)
        assert wires(edits.remove(three, *three.chain())) == {(INPUT, OUTPUT)}

    def test_what_is_not_there_changes_nothing(self, three: Document) -> None:
        assert edits.remove(three, "gone", INPUT, OUTPUT) == three

    def test_undoes_an_insertion(self, three: Document) -> None:
        after = edits.remove(edits.insert(three, layers.ReLU(), three.wires[2]), "relu_1")
        assert after.chain() == three.chain()
        assert set(after.wires) == set(three.wires)

    def test_other_blocks_stay_where_a_hand_put_them(self, three: Document) -> None:
        by_hand = edits.place(three, "dense_2", 300, 20)
        after = edits.remove(by_hand, "tanh_1")
        assert edits.position(after, "dense_2") == (300, 20)
        assert edits.position(after, "dense_1") == edits.position(three, "dense_1")


class TestMove:
    def test_upwards_fills_the_hole_it_leaves(self, three: Document) -> None:
        after = edits.move_into(three, "dense_2", Wire(source=INPUT, target="dense_1"))
        places = [edits.position(after, name) for name in (INPUT, "dense_2", "dense_1", "tanh_1", OUTPUT)]
        assert places == [(0, row * edits.SPACING) for row in range(5)]

    def test_into_another_wire(self, three: Document) -> None:
        after = edits.move_into(three, "dense_1", Wire(source="dense_2", target=OUTPUT))
        assert after.chain() == ("tanh_1", "dense_2", "dense_1")
        assert after.block("dense_1").layer == three.block("dense_1").layer

    def test_beside_itself_is_no_move(self, three: Document) -> None:
        for wire in three.wires:
            if "tanh_1" in (wire.source, wire.target):
                assert edits.move_into(three, "tanh_1", wire) is three

    def test_place_keeps_wires(self, three: Document) -> None:
        after = edits.place(three, "tanh_1", 12.34, -5.67)
        assert edits.position(after, "tanh_1") == (12.3, -5.7)
        assert after.wires == three.wires

    @pytest.mark.parametrize("name", [INPUT, OUTPUT, "dense_1"])
    def test_place_where_it_is_changes_nothing(self, three: Document, name: str) -> None:
        assert edits.place(three, name, *edits.position(three, name)) is three

    def test_place_stays_on_the_canvas(self, three: Document) -> None:
        after = edits.place(three, "dense_1", 1e300, -0.01)
        assert edits.position(after, "dense_1") == (1e6, 0)
        assert Document.model_validate_json(after.model_dump_json(), strict=True) == after

    def test_minus_zero_is_zero(self, three: Document) -> None:
        plus, minus = (edits.place(three, "dense_1", 50, y) for y in (0.01, -0.01))
        assert plus.model_dump_json() == minus.model_dump_json()

    def test_long_chains_are_laid_out_without_overlap(self) -> None:
        document = chain(*[layers.ReLU() for _ in range(40)])
        places = [edits.position(document, name) for name in (INPUT, *document.chain(), OUTPUT)]
        assert len(set(places)) == 42
        for first, second in pairwise(places):
            assert first[0] < second[0] or (first[0] == second[0] and first[1] < second[1])


class TestRename:
    def test_wires_follow(self, three: Document) -> None:
        after = edits.rename(three, "tanh_1", "squash")
        assert after.chain() == ("dense_1", "squash", "dense_2")
        assert Document.model_validate_json(after.model_dump_json(), strict=True) == after

    def test_to_the_same_changes_nothing(self, three: Document) -> None:
        assert edits.rename(three, "tanh_1", "tanh_1") is three

    @pytest.mark.parametrize("name", ["dense_1", INPUT, OUTPUT])
    def test_taken(self, three: Document, name: str) -> None:
        with pytest.raises(ValueError, match=f"the name {name} is taken"):
            edits.rename(three, "tanh_1", name)

    @pytest.mark.parametrize("name", ["", "1st", "a b", "ä", "a.b", "x" * 41, "a\n"])
    def test_no_name(self, three: Document, name: str) -> None:
        with pytest.raises(ValueError, match="is not a valid name: use letters, digits and _"):
            edits.rename(three, "tanh_1", name)

    @pytest.mark.parametrize(
        ("text", "near"),
        [
            ("hidden layer", "hidden_layer"),
            ("hidden-layer (2)", "hidden_layer_2"),
            ("1st", "_1st"),
            ("größe", "grosse"),
            ("café", "cafe"),
            ("x" * 50, "x" * 40),
            ("dense 1", "dense_1_2"),
            ("tanh 1", "tanh_1"),
            ("input ", "input_2"),
            ("a.", "a"),
        ],
    )
    def test_the_nearest_name_is_offered_and_can_be_taken(self, three: Document, text: str, near: str) -> None:
        with pytest.raises(ValueError, match=rf"\. Try {near}$"):
            edits.rename(three, "tanh_1", text)
        assert edits.rename(three, "tanh_1", near).has_block(near)

    @pytest.mark.parametrize("text", ["", "  ", "?!", "_?_", "層"])
    def test_of_what_has_no_letter_for_a_name_nothing_is_offered(self, three: Document, text: str) -> None:
        with pytest.raises(ValueError, match=r"starting with a digit$"):
            edits.rename(three, "tanh_1", text)


class TestSettings:
    def test_of_a_block(self, three: Document) -> None:
        after = edits.set_field(three, "dense_1", "units", 7)
        assert after.block("dense_1").layer == layers.Dense(units=7)
        assert after.wires == three.wires
        assert edits.set_field(after, "dense_1", "units", 7) is after

    @pytest.mark.parametrize(("field", "value"), [("units", 0), ("units", "many"), ("unit", 3), ("bias", None)])
    def test_not_allowed(self, three: Document, field: str, value: object) -> None:
        with pytest.raises(SpecError, match=field):
            edits.set_field(three, "dense_1", field, value)

    def test_of_data_and_training(self, three: Document) -> None:
        after = edits.set_training(edits.set_data(three, dataset=Iris(), validation=0.5), epochs=7)
        assert (after.data.dataset, after.data.validation, after.training.epochs) == (Iris(), 0.5, 7)
        assert edits.set_data(after, validation=0.5) is after
        assert edits.set_training(after, epochs=7) is after

    def test_of_data_and_training_not_allowed(self, three: Document) -> None:
        with pytest.raises(ValidationError, match="validation"):
            edits.set_data(three, validation=1)
        with pytest.raises(ValidationError, match="epochs"):
            edits.set_training(three, epochs=0)


def cured(document: Document) -> Document:
    """The document after the one fix its analysis offers."""
    (problem,) = [problem for problem in analyse(document).problems.values() if problem.fix is not None]
    assert problem.fix is not None
    return edits.apply_fix(document, problem.where, problem.fix)


class TestProblems:
    def test_dense_after_a_picture(self) -> None:
        document = chain(
            layers.Conv2D(filters=4), layers.ReLU(), layers.Dense(units=10), layers.Softmax(), dataset=Digits()
        )
        document = edits.set_training(document, loss=CategoricalCrossEntropy())
        problems = analyse(document).problems
        assert list(problems) == ["dense_1"]
        assert "gets 4x6x6" in problems["dense_1"].sentence
        fix = problems["dense_1"].fix
        assert fix is not None
        assert fix.title == "Insert Flatten"
        after = edits.apply_fix(document, "dense_1", fix)
        assert after.chain() == ("conv2d_1", "relu_1", "flatten_1", "dense_1", "softmax_1")
        assert not analyse(after).problems
        assert analyse(after).reports["dense_1"].inputs == ((144,),)
        assert build(after).output_shape == (10,)

    def test_downstream_of_a_problem_is_unknown_not_wrong(self) -> None:
        document = chain(layers.Conv2D(), layers.Dense(units=2), layers.Tanh(), dataset=Digits())
        analysis = analyse(document)
        assert analysis.reports["conv2d_1"].output == (8, 6, 6)
        assert analysis.reports["tanh_1"].output is None
        assert list(analysis.problems) == ["dense_1"]

    def test_pictures_wanted_where_there_are_none(self) -> None:
        document = chain(layers.Conv2D())
        problem = analyse(document).problems["conv2d_1"]
        assert "needs images (channels x height x width), but gets 2" in problem.sentence
        assert problem.fix is None

    def test_square_rows_become_pictures(self) -> None:
        document = chain(layers.Flatten(), layers.Conv2D(), dataset=Digits())
        after = cured(document)
        assert after.chain() == ("flatten_1", "reshape_1", "conv2d_1")
        assert analyse(after).reports["conv2d_1"].output == (8, 6, 6)

    @pytest.mark.parametrize(
        ("items", "dataset", "loss", "last"),
        [
            ([layers.Dense(units=5)], Iris(), CategoricalCrossEntropy(), (3,)),
            ([layers.Dense(units=5), layers.Softmax()], Iris(), CategoricalCrossEntropy(), (3,)),
            ([layers.Dense(units=5), layers.Sigmoid()], XOR(), BinaryCrossEntropy(), None),
            ([layers.Dense(units=5)], Hills(), MeanSquaredError(), (1,)),
            ([layers.ReLU()], Iris(), MeanSquaredError(), (3,)),
            ([layers.Conv2D()], Digits(), CategoricalCrossEntropy(), (10,)),
        ],
    )
    def test_output_that_does_not_fit_the_data(
        self, items: list[layers.Layer], dataset: object, loss: object, last: tuple[int, ...] | None
    ) -> None:
        document = edits.set_training(chain(*items, dataset=dataset), loss=loss)
        assert list(analyse(document).problems) == [OUTPUT]
        after = cured(document)
        assert not analyse(after).problems
        assert last is None or build(after).output_shape == last

    def test_classes_loss_for_numbers(self) -> None:
        document = edits.set_training(chain(layers.Dense(units=1), dataset=Hills()), loss=BinaryCrossEntropy())
        assert "compares classes" in analyse(document).problems[OUTPUT].sentence

    def test_empty_document(self) -> None:
        analysis = analyse(Document())
        assert analysis.empty
        assert not analysis.problems
        with pytest.raises(SpecError, match="at least one layer"):
            build(Document())

    def test_data_that_cannot_be_read(self) -> None:
        analysis = analyse(chain(layers.Dense(), dataset=TableFile(path="none.csv")))
        assert analysis.signature is None
        assert list(analysis.problems) == [INPUT]

    def test_graph_that_is_none(self, three: Document) -> None:
        def wired(*pairs: tuple[str, str]) -> Document:
            return three.with_changes(wires=tuple(Wire(source=a, target=b) for a, b in pairs))

        loose = wired((INPUT, "dense_1"), ("dense_1", OUTPUT), ("tanh_1", "dense_2"))
        assert "This layer has no input" in analyse(loose).problems["tanh_1"].sentence
        circle = wired((INPUT, "dense_1"), ("tanh_1", "dense_2"), ("dense_2", "tanh_1"), ("dense_1", OUTPUT))
        assert "form a cycle" in analyse(circle).problems["tanh_1"].sentence

    def test_build_places_the_problem(self) -> None:
        document = chain(layers.Conv2D(), layers.Dense(units=2), dataset=Digits())
        with pytest.raises(SpecError, match="dense_1: Dense needs flat input") as caught:
            build(document)
        assert caught.value.where == "dense_1"
        assert isinstance(caught.value.fix, Fix)

    def test_what_is_appended_stands_before_the_loss_where_the_chain_leads_nowhere(self) -> None:
        document = chain(layers.Dense(units=3), layers.Tanh())
        # The first wire out of dense_1 goes on to tanh_1, which leads nowhere; the second one leads to the loss.
        wires = [Wire(source=INPUT, target="dense_1"), Wire(source="dense_1", target="tanh_1")]
        document = document.with_changes(wires=(*wires, Wire(source="dense_1", target=OUTPUT)))
        assert document.chain() == ("dense_1", "tanh_1")
        fix = Fix("Append both", append=(layers.ReLU(), layers.Dense(units=1)))
        after = edits.apply_fix(document, OUTPUT, fix)
        for wire in (("dense_1", "relu_1"), ("relu_1", "dense_2"), ("dense_2", OUTPUT), ("dense_1", "tanh_1")):
            assert Wire(source=wire[0], target=wire[1]) in after.wires
        assert len(after.wires) == len(wires) + 3
