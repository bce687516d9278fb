"""Convolution row by row, as sums of matrix products, without im2col.

The padded picture is kept with its rows outermost, (H, C, W, N). All that the first column of the kernels meets on its
way along one line of the output then is one matrix, (kernel height * C, W' * N): some neighbouring rows of the picture,
from its first column on. For the kernels' next column it is the same rows, one pixel to the right. So a line of the
output is a sum of as many products as the kernels have columns; its gradients are the same products turned around.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from engine.backends.numpy import blas, threads
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Divided, InTurn, Operation, by_channel
from engine.sliding_window import Window
from engine.types import Array, MaybeArray

# Kernels meet at least so many numbers in one product; with fewer, gathering patches is quicker.
_LEAST = 8


def suits(sliding: Window, channels: int, groups: int, dtype: np.dtype) -> bool:
    """True if a convolution can be computed this way, and faster so."""
    taps = sliding.rows.kernel if sliding.rows.dilation == 1 else 1
    return sliding.columns.stride == 1 and groups == 1 and channels * taps >= _LEAST and blas.available(dtype)


def bind(context: BindContext, sliding: Window, bias: MaybeArray, parts: int) -> tuple[Operation, Operation]:
    """Forward and backward operation, in so many parts that run in parallel.

    `bias` is shaped to be added to (F, H', W', N).
    """
    x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
    weight = context.parameters["weight"]
    filters, channels, height, width = weight.shape
    rows, columns = sliding.rows, sliding.columns
    # BLAS must keep to one thread also where there is only one part: its products are too small to be shared out.
    context.divided = True

    padded = context.buffer(rows.padded, channels, columns.padded, x.shape[3])
    interior = _interior(padded, sliding)
    kernel = context.buffer(width, filters, height, channels)
    sources = [weight[:, :, :, j].swapaxes(1, 2) for j in range(width)]
    spans = [range(part[0], part[-1] + 1) for part in np.array_split(range(rows.output), parts)]
    lines = [_Lines(sliding, padded, kernel, y, span, alone=len(spans) == 1) for span in spans]

    def take_kernel() -> None:
        for own, source in zip(kernel, sources, strict=True):
            np.copyto(own, source)

    take_in = by_channel(channels, x.size, lambda own: partial(np.copyto, interior[own], x[own]))
    forward = InTurn([take_in, take_kernel, Divided([part.forward(bias) for part in lines])])
    if dy is None:
        return forward, forward
    d_weight: MaybeArray = context.gradients.get("weight")
    d_bias: MaybeArray = context.gradients.get("bias")
    learns = d_weight is not None
    targets = [d_weight[:, :, :, j].swapaxes(1, 2) for j in range(width)] if learns else []
    ones = np.ones(dy.size // d_bias.size if d_bias is not None else 0, dy.dtype)
    d_padded: MaybeArray = np.zeros_like(padded) if dx is not None else None
    compute = Divided([part.backward(dy, d_padded, learns=learns) for part in lines])
    d_kernel: MaybeArray = lines[0].d_kernel

    def join() -> None:
        for part in lines[1:]:
            part.join(d_kernel, d_padded)
        for own, target in zip(d_kernel if learns else (), targets, strict=True):
            np.copyto(target, own)
        if d_bias is not None:
            np.dot(dy.reshape(d_bias.size, -1), ones, out=d_bias.reshape(-1))

    if dx is None:
        return forward, InTurn([compute, join])
    d_interior = _interior(d_padded, sliding)
    give_back = by_channel(channels, x.size, lambda own: partial(_move, d_interior[own], dx[own], d_padded[:, own]))
    return forward, InTurn([compute, join, give_back])


def _move(source: Array, target: Array, whole: Array) -> None:
    """Copies, and leaves zeros behind for the next time."""
    np.copyto(target, source)
    whole.fill(0)


def _interior(padded: Array, sliding: Window) -> Array:
    """The part of a padded (H, C, W, N) array that is not padding, as (C, H, W, N)."""
    return sliding.interior(padded.swapaxes(0, 1))


class _Lines:
    """Some neighbouring lines of the output, computed one after the other, beside others.

    Attributes:
        d_kernel: what they add to the gradient of the kernels, (kernel width, F, kernel height, C); None if frozen.
    """

    def __init__(self, sliding: Window, padded: Array, kernel: Array, y: Array, span: range, *, alone: bool) -> None:
        self._sliding, self._padded, self._kernel, self._y, self._span = sliding, padded, kernel, y, span
        self._alone = alone
        self._seam: MaybeArray = None
        self.d_kernel: MaybeArray = None

    def forward(self, bias: MaybeArray) -> Operation:
        """The function that computes these lines."""
        y, kernel, dtype = self._y[:, self._span.start : self._span.stop], self._kernel, self._y.dtype
        calls = []
        for line in self._span:
            for start, stop in self._pieces():
                out = self._matrix(self._y, line, start, stop)
                first = bias is None
                for j, taps in self._taps():
                    met = self._met(self._padded, line, j, taps, start, stop)
                    calls.append(blas.product(_flat(kernel[j][:, taps]), met, out, add=not first))
                    first = False
        base = None if bias is None else bias[:, self._span.start : self._span.stop] if bias.shape[1] > 1 else bias

        alone = self._alone

        def compute() -> None:
            if base is not None:
                np.copyto(y, base)
            blas.run(calls, dtype, together=not alone and threads.count() > 1)

        return compute

    def backward(self, dy: Array, d_padded: MaybeArray, *, learns: bool) -> Operation:
        """The function that computes `d_kernel`, if the layer learns, and adds to the padded gradient, if it is wanted.

        The kernels of the first lines reach into rows that the part above writes too. Except in the first part, those
        lines write into an array of their own, which `join` adds when all parts are done.
        """
        kernel, dtype, rows, width = self._kernel, dy.dtype, self._sliding.rows, self._sliding.columns.output
        self.d_kernel = np.empty_like(kernel) if learns else None
        shared = self._span[: rows.overlap] if self._span.start else range(0)
        self._top = self._span.start * rows.stride
        if shared and d_padded is not None:
            last = shared[-1] * rows.stride + rows.extent
            self._seam = np.empty((last - self._top, *d_padded.shape[1:]), dtype)
        calls = []
        for line in self._span:
            gradients = self._matrix(dy, line, 0, width)
            for j, taps in self._taps() if learns else ():
                met = self._met(self._padded, line, j, taps, 0, width)
                into = _flat(self.d_kernel[j][:, taps])
                calls.append(blas.product(gradients, met.T, into, add=line > self._span.start))
            if d_padded is None:
                continue
            target, top = (self._seam, self._top) if line in shared else (d_padded, 0)
            for start, stop in self._pieces():
                gradients = self._matrix(dy, line, start, stop)
                for j, taps in self._taps():
                    into = self._met(target, line, j, taps, start, stop, top)
                    calls.append(blas.product(_flat(kernel[j][:, taps]).T, gradients, into, add=True))
        seam, alone = self._seam, self._alone

        def compute() -> None:
            if seam is not None:
                seam.fill(0)
            blas.run(calls, dtype, together=not alone and threads.count() > 1)

        return compute

    def join(self, d_kernel: MaybeArray, d_padded: MaybeArray) -> None:
        """Adds what the part has kept for itself."""
        if d_kernel is not None:
            np.add(d_kernel, self.d_kernel, d_kernel)
        if self._seam is not None:
            own = d_padded[self._top : self._top + len(self._seam)]
            np.add(own, self._seam, own)

    def _pieces(self) -> Iterator[tuple[int, int]]:
        """A line cut into pieces, (first column, the one behind the last), that BLAS multiplies as they lie."""
        width, samples = self._sliding.columns.output, self._y.shape[3]
        filters, height, channels = self._kernel.shape[1:]
        fitting = blas.SMALL // max(filters * height * channels * samples, 1)
        count = -(-width // fitting) if 0 < fitting < width else 1
        for piece in np.array_split(range(width), count):
            yield int(piece[0]), int(piece[-1]) + 1

    def _taps(self) -> Iterator[tuple[int, slice]]:
        """The kernels' columns, each with those of their rows that meet neighbouring rows of the picture."""
        height = self._kernel.shape[2]
        together: Sequence[slice] = [slice(0, height)]
        if self._sliding.rows.dilation > 1:
            together = [slice(i, i + 1) for i in range(height)]
        for j in range(len(self._kernel)):
            for taps in together:
                yield j, taps

    def _met(self, padded: Array, line: int, j: int, taps: slice, start: int, stop: int, top: int = 0) -> Array:
        """Pixels under some taps along a piece of a line, (taps * C, n).

        They are taken from a padded image from its row `top` on.
        """
        rows, columns = self._sliding.rows, self._sliding.columns
        first = line * rows.stride + taps.start * rows.dilation - top
        left = j * columns.dilation
        met = padded[first : first + taps.stop - taps.start, :, left + start : left + stop]
        return _flat(met.reshape(len(met) * met.shape[1], *met.shape[2:]))

    @staticmethod
    def _matrix(array: Array, line: int, start: int, stop: int) -> Array:
        """A piece of a line of an output, (F, n)."""
        return _flat(array[:, line, start:stop])


def _flat(array: Array) -> Array:
    """An array as a matrix, without copying: its first axis, and all others as one."""
    matrix = array.reshape(len(array), math.prod(array.shape[1:]))
    if array.size and not np.may_share_memory(matrix, array):
        raise ValueError(f"an array {array.shape} with strides {array.strides} is no matrix")
    return matrix
