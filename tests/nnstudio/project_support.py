"""Project files from parts, and the sentences that refuse them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from engine.errors import EngineError
from nnstudio.project.archive import ProjectError
from nnstudio.project.project_file import from_bytes


def zipped(**entries: bytes | str) -> bytes:
    """A zip file; keywords name the usual entries by their stem."""
    names = {
        "project": "project.json",
        "weights": "weights.safetensors",
        "history": "history.json",
        "info": "state.json",
        "state": "state.safetensors",
    }
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(names.get(name, name), data)
    return target.getvalue()


def refusal(data: bytes) -> str:
    """The sentence with which bytes are refused."""
    with pytest.raises(ProjectError) as caught:
        from_bytes(data, "a.nnstudio")
    assert isinstance(caught.value, EngineError)
    assert str(caught.value).startswith("a.nnstudio cannot be opened: ")
    return str(caught.value).removeprefix("a.nnstudio cannot be opened: ")
