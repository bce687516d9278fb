"""Feature maps: every channel of one block for the probe."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from engine.types import Shape
from nnstudio.document.model import INPUT, shown_name
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.value_image import reach_of
from nnstudio.views.base import brief
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.map_sheet import MapSheet
from nnstudio.views.plotting import ColourBar, Header, column, short
from nnstudio.views.probe_trace_view import ProbeTraceView

_WIDE = 420
# More would hold the window up at every picture. Numbers.
MOST_NUMBERS = 1 << 17
_ABOUT = "The output of each channel of a block for the probe: bright where the channel finds its pattern."
_EMPTY = (
    "No block gives images (channels x height x width). Use data that are images, or add a Reshape block, to see "
    "feature maps."
)


def output_shapes(store: Store) -> dict[str, Shape]:
    """Output shapes of the blocks of the network, and of the data, as far as they are known."""
    analysis = store.analysis
    shapes = {} if analysis.signature is None else {INPUT: analysis.signature.input_shape}
    known = {name: report.output for name, report in analysis.reports.items() if name not in analysis.idle}
    return shapes | {name: shape for name, shape in known.items() if shape is not None}


def blocks_with_images(store: Store) -> list[str]:
    """Names of the blocks whose output is images, and of the data if they are."""
    return [name for name, shape in output_shapes(store).items() if len(shape) == 3]


def _first_block(store: Store, names: Sequence[str]) -> str:
    """The first block behind the data."""
    return names[min(1, len(names) - 1)]


class FeatureMapsView(ProbeTraceView):
    """View of the feature maps of the selected block, or of one chosen here."""

    dock_name = "featureMapsView"
    title = "Feature maps"
    saying = "what each channel of a block makes of the probe"
    area, group, rank = "bottom", "inside", 40
    section = "inside"
    layouts = frozenset({"understand"})
    waiting = "The maps appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = BlockChoice(store, blocks_with_images, _first_block)
        self.choice.setObjectName("mapsOf")
        self.choice.setAccessibleName("Block whose feature maps are shown")
        self.choice.setToolTip("Block whose feature maps are shown; follows the selection on the canvas")
        self.own_scale = QCheckBox("Own scale")
        self.own_scale.setObjectName("ownScale")
        self.own_scale.setAccessibleName("Colour each map on a scale of its own")
        self.own_scale.setToolTip("Colour each map on a scale of its own; else all share one and can be compared")
        self.own_scale.toggled.connect(self.redraw)
        self.bar = ColourBar()
        self.canvas = MapSheet("Feature maps")
        self.canvas.setObjectName("mapSheet")
        self.canvas.chosen.connect(self._choose_map)
        self.info = StillLabel("Range of the feature maps", yields=True)
        self.info.setContentsMargins(8, 2, 8, 3)
        self.info.setToolTip(_ABOUT)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.choice)
        row.addWidget(self.own_scale)
        row.addStretch(1)
        content = QWidget()
        column(content, Header(controls, self.bar, wide_from=_WIDE), self.canvas, self.info)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.bar, self.info, fit=self.canvas.fit)
        self.choice.chosen.connect(self._block_changed)
        store.unit_changed.connect(self._mark)

    @property
    def block(self) -> str:
        """Name of the block on show, "" for none."""
        return self.choice.block

    def requests(self) -> frozenset[Request]:
        return super().requests() if self.block else frozenset()

    def hindrance(self, snapshot: Snapshot) -> str:
        if not self.block:
            # While data are missing, no shape is known.
            return (snapshot.state is RunState.EMPTY and brief(snapshot.message)) or _EMPTY
        return ""

    def _block_changed(self) -> None:
        self.requests_changed.emit()
        if self.block:
            self.redraw()
        else:
            self.pages.show_hint(_EMPTY)

    def _choose_map(self, index: int) -> None:
        self.store.choose_unit(UnitRef(self.block, index))

    def _mark(self) -> None:
        unit = self.store.unit
        self.canvas.mark(unit.index if unit is not None and unit.block == self.block else -1)

    def show_answer(self, answer: ProbePicture) -> None:
        maps = answer.trace.outputs.get(self.block)
        if maps is None or maps.ndim != 4:
            # The network with this block comes with a later snapshot.
            return
        shown = maps[0][: max(1, MOST_NUMBERS // max(maps[0][0].size, 1))]
        if self.own_scale.isChecked():
            sizes = np.abs(shown)
            reaches = sizes.max(axis=(1, 2), where=np.isfinite(sizes), initial=0.0)
            reaches[reaches == 0] = 1.0
        else:
            reaches = np.full(len(shown), reach_of(shown), np.float32)
            self.bar.set_scale(0.0, float(reaches[0]))
        self.bar.setVisible(not self.own_scale.isChecked())
        self.canvas.show_maps(shown, reaches)
        self._mark()
        self._tell(answer)

    def caption(self) -> str:
        return f"Feature maps of {shown_name(self.block)}" if self.block else self.title

    def reading(self, point: QPointF) -> str:
        found = self.canvas.pixel_at(point) if self.picture is not None else None
        if found is None:
            return ""
        channel, row, column_ = found
        value = short(float(self.canvas.maps[channel, row, column_]))
        return f"map {channel + 1}, row {row + 1}, column {column_ + 1}: {value}"

    def table(self) -> NumberTable | None:
        maps = self.canvas.maps
        if self.picture is None or not len(maps):
            return None
        header = ("map", "row", *(f"column {index + 1}" for index in range(maps.shape[2])))
        return NumberTable(header, lambda: ((at[0] + 1, at[1] + 1, *maps[at]) for at in np.ndindex(*maps.shape[:2])))

    def _tell(self, picture: ProbePicture) -> None:
        """Size and range of the maps, and those that are zero all over."""
        maps, count = self.canvas.maps, len(picture.value(self.block))
        channels, height, width = maps.shape
        number = f"first {channels} of {count} maps" if channels < count else f"{count} map{'s' * (count != 1)}"
        reach = f"{short(maps.min(), 3)} to {short(maps.max(), 3)}"
        text = f"{self.named(picture.probe)}: {number} of {height} × {width}, {reach}"
        dark = np.flatnonzero(~maps.any(axis=(1, 2))) + 1
        if dark.size:
            names = ", ".join(map(str, dark[:6].tolist())) + (", …" if dark.size > 6 else "")
            text += f" · zero all over: {names}"
        self.info.setText(text)
        self.canvas.setAccessibleDescription(text)
