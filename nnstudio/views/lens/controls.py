"""Lens controls: the switch between network and own grid, and what each needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from engine.window_arithmetic import slides
from nnstudio.store import Store
from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.views.block_choice import BlockChoice
from nnstudio.views.lens.numbered_field import count_up_to, numbered
from nnstudio.views.lens.own_grid_controls import OwnGridControls
from nnstudio.views.lens.transport import Transport
from nnstudio.views.lens.window_picture import WindowPicture

Mode = Literal["network", "own"]

# From this width on, the settings of the own grid always stand above it.
_WIDE = 520


def sliding_blocks(store: Store) -> list[str]:
    """Names of the blocks of the network that slide a window over images."""
    names = []
    for name, report in store.analysis.reports.items():
        shape = report.inputs[0] if report.inputs else None
        if shape is None or len(shape) != 3 or report.output is None or name in store.analysis.idle:
            continue
        if slides(store.document.block(name).layer, shape):
            names.append(name)
    return names


def _first(store: Store, names: Sequence[str]) -> str:
    return names[0]


class LensControls(QWidget):
    """Switch between the network and the own grid, and the controls of each.

    Signals:
        mode_changed: the other one was chosen.
    """

    mode_changed = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture: WindowPicture | None = None
        self.modes = QButtonGroup(self)
        self.network = _button("lensNetwork", "Network", "Look at a block of the network")
        self.own = _button("lensOwn", "Own grid", "Try the window on a small grid with numbers of your own")
        for button in (self.network, self.own):
            self.modes.addButton(button)
        self.network.setChecked(True)
        self.own.toggled.connect(self.mode_changed)
        self.transport = Transport("lens", "One output pixel", "Slide the window by itself")
        self.settings = _button("lensSettings", "Settings", "Show the settings of the own grid")
        self.settings.toggled.connect(self._offer)
        self.choice = BlockChoice(store, sliding_blocks, _first)
        self.choice.setObjectName("lensOf")
        self.choice.setAccessibleName("Block under the lens")
        self.choice.setToolTip("Block under the lens; follows the selection on the canvas")
        self.map_ = numbered("lensMap", "map ", "Output channel under the lens")
        self.channel = numbered("lensChannel", "channel ", "Input channel on show; the sums are of all of them")
        self.grid = OwnGridControls(self)
        flow = FlowLayout(self)
        flow.setContentsMargins(8, 3, 8, 3)
        flow.setSpacing(6)
        for widget in (
            *(self.network, self.own, self.transport),
            *(self.settings, self.choice, self.map_, self.channel, *self.grid.widgets),
        ):
            flow.addWidget(widget)

    @property
    def mode(self) -> Mode:
        """Chosen mode."""
        return "own" if self.own.isChecked() else "network"

    def show_picture(self, picture: WindowPicture | None) -> None:
        """Offer what there is for a pixel, None for none."""
        self._picture = picture
        if picture is not None:
            read = picture.taps.channels
            with QSignalBlocker(self.map_), QSignalBlocker(self.channel):
                count_up_to(self.map_, len(picture.output))
                count_up_to(self.channel, len(picture.x))
                # A group reads its own channels only.
                self.channel.setRange(read.start + 1, read.stop)
                self.map_.setValue(picture.unit + 1)
                self.channel.setValue(picture.shown_channel + 1)
        self._offer()

    def _offer(self) -> None:
        picture, own = self._picture, self.mode == "own"
        block = not own and bool(self.choice.block)
        self.transport.set_able(picture is not None)
        self.choice.setVisible(block)
        self.map_.setVisible(block and picture is not None and len(picture.output) > 1)
        self.channel.setVisible(block and picture is not None and len(picture.taps.channels) > 1)
        cramped = self.width() < _WIDE
        self.settings.setVisible(own and cramped)
        self.grid.set_on(own and (self.settings.isChecked() or not cramped))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (event.oldSize().width() < _WIDE) != (event.size().width() < _WIDE):
            self._offer()


def _button(name: str, text: str, help_: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setAccessibleName(text)
    button.setToolTip(help_)
    button.setCheckable(True)
    return button
