"""Dismissed warnings and hints: identity and duration; errors cannot be dismissed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import ValidationError

from engine import datasets, layers, losses
from nnstudio.document import dismissals, edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import OUTPUT, Dismissal, Document, Wire
from nnstudio.document.problems import Problem, Severity
from nnstudio.project.project_file import Project, from_bytes, to_bytes
from nnstudio.store import Store
from tests.nnstudio.builders import document_of, opened


def network() -> Document:
    """Two Dense with nothing between, an end without Softmax, and batches larger than the data."""
    made = document_of(
        layers.Flatten(), layers.Dense(8), layers.Dense(9), layers.ReLU(), layers.Dense(10), dataset=datasets.Digits()
    )
    return edits.set_training(made, loss=losses.CategoricalCrossEntropy(), batch_size=5000)


def told(document: Document) -> list[tuple[str, str]]:
    return [(problem.where, problem.rule) for problem in analyse(document).remarks]


@pytest.fixture
def store() -> Store:
    return opened(network())


def on(store: Store, where: str) -> Problem:
    return next(problem for problem in store.analysis.remarks if problem.where == where)


def test_what_is_dismissed_is_told_no_more_and_comes_back() -> None:
    document = network()
    folded, end, batch = analyse(document).remarks
    assert told(document) == [
        ("dense_2", "missing_activation"),
        ("dense_3", "missing_output_function"),
        (OUTPUT, "batch_larger_than_data"),
    ]
    quiet = dismissals.dismiss(document, folded, batch)
    analysis = analyse(quiet)
    assert analysis.remarks == (end,)
    assert analysis.dismissed == (folded, batch)
    assert analysis.findings == (end,)
    assert analysis.ok
    assert dismissals.dismiss(quiet, folded) is quiet
    assert told(dismissals.bring_back(quiet, batch)) == [told(document)[1], told(document)[2]]
    assert dismissals.bring_back(quiet, folded, batch) == document
    assert dismissals.bring_back(document, end) is document


def test_it_stays_so_while_the_sentence_says_other_numbers() -> None:
    document = network()
    batch = analyse(document).remarks[-1]
    quiet = edits.set_training(dismissals.dismiss(document, batch), batch_size=6000)
    (hidden,) = analyse(quiet).dismissed
    assert hidden.sentence != batch.sentence
    assert (OUTPUT, "batch_larger_than_data") not in told(quiet)


def test_it_comes_back_when_it_has_become_worse() -> None:
    document = network()
    hint = replace(analyse(document).remarks[0], severity=Severity.HINT)
    warning = replace(hint, severity=Severity.WARNING)
    quiet = dismissals.dismiss(document, hint)
    assert dismissals.sort_out(quiet, [hint]) == ((), (hint,))
    assert dismissals.sort_out(quiet, [warning]) == ((warning,), ())
    # Dismissed as a warning, it is dismissed as the hint that it may become again.
    quieter = dismissals.dismiss(quiet, warning)
    assert dismissals.sort_out(quieter, [hint]) == ((), (hint,))
    assert dismissals.sort_out(quieter, [warning]) == ((), (warning,))
    assert len(quieter.dismissed) == 1
    assert dismissals.bring_back(quieter, warning) == document


def test_what_has_become_an_error_is_told_and_stays_dismissed_as_the_hint_it_was(store: Store) -> None:
    """Statistics over a batch of one are a hint for pictures, and an error for rows."""

    def found() -> list[tuple[str, str]]:
        told = [each for each in store.analysis.findings if each.where == "batchnorm_1"]
        hidden = [each for each in store.analysis.dismissed if each.rule == "batch_of_one"]
        return [(each.severity.value, "told") for each in told] + [(each.severity.value, "hidden") for each in hidden]

    document = document_of(
        layers.BatchNorm(), layers.Flatten(), layers.Dense(10), layers.Softmax(), dataset=datasets.Digits()
    )
    pictures = edits.set_training(document, batch_size=1, loss=losses.CategoricalCrossEntropy())
    store.open(pictures)
    assert found() == [("hint", "told")]
    store.dismiss(on(store, "batchnorm_1"))
    assert found() == [("hint", "hidden")]
    store.edit("Rows", edits.move_into(store.document, "batchnorm_1", Wire(source="flatten_1", target="dense_1")))
    assert found() == [("error", "told")]
    assert len(store.document.dismissed) == 1
    store.edit("Pictures", edits.move_into(store.document, "batchnorm_1", Wire(source="input", target="flatten_1")))
    assert found() == [("hint", "hidden")]
    store.bring_back(*store.analysis.dismissed)
    assert found() == [("hint", "told")]
    assert store.document.dismissed == ()


def test_files_that_do_not_tell_how_bad_it_was_are_read() -> None:
    fields = {**json.loads(Document().model_dump_json()), "dismissed": [{"block": "a", "rule": "r"}]}
    assert Document.model_validate_json(json.dumps(fields), strict=True).dismissed[0].severity == "warning"


def test_errors_cannot_be_dismissed() -> None:
    broken = edits.remove(network(), "flatten_1")
    (error,) = analyse(broken).problems.values()
    assert not dismissals.can_dismiss(error)
    assert dismissals.dismiss(broken, error) is broken
    assert analyse(broken).problems


def test_it_goes_with_its_block(store: Store) -> None:
    store.dismiss(on(store, "dense_2"))
    first = store.document
    assert store.undo_stack.undoText() == "Dismiss 1 warning on dense_2"
    store.edit("rename", edits.rename(store.document, "dense_2", "second"))
    assert store.document.dismissed == (Dismissal(block="second", rule="missing_activation"),)
    assert ("second", "missing_activation") not in told(store.document)
    store.edit("insert", edits.insert(store.document, layers.Dropout(), store.document.wires[0]))
    assert store.document.dismissed
    store.edit("remove", edits.remove(store.document, "second"))
    assert store.document.dismissed == ()
    # A new block may have the old name; what is to be said of it is said.
    wire = next(wire for wire in store.document.wires if wire.source == "dense_1")
    store.edit("insert", edits.insert(store.document, layers.Dense(9), wire, name="dense_2"))
    assert ("dense_2", "missing_activation") in told(store.document)
    for _ in range(4):
        store.undo_stack.undo()
    assert store.document == first
    store.undo_stack.undo()
    assert store.document == network()


def test_another_type_of_block_is_another_block(store: Store) -> None:
    store.dismiss(on(store, "dense_2"), on(store, OUTPUT))
    assert store.undo_stack.undoText() == "Dismiss 2 warnings on dense_2, loss"
    document = store.document
    blocks = tuple(
        block.with_changes(layer=layers.Tanh()) if block.name == "dense_2" else block for block in document.blocks
    )
    store.edit("replace", document.with_changes(blocks=blocks))
    assert [each.block for each in store.document.dismissed] == [OUTPUT]


def test_it_is_brought_back_as_a_step(store: Store) -> None:
    folded = on(store, "dense_2")
    store.dismiss(folded)
    quiet = store.document
    store.bring_back(folded)
    assert store.undo_stack.undoText() == "Bring back 1 warning on dense_2"
    assert store.document == network()
    store.undo_stack.undo()
    assert store.document == quiet


def test_files_keep_it_and_older_ones_have_none() -> None:
    document = network()
    quiet = dismissals.dismiss(document, *analyse(document).remarks)
    assert from_bytes(to_bytes(Project(quiet)), "p").document == quiet
    assert analyse(quiet).findings == ()
    fields = json.loads(document.model_dump_json())
    del fields["dismissed"]
    assert Document.model_validate_json(json.dumps(fields), strict=True) == document


@pytest.mark.parametrize("broken", [{"block": "a b", "rule": "r"}, {"block": "a", "rule": "No rule"}, {"block": "a"}])
def test_a_damaged_entry_is_refused(broken: dict[str, str]) -> None:
    fields = {**json.loads(Document().model_dump_json()), "dismissed": [broken]}
    with pytest.raises(ValidationError, match=r"dismissed\.0"):
        Document.model_validate_json(json.dumps(fields), strict=True)


def test_what_a_newer_program_dismissed_is_kept() -> None:
    unknown = Document(dismissed=(Dismissal(block="gone", rule="a_rule_of_tomorrow"),))
    assert from_bytes(to_bytes(Project(unknown)), "p").document == unknown
    assert analyse(unknown).empty
