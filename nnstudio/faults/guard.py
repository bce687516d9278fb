"""Guard that contains exceptions raised in methods called by Qt.

What PySide does with an exception depends on the way. From a slot it goes to `sys.excepthook`, and the program goes on.
From a virtual method (an event, a paint, a bounding rectangle) it is kept, and comes up in whatever Python code is the
next to call Qt: the middle of an innocent edit, or the start of the window, which then ends. So every method of the
program that takes the place of one of Qt's is wrapped: nothing leaves it but an answer that Qt can go on with.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from types import FunctionType, TracebackType
from typing import Any

from PySide6.QtCore import QMimeData, QRect, QRectF, QSize
from PySide6.QtGui import QAccessible, QPainterPath
from PySide6.QtWidgets import QAbstractSpinBox
from shiboken6 import Object

from nnstudio.faults import log

# What a method says to Qt in place of the answer that a fault has kept from it; all others say nothing.
ANSWERS: dict[str, Callable[[], object]] = {
    **dict.fromkeys(("boundingRect",), QRectF),
    **dict.fromkeys(("sizeHint", "minimumSizeHint", "minimumSize", "tabSizeHint"), QSize),
    **dict.fromkeys(
        ("event", "eventFilter", "viewportEvent", "focusNextPrevChild", "hitButton", "isValid", "setData"), bool
    ),
    **dict.fromkeys(("hasHeightForWidth", "setData", "lessThan"), bool),
    **dict.fromkeys(("childCount", "rowCount", "columnCount", "count", "heightForWidth", "exec"), int),
    "shape": QPainterPath,
    "indexOfChild": lambda: -1,
    "mimeTypes": list,
    "mimeData": QMimeData,
    "stepEnabled": lambda: QAbstractSpinBox.StepEnabledFlag.StepNone,
    "rect": QRect,
    "role": lambda: QAccessible.Role.NoRole,
    "state": QAccessible.State,
    "text": str,
}
# Bears the name of a method of Qt's, but Qt does not call it.
_OWN = frozenset({"update"})
_guarded: set[type] = set()


def guard_overrides() -> None:
    """Wrap the methods with which loaded modules override Qt's.

    Call it once they are loaded and before there are any objects: PySide looks methods up once for an object.
    """
    for kind in _kinds():
        _guarded.add(kind)
        for name, method in overrides(kind):
            setattr(kind, name, _wrapped(name, method))


def _kinds() -> Iterator[type]:
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] == "nnstudio"]
    for module in modules:
        for kind in list(vars(module).values()):
            own = isinstance(kind, type) and kind.__module__ == module.__name__ and issubclass(kind, Object)
            if own and kind not in _guarded:
                yield kind


def overrides(kind: type) -> Iterator[tuple[str, FunctionType]]:
    """Methods of a class that override Qt's."""
    bases = [base for base in kind.__mro__ if base.__module__.startswith("PySide6.")]
    # What comes from a class that is none of Qt's is found here only.
    mixed = [base for base in kind.__bases__ if not issubclass(base, Object) and base is not object]
    for name, method in {name: method for base in (*mixed, kind) for name, method in vars(base).items()}.items():
        public = inspect.isfunction(method) and not name.startswith("_") and name not in _OWN
        if public and any(name in vars(base) for base in bases):
            yield name, method


def _wrapped(name: str, method: FunctionType) -> Callable[..., Any]:
    answer = ANSWERS.get(name, type(None))

    @wraps(method)
    def short(self: Any) -> Any:
        try:
            return method(self)
        except Exception as error:
            log.report(error)
        return answer()

    @wraps(method)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except Exception as error:
            times = log.report(error)
        if name == "itemChange":
            return arguments[2]
        if name == "closeEvent" and times == 1:
            # The question about unsaved work may have been passed over. Whoever asks again is let go.
            arguments[1].ignore()
        return answer()

    # Thousands of bounding rectangles are asked for with an edit, and this way costs half as much.
    return short if method.__code__.co_argcount == 1 and not method.__code__.co_flags & inspect.CO_VARARGS else guarded


def catch_the_rest() -> None:
    """Report exceptions in slots, threads and Python's own callbacks, instead of printing them."""
    sys.excepthook = _met
    threading.excepthook = _met_in_thread
    sys.unraisablehook = _passed_over


def _met(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    # Python keeps the last error for a person at a prompt, and with it all that the failed call had in hand: a painter
    # that lives on keeps Qt from showing what was painted.
    sys.last_type = sys.last_value = sys.last_traceback = None
    if isinstance(error, Exception):
        log.report(error)
    else:
        sys.__excepthook__(kind, error or kind(), trace)


def _met_in_thread(found: threading.ExceptHookArgs) -> None:
    if isinstance(found.exc_value, Exception):
        log.report(found.exc_value)
    else:
        threading.__excepthook__(found)


def _passed_over(found: Any) -> None:
    """Python goes on by itself after these, as when an object is thrown away: nothing was interrupted."""
    if isinstance(found.exc_value, Exception):
        log.report(found.exc_value, quiet=True)
