"""Check of a thing against a protocol."""

from __future__ import annotations

import inspect


def members(protocol: type) -> set[str]:
    return {name for name in (*vars(protocol), *protocol.__annotations__) if not name.startswith("_")}


def keeps_protocol(protocol: type, thing: object) -> None:
    """The type checker proves it for the types; here for the members, and the arguments that functions take."""
    assert len(members(protocol)) > 15
    for name in members(protocol):
        assert hasattr(thing, name), name
        declared = vars(protocol).get(name)
        if inspect.isfunction(declared):
            takes = inspect.signature(getattr(type(thing), name)).parameters
            for parameter in inspect.signature(declared).parameters.values():
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                    assert parameter.name in takes, f"{name}({parameter.name})"
