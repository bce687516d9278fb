"""Time bar: a slider over the moments of the run, a film of them, and the ways on from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from nnstudio.document.block_stats import size
from nnstudio.shell.time_travel import FILM_RATES, TimeTravel
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.batch_loss import LossPicture
from nnstudio.training.session import Session
from nnstudio.ui.icons import set_icon
from nnstudio.ui.jump_slider import JumpSlider
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views.plotting import short

# Milliseconds between two looks at a run under way.
_SELDOM: Final = 250
# Milliseconds after which a moment is one that is looked at.
_REST: Final = 150
# Bytes that moments may take, as they are offered.
_LIMITS: Final = tuple(1 << power for power in (26, 27, 28, 29, 30))
_LIMIT: Final = "momentLimit"
_LEAST_SLIDER: Final = 80
_EMPTY: Final = "Press play: then this slider goes back through training."


class TimeBar(QToolBar):
    """Bar under the views: the moment that all of them show."""

    def __init__(self, travel: TimeTravel, session: Session, branch: QAction, now: QAction) -> None:
        super().__init__("Time")
        self.setObjectName("timeBar")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._travel, self._session = travel, session
        self._past: bool | None = None
        self._state: tuple[object, ...] | None = None
        self.back = self._button("timeBack", "Earlier", "The moment before (Shift+F9)", "chevron-left")
        self.film = self._button("timeFilm", "Play as a film", "Play the moments as a film", "play")
        self.forward = self._button("timeForward", "Later", "The next moment (Ctrl+F9)", "chevron-right")
        self.back.clicked.connect(lambda: travel.go(-1))
        self.forward.clicked.connect(lambda: travel.go(1))
        self.film.clicked.connect(self._turn_film)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("timeSlider")
        self.slider.setAccessibleName("Moment of training")
        self.slider.setRange(0, 0)
        self.slider.setPageStep(10)
        self.slider.valueChanged.connect(self._chosen)
        self.slider.sliderPressed.connect(travel.stop_film)
        self.label = StillLabel("Moment on display", yields=True)
        self.label.setObjectName("timeLabel")
        # In a small window both give way, and the text is shortened.
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 3)
        row.addWidget(self.label, 2)
        self.slider.setMinimumWidth(_LEAST_SLIDER)
        both.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        for widget in (self.back, self.film, self.forward, both):
            self.addWidget(widget)
        self.addAction(now)
        self.addAction(branch)
        for action in (now, branch):
            button = self.widgetForAction(action)
            assert isinstance(button, QToolButton)
            button.setObjectName(f"{action.objectName().removesuffix('Action')}Button")
            button.setAccessibleName(action.whatsThis())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.more = self._button("timeMore", "Film and memory", "Speed of the film, and memory for moments", "settings")
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setMenu(self._menu())
        self.addWidget(self.more)
        session.set_moment_limit(_stored_limit())
        # The moment on display stays for a while, so that its loss can be computed.
        self.rests = False
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._come_to_rest)
        self._later = QTimer(self, singleShot=True, interval=_SELDOM)
        self._later.timeout.connect(self._show)
        travel.changed.connect(self._changed)
        session.arrived.connect(self._changed)
        self._show()

    def _button(self, name: str, title: str, tip: str, icon: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(title)
        button.setToolTip(tip)
        set_icon(button, icon)
        return button

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("timeMenu")
        backwards = menu.addAction("Play &backwards")
        backwards.setObjectName("timeBackwardsAction")
        backwards.triggered.connect(lambda: self._travel.play_film(-1))
        rates, limits = menu.addMenu("&Speed of the film"), menu.addMenu("&Memory for moments")
        _choices(
            rates,
            {f"{rate} moments a second": rate for rate in FILM_RATES},
            self._travel.rate,
            self._travel.set_rate,
        )
        _choices(limits, {f"{limit >> 20:,} MB": limit for limit in _LIMITS}, _stored_limit(), self._set_limit)
        self._usage = menu.addAction("")
        self._usage.setEnabled(False)
        menu.aboutToShow.connect(self._show_usage)
        return menu

    def _set_limit(self, limit: int) -> None:
        QSettings().setValue(_LIMIT, limit)
        self._session.set_moment_limit(limit)

    def _show_usage(self) -> None:
        history = self._travel.history
        used, limit = size(history.nbytes), f"{history.limit >> 20:,} MB"
        self._usage.setText(f"{len(history.steps):,} moments of this run take {used} of {limit}")

    def _turn_film(self) -> None:
        if self._travel.film:
            self._travel.stop_film()
        else:
            self._travel.play_film()

    def _chosen(self, index: int) -> None:
        self._travel.look_at_index(index)

    def _come_to_rest(self) -> None:
        self.rests = self._travel.wanted is not None
        self._session.ask()

    def _changed(self) -> None:
        # A run under way changes with every frame; nobody reads that fast.
        running = self._session.snapshot.state is RunState.RUNNING
        if running and self._travel.wanted is None and self._past is False:
            if not self._later.isActive():
                self._later.start()
        else:
            self._show()

    def _show(self) -> None:
        travel, snapshot = self._travel, self._session.snapshot
        count, index = len(travel.history.steps), travel.index
        usable, past = count > 1, travel.wanted is not None
        text = _words(snapshot, past=past) if usable else _EMPTY
        # A snapshot and a moment that arrives with it each tell of a change.
        state = count, index, past, travel.film, text
        if state == self._state:
            return
        if self._state is None or state[:3] != self._state[:3]:
            # While moments pass by, each would wait for its loss.
            self.rests = False
            self._rest.start()
        self._state = state
        self.slider.blockSignals(True)
        self.slider.setRange(0, count)
        self.slider.setValue(index)
        self.slider.blockSignals(False)
        for widget in (self.slider, self.film, self.back):
            widget.setEnabled(usable)
        self.forward.setEnabled(past)
        set_icon(self.film, "pause" if travel.film else "play")
        self.film.setToolTip("Stop the film" if travel.film else "Play the moments as a film")
        # Where there is little room, which step it is comes first.
        parts = text.split(" · ")
        self.label.setText(text, *(" · ".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)))
        self.slider.setToolTip(text)
        self.slider.setAccessibleDescription(text)
        if past is not self._past:
            self._past = past
            self.setProperty("past", past)
            for part in (self, self.label):
                part.style().unpolish(part)
                part.style().polish(part)


def _stored_limit() -> int:
    stored = str(QSettings().value(_LIMIT, ""))
    return int(stored) if stored.isdecimal() and int(stored) in _LIMITS else _LIMITS[2]


def _words(snapshot: Snapshot, *, past: bool) -> str:
    """The moment on display, in words."""
    moment = snapshot.moment
    if not past or moment is None:
        return f"Now: step {snapshot.step:,}"
    parts = [f"In the past: step {moment.step:,} of {snapshot.step:,}", f"epoch {moment.epoch:,}"]
    exact = next((found for found in snapshot.answers.values() if isinstance(found, LossPicture)), None)
    losses = {name: curve.value_at(moment.place) for name, curve in snapshot.curves.items()}
    if exact is not None:
        parts.append(f"loss {short(exact.loss)}")
    elif (mean := losses.get("loss")) is not None:
        # The curve tells the mean of the steps around, while these were made.
        parts.append(f"loss about {mean:.2g}")
    if (validation := losses.get("val_loss")) is not None:
        parts.append(f"validation loss {short(validation)}")
    return " · ".join(parts)


def _choices(menu: QMenu, choices: dict[str, int], chosen: int, choose: Callable[[int], object]) -> None:
    """Fills a menu with choices, of which one is checked."""
    group = QActionGroup(menu)
    for text, value in choices.items():
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(value == chosen)
        action.triggered.connect(lambda _=False, value=value: choose(value))
        group.addAction(action)
