"""Releases: data sets as their authors publish them, downloaded on request.

Nothing is fetched unless `Release.download` is called, and then over https only.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from engine.data.fetching import fetch
from engine.errors import DataError

_MEGABYTE = 10**6
_MOST_UNPACKED = 1 << 30  # bytes of one member


@dataclass(frozen=True)
class Progress:
    """Progress of a download: the file that is being fetched, and bytes over all files of its release."""

    name: str
    received: int
    total: int


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class RemoteFile:
    """File of a release.

    Attributes:
        size: in bytes, as it is sent.
        checksum: SHA-256 of these bytes.
        members: files that are taken out of it where it is a zip archive, which then goes; by their paths in it.
    """

    name: str
    size: int
    checksum: str
    members: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the files that it leaves in the folder."""
        return tuple(PurePosixPath(member).name for member in self.members) or (self.name,)


@dataclass(frozen=True)
class Release:
    """Files of a data set at their authors' place.

    Attributes:
        cache: name of their folder in the user's cache.
        address: https address of the folder that has the files.
        variable: environment variable that names another folder than the cache; "" if there is none.
    """

    cache: str
    address: str
    files: tuple[RemoteFile, ...]
    variable: str = ""

    @property
    def size(self) -> int:
        """Bytes to download for all files."""
        return sum(file.size for file in self.files)

    @property
    def size_in_words(self) -> str:
        """Size of the download, such as "12 MB"."""
        return f"{self.size / _MEGABYTE:.0f} MB"

    @property
    def folder(self) -> Path:
        """Folder of the downloaded files; it may not be there yet."""
        named = os.environ.get(self.variable) if self.variable else None
        if named:
            return Path(named)
        import platformdirs

        return Path(platformdirs.user_cache_dir("nnstudio")) / self.cache

    def download(self, folder: Path | None = None, report: Report = lambda _: None) -> Path:
        """Download all files and verify them; those that are there already are kept. Returns the folder.

        `report` is called for each piece that arrives; an exception that it raises cancels the download, and the next
        one goes on from there. Raises DataError: what is in the way, and what can be done instead.
        """
        target = folder or self.folder
        before = 0
        for file in self.files:
            start, name = before, file.name
            before += file.size
            report(Progress(name, start, self.size))
            if file.members and all((target / kept).is_file() for kept in file.kept):
                continue
            try:
                tell = partial(self._tell, report, name, start)
                path = fetch(self.address + name, file.checksum, target, name, tell)
                if file.members:
                    _unpack(path, file.members)
            except DataError as error:
                raise DataError(f"{error.message} {self.advice}") from None
        return target

    def _tell(self, report: Report, name: str, start: int, received: int) -> None:
        report(Progress(name, start + received, self.size))

    @property
    def advice(self) -> str:
        """Sentence on what to do where this computer cannot reach the server."""
        if any(file.members for file in self.files):
            what, folder = f"{self.address}{self.files[0].name}", "unpack it, and choose the folder with its files"
        else:
            what, folder = f"the {len(self.files)} files from {self.address}", "and choose their folder"
        return f"Or fetch {what} on another computer, {folder}."


def _unpack(archive: Path, members: tuple[str, ...]) -> None:
    """Take members out of a zip archive into its folder, and delete it. Raises DataError."""
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in members:
                announced = opened.getinfo(member).file_size
                if announced > _MOST_UNPACKED:
                    raise DataError(f"{archive.name} announces {announced:,} bytes for {member}; too many to unpack.")
                target = archive.with_name(PurePosixPath(member).name)
                part = target.with_name(f"{target.name}.part")
                part.write_bytes(opened.read(member))
                os.replace(part, target)
        archive.unlink()
    except (KeyError, zipfile.BadZipFile, OSError) as error:
        raise DataError(f"{archive.name} could not be unpacked: {error}.") from None
