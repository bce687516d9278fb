"""The network over a plane of its inputs: decision boundary, and 3-D surface."""

from __future__ import annotations

from nnstudio.views.boundary.surface_view import SurfaceView
from nnstudio.views.boundary.view import BoundaryView

__all__ = ["BoundaryView", "SurfaceView"]
