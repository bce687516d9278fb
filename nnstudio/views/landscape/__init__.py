"""Loss landscape: the loss over a plane of parameters, as contours or as a surface."""

from __future__ import annotations
