"""Download data files, verify their checksums and cache them.

A file that cannot be had is reported in a plain sentence that says why.
"""

from __future__ import annotations

import errno
import logging
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import DataError

_LOG = logging.getLogger(__name__)
# Seconds to wait for a server's answer, and for each further piece of a file.
_PATIENCE = 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


def fetch(address: str, checksum: str, folder: Path, name: str) -> Path:
    """Download a file into a folder under this name, unless it exists. Returns its path.

    `checksum` is the SHA-256 that its bytes must have; others are not kept. Raises DataError: one plain sentence, while
    the messages of the libraries are logged.
    """
    import pooch
    import requests  # what pooch fetches with

    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(
            address,
            known_hash=f"sha256:{checksum}",
            fname=name,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=_PATIENCE),
        )
    except requests.RequestException as error:
        _LOG.warning("%s could not be fetched: %s", address, error)
        if error.response is not None:
            error.response.close()
        raise DataError(_refusal(error, urlsplit(address).hostname or address, name)) from None
    except OSError as error:
        _LOG.warning("%s could not be kept in %s: %s", name, folder, error)
        raise DataError(_obstacle(error, folder, name)) from None
    except ValueError as error:  # of another checksum
        _LOG.warning("%s was not kept: %s", address, error)
        raise DataError(f"{name} arrived damaged and was not kept.") from None
    return folder / name


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
        case requests.exceptions.ProxyError():
            return "The proxy of this network refused the connection; check the proxy settings."
        case requests.exceptions.SSLError():
            return f"The connection to {server} is not secure; check the clock of this computer."
        case requests.Timeout():
            return f"The server {server} did not answer in time; it may be busy, or the connection slow."
        case requests.exceptions.ChunkedEncodingError():
            return f"The connection was lost while {name} was downloaded."
        case requests.ConnectionError():
            # A file that stops arriving is reported as a connection that failed, not as one that took too long.
            if "Read timed out" in str(error):
                return f"The connection stalled while {name} was downloaded."
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
