"""Gestures that several end-to-end tests make: a file dropped, a project saved, a look back."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.e2e.studio import Studio

SOURCE = Path(__file__).with_name("drag_source.py")


def drop_file(studio: Studio, path: Path, place: tuple[int, int], taken: Callable[[], bool]) -> None:
    """Drag a file from another program's window, and let it go at a place."""
    command = [sys.executable, str(SOURCE), "4", "700", str(path)]
    source = subprocess.Popen(command, env=studio.environment, stdout=subprocess.PIPE, text=True)
    try:
        assert source.stdout is not None
        assert source.stdout.readline() == "shown\n"
        # It lies over the palette, which cannot be dropped on.
        studio.move((44, 720))
        studio.drag((44, 720), place)
        studio.wait(taken)
    finally:
        source.kill()
        source.wait()
        if source.stdout is not None:
            source.stdout.close()


def save_as(studio: Studio, path: Path) -> None:
    """Save under a name, once the dialog is there to take it."""
    studio.focus()
    studio.key("ctrl+s")
    studio.type(str(path), into="fileNameEdit")
    studio.key("Return")
    studio.wait(path.is_file)


def slide(studio: Studio, share: float) -> None:
    """Clicks on the slider at a share of its width."""
    found = studio.ask("widget", name="timeSlider")
    left, top, width, height = found["rect"]
    studio.click((round(left + share * width), top + height // 2))
