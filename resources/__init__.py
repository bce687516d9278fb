"""Resources bundled with the program: icons, templates, small data sets. Read with importlib.resources."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def path(*parts: str) -> Traversable:
    """A bundled file, e.g. `path("data", "digits.npz")`."""
    return files(__name__).joinpath(*parts)
