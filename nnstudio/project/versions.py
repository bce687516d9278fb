"""Previous versions of project files, kept on request in the state folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nnstudio.files.stamp import stamp_of
from nnstudio.project import known_projects
from nnstudio.project.project_file import SUFFIX

# Of each file so many are kept, and all together take at most so many bytes.
MOST: Final = 10
MOST_BYTES: Final = 512 << 20


@dataclass(frozen=True)
class Version:
    """Previous version of a project file.

    Attributes:
        path: of the copy. saved: when it was saved, in seconds since 1970. size: in bytes.
    """

    path: Path
    saved: float
    size: int


def keep(path: Path) -> None:
    """Keep the file at `path` as a version, before it is replaced. Raises OSError."""
    stamp = stamp_of(path)
    if stamp is None:
        return
    folder = _folder(path)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Named after its time, and so kept only once.
    kept = folder / f"{stamp[1]:020d}{SUFFIX}"
    if not kept.exists():
        temporary = kept.with_suffix(".tmp")
        try:
            shutil.copyfile(path, temporary)
            temporary.chmod(0o600)
            os.utime(temporary, ns=(stamp[1], stamp[1]))
            temporary.replace(kept)
        finally:
            temporary.unlink(missing_ok=True)
    _forget_oldest(folder)


def versions(path: Path) -> list[Version]:
    """Versions of a file that are kept, the newest first."""
    found = []
    for kept in sorted(_folder(path).glob(f"*{SUFFIX}"), reverse=True):
        with contextlib.suppress(OSError):
            status = kept.stat()
            found.append(Version(kept, status.st_mtime, status.st_size))
    return found


def _forget_oldest(folder: Path) -> None:
    for old in sorted(folder.glob(f"*{SUFFIX}"))[:-MOST]:
        old.unlink(missing_ok=True)
    every = []
    for kept in _all().glob(f"*/*{SUFFIX}"):
        with contextlib.suppress(OSError):
            every.append((kept.stat().st_mtime, kept.stat().st_size, kept))
    every.sort(reverse=True)
    total = 0
    for number, (_, size, kept) in enumerate(every):
        total += size
        if total > MOST_BYTES and number:
            kept.unlink(missing_ok=True)


def _folder(path: Path) -> Path:
    return _all() / hashlib.sha256(os.path.realpath(path).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _all() -> Path:
    return known_projects.place().parent / "versions"
