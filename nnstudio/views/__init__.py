"""Live views. Importing this package fills `VIEWS`, in the order in which the docks stand."""

from __future__ import annotations

from nnstudio.views.activation import ActivationView
from nnstudio.views.base import VIEWS, View
from nnstudio.views.boundary import BoundaryView, SurfaceView
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.distributions import DistributionsView
from nnstudio.views.feature_maps import FeatureMapsView
from nnstudio.views.gradient_flow import GradientFlowView
from nnstudio.views.kernels import KernelView
from nnstudio.views.lens import LensView
from nnstudio.views.loss import LossView
from nnstudio.views.mathematics import MathematicsView
from nnstudio.views.metric import MetricView
from nnstudio.views.network.view import NetworkView
from nnstudio.views.probe import ProbeView
from nnstudio.views.saliency import SaliencyView
from nnstudio.views.spaces import SpacesView

__all__ = [
    "VIEWS",
    "ActivationView",
    "BoundaryView",
    "ConfusionView",
    "DistributionsView",
    "FeatureMapsView",
    "GradientFlowView",
    "KernelView",
    "LensView",
    "LossView",
    "MathematicsView",
    "MetricView",
    "NetworkView",
    "ProbeView",
    "SaliencyView",
    "SpacesView",
    "SurfaceView",
    "View",
]
