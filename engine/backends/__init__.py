"""Registry of back ends, the machinery that computes networks."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.backends.base import Backend
    from engine.backends.computing import MixedPrecision

DEFAULT = "numpy"
# The module of each back end, which has it as BACKEND; imported when it is asked for, since its libraries may be large.
BACKENDS: dict[str, str] = {
    "numpy": "engine.backends.numpy.backend",
    "torch": "engine.backends.torch.backend",
}


def get(
    name: str = DEFAULT,
    device: str | None = None,
    *,
    mixed_precision: MixedPrecision = "none",
    compiled: bool = False,
) -> Backend:
    """Back end of this name, on one of its devices (None: the usual one).

    Raises SpecError for unknown names, where its library is missing, and for what it or this machine does not have.
    """
    module = BACKENDS.get(name) if isinstance(name, str) else None
    # Late, since this package is imported with its kernels, before anything else of the engine.
    from engine.errors import SpecError

    if module is None:
        from engine.checks import shown

        raise SpecError(f"there is no back end {shown(name)}; choose one of {', '.join(BACKENDS)}")
    try:
        backend: Backend = import_module(module).BACKEND
    except ModuleNotFoundError as error:
        library = _LIBRARIES.get(error.name or "")
        if library is None:
            raise
        raise SpecError(f"{library} is not installed: pip install 'nnstudio[{error.name}]'") from None
    if backend.choose is not None:
        return backend.choose(device, mixed_precision, compiled)
    if device not in (None, *backend.devices):
        from engine.checks import shown

        raise SpecError(
            f"the back end {name} computes on {' or '.join(backend.devices)}, found the device {shown(device)}; "
            'other devices need the back end "torch"'
        )
    if mixed_precision != "none" or compiled:
        raise SpecError(f'the back end {name} has neither mixed precision nor compiling; "torch" has both')
    return backend


def trainer_type(name: str) -> Any:
    """Class of a back end's trainers, an `engine.Trainer`. Raises SpecError as `get`."""
    from engine.errors import SpecError

    found = get(name).trainer_type
    if found is None:
        raise SpecError(f"the back end {name} has no engine.Trainer; make one with backends.get({name!r}).trainer")
    return found


def title_of(name: str) -> str:
    """Name of a back end as a person reads it."""
    return _LIBRARIES.get(name, "this engine")


def loaded(name: str, *, compiled: bool = False) -> bool:
    """True if a back end can be had at once, since its library, and where wanted its compiler, is imported already."""
    wanted = ([name] if name in _LIBRARIES else []) + ([_COMPILERS[name]] if compiled and name in _COMPILERS else [])
    return all(sys.modules.get(module) is not None for module in wanted)


# Modules that are no part of the engine, which back ends import, and what their makers call them.
_LIBRARIES = {"torch": "PyTorch"}
# The module with which each of them compiles, imported with the first network that is to be compiled.
_COMPILERS = {"torch": "torch._dynamo"}
