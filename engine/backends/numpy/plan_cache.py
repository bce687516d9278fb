"""Cache of plans: those that were used last, as many as find room in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from engine.analysis import NodeReport
from engine.backends.numpy.plan import Plan, PlanOptions
from engine.memory_budget import check_memory, room

_MOST = 8


class PlanCache:
    """The plans of one network.

    Args:
        reports, itemsize: of the network, to tell how much memory a plan takes.
    """

    def __init__(self, reports: Mapping[str, NodeReport], itemsize: int) -> None:
        self._reports, self._itemsize = reports, itemsize
        self._plans: OrderedDict[PlanOptions, Plan] = OrderedDict()

    @property
    def sizes(self) -> set[int]:
        """The batch sizes for which there are plans."""
        return {options.samples for options in self._plans}

    def get(self, options: PlanOptions, make: Callable[[PlanOptions], Plan]) -> Plan:
        """The plan with these options, made if there is none. Raises SpecError if it finds no room in memory."""
        # A cache that kept `make` would keep its network alive, until the garbage is collected.
        plan = self._plans.get(options)
        if plan is None:
            self._make_room(options.samples)
            plan = self._plans[options] = make(options)
        else:
            self._plans.move_to_end(options)
        return plan

    def clear(self) -> None:
        """Lets go of all plans."""
        self._plans.clear()

    def _make_room(self, samples: int) -> None:
        """Lets go of the plans that were not used for longest, so that one for so many samples finds room."""
        check_memory(self._reports, vectors=2, samples=samples, itemsize=self._itemsize)
        spare = room(self._reports, self._itemsize) - samples
        while self._plans and (len(self._plans) >= _MOST or sum(each.samples for each in self._plans) > spare):
            self._plans.popitem(last=False)
