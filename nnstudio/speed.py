"""How fast play trains: as fast as it can, or slowly enough to be watched. It is the window's, and remembered."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from nnstudio.icons import set_icon

_KEY, _FULL = "speed", "full"
# Steps per second, beside full speed.
RATES = (1000, 100, 10, 1)
_TIP = "Slow speeds are for watching; single steps and epochs are never slowed"


class Speed(QObject):
    """The speed that is chosen.

    Signals:
        changed: it is another one.

    Attributes:
        rate: steps per second; None for as many as can be.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        stored: Any = QSettings().value(_KEY, _FULL)
        self.rate = next((rate for rate in RATES if str(rate) == str(stored)), None)

    def set_rate(self, rate: int | None) -> None:
        """Chooses, and remembers."""
        if rate != self.rate:
            self.rate = rate
            QSettings().setValue(_KEY, _FULL if rate is None else rate)
            self.changed.emit()


def _words(rate: int | None) -> str:
    if rate is None:
        return "Full speed"
    # A slow network stays slower. And whoever types "step" in the command palette means a single one: that comes first.
    return f"At most {rate:,} step{'' if rate == 1 else 's'} a second"


def _label(rate: int | None) -> str:
    """As short as a button has room for."""
    return "Full" if rate is None else f"{rate:,}/s"


def speed_menu(parent: QWidget, speed: Speed) -> QMenu:
    """All speeds to choose from."""
    menu = QMenu("Spee&d", parent)
    menu.setObjectName("speedMenu")
    set_icon(menu.menuAction(), "speed")
    group = QActionGroup(menu)
    for rate in (None, *RATES):
        action = menu.addAction(_words(rate))
        action.setObjectName(f"{rate or _FULL}SpeedAction")
        action.setWhatsThis("Let play train fast, or slowly enough to be watched")
        action.setCheckable(True)
        action.setChecked(rate == speed.rate)
        action.triggered.connect(lambda _=False, rate=rate: speed.set_rate(rate))
        group.addAction(action)
    return menu


class SpeedButton(QToolButton):
    """Shows the speed and opens the menu; as wide for every speed, so that nothing beside it moves."""

    def __init__(self, speed: Speed, menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed = speed
        self.setObjectName("speedButton")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(menu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self, "speed")
        speed.changed.connect(self._show)
        self._show()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        widest = max(self._width(_label(rate)) for rate in (None, *RATES))
        return QSize(hint.width() - self._width(self.text()) + widest, hint.height())

    def _width(self, text: str) -> int:
        return self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, text).width()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _show(self) -> None:
        words = _words(self._speed.rate)
        self.setText(_label(self._speed.rate))
        name = f"Speed of play: {words[0].lower()}{words[1:]}"
        self.setAccessibleName(name)
        self.setToolTip(f"{name}. {_TIP}")
