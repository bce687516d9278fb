"""Live views. Importing this package fills `VIEWS`, in the order in which the docks stand."""

from __future__ import annotations

from nnstudio.views.base import VIEWS, View
from nnstudio.views.boundary import BoundaryView
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.feature_maps import FeatureMapsView
from nnstudio.views.kernels import KernelView
from nnstudio.views.lens import LensView
from nnstudio.views.loss import LossView
from nnstudio.views.metric import MetricView
from nnstudio.views.network.view import NetworkView
from nnstudio.views.probe import ProbeView

__all__ = [
    "VIEWS",
    "BoundaryView",
    "ConfusionView",
    "FeatureMapsView",
    "KernelView",
    "LensView",
    "LossView",
    "MetricView",
    "NetworkView",
    "ProbeView",
    "View",
]
