"""Commands of the palette, collected from the window each time it opens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar
from shiboken6 import isValid

from nnstudio.finder.fuzzy import Match, match

_RECENT, _MOST_RECENT = "recentCommands", 12
# What it is worth, against a better fit, that something was used lately.
_USED = 6.0
# What it costs that something cannot be done now: with something typed, and with nothing typed.
_HINDERED, _LAST = 2.0, 1000.0
# What typed letters earn that stand in the path or the further words only.
_ASIDE = 0.5


UNAVAILABLE = "not available now"


@dataclass(frozen=True)
class Command:
    """Command that the palette can run.

    Attributes:
        key: identifies it for good, so that it is found among the recently used ones.
        title: the text shown and searched. path: the menu or group it belongs to ("File", "Layers").
        icon: a ready icon, as actions have; or else drawing: a file in resources/icons, in the colour of `category`.
        words: further words by which it is found. shortcut: as shown.
        enabled: it can be run now. reason: why not, else. checked: on or off, None for a command that is neither.
    """

    key: str
    title: str
    path: str
    run: Callable[[], object]
    icon: QIcon | None = None
    drawing: str = ""
    category: str = ""
    words: str = ""
    shortcut: str = ""
    enabled: bool = True
    reason: str = UNAVAILABLE
    checked: bool | None = None

    @property
    def spoken(self) -> str:
        """Description of the command in a sentence, for screen readers."""
        state = {None: "", True: ", on", False: ", off"}[self.checked]
        able = "" if self.enabled else f", {self.reason}"
        keys = f", {self.shortcut}" if self.shortcut else ""
        return f"{self.title}, {self.path}{state}{able}{keys}"


def plain(text: str) -> str:
    """Text of a menu entry without its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def of_menus(
    bar: QMenuBar,
    actions: Iterable[QAction],
    why_not: Callable[[QAction], str] = lambda _action: "",
    without: Iterable[QAction] = (),
) -> Iterator[Command]:
    """Commands of all menu entries except `without`, then of actions in no menu.

    `why_not` returns the reason why an action is disabled, "" if there is none.
    """
    seen = set(without)
    for action in bar.actions():
        yield from _of_action(action, "", seen, why_not)
    for action in actions:
        if action not in seen:
            yield from _of_action(action, "Other", seen, why_not)


def _of_action(action: QAction, path: str, seen: set[QAction], why_not: Callable[[QAction], str]) -> Iterator[Command]:
    menu = action.menu()
    # Behind a tab stands a key that is shown only, since it belongs to the canvas.
    title, _, key = plain(action.text()).partition("\t")
    if isinstance(menu, QMenu):
        # Some menus are filled only when they open.
        menu.aboutToShow.emit()
        for entry in menu.actions():
            yield from _of_action(entry, f"{path} › {title}" if path else title, seen, why_not)
        menu.aboutToHide.emit()
    elif not action.isSeparator() and action not in seen and title:
        seen.add(action)
        yield Command(
            key=f"{path}/{title}",
            title=title.rstrip("…"),
            path=path,
            run=lambda: _trigger(action),
            icon=None if action.icon().isNull() else action.icon(),
            words=action.whatsThis(),
            shortcut=key or action.shortcut().toString(QKeySequence.SequenceFormat.NativeText),
            enabled=action.isEnabled(),
            reason=why_not(action) or UNAVAILABLE,
            checked=action.isChecked() if action.isCheckable() else None,
        )


def _trigger(action: QAction) -> None:
    """Trigger an action, unless its menu was filled anew since it was listed, which has deleted it."""
    if isValid(action):
        action.trigger()


def ranked(commands: Sequence[Command], typed: str, recent: Sequence[str]) -> list[tuple[Command, Match]]:
    """Commands that match a text, the best first; enabled ones first if equal.

    For an empty text: the recently used ones, then all in their order, disabled ones last.
    """
    found: list[tuple[float, int, Command, Match]] = []
    for index, command in enumerate(commands):
        fit = _fit(command, typed)
        if fit is None:
            continue
        age = recent.index(command.key) if command.key in recent else None
        score = fit.score + (0.0 if age is None else _USED - age / len(recent))
        if not command.enabled:
            # Whoever types its name gets the reason; otherwise Enter would run another command by mistake.
            score -= _HINDERED if typed.strip() else _LAST
        found.append((score, -index, command, fit))
    found.sort(key=lambda entry: entry[:2], reverse=True)
    return [(command, fit) for _, _, command, fit in found]


def _fit(command: Command, typed: str) -> Match | None:
    fit = match(typed, command.title)
    if fit is not None:
        return fit
    # Letters strewn over a whole sentence mean nothing: here only the starts of words count.
    aside = re.split(r"\W+", f"{command.title} {command.path} {command.words}".lower())
    fits = all(any(word.startswith(start) for word in aside) for start in typed.lower().split())
    return Match(_ASIDE) if fits else None


def recent_keys() -> list[str]:
    """Keys of recently used commands over all sessions, the latest first."""
    stored = QSettings().value(_RECENT, [])
    return [str(key) for key in (stored if isinstance(stored, list) else [stored])]


def remember(command: Command) -> None:
    """Put a command first among the recently used ones."""
    keys = [command.key, *(key for key in recent_keys() if key != command.key)]
    QSettings().setValue(_RECENT, keys[:_MOST_RECENT])
