"""Releases: data sets that are downloaded on request, as their authors publish them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.data import DATASETS, Dataset, Progress, Release, fetching
from engine.data.release import RemoteFile
from engine.errors import DataError
from tests.engine.download_server import DownloadServer, serving

RELEASED = {name: kind for name, kind in DATASETS.items() if kind.release is not None}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadServer]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(fetching, "_SCHEMES", ("http://",))
    with serving() as made:
        yield made


def released(server: DownloadServer, members: tuple[str, ...] = (), **files: bytes) -> Release:
    """A release of these files, which the server has."""
    server.files = {f"{name}.gz": data for name, data in files.items()}
    described = tuple(
        RemoteFile(name, len(data), hashlib.sha256(data).hexdigest(), members) for name, data in server.files.items()
    )
    return Release("test", f"{server.address}/", described)


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, data in members.items():
            made.writestr(f"deep/{name}.gz", data)
    return buffer.getvalue()


def test_files_are_fetched_told_of_and_kept(server: DownloadServer, tmp_path: Path) -> None:
    release = released(server, a=b"first", b=bytes(100_000))
    told: list[Progress] = []
    assert release.download(tmp_path, told.append) == tmp_path
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == server.files
    assert [progress.received for progress in told] == sorted(progress.received for progress in told)
    assert told[0] == Progress("a.gz", 0, 100_005)
    assert told[-1] == Progress("b.gz", 100_005, 100_005)
    server.asked.clear()
    release.download(tmp_path)
    assert server.asked == []  # all is there


def test_an_interrupted_release_goes_on(server: DownloadServer, tmp_path: Path) -> None:
    release = released(server, a=b"first", b=bytes(range(250)) * 800)

    def cancel(progress: Progress) -> None:
        if progress.received > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        release.download(tmp_path, cancel)
    kept = (tmp_path / "b.gz.part").stat().st_size
    server.asked.clear()
    release.download(tmp_path)
    assert server.asked == [("b.gz", f"bytes={kept}-")]
    assert (tmp_path / "b.gz").read_bytes() == server.files["b.gz"]


def test_members_are_taken_out_of_an_archive(server: DownloadServer, tmp_path: Path) -> None:
    release = released(server, ("deep/x.gz", "deep/y.gz"), all=archive(x=b"one", y=b"two", z=b"not wanted"))
    release.download(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x.gz": b"one", "y.gz": b"two"}
    server.asked.clear()
    release.download(tmp_path)
    assert server.asked == []
    (tmp_path / "x.gz").unlink()
    release.download(tmp_path)
    assert (tmp_path / "x.gz").read_bytes() == b"one"


@pytest.mark.parametrize("body", [b"no archive at all", archive(x=b"one")])
def test_an_archive_without_the_members(server: DownloadServer, tmp_path: Path, body: bytes) -> None:
    release = released(server, ("deep/x.gz", "deep/y.gz"), all=body)
    with pytest.raises(DataError, match=r"all\.gz could not be unpacked"):
        release.download(tmp_path)


def test_what_can_be_done_without_a_connection(tmp_path: Path) -> None:
    for kind in RELEASED.values():
        assert kind.release is not None
        host = urlsplit(kind.release.address).hostname
        release = Release("test", "https://nowhere.invalid/", kind.release.files)
        with pytest.raises(DataError) as caught:
            release.download(tmp_path)
        sentence = caught.value.message
        assert sentence.startswith("No connection to nowhere.invalid; check that this computer is online. Or fetch ")
        assert "on another computer" in sentence
        assert sentence.endswith("folder." if not release.files[0].members else "its files.")
        assert host != "nowhere.invalid"


@pytest.mark.parametrize("kind", RELEASED.values(), ids=RELEASED)
class TestEveryRelease:
    def test_is_declared_in_full(self, kind: type[Dataset]) -> None:
        release = kind.release
        assert release is not None
        assert release.address.startswith("https://")
        assert release.address.endswith("/")
        for file in release.files:
            assert len(bytes.fromhex(file.checksum)) == 32
            assert 0 < file.size < fetching_limit()
        assert kind().download_size == f"{release.size / 1e6:.0f} MB"  # type: ignore[call-arg]

    def test_leaves_what_the_data_set_reads(self, kind: type[Dataset], tmp_path: Path) -> None:
        """The names of the files that a download leaves are those that are looked for."""
        assert kind.release is not None
        for file in kind.release.files:
            for name in file.kept:
                (tmp_path / name).write_bytes(b"")
        for part in ("train", "test"):
            dataset = kind(folder=str(tmp_path), part=part)  # type: ignore[call-arg]
            assert all(path.parent == tmp_path for path in dataset.paths())  # type: ignore[attr-defined]

    def test_has_a_folder_of_its_own(
        self, kind: type[Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("NNSTUDIO_MNIST", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        folders = {other.release.folder for other in RELEASED.values() if other.release is not None}
        assert len(folders) == len(RELEASED)
        assert kind.release is not None
        assert not kind.release.folder.exists()


def fetching_limit() -> int:
    """No file of a release is larger, so that it fits any disk."""
    return 1 << 30
