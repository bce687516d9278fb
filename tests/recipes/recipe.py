"""Recipe of the documentation, followed word by word in a repository copy.

Every code block of a recipe is a step. Its language says what to do with it:

- `diff`, with a title: change the file of that name. A line `@@` parts places that are changed; each must occur once.
- `console`: run each line that begins with `$ `.
- any other, with a title: create the file of that name.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "recipes"
_FENCE = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)
_COPIED = ("engine", "nnstudio", "resources", "tests", "pyproject.toml", "README.md", "ARCHITECTURE.md")
# What pytest, run by a worker of pytest-xdist, would hand on to the pytest that a recipe starts.
_OF_PYTEST = ("PYTEST_", "PYTHONPATH")


@dataclass(frozen=True)
class Step:
    """One code block of a page."""

    language: str
    title: str
    text: str


def steps(page: str) -> list[Step]:
    """The code blocks of `docs/recipes/PAGE.md`, in order. Raises AssertionError for one that says no file."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    found = [Step(match["language"], match["title"] or "", match["text"]) for match in _FENCE.finditer(text)]
    assert len(found) * 2 == len(re.findall("^```", text, re.MULTILINE)), f"{page}.md: a code block is malformed"
    for step in found:
        assert step.language == "console" or step.title, f"{page}.md: a block of {step.language} names no file"
    return found


class Sandbox:
    """A copy of the repository in which recipes are followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in _COPIED:
            source = ROOT / name
            # With the byte code, which stays valid as the times are copied: compiling it all anew takes seconds.
            shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy2(source, folder / name)

    def follow(self, page: str, *, run: bool = True) -> None:
        """Does all that a recipe says, and checks the style of its code. Raises AssertionError with what fails.

        Its commands are left out unless they are to `run`.
        """
        changed = {step.title for step in steps(page) if step.title.endswith(".py")}
        for step in steps(page):
            if step.language == "console":
                for command in _commands(step.text) if run else ():
                    self.run(*command)
            elif step.language == "diff":
                self._change(step)
            else:
                path = self.folder / step.title
                assert not path.exists(), f"{step.title} is there already"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(step.text, encoding="utf-8", newline="\n")
        for check in (["check"], ["format", "--check", "--diff"]):
            self.run(sys.executable, "-m", "ruff", *check, "--no-cache", *sorted(changed))

    def borrow(self, folder: str) -> None:
        """Copies a folder of the checkout that need not be there, such as a cache."""
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, self.folder / folder)

    def run(self, *command: str) -> str:
        """Runs a command in the copy, on its code, and returns what it printed."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OF_PYTEST)}
        environment |= {
            "PYTHONPATH": str(self.folder),
            "PYTHONUTF8": "1",
            "QT_QPA_PLATFORM": "offscreen",
            # Temporary folders of its own: pytest clears away old ones, also those of others that run beside it.
            "PYTEST_DEBUG_TEMPROOT": str(self.folder),
        }
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", timeout=300
        )
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def pytest(self, *arguments: str) -> str:
        """Runs tests of the copy. Raises AssertionError where none were found, too."""
        return self.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments)

    def check_in_the_studio(self, name: str) -> None:
        """Runs `tests/recipes/checks/NAME.py` beside the tests of the studio, whose fixtures it uses."""
        check = self.folder / "tests" / "nnstudio" / f"test_{name}.py"
        shutil.copy2(self.folder / "tests" / "recipes" / "checks" / f"{name}.py", check)
        self.pytest(str(check))

    def _change(self, step: Step) -> None:
        path = self.folder / step.title
        text = path.read_text(encoding="utf-8")
        for hunk in re.split(r"^@@.*\n", step.text, flags=re.MULTILINE):
            lines = hunk.splitlines()
            before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
            after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
            assert text.count(before) == 1, f"{step.title} holds this {text.count(before)} times, not once:\n{before}"
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8", newline="\n")


def _commands(text: str) -> Iterator[list[str]]:
    """The commands of a console block, with the Python that runs the tests."""
    for line in text.splitlines():
        if line.startswith("$ "):
            first, *rest = shlex.split(line[2:])
            assert first == "python", f"recipes run Python alone, not {first}"
            yield [sys.executable, *rest]
