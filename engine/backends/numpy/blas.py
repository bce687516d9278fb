"""BLAS matrix product that can add to its output (gemm with beta).

The routine is the one that SciPy exports for compiled code (scipy.linalg.cython_blas). A call takes about a microsecond
beside the product itself, so matrices may be small enough to stay in the processor's cache.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np

from engine.types import Array

# The arguments of one call: addresses. Those of matrices and of a scale keep what they point to.
Product = tuple[Any, ...]
Real = ctypes.c_float | ctypes.c_double
_Call = Callable[..., None]

# Up to so many multiply-adds, BLAS takes matrices as they lie instead of sorting them first.
SMALL = 1 << 20

_PLAIN, _TURNED = (ctypes.c_char_p(letter) for letter in (b"N", b"T"))


def available(dtype: np.dtype) -> bool:
    """True if products of this type are available; tested once."""
    return _routines(dtype.char) is not None


def product(a: Array, b: Array, c: Array, *, add: bool, scale: Real | None = None) -> Product:
    """Make the call that computes c = a @ b, or c += a @ b.

    Args:
        a, b, c: (m, k), (k, n), (m, n) matrices of one type, contiguous along the rows (or, in `a` and `b`, along the
            columns). The call keeps references, since it uses their memory directly.
        scale: a number that multiplies a @ b, read at every call; None is 1.
    """
    (m, k), n = a.shape, b.shape[1]
    side_a, lead_a = _layout(a)
    side_b, lead_b = _layout(b)
    side_c, lead_c = _layout(c)
    if b.shape[0] != k or c.shape != (m, n) or side_c is not _PLAIN:
        raise ValueError(f"the matrices {a.shape}, {b.shape}, {c.shape} do not fit")
    # BLAS counts along columns first, so it sees every matrix turned: c' = b' a'.
    numbers = [_integer(number) for number in (n, m, k, lead_b, lead_a, lead_c)]
    alpha = ctypes.byref(scale) if scale is not None else _real(1.0, c.dtype.char)
    beta = _real(float(add), c.dtype.char)
    letters = (ctypes.cast(side, ctypes.c_void_p).value or 0 for side in (side_b, side_a))
    return (*letters, *numbers[:3], alpha, _at(b), numbers[3], _at(a), numbers[4], beta, _at(c), numbers[5])


def run(products: Iterable[Product], dtype: np.dtype, *, together: bool) -> None:
    """Make the calls in turn.

    With `together`, other threads can run meanwhile. Without, Python's lock is kept, since to get it back from a busy
    window takes longer than a small product.
    """
    routines = _routines(dtype.char)
    if routines is None:
        raise ValueError(f"there is no BLAS for {dtype}")
    call = routines[together]
    for arguments in products:
        call(*arguments)


def _layout(matrix: Array) -> tuple[ctypes.c_char_p, int]:
    """Orientation of a matrix (rows or columns contiguous), and the stride to the next one."""
    (rows, columns), (down, right) = matrix.shape, (stride // matrix.itemsize for stride in matrix.strides)
    if columns == 1 or right == 1 or matrix.size == 0:
        return _PLAIN, max(down if rows > 1 else columns, columns, 1)
    if rows == 1 or down == 1:
        return _TURNED, max(right, rows, 1)
    raise ValueError(f"a matrix has strides {matrix.strides} in bytes, so neither axis is contiguous")


def _at(matrix: Array) -> ctypes.c_void_p:
    """Address of a matrix; the pointer holds a reference to it."""
    return matrix.ctypes.data_as(ctypes.c_void_p)


# The routine reads numbers where they are stored; each is stored once, for good.
_stored: dict[tuple[str, float], ctypes.c_int | Real] = {}


def _integer(value: int) -> int:
    return ctypes.addressof(_stored.setdefault(("i", value), ctypes.c_int(value)))


def _real(value: float, char: str) -> int:
    kind = ctypes.c_float if char == "f" else ctypes.c_double
    return ctypes.addressof(_stored.setdefault((char, value), kind(value)))


@cache
def _routines(char: str) -> tuple[_Call, _Call] | None:
    """The product for one type of numbers, keeping Python's lock and without it; None if it does not work here."""
    # Late: SciPy's linear algebra takes as long to import as all of the engine.
    from scipy.linalg import cython_blas

    try:
        capsule = cython_blas.__pyx_capi__[{"f": "sgemm", "d": "dgemm"}[char]]
        name, pointer = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
        name.restype, name.argtypes = ctypes.c_char_p, [ctypes.py_object]
        pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        signature = name(capsule)
        # Thirteen pointers; sizes might become long integers one day.
        if signature.count(b"*") != 13 or signature.count(b"int *") != 6:
            return None
        address = pointer(capsule, signature)
    except (AttributeError, KeyError, ValueError):
        return None
    types = [ctypes.c_void_p] * 13
    return ctypes.PYFUNCTYPE(None, *types)(address), ctypes.CFUNCTYPE(None, *types)(address)
