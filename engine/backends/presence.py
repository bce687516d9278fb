"""Devices that PyTorch would find here, told without importing it.

The import takes seconds and holds the interpreter for parts of them, which a window must not wait for. So this looks at
what is installed, and at the drivers; `backends.get` has the last word.
"""

from __future__ import annotations

import ctypes
import platform
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# What a person installs for it.
INSTALL = "pip install 'nnstudio[torch]'"
_DRIVERS = ("nvcuda.dll",) if sys.platform == "win32" else ("libcuda.so.1", "libcuda.so")


@cache
def reason_against(device: str) -> str:
    """Sentence on why PyTorch cannot compute on a device, "cpu", "cuda" or "mps"; "" if nothing speaks against it.

    The answer is found once. For "cuda" it may take a moment, since the driver is asked.
    """
    found = find_spec("torch")
    if found is None or found.origin is None:
        return f"PyTorch is not installed: {INSTALL}"
    if device == "cuda":
        if _built_for(Path(found.origin).parent / "version.py") is None:
            return "This PyTorch was built without CUDA; install one that was built with it"
        return "" if _gpus() else "No NVIDIA GPU was found, or its driver is missing"
    if device == "mps" and not (sys.platform == "darwin" and platform.machine() == "arm64"):
        return "MPS needs a Mac with one of Apple's processors"
    return ""


def _built_for(file: Path) -> str | None:
    """Version of CUDA that a PyTorch was built with; None if it was built without."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^cuda\b[^=\n]*=\s*['\"]([^'\"]+)['\"]", text, re.MULTILINE)
    return None if found is None else found[1]


def _gpus() -> int:
    """Number of NVIDIA's GPUs, as their driver counts them; 0 without one."""
    for name in _DRIVERS:
        try:
            driver = ctypes.CDLL(name)
            count = ctypes.c_int(0)
            if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
                return count.value
        except (OSError, AttributeError):
            continue
    return 0
