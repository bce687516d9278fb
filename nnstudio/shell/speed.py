"""Playback speed: from one step a second to full speed."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from nnstudio.training.pace import FULL, WATCHING, Tempo
from nnstudio.ui.icons import set_icon
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.theme import theme

_KEY = "speed"
# The stops of the slider, by the names under which they are remembered, from the slowest on.
STOPS = {
    **{str(rate): Tempo(rate) for rate in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)},
    "watch": WATCHING,
    "full": FULL,
}
# Those of the menu: between them, the slider has more.
_ENTRIES = ("full", "watch", "1000", "100", "10", "1")
_TIP = "Slow speeds are for watching; single steps and epochs are never slowed"
_AUTOMATIC_TIP = "Watch examples and new projects; play a project of your own, from a file, at full speed"


class Speed(QObject):
    """Current playback speed.

    The user's own choice applies everywhere, and is remembered. Without one, a new project or an example is slowed to
    be watched, and one from a file is played at full speed.

    Signals:
        changed: the speed has changed, or the reason for it.

    Attributes:
        chosen: the name of the user's own choice; "" for none.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        stored: Any = QSettings().value(_KEY, "")
        self.chosen = stored if isinstance(stored, str) and stored in STOPS else ""
        self._usual = "full"

    @property
    def name(self) -> str:
        """Name of the current speed."""
        return self.chosen or self._usual

    @property
    def tempo(self) -> Tempo:
        """Current speed."""
        return STOPS[self.name]

    def choose(self, name: str) -> None:
        """Set the user's own choice, remembered; "" returns to the speed that suits the project."""
        if name != self.chosen:
            self.chosen = name
            if name:
                QSettings().setValue(_KEY, name)
            else:
                QSettings().remove(_KEY)
            self.changed.emit()

    def suit(self, *, fresh: bool) -> None:
        """Adapt to another project; `fresh` if it is an example or a new one."""
        usual = "watch" if fresh else "full"
        if usual != self._usual:
            self._usual = usual
            self.changed.emit()


def _words(name: str) -> str:
    """A speed as the menu and the command palette have it."""
    tempo = STOPS[name]
    if tempo.seconds is not None:
        return f"Watch the whole run in about {tempo.seconds:.0f} seconds"
    # A slow network stays slower. And whoever types "step" in the command palette means a single one: that comes first.
    return "Full speed" if tempo == FULL else f"At most {_rate(tempo)} a second"


def _rate(tempo: Tempo) -> str:
    return f"{tempo.rate:,.0f} step{'' if tempo.rate == 1 else 's'}"


def _label(name: str) -> str:
    """A speed as short as a tool bar has room for."""
    tempo = STOPS[name]
    if tempo.seconds is not None:
        return f"Watch ({tempo.seconds:.0f} s)"
    return "Full speed" if tempo == FULL else f"{_rate(tempo)}/s"


def speed_menu(parent: QWidget, speed: Speed) -> QMenu:
    """Menu of the speeds, and of the one that suits the project."""
    menu = QMenu("Spee&d", parent)
    menu.setObjectName("speedMenu")
    set_icon(menu.menuAction(), "speed")
    group = QActionGroup(menu)
    # The slider has speeds that are not among these: then none is checked.
    group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
    entries = {"": ("As &suits the project", _AUTOMATIC_TIP)}
    entries |= {name: (_words(name), "Train at full speed, or slowly enough to be watched") for name in _ENTRIES}
    actions = {}
    for name, (words, tip) in entries.items():
        action = actions[name] = menu.addAction(words)
        action.setObjectName(f"{name or 'automatic'}SpeedAction")
        action.setWhatsThis(tip)
        action.setToolTip(tip)
        action.setCheckable(True)
        group.addAction(action)
        if not name:
            menu.addSeparator()

    def show() -> None:
        for name, action in actions.items():
            action.setChecked(name == speed.chosen)

    def choose(name: str) -> None:
        speed.choose(name)
        # A click on the one that is checked must not take its mark away.
        show()

    for name, action in actions.items():
        action.triggered.connect(lambda _=False, name=name: choose(name))
    speed.changed.connect(show)
    show()
    return menu


class SpeedSlider(JumpSlider):
    """Slider of all speeds, with a stop for each; a click moves straight to a place."""

    def __init__(self, speed: Speed, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._speed = speed
        self.setObjectName("speedSlider")
        self.setRange(0, len(STOPS) - 1)
        # Ten times as fast.
        self.setPageStep(3)
        self.setFixedWidth(104)
        self.valueChanged.connect(lambda place: speed.choose(list(STOPS)[place]))
        speed.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        words = _words(self._speed.name)
        # The speed that suits the project is no choice of anybody's, though the slider shows it.
        self.blockSignals(True)
        self.setValue(list(STOPS).index(self._speed.name))
        self.blockSignals(False)
        name = f"Speed of play: {words[0].lower()}{words[1:]}"
        self.setAccessibleName(name)
        self.setToolTip(f"{name}. {_TIP}")


class SpeedBox(QWidget):
    """Slider with the speed in words; of constant width, so that nothing moves.

    A speed other than full is emphasised, so that nobody takes it for slowness.
    """

    def __init__(self, speed: Speed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed = speed
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.slider = SpeedSlider(speed)
        self.readout = PlainLabel()
        self.readout.setObjectName("speedReadout")
        self.readout.setBuddy(self.slider)
        self.readout.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(6)
        row.addWidget(self.slider)
        row.addWidget(self.readout)
        speed.changed.connect(self._show)
        theme().changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        slowed = self._speed.tempo != FULL
        self.readout.setStyleSheet(f"font-weight: 600; color: {theme().colours.warning};" if slowed else "")
        self.readout.setText(_label(self._speed.name))
        self.readout.setToolTip(self.slider.toolTip())
        font = self.readout.font()
        font.setBold(True)
        metrics = type(self.readout.fontMetrics())(font)
        self.readout.setFixedWidth(max(metrics.horizontalAdvance(_label(name)) for name in STOPS) + 4)
