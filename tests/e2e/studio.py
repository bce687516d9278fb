"""User at the program: a display, a mouse, a keyboard, and the process under test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count, islice
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from tests.e2e.preload import ROOT, Preload, Program

# Tests say how long something may take on a quiet machine. Beside others it may take so many times as long.
PATIENCE = 6
ARTEFACTS = Path(os.environ.get("NNSTUDIO_ARTEFACTS", ROOT / "artifacts"))


# Displays of this test process: two that look for a free one at the same time can come to the same.
_DISPLAYS = count(1000 + os.getpid() % 5000 * 10)


class Screen:
    """An X server without a window manager."""

    def __init__(self, size: str = "1280x800") -> None:
        for number in islice(_DISPLAYS, 20):
            read, write = os.pipe()
            self._process = subprocess.Popen(
                ["Xvfb", f":{number}", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                pass_fds=(write,),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(write)
            with os.fdopen(read) as pipe:
                # Nothing, if somebody else has this display.
                if pipe.readline().strip():
                    self.display = f":{number}"
                    return
            self._process.wait(timeout=10)
        raise RuntimeError("Xvfb did not start")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


class Studio:
    """The running program. Positions are asked of it; everything is done with xdotool."""

    def __init__(self, screen: Screen, preload: Preload, home: Path, *arguments: str, name: str = "studio") -> None:
        self._name, self._shots = name, 0
        self.environment = {
            **os.environ,
            "DISPLAY": screen.display,
            "QT_QPA_PLATFORM": "xcb",
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_STATE_HOME": str(home / "state"),
            "HOME": str(home),
        }
        self._log = (home / "stderr.txt").open("w+")
        self.state_folder = home / "state" / "nnstudio"
        # Set by a test that breaks the program on purpose.
        self.may_complain = False
        asked, answered = os.pipe(), os.pipe()
        streams = [asked[0], answered[1], self._log.fileno()]
        self.process: Program = preload.start(list(arguments), self.environment, streams)
        for stream in streams[:2]:
            os.close(stream)
        self._questions, self._lines = os.fdopen(asked[1], "w"), os.fdopen(answered[0])
        self._answers: Queue[str] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait(lambda: self.ask("widget", name="mainWindow")["visible"], 30)

    def _read(self) -> None:
        for line in self._lines:
            self._answers.put(line)

    def ask(self, kind: str, **details: Any) -> dict[str, Any]:
        """One question to the program."""
        self._questions.write(json.dumps({"ask": kind, **details}) + "\n")
        self._questions.flush()
        try:
            answer: dict[str, Any] = json.loads(self._answers.get(timeout=30 * PATIENCE))
        except Empty:
            raise AssertionError(f"the program does not answer\n{self.errors()}") from None
        assert "error" not in answer, answer["error"]
        return answer

    def errors(self) -> str:
        """What the program wrote to standard error, and into its log."""
        log = self.state_folder / "nnstudio.log"
        return self.printed() + (log.read_text() if log.exists() else "")

    def printed(self) -> str:
        """What the program wrote to standard error."""
        return Path(self._log.name).read_text()

    @property
    def state(self) -> dict[str, Any]:
        return self.ask("state")

    def wait(self, fits: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < end:
            if fits():
                return
            time.sleep(0.05)
        self.shot("gave-up")
        raise AssertionError(f"waited {seconds * PATIENCE} s in vain; the state is {self.state}\n{self.errors()}")

    def where(self, kind: str, **details: Any) -> tuple[int, int]:
        """Centre of a thing on the screen, once it is there and has come to rest."""
        places: list[Any] = [None]

        def rests() -> bool:
            place = self.ask(kind, **details)
            places.append(place.get("centre"))
            return bool(place["visible"]) and places[-1] == places[-2]

        self.wait(rests)
        x, y = places[-1]
        return x, y

    # Mouse and keyboard

    def _xdotool(self, *words: str | int) -> None:
        subprocess.run(["xdotool", *map(str, words)], env=self.environment, check=True, timeout=30 * PATIENCE)

    def move(self, place: tuple[int, int]) -> None:
        self._xdotool("mousemove", *place)

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        """Keeps a key down meanwhile; "" for none."""
        if key:
            self._xdotool("keydown", key)
        yield
        if key:
            self._xdotool("keyup", key)

    def click(self, place: tuple[int, int], times: int = 1, *, button: int = 1, hold: str = "") -> None:
        self._xdotool("mousemove", *place)
        time.sleep(0.05)
        with self.holding(hold):
            self._xdotool("click", "--repeat", times, "--delay", 60, button)
        time.sleep(0.1)

    def press(self, name: str) -> None:
        """Clicks a widget by its object name, once it can be pressed: a click on one that is grey is lost."""
        place = self.where("widget", name=name)
        self.wait(lambda: bool(self.ask("widget", name=name)["enabled"]))
        self.click(place)

    def choose(self, name: str, word: str) -> None:
        """Opens a list by its object name, and takes the entry that begins so."""
        self.press(name)
        self.type(word)
        self.key("Return")

    def drag(self, start: tuple[int, int], end: tuple[int, int], *, drop: bool = True, button: int = 1) -> None:
        """Holds a button, the left one, from one place to another; a hand takes several moves for that."""
        self._xdotool("mousemove", *start)
        time.sleep(0.05)
        self._xdotool("mousedown", button)
        for step in range(1, 9):
            x = start[0] + (end[0] - start[0]) * step // 8
            y = start[1] + (end[1] - start[1]) * step // 8
            self._xdotool("mousemove", x, y)
            time.sleep(0.05)
        if drop:
            self.drop(button)

    def drop(self, button: int = 1) -> None:
        """Lets the button go."""
        self._xdotool("mouseup", button)
        time.sleep(0.3)

    def focus(self) -> None:
        """Gives the keyboard back to the main window after a dialog, as a window manager would.

        Again, as long as the window has not noticed: the dialog, or a program that has just ended, may let go of the
        keyboard only afterwards, and would take it away.
        """

        def given() -> bool:
            if not self.state["active"]:
                self._xdotool("windowfocus", self.state["window"])
                time.sleep(0.1)
            return bool(self.state["active"])

        self.wait(given)

    def key(self, *keys: str) -> None:
        self._xdotool("key", *keys)
        time.sleep(0.15)

    def type(self, text: str, *, into: str = "", anew: bool = False) -> None:
        """Type a text.

        Args:
            into: object name of a field that is to have the focus before, such as that of a dialog which is still
                opening: what is typed before it is there goes elsewhere.
            anew: replace what the field holds.
        """
        if into:
            self.wait(lambda: bool(self.state["focus"] == into))
        if anew:
            self.key("ctrl+a")
        self._xdotool("type", "--delay", 15, text)
        time.sleep(0.15)

    def shot(self, name: str) -> Path:
        """A picture of the screen, kept among the artefacts."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self._shots += 1
        path = ARTEFACTS / f"{self._name}-{self._shots:02d}-{name}.png"
        assert self.ask("shot", path=str(path))["saved"]
        return path

    def ended(self) -> int:
        """Exit status of the program, once it has ended by itself."""
        return self.process.wait(timeout=20 * PATIENCE)

    def close(self) -> None:
        """Ends the program, by force if it must be."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=5 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(timeout=5 * PATIENCE)
        self._reader.join(timeout=5 * PATIENCE)
        for pipe in (self._lines, self._log):
            pipe.close()
        with suppress(BrokenPipeError):
            self._questions.close()


def missing_tools() -> list[str]:
    """The programs that these tests need and this machine lacks."""
    return [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
