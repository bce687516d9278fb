"""Downloads: resumed, verified, over https only; every failure is one plain sentence, library messages are logged."""

from __future__ import annotations

import errno
import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from engine.data import fetching
from engine.data.fetching import fetch
from engine.errors import DataError
from tests.engine.download_server import DownloadServer, serving

BODY = bytes(range(256)) * 1000
PIECE = 1 << 14  # bytes that are written at a time
CHECKSUM = hashlib.sha256(BODY).hexdigest()
# What a person must never have to read.
RAW = ("Errno", "Pool", "Max retries", "urllib", "http://", "https://", "Client Error", "hash", "Exception")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadServer]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "_SCHEMES", ("http://",))
    with serving() as made:
        made.files["a.gz"] = BODY
        yield made


def refusal(address: str, folder: Path, *, kept: int = 0) -> str:
    """The sentence with which a file is not fetched; `kept` bytes of it are left for the next try."""
    with pytest.raises(DataError) as caught:
        fetch(address, CHECKSUM, folder, "a.gz")
    sentence = caught.value.message
    assert sentence.endswith(".")
    assert len(sentence) < 140
    assert not [raw for raw in RAW if raw in sentence], sentence
    left = {path.name: path.stat().st_size for path in folder.iterdir()} if folder.is_dir() else {}
    assert left == ({"a.gz.part": kept} if kept else {})
    return sentence


def test_a_file_is_fetched_once(server: DownloadServer, tmp_path: Path) -> None:
    told: list[int] = []
    path = fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path / "new", "a.gz", told.append)
    assert path == tmp_path / "new" / "a.gz"
    assert path.read_bytes() == BODY
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, len(BODY))
    assert len(told) > 3  # a file is told of piece by piece
    assert [entry.name for entry in path.parent.iterdir()] == ["a.gz"]
    assert fetch("http://nowhere.invalid/a.gz", CHECKSUM, tmp_path / "new", "a.gz") == path


def test_a_damaged_file_in_the_cache_is_fetched_anew(server: DownloadServer, tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(b"half a file of an older version of this program")
    assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY


class TestResuming:
    def test_a_connection_that_breaks_is_taken_up_where_it_broke(self, server: DownloadServer, tmp_path: Path) -> None:
        server.most = 6 * PIECE
        told: list[int] = []
        path = fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz", told.append)
        assert path.read_bytes() == BODY
        assert server.asked == [("a.gz", ""), ("a.gz", "bytes=98304-"), ("a.gz", "bytes=196608-")]
        assert told == sorted(told)  # no byte is fetched twice

    def test_what_an_earlier_try_has_received_is_kept(self, server: DownloadServer, tmp_path: Path) -> None:
        server.most = PIECE
        said = refusal(f"{server.address}/a.gz", tmp_path, kept=6 * PIECE)
        assert said == "The connection was lost while a.gz was downloaded; what has arrived is kept."
        server.asked.clear()
        server.most = None
        assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY
        assert server.asked == [("a.gz", "bytes=98304-")]

    def test_a_server_without_ranges_begins_again(self, server: DownloadServer, tmp_path: Path) -> None:
        server.ranges = False
        (tmp_path / "a.gz.part").write_bytes(BODY[:5000])
        assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY
        assert server.asked == [("a.gz", "bytes=5000-")]

    def test_the_beginning_of_another_version_is_thrown_away(self, server: DownloadServer, tmp_path: Path) -> None:
        (tmp_path / "a.gz.part").write_bytes(b"x" * 5000)
        assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY
        assert server.asked == [("a.gz", "bytes=5000-"), ("a.gz", "")]

    @pytest.mark.parametrize("extra", [0, 10])
    def test_a_part_that_is_whole_already(self, server: DownloadServer, tmp_path: Path, extra: int) -> None:
        (tmp_path / "a.gz.part").write_bytes(BODY + b"x" * extra)
        assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY

    def test_cancelled_in_the_middle_of_a_file(self, server: DownloadServer, tmp_path: Path) -> None:
        class CancelledError(Exception):
            pass

        def cancel(received: int) -> None:
            if received >= 100_000:
                raise CancelledError

        with pytest.raises(CancelledError):
            fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz", cancel)
        kept = (tmp_path / "a.gz.part").stat().st_size
        assert 100_000 <= kept < len(BODY)
        assert fetch(f"{server.address}/a.gz", CHECKSUM, tmp_path, "a.gz").read_bytes() == BODY
        assert server.asked[-1] == ("a.gz", f"bytes={kept}-")


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("404", "The server 127.0.0.1 no longer has a.gz (error 404)."),
            ("403", "The server 127.0.0.1 did not deliver a.gz (error 403)."),
            ("503", "The server 127.0.0.1 has a problem (error 503); try again later."),
            ("mute/a.gz", "The server 127.0.0.1 did not answer in time; it may be busy, or the connection slow."),
        ],
    )
    def test_a_server_that_gives_no_file(
        self, server: DownloadServer, tmp_path: Path, path: str, expected: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_PATIENCE", 0.3)
        assert refusal(f"{server.address}/{path}", tmp_path / "target") == expected

    def test_another_checksum(self, server: DownloadServer, tmp_path: Path) -> None:
        server.files["a.gz"] = BODY[::-1]
        assert refusal(f"{server.address}/a.gz", tmp_path) == "a.gz arrived damaged and was not kept."
        assert len(server.asked) == 1

    def test_a_file_that_stops_arriving(
        self, server: DownloadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_PATIENCE", 0.3)
        monkeypatch.setattr(fetching, "_RESUMPTIONS", 0)
        server.most = PIECE
        said = refusal(f"{server.address}/stalls/a.gz", tmp_path, kept=PIECE)
        assert said == "The connection stalled while a.gz was downloaded; what has arrived is kept."

    def test_no_connection(self, server: DownloadServer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        for host, address in (("nowhere.invalid", "nowhere.invalid"), ("127.0.0.1", f"127.0.0.1:{port}")):
            caplog.clear()
            said = refusal(f"http://{address}/a.gz", tmp_path / "target")
            assert said == f"No connection to {host}; check that this computer is online."
            assert "Max retries" in caplog.text  # for whoever wants to know more

    def test_a_proxy_that_is_not_there(
        self, server: DownloadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        said = refusal("http://nowhere.invalid/a.gz", tmp_path / "target")
        assert said == "The proxy of this network refused the connection; check the proxy settings."

    def test_a_connection_that_is_not_secure(
        self, server: DownloadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_SCHEMES", ("https://",))
        said = refusal(f"{server.address.replace('http', 'https')}/a.gz", tmp_path / "target")
        assert said == "The connection to 127.0.0.1 is not secure; check the clock of this computer."

    def test_no_connection_is_made_that_is_not_encrypted(
        self, server: DownloadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "_SCHEMES", ("https://",))
        said = refusal(f"{server.address}/a.gz", tmp_path / "target")
        assert said == "The server 127.0.0.1 asks for a connection that is not encrypted; nothing was fetched."
        assert server.asked == []

    def test_a_redirection_to_a_forbidden_kind_of_connection(self, server: DownloadServer, tmp_path: Path) -> None:
        """Here, http alone is allowed, and the server sends on to https; the other way round it is the same."""
        said = refusal(f"{server.address}/elsewhere/a.gz", tmp_path / "target")
        assert said == "The server 127.0.0.1 asks for a connection that is not encrypted; nothing was fetched."

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
        self, error: OSError, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(requests.Session, "get", fail)
        monkeypatch.chdir(tmp_path)
        assert refusal("https://nowhere.invalid/a.gz", Path("target")) == expected.format("target")

    def test_a_folder_that_is_a_file(
        self, server: DownloadServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("target").write_text("")
        for folder in (Path("target"), Path("target") / "below"):
            said = refusal(f"{server.address}/a.gz", folder)
            assert said == f"Nothing can be saved in {folder}: part of that path is a file, not a folder."
