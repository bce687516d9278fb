"""Time travel: the moment of the run that all views show, and the way back to the present."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.document import edits
from nnstudio.store import Store
from nnstudio.training.messages import Snapshot
from nnstudio.training.moments import Moment, MomentSummary
from nnstudio.training.parameter_edit import ParameterEdit
from nnstudio.training.session import Session

# Moments a second of a film in the window.
FILM_RATES = (5, 10, 30, 60)
_RATE = 30
# Snapshots that may still be of the present after the worker was asked to look back.
_ON_THE_WAY = 3


class TimeTravel(QObject):
    """Moment of the run that the window shows.

    Signals:
        changed: another moment is wanted or shown, or there are other moments.

    Attributes:
        rate: moments a second while a film is played.
    """

    changed = Signal()

    def __init__(self, store: Store, session: Session, tell: Callable[[str], None], parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._session, self._tell = store, session, tell
        # The step on the way to the screen; None for the present. And whether a snapshot of it has arrived.
        self._wanted: int | None = None
        self._arrived, self._missed = False, 0
        self._history = MomentSummary()
        self._shown: Moment | None = None
        self.rate = _RATE
        self._direction = 0
        # The film is due to go on, and waits for the moment that it wants.
        self._late = False
        self._film = QTimer(self)
        self._film.timeout.connect(self._play_on)
        session.arrived.connect(self._take)
        store.opened.connect(self._forget)

    @property
    def history(self) -> MomentSummary:
        """Moments that were kept of the run."""
        return self._session.snapshot.history

    @property
    def moment(self) -> Moment | None:
        """Moment on display; None for the present."""
        return self._session.snapshot.moment

    @property
    def wanted(self) -> int | None:
        """Step that is on display, or will be with the next snapshot; None for the present."""
        return self._wanted

    @property
    def index(self) -> int:
        """Index among the moments; their number for the present."""
        history = self.history
        return len(history.steps) if self._wanted is None or not len(history.steps) else history.index(self._wanted)

    def look(self, step: int | None) -> None:
        """Show the moment nearest to a step, or, with None, the present."""
        if step != self._wanted:
            self._wanted, self._arrived, self._missed = step, False, 0
            self._session.look(step)
            self.changed.emit()

    def look_at(self, place: float) -> None:
        """Show the moment nearest to a place in epochs; beyond the last one, the present."""
        history = self.history
        if not len(history.places) or place > history.places[-1]:
            self.look_at_index(len(history.places))
        else:
            self.look_at_index(history.index_at(place))

    def look_at_index(self, index: int) -> None:
        """Show the moment of this index, the first for one below; the present beyond the last."""
        steps, index = self.history.steps, max(index, 0)
        self.look(int(steps[index]) if index < len(steps) else None)

    def go(self, by: int) -> None:
        """Go so many moments on, or back."""
        self.stop_film()
        self.look_at_index(max(self.index + by, 0))

    def go_to_now(self) -> None:
        """Show the present."""
        self.stop_film()
        self.look(None)

    @property
    def film(self) -> int:
        """Direction in which a film is played: 1, -1, or 0 for none."""
        return self._direction

    def play_film(self, direction: int = 1) -> None:
        """Play the moments one after the other, from the beginning where it stands at the end."""
        last = len(self.history.steps)
        if not last:
            return
        self._direction = direction
        if direction > 0 and self.index >= last:
            self.look_at_index(0)
        self._film.start(round(1000 / self.rate))
        self.changed.emit()

    def stop_film(self) -> None:
        """Stop where the film is."""
        if self._direction:
            self._direction = 0
            self._film.stop()
            self.changed.emit()

    def set_rate(self, rate: int) -> None:
        """Set how many moments a second a film shows."""
        self.rate = rate
        if self._film.isActive():
            self._film.start(round(1000 / rate))

    def branch(self, *, as_then: bool = False) -> None:
        """Go on from the moment on display, in a run of its own; `as_then` with the settings of that time."""
        moment = self.moment
        if moment is None:
            return
        self.stop_film()
        if as_then:
            document = edits.set_training(self._store.document, **dict(moment.settings))
            self._store.edit(f"Settings of step {moment.step:,}", document)
        self._session.branch(moment.step)

    @property
    def settings_differ(self) -> bool:
        """True if training had other settings at the moment on display, but for the number of epochs."""
        moment, now = self.moment, self._store.document.training
        return moment is not None and moment.settings.with_changes(epochs=now.epochs) != now

    def edit(self, edit: ParameterEdit) -> None:
        """Set a number of the network of now; that of the past stays as it was."""
        if self._wanted is not None:
            self._tell("This is the past, which stays as it was. Go back to now, or go on from here, to set weights.")
        else:
            self._session.set_parameter(edit)

    def _play_on(self) -> None:
        # Not faster than it is drawn: a frame that is left out would be missed.
        self._late = self._wanted is not None and not self._arrived
        if self._late:
            return
        following = self.index + self._direction
        if not 0 <= following <= len(self.history.steps):
            self.stop_film()
            return
        self.look_at_index(following)

    def _take(self, snapshot: Snapshot) -> None:
        if snapshot.moment is not None:
            steps = snapshot.history.steps
            self._missed = 0
            self._arrived = (
                self._wanted is not None and snapshot.moment.step == steps[snapshot.history.index(self._wanted)]
            )
            if self._arrived and self._late and self._direction:
                self._play_on()
        elif self._wanted is not None:
            # A snapshot or two may have been on their way before the worker looked back.
            self._missed += 1
            if self._arrived or self._missed > _ON_THE_WAY:
                # Training goes on, or another run has begun: the worker is back in the present.
                self._wanted, self._arrived = None, False
                self.stop_film()
                self.changed.emit()
        if snapshot.history is not self._history or snapshot.moment is not self._shown:
            self._history, self._shown = snapshot.history, snapshot.moment
            self.changed.emit()

    def _forget(self) -> None:
        self._wanted, self._arrived = None, False
        self.stop_film()
