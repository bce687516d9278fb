"""Local server for tests of downloads: it answers as the path says, and may break off in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class DownloadServer:
    """A server, with what it has and what it was asked for.

    Attributes:
        address: of the server, without a slash at its end.
        files: contents by name.
        most: bytes that it sends over one connection before it breaks off; None for all.
        ranges: it knows ranges, so that a download can be resumed.
        asked: name and Range header ("" for none) of each request.
        patience: set to let it stop waiting.
    """

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    most: int | None = None
    ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    patience: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    """Gives a file, or what the mood in the path says: /404 that error, /mute/NAME nothing for long, ..."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        state: DownloadServer = self.server.state  # type: ignore[attr-defined]
        *moods, name = urlsplit(self.path).path.strip("/").split("/")
        asked = self.headers.get("Range", "")
        state.asked.append((name, asked))
        if name.isdecimal():
            self.send_error(int(name))
            return
        if "elsewhere" in moods:
            self.send_response(302)
            self.send_header("Location", f"https://127.0.0.1/{name}")
            self.end_headers()
            return
        if "mute" in moods:
            state.patience.wait(5)
        body = state.files[name]
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and state.ranges else 0
        if start and start >= len(body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest[: state.most])
        self.wfile.flush()
        if "stalls" in moods:
            state.patience.wait(5)


@contextmanager
def serving() -> Iterator[DownloadServer]:
    """A server on this computer, for as long as the context lasts."""
    state = DownloadServer()
    made = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made.state = state  # type: ignore[attr-defined]
    state.address = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.patience.set()
        made.shutdown()
        thread.join()
        made.server_close()
