"""Fixes for unfinished outputs, and the loss that follows the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import datasets, layers, losses
from engine.data import Dataset, NpzFile, TableFile
from engine.errors import Fix
from engine.layers import REGISTRY
from engine.layers.base import Layer
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import OUTPUT, Document
from nnstudio.project import templates
from nnstudio.training.build import build, read_data, trainer_for
from tests.nnstudio.builders import opened

BCE, CCE, MSE = losses.BinaryCrossEntropy(), losses.CategoricalCrossEntropy(), losses.MeanSquaredError()
ACTIVATIONS = [kind for kind in REGISTRY.values() if kind.category == "Activation"]
ALONE = [kind for kind in REGISTRY.values() if kind.inputs[0] == 1]
ADD = "Add an output layer"


def stacked(dataset: Dataset, *stack: Layer) -> Document:
    """A new project with other data, and layers dropped onto it one after the other."""
    document = edits.choose_data(Document(), dataset)
    for layer in stack:
        document = edits.append(document, layer)
    return document


def kinds(document: Document) -> list[str]:
    return [document.block(name).layer.type_name() for name in document.chain()]


def offered(document: Document) -> tuple[Fix, ...]:
    return analyse(document).problems[OUTPUT].fixes


def with_output_function(document: Document) -> Document:
    """The document with the output function that its loss is made for, where a warning misses it."""
    for remark in analyse(document).remarks:
        if remark.rule == "missing_output_function" and remark.fix is not None:
            return edits.apply_fix(document, remark.where, remark.fix)
    return document


def fixed(document: Document) -> Document:
    """After the first fix of the first problem, and so on until there is none."""
    for _ in range(8):
        problems = list(analyse(document).problems.values())
        if not problems:
            return document
        assert problems[0].fix is not None, problems[0]
        document = edits.apply_fix(document, problems[0].where, problems[0].fix)
    raise AssertionError(f"no end of fixes: {analyse(document).problems}")


def learns(document: Document, steps: int = 150) -> None:
    """Trains, and sees that the loss of the training data falls."""
    data = read_data(document.data).train
    trainer = trainer_for(document, build(document), data)
    trainer.load(data.x, data.y, None)
    before = trainer.evaluate(data.x, data.y)["loss"]
    for _ in range(steps):
        trainer.step()
    assert trainer.evaluate(data.x, data.y)["loss"] < before


@pytest.fixture
def two_targets(tmp_path: Path) -> Dataset:
    x = np.random.default_rng(3).normal(size=(90, 3)).astype(np.float32)
    np.savez(tmp_path / "two.npz", x=x, y=np.stack([x[:, 0] - x[:, 1], x[:, 2] * 0.5 + 1], axis=1))
    return NpzFile(path=str(tmp_path / "two.npz"))


DATA = {
    "two": (datasets.Moons(), BCE, ["Dense", "Sigmoid"], 1),
    "three": (datasets.Iris(), CCE, ["Dense", "Softmax"], 3),
    "ten": (datasets.Digits(), CCE, ["Dense", "Softmax"], 10),
    "numbers": (datasets.Hills(), MSE, ["Dense"], 1),
}


def test_a_new_project_has_the_loss_of_its_data() -> None:
    document = Document()
    signature = document.data.dataset.signature()
    assert document.training.loss == losses.usual(signature.task, len(signature.classes)) == BCE


@pytest.mark.parametrize(
    ("task", "classes", "usual"),
    [
        ("regression", 0, MSE),
        ("multi_label", 0, BCE),
        ("classification", 1, BCE),
        ("classification", 2, BCE),
        ("classification", 3, CCE),
    ],
)
def test_one_loss_is_usual_for_each_kind_of_data(task: losses.Task, classes: int, usual: losses.Loss) -> None:
    assert [kind for kind in losses.LOSSES.values() if kind.is_usual(task, classes)] == [type(usual)]
    assert losses.usual(task, classes) == usual


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("data", DATA)
def test_after_a_hidden_layer_the_first_cure_is_an_output_layer(data: str, activation: type[Layer]) -> None:
    dataset, loss, end, units = DATA[data]
    rows = (layers.Flatten(),) if data == "ten" else ()
    document = stacked(dataset, *rows, layers.Dense(units=8), activation())
    assert document.training.loss == loss
    if activation is layers.Softmax:
        # Shares are answers: their layer is the output layer.
        (only,) = offered(document)
        assert only.block == "dense_1"
        assert only.change == {"units": units}
    else:
        assert offered(document)[0].title == ADD
        after = edits.apply_fix(document, OUTPUT, offered(document)[0])
        assert kinds(after) == [*kinds(document), *end]
        assert after.block("dense_2").layer == layers.Dense(units=units)
        # What was there is as it was.
        assert all(after.block(block.name).layer == block.layer for block in document.blocks)
    learns(fixed(document))


@pytest.mark.parametrize("kind", ALONE, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("data", DATA)
def test_every_layer_on_its_own_becomes_a_network_that_trains(data: str, kind: type[Layer]) -> None:
    document = stacked(DATA[data][0], kind())
    if OUTPUT in analyse(document).problems:
        assert not {"ReLU", "Sigmoid", "Conv2D"} & {kind.__name__} or offered(document)[0].title == ADD
        learns(fixed(document))
    else:
        # It does not take such data at all, or it passes on as many numbers as the loss compares.
        assert analyse(document).problems or build(document).output_shape in [(2,), (DATA[data][3],)]


@pytest.mark.parametrize(
    "stack",
    [
        (layers.Conv2D(filters=4),),
        (layers.Conv2D(filters=4), layers.ReLU(), layers.MaxPool2D()),
        (layers.Conv2D(filters=4), layers.BatchNorm(), layers.ReLU(), layers.Dropout()),
    ],
)
def test_pictures_are_put_in_a_row_first(stack: tuple[Layer, ...]) -> None:
    document = stacked(datasets.Digits(), *stack)
    assert [fix.title for fix in offered(document)] == [ADD]
    after = fixed(document)
    assert kinds(after)[-3:] == ["Flatten", "Dense", "Softmax"]
    learns(after, 40)


@pytest.mark.parametrize("stack", [(layers.Dense(units=8), layers.ReLU()), (layers.Dense(units=5),)])
def test_several_targets(two_targets: Dataset, stack: tuple[Layer, ...]) -> None:
    document = stacked(two_targets, *stack)
    assert document.training.loss == MSE
    after = fixed(document)
    assert kinds(after) == [*kinds(document), "Dense"]
    assert build(after).output_shape == (2,)
    learns(after)


class TestResizing:
    """Another size for the last layer is a fix only where it is the output layer by its looks."""

    @pytest.mark.parametrize(
        ("dataset", "loss", "stack", "titles", "end"),
        [
            (datasets.Iris(), CCE, (layers.Dense(5), layers.Softmax()), ["Set units of dense_1 to 3"], "Softmax"),
            (
                datasets.Iris(),
                CCE,
                (layers.Dense(1), layers.Sigmoid()),
                ["Make dense_1 the output layer", ADD],
                "Softmax",
            ),
            (datasets.Iris(), CCE, (layers.Dense(1),), ["Make dense_1 the output layer", ADD], "Softmax"),
            (datasets.Iris(), MSE, (layers.Dense(1), layers.Tanh()), ["Set units of dense_1 to 3", ADD], "Tanh"),
            (datasets.Moons(), MSE, (layers.Dense(5), layers.Softmax()), ["Set units of dense_1 to 2"], "Softmax"),
            (datasets.Moons(), BCE, (layers.Dense(3), layers.Softmax()), ["Make dense_1 the output layer"], "Sigmoid"),
            (datasets.Hills(), MSE, (layers.Dense(3), layers.Softmax()), ["Make dense_1 the output layer"], "Dense"),
            (
                datasets.Iris(),
                CCE,
                (layers.Dense(5), layers.BatchNorm(), layers.Softmax()),
                ["Set units of dense_1 to 3"],
                "Softmax",
            ),
        ],
    )
    def test_of_an_output_layer_comes_first(
        self, dataset: Dataset, loss: losses.Loss, stack: tuple[Layer, ...], titles: list[str], end: str
    ) -> None:
        document = edits.set_training(stacked(dataset, *stack), loss=loss)
        assert [fix.title for fix in offered(document)] == titles
        after = fixed(document)
        assert kinds(after)[-1] == end
        assert len(after.blocks) <= len(document.blocks) + 1
        learns(after)

    @pytest.mark.parametrize(
        ("hidden", "first"), [(layers.Tanh(), "Set units of dense_2 to 1"), (layers.Sigmoid(), ADD)]
    )
    def test_comes_first_where_the_last_activation_is_that_of_the_output_alone(self, hidden: Layer, first: str) -> None:
        document = stacked(datasets.Moons(), layers.Dense(8), hidden, layers.Dense(8), layers.Sigmoid())
        assert offered(document)[0].title == first
        learns(fixed(document))

    @pytest.mark.parametrize(
        ("stack", "second"),
        [
            ((layers.Dense(8),), "Make dense_1 the output layer"),
            ((layers.Dense(8), layers.Sigmoid()), "Set units of dense_1 to 1"),
            ((layers.Dense(8), layers.ReLU()), None),
            ((layers.Dense(8), layers.ReLU(), layers.Dropout()), None),
            ((layers.Dense(8), layers.Tanh(), layers.BatchNorm()), None),
        ],
    )
    def test_of_what_may_be_a_hidden_layer_comes_second_or_not_at_all(
        self, stack: tuple[Layer, ...], second: str | None
    ) -> None:
        document = stacked(datasets.Moons(), *stack)
        assert [fix.title for fix in offered(document)] == [ADD, *([second] if second else [])]
        for fix in offered(document):
            after = edits.apply_fix(document, OUTPUT, fix)
            assert not analyse(after).problems
            assert build(after).output_shape == (1,)
            assert kinds(after)[-1] == "Sigmoid"
            learns(after)

    def test_not_of_a_layer_that_feeds_others_too(self) -> None:
        document = stacked(datasets.Iris(), layers.Dense(4), layers.Dense(4), layers.Add(), layers.Softmax())
        document = document.with_changes(
            wires=(*document.wires, document.wires[0]._replace(source="dense_1", target="add_1"))
        )
        assert [fix.title for fix in offered(document)] == [ADD]


def test_nothing_is_said_of_the_end_of_a_network_that_is_not_finished() -> None:
    """To put Softmax in the place of the ReLU of a hidden layer is no advice."""
    document = stacked(datasets.Iris(), layers.Dense(8), layers.ReLU())
    assert not analyse(document).remarks
    document = edits.set_field(document, "dense_1", "units", 3)
    assert [remark.rule for remark in analyse(document).remarks] == ["missing_output_function"]


def test_all_cures_can_be_chosen() -> None:
    store = opened(stacked(datasets.Moons(), layers.Dense(8)))
    problem = store.analysis.problems[OUTPUT]
    store.apply_fix(problem, problem.others[0])
    assert kinds(store.document) == ["Dense", "Sigmoid"]
    assert store.undo_stack.undoText() == "Make dense_1 the output layer"
    store.undo_stack.undo()
    store.apply_fix(problem)
    assert kinds(store.document) == ["Dense", "Dense", "Sigmoid"]


class TestLossFollowsData:
    def test_from_two_classes_to_three_to_numbers_and_back(self) -> None:
        document = stacked(datasets.Circles(), layers.Dense(8), layers.ReLU())
        for dataset, loss in (
            (datasets.Iris(), CCE),
            (datasets.Hills(), MSE),
            (datasets.Plane(), MSE),
            (datasets.Moons(), BCE),
            (datasets.Digits(), CCE),
            (datasets.XOR(), BCE),
        ):
            document = edits.choose_data(document, dataset)
            assert document.training.loss == loss
            assert document.training == edits.set_training(document, loss=loss).training
            if not isinstance(dataset, datasets.Digits):
                learns(fixed(document))

    def test_with_a_setting_of_the_same_data(self, tmp_path: Path) -> None:
        """The column that is to be predicted decides whether there are classes."""
        lines = [f"{i % 7},{i / 3:.2f},{i % 3}" for i in range(60)]
        (tmp_path / "table.csv").write_text("\n".join(["a,b,kind", *lines]))
        document = edits.choose_data(Document(), TableFile(path=str(tmp_path / "none.csv")))
        assert document.training.loss == BCE
        dataset = TableFile(path=str(tmp_path / "table.csv"), target="kind")
        document = edits.set_dataset(document, dataset)
        assert document.training.loss == CCE
        document = edits.set_dataset(document, dataset.with_changes(target="b"))
        assert document.training.loss == MSE

    @pytest.mark.parametrize("loss", [losses.Huber(), losses.MeanAbsoluteError()])
    def test_but_not_where_a_person_has_chosen_another(self, loss: losses.Loss) -> None:
        document = edits.set_training(stacked(datasets.Hills(), layers.Dense(8)), loss=loss)
        for dataset in (datasets.Moons(), datasets.Iris(), datasets.Hills()):
            document = edits.choose_data(document, dataset)
            assert document.training.loss == loss
        smoothed = edits.set_training(stacked(datasets.Iris()), loss=losses.CategoricalCrossEntropy(smoothing=0.1))
        assert edits.choose_data(smoothed, datasets.Moons()).training.loss == smoothed.training.loss

    def test_nor_where_nothing_speaks_against_it(self) -> None:
        """XOR with Tanh and the squared error is a classic. It is the same after a look at other data."""
        xor = templates.load("xor").document
        there = edits.choose_data(xor, datasets.Hills())
        assert there.training.loss == MSE
        assert edits.choose_data(there, xor.data.dataset).training == xor.training

    def test_nor_where_a_file_is_only_found_again(self, tmp_path: Path) -> None:
        """What was chosen for data that are gone stays when they are back in another place."""
        y = np.arange(40) % 2
        np.savez(tmp_path / "here.npz", x=np.random.default_rng(0).normal(size=(40, 2)) + y[:, None], y=y)
        document = stacked(datasets.Moons(), layers.Dense(4), layers.Tanh(), layers.Dense(1), layers.Tanh())
        document = edits.set_training(document, loss=MSE)
        document = edits.set_data(document, dataset=NpzFile(path=str(tmp_path / "gone.npz")))
        found = edits.set_dataset(document, NpzFile(path=str(tmp_path / "here.npz")))
        assert not analyse(found).problems
        assert found.training.loss == MSE

    @pytest.mark.parametrize("name", ["spiral", "iris", "regression-hills"])
    def test_in_the_examples_there_and_back(self, name: str) -> None:
        example = templates.load(name).document
        for dataset in (datasets.Iris(), datasets.Hills(), datasets.Moons()):
            there = edits.choose_data(example, dataset)
            signature = dataset.signature()
            assert there.training.loss == losses.usual(signature.task, len(signature.classes))
            learns(with_output_function(fixed(there)))
            back = edits.choose_data(there, example.data.dataset)
            assert back.training == example.training
