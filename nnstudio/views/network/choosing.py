"""Choice of the units on show in large blocks."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.document.probe import UnitRef
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.training.requests.unit_planes import strongest
from nnstudio.views.network.connections import is_one_to_one

Units = Mapping[str, tuple[int, ...]]

# So few units more are shown as well, rather than a line on them.
_SLACK = 3


class Chooser:
    """Chooser of the units on show: the strongest for the probe, or a page of all of them in order.

    It chooses anew only for another probe, another network or another number of units, and when training comes to
    rest: while training runs, and while a number is changed by hand, units stay where they are.

    Attributes:
        pages: by block, the page that a person has opened, from 0.
    """

    def __init__(self) -> None:
        self.pages: dict[str, int] = {}
        self._key: object = None
        self._running = False
        self._chosen: dict[str, tuple[int, ...]] = {}

    def choose(self, picture: ProbePicture, most: int, unit: UnitRef | None, *, running: bool) -> Units:
        """Units on show of every block, at most `most`, in ascending order. The chosen `unit` is among them."""
        totals = {block: len(output[0]) for block, output in picture.trace.outputs.items() if output.ndim > 1}
        rests = self._running and not running
        self._running = running
        key = picture.probe, most, tuple(totals.items())
        if key != self._key or rests:
            self._key = key
            self._chosen = _strongest(picture, totals, most)
        self.pages = {block: page for block, page in self.pages.items() if page * most < totals.get(block, 0)}
        chosen = dict(self._chosen)
        for block, page in self.pages.items():
            chosen[block] = tuple(range(page * most, min((page + 1) * most, totals[block])))
        if unit is not None and unit.block in chosen and unit.block not in self.pages:
            shown = chosen[unit.block]
            if unit.index not in shown and unit.index < totals[unit.block]:
                chosen[unit.block] = tuple(sorted((*shown[:-1], unit.index)))
        return chosen

    def turn(self, block: str, forwards: bool, most: int, total: int) -> None:
        """Turn to the next or the previous page of a block; beyond the ends are the strongest units."""
        page = self.pages.get(block)
        last = (total - 1) // most
        following = (0 if forwards else last) if page is None else page + (1 if forwards else -1)
        if 0 <= following <= last:
            self.pages[block] = following
        else:
            self.pages.pop(block, None)


def _strongest(picture: ProbePicture, totals: Mapping[str, int], most: int) -> dict[str, tuple[int, ...]]:
    """The strongest units of each block. An activation shows those of the layer before it, and so on."""
    consumers: dict[str, list[str]] = {}
    for block, sources in picture.sources.items():
        for source in sources:
            consumers.setdefault(source, []).append(block)
    leads: dict[str, str] = {}
    for block in reversed(list(totals)):
        following = consumers.get(block, [])
        leads[block] = block
        if len(following) == 1 and following[0] in totals:
            (name,) = following
            inputs = [value.shape for value in picture.inputs(name)]
            if is_one_to_one(picture.layers[name], inputs, picture.value(name).shape):
                leads[block] = leads[name]
    room = {lead: most + _SLACK if totals[lead] <= most + _SLACK else most for lead in dict.fromkeys(leads.values())}
    chosen = {lead: strongest(picture.value(lead), count) for lead, count in room.items()}
    return {block: chosen[leads[block]] for block in totals}
