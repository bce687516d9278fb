"""Command line: its output, its files, and its exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from engine.data import DATASETS, KMNIST, MNIST, Circles, Iris, Release, fetching
from engine.data.release import RemoteFile
from engine.layers import Dense, ReLU
from engine.losses import BinaryCrossEntropy
from engine.optimizers import SGD
from engine.schedules import Cosine
from engine.training.early_stopping import EarlyStopping
from nnstudio import __version__, cli, cli_datasets, headless
from nnstudio.document import edits
from nnstudio.document.analysis import analyse
from nnstudio.document.model import Document
from nnstudio.project.project_file import Project, load, save
from tests.engine.builders import write_idx
from tests.engine.download_server import serving

ROOT = Path(__file__).parents[2]


@dataclass
class Result:
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the program in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Result:
        code = cli.main(words)
        out, err = capsys.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def xor(run: Run) -> str:
    """An XOR project after 1,500 epochs."""
    assert run("new", "xor", "-o", "xor.nnstudio").code == 0
    assert run("train", "xor.nnstudio", "--epochs", "1500").code == 0
    return "xor.nnstudio"


def program(*words: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Runs the program as a process; None takes a variable out of its environment."""
    settings = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    command = [sys.executable, "-m", "nnstudio", *words]
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)


class TestNew:
    def test_list(self, run: Run) -> None:
        result = run("new", "--list")
        names = [line.split()[0] for line in result.out.splitlines()]
        assert names[:3] == ["xor", "spiral", "moons"]
        assert {"digits-cnn", "mnist-tutorial"} <= set(names)

    def test_makes_a_project(self, run: Run) -> None:
        result = run("new", "spiral", "-o", "mine.nnstudio")
        assert (result.code, result.err) == (0, "")
        assert load("mine.nnstudio").document.chain()[0] == "dense_1"

    def test_replaces_nothing_unasked(self, run: Run) -> None:
        assert run("new", "xor").code == 0
        before = Path("xor.nnstudio").read_bytes()
        result = run("new", "xor")
        assert result.code == 1
        assert "xor.nnstudio already exists" in result.err
        assert Path("xor.nnstudio").read_bytes() == before

    def test_unknown_template(self, run: Run) -> None:
        result = run("new", "xr", "-o", "a.nnstudio")
        assert result.code == 1
        assert "there is no template 'xr'; choose one of xor, spiral" in result.err
        assert not Path("a.nnstudio").exists()


class TestTrain:
    def test_learns_and_saves(self, xor: str) -> None:
        project = load(xor)
        assert project.trained
        assert (project.checkpoint.epoch, project.checkpoint.step) == (1500, 6000)
        assert project.checkpoint.curves["loss"].y[-1] < 0.01
        assert project.checkpoint.curves["accuracy"].y[-1] == 1

    def test_shows_how_far_it_is(self, run: Run) -> None:
        run("new", "xor")
        result = run("train", "xor.nnstudio", "--epochs", "20")
        assert "epoch 20/20" in result.err
        assert "100%" in result.err
        assert "loss" in result.err
        assert result.out.startswith("done after epoch 20: loss ")

    def test_goes_on_from_the_saved_weights(self, run: Run, xor: str) -> None:
        before = load(xor)
        result = run("train", xor, "--epochs", "10", "-o", "more.nnstudio")
        assert result.code == 0
        after = load("more.nnstudio")
        assert (after.checkpoint.epoch, after.checkpoint.step) == (1510, 6040)
        assert after.checkpoint.curves["loss"].y[-1] < 0.001
        assert load(xor).checkpoint.epoch == 1500
        assert before.trained
        assert after.trained
        for name, array in before.checkpoint.weights.items():
            assert np.abs(after.checkpoint.weights[name] - array).max() < 0.1

    def test_trains_as_long_as_the_project_says(self, run: Run) -> None:
        run("new", "xor")
        save(type(load("xor.nnstudio"))(edits.set_training(load("xor.nnstudio").document, epochs=30)), "xor.nnstudio")
        assert run("train", "xor.nnstudio", "--epochs", "10").code == 0
        assert "done after epoch 30" in run("train", "xor.nnstudio").out
        # The setting follows; each further portion is as large as the first.
        for epochs in (60, 90):
            assert f"done after epoch {epochs}" in run("train", "xor.nnstudio").out
            assert load("xor.nnstudio").document.training.epochs == epochs

    def test_same_seed_same_bytes(self, run: Run) -> None:
        for name in ("a.nnstudio", "b.nnstudio"):
            run("new", "moons", "-o", name)
            run("train", name, "--epochs", "5")
        assert Path("a.nnstudio").read_bytes() == Path("b.nnstudio").read_bytes()

    def test_on_other_data_which_it_keeps(self, run: Run, tmp_path: Path) -> None:
        write_iris("iris.csv", range(150))
        run("new", "iris")
        assert run("train", "iris.nnstudio", "--epochs", "60", "--data", "iris.csv").code == 0
        assert load("iris.nnstudio").document.data.dataset.path == str(tmp_path / "iris.csv")  # type: ignore[attr-defined]
        assert json.loads(run("evaluate", "iris.nnstudio", "--json").out)["accuracy"] > 0.85

    def test_data_that_do_not_fit(self, run: Run, xor: str) -> None:
        Path("t.csv").write_text("a,b,c,kind\n1,2,3,x\n4,5,7,y\n")
        before = Path(xor).read_bytes()
        result = run("train", xor, "--data", "t.csv")
        assert result.code == 1
        assert "weights do not fit: those of dense_1.weight have the shape 2x3, but the network needs 3x3" in result.err
        assert Path(xor).read_bytes() == before

    def test_network_with_a_problem(self, run: Run) -> None:
        run("new", "digits-cnn")
        project = load("digits-cnn.nnstudio")
        save(type(project)(edits.remove(project.document, "flatten_1")), "digits-cnn.nnstudio")
        result = run("train", "digits-cnn.nnstudio")
        assert result.code == 1
        assert "dense_1: Dense needs flat input" in result.err

    def test_outputs_that_are_no_probabilities_are_told_in_one_sentence(self, run: Run) -> None:
        document = edits.choose_data(Document(), Circles())
        for layer in (Dense(8), ReLU(), Dense(1)):
            document = edits.append(document, layer)
        document = edits.set_training(document, loss=BinaryCrossEntropy(), epochs=50)
        save(Project(document), "no.nnstudio")
        before = Path("no.nnstudio").read_bytes()
        result = run("train", "no.nnstudio")
        assert result.code == 1
        last = result.err.splitlines()[-1]
        assert last.startswith("nnstudio: dense_2: Binary cross-entropy needs outputs from 0 to 1, but Dense gave -")
        assert last.endswith(". Append Sigmoid.")
        assert Path("no.nnstudio").read_bytes() == before
        # The same fix as a warning offers before training.
        (warning,) = (remark for remark in analyse(document).remarks if remark.rule == "missing_output_function")
        assert warning.fix is not None
        assert last.endswith(f"{warning.fix.title}.")
        save(Project(edits.apply_fix(document, warning.where, warning.fix)), "no.nnstudio")
        assert run("train", "no.nnstudio").code == 0
        assert 0 < load("no.nnstudio").checkpoint.curves["loss"].y[-1] < 0.69

    def test_training_that_diverges_keeps_the_old_weights(self, run: Run) -> None:
        run("new", "regression-hills", "-o", "h.nnstudio")
        run("train", "h.nnstudio", "--epochs", "1")
        project = load("h.nnstudio")
        wild = edits.set_training(project.document, optimizer=SGD(learning_rate=100.0))
        for name in ("tanh_1", "tanh_2"):
            wild = edits.remove(wild, name)
        save(replace(project, document=wild, checkpoint=replace(project.checkpoint, state=None)), "h.nnstudio")
        before = Path("h.nnstudio").read_bytes()
        result = run("train", "h.nnstudio", "--epochs", "2000")
        assert result.code == 1
        assert "Use a smaller learning rate" in result.err
        assert Path("h.nnstudio").read_bytes() == before

    @pytest.mark.skipif(os.name != "posix", reason="signals of Unix")
    def test_stops_early_says_so_and_goes_on_when_asked(self, run: Run) -> None:
        run("new", "moons", "-o", "m.nnstudio")
        made = load("m.nnstudio")
        stopping = EarlyStopping(patience=2, min_delta=100.0)
        save(replace(made, document=edits.set_training(made.document, early_stopping=stopping)), "m.nnstudio")
        result = run("train", "m.nnstudio")
        assert "Stopped after epoch 3: validation loss was best in epoch 1" in result.out
        assert "whose weights were restored" in result.out
        assert "done after epoch 3" in result.out
        assert "done after epoch 6" in run("train", "m.nnstudio", "--epochs", "40").out

    def test_two_halves_are_a_whole(self, run: Run) -> None:
        run("new", "moons", "-o", "a.nnstudio")
        run("new", "moons", "-o", "b.nnstudio")
        run("train", "a.nnstudio", "--epochs", "6")
        for _ in range(2):
            run("train", "b.nnstudio", "--epochs", "3")
        first, second = load("a.nnstudio"), load("b.nnstudio")
        assert first.trained
        assert second.trained
        for name, array in first.checkpoint.weights.items():
            np.testing.assert_array_equal(array, second.checkpoint.weights[name])

    def test_a_state_that_does_not_fit_is_told_of(self, run: Run) -> None:
        run("new", "moons", "-o", "m.nnstudio")
        run("train", "m.nnstudio", "--epochs", "1")
        made = load("m.nnstudio")
        save(replace(made, document=edits.set_training(made.document, optimizer=SGD(0.1))), "m.nnstudio")
        result = run("train", "m.nnstudio", "--epochs", "1")
        assert result.code == 0
        assert "fresh optimiser state" in result.err

    def test_the_summary_names_what_is_set(self, run: Run) -> None:
        run("new", "moons", "-o", "m.nnstudio")
        assert "with" not in run("summary", "m.nnstudio").out.splitlines()[-2]
        document = edits.set_frozen(load("m.nnstudio").document, True, "dense_1", "dense_2")
        document = edits.set_training(
            document, schedule=Cosine(), early_stopping=EarlyStopping(), class_weight="balanced"
        )
        save(replace(load("m.nnstudio"), document=document), "m.nnstudio")
        out = run("summary", "m.nnstudio").out
        assert "frozen: dense_1, dense_2" in out
        assert "epochs, with cosine, early stopping, balanced class weights" in out
        (name, _) = document.data.dataset.signature().classes
        for weight, told in ((1, "all 1"), (2.5, f"{name}: 2.5")):
            own = edits.set_class_weight(edits.set_training(document, class_weight="by_hand"), name, weight)
            save(replace(load("m.nnstudio"), document=own), "m.nnstudio")
            assert f"early stopping, class weights by hand ({told})" in run("summary", "m.nnstudio").out

    def test_tells_no_score_of_another_network(self, run: Run, xor: str) -> None:
        """Here it is stopped before the first epoch of the changed network is over."""
        assert "changed" not in run("summary", xor).out
        started = headless.start(load(xor))
        changed = edits.set_field(started.document, "dense_1", "units", 4)
        started.update(changed)
        save(headless.finish(Project(changed), started), xor)
        assert "1500 epochs, 6000 steps; the network" in run("summary", xor).out
        started = headless.start(load(xor))
        assert started.scores == {}
        started.step_once()
        assert started.scores == {}
        assert "done after epoch 1501: loss " in run("train", xor, "--epochs", "1").out
        assert "changed" not in run("summary", xor).out

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ctrl_c_stops_and_saves(self, tmp_path: Path, number: signal.Signals) -> None:
        path = str(tmp_path / "s.nnstudio")
        assert program("new", "spiral", "-o", path).returncode == 0
        command = [sys.executable, "-m", "nnstudio", "train", path, "--epochs", "1000000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stderr is not None
            seen = ""
            deadline = time.monotonic() + 30
            while "loss" not in seen:  # the bar shows a loss, so training is on its way
                seen += process.stderr.read(1)
                assert time.monotonic() < deadline
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert out.startswith("stopped after epoch ")
        assert "Traceback" not in err
        project = load(path)
        assert project.trained
        assert project.checkpoint.epoch > 0
        assert program("evaluate", path).returncode == 0


class TestEvaluate:
    def test_on_all_without_a_validation_part(self, run: Run, xor: str) -> None:
        result = run("evaluate", xor, "--json")
        scores = json.loads(result.out)
        assert set(scores) == {"loss", "accuracy", "samples"}
        assert (scores["accuracy"], scores["samples"]) == (1, 4)
        assert scores["loss"] < 0.01
        assert run("evaluate", xor).out.endswith("accuracy 1 (4 samples)\n")

    def test_on_the_validation_part(self, run: Run) -> None:
        run("new", "iris")
        run("train", "iris.nnstudio", "--epochs", "50")
        assert json.loads(run("evaluate", "iris.nnstudio", "--json").out)["samples"] == 30

    def test_on_other_data_by_the_names_of_the_classes(self, run: Run) -> None:
        run("new", "iris")
        run("train", "iris.nnstudio", "--epochs", "100")
        whole = write_iris("all.csv", range(150))
        scores = json.loads(run("evaluate", "iris.nnstudio", "--data", whole, "--json").out)
        assert (scores["samples"], scores["accuracy"] > 0.9) == (150, True)
        # A part with two of the three classes: its own numbering and its own scale would be other ones.
        part = write_iris("part.csv", range(50, 150))
        scores = json.loads(run("evaluate", "iris.nnstudio", "--data", part, "--json").out)
        assert (scores["samples"], scores["accuracy"] > 0.9) == (100, True)

    def test_classes_it_does_not_know(self, run: Run, xor: str) -> None:
        Path("t.csv").write_text("a,b,kind\n1,2,yes\n4,5,no\n")
        result = run("evaluate", xor, "--data", "t.csv")
        assert result.code == 1
        assert "t.csv, column 'kind': found the classes yes, no, but the network knows 0, 1" in result.err

    def test_digits_from_a_folder(self, run: Run, mnist_folder: Path) -> None:
        run("new", "mnist-tutorial", "-o", "m.nnstudio")
        assert run("train", "m.nnstudio", "--data", str(mnist_folder), "--epochs", "5").code == 0
        result = run("evaluate", "m.nnstudio", "--data", str(mnist_folder), "--json")
        scores = json.loads(result.out)
        unseen = MNIST(folder=str(mnist_folder), part="test", classes=(0, 1)).load()
        assert scores["samples"] == len(unseen)
        assert scores["accuracy"] > 0.95  # at most one of some thirty
        # The data are those it was trained on last.
        assert load("m.nnstudio").document.data.dataset == MNIST(
            folder=str(mnist_folder.resolve()), classes=(0, 1), per_class=100
        )

    def test_digits_that_are_not_here(self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("NNSTUDIO_MNIST", str(tmp_path / "nowhere"))
        run("new", "mnist-tutorial", "-o", "m.nnstudio")
        assert run("train", "m.nnstudio", "--epochs", "1").code == 0
        made = load("m.nnstudio")
        save(replace(made, document=edits.set_data(made.document, dataset=MNIST(classes=(0, 1)))), "m.nnstudio")
        missing = run("evaluate", "m.nnstudio")
        assert missing.code == 1
        assert "not on this computer yet" in missing.err
        assert missing.err.endswith("On the command line, name their place with --data.\n")

    def test_untrained(self, run: Run) -> None:
        run("new", "xor")
        result = run("evaluate", "xor.nnstudio")
        assert (result.code, result.out) == (1, "")
        assert result.err == "nnstudio: xor.nnstudio is not trained yet; run: nnstudio train xor.nnstudio\n"


class TestPredict:
    def test_written_out(self, run: Run, xor: str) -> None:
        answers = json.loads(run("predict", xor, "0,1; 1 1; -0.0,0", "--json").out)
        assert [answer["class"] for answer in answers] == ["1", "0", "0"]
        for answer in answers:
            assert sum(answer["probabilities"].values()) == pytest.approx(1)
            assert answer["probabilities"][answer["class"]] > 0.8

    @pytest.mark.parametrize("text", ["-0.1,0.9", "-.1 .9"])
    def test_minus_is_no_option(self, run: Run, xor: str, text: str) -> None:
        result = run("predict", xor, text)
        assert (result.code, result.out[0]) == (0, "1")

    def test_numbers_in_their_own_units(self, run: Run) -> None:
        run("new", "iris")
        run("train", "iris.nnstudio", "--epochs", "100")
        assert run("predict", "iris.nnstudio", "5.1,3.5,1.4,0.2").out.startswith("setosa 9")
        table = write_iris("t.csv", [149, 0])
        lines = run("predict", "iris.nnstudio", table).out.splitlines()
        assert [line.split()[0] for line in lines] == ["virginica", "setosa"]

    def test_columns_in_another_order(self, run: Run) -> None:
        run("new", "iris")
        run("train", "iris.nnstudio", "--epochs", "100")
        header = "petal width,kind,sepal length,petal length,sepal width"
        Path("t.csv").write_text(f"{header}\n0.2,?,5.1,1.4,3.5\n")
        assert run("predict", "iris.nnstudio", "t.csv").out.startswith("setosa")

    def test_arrays(self, run: Run, xor: str) -> None:
        np.save("a.npy", np.array([[0, 1], [1, 1]]))
        np.savez("a.npz", x=np.array([[0.0, 1.0], [1.0, 1.0]]))
        for name in ("a.npy", "a.npz"):
            assert [line[0] for line in run("predict", xor, name).out.splitlines()] == ["1", "0"]
        np.save("one.npy", np.array([1.0, 0.0]))
        assert run("predict", xor, "one.npy").out[0] == "1"

    def test_numbers_to_predict(self, run: Run) -> None:
        run("new", "regression-plane", "-o", "p.nnstudio")
        run("train", "p.nnstudio")
        ((value,),) = [answer["output"] for answer in json.loads(run("predict", "p.nnstudio", "0.4,0.2", "--json").out)]
        assert value == pytest.approx(0.3, abs=0.03)
        assert float(run("predict", "p.nnstudio", "0.4,0.2").out) == pytest.approx(value, rel=1e-4)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("1,2,3", "1,2,3: found 3 per sample, but the network takes 2"),
            ("1", "found 1 per sample, but the network takes 2"),
            ("1,2; 3", "give the same number of values for every sample"),
            ("abc", "'abc' is neither numbers such as 0,1 nor a file"),
            ("", "give the same number of values"),
            ("nan,1", "must be finite"),
            ("none.csv", "none.csv does not exist; choose a table"),
            ("none.npy", "none.npy does not exist"),
            ("bad.npy", "bad.npy is not a NumPy array: it starts with 6e 6f 20 61 72 72"),
            ("pickle.npy", "pickle.npy holds Python objects, which are never read"),
            ("bad.csv", "bad.csv, line 3, column 'b': 'x' is not a number"),
        ],
    )
    def test_faults(self, run: Run, xor: str, text: str, sentence: str) -> None:
        Path("bad.npy").write_bytes(b"no array")
        Path("bad.csv").write_text("a,b\n1,2\n3,x\n")
        np.save("pickle.npy", np.array([{}]), allow_pickle=True)
        result = run("predict", xor, text)
        assert (result.code, result.out) == (1, "")
        assert sentence in result.err
        assert result.err.count("\n") == 1


class TestOthers:
    def test_summary(self, run: Run, xor: str) -> None:
        out = run("summary", xor).out
        assert "dense_1  Dense  3                      9" in out
        assert "13 parameters" in out
        assert "data: XOR" in out
        assert "trained: 1500 epochs, 6000 steps" in out

    def test_disabled_blocks_are_named_and_left_out(self, run: Run, xor: str, tmp_path: Path) -> None:
        made = load(xor)
        off = edits.set_disabled(made.document, True, "tanh_1")
        path = str(tmp_path / "off.nnstudio")
        save(replace(made, document=off, checkpoint=replace(made.checkpoint, state=None)), path)
        out = run("summary", path).out
        assert "disabled: tanh_1" in out
        assert not any(line.startswith("tanh_1") for line in out.splitlines())
        assert "13 parameters" in out
        assert run("evaluate", path).code == 0
        assert run("train", path, "--epochs", "1").code == 0
        assert load(path).document == off

    def test_datasets(self, run: Run) -> None:
        out = run("datasets").out
        for name in ("XOR", "Spirals", "Iris", "Digits", "MNIST", "TableFile"):
            assert any(line.startswith(f"{name} ") for line in out.splitlines())
        assert "licence: CC BY 4.0" in out

    def test_datasets_as_json(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        found = {entry["name"]: entry for entry in json.loads(run("datasets", "--json").out)}
        assert list(found) == list(DATASETS)
        keys = ("name", "title", "kind", "what", "size", "source", "licence", "address", "download", "here")
        assert all(tuple(entry) == keys for entry in found.values())
        iris, clothes = found["Iris"], found["FashionMNIST"]
        assert (iris["licence"], iris["here"], iris["download"]) == ("CC BY 4.0", True, "")
        assert (clothes["licence"], clothes["here"], clothes["download"]) == ("MIT", False, "31 MB")

    def test_a_data_set_is_downloaded(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = tmp_path / "source"
        source.mkdir()
        for part in ("train", "t10k"):
            write_idx(source, np.zeros((4, 28, 28)), np.arange(4), part=part)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(fetching, "_SCHEMES", ("http://",))
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        with serving() as server:
            server.files = {path.name: path.read_bytes() for path in sorted(source.iterdir())}
            files = tuple(
                RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in server.files.items()
            )
            monkeypatch.setattr(KMNIST, "release", Release("kmnist", f"{server.address}/", files))
            done = run("datasets", "--download", "KMNIST")
            assert (done.code, done.out) == (0, f"KMNIST is in {tmp_path / 'cache' / 'nnstudio' / 'kmnist'}\n")
            found = {entry["name"]: entry["here"] for entry in json.loads(run("datasets", "--json").out)}
            assert found["KMNIST"]
            server.files.clear()
            (tmp_path / "cache" / "nnstudio" / "kmnist" / "train-labels-idx1-ubyte").unlink()
            monkeypatch.setattr(KMNIST, "release", Release("kmnist", "http://nowhere.invalid/", files))
            failed = run("datasets", "--download", "KMNIST")
        assert failed.code == 1
        assert "No connection to nowhere.invalid" in failed.err
        assert "on another computer, and choose their folder." in failed.err

    def test_only_what_can_be_downloaded_is(self, run: Run) -> None:
        result = run("datasets", "--download", "Iris")
        assert result.code == 2
        assert "'Iris'" in result.err

    def test_version(self, run: Run) -> None:
        assert run("--version") == Result(0, f"nnstudio {__version__}\n", "")

    @pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["predict", "-h"]])
    def test_help(self, run: Run, words: list[str]) -> None:
        result = run(*words)
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("usage: nnstudio")

    @pytest.mark.parametrize(
        "words",
        [
            ["trian", "a"],
            ["none.nnstudio"],
            ["a", "b"],
            ["--bogus"],
            ["new"],
            ["train"],
            ["predict", "a"],
            ["train", "a", "--epochs", "0"],
            ["train", "a", "--epochs", "-3"],
            ["train", "a", "--epochs", "many"],
            ["evaluate", "a", "--bogus"],
            ["datasets", "more"],
        ],
    )
    def test_wrong_use_is_one_line_and_code_2(self, run: Run, words: list[str]) -> None:
        result = run(*words)
        assert (result.code, result.out) == (2, "")
        assert result.err.startswith("nnstudio")
        assert result.err.count("\n") == 1

    @pytest.mark.parametrize("command", ["train", "evaluate", "summary"])
    def test_bad_file_is_one_line_and_code_1(self, run: Run, command: str) -> None:
        Path("bad.nnstudio").write_bytes(b"no project")
        for name, sentence in (("bad.nnstudio", "not a complete zip file"), ("none.nnstudio", "does not exist")):
            result = run(command, name)
            assert (result.code, result.out) == (1, "")
            assert sentence in result.err
            assert result.err.count("\n") == 1

    def test_debug_shows_where(self, run: Run) -> None:
        with pytest.raises(Exception, match=r"none\.nnstudio does not exist"):
            run("--debug", "summary", "none.nnstudio")
        assert "Traceback" in program("--debug", "summary", "none.nnstudio").stderr

    def test_mistake_of_the_program_is_one_line_too(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(options: object) -> int:
            raise RuntimeError("oh\nno")

        monkeypatch.setitem(cli._COMMANDS, "datasets", (broken, "", cli_datasets.declare))
        result = run("datasets")
        assert result.code == 1
        assert result.err == "nnstudio: RuntimeError: oh no (this is a bug in nnstudio; --debug shows where)\n"

    @pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
    def test_reader_that_goes_away(self) -> None:
        shell = f"{sys.executable} -m nnstudio datasets | head -c 1"
        result = subprocess.run(shell, shell=True, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
        assert result.stderr == ""

    def test_nothing_but_the_window_imports_qt(self, tmp_path: Path) -> None:
        code = f"""
import sys
from nnstudio.cli import main
path = {str(tmp_path / "x.nnstudio")!r}
for words in (["new", "xor", "-o", path], ["new", "--list"], ["train", path, "--epochs", "3"], ["evaluate", path],
              ["predict", path, "0,1"], ["summary", path], ["datasets"]):
    assert main(words) == 0, words
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph")))
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "[]"


class TestWithoutAScreen:
    @pytest.fixture(autouse=True)
    def _on_linux(self) -> None:
        if not sys.platform.startswith("linux"):
            pytest.skip("other systems always have a screen")

    @pytest.mark.parametrize(
        ("settings", "sentence"),
        [
            ({}, "no screen found (DISPLAY is not set)"),
            ({"DISPLAY": ":987"}, "the screen :987 (DISPLAY) does not answer"),
            ({"DISPLAY": "nonsense"}, "the screen nonsense (DISPLAY) does not answer"),
            ({"WAYLAND_DISPLAY": "wayland-987"}, "the screen wayland-987 (WAYLAND_DISPLAY) does not answer"),
            ({"QT_QPA_PLATFORM": "xcb"}, "no screen found"),
        ],
    )
    def test_says_so_in_one_line_and_what_to_do(self, settings: dict[str, str], sentence: str) -> None:
        names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
        result = program(**{name: settings.get(name) for name in names})
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("nnstudio: ")
        assert sentence in result.stderr
        assert "nnstudio train FILE" in result.stderr
        assert result.stderr.count("\n") == 1

    def test_missing_libraries_are_named(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        from nnstudio.ui import display_check

        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
        monkeypatch.setenv("DISPLAY", ":987")
        monkeypatch.setitem(display_check.X11_LIBRARIES, "libnone-of-this-name.so.1", "libnone1")
        result = run()
        assert result.code == 1
        assert result.err == "nnstudio: Qt lacks libraries of the system: sudo apt-get install libnone1\n"


def write_iris(path: str, rows: object) -> str:
    """A table of some of the flowers, in centimetres, under the names of the data set."""
    data = Iris(standardize=False).load()
    lines = [",".join((*data.features, "kind"))]
    for row in rows:  # type: ignore[attr-defined]
        lines.append(",".join([*(f"{number:.1f}" for number in data.x[row]), data.classes[data.y[row]]]))
    Path(path).write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("target", ["no/such/folder/x.nnstudio", "."])
def test_where_nothing_can_be_saved_nothing_is_trained(run: Run, xor: str, target: str) -> None:
    result = run("train", xor, "--epochs", "10000000", "-o", target)
    assert result.code == 1
    assert result.err.startswith(f"nnstudio: {target} cannot be saved: ")
    assert result.err.count("\n") == 1


def test_weights_that_are_no_numbers_are_told(run: Run, xor: str) -> None:
    run("train", xor, "--epochs", "1")
    project = load(xor)
    assert project.trained
    weights = {name: array * np.nan for name, array in project.checkpoint.weights.items()}
    save(replace(project, checkpoint=replace(project.checkpoint, weights=weights)), xor)
    for words in (("evaluate", xor), ("predict", xor, "0,1"), ("train", xor)):
        assert "dense_1.weight hold NaN or infinity" in run(*words).err


def test_numbers_beyond_32_bits_are_refused_without_a_warning(run: Run, xor: str) -> None:
    run("train", xor, "--epochs", "1")
    assert run("predict", xor, "1e39,1").err.startswith("nnstudio: 1e39,1: the numbers must be finite and below 3e38")


@pytest.fixture(scope="module")
def unusual_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a project and data whose names, and whose classes, need more than Latin letters."""
    folder = tmp_path_factory.mktemp("names")
    x = np.random.default_rng(0).normal(size=(40, 2))
    classes = np.array(["Ελλάδα", "naïve"])[np.arange(40) % 2]
    np.savez(folder / "größe_数.npz", x=x, y=classes)
    made = program("new", "spiral", "-o", str(folder / "δ.nnstudio"))
    assert made.returncode == 0, made.stderr
    return folder


class TestOtherCodePages:
    """Names that the terminal cannot show: every command writes them with replacement."""

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
    def test_every_command_writes_them(self, unusual_names: Path, encoding: str) -> None:
        folder = unusual_names

        def run(*arguments: str) -> str:
            done = subprocess.run(
                [sys.executable, *arguments],
                env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
                capture_output=True,
                timeout=60,
                check=False,
                cwd=ROOT,
            )
            out, err = (stream.decode(encoding) for stream in (done.stdout, done.stderr))
            assert done.returncode == 0, err
            return out + err

        def say(*words: str) -> str:
            return run("-m", "nnstudio", *words)

        project, data = str(folder / "δ.nnstudio"), str(folder / "größe_数.npz")
        trained = str(folder / f"λ-{encoding}.nnstudio")
        told = say("train", project, "--data", data, "--epochs", "1", "-o", trained)
        assert "??????" in told
        assert "naïve" in told or encoding == "ascii"
        predicted = say("predict", trained, "0,1; 1,1")
        assert "??????" in predicted
        if encoding != "ascii":
            return  # the others say the same in every code page
        quiet = (
            ["evaluate", trained, "--data", data],
            ["summary", trained],
            ["export", trained, "--to", "safetensors", "-o", str(folder / f"π-{encoding}.safetensors")],
            ["datasets"],
            ["new", "--list"],
        )
        last = (["data", data], ["predict", trained, "0,1", "--json"], ["data", data, "--json"])
        # In one process, since each takes a second to start.
        code = f"from nnstudio.cli import main\nfor words in {[*quiet, *last]!a}: assert main(words) == 0, words"
        lines = run("-c", code).splitlines()
        assert any("??????" in line for line in lines)
        predicted, described = (json.loads(line) for line in lines if line.startswith(("[", "{")))
        assert predicted[0]["class"] in ("Ελλάδα", "naïve")
        assert "Ελλάδα" in described["classes"]

    def test_so_do_errors(self, unusual_names: Path) -> None:
        done = program("evaluate", str(unusual_names / "日本.nnstudio"), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert done.returncode == 1
        assert done.stderr.endswith("??.nnstudio does not exist; check the name\n")


def test_the_test_part_of_a_file_is_kept_apart(run: Run) -> None:
    rng = np.random.default_rng(0)

    def part(samples: int) -> tuple[np.ndarray, np.ndarray]:
        x = rng.normal(size=(samples, 2))
        return x, (x[:, 0] * x[:, 1] > 0).astype(float)

    (x, y), (x_test, y_test) = part(200), part(50)
    np.savez("a.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    assert run("new", "xor", "-o", "p.nnstudio").code == 0
    result = run("train", "p.nnstudio", "--data", "a.npz", "--epochs", "30")
    assert result.code == 0, result.err
    data = load("p.nnstudio").document.data
    assert (data.split_by, data.split_column, data.dataset.split_column) == ("column", "part", "part")
    own = run("evaluate", "p.nnstudio", "--json")
    assert json.loads(own.out)["samples"] == 50
    assert "these are the samples of the test split" in own.err
    again = run("evaluate", "p.nnstudio", "--data", "a.npz", "--json")
    assert json.loads(again.out) == json.loads(own.out)
    np.savez("b.npz", x=x, y=y)
    assert run("train", "p.nnstudio", "--data", "b.npz", "--epochs", "1").code == 0
    assert load("p.nnstudio").document.data.split_by == "stratified"
