"""Borders between rooms: imports against the table in ARCHITECTURE.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.borders import Tree, check, read_table

ROOT = Path(__file__).parent.parent


def test_the_program_keeps_to_the_table_of_its_rooms() -> None:
    rows = read_table((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    tree = Tree(ROOT)
    # An empty table, or an empty tree, would be kept to as well.
    assert len(rows) > 30
    assert len(tree.imports) > 1500
    found = check(tree, rows)
    assert not found, "\n".join(found)


TABLE = """
| room | holds | Qt | may import |
| --- | --- | --- | --- |
| `engine` | networks | no | `engine.layers` |
| `engine.layers` | layers | no | `engine` |
| `document` | values | no | `engine` |
| `ui` | widgets | yes |  |
| `training` | runs | `session` | `document` |
| `canvas.protocols` | protocols | no | `document` |
| `canvas` | a diagram | yes | `canvas.protocols`, `ui` |

| another | table |
| --- | --- |
| `canvas` | `training` |
"""

# A small program that keeps to it.
FILES = {
    "engine/__init__.py": "from engine.network import Network\n",
    "engine/network.py": "from engine.layers.base import Layer\nclass Network: ...\n",
    "engine/errors.py": "import numpy\n",
    "engine/layers/__init__.py": "",
    "engine/layers/base.py": "from ..errors import Problem\nclass Layer: ...\n",
    "nnstudio/document/model.py": "from engine import Network\n",
    "nnstudio/ui/theme.py": "from PySide6.QtGui import QColor\n",
    "nnstudio/training/run.py": "from nnstudio.document import model\n",
    "nnstudio/training/session.py": "import PySide6.QtCore\nfrom nnstudio.training.run import Run\n",
    "nnstudio/canvas/protocols.py": "from nnstudio.document.model import Document\n",
    "nnstudio/canvas/view.py": "import nnstudio.ui.theme, pyqtgraph\nfrom nnstudio.canvas import protocols\n",
}


def faults(root: Path, changes: dict[str, str], table: str = TABLE) -> list[str]:
    """The faults found in the small program after some of its files were written otherwise."""
    for name, text in (FILES | changes).items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return check(Tree(root), read_table(table))


def test_a_program_that_keeps_to_its_table_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, {}) == []


ROOMS = (
    "from nnstudio.training.run import Run\n",
    "import nnstudio.training.run\n",
    "from nnstudio.training import run\n",
)


@pytest.mark.parametrize("line", ROOMS)
@pytest.mark.parametrize(
    "form",
    [
        "{}",
        "def late() -> None:\n    {}",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    {}",
        "class Late:\n    def late(self) -> None:\n        if self:\n            {}",
    ],
)
def test_an_arrow_that_is_not_in_the_table_is_told_with_file_line_and_row(tmp_path: Path, form: str, line: str) -> None:
    text = form.format(line)
    at = next(number for number, each in enumerate(text.splitlines(), start=1) if "training" in each)
    assert faults(tmp_path, {"nnstudio/document/edits.py": text}) == [
        f"nnstudio/document/edits.py:{at} imports nnstudio.training.run, "
        "but the row of document does not name training."
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {
                "nnstudio/ui/a.py": "from nnstudio.ui.b import B\n",
                "nnstudio/ui/b.py": "import typing\nif typing.TYPE_CHECKING:\n    from nnstudio.ui.c import C\n",
                "nnstudio/ui/c.py": "def late() -> None:\n    from .a import A\n",
            },
            "3 modules import each other in a circle: nnstudio/ui/a.py:1 imports nnstudio.ui.b; "
            "nnstudio/ui/b.py:3 imports nnstudio.ui.c; nnstudio/ui/c.py:2 imports nnstudio.ui.a",
        ),
        (
            {"nnstudio/canvas/items/badge.py": ""},
            "The room canvas.items has no row in the table: add one, with the rooms it may import.",
        ),
        (
            # A module with a row of its own is another room than the folder it lies in.
            {"nnstudio/canvas/protocols.py": "from nnstudio.document.model import D\nimport nnstudio.canvas.palette\n"}
            | {"nnstudio/canvas/palette.py": ""},
            "nnstudio/canvas/protocols.py:2 imports nnstudio.canvas.palette, "
            "but the row of canvas.protocols does not name canvas.",
        ),
        (
            {"nnstudio/document/model.py": ""},
            "The row of document names engine, which nothing in it imports: take it out.",
        ),
        (
            {"engine/network.py": "from engine.layers.base import Layer\nimport PySide6\nclass Network: ...\n"},
            "engine/network.py:2 imports PySide6, but Qt has no place in engine.network.",
        ),
        (
            {"nnstudio/document/model.py": "from engine import Network\ndef late():\n    import pyqtgraph\n"},
            "nnstudio/document/model.py:3 imports pyqtgraph, but Qt has no place in document.model.",
        ),
        (
            {"nnstudio/training/run.py": "from nnstudio.document import model\nfrom PySide6.QtCore import QObject\n"},
            "nnstudio/training/run.py:2 imports PySide6, but Qt has no place in training.run.",
        ),
        (
            {"nnstudio/training/session.py": ""},
            "The row of training says Qt where none is imported: session.",
        ),
        (
            {"nnstudio/ui/theme.py": ""},
            "The row of ui says Qt where none is imported.",
        ),
        (
            {"nnstudio/ui/lazy.py": "import importlib\nshell = importlib.import_module('nnstudio.document.model')\n"},
            "nnstudio/ui/lazy.py:2 imports nnstudio.document.model, but the row of ui does not name document.",
        ),
    ],
)
def test_a_fault_is_told(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    assert faults(tmp_path, changes) == [told]


def test_a_row_without_a_room_is_told(tmp_path: Path) -> None:
    table = TABLE.replace("| `ui` |", "| `views` | curves | no |  |\n| `ui` |", 1)
    assert faults(tmp_path, {}, table) == ["The table has a row for views, where no module is: take it out."]


def test_large_rooms_that_import_each_other_are_told(tmp_path: Path) -> None:
    table = TABLE.replace("| `ui` | widgets | yes |  |", "| `ui` | widgets | yes | `training` |")
    table = table.replace("| `document` |\n| `canvas.p", "| `document`, `ui` |\n| `canvas.p")
    changes = {
        "nnstudio/ui/pace.py": "from nnstudio.training.run import Run\n",
        "nnstudio/training/marks.py": "from nnstudio.ui.theme import theme\n",
    }
    assert faults(tmp_path, changes, table) == ["Rooms import each other in a circle: training, ui."]
