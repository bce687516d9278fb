"""Data outside a project's own folder: found by their names alone, without touching them."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePath, PureWindowsPath
from typing import Final

from engine.data import Dataset
from engine.data.file_dataset import FileDataset, user_path

# File systems of another machine, as Linux calls them.
_NETWORK: Final = ("nfs", "cifs", "smb", "sshfs", "fuse.sshfs", "9p", "afs", "ceph", "davfs", "autofs", "fuse.gvfsd")
_MOUNTS: Final = "/proc/self/mounts"


def outside(dataset: Dataset, folder: Path) -> tuple[str, ...]:
    """Places that a data set names and that do not lie in the folder of its project."""
    if not isinstance(dataset, FileDataset):
        return ()
    return tuple(place for place in dict.fromkeys(dataset.places()) if not is_inside(place, folder))


def is_network(place: str) -> bool:
    """True if a path is of another machine: by its form, or by the file system that is mounted there."""
    if place.startswith(("//", "\\\\")) or PureWindowsPath(place).drive.startswith("\\\\") or "://" in place:
        return True
    whole = os.path.abspath(user_path(place))
    best, kind = "", ""
    for mounted, found in _mounts():
        if len(mounted) > len(best) and (whole == mounted or whole.startswith(mounted.rstrip("/") + "/")):
            best, kind = mounted, found
    return kind.startswith(_NETWORK)


def is_inside(place: str, folder: Path) -> bool:
    """True if a path lies in the folder of a project, links followed, and on the same machine.

    A folder that holds the user's home, or is that, is nobody's own, or a project there would own everything: in it,
    only what lies beside the project in plain sight counts.
    """
    home = Path.home()
    folder = Path(os.path.realpath(folder))
    if is_network(place) != is_network(str(folder)):
        return False
    whole = Path(os.path.abspath(user_path(place)))
    if (folder == home or folder in home.parents) and (whole.parent != folder or whole.name.startswith(".")):
        return False
    # By its form first: to follow its links, it must be touched.
    if not _below(whole, folder) and not _below(whole, Path(os.path.abspath(folder))):
        return False
    return _below(Path(os.path.realpath(whole)), folder)


def _below(path: PurePath, folder: PurePath) -> bool:
    return path == folder or folder in path.parents


def _mounts() -> list[tuple[str, str]]:
    """Folders at which file systems are mounted, with their kinds; none where the system does not tell."""
    if sys.platform != "linux":
        return []
    try:
        text = Path(_MOUNTS).read_text(errors="replace")
    except OSError:
        return []
    rows = [line.split(" ") for line in text.splitlines()]
    return [(row[1].replace("\\040", " "), row[2]) for row in rows if len(row) > 2]
