"""Registry of back ends, the machinery that computes networks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.backends.base import Backend

DEFAULT = "numpy"
# The module of each back end, which has it as BACKEND; imported when it is asked for, since its libraries may be large.
BACKENDS: dict[str, str] = {"numpy": "engine.backends.numpy.backend"}


def get(name: str = DEFAULT) -> Backend:
    """Back end of this name. Raises SpecError for unknown names."""
    module = BACKENDS.get(name) if isinstance(name, str) else None
    if module is None:
        # Late, since this package is imported with its kernels, before anything else of the engine.
        from engine.checks import shown
        from engine.errors import SpecError

        raise SpecError(f"there is no back end {shown(name)}; choose one of {', '.join(BACKENDS)}")
    backend: Backend = import_module(module).BACKEND
    return backend
