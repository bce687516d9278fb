"""Animated pictures, GIF and APNG, put together frame by frame.

Pillow encodes each frame as a picture of its own; here the frames are joined into one file. Only their encoded bytes
are held, and of each frame only the part that differs from the one before. (Pillow's own writer of animations holds
all frames as pixels until the end.)

Formats: "Graphics Interchange Format, Version 89a" (CompuServe 1990); "Portable Network Graphics Specification, Third
Edition" (W3C 2025), which defines the chunks acTL, fcTL and fdAT.
"""

from __future__ import annotations

import io
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    # Imported with the first film: the window does without until then.
    from PIL import Image

# Bytes of all frames, encoded, after which a film is too long.
MOST_BYTES = 512 << 20
_PNG = b"\x89PNG\r\n\x1a\n"


class TooLongError(Exception):
    """Animation that takes too much memory."""


class Animation(ABC):
    """Animation in the making: all frames are RGB and of one size.

    Class attributes:
        title: the format's name, with its use. suffix: of its files.

    Args:
        size: width and height in pixels. delay: seconds from frame to frame.
        loop: it begins again at its end, for ever.
    """

    title: ClassVar[str]
    suffix: ClassVar[str]

    def __init__(self, size: tuple[int, int], delay: float, *, loop: bool) -> None:
        self.size, self.delay, self.loop = size, delay, loop
        self.frames = 0
        self._last: Image.Image | None = None
        self._data = io.BytesIO()

    def add_pixels(self, pixels: bytes) -> None:
        """Add a frame of RGB pixels, row by row; see `add`."""
        from PIL import Image

        self.add(Image.frombytes("RGB", self.size, pixels))

    def add(self, frame: Image.Image) -> None:
        """Add a frame. Raises ValueError for another size, TooLongError beyond the bound of memory."""
        from PIL import ImageChops

        if frame.size != self.size or frame.mode != "RGB":
            raise ValueError(f"expected RGB frames of {self.size}, found {frame.mode} of {frame.size}")
        box = (0, 0, *self.size)
        if self._last is not None:
            # A frame like the one before is one pixel of it.
            box = ImageChops.difference(frame, self._last).getbbox() or (0, 0, 1, 1)
        self._last = frame
        self._data.write(self._encode(frame.crop(box), box[:2]))
        self.frames += 1
        if self._data.tell() > MOST_BYTES:
            raise TooLongError(
                f"{self.frames} frames take more than {MOST_BYTES >> 20} MB; choose fewer or smaller ones"
            )

    def finish(self) -> bytes:
        """Content of the file."""
        return self._head() + self._data.getbuffer() + self._tail()

    @abstractmethod
    def _encode(self, part: Image.Image, corner: tuple[int, int]) -> bytes:
        """A part of a frame, whose upper left corner lies there."""

    @abstractmethod
    def _head(self) -> bytes: ...

    @abstractmethod
    def _tail(self) -> bytes: ...


class GifAnimation(Animation):
    """GIF: 256 colours for each frame, shown everywhere."""

    title = "GIF: 256 colours, shown everywhere"
    suffix = ".gif"

    def _encode(self, part: Image.Image, corner: tuple[int, int]) -> bytes:
        from PIL import Image

        buffer = io.BytesIO()
        part.quantize(256, dither=Image.Dither.NONE).save(buffer, "GIF", optimize=False, interlace=False)
        table, data = _gif_parts(buffer.getvalue())
        control = struct.pack("<4sHBB", b"\x21\xf9\x04\x04", max(round(self.delay * 100), 1), 0, 0)
        # The colours of a frame follow its place: the table has 2 ** (bits + 1) entries.
        bits = (len(table) // 3).bit_length() - 2
        return control + struct.pack("<BHHHHB", 0x2C, *corner, *part.size, 0x80 | bits) + table + data

    def _head(self) -> bytes:
        head = b"GIF89a" + struct.pack("<HHBBB", *self.size, 0x70, 0, 0)
        return head + (b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" if self.loop else b"")

    def _tail(self) -> bytes:
        return b"\x3b"


class ApngAnimation(Animation):
    """Animated PNG: all colours, shown by browsers."""

    title = "APNG: all colours, shown by browsers"
    suffix = ".png"

    def __init__(self, size: tuple[int, int], delay: float, *, loop: bool) -> None:
        super().__init__(size, delay, loop=loop)
        # Every fcTL and fdAT has its number.
        self._number = 0

    def _numbered(self) -> bytes:
        self._number += 1
        return struct.pack(">I", self._number - 1)

    def _encode(self, part: Image.Image, corner: tuple[int, int]) -> bytes:
        buffer = io.BytesIO()
        part.save(buffer, "PNG")
        delay = (round(self.delay * 1000), 1000)
        made = [_chunk(b"fcTL", self._numbered() + struct.pack(">IIIIHHBB", *part.size, *corner, *delay, 0, 0))]
        for kind, data in _png_chunks(buffer.getvalue()):
            if kind == b"IDAT":
                first = self.frames == 0
                made.append(_chunk(b"IDAT", data) if first else _chunk(b"fdAT", self._numbered() + data))
        return b"".join(made)

    def _head(self) -> bytes:
        eight_bits, rgb = 8, 2
        header = struct.pack(">IIBBBBB", *self.size, eight_bits, rgb, 0, 0, 0)
        control = struct.pack(">II", self.frames, 0 if self.loop else 1)
        return _PNG + _chunk(b"IHDR", header) + _chunk(b"acTL", control)

    def _tail(self) -> bytes:
        return _chunk(b"IEND", b"")


ANIMATIONS: dict[str, type[Animation]] = {"gif": GifAnimation, "apng": ApngAnimation}


def _gif_parts(content: bytes) -> tuple[bytes, bytes]:
    """Colours and compressed pixels of a GIF with one frame, as Pillow writes it."""
    place, table = 13, b""
    if content[10] & 0x80:
        length = 3 << ((content[10] & 7) + 1)
        table, place = content[place : place + length], place + length
    while content[place] == 0x21:
        place = _after_blocks(content, place + 2)
    flags, place = content[place + 9], place + 10
    if flags & 0x80:
        length = 3 << ((flags & 7) + 1)
        table, place = content[place : place + length], place + length
    return table, content[place : _after_blocks(content, place + 1)]


def _after_blocks(content: bytes, place: int) -> int:
    """Place after a row of blocks, each with its length in front, and the empty one that ends it."""
    while content[place]:
        place += content[place] + 1
    return place + 1


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Chunks of a PNG by kind."""
    place = len(_PNG)
    while place < len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        yield kind, content[place + 8 : place + 8 + length]
        place += length + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
