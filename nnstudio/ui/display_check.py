"""Check for a usable display before Qt tries, since Qt would abort.

Uses nothing but the standard library, so that the set-up can ask for missing system packages before anything is
installed: `python3 -m nnstudio.ui.display_check` prints their Debian names.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import socket
import sys
from pathlib import Path

# Libraries Qt expects from the system, and the Debian package each is in. PySide6 brings everything else.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
X11_LIBRARIES = {
    "libX11.so.6": "libx11-6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_INSTEAD = "run it under 'xvfb-run', or train without a window: 'nnstudio train FILE'"


def obstacle() -> str | None:
    """Reason why no window can be opened, with advice, in one line; None if one can."""
    if not sys.platform.startswith("linux"):
        return None
    # Several may be given, to be tried in this order, each with settings of its own.
    given = [name.partition(":")[0] for name in os.environ.get("QT_QPA_PLATFORM", "").split(";")]
    platform = given[0]
    there = _platforms()
    if platform and there and not any(name.partition("-")[0] in there for name in given):
        return f"Qt has no platform {platform!r:.40} (QT_QPA_PLATFORM): unset it, or choose one of {', '.join(there)}"
    if missing_packages(LIBRARIES):
        return _lacking(missing_packages(LIBRARIES | X11_LIBRARIES))
    if platform not in ("", "xcb", "wayland"):
        return None
    display, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if wayland and platform != "xcb" and _wayland_answers(wayland):
        return None
    if not display:
        if wayland and platform != "xcb":
            return f"the screen {wayland} (WAYLAND_DISPLAY) does not answer: check the name, or {_INSTEAD}"
        return f"no screen found (DISPLAY is not set): set it, {_INSTEAD}"
    missing = missing_packages(X11_LIBRARIES)
    if missing:
        return _lacking(missing)
    if not _x11_answers():
        return f"the screen {display} (DISPLAY) does not answer, or refuses: check the name, {_INSTEAD}"
    return None


def _platforms() -> list[str]:
    """Platforms for which Qt has a plug-in; none where the user has plug-ins elsewhere, or there is no Qt."""
    if any(os.environ.get(name) for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_PLUGIN_PATH")):
        return []
    found = importlib.util.find_spec("PySide6")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    files = (file for place in places for file in Path(place, "Qt", "plugins", "platforms").glob("libq*.so"))
    return sorted(file.stem.removeprefix("libq") for file in files)


def missing_packages(libraries: dict[str, str]) -> list[str]:
    """Debian packages of those libraries that are missing."""
    return [package for library, package in libraries.items() if not _loads(library)]


def _lacking(packages: list[str]) -> str:
    return f"Qt lacks libraries of the system: sudo apt-get install {' '.join(packages)}"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _x11_answers() -> bool:
    """Connects to $DISPLAY just as Qt will, permissions included."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    xcb.xcb_connection_has_error.argtypes = (ctypes.c_void_p,)
    xcb.xcb_disconnect.argtypes = (ctypes.c_void_p,)
    connection = xcb.xcb_connect(None, None)
    answers: bool = xcb.xcb_connection_has_error(connection) == 0
    xcb.xcb_disconnect(connection)
    return answers


def _wayland_answers(name: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / name))
    except OSError:
        return False
    return True


if __name__ == "__main__" and sys.platform.startswith("linux"):
    sys.stdout.write(" ".join(missing_packages(LIBRARIES | X11_LIBRARIES)) + "\n")
