"""Samples that stay in their files: the same numbers, and the same training, as in memory."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from engine import Network, Trainer, layers
from engine.data import Data, IdxFiles, NpzFile
from engine.data.correlation import correlations
from engine.data.describe import describe_data
from engine.data.duplicates import find_duplicates
from engine.data.file_dataset import FileDataset
from engine.data.samples import largest_of
from engine.data.splitting import SplitBy
from engine.data.steps import AnyStep, Balance, DropDuplicates, ScaleInputs, Subsample
from engine.data.stored_samples import ArrayInFile, StoredSamples, in_memory
from engine.errors import DataError
from engine.types import Array
from nnstudio.document.model import DataSettings
from nnstudio.training.build import read_data
from nnstudio.training.split import Split

RNG = np.random.default_rng(11)
BYTES = RNG.integers(0, 256, (60, 9, 10), np.uint8)
LABELS = np.arange(60) % 3
# Numbers that float32 cannot tell apart.
STAMPS = 1.7e9 + 30.0 * np.arange(60)[:, None] + RNG.random((60, 3))


@contextmanager
def bound(size: int) -> Iterator[None]:
    """Memory that samples may take, as if the machine were so small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.data.storing.memory_bound", lambda: size)
        yield


def both(dataset: FileDataset) -> tuple[Data, Data]:
    """The same data on disk and in memory."""
    with bound(100):
        stored = dataset.load()
    assert isinstance(stored.x, StoredSamples)
    plain = dataset.read()
    assert isinstance(plain.x, np.ndarray)
    return stored, plain


def write_idx(path: Path, array: Array, kind: int) -> None:
    path.write_bytes(bytes((0, 0, kind, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes())


def save(folder: Path, kind: str) -> FileDataset:
    """Data of a kind in files."""
    path = str(folder / "a.npz")
    match kind:
        case "bytes":
            np.savez(path, x=BYTES, y=LABELS)
        case "colours, channels last":
            np.savez(path, x=RNG.integers(0, 256, (60, 8, 9, 3), np.uint8), y=LABELS)
        case "float32":
            np.savez(path, x=RNG.random((60, 5), np.float32), y=LABELS)
        case "float64 that needs it":
            np.savez(path, x=STAMPS, y=RNG.random(60))
        case "whole numbers":
            np.savez(path, x=RNG.integers(-9, 9, (60, 4)), y=LABELS)
        case "truths":
            np.savez(path, x=RNG.random((60, 6)) < 0.5, y=LABELS)
        case "big-endian":
            np.savez(path, x=RNG.random((60, 5)).astype(">f4"), y=LABELS)
        case "a column is the target":
            np.save(folder / "a.npy", np.column_stack([RNG.random((60, 4)), LABELS]))
            return NpzFile(path=str(folder / "a.npy"))
        case "some of the samples":
            np.savez(path, x=BYTES, y=LABELS)
            return NpzFile(path=path, samples=25)
        case "parts":
            np.savez(path, x_train=BYTES[:40], y_train=LABELS[:40], x_test=BYTES[40:], y_test=LABELS[40:])
            return NpzFile(path=path, part="all")
        case "IDX":
            write_idx(folder / "train-images-idx3-ubyte", BYTES, 0x08)
            write_idx(folder / "train-labels-idx1-ubyte", LABELS.astype(np.uint8), 0x08)
            return IdxFiles(folder=str(folder), classes=(0, 2))
        case "IDX of 16 bits":
            write_idx(folder / "train-images-idx3-ubyte", (BYTES * 100).astype(">i2"), 0x0B)
            write_idx(folder / "train-labels-idx1-ubyte", LABELS.astype(np.uint8), 0x08)
            return IdxFiles(folder=str(folder))
    return NpzFile(path=path)


KINDS = (
    "bytes",
    "colours, channels last",
    "float32",
    "float64 that needs it",
    "whole numbers",
    "truths",
    "big-endian",
    "a column is the target",
    "some of the samples",
    "parts",
    "IDX",
    "IDX of 16 bits",
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_numbers_as_in_memory(tmp_path: Path, kind: str) -> None:
    stored, plain = both(save(tmp_path, kind))
    numbers = in_memory(plain.x)
    assert stored.x.dtype == numbers.dtype
    assert (stored.x.shape, stored.x.ndim, stored.x.size) == (numbers.shape, numbers.ndim, numbers.size)
    np.testing.assert_array_equal(stored.x[:], numbers)
    np.testing.assert_array_equal(stored.y, plain.y)
    assert stored.signature == plain.signature
    assert largest_of(stored.x) == largest_of(plain.x)
    order = RNG.permutation(len(plain))[:20]
    np.testing.assert_array_equal(stored.x[order], numbers[order])
    out = np.empty((20, *numbers.shape[1:]), np.float32)
    stored.take(order).x.take(np.arange(20), out)  # type: ignore[call-overload]
    np.testing.assert_array_equal(out, numbers[order].astype(np.float32))


def test_it_is_told(tmp_path: Path) -> None:
    stored, plain = both(save(tmp_path, "bytes"))
    told = "the samples stay on disk and are read batch by batch, since they would take 0.0 MB of memory"
    assert [note.rpartition(": ")[2] for note in stored.notes if "disk" in note] == [told]
    assert not any("stay on disk" in note for note in plain.notes)
    with bound(100):
        # Also when what was guessed has become a setting.
        assert [note.endswith(told) for note in NpzFile(path=str(tmp_path / "a.npz")).settled().load().notes] == [True]


def splits(dataset: FileDataset, *steps: AnyStep, split_by: SplitBy = "stratified") -> tuple[Split, Split]:
    """The same data, split and prepared, on disk and in memory."""
    wanted = DataSettings(dataset=dataset, validation=0.25, test=0.1, split_by=split_by, steps=steps)
    with bound(100):
        stored = read_data(wanted)
    plain = read_data(wanted)
    assert isinstance(stored.train.x, StoredSamples)
    assert isinstance(plain.train.x, np.ndarray)
    return stored, plain


@pytest.mark.parametrize("split_by", ["stratified", "random", "order"])
def test_splits_are_the_same(tmp_path: Path, split_by: SplitBy) -> None:
    stored, plain = splits(save(tmp_path, "bytes"), split_by=split_by)
    for one, other in zip(stored.parts, plain.parts, strict=True):
        np.testing.assert_array_equal(one.x[:], other.x)
        np.testing.assert_array_equal(one.y, other.y)
    assert stored.preparation == plain.preparation


@pytest.mark.parametrize(
    "steps",
    [
        (ScaleInputs(),),
        (ScaleInputs(method="min_max", per="channel"),),
        (ScaleInputs(per="all"), Subsample(share=0.5)),
        (Balance(method="over"), ScaleInputs()),
        (DropDuplicates(),),
    ],
    ids=lambda steps: steps[0].type,
)
def test_preparation_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: tuple[AnyStep, ...]) -> None:
    # Several blocks.
    monkeypatch.setattr("engine.data.stored_samples._BLOCK", 1000)
    stored, plain = splits(save(tmp_path, "bytes"), *steps)
    assert stored.preparation == plain.preparation
    assert stored.resampled == plain.resampled
    np.testing.assert_array_equal(stored.train.x[:], plain.train.x)
    np.testing.assert_array_equal(stored.train.shown[:], plain.train.shown)
    assert stored.preparation is not None
    # Evaluating on it later is the same as well.
    with bound(100):
        again = save(tmp_path, "bytes").load_like(stored.preparation)
    assert isinstance(again.x, StoredSamples)
    assert stored.preparation.made_from(again)


def test_time_stamps_keep_their_digits(tmp_path: Path) -> None:
    stored, plain = splits(save(tmp_path, "float64 that needs it"), ScaleInputs())
    assert stored.train.shown.dtype == np.float64
    np.testing.assert_array_equal(stored.train.x[:], plain.train.x)


def test_a_signature_reads_no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored, plain = splits(save(tmp_path, "bytes"), ScaleInputs())
    monkeypatch.setattr(ArrayInFile, "read", lambda self, rows: pytest.fail("read"))
    assert stored.validation is not None
    assert plain.validation is not None
    assert stored.validation.signature == plain.validation.signature
    # To know it of scaled ones, all of them would have to be read.
    assert stored.validation.signature.largest is None


def test_quartiles_of_samples_on_disk_are_refused(tmp_path: Path) -> None:
    with bound(100), pytest.raises(DataError, match="choose standard or min-max"):
        read_data(DataSettings(dataset=save(tmp_path, "bytes"), steps=(ScaleInputs(method="robust"),)))


def test_training_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    found = []
    for split in splits(save(tmp_path, "bytes"), ScaleInputs()):
        network = Network([layers.Flatten(), layers.Dense(3), layers.Softmax()], (1, 9, 10), seed=0)
        trainer = Trainer(network, "categorical_cross_entropy", batch_size=7, seed=0, class_weight="balanced")
        held = split.validation
        assert held is not None
        history = trainer.fit(split.train.x, split.train.y, 3, (held.x, held.y))
        judged = trainer.evaluate(held.x, held.y)
        found.append((history.loss, history.val_loss, history.metrics, network.state_vector.tolist(), judged))
    assert found[0] == found[1]


def test_what_views_ask_for_is_the_same(tmp_path: Path) -> None:
    stored, plain = splits(save(tmp_path, "float32"), ScaleInputs())
    assert describe_data(*stored.parts) == describe_data(*plain.parts)
    np.testing.assert_array_equal(correlations(*stored.parts).values, correlations(*plain.parts).values)
    assert stored.validation is not None
    assert plain.validation is not None
    one, other = (
        find_duplicates(*pair) for pair in ((stored.train, stored.validation), (plain.train, plain.validation))
    )
    np.testing.assert_array_equal(one.distances, other.distances)
    np.testing.assert_array_equal(stored.train.x[:, 2], in_memory(plain.train.x)[:, 2])
    even = np.arange(len(plain.train)) % 2 == 0
    np.testing.assert_array_equal(stored.train.x[even][:5], in_memory(plain.train.x)[:10:2])
    assert stored.train.x[3, 1] == plain.train.x[3, 1]


def test_packed_files_are_read_as_before(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=BYTES, y=LABELS)
    np.save(tmp_path / "x.npy", np.asfortranarray(RNG.random((60, 5))))
    np.save(tmp_path / "y.npy", LABELS)
    with bound(100):
        assert isinstance(NpzFile(path=str(tmp_path / "a.npz")).load().x, np.ndarray)
        assert isinstance(NpzFile(path=str(tmp_path / "x.npy")).load().x, np.ndarray)
        dataset = save(tmp_path, "IDX")
        (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(
            gzip.compress((tmp_path / "train-images-idx3-ubyte").read_bytes())
        )
        assert isinstance(dataset.load().x, np.ndarray)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e300])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, wrong: float) -> None:
    x = RNG.random((60, 4))
    x[17, 2] = wrong
    np.savez(tmp_path / "a.npz", x=x, y=LABELS)
    with bound(100), pytest.raises(DataError, match=r"NaN or infinity .* first in sample 17"):
        NpzFile(path=str(tmp_path / "a.npz")).load()


def test_scaling_that_makes_numbers_infinite_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3e38]], np.float32))
    file = ArrayInFile(tmp_path / "x.npy", "x.npy", 128, np.dtype(np.float32), (2, 3))
    with np.errstate(over="ignore"):
        x = StoredSamples([file], np.arange(2), lambda raw: raw.astype(np.float32)).converted(lambda x: x * 10)
        out = np.empty((1, 3), np.float32)
        x.take(np.array([0]), out)
        with pytest.raises(DataError, match="sample 1 too large"):
            x.take(np.array([1]), out)


def test_a_file_that_is_cut_off_meanwhile_is_an_error(tmp_path: Path) -> None:
    dataset = save(tmp_path, "a column is the target")
    with bound(100):
        data = dataset.load()
    path = tmp_path / "a.npy"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 100)
    with pytest.raises(DataError, match="was cut off while it was in use"):
        data.x[-1]
    assert data.x[0].shape == (4,)
