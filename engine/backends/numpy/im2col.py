"""im2col: gather the windows of a convolution into matrices, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from engine.backends.numpy.operations import Operation
from engine.sliding_window import Window
from engine.types import Array, MaybeArray


class PatchBlock:
    """Block of output lines, and the patches they need.

    Attributes:
        top, bottom: the first of the lines, and the one after the last.
        patches: (groups, elements of a kernel, output pixels), the pixels under the kernels; maybe with a row of ones.
        elements: the same without the row of ones.
        shares_patches: the buffer serves other blocks too, and must be filled again for backward.
    """

    def __init__(
        self, sliding: Window, padded: Array, output: Array, patches: Array, top: int, bottom: int, shares: bool
    ) -> None:
        groups = len(patches)
        kernel = (sliding.rows.kernel, sliding.columns.kernel)
        count = len(padded) // groups * math.prod(kernel)
        self.patches, self.elements, self.shares_patches = patches, patches[:, :count], shares
        patches[:, count:] = 1
        self.top, self.bottom, self._sliding, self._groups = top, bottom, sliding, groups
        self._cells = self.elements.reshape(groups, len(padded) // groups, *kernel, bottom - top, *output.shape[2:])
        self.output = self._lines(output)
        self._pairs = self._pair(padded)
        self._scattered: list[tuple[Array, Array]] = []

    def prepare_backward(self, output_gradient: Array, padded_gradient: MaybeArray, first_row: int = 0) -> None:
        """Set the output gradient, and the padded image's gradient from `first_row` on."""
        self.output_gradient = self._lines(output_gradient)
        self.output_gradient_t = self.output_gradient.swapaxes(1, 2)
        if padded_gradient is not None:
            self._scattered = self._pair(padded_gradient, first_row)

    def gather(self) -> None:
        """Fill the patches from the padded image (im2col)."""
        for cells, pixels in self._pairs:
            np.copyto(cells, pixels)

    def scatter(self) -> None:
        """Add the patches, now gradients, to the padded image's gradient (col2im)."""
        for cells, pixels in self._scattered:
            np.add(pixels, cells, pixels)

    def _lines(self, array: Array) -> Array:
        """This block's lines of an output, as (groups, filters of a group, output pixels)."""
        lines = array[:, self.top : self.bottom]
        return lines.reshape(self._groups, len(array) // self._groups, math.prod(lines.shape[1:]))

    def _pair(self, padded: Array, first_row: int = 0) -> list[tuple[Array, Array]]:
        """For each element of the kernel, its rows of the patches and the pixels of the picture that they mirror."""
        pairs = []
        for i, j, rows, columns in self._sliding.offsets():
            start = rows.start - first_row + self.top * rows.step
            own = slice(start, start + (self.bottom - self.top - 1) * rows.step + 1, rows.step)
            pixels = padded[:, own, columns]
            pairs.append(
                (self._cells[:, :, i, j], pixels.reshape(self._groups, len(pixels) // self._groups, *pixels.shape[1:]))
            )
        return pairs


class Part:
    """Neighbouring blocks, computed in sequence; several parts run in parallel.

    Attributes:
        d_kernel: the part's contribution to the gradient of the kernels, transposed: (groups, elements, filters of a
            group); None in a frozen layer.
    """

    def __init__(self, blocks: Sequence[PatchBlock]) -> None:
        self.blocks = blocks
        self._seam: Array | None = None
        self.d_kernel: MaybeArray = None

    def forward(self, kernel: Array) -> Operation:
        """Make the function that computes the part's lines of the output."""
        blocks = self.blocks

        def compute() -> None:
            for block in blocks:
                block.gather()
                np.matmul(kernel, block.patches, out=block.output)

        return compute

    def backward(
        self, weight: Array, dy: Array, d_padded: MaybeArray, sliding: Window, *, first: bool, learns: bool
    ) -> Operation:
        """Make the function that computes `d_kernel` and adds to the padded gradient.

        Each only where it is wanted. The windows of the first lines reach into rows that the part above writes too.
        Except in the first part, those lines write into an array of their own, which `join` adds when all parts are
        done.
        """
        blocks, shape = self.blocks, self.blocks[0].patches.shape
        filters = weight.shape[1]
        # Transposed, since BLAS is up to twice as quick if the longer side comes first.
        d_kernel: MaybeArray = np.empty((*shape[:2], filters), dy.dtype) if learns else None
        d_block: MaybeArray = np.empty_like(d_kernel) if learns else None
        self.d_kernel = d_kernel
        weight_t = weight.swapaxes(1, 2)
        rows = sliding.rows
        start = blocks[0].top
        shared = [] if first else [block for block in blocks if block.top < start + rows.overlap]
        if shared and d_padded is not None:
            self._top = start * rows.stride
            height = (shared[-1].bottom - 1) * rows.stride + rows.extent - self._top
            self._seam = np.empty((len(d_padded), height, *d_padded.shape[2:]), dy.dtype)
        for block in blocks:
            if self._seam is not None and block in shared:
                block.prepare_backward(dy, self._seam, self._top)
            else:
                block.prepare_backward(dy, d_padded)
        seam = self._seam

        def compute() -> None:
            if seam is not None:
                seam.fill(0)
            into = d_kernel
            for block in blocks:
                if learns:
                    if block.shares_patches:
                        block.gather()
                    np.matmul(block.patches, block.output_gradient_t, out=into)
                    if into is d_block:
                        np.add(d_kernel, d_block, d_kernel)
                    into = d_block
                if d_padded is not None:
                    # The patches have served; their place takes the gradients of the patches.
                    np.matmul(weight_t, block.output_gradient, out=block.elements)
                    block.scatter()

        return compute

    def join(self, total: MaybeArray, d_padded: MaybeArray) -> None:
        """Add the part's results to `total`, shaped like `d_kernel`, and to the padded gradient."""
        if self.d_kernel is not total:
            np.add(total, self.d_kernel, total)
        if self._seam is not None:
            own = d_padded[:, self._top : self._top + self._seam.shape[1]]
            np.add(own, self._seam, own)
