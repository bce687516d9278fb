"""Live views. Importing this package fills `VIEWS`, in the order in which the docks stand."""

from __future__ import annotations

from nnstudio.views.activation import ActivationView
from nnstudio.views.base import VIEWS, View
from nnstudio.views.boundary import BoundaryView
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.feature_maps import FeatureMapsView
from nnstudio.views.kernels import KernelView
from nnstudio.views.lens import LensView
from nnstudio.views.loss import LossView
from nnstudio.views.mathematics import MathematicsView
from nnstudio.views.metric import MetricView

__all__ = [
    "VIEWS",
    "ActivationView",
    "BoundaryView",
    "ConfusionView",
    "FeatureMapsView",
    "KernelView",
    "LensView",
    "LossView",
    "MathematicsView",
    "MetricView",
    "View",
]
