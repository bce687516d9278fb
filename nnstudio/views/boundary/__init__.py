"""Decision boundary: the view, and the parts it is made of."""

from __future__ import annotations

from nnstudio.views.boundary.view import BoundaryView

__all__ = ["BoundaryView"]
