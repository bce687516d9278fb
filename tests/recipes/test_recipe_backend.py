"""Recipe for a back end."""

from __future__ import annotations

import sys

from tests.recipes.recipe import Sandbox

_KEEPS_THE_PROTOCOLS = """
from engine import backends, layers, losses, optimizers
from engine.backends.base import NetworkLike, TrainerLike
from engine.graph import Graph

backend = backends.get("double")
network = backend.network(Graph.chain({"dense_1": layers.Dense(units=1)}), (2,), 0)
trainer = backend.trainer(
    network, loss=losses.get("mse"), optimizer=optimizers.SGD(), batch_size=1, shuffle=True, seed=0
)
for protocol, made in ((NetworkLike, network), (TrainerLike, trainer)):
    members = {name for name in (*vars(protocol), *protocol.__annotations__) if not name.startswith("_")}
    assert len(members) > 15
    print([name for name in members if not hasattr(made, name)])
"""


def test_a_back_end_added_by_the_recipe_keeps_the_protocols(sandbox: Sandbox) -> None:
    sandbox.follow("backend")
    assert sandbox.run(sys.executable, "-c", _KEEPS_THE_PROTOCOLS).split() == ["[]", "[]"]
