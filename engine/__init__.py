"""Neural-network engine on NumPy: layers, losses, optimisers and training, one class per idea.

from engine import Network, Trainer, layers, optimizers
net = Network([layers.Dense(3), layers.Tanh(), layers.Dense(1), layers.Tanh()], input_shape=(2,), seed=0)
Trainer(net, loss="mse", optimizer=optimizers.SGD(0.1), batch_size=1).fit(x, y, epochs=1000)
"""

from typing import TYPE_CHECKING, Any

from engine import backends, gradcheck, layers, losses, metrics, optimizers, schedules
from engine.backends.numpy import threads
from engine.errors import DataError, DivergedError, EngineError, Fix, ShapeError, SpecError
from engine.importing import load_onnx
from engine.network import Network
from engine.regularisation import Clipping, Penalty
from engine.trace import Trace
from engine.training.early_stopping import EarlyStopping
from engine.training.history import History
from engine.training.trainer import Trainer

if TYPE_CHECKING:
    from engine import data as datasets

__all__ = [
    "Clipping",
    "DataError",
    "DivergedError",
    "EarlyStopping",
    "EngineError",
    "Fix",
    "History",
    "Network",
    "Penalty",
    "ShapeError",
    "SpecError",
    "Trace",
    "Trainer",
    "backends",
    "datasets",
    "gradcheck",
    "layers",
    "load_onnx",
    "losses",
    "metrics",
    "optimizers",
    "schedules",
    "threads",
]


def __getattr__(name: str) -> Any:
    # Half of the import time would be that of the data sets, whose declarations a network of one's own does without.
    if name == "datasets":
        from engine import data

        return data
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
