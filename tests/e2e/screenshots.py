"""Screenshots of the real window for the README: python -m tests.e2e.screenshots"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.preload import ROOT, Preload
from tests.e2e.studio import Screen, Studio

FOLDER = ROOT / "resources" / "screenshots"


def take(
    screen: Screen,
    preload: Preload,
    name: str,
    template: str,
    theme: str,
    *,
    seconds: float,
    block: str,
    layout: int = 1,
    epochs: int = 0,
    tabs: Sequence[str] = (),
) -> None:
    """Opens a template, trains it for a while, and keeps a picture with these tabs in front.

    `layout` is the number of the window's arrangement. After so many `epochs` training is paused; 0 for never.
    """
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(screen, preload, Path(home), name=name)
        try:
            studio.press("themeButton")
            studio.click(studio.where("menu", text=theme))
            if template:
                studio.press(f"template_{template}")
                studio.wait(lambda: studio.state["state"] == "ready")
                studio.click(studio.where("block", name=block))
                if layout > 1:
                    studio.key(f"alt+{layout}")
                studio.press("playButton")
                if epochs:
                    studio.key("shift+F5")
                    studio.wait(lambda: studio.state["epoch"] >= epochs, 60)
                    if studio.state["state"] == "running":
                        studio.press("pauseButton")
                for tab in tabs:
                    studio.click(studio.where("tab", text=tab))
                time.sleep(seconds)
            else:
                time.sleep(1)
            studio.move((300, 790))
            time.sleep(0.3)
            FOLDER.mkdir(exist_ok=True)
            shutil.copy(studio.shot(name), FOLDER / f"{name}.png")
        finally:
            studio.close()


def inside(screen: Screen, preload: Preload) -> None:
    """The views of what units compute."""
    take(
        screen,
        preload,
        "inside-network",
        "spiral",
        "Light",
        seconds=3,
        block="dense_1",
        layout=3,
        epochs=2000,
        tabs=("Network", "3-D surface"),
    )
    for name, theme, block, tabs in (
        ("inside-lens", "Dark", "conv2d_1", ("Window lens", "Mathematics")),
        ("inside-saliency", "Light", "conv2d_2", ("Saliency", "Decision boundary")),
    ):
        take(screen, preload, name, "digits-cnn", theme, seconds=8, block=block, layout=3, epochs=4, tabs=tabs)


def main() -> int:
    screen, preload = Screen(), Preload()
    try:
        take(screen, preload, "start", "", "Light", seconds=1, block="")
        take(screen, preload, "spiral-light", "spiral", "Light", seconds=9, block="dense_1")
        take(screen, preload, "digits-dark", "digits-cnn", "Dark", seconds=8, block="conv2d_1")
        inside(screen, preload)
    finally:
        preload.close()
        screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
