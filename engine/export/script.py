"""Scripts put together of sections, to be read from top to bottom.

Notebooks show the same sections as cells.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.export.names import remark
from engine.source_code import literal
from engine.types import Array


@dataclass(frozen=True)
class Section:
    """Part of a script: a title, a sentence or two on it, and code that is complete in itself."""

    title: str
    text: str
    code: str


@dataclass(frozen=True)
class Script:
    """Script in sections, with the files beside it.

    Attributes:
        summary: its purpose, as a sentence. usage: how it is called.
        imports: code before all sections. main: lines that run only where the file itself is called.
        arrays: samples and numbers, by name, which the code reads as ARRAYS; `inside` the script itself, at its end.
        files: further files by ending.
    """

    title: str
    summary: str
    usage: str
    imports: str
    sections: tuple[Section, ...]
    main: tuple[str, ...]
    arrays: Mapping[str, Array]
    files: Mapping[str, bytes]
    inside: bool = False

    def text(self, stem: str) -> str:
        """Source of the whole script; files beside it bear the name `stem`."""
        if self.inside:
            unpack = f"ARRAYS.update(np.load(io.BytesIO({in_text(packed(self.arrays))})))"
            return self._joined("# Samples and weights; they stand at the end of this file.\nARRAYS = {}", unpack)
        places = ["HERE = Path(__file__).resolve().parent"] if self.arrays or self.files else []
        places += [f"ARRAYS = dict(np.load(HERE / {literal(stem + '.npz')}))"] if self.arrays else []
        return self._joined("\n".join(places), "")

    def _joined(self, places: str, end: str) -> str:
        head = f'"""{remark(self.title)}: {self.summary}\n\n{self.usage}\n"""\n\n{self.imports}'
        parts = ["\n\n".join(filter(None, (head, places)))]
        parts += [f"# {part.title}. {part.text}\n\n\n{part.code}" for part in self.sections]
        parts += [end] if end else []
        parts.append('if __name__ == "__main__":\n' + "\n".join(f"    {line}" for line in self.main))
        return "\n\n\n".join(parts) + "\n"

    def beside(self) -> dict[str, bytes]:
        """Files that lie beside the script, by ending."""
        return {**({".npz": packed(self.arrays)} if self.arrays and not self.inside else {}), **self.files}


def packed(arrays: Mapping[str, Array]) -> bytes:
    """Arrays as a file of NumPy's (.npz); equal arrays give equal bytes, and nothing in it is pickled."""
    stream = io.BytesIO()
    named = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    np.savez_compressed(stream, **named)  # type: ignore[arg-type]
    return stream.getvalue()


def in_text(content: bytes, width: int = 100) -> str:
    """Bytes as a call of base64.b64decode with a text of several lines."""
    text = base64.b64encode(content).decode("ascii")
    rows = "\n".join(f"    {literal(text[at : at + width])}" for at in range(0, len(text), width))
    return f"base64.b64decode(\n{rows}\n)"
