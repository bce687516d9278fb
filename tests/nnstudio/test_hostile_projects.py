"""Hostile project files: one short sentence in a short time and little memory, and nothing that cannot be saved."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from engine.errors import EngineError
from nnstudio.document.analysis import analyse
from nnstudio.document.layout import fold
from nnstudio.document.model import MOST_BLOCKS, Document
from nnstudio.project import project_file
from nnstudio.project.archive import ProjectError, pack
from nnstudio.project.project_file import from_bytes, to_bytes
from nnstudio.training.project import weight_shapes
from tests.mutations import LONGEST, PROJECTS, SLOWEST, damage, parts, spliced

DOCUMENT: Final = Document().model_dump_json().encode()
MIB: Final = 1 << 20
# Beyond what the accepted content needs.
MOST_MEMORY: Final = 256


def packed(entries: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("kind", list(PROJECTS))
def test_damaged_copies_are_refused_or_can_be_saved_again(tmp_path: Path, kind: str) -> None:
    report = damage(PROJECTS[kind], tmp_path, 60)
    assert report.faults == {}
    assert len(report.longest) < LONGEST, report.longest
    assert report.longest.isprintable()
    assert report.slowest < SLOWEST
    assert report.refused > 2


class TestMemory:
    """Peak memory of opening a file, measured in a process of its own."""

    CHILD: Final = """
import resource, sys
from engine.errors import EngineError
from nnstudio.project import project_file, tensors, run_records
from nnstudio.document import analysis
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[1:]:
    try:
        project_file.load(path)
        told = "opened"
    except EngineError as error:
        told = str(len(str(error)))
    now = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(told, (now - before) // (1024 if sys.platform != "darwin" else 1 << 20))
"""

    CASES: Final[dict[str, Callable[[], bytes]]] = {
        "a history of 16 million words": lambda: packed(
            {
                "project.json": DOCUMENT,
                "history.json": b'{"epoch":0,"step":0,"curves":{"loss":{"x":[' + b'"a",' * (4 * MIB) + b'1],"y":[]}}}',
            }
        ),
        "a project of a million lists": lambda: pack(
            {"project.json": b'{"format":5,"blocks":[' + b"[]," * 700_000 + b"1]}"}
        ),
        "an old project of a million records": lambda: pack(
            {"project.json": b'{"format":1,"blocks":[' + b"{}," * 700_000 + b"1]}"}
        ),
        "a project of many unknown fields": lambda: pack(
            {"project.json": b'{"format":5,' + b",".join(b'"%d":1' % place for place in range(590_000)) + b"}"}
        ),
        "weights of zeros, packed": lambda: packed({"project.json": DOCUMENT, "weights.safetensors": bytes(128 * MIB)}),
        "a preparation of wrong numbers": lambda: pack(
            {"project.json": DOCUMENT, "preparation.json": b'{"fill":[' + b'"a",' * MIB + b"1]}"}
        ),
        "arrays with a header of many": lambda: pack(
            {
                "project.json": DOCUMENT,
                "weights.safetensors": (12 * MIB).to_bytes(8, "little") + b"{" + b'"a":{},' * (12 * MIB // 7) + b"}",
            }
        ),
    }

    def test_it_is_refused_in_little_memory(self, tmp_path: Path) -> None:
        paths = []
        for case, data in self.CASES.items():
            paths.append(tmp_path / f"{case}.nnstudio")
            paths[-1].write_bytes(data())
        found = self._child(*paths)
        assert [case for case, (told, _) in zip(self.CASES, found, strict=True) if told == "opened"] == []
        assert max(int(told) for told, _ in found) < LONGEST
        assert max(took for _, took in found) < MOST_MEMORY

    def test_weights_take_no_more_than_they_are(self, tmp_path: Path) -> None:
        document = {**json.loads(DOCUMENT), **_chain(3, {"type": "Dense", "units": 4096})}
        loaded = from_bytes(pack({"project.json": json.dumps(document).encode()}), "a").document
        arrays = weight_shapes(loaded, analyse(loaded))
        header: dict[str, Any] = {}
        place = 0
        for name, shape in arrays.items():
            size = 4 * int(np.prod(shape))
            header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [place, place + size]}
            place += size
        text = json.dumps(header).encode()
        path = tmp_path / "a.nnstudio"
        path.write_bytes(
            pack(
                {
                    "project.json": json.dumps(document).encode(),
                    "weights.safetensors": len(text).to_bytes(8, "little") + text + bytes(place),
                }
            )
        )
        ((told, took),) = self._child(path)
        assert told == "opened"
        assert took < place / MIB + 64

    def _child(self, *paths: Path) -> list[tuple[str, int]]:
        done = subprocess.run(
            [sys.executable, "-c", self.CHILD, *map(str, paths)], capture_output=True, text=True, check=True, timeout=60
        )
        return [(line.split()[0], int(line.split()[1])) for line in done.stdout.splitlines()]


class TestWhatOpensCanBeSaved:
    @pytest.mark.parametrize(
        "change",
        [
            lambda state: {**state, "deep": json.loads("[" * 40 + "]" * 40)},
            lambda state: {**state, "number": float("inf")},
            lambda state: {**state, "word": "\ud800"},
            lambda state: {**state, "word": "😀" * 1000},
            lambda state: {**state, "huge": 10**4000},
        ],
    )
    def test_a_state(self, change: Callable[[Any], Any]) -> None:
        project = from_bytes(spliced("state.json", change), "a")
        again = from_bytes(to_bytes(project), "b")
        assert again.checkpoint.state is not None
        assert project.checkpoint.state is not None
        assert again.checkpoint.state.info == project.checkpoint.state.info

    def test_a_state_deeper_than_can_be_written_is_refused(self) -> None:
        with pytest.raises(ProjectError, match="more than 50 deep"):
            from_bytes(spliced("state.json", lambda state: {**state, "deep": json.loads("[" * 400 + "]" * 400)}), "a")

    def test_the_most_blocks_with_all_their_settings(self) -> None:
        document = json.loads(DOCUMENT)
        document["blocks"] = [
            {"name": f"b{n}", "layer": {"type": "Conv2D", "filters": 1, "kernel_size": 3}} for n in range(MOST_BLOCKS)
        ]
        document["wires"] = []
        project = from_bytes(pack({"project.json": json.dumps(document).encode()}), "a")
        assert from_bytes(to_bytes(project), "b").document == project.document

    def test_too_many_blocks_are_told(self) -> None:
        block = {"name": "a", "layer": {"type": "Dense"}}
        text = json.dumps({**json.loads(DOCUMENT), "blocks": [block] * 200_000}).encode()
        begin = time.process_time()
        with pytest.raises(ProjectError, match=r"holds 200,000 blocks; at most 20,000 are opened"):
            from_bytes(pack({"project.json": text}), "a")
        assert time.process_time() - begin < 1

    def test_what_cannot_be_read_again_is_not_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        project = from_bytes(pack(dict(parts())), "a")
        monkeypatch.setitem(project_file._LIMITS, "history.json", 10)
        with pytest.raises(ProjectError, match=r"history\.json takes .* bytes when it is saved; at most 10 are read"):
            to_bytes(project)

    @pytest.mark.parametrize(
        ("error", "sentence"),
        [(MemoryError(), "not enough memory"), (zipfile.LargeZipFile("x"), "larger than a project file can be")],
    )
    def test_what_cannot_be_packed_is_told(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
    ) -> None:
        def fail(entries: object) -> bytes:
            raise error

        project = from_bytes(pack(dict(parts())), "a")
        monkeypatch.setattr(project_file, "pack", fail)
        with pytest.raises(ProjectError, match=sentence):
            to_bytes(project)


def _chain(count: int, *layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    names = [f"b{place}" for place in range(count)]
    every = ["input", *names, "output"]
    return {
        "blocks": [{"name": name, "layer": layers[place % len(layers)], **more} for place, name in enumerate(names)],
        "wires": [{"source": a, "target": b} for a, b in pairwise(every)],
    }


DENSE, TANH, ADD = {"type": "Dense", "units": 1}, {"type": "Tanh"}, {"type": "Add"}


def _wide(count: int) -> dict[str, Any]:
    names = [f"b{place}" for place in range(count)]
    return {
        "blocks": [{"name": "add", "layer": ADD}, *({"name": name, "layer": DENSE} for name in names)],
        "wires": [
            *({"source": "input", "target": name} for name in names),
            *({"source": name, "target": "add"} for name in names),
            {"source": "add", "target": "output"},
        ],
    }


def _side_by_side(count: int) -> dict[str, Any]:
    one, other = _chain(count // 2, DENSE), _chain(count // 2, DENSE)
    other = json.loads(json.dumps(other).replace('"b', '"c').replace('"cias', '"bias').replace('"clocks', '"blocks'))
    return {
        "blocks": [*one["blocks"], *other["blocks"], {"name": "add", "layer": ADD}],
        "wires": [
            *one["wires"][:-1],
            *other["wires"][:-1],
            {"source": one["wires"][-1]["source"], "target": "add"},
            {"source": other["wires"][-1]["source"], "target": "add"},
            {"source": "add", "target": "output"},
        ],
    }


NETWORKS: Final[dict[str, Callable[[int], dict[str, Any]]]] = {
    "linear layers": lambda count: _chain(count, DENSE),
    "saturating activations": lambda count: _chain(count, TANH),
    "disabled blocks": lambda count: _chain(count, DENSE, disabled=True),
    "disabled activations": lambda count: {
        **_chain(count, DENSE, TANH),
        "blocks": [{**block, "disabled": block["layer"] is TANH} for block in _chain(count, DENSE, TANH)["blocks"]],
    },
    "loose blocks": lambda count: {**_chain(count, DENSE), "wires": []},
    "a circle": lambda count: {
        "blocks": _chain(count, DENSE)["blocks"],
        "wires": [{"source": f"b{place}", "target": f"b{(place + 1) % count}"} for place in range(count)],
    },
    "many inputs": _wide,
    "two branches": _side_by_side,
    "a group": lambda count: {
        **_chain(count, DENSE, TANH),
        "groups": [{"name": "g", "blocks": [f"b{place}" for place in range(count)]}],
    },
    "groups of one": lambda count: {
        **_chain(count, DENSE),
        "groups": [{"name": f"g{place}", "blocks": [f"b{place}"]} for place in range(count)],
    },
    "collapsed groups": lambda count: {
        **_chain(count, DENSE),
        "groups": [{"name": f"g{place}", "blocks": [f"b{place}"], "collapsed": True} for place in range(count)],
    },
}


@pytest.mark.parametrize("kind", list(NETWORKS))
def test_a_large_network_is_opened_in_linear_time(kind: str) -> None:
    def opened(count: int) -> float:
        data = pack({"project.json": json.dumps({**json.loads(DOCUMENT), **NETWORKS[kind](count)}).encode()})
        begin = time.process_time()
        project = from_bytes(data, "a")
        analyse(project.document).findings  # noqa: B018 - found on demand
        fold(project.document)
        return time.process_time() - begin

    opened(100)
    # Four times as many took sixteen to sixty times as long.
    few = min(opened(500) for _ in range(2))
    assert opened(2000) < max(9 * few, 0.3)


def test_an_edit_whose_analysis_fails_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.layers import Dense
    from nnstudio.document import edits
    from nnstudio.store import Store

    store = Store()
    before, analysis = store.document, store.analysis

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("nnstudio.store.analyse", fail)
    with pytest.raises(ZeroDivisionError):
        store.edit("Insert", edits.append(store.document, Dense(units=3)))
    assert store.document is before
    assert store.analysis is analysis
    assert store.undo_stack.count() == 0


def test_every_message_can_be_shown() -> None:
    told = str(EngineError("a" * 5000 + "\x1b[2J\u202e"))
    assert len(told) < 1100
    assert told.isprintable()
    assert str(EngineError("naïve\nمی\u200cخواهم")) == "naïve\nمی\u200cخواهم"
