"""Distributions: weights, gradients and outputs of a block over the run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from nnstudio.store import Store
from nnstudio.training.requests.batch_statistics import BatchPicture, Spread
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import RichLabel, column, short
from nnstudio.views.statistics.base import StatisticsView
from nnstudio.views.statistics.ridges import MOST_RIDGES, Ridge, RidgePlot

SpreadOf = Callable[[BatchPicture, str], Spread | None]


@dataclass(frozen=True)
class Subject:
    """Subject of the distributions: its title, a sentence on it, and its distribution in a measurement."""

    title: str
    help: str
    of: SpreadOf


def _weights(picture: BatchPicture, block: str) -> Spread | None:
    return next((each.values for each in picture.weights_of(block)), None)


def _weight_gradients(picture: BatchPicture, block: str) -> Spread | None:
    return next((each.gradients for each in picture.weights_of(block)), None)


def _outputs(picture: BatchPicture, block: str) -> Spread | None:
    return picture.blocks[block].outputs if block in picture.blocks else None


def _output_gradients(picture: BatchPicture, block: str) -> Spread | None:
    return picture.blocks[block].gradients if block in picture.blocks else None


SUBJECTS = (
    Subject("Weights", "The weights of the block, biases left out.", _weights),
    Subject("Gradients of the weights", "The gradient of the loss by each weight of the block.", _weight_gradients),
    Subject("Outputs", "All outputs of the block, for the samples of the reference batch.", _outputs),
    Subject("Gradients of the outputs", "The gradient of each sample's loss by the outputs.", _output_gradients),
)


class DistributionsView(StatisticsView):
    """View of one kind of numbers of one block as ridges: time runs down, the newest is in front."""

    dock_name = "distributionsView"
    title = "Distributions"
    saying = "which values are how frequent, the newest step in front"
    group, rank = "inside", 75
    section = "inside"
    layouts = frozenset({"understand"})
    min_interval = 0.2

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.block = ""
        self.subject = SUBJECTS[0]
        self.choice = QComboBox()
        self.choice.setObjectName("distributionOf")
        self.choice.setAccessibleName("Block whose numbers are shown")
        self.choice.setToolTip("Block whose numbers are shown; follows the selection on the canvas")
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.choice.textActivated.connect(self._choose)
        self.what = QComboBox()
        self.what.setObjectName("distributionSubject")
        self.what.setAccessibleName("Numbers shown of the block")
        for each in SUBJECTS:
            self.what.addItem(each.title)
            self.what.setItemData(self.what.count() - 1, each.help, Qt.ItemDataRole.ToolTipRole)
        self.what.currentIndexChanged.connect(self._choose_subject)
        self.canvas = RidgePlot("Distributions over the run, the newest in front")
        self.info = RichLabel("Newest distribution")
        self.info.setWordWrap(True)
        self.info.setContentsMargins(8, 2, 8, 3)
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        row.addWidget(self.choice)
        row.addWidget(self.what)
        row.addStretch(1)
        content = QWidget()
        column(content, controls, self.canvas, self.info)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.canvas, self.info)
        store.changed.connect(self._take_blocks)
        store.selection_changed.connect(self._select)
        theme().changed.connect(self.redraw)
        self._choose_subject(0)
        self._take_blocks()

    def caption(self) -> str:
        return f"{self.subject.title} of {self.block}" if self.block else self.title

    def forget(self) -> None:
        super().forget()
        self.canvas.show_ridges(())
        self.block = ""

    def _take_blocks(self) -> None:
        """Offers the blocks of the network, after an edit."""
        analysis = self.store.analysis
        names = [name for name in analysis.reports if name not in analysis.idle]
        if names != [self.choice.itemText(index) for index in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        if self.block not in names:
            weighty = (name for name in names if analysis.reports[name].parameters)
            selected = self.store.selected
            self.block = selected if selected in names else next(weighty, next(iter(names), ""))
            self.redraw()
        self.choice.setCurrentText(self.block)

    def _select(self, name: str) -> None:
        """Follows the canvas."""
        if self.choice.findText(name) >= 0:
            self._choose(name)

    def _choose(self, name: str) -> None:
        if name != self.block:
            self.block = name
            self.choice.setCurrentText(name)
            self.redraw()

    def _choose_subject(self, index: int) -> None:
        self.subject = SUBJECTS[index]
        self.what.setToolTip(self.subject.help)
        self.canvas.axis = self.subject.title.lower()
        self.redraw()

    def show_log(self) -> None:
        entries, shown = self.entries, self.shown
        # Evenly spaced in time, as it is drawn; the oldest and the newest are always among them.
        steps = np.array([entry.step for entry in entries])
        wanted = np.linspace(steps[0], steps[-1], min(len(entries), MOST_RIDGES))
        places = dict.fromkeys(np.clip(np.searchsorted(steps, wanted), 0, len(entries) - 1).tolist())
        chosen = sorted(places | {shown: None})
        known = [
            (entries[place], spread)
            for place in chosen
            if (spread := self.subject.of(entries[place].statistics, self.block)) is not None
        ]
        if not known:
            # The combo boxes stay in reach: another block or subject may have something to show.
            self.canvas.show_ridges(())
            self.info.show_marks([("", theme().colours.muted, self._nothing())])
            return
        kind = "" if self.subject.of is not _outputs else self._share_name(known[-1][0].statistics)
        ridges = []
        for entry, spread in known:
            share = getattr(entry.statistics.blocks.get(self.block), kind, None) if kind else None
            ridges.append(Ridge(entry.step, spread, share, entry.afterwards))
        front = bisect_right(ridges, entries[shown].step, key=lambda ridge: ridge.step) - 1
        self.canvas.show_ridges(ridges, kind, front=None if self.moment is None else max(front, 0))
        self._tell(ridges[self.canvas.front], kind)

    def _share_name(self, picture: BatchPicture) -> str:
        block = picture.blocks.get(self.block)
        if block is None:
            return ""
        return "dead" if block.dead is not None else "saturated" if block.saturated is not None else ""

    def _nothing(self) -> str:
        if self.newest is not None and self.block in self.newest.blocks:
            return f"{self.block} has no weights: choose its outputs, or another block."
        return "Nothing was measured of this block yet."

    def _tell(self, ridge: Ridge, kind: str) -> None:
        colours, spread = theme().colours, ridge.spread
        texts = [
            f"Step {ridge.step:,}{_how(ridge)}: mean {short(spread.mean, 3)}",
            f"deviation {short(spread.deviation, 3)}",
            f"from {short(spread.minimum, 3)} to {short(spread.maximum, 3)}",
        ]
        if kind and ridge.share is not None:
            whose = "units" if kind == "dead" else "outputs"
            texts.append(f"{ridge.share:.0%} of the {whose} {kind}")
        if self.remark:
            texts.append(self.remark)
        self.info.show_marks([("", colours.muted, text) for text in texts])

    def reading(self, point: QPointF) -> str:
        index = self.canvas.ridge_at(point)
        if index is None:
            return ""
        ridge, value = self.canvas.ridges[index], self.canvas.value_at(point.x())
        spread, bar = ridge.spread, ridge.bar_at(value)
        lines = [f"Step {ridge.step:,}{_how(ridge)}", f"Value {short(value, 3)}"]
        if bar is not None:
            share = ridge.counts[bar] / max(int(ridge.counts.sum()), 1)
            low, high = ridge.edges[bar], ridge.edges[bar + 1]
            lines[1] = f"{share:.1%} of the numbers from {short(float(low), 3)} to {short(float(high), 3)}"
        lines.append(f"Mean {short(spread.mean, 3)}, deviation {short(spread.deviation, 3)}")
        if ridge.share is not None:
            lines.append(f"{ridge.share:.0%} {self.canvas.share_name}")
        return "\n".join(lines)

    def table(self) -> NumberTable | None:
        ridges = tuple(self.canvas.ridges)
        if not ridges:
            return None
        return NumberTable(
            ("step", "from", "to", "count", *filter(None, [self.canvas.share_name]), "measured"),
            partial(_rows, ridges),
        )


def _how(ridge: Ridge) -> str:
    return ", measured afterwards" if ridge.afterwards else ""


def _rows(ridges: Iterable[Ridge]) -> Iterable[Sequence[object]]:
    for ridge in ridges:
        edges = ridge.edges.tolist()
        shares = () if ridge.share is None else (ridge.share,)
        for low, high, count in zip(edges[:-1], edges[1:], ridge.counts.tolist(), strict=True):
            yield (ridge.step, low, high, count, *shares, "afterwards" if ridge.afterwards else "while training")
