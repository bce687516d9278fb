"""Cache of the plans used last, as many as fit into memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from engine.analysis import NodeReport
from engine.backends.numpy.plan import Plan, PlanOptions
from engine.memory_budget import check_memory, room

# All views of a window at once need about a dozen, each time anew; a plan that was dropped takes milliseconds to make.
_MOST = 16


class PlanCache:
    """Cache of the plans of one network.

    Args:
        reports, itemsize: of the network, to estimate the memory of a plan.
    """

    def __init__(self, reports: Mapping[str, NodeReport], itemsize: int) -> None:
        self._reports, self._itemsize = reports, itemsize
        self._plans: OrderedDict[PlanOptions, Plan] = OrderedDict()

    @property
    def sizes(self) -> set[int]:
        """Batch sizes for which there are plans."""
        return {options.samples for options in self._plans}

    def get(self, options: PlanOptions, make: Callable[[PlanOptions], Plan]) -> Plan:
        """Plan with these options, made if there is none. Raises SpecError if memory does not suffice."""
        # A cache that kept `make` would keep its network alive, until the garbage is collected.
        plan = self._plans.get(options)
        if plan is None:
            self._make_room(options.samples)
            plan = self._plans[options] = make(options)
        else:
            self._plans.move_to_end(options)
        return plan

    def clear(self) -> None:
        """Drop all plans."""
        self._plans.clear()

    def _make_room(self, samples: int) -> None:
        """Drop the plans unused for longest, to make room for so many samples."""
        check_memory(self._reports, vectors=2, samples=samples, itemsize=self._itemsize)
        spare = room(self._reports, self._itemsize) - samples
        while self._plans and (len(self._plans) >= _MOST or sum(each.samples for each in self._plans) > spare):
            self._plans.popitem(last=False)
