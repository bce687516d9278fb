"""Devices of this PyTorch, and the errors of computing there as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from engine.checks import shown
from engine.errors import EngineError, SpecError

# Every device that a network may ask for.
KNOWN = ("cpu", "cuda", "mps")


def available() -> tuple[str, ...]:
    """Devices that are there, the usual one first."""
    return tuple(name for name in KNOWN if not reason_against(name))


def reason_against(device: str) -> str:
    """Sentence on why a device cannot be used; "" if it can."""
    if device == "cpu":
        return ""
    if device == "cuda":
        if not torch.backends.cuda.is_built():
            return "this PyTorch was built without CUDA; install one that was built with it"
        if not torch.cuda.is_available():
            return "no NVIDIA GPU was found, or its driver does not suit this PyTorch"
        return ""
    if device == "mps":
        if not torch.backends.mps.is_built():
            return "this PyTorch was built without MPS, which only Macs with Apple's processors have"
        if not torch.backends.mps.is_available():
            return "this Mac has no GPU that MPS supports, or its macOS is too old"
        return ""
    return f"there is no device {shown(device)}; choose one of {', '.join(KNOWN)}"


def find(device: str | None) -> torch.device:
    """Device of this name, "cuda:1" for the second of several; the CPU for None. Raises SpecError with the reason."""
    name = "cpu" if device is None else device
    if not isinstance(name, str):
        raise SpecError(f'the device must be a name such as "cpu" or "cuda", found {shown(name)}')
    kind, _, number = name.partition(":")
    reason = reason_against(kind)
    if reason:
        raise SpecError(f"PyTorch cannot compute on {kind}: {reason}" if kind in KNOWN else reason)
    if number:
        count = torch.cuda.device_count() if kind == "cuda" else 1
        if not number.isdecimal() or int(number) >= count:
            raise SpecError(f"there is no device {shown(name)}; this machine has {count} of {kind}, counted from 0")
    return torch.device(name)


def free_memory(device: torch.device) -> int | None:
    """Bytes that are free on a device; None where nothing is known of it, or it is the machine's memory."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # What PyTorch has set aside and does not use is free as well.
        kept: int = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(free) + kept
    return None


@contextmanager
def telling(device: torch.device) -> Iterator[None]:
    """Context that turns PyTorch's errors into a SpecError with a sentence."""
    try:
        yield
    except EngineError:
        raise
    except torch.OutOfMemoryError:
        raise SpecError(_full(device)) from None
    except RuntimeError as error:
        text = str(error)
        if "alloc" in text and "memory" in text:
            raise SpecError(_full(device)) from None
        if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
            raise SpecError(
                f"torch.compile does not work here ({_first_line(text)}); switch compiling off, or install a compiler "
                "of C++"
            ) from None
        raise SpecError(f"PyTorch could not compute this network on {device}: {_first_line(text)}") from None


def _full(device: torch.device) -> str:
    return (
        f"The device {device} has not enough memory for this network and batch. "
        "Make the batch or the largest block smaller, or compute on another device."
    )


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return re.sub(r"\s+", " ", lines[0]).rstrip(".")[:200] if lines else "no reason was given"
