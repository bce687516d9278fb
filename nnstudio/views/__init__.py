"""Live views. Importing this package fills `VIEWS`, in the order in which the docks stand."""

from __future__ import annotations

from nnstudio.views.activation import ActivationView
from nnstudio.views.base import VIEWS, View
from nnstudio.views.boundary import BoundaryView, SurfaceView
from nnstudio.views.confusion import ConfusionView
from nnstudio.views.curves.loss import LossView
from nnstudio.views.curves.metric import MetricView
from nnstudio.views.data.balance import BalanceView
from nnstudio.views.data.columns import ColumnsView
from nnstudio.views.data.correlations import CorrelationsView
from nnstudio.views.data.duplicates import DuplicatesView
from nnstudio.views.data.gallery import GalleryView
from nnstudio.views.data.scatter import ScatterView
from nnstudio.views.data.table import TableView
from nnstudio.views.feature_maps import FeatureMapsView
from nnstudio.views.fitted_curve import FittedCurveView
from nnstudio.views.judging.view import JudgingView
from nnstudio.views.landscape.view import LandscapeView
from nnstudio.views.lens.view import LensView
from nnstudio.views.mathematics import MathematicsView
from nnstudio.views.network.view import NetworkView
from nnstudio.views.probe.view import ProbeView
from nnstudio.views.runs.view import RunsView
from nnstudio.views.saliency.view import SaliencyView
from nnstudio.views.spaces.view import SpacesView
from nnstudio.views.statistics.distributions import DistributionsView
from nnstudio.views.statistics.gradient_flow import GradientFlowView
from nnstudio.views.trying.view import TryView
from nnstudio.views.weights.kernels import KernelView

__all__ = [
    "VIEWS",
    "ActivationView",
    "BalanceView",
    "BoundaryView",
    "ColumnsView",
    "ConfusionView",
    "CorrelationsView",
    "DistributionsView",
    "DuplicatesView",
    "FeatureMapsView",
    "FittedCurveView",
    "GalleryView",
    "GradientFlowView",
    "JudgingView",
    "KernelView",
    "LandscapeView",
    "LensView",
    "LossView",
    "MathematicsView",
    "MetricView",
    "NetworkView",
    "ProbeView",
    "RunsView",
    "SaliencyView",
    "ScatterView",
    "SpacesView",
    "SurfaceView",
    "TableView",
    "TryView",
    "View",
]
