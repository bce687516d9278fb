"""Project files: whatever is written is read again, and nothing else."""

from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save as dump_tensors

from engine import layers
from engine.data import TableFile
from engine.errors import EngineError
from engine.training.checkpoint import TrainerState
from nnstudio.document import edits
from nnstudio.document.model import FORMAT, Document, Wire
from nnstudio.files import atomic_write
from nnstudio.project.project_file import Project, ProjectError, from_bytes, load, save, to_bytes
from nnstudio.training.build import build
from nnstudio.training.checkpoint import Checkpoint, Curve, Mark
from tests.nnstudio.builders import document_of
from tests.nnstudio.project_support import refusal, zipped


@pytest.fixture
def document() -> Document:
    return document_of(layers.Dense(units=3), layers.Tanh(), layers.Dense(units=1), layers.Tanh())


@pytest.fixture
def project(document: Document) -> Project:
    curves = {"loss": Curve(np.arange(1.0, 4), np.array([0.5, np.nan, 0.25])), "accuracy": Curve()}
    return Project(document, Checkpoint(dict(build(document).parameters), curves, 3, 12))


MARKS = (Mark(0.0, "Reset"), Mark(1.5, "dense_2 added"), Mark(2.0, "Learning rate 0.01 → 0.1"))


def test_marks_are_kept_and_an_older_file_has_none(project: Project) -> None:
    marked = replace(project, checkpoint=replace(project.checkpoint, marks=MARKS))
    assert from_bytes(to_bytes(marked), "marked").checkpoint.marks == MARKS
    assert b"marks" not in unzipped(to_bytes(project))["history.json"]
    assert from_bytes(to_bytes(project), "older").checkpoint.marks == ()


@pytest.mark.parametrize(
    ("marks", "where"),
    [
        ([{"x": 1.0, "text": "a"}] * 101, "marks"),
        ([{"x": -1.0, "text": "a"}], "marks.0.x"),
        ([{"x": "1", "text": "a"}], "marks.0.x"),
        ([{"x": 1.0, "text": "a" * 301}], "marks.0.text"),
        ([{"x": 1.0}], "marks.0.text"),
        ([{"x": 1.0, "text": "a", "colour": "red"}], "marks.0"),
        ({"x": 1.0}, "marks"),
    ],
)
def test_marks_that_make_no_sense_are_refused_by_their_path(document: Document, marks: object, where: str) -> None:
    history = json.dumps({"epoch": 1, "step": 1, "curves": {}, "marks": marks})
    with pytest.raises(ProjectError, match=rf"history.json: {where}:"):
        from_bytes(zipped(project=document.model_dump_json(), history=history), "odd")


def unzipped(data: bytes) -> dict[str, bytes]:
    """The entries of a project file."""
    with zipfile.ZipFile(BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def changed(document: Document, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A project file whose project.json was changed by hand."""
    fields = json.loads(document.model_dump_json())
    change(fields)
    return zipped(project=json.dumps(fields))


class TestRoundTrip:
    def test_all_comes_back(self, project: Project, tmp_path: Path) -> None:
        save(project, tmp_path / "a.nnstudio")
        read = load(tmp_path / "a.nnstudio")
        assert read.document == project.document
        assert set(read.checkpoint.weights) == set(project.checkpoint.weights)
        for name, array in project.checkpoint.weights.items():
            np.testing.assert_array_equal(read.checkpoint.weights[name], array)
        assert (read.checkpoint.epoch, read.checkpoint.step) == (3, 12)
        assert sorted(read.checkpoint.curves) == ["accuracy", "loss"]
        np.testing.assert_array_equal(read.checkpoint.curves["loss"].x, [1, 2, 3])
        np.testing.assert_array_equal(read.checkpoint.curves["loss"].y, [0.5, np.nan, 0.25])

    def test_equal_projects_give_equal_bytes(self, project: Project) -> None:
        again = from_bytes(to_bytes(project), "a")
        assert to_bytes(again) == to_bytes(project)

    def test_order_of_weights_and_curves_does_not_matter(self, project: Project) -> None:
        turned = Project(
            project.document,
            Checkpoint(
                dict(reversed(project.checkpoint.weights.items())),  # type: ignore[call-overload]
                dict(reversed(project.checkpoint.curves.items())),  # type: ignore[call-overload]
                3,
                12,
            ),
        )
        assert to_bytes(turned) == to_bytes(project)

    def test_untrained_has_neither_weights_nor_history(self, document: Document) -> None:
        data = to_bytes(Project(document))
        assert zipfile.ZipFile(BytesIO(data)).namelist() == ["project.json"]
        assert from_bytes(data, "a") == Project(document)

    def test_is_what_the_contract_says(self, project: Project) -> None:
        file = zipfile.ZipFile(BytesIO(to_bytes(project)))
        assert file.namelist() == ["project.json", "weights.safetensors", "history.json"]
        fields = json.loads(file.read("project.json"))
        assert fields["format"] == FORMAT
        assert {"blocks", "wires", "data", "training"} <= set(fields)
        assert json.loads(file.read("history.json"))["curves"]["loss"]["y"] == [0.5, None, 0.25]

    def test_long_curves_are_thinned_to_a_bound(self, document: Document) -> None:
        x = np.arange(1.0, 50_001)
        made = Checkpoint(curves={"loss": Curve(x, 1 / x)}, epoch=50_000, step=200_000)
        curve = from_bytes(to_bytes(Project(document, made)), "a").checkpoint.curves["loss"]
        assert len(curve.x) == len(curve.y) == 10_000
        assert (curve.x[0], curve.x[-1]) == (1, 50_000)
        np.testing.assert_allclose(curve.y, 1 / curve.x)

    def test_network_with_branches_keeps_them(self, document: Document) -> None:
        fields = json.loads(document.model_dump_json())
        fields["wires"].append({"source": "dense_1", "target": "tanh_2"})
        branched = Document.model_validate_json(json.dumps(fields))
        assert from_bytes(to_bytes(Project(branched)), "a").document == branched


class TestSaving:
    def test_failure_leaves_the_old_file_and_nothing_else(
        self, project: Project, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "a.nnstudio"
        save(project, path)
        before = path.read_bytes()

        def full(descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(atomic_write.os, "fsync", full)  # type: ignore[attr-defined]
        with pytest.raises(ProjectError, match=r"a\.nnstudio cannot be saved: No space left on device"):
            save(Project(document), path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_bytes_are_on_the_disk_before_the_name_is_taken(
        self, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order: list[str] = []
        fsync, replace = os.fsync, Path.replace
        monkeypatch.setattr(atomic_write.os, "fsync", lambda descriptor: (order.append("flush"), fsync(descriptor)))  # type: ignore[attr-defined]
        monkeypatch.setattr(Path, "replace", lambda self, to: (order.append("replace"), replace(self, to))[1])
        save(project, tmp_path / "a.nnstudio")
        assert order == ["flush", "replace", "flush"]

    @pytest.mark.skipif(os.name != "posix", reason="permissions of Unix")
    def test_permissions_are_kept(self, project: Project, tmp_path: Path) -> None:
        path = tmp_path / "a.nnstudio"
        before = os.umask(0o027)
        try:
            save(project, path)
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        save(project, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604

    @pytest.mark.skipif(os.name != "posix", reason="links of Unix")
    def test_a_link_stays_a_link(self, project: Project, tmp_path: Path) -> None:
        folder = tmp_path / "real"
        folder.mkdir()
        link = tmp_path / "link.nnstudio"
        link.symlink_to(folder / "a.nnstudio")
        save(project, link)
        assert link.is_symlink()
        assert load(folder / "a.nnstudio").document == project.document

    def test_folder_that_is_not_there(self, project: Project, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="cannot be saved: there is no folder"):
            save(project, tmp_path / "none" / "a.nnstudio")

    def test_folder_in_the_place_of_the_file(self, project: Project, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="cannot be saved: it is a folder"):
            save(project, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_weights_of_another_network_are_not_written(self, project: Project, tmp_path: Path) -> None:
        wider = edits.set_field(project.document, "dense_1", "units", 5)
        with pytest.raises(ProjectError, match=r"dense_1\.weight have the shape 2x3, but the network needs 2x5"):
            save(Project(wider, project.checkpoint), tmp_path / "a.nnstudio")
        assert list(tmp_path.iterdir()) == []


class TestRefusals:
    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match=r"none\.nnstudio does not exist"):
            load(tmp_path / "none.nnstudio")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ProjectError, match="is a folder"):
            load(tmp_path)

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
    def test_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ProjectError, match="is not a readable file"):
            load(tmp_path / "pipe")

    @pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"\x00" * 1000, b"PK\x05\x06"])
    def test_no_zip(self, data: bytes) -> None:
        assert "it is not a complete zip file" in refusal(data)

    def test_every_cut_is_noticed(self, project: Project) -> None:
        data = to_bytes(project)
        for length in range(0, len(data), 7):
            refusal(data[:length])

    @given(st.data())
    def test_changed_bytes_never_bring_another_error(self, data: st.DataObject) -> None:
        document = edits.append(Document(), layers.Dense(units=2))
        good = bytearray(
            to_bytes(
                Project(
                    document,
                    Checkpoint({"dense_1.weight": np.ones((2, 2), np.float32), "dense_1.bias": np.ones(2, np.float32)}),
                )
            )
        )
        for _ in range(data.draw(st.integers(1, 4))):
            good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
        # Any other error than this one fails the test.
        with contextlib.suppress(ProjectError):
            assert isinstance(from_bytes(bytes(good), "a").document, Document)

    def test_no_document(self) -> None:
        assert refusal(zipped(history="{}")) == "it is not an nnstudio project: it has no project.json"

    @pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "notes.txt", "project.json/", "PROJECT.JSON"])
    def test_foreign_entry(self, document: Document, name: str) -> None:
        assert refusal(zipped(**{"project": document.model_dump_json(), name: "x"})).startswith(f"it holds {name!r}")

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_entry_twice(self, document: Document) -> None:
        target = BytesIO()
        with zipfile.ZipFile(target, "w") as file:
            file.writestr("project.json", document.model_dump_json())
            file.writestr("project.json", document.model_dump_json())
        assert refusal(target.getvalue()) == "it holds project.json twice"

    def test_many_entries(self) -> None:
        assert "more than 16 entries" in refusal(zipped(**{f"e{number}": "" for number in range(1000)}))

    def test_bomb_is_not_unpacked(self) -> None:
        bomb = zipped(project=b"[" * (17 << 20))
        assert len(bomb) < 100_000
        assert refusal(bomb) == "its project.json takes 17,825,792 bytes; at most 16,777,216 are read"

    def test_bomb_that_lies_about_its_size(self) -> None:
        bomb = bytearray(zipped(project=b"[" * (17 << 20)))
        real, false = (17 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little")
        assert bomb.count(real) == 2
        sentence = refusal(bytes(bomb.replace(real, false)))
        assert "damaged" in sentence or "announces" in sentence

    def test_newer_format_is_named(self, document: Document) -> None:
        def newer(fields: dict[str, Any]) -> None:
            fields.update(format=FORMAT + 1, unheard_of=True)

        sentence = (
            f"was saved by a newer nnstudio (format {FORMAT + 1}; this one reads up to {FORMAT}); update nnstudio"
        )
        assert sentence in refusal(changed(document, newer))

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda f: f.pop("format"), "project.json: format: field required"),
            (lambda f: f.update(format="1"), "project.json: format: input should be a valid integer, found '1'"),
            (lambda f: f.update(format=0), f"project.json: format: input should be {FORMAT}, found 0"),
            (lambda f: f.update(theme="dark"), "project.json: there is no setting 'theme'"),
            (lambda f: f["blocks"][0].update(colour=1), "project.json: blocks.0: there is no setting 'colour'"),
            (lambda f: f["blocks"][0]["layer"].update(units="3"), "project.json: blocks.0.layer.Dense.units: input "),
            (lambda f: f["blocks"][0]["layer"].update(units=0), "project.json: blocks.0.layer.Dense.units: input "),
            (lambda f: f["blocks"][0]["layer"].update(type="Warp"), "blocks.0.layer: there is no type 'Warp'"),
            (lambda f: f["blocks"][0].update(x=float("nan")), "blocks.0.x: input should be a finite number, found nan"),
            (lambda f: f["blocks"][0].update(y=float("inf")), "blocks.0.y: input should be a finite number, found inf"),
            (lambda f: f["blocks"][0].update(y=1e30), "project.json: blocks.0.y: input should be less than"),
            (lambda f: f["blocks"][0].update(name="a b"), "project.json: blocks.0.name: string should match"),
            (lambda f: f["training"]["optimizer"].update(learning_rate=-1), "training.optimizer.Adam.learning_rate: "),
            (lambda f: f["training"].update(batch_size=1.5), "training.batch_size: input should be a valid integer"),
            (lambda f: f["data"]["dataset"].update(samples=1), "data.dataset.Circles.samples: input should be greater"),
            (lambda f: f["data"].update(validation=1), "data.validation: input should be less than or equal to 0.9"),
            (lambda f: f["blocks"][2].update(name="dense_1"), 'project.json: two blocks are called "dense_1"'),
            (lambda f: f["blocks"][0].update(name="input"), 'a block is called "input", which stands for an end'),
            (
                lambda f: f["wires"][1].update(target="gone"),
                'wires.1 goes from "dense_1" to "gone", but no "gone" is there',
            ),
            (
                lambda f: f["wires"][1].update(source="output"),
                'wires.1 goes from "output" to "tanh_1", but no "output" is',
            ),
            (lambda f: f["wires"].append(f["wires"][0]), "two wires join the same two blocks"),
            (
                lambda f: f["wires"].append({"source": "dense_1", "target": "output"}),
                "more than one block leads to the loss",
            ),
        ],
    )
    def test_wrong_field_is_named(self, document: Document, change: Callable[..., None], sentence: str) -> None:
        assert sentence in refusal(changed(document, change))

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "1", "\xff", "[" * 100_000, '{"format": 1, "x": 1'])
    def test_broken_json(self, text: str) -> None:
        assert refusal(zipped(project=text)).startswith("project.json: ")

    @pytest.mark.parametrize(
        ("history", "sentence"),
        [
            ("{}", "history.json: epoch: field required"),
            ('{"epoch": -1, "step": 0, "curves": {}}', "history.json: epoch: input should be greater than"),
            ('{"epoch": 1, "step": "2", "curves": {}}', "history.json: step: input should be a valid integer"),
            (
                '{"epoch": 1, "step": 2, "curves": {"loss": {"x": [1], "y": [1], "averaging": {"stride": 1, '
                '"waiting": 0}}}}',
                "history.json: curves.loss.averaging.stride: input should be greater than or equal to 2",
            ),
            (
                '{"epoch": 1, "step": 2, "curves": {"loss": {"x": [1], "y": [1], "averaging": {"stride": 2, '
                '"waiting": 2}}}}',
                "history.json: curves.loss.averaging: 2 values wait, but 2 are a point already",
            ),
            ('{"epoch": 1, "step": 2, "curves": {"loss": {"x": [1], "y": []}}}', "curves.loss: found 1 x but 0 y"),
            ('{"epoch": 1, "step": 2, "curves": {}, "stale": ["loss"]}', "history.json: stale: found 'loss'"),
            ('{"epoch": 1, "step": 2, "curves": {}, "stale": "loss"}', "history.json: stale: input should be a valid"),
            ('{"epoch": 1, "step": 2, "curves": {"loss": {"x": ["1"], "y": [1]}}}', "curves.loss.x.0: input should"),
        ],
    )
    def test_broken_history(self, document: Document, history: str, sentence: str) -> None:
        assert sentence in refusal(zipped(project=document.model_dump_json(), history=history))

    def test_a_check_of_several_fields_tells_what_it_found_alone(self, document: Document) -> None:
        """Not the whole of the settings again, after the sentence."""
        written = json.loads(document.model_dump_json())
        written["training"]["class_weights"] = [{"name": "a", "weight": 2.0}] * 2
        sentence = refusal(zipped(project=json.dumps(written)))
        assert sentence.endswith('training: class_weights holds the class "a" twice; take one out')

    def test_history_beyond_the_bound(self, document: Document) -> None:
        points = [1.0] * 10_001
        history = {"epoch": 1, "step": 1, "curves": {"loss": {"x": points, "y": points}}}
        sentence = refusal(zipped(project=document.model_dump_json(), history=json.dumps(history)))
        assert "history.json: curves.loss.x: list should have at most 10000 items" in sentence


def test_a_long_name_in_a_damaged_file_makes_no_long_sentence(document: Document) -> None:
    data = bytearray(zipped(project=document.model_dump_json(), history="{}"))
    # The first entry's own header says that its name is as long as it can be.
    data[26:28] = b"\xff\x0f"
    assert len(refusal(bytes(data))) < 500


class TestWeights:
    def refused(self, project: Project, **changes: np.ndarray | None) -> str:
        weights = {**project.checkpoint.weights, **{name.replace("__", "."): array for name, array in changes.items()}}
        kept = {name: array for name, array in weights.items() if array is not None}
        return refusal(zipped(project=project.document.model_dump_json(), weights=dump_tensors(kept)))

    def test_damaged(self, document: Document) -> None:
        for data in (b"", b"x" * 100, (1 << 60).to_bytes(8, "little") + b"{}"):
            assert "its weights.safetensors is damaged" in refusal(
                zipped(project=document.model_dump_json(), weights=data)
            )

    def test_pickles_are_not_read(self, document: Document) -> None:
        import pickle

        assert "damaged" in refusal(zipped(project=document.model_dump_json(), weights=pickle.dumps({"a": 1})))

    def test_wrong_shape(self, project: Project) -> None:
        sentence = self.refused(project, dense_1__weight=np.zeros((2, 7), np.float32))
        assert sentence == "the weights dense_1.weight have the shape 2x7, but the network needs 2x3"

    def test_missing(self, project: Project) -> None:
        assert "the weights dense_2.bias are missing" in self.refused(project, dense_2__bias=None)

    def test_of_no_block(self, project: Project) -> None:
        sentence = self.refused(project, dense_9__bias=np.zeros(1, np.float32))
        assert sentence == "the weights 'dense_9.bias' belong to no block of the network"

    def test_too_many(self, project: Project) -> None:
        sentence = self.refused(project, tanh_1__bias=np.zeros(1, np.float32))
        assert sentence == "the network has no weights 'tanh_1.bias'"

    def test_wrong_type(self, project: Project) -> None:
        assert "are float64, expected float32" in self.refused(project, dense_1__weight=np.zeros((2, 3)))

    def test_project_opens_although_its_own_data_file_changed(self, project: Project, tmp_path: Path) -> None:
        table = tmp_path / "t.csv"
        table.write_text("a,b,c,kind\n1,2,3,x\n4,5,7,y\n")
        document = edits.set_data(project.document, dataset=TableFile(path=str(table)))
        data = to_bytes(Project(document, Checkpoint(project.checkpoint.weights)))
        assert from_bytes(data, "a").trained
        with pytest.raises(EngineError, match=r"weights do not fit: those of dense_1.weight have the shape 2x3"):
            build(document, weights=project.checkpoint.weights)


class TestTrainerState:
    INFO = json.dumps({"version": 1, "epoch": 2})
    ARRAYS = dump_tensors({"order": np.arange(3)})

    def test_comes_back_with_what_json_cannot_say(self, project: Project) -> None:
        info = {"version": 1, "stopper": {"best": math.inf, "all": [-math.inf, 1.5]}, "number": "inf"}
        arrays = {"order": np.arange(5), "best": np.array([1, 2], np.float32)}
        data = to_bytes(replace(project, checkpoint=replace(project.checkpoint, state=TrainerState(info, arrays))))
        assert data == to_bytes(from_bytes(data, "a"))
        read = from_bytes(data, "a").checkpoint.state
        assert read is not None
        assert read.info == info
        for name, array in arrays.items():
            np.testing.assert_array_equal(read.arrays[name], array)
            assert read.arrays[name].dtype == array.dtype  # type: ignore[attr-defined]

    def test_need_not_be_there(self, project: Project) -> None:
        assert from_bytes(to_bytes(project), "a").checkpoint.state is None

    @pytest.mark.parametrize(
        ("info", "arrays", "sentence"),
        [
            (None, ARRAYS, "no state.json"),
            (INFO, None, "no state.safetensors"),
            ("{", ARRAYS, "its state.json is not JSON"),
            ("[" * 100_000, ARRAYS, "its state.json is not JSON"),
            ("[1]", ARRAYS, "found list, expected an object"),
            ("{}", ARRAYS, "has format None"),
            ('{"version": 2}', ARRAYS, "has format 2, but this nnstudio reads 1"),
            (INFO, b"abc", "its state.safetensors is damaged"),
            (INFO, pickle.dumps([1]), "its state.safetensors is damaged"),
            (INFO, dump_tensors({"order": np.zeros((2, 2))}), "shape (2, 2); expected a one-dimensional"),
            (INFO, dump_tensors({"order": np.zeros(2, np.float16)}), "float16"),
        ],
    )
    def test_malformed(self, document: Document, info: str | None, arrays: bytes | None, sentence: str) -> None:
        parts = {name: part for name, part in (("info", info), ("state", arrays)) if part is not None}
        assert sentence in refusal(zipped(project=document.model_dump_json(), **parts))

    def test_too_large(self, document: Document) -> None:
        text = json.dumps({"version": 1, "long": " " * (17 << 20)})
        sentence = refusal(zipped(project=document.model_dump_json(), info=text, state=self.ARRAYS))
        assert "its state.json takes" in sentence


def test_a_network_that_is_being_rebuilt_keeps_the_weights_that_still_fit(tmp_path: Path) -> None:
    document = document_of(layers.Dense(3), layers.Dense(4), layers.Dense(1))
    shapes = {"dense_1": (2, 3), "dense_2": (3, 4), "dense_3": (4, 1)}
    weights = {f"{name}.weight": np.zeros(shape, np.float32) for name, shape in shapes.items()}
    weights |= {f"{name}.bias": np.zeros(shape[1], np.float32) for name, shape in shapes.items()}
    document = edits.set_field(document, "dense_1", "units", 5)
    document = edits.insert(document, layers.Conv2D(), Wire(source="dense_1", target="dense_2"))
    document = edits.remove(document, "dense_3")
    half = Project(document, Checkpoint(weights)).fitted()
    left = half.checkpoint.weights
    assert set(left) == {"dense_2.weight", "dense_2.bias"}
    save(half, tmp_path / "half.nnstudio")
    assert set(load(tmp_path / "half.nnstudio").checkpoint.weights) == set(left)
