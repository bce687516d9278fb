"""Downloads: every failure is one plain sentence; library messages are logged."""

from __future__ import annotations

import errno
import hashlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch
import pytest

from engine.data import fetching
from engine.data.fetching import fetch
from engine.errors import DataError

BODY = b"twelve bytes"
CHECKSUM = hashlib.sha256(BODY).hexdigest()
# What a person must never have to read.
RAW = ("Errno", "Pool", "Max retries", "urllib", "http://", "https://", "Client Error", "hash", "Exception")


class _Moody(BaseHTTPRequestHandler):
    """Answers as the path says: /whole gives the file, /404 that error, /mute nothing for long, ..."""

    patience = threading.Event()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        mood = self.path.strip("/")
        if mood.isdecimal():
            self.send_error(int(mood))
            return
        if mood == "mute":
            self.patience.wait(5)
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY if mood == "whole" else b"other bytes!" if mood == "other" else BODY[:5])
        self.wfile.flush()
        if mood == "stalls":
            self.patience.wait(5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that answers as the path says."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    _Moody.patience.clear()
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Moody)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    _Moody.patience.set()
    made.shutdown()
    thread.join()
    made.server_close()


def refusal(address: str, folder: Path) -> str:
    """The sentence with which a file is not fetched; nothing of it may be left behind."""
    with pytest.raises(DataError) as caught:
        fetch(address, CHECKSUM, folder, "a.gz")
    sentence = caught.value.message
    assert sentence.endswith(".")
    assert len(sentence) < 140
    assert not [raw for raw in RAW if raw in sentence], sentence
    assert not folder.is_dir() or not list(folder.iterdir())
    return sentence


def test_a_file_is_fetched_once(server: str, tmp_path: Path) -> None:
    path = fetch(f"{server}/whole", CHECKSUM, tmp_path / "new", "a.gz")
    assert path == tmp_path / "new" / "a.gz"
    assert path.read_bytes() == BODY
    assert fetch("http://nowhere.invalid/a.gz", CHECKSUM, tmp_path / "new", "a.gz") == path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("404", "The server 127.0.0.1 no longer has a.gz (error 404)."),
        ("403", "The server 127.0.0.1 did not deliver a.gz (error 403)."),
        ("503", "The server 127.0.0.1 has a problem (error 503); try again later."),
        ("other", "a.gz arrived damaged and was not kept."),
        ("breaks", "The connection was lost while a.gz was downloaded."),
        ("stalls", "The connection stalled while a.gz was downloaded."),
        ("mute", "The server 127.0.0.1 did not answer in time; it may be busy, or the connection slow."),
    ],
)
def test_a_server_that_gives_no_file(
    server: str, tmp_path: Path, path: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PATIENCE", 0.3)
    assert refusal(f"{server}/{path}", tmp_path / "target") == expected


def test_no_connection(server: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for host, address in (("nowhere.invalid", "nowhere.invalid"), ("127.0.0.1", f"127.0.0.1:{port}")):
        caplog.clear()
        said = refusal(f"http://{address}/a.gz", tmp_path / "target")
        assert said == f"No connection to {host}; check that this computer is online."
        assert "Max retries" in caplog.text  # for whoever wants to know more


def test_a_proxy_that_is_not_there(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free.getsockname()[1]}")
    monkeypatch.setenv("no_proxy", "")
    said = refusal("http://nowhere.invalid/a.gz", tmp_path / "target")
    assert said == "The proxy of this network refused the connection; check the proxy settings."


def test_a_connection_that_is_not_secure(server: str, tmp_path: Path) -> None:
    said = refusal(f"{server.replace('http', 'https')}/whole", tmp_path / "target")
    assert said == "The connection to 127.0.0.1 is not secure; check the clock of this computer."


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: there is no room for a.gz in {}."),
        (OSError(errno.EROFS, "Read-only file system"), "The folder {} is not writable."),
        (PermissionError(errno.EACCES, "Permission denied"), "The folder {} is not writable."),
        (OSError(errno.EIO, "Input/output error"), "a.gz could not be saved in {} (Input/output error)."),
    ],
    ids=["full", "read-only", "forbidden", "broken"],
)
def test_a_file_that_cannot_be_kept(
    error: OSError, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", fail)
    monkeypatch.chdir(tmp_path)
    assert refusal("http://nowhere.invalid/a.gz", Path("target")) == expected.format("target")


def test_a_folder_that_is_a_file(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("target").write_text("")
    for folder in (Path("target"), Path("target") / "below"):
        said = refusal(f"{server}/whole", folder)
        assert said == f"Nothing can be saved in {folder}: part of that path is a file, not a folder."
