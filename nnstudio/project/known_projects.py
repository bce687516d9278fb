"""Projects that the user has saved, or has allowed to read.

They are known by digests of their documents, in a file of the user's own; nothing else of them is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from nnstudio.files.atomic_write import replace_file

_MOST: Final = 5000
_LETTERS: Final = 64


def place() -> Path:
    """File of the digests."""
    import platformdirs

    return Path(platformdirs.user_state_dir("nnstudio", appauthor=False)) / "known-projects"


def digest(document: bytes) -> str:
    """Digest of the text of a document, as it is in the file."""
    return hashlib.sha256(document).hexdigest()


def is_known(document: bytes) -> bool:
    """True if a document of exactly this text is known."""
    try:
        return digest(document) in _known()
    except OSError:
        return False


def remember(document: bytes) -> None:
    """Remember the text of a document. Where that cannot be written, the user is asked again."""
    new, path = digest(document), place()
    # A list that cannot be read now is not replaced by a shorter one.
    with contextlib.suppress(OSError):
        known = _known()
        if new in known:
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, "".join(f"{line}\n" for line in [*known, new][-_MOST:]).encode(), private=True)


def _known() -> list[str]:
    """Digests of the projects that are known. Raises OSError if they cannot be read."""
    try:
        if os.path.getsize(place()) > 2 * _MOST * (_LETTERS + 1):
            return []
        text = place().read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if len(line) == _LETTERS]
