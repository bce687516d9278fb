"""Matrix products that add to their output, for any memory layout."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from engine.backends.numpy import blas

Array = np.ndarray


def _laid(matrix: Array, how: str) -> Array:
    """The same numbers, lying in memory in another way."""
    rows, columns = matrix.shape
    if how == "apart":
        wide = np.full((rows, columns + 5), np.nan, matrix.dtype)
        wide[:, 2 : 2 + columns] = matrix
        return wide[:, 2 : 2 + columns]
    return np.ascontiguousarray(matrix.T).T if how == "turned" else np.ascontiguousarray(matrix)


# m, k, n of an (m, k) by (k, n) product.
SHAPES = [(3, 4, 5), (1, 4, 5), (3, 1, 5), (3, 4, 1), (1, 1, 1), (17, 33, 65), (0, 4, 5), (3, 0, 5), (3, 4, 0)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("a_lies", ["plain", "apart", "turned"])
@pytest.mark.parametrize("b_lies", ["plain", "apart", "turned"])
def test_products_are_those_of_numpy(dtype: type, shape: tuple[int, int, int], a_lies: str, b_lies: str) -> None:
    m, k, n = shape
    rng = np.random.default_rng(0)
    first, second, third = (rng.standard_normal(size).astype(dtype) for size in ((m, k), (k, n), (m, n)))  # type: ignore[var-annotated]
    a, b, c = _laid(first, a_lies), _laid(second, b_lies), _laid(third, "apart")
    kind = np.dtype(dtype)
    for together in (False, True):
        blas.run([blas.product(a, b, c, add=False)], kind, together=together)
        np.testing.assert_allclose(c, first @ second, rtol=1e-4, atol=1e-5)
        blas.run([blas.product(a, b, c, add=True)] * 2, kind, together=together)
        np.testing.assert_allclose(c, 3 * (first @ second), rtol=1e-4, atol=1e-5)
    assert np.isnan(c.base).sum() == 5 * m, "what lies between the rows was touched"


def test_matrices_that_do_not_fit_are_refused() -> None:
    a, b, c = np.zeros((2, 3)), np.zeros((3, 4)), np.zeros((2, 4))
    for wrong in ((b, a, c), (a, b, np.zeros((3, 4))), (a, b, np.zeros((4, 2)).T)):
        with pytest.raises(ValueError, match="do not fit"):
            blas.product(*wrong, add=False)
    with pytest.raises(ValueError, match="neither axis is contiguous"):
        blas.product(np.zeros((4, 6))[::2, ::2], b, c, add=False)


def test_only_what_blas_knows_is_available() -> None:
    assert blas.available(np.dtype(np.float32))
    assert blas.available(np.dtype(np.float64))
    assert not blas.available(np.dtype(np.int32))
    with pytest.raises(ValueError, match="no BLAS"):
        blas.run([], np.dtype(np.float16), together=False)


def test_a_call_keeps_the_matrices_that_it_writes_to() -> None:
    matrices = [np.ones((2, 2), np.float32) for _ in range(3)]
    alive = [weakref.ref(matrix) for matrix in matrices]
    call = blas.product(*matrices, add=False)
    del matrices
    assert all(matrix() is not None for matrix in alive)
    del call
    assert not any(matrix() is not None for matrix in alive)
