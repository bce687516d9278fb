"""Distribution of test files among processes that may die."""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController


class FileScheduling(LoadFileScheduling):
    """xdist's distribution by files, but for what becomes of a process that has died.

    There, the test that was under way would be begun again in each new process, up to four times as often as there are
    processes. And a new process would wait for ever where a single test, or none, is left of the file it is given:
    tests begin when the process knows the next one, or that there is none.
    """

    def remove_node(self, node: WorkerController) -> str | None:
        """Give up a process, and hand on what it has not begun. Returns the test that was under way, if any was."""
        units = self.assigned_work.pop(node)
        left = [(scope, test) for scope, unit in units.items() for test, done in unit.items() if not done]
        for scope, test in left[1:]:
            self.workqueue.setdefault(scope, {})[test] = False
        for other in self.nodes:
            self._reschedule(other)
        return left[0][1] if left else None

    def _reschedule(self, node: WorkerController) -> None:
        super()._reschedule(node)
        while self.workqueue and self._pending_of(self.assigned_work[node]) < 2 and not node.shutting_down:
            self._assign_work_unit(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()
