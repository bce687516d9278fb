"""Screenshots of the real window for the README: python -m tests.e2e.screenshots"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.preload import ROOT, Preload
from tests.e2e.studio import Screen, Studio

FOLDER = ROOT / "resources" / "screenshots"


def take(
    screen: Screen, preload: Preload, name: str, template: str, theme: str, *, seconds: float, block: str, panel: str
) -> None:
    """Opens a template, trains it for a while, and keeps a picture."""
    with tempfile.TemporaryDirectory() as home:
        studio = Studio(screen, preload, Path(home), name=name)
        try:
            studio.press("themeButton")
            studio.click(studio.where("menu", text=theme))
            if template:
                studio.press(f"template_{template}")
                studio.wait(lambda: studio.state["state"] == "ready")
                studio.click(studio.where("block", name=block))
                if panel:
                    studio.click(studio.where("tab", text=panel))
                studio.press("playButton")
                time.sleep(seconds)
            else:
                time.sleep(1)
            studio.move((640, 790))
            time.sleep(0.3)
            FOLDER.mkdir(exist_ok=True)
            shutil.copy(studio.shot(name), FOLDER / f"{name}.png")
        finally:
            studio.close()


def main() -> int:
    screen, preload = Screen(), Preload()
    try:
        take(screen, preload, "start", "", "Light", seconds=1, block="", panel="")
        take(screen, preload, "spiral-light", "spiral", "Light", seconds=9, block="dense_1", panel="")
        take(screen, preload, "digits-dark", "digits-cnn", "Dark", seconds=8, block="conv2d_1", panel="")
    finally:
        preload.close()
        screen.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
