"""Download data files: resume, verify their checksums, cache them.

A file that cannot be had is reported in a plain sentence that says why.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import DataError

if TYPE_CHECKING:
    import requests

_LOG = logging.getLogger(__name__)
# Seconds to wait for a server's answer, and for each further piece of a file.
_PATIENCE = 20
# How often a connection that breaks is taken up again within one download, as long as each brings something.
_RESUMPTIONS = 5
_PIECE = 1 << 14  # bytes; what has arrived of one is lost where the connection breaks
# No other connections are made, not even where a server redirects to one.
_SCHEMES = ("https://",)
_PARTIAL = 206
_BEYOND_THE_END = 416
_FULL = (errno.ENOSPC, errno.EDQUOT)

# One download of a file at a time: a cancelled one may still wait for its server when the next is asked for.
_BUSY: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)

Received = Callable[[int], None]


def fetch(address: str, checksum: str, folder: Path, name: str, received: Received = lambda _: None) -> Path:
    """Download a file into a folder under this name, unless it is there. Returns its path.

    `checksum` is the SHA-256 that its bytes must have; others are not kept. `received` is called with the bytes that
    have arrived, again and again; an exception that it raises cancels the download. What has arrived of a file that was
    cancelled or cut off is kept as NAME.part, and the next download goes on from there.

    Raises DataError: one plain sentence, while the messages of the libraries are logged.
    """
    with _BUSY[(folder / name).absolute()]:
        return _fetch(address, checksum, folder, name, received)


def _fetch(address: str, checksum: str, folder: Path, name: str, received: Received) -> Path:
    import requests

    path, part = folder / name, folder / f"{name}.part"
    try:
        if _digest(path) == checksum:
            return path
        folder.mkdir(parents=True, exist_ok=True)
        resumed = part.exists()
        with _session() as session:
            _fill(session, address, part, received)
            if _digest(part) != checksum and resumed:
                # What was there may have been of another version of the file.
                part.unlink()
                _fill(session, address, part, received)
        if _digest(part) != checksum:
            part.unlink()
            _LOG.warning("%s was not kept: it has another checksum than %s", address, checksum)
            raise DataError(f"{name} arrived damaged and was not kept.")
        os.replace(part, path)
    except requests.RequestException as error:
        _LOG.warning("%s could not be fetched: %s", address, error)
        if error.response is not None:
            error.response.close()
        raise DataError(_refusal(error, urlsplit(address).hostname or address, name)) from None
    except OSError as error:
        _LOG.warning("%s could not be kept in %s: %s", name, folder, error)
        raise DataError(_obstacle(error, folder, name)) from None
    return path


def _session() -> requests.Session:
    import requests

    session = requests.Session()
    for prefix in [prefix for prefix in session.adapters if prefix not in _SCHEMES]:
        del session.adapters[prefix]
    # Else a file that is an archive itself might be unpacked on the way.
    session.headers["Accept-Encoding"] = "identity"
    return session


def _fill(session: requests.Session, address: str, part: Path, received: Received) -> None:
    """Receive all that is missing of a file, over as many connections as it takes."""
    import requests

    for attempt in range(_RESUMPTIONS + 1):
        before = _size(part)
        try:
            _receive(session, address, part, received)
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            if attempt == _RESUMPTIONS or _size(part) <= before:
                raise
            _LOG.info("%s broke off after %d bytes, and is taken up again: %s", address, _size(part), error)
        else:
            return


def _receive(session: requests.Session, address: str, part: Path, received: Received) -> None:
    """Receive a file over one connection, from where an earlier one broke off."""
    start = _size(part)
    headers = {"Range": f"bytes={start}-"} if start else {}
    with session.get(address, headers=headers, stream=True, timeout=_PATIENCE) as response:
        if start and response.status_code == _BEYOND_THE_END:
            return  # all of it is there; its checksum tells
        response.raise_for_status()
        # A server that knows no ranges sends the file from its beginning.
        goes_on = response.status_code == _PARTIAL and response.headers.get("Content-Range", "").startswith(
            f"bytes {start}-"
        )
        with part.open("ab" if goes_on else "wb") as file:
            done = start if goes_on else 0
            received(done)
            for piece in response.iter_content(_PIECE):
                file.write(piece)
                done += len(piece)
                received(done)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path) -> str:
    """SHA-256 of a file; "" where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refusal(error: Exception, server: str, name: str) -> str:
    """Reason why a server, or the network, gave no file.

    Most specific first: some of these errors are subclasses of others.
    """
    import requests

    match error:
        case requests.HTTPError() if error.response is not None:
            code = error.response.status_code
            if code in (404, 410):
                return f"The server {server} no longer has {name} (error {code})."
            if code >= 500:
                return f"The server {server} has a problem (error {code}); try again later."
            return f"The server {server} did not deliver {name} (error {code})."
        case requests.exceptions.InvalidSchema() | requests.exceptions.MissingSchema():
            return f"The server {server} asks for a connection that is not encrypted; nothing was fetched."
        case requests.exceptions.ProxyError():
            return "The proxy of this network refused the connection; check the proxy settings."
        case requests.exceptions.SSLError():
            return f"The connection to {server} is not secure; check the clock of this computer."
        case requests.Timeout():
            return f"The server {server} did not answer in time; it may be busy, or the connection slow."
        case requests.exceptions.ChunkedEncodingError():
            return f"The connection was lost while {name} was downloaded; what has arrived is kept."
        case requests.ConnectionError():
            # A file that stops arriving is reported as a connection that failed, not as one that took too long.
            if "Read timed out" in str(error):
                return f"The connection stalled while {name} was downloaded; what has arrived is kept."
            return f"No connection to {server}; check that this computer is online."
        case _:
            return f"{name} could not be downloaded from {server}."


def _obstacle(error: OSError, folder: Path, name: str) -> str:
    """Reason why a file could not be saved on this computer."""
    if error.errno in _FULL:
        return f"The disk is full: there is no room for {name} in {folder}."
    if isinstance(error, PermissionError) or error.errno in (errno.EACCES, errno.EROFS):
        return f"The folder {folder} is not writable."
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"Nothing can be saved in {folder}: part of that path is a file, not a folder."
    return f"{name} could not be saved in {folder} ({error.strerror or 'unknown reason'})."
