"""Spaces: one layer's outputs for the data, as points in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from engine.data import Data
from engine.data.stored_samples import in_memory
from nnstudio.document.model import INPUT, shown_name
from nnstudio.document.probe import Part, SampleRef
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.requests.space import Space, SpacePicture
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.crosshair import place_on
from nnstudio.views.plotting import ColourBar, Header, RichLabel, column, short
from nnstudio.views.spaces import reading
from nnstudio.views.spaces.plot import SpacePlot

Array = NDArray[Any]

# At this width, text and controls stand beside each other.
_WIDE = 760
# Room around the data that the grid covers, as a share of their width.
_MARGIN = 0.08
# How far points of one class are spread where a layer has one unit, in distances between classes.
_SPREAD = 0.35


class SpacesView(AnswerView):
    """View of a layer's outputs: as they are for one or two units, else the first two principal components."""

    dock_name = "spacesView"
    title = "Spaces"
    saying = "what a layer makes of the data: each sample a point"
    group, rank = "inside", 65
    section = "inside"
    layouts = frozenset({"understand"})
    min_interval = 0.05
    waiting = "The points appear as soon as the network is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.choice = BlockChoice(store, _blocks, _last_hidden)
        self.choice.setObjectName("spaceOf")
        self.choice.setAccessibleName("Block whose outputs are the points")
        self.choice.setToolTip("Block whose outputs are the points; follows the selection on the canvas")
        self.part = QComboBox()
        self.part.setObjectName("spacePart")
        self.part.setAccessibleName("Data whose points are drawn")
        self.part.setToolTip("Data whose points are drawn")
        self.part.addItem("Training", "train")
        self.part.addItem("Validation", "validation")
        self.part.addItem("Test", "test")
        self.plot = SpacePlot("Outputs of a layer as points")
        self.legend = RichLabel("Classes and marks")
        self.legend.setWordWrap(True)
        self.legend.setContentsMargins(8, 0, 8, 2)
        self.bar = ColourBar()
        self.bar.hide()
        self.info = StillLabel("What the plane shows", yields=True)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.choice, self.part, self.bar):
            row.addWidget(widget)
        row.addStretch(1)
        content = QWidget()
        column(content, Header(self.info, controls, wide_from=_WIDE), self.legend, self.plot)
        self.set_content(content)
        legend = self.info, self.legend, self.bar
        self.make_inspectable(self.plot.viewport(), *legend, owner=self.plot, fit=self.plot.follow)
        self._split: Split | None = None
        self._bounds: tuple[float, float, float, float] | None = None
        # The signs of the components, and what they are kept by from frame to frame: the places that were drawn last.
        self._signs, self._last = np.ones(2), np.zeros((0, 2))
        self._of: object = None
        # Names of classes along the axis to the left.
        self._ticks: tuple[str, ...] = ()
        # Centre and reach of the scale of targets.
        self._scale = 0.0, 1.0
        self.choice.chosen.connect(self._ask_anew)
        self.part.activated.connect(lambda: self._ask_anew())
        self.plot.clicked.connect(self._choose_sample)
        self.plot.restyled.connect(self.redraw)
        store.sample_changed.connect(self.requests_changed)

    @property
    def block(self) -> str:
        """Name of the block on show, "" for none."""
        return self.choice.block

    @property
    def picture(self) -> SpacePicture | None:
        """Points on display, None if there are none."""
        return self.answer if isinstance(self.answer, SpacePicture) else None

    @property
    def chosen_part(self) -> Part:
        """Part of the data that is drawn."""
        found: Part = self.part.currentData()
        return found

    def request(self) -> Space | None:
        if not self.block:
            return None
        threshold = self.store.document.training.loss.threshold
        return Space(self.block, self.chosen_part, self.store.probe, threshold, self._bounds)

    def hindrance(self, snapshot: Snapshot) -> str:
        if snapshot.data is None or len(snapshot.data.train) == 0:
            return brief(snapshot.message) or self.waiting
        if not self.block:
            return "Add a block to see what it makes of the data."
        if snapshot.data is not self._split:
            self._take(snapshot.data)
        return ""

    def _ask_anew(self) -> None:
        self.answer = None
        self.plot.forget_range()
        self.requests_changed.emit()

    def _take(self, split: Split) -> None:
        """Take other data: what was drawn is of none of them."""
        self._split, self.answer = split, None
        self.plot.forget_range()
        if not split.train.classes:
            low, high = float(split.train.shown_y[:, 0].min()), float(split.train.shown_y[:, 0].max())
            centre = 0.0 if low < 0 < high else (low + high) / 2
            self._scale = centre, max(high - centre, centre - low) or 1.0
            self.bar.set_scale(*self._scale)
        plane = split.train.shown.shape[1:] == (2,)
        self._bounds = bounds_of(in_memory(split.train.shown), _MARGIN) if plane else None
        parts = self.part.model()
        for index in range(self.part.count()):
            there = split.part(self.part.itemData(index)) is not None
            item = parts.item(index) if isinstance(parts, QStandardItemModel) else None
            if item is not None:
                item.setEnabled(there)
            if not there and self.part.currentIndex() == index:
                self.part.setCurrentIndex(0)
        self.part.setVisible(len(split.parts) > 1)

    # What is drawn

    def show_answer(self, answer: SpacePicture) -> None:
        data = self._split.part(answer.part) if self._split is not None else None
        if data is None or len(data) != answer.total:
            # Other data were chosen just now; their points come with a later snapshot.
            return
        self._settle_signs(answer, data)
        places, plot = self._placed(answer, answer.points, answer.targets, answer.samples), self.plot
        colours = self._colours(answer, data)
        plot.show_points(places, colours, (id(data), answer.samples.tobytes()), outlined=not data.classes)
        probe = self._probe_place(answer)
        plot.show_marks(places[:0] if answer.wrong is None else places[answer.wrong], probe)
        plot.show_grid(answer.grid)
        grid = places[:0] if answer.grid is None else answer.grid.reshape(-1, 2)
        plot.frame_all(np.concatenate([places, probe, grid]), alike=answer.units > 1)
        bottom, left = reading.axis_titles(answer, data)
        plot.set_titles(bottom=bottom, left=left)
        ticks = data.classes if answer.units == 1 else ()
        if ticks != self._ticks:
            self._ticks = ticks
            plot.getAxis("left").setTicks([list(enumerate(ticks))] if ticks else None)
        self._tell(answer, data)

    def _settle_signs(self, answer: SpacePicture, data: Data) -> None:
        """Keep the picture from turning over: a component has no sign of its own."""
        of = (answer.block, answer.part, id(data), len(answer.points)) if answer.shares is not None else None
        if of is None or of != self._of:
            self._of, self._signs = of, np.ones(2)
        elif len(self._last) == len(answer.points):
            turned = (answer.points * self._signs * self._last).sum(axis=0) < 0
            self._signs = np.where(turned, -self._signs, self._signs)
        self._last = answer.points * self._signs

    def _placed(self, answer: SpacePicture, points: Array, targets: Array, samples: Array) -> Array:
        """Places (N, 2) on the plot of points (N, 2)."""
        if answer.units == 1:
            return np.stack([points[:, 0], _heights(targets, samples)], axis=1)
        return points * self._signs

    def _probe_place(self, answer: SpacePicture) -> Array:
        """Place of the probe, (1, 2); (0, 2) where there is none."""
        if answer.probe is None:
            return np.zeros((0, 2))
        probe, points = self.store.probe, answer.probe[None]
        part = self._split.part(probe.part) if isinstance(probe, SampleRef) and self._split is not None else None
        if isinstance(probe, SampleRef) and part is not None and probe.index < len(part):
            one = np.array([probe.index])
            return self._placed(answer, points, part.shown_y[one], one)
        # Values of one's own have no target.
        return points * self._signs

    def _colours(self, answer: SpacePicture, data: Data) -> NDArray[np.uint8]:
        """Colours (N, 3) of the points: by class, or by the first target on the scale of all of them."""
        if data.classes:
            colours = [class_colour(theme().colours, index) for index in range(len(data.classes))]
            return np.array([(each.red(), each.green(), each.blue()) for each in colours], np.uint8)[answer.targets]
        return np.asarray(diverging_rgba(answer.targets[:, 0], *self._scale)[:, :3])

    def _tell(self, answer: SpacePicture, data: Data) -> None:
        """Say what the plane shows, and how many predictions are wrong."""
        what = reading.tell_plane(answer)
        text = f"{what} · {reading.tell_count(answer)}"
        self.info.setText(text, reading.tell_short(answer))
        self.info.setToolTip(plain_tip(f"{text}.\nClick a point to look at its sample in all views."))
        self.plot.setAccessibleDescription(text)
        self.legend.show_marks(reading.marks_of(answer, data))
        self.bar.setVisible(not data.classes)

    # What is read, and clicked

    def _choose_sample(self, index: int) -> None:
        picture = self.picture
        if picture is not None:
            self.store.choose_sample(SampleRef(picture.part, int(picture.samples[index])))

    def reading(self, point: QPointF) -> str:
        place, picture = place_on(self.plot, point), self.picture
        data = self._split.part(picture.part) if self._split is not None and picture is not None else None
        if place is None or picture is None or data is None:
            return ""
        index = self.plot.index_at(place)
        if index is None:
            return f"{short(place.x(), 3)}, {short(place.y(), 3)}"
        return reading.tell_sample(picture, data, index, picture.points[index] * self._signs)

    def caption(self) -> str:
        return f"Space of {shown_name(self.block)}" if self.block else self.title

    def table(self) -> NumberTable | None:
        picture = self.picture
        return None if picture is None else reading.table_of(picture, picture.points * self._signs)


def _blocks(store: Store) -> list[str]:
    """The data and all blocks of the network, in the order of the data."""
    analysis = store.analysis
    names = [name for name in analysis.reports if name not in analysis.idle]
    return [INPUT, *names] if names else []


def _last_hidden(store: Store, names: Sequence[str]) -> str:
    """The block before the last one with parameters: the space that the last layer cuts into classes."""
    reports = store.analysis.reports
    last = next((name for name in reversed(names) if name in reports and reports[name].parameters), "")
    before = next((wire.source for wire in store.document.wires if wire.target == last), "")
    return before if before in names else names[-1]


def _heights(targets: Array, samples: Array) -> Array:
    """Heights (N,) of points whose layer has one unit: the target, or the class with its points spread evenly."""
    if targets.ndim == 2:
        return targets[:, 0].astype(float)
    # Multiples of the golden ratio fill a stretch evenly, whatever their number.
    return targets + _SPREAD * (2 * (samples * 0.6180339887 % 1) - 1)
