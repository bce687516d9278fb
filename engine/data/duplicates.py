"""Duplicates between the training samples and others: equal, or nearly so.

Equal inputs are found by a hash of each row. Nearly equal ones are found by locality-sensitive hashing (Datar et al.
2004, p-stable): points on random lines, cut into pieces, so that near points mostly fall into the same pieces; all
pairs found so are then measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.data.samples import Data
from engine.data.stored_samples import Samples, StoredSamples, chosen

Array = NDArray[Any]

# Near is at most this share of the usual distance to the nearest training sample.
_NEAR: Final = 0.1
# Pairs that are so near by chance, expected among all samples looked at.
_BY_CHANCE: Final = 0.05
# Samples from which the usual distance is measured.
_MEASURED: Final = 200
# Random lines of a hash, hashes, and the length of a piece in distances that count as near: 97 % of the pairs that are
# just near are found, and nearly all that are nearer.
_LINES, _HASHES, _PIECE = 20, 8, 16.0
# Training samples with the same hash that are measured for each sample, and numbers read at a time.
_MOST_ALIKE: Final = 32
_BLOCK: Final = 1 << 21


@dataclass(frozen=True)
class Duplicates:
    """Samples of a part that are also, or nearly, among the training samples.

    Attributes:
        samples: how many were looked at.
        held, train: (k,), indices of the pairs in their parts; of each sample the nearest pair, equal ones first.
        distances: (k,), between their inputs; 0 for equal ones. Inputs of tables are divided by their standard
            deviation first.
        limit: distance up to which samples count as nearly equal; 0 if only equal ones do.
        usual: median distance from a sample to the nearest training sample.
    """

    samples: int
    held: Array
    train: Array
    distances: Array
    limit: float = 0.0
    usual: float = 0.0

    @property
    def equal(self) -> int:
        """Number of samples whose equal is a training sample."""
        return int(np.count_nonzero(self.distances == 0))

    @property
    def near(self) -> int:
        """Number of samples that nearly equal a training sample."""
        return len(self.held) - self.equal


def find_duplicates(train: Data, held: Data, *, nearly: bool = True) -> Duplicates:
    """Find the samples of `held` that equal, or nearly equal, a training sample, by their inputs.

    Nearly equal are samples much nearer to a training sample than usual: a tenth of the usual distance, or less where
    data are so dense that some are that near by chance. The same data give the same answer. 60,000 images of 28 x 28
    take one to two seconds.
    """
    x, others = _rows(train), _rows(held)
    held_again, partners = _equal(x, others)
    scale, usual, limit = _near_limit(x, others, table=train.x.ndim == 2) if nearly else (None, 0.0, 0.0)
    distances = np.zeros(len(held_again))
    if scale is not None and limit > 0:
        rest = np.setdiff1d(np.arange(len(others)), held_again, assume_unique=True)
        near, beside, away = _near(x, others, rest, scale, limit)
        held_again, partners = np.concatenate([held_again, near]), np.concatenate([partners, beside])
        distances = np.concatenate([distances, away])
    return Duplicates(len(held), held_again, partners, distances, limit, usual)


def repeats(train: Data, held: Data, *, nearly: bool = True) -> Array:
    """Indices of the training samples that equal, or nearly equal, one of the held-out samples; rising.

    Near is what it is for `find_duplicates`.
    """
    x, others = _rows(train), _rows(held)
    again, _ = _equal(others, x)
    scale, _, limit = _near_limit(x, others, table=train.x.ndim == 2) if nearly else (None, 0.0, 0.0)
    if scale is not None and limit > 0:
        rest = np.setdiff1d(np.arange(len(x)), again, assume_unique=True)
        again = np.concatenate([again, _near(others, x, rest, scale, limit)[0]])
    return np.sort(again)


def _rows(data: Data) -> Samples:
    """Inputs (N, inputs); gaps, where they are not filled yet, are zeros."""
    rows = data.x.reshape(len(data), -1)
    if isinstance(rows, StoredSamples):
        return rows  # arrays have no gaps
    return np.nan_to_num(rows) if np.isnan(rows).any() else rows


def _near_limit(x: Samples, others: Samples, *, table: bool) -> tuple[Array, float, float]:
    """Scale of the inputs, the usual distance of the others to the nearest in `x`, and what counts as near."""
    scale = _scale(x, table=table)
    usual = _usual(x, others, scale)
    return scale, usual, usual * _share(len(others), x.shape[1])


def _share(samples: int, inputs: int) -> float:
    """Share of the usual distance that counts as near.

    In n dimensions, half of all samples are nearer than the usual distance d, and a share of 1 - 2^-(s^n) nearer than
    s d. Solved for an s with fewer than `_BY_CHANCE` samples in all.
    """
    return float(min(_NEAR, (_BY_CHANCE / np.log(2) / max(samples, 1)) ** (1 / inputs)))


def _scale(x: Samples, *, table: bool) -> Array:
    """What inputs are multiplied by before distances are measured, (inputs,), float32."""
    if not table:
        return np.ones(x.shape[1], np.float32)
    total, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    shift = x[0].astype(np.float64)
    for rows in _blocks(len(x), x.shape[1]):
        block = x[rows] - shift
        total += block.sum(axis=0)
        squares += (block**2).sum(axis=0)
    spread = np.sqrt(np.maximum(squares / len(x) - (total / len(x)) ** 2, 0.0))
    return np.where(spread > 0, 1 / np.where(spread > 0, spread, 1), 1.0).astype(np.float32)


def _blocks(count: int, width: int) -> Iterator[slice]:
    step = max(1, _BLOCK // width)
    for first in range(0, count, step):
        yield slice(first, min(first + step, count))


def _equal(x: Samples, others: Samples) -> tuple[Array, Array]:
    """Indices of the `others` that are also in `x`, and of their first equals there."""
    known, wanted = _row_hashes(x), _row_hashes(others)
    order = np.argsort(known, kind="stable")
    sorted_ = known[order]
    places = np.minimum(np.searchsorted(sorted_, wanted), len(sorted_) - 1)
    found = np.flatnonzero(sorted_[places] == wanted)
    partners = order[places[found]]
    # Two rows with the same hash are equal but for one chance in 2^64; yet what is said here must be true.
    same = np.ones(len(found), bool)
    for rows in _blocks(len(found), x.shape[1]):
        same[rows] = (x[partners[rows]] == others[found[rows]]).all(axis=1)
    return found[same], partners[same]


def _row_hashes(x: Samples) -> NDArray[np.uint64]:
    """Hash of each row, (N,): the sum of its numbers' bits times random odd factors, modulo 2^64."""
    factors = np.random.default_rng(1).integers(0, 1 << 63, x.shape[1], np.uint64) * np.uint64(2) + np.uint64(1)
    hashes = np.empty(len(x), np.uint64)
    for rows in _blocks(len(x), x.shape[1]):
        # Adding zero makes -0 and 0 one number.
        bits = (x[rows].astype(np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)
        bits ^= bits << np.uint64(29)
        hashes[rows] = (bits * factors).sum(axis=1, dtype=np.uint64)
    return hashes


def _usual(x: Samples, others: Samples, scale: Array) -> float:
    """Median distance from some of the others to their nearest in `x`, equal ones left out; 0 if all are equal."""
    drawn = np.random.default_rng(2).permutation(len(others))[:_MEASURED]
    some = others[drawn] * scale
    size, best = (some**2).sum(axis=1), np.full(len(some), np.inf)
    for rows in _blocks(len(x), max(x.shape[1], len(some))):
        block = x[rows] * scale
        away = (block**2).sum(axis=1)[None] - 2 * (some @ block.T) + size[:, None]
        # What rounding leaves of two equal rows.
        away[away <= 1e-5 * size[:, None]] = np.inf
        best = np.minimum(best, away.min(axis=1))
    best = best[np.isfinite(best)]
    return float(np.sqrt(np.median(best))) if len(best) else 0.0


def _near(x: Samples, others: Samples, rest: Array, scale: Array, limit: float) -> tuple[Array, Array, Array]:
    """Indices of those of the others named in `rest` that are near to one of `x`, of the nearest, and distances."""
    rng = np.random.default_rng(3)
    lines = rng.standard_normal((x.shape[1], _HASHES * _LINES)).astype(np.float32) / np.float32(_PIECE * limit)
    lines *= scale[:, None]
    offsets = rng.random(_HASHES * _LINES).astype(np.float32)
    factors = rng.integers(0, 1 << 63, (_HASHES, _LINES), np.uint64).astype(np.int64) | 1
    known = _near_hashes(x, lines, offsets, factors)
    wanted = _near_hashes(chosen(others, rest), lines, offsets, factors)
    best, partner = np.full(len(rest), np.inf, np.float32), np.zeros(len(rest), np.intp)
    for keys, sought in zip(known, wanted, strict=True):
        order = np.argsort(keys, kind="stable")
        sorted_ = keys[order]
        # Sought in order, neighbours are in the processor's cache: five times as fast.
        queue = np.argsort(sought, kind="stable")
        first, last = (np.searchsorted(sorted_, sought[queue], side) for side in ("left", "right"))
        alike = np.minimum(last - first, _MOST_ALIKE)
        for step in range(int(alike.max(initial=0))):
            who = np.flatnonzero(alike > step)
            candidates = order[first[who] + step]
            for rows in _blocks(len(who), x.shape[1]):
                mine, theirs = queue[who[rows]], candidates[rows]
                away = (((x[theirs] - others[rest[mine]]) * scale) ** 2).sum(axis=1)
                nearer = away < best[mine]
                best[mine[nearer]], partner[mine[nearer]] = away[nearer], theirs[nearer]
    found = np.flatnonzero(best <= limit**2)
    distances = np.sqrt(best[found].astype(np.float64))
    by_distance = np.argsort(distances, kind="stable")
    found = found[by_distance]
    return rest[found], partner[found], distances[by_distance]


def _near_hashes(x: Samples, lines: Array, offsets: Array, factors: Array) -> Array:
    """Hashes (hashes, N) of rows: equal where all their places on the lines of a hash fall into the same pieces."""
    found = np.empty((len(factors), len(x)), np.int64)
    for rows in _blocks(len(x), max(x.shape[1], lines.shape[1])):
        pieces = np.floor(x[rows] @ lines + offsets).astype(np.int64).reshape(-1, *factors.shape)
        with np.errstate(over="ignore"):
            found[:, rows] = (pieces * factors).sum(axis=2).T
    return found
