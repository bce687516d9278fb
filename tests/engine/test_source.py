"""Sources of training samples: batches from memory or from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import DataError, Network, ShapeError, Trainer, layers, optimizers
from engine.source import ArraySource, Source
from engine.types import Array

RNG = np.random.default_rng(0)


class Disk:
    """Pictures of bytes in a file, of which only those of the batch are read, and scaled to 0..1."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self._bytes = np.memmap(path, np.uint8, "r", shape=shape)
        self.sample_shape = shape[1:]
        self.most = 0

    def __len__(self) -> int:
        return len(self._bytes)

    def take(self, indices: Array, out: Array, /) -> None:
        self.most = max(self.most, len(indices))
        np.divide(self._bytes[indices], 255, out=out)


def network() -> Network:
    return Network(
        [layers.Conv2D(2, 3), layers.ReLU(), layers.Flatten(), layers.Dense(3), layers.Softmax()],
        input_shape=(1, 6, 6),
        seed=0,
    )


def trainer(net: Network) -> Trainer:
    return Trainer(net, loss="categorical_cross_entropy", optimizer=optimizers.Adam(0.01), batch_size=7, seed=0)


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Disk, Array, Array]:
    """The same samples on disk and in memory, and their labels."""
    numbers = RNG.integers(0, 256, (40, 1, 6, 6), np.uint8)
    (tmp_path / "pictures").write_bytes(numbers.tobytes())
    return Disk(tmp_path / "pictures", numbers.shape), numbers.astype(np.float32) / 255, RNG.integers(0, 3, 40)


def test_training_from_disk_is_training_from_memory_bit_for_bit(pictures: tuple[Disk, Array, Array]) -> None:
    disk, x, y = pictures
    from_disk, from_memory = network(), network()
    one = trainer(from_disk).fit(disk, y, epochs=3, validation=(x, y))
    other = trainer(from_memory).fit(x, y, epochs=3, validation=(x, y))
    assert one.loss == other.loss
    assert one.val_loss == other.val_loss
    for name, values in from_memory.parameters.items():
        np.testing.assert_array_equal(from_disk.parameters[name], values)
    # Never more than a batch of them was in memory.
    assert disk.most == 7


def test_a_run_from_disk_goes_on_from_its_state(pictures: tuple[Disk, Array, Array], tmp_path: Path) -> None:
    disk, _, y = pictures
    through, half, again = (trainer(network()) for _ in range(3))
    for each in (through, half):
        each.load(disk, y)
    for _ in range(9):
        through.step()
    for _ in range(4):
        half.step()
    again.restore(half.state())
    again.load(disk, y)
    for _ in range(5):
        again.step()
    np.testing.assert_array_equal(again.network.parameter_vector, through.network.parameter_vector)


def test_an_array_is_a_source_without_a_copy() -> None:
    x = RNG.normal(size=(9, 4)).astype(np.float32)
    source = ArraySource(x)
    assert isinstance(source, Source)
    assert (len(source), source.sample_shape) == (9, (4,))
    out = np.empty((3, 4), np.float32)
    x[5] = 7
    source.take(np.array([5, 0, 5]), out)
    np.testing.assert_array_equal(out, x[[5, 0, 5]])


def test_plain_arrays_and_lists_are_taken_for_samples() -> None:
    for plain in (np.zeros((2, 2)), [[0.0, 1.0]]):
        assert not isinstance(plain, Source)


def test_a_source_that_does_not_fit_is_refused(pictures: tuple[Disk, Array, Array]) -> None:
    disk, _, y = pictures
    wide = Network([layers.Flatten(), layers.Dense(3), layers.Softmax()], input_shape=(1, 6, 7), seed=0)
    with pytest.raises(ShapeError, match=r"takes samples of shape \(1, 6, 7\), but found a source of \(1, 6, 6\)"):
        trainer(wide).load(disk, y)
    with pytest.raises(DataError, match="found 40 samples but 39 targets"):
        trainer(network()).load(disk, y[1:])
