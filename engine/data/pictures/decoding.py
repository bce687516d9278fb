"""Decode picture files with Pillow: turned, made grey or coloured, and brought to one size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import numpy as np

from engine.data.samples import Array

if TYPE_CHECKING:
    from PIL.Image import Image

Fit = Literal["crop", "pad", "stretch"]
Background = Literal["white", "black"]
_Result = TypeVar("_Result")

# A picture of more pixels than this is refused before it is unpacked: small files can announce gigabytes. It is the
# number from which on Pillow itself warns of a decompression bomb, a quarter of a gigabyte of colours.
MOST_PIXELS: Final = 89_478_485
# A file that is larger than this holds no picture for a network.
_LARGEST_FILE = 1 << 28
_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
# The tag in which cameras note how they were held.
_ORIENTATION = 0x0112
# How far apart the colours of a grey pixel may lie, after a lossy compression.
_NEARLY_GREY = 3


class BrokenPictureError(Exception):
    """Error for one file that holds no usable picture; its text is the reason, as the end of a sentence."""


@dataclass(frozen=True)
class Target:
    """Size and colours to which all pictures are brought.

    Attributes:
        channels: 1 for grey, 3 for red, green and blue.
        height, width: in pixels.
        fit: the middle is cropped to the shape, the whole picture is padded, or it is stretched.
        background: colour of transparent places and of what is padded.
    """

    channels: int
    height: int
    width: int
    fit: Fit = "crop"
    background: Background = "white"


@dataclass(frozen=True)
class Facts:
    """Facts of a picture: its size as it is seen, and if all of its pixels are grey."""

    height: int
    width: int
    grey: bool


@cache
def _pillow() -> Any:
    """Module PIL.Image, imported when the first picture is read."""
    from PIL import Image, WebPImagePlugin  # noqa: F401  # Pillow looks for this format last, after all others

    # What Pillow warns of is refused, or mended, here; a terminal need not know.
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    warnings.filterwarnings("ignore", message="(Corrupt EXIF|Truncated|Metadata|Possibly corrupt)", module=r"PIL\.")
    return Image


def examine(path: Path) -> Facts:
    """Find the size and colours of a picture. Raises BrokenPictureError."""
    return _guarded(path, _examine)


def decode(path: Path, target: Target) -> Array:
    """Decode a picture, (channels, height, width): uint8, or uint16 for grey pictures of 16 bits.

    Of several frames, the first counts. A picture of the right size keeps its very pixels; others are resampled with a
    triangle filter over the area of each new pixel. Colours become grey by their brightness, 0.299 R + 0.587 G +
    0.114 B (ITU-R BT.601). Raises BrokenPictureError.
    """
    return _guarded(path, lambda image: _decode(image, target))


def _guarded(path: Path, work: Callable[[Image], _Result]) -> _Result:
    """Open a picture and work on it; whatever goes wrong is the file's fault."""
    pillow = _pillow()
    from PIL import UnidentifiedImageError

    try:
        size = path.stat().st_size
        if size == 0:
            raise BrokenPictureError("is empty")
        if size > _LARGEST_FILE:
            raise BrokenPictureError(f"has {size:,} bytes; at most {_LARGEST_FILE:,} are read")
        with pillow.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise BrokenPictureError(_too_large(width, height))
            return work(image)
    except BrokenPictureError:
        raise
    except (pillow.DecompressionBombWarning, pillow.DecompressionBombError):
        raise BrokenPictureError(f"announces too many pixels; at most {MOST_PIXELS:,} are read") from None
    except UnidentifiedImageError:
        raise BrokenPictureError("is no PNG, JPEG, BMP, GIF or WebP picture") from None
    except MemoryError:
        raise BrokenPictureError("is too large for the memory") from None
    except PermissionError:
        raise BrokenPictureError("may not be read") from None
    except FileNotFoundError:
        raise BrokenPictureError("is gone") from None
    except Exception as error:
        # Decoders stumble over damaged files in many ways, each with an error of its own.
        cut = isinstance(error, EOFError) or "truncated" in str(error).lower()
        raise BrokenPictureError("is cut off" if cut else f"is damaged ({error or type(error).__name__})") from None


def _too_large(width: int, height: int) -> str:
    return f"announces {width:,} x {height:,} pixels; at most {MOST_PIXELS:,} are read"


def _orientation(image: Image) -> int:
    """How the camera was held, 1 to 8 (EXIF); 1 where that is not known."""
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        # A note that cannot be read says nothing about the picture.
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _turned(image: Image, orientation: int) -> Image:
    """Picture as it is seen, by the orientation of its camera."""
    method = _pillow().Transpose
    turn = {
        2: method.FLIP_LEFT_RIGHT,
        3: method.ROTATE_180,
        4: method.FLIP_TOP_BOTTOM,
        5: method.TRANSPOSE,
        6: method.ROTATE_270,
        7: method.TRANSVERSE,
        8: method.ROTATE_90,
    }.get(orientation)
    return image if turn is None else image.transpose(turn)


def _examine(image: Image) -> Facts:
    orientation = _orientation(image)
    width, height = image.size
    image.draft(image.mode, (256, 256))
    pixels = np.asarray(_flat(image, 3, "white"))
    grey = pixels.ndim == 2 or int((pixels.max(axis=2) - pixels.min(axis=2)).max()) <= _NEARLY_GREY
    return Facts(width, height, grey) if orientation >= 5 else Facts(height, width, grey)


def _decode(image: Image, target: Target) -> Array:
    orientation = _orientation(image)
    # A JPEG can be unpacked to a half, a quarter or an eighth, which saves most of the time; twice the size is enough
    # for a clean result. Which side is which is only known after turning.
    side = 2 * max(target.height, target.width)
    image.draft(image.mode, (side, side))
    flat = _turned(_flat(image, target.channels, target.background), orientation)
    white = 65535 if flat.mode == "F" else 255
    paper = white if target.background == "white" else 0
    pixels = np.asarray(_fitted(flat, target, paper))
    if flat.mode == "F":
        pixels = np.rint(pixels.clip(0, white)).astype(np.uint16)
    if pixels.ndim == 2:
        return np.repeat(pixels[None], target.channels, axis=0)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _flat(image: Image, channels: int, background: Background) -> Image:
    """Picture without transparency or palette: of mode L, RGB, or F from 0 to 65535 for grey ones of 16 bits."""
    pillow = _pillow()
    if image.mode.startswith("I"):
        # Pillow's own way to 8 bits cuts off all above 255.
        return pillow.fromarray(np.asarray(image.convert("I")).astype(np.float32))  # type: ignore[no-any-return]
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        paper = pillow.new("RGBA", seen.size, background)
        image = pillow.alpha_composite(paper, seen)
    grey = image.mode in ("1", "L", "LA")
    return image.convert("L" if grey or channels == 1 else "RGB")


def _fitted(image: Image, target: Target, paper: int) -> Image:
    """Picture of the target's size."""
    pillow = _pillow()
    size = target.width, target.height
    if image.size == size:
        return image
    bilinear = pillow.Resampling.BILINEAR
    width, height = image.size
    # How much of the picture one pixel of the result covers, across and down.
    across, down = width / target.width, height / target.height
    match target.fit:
        case "stretch":
            return image.resize(size, bilinear)
        case "crop":
            scale = min(across, down)
            left, top = (width - scale * target.width) / 2, (height - scale * target.height) / 2
            return image.resize(size, bilinear, (left, top, width - left, height - top))
        case "pad":
            scale = max(across, down)
            inner = max(round(width / scale), 1), max(round(height / scale), 1)
            whole = pillow.new(image.mode, size, paper if image.mode != "RGB" else (paper, paper, paper))
            whole.paste(image.resize(inner, bilinear), ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
            return whole  # type: ignore[no-any-return]
