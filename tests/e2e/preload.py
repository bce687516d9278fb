"""Program that has imported the studio and forks for every start.

Two of three seconds of processor time that a start takes are imports. Each test still gets a process of its own: it is
forked before there is an application, a thread or a setting, and takes over arguments, environment and streams.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
_LONGEST: Final = 1 << 20


class Preload:
    """The forking program, seen from the tests. One for each test process; nothing is shared between two of them."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.preload", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=ROOT,
            )

    def start(self, arguments: list[str], environment: dict[str, str], streams: list[int]) -> Program:
        """Start the studio; `streams` are its standard input, output and error."""
        answer = self._ask({"arguments": arguments, "environment": environment}, streams)
        return Program(self, answer["pid"])

    def poll(self, pid: int) -> int | None:
        """Exit status of a program, negative for a signal; None while it runs."""
        status: int | None = self._ask({"poll": pid})["status"]
        return status

    def _ask(self, question: dict[str, Any], streams: list[int] | None = None) -> dict[str, Any]:
        socket.send_fds(self._socket, [json.dumps(question).encode()], streams or [])
        answer = self._socket.recv(_LONGEST)
        assert answer, "the preloaded program has ended; what it wrote stands above"
        made: dict[str, Any] = json.loads(answer)
        return made

    def close(self) -> None:
        self._socket.close()
        self._process.wait(timeout=60)


class Program:
    """One running studio, with the methods of `subprocess.Popen` that are needed."""

    def __init__(self, preload: Preload, pid: int) -> None:
        self._preload, self.pid = preload, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._preload.poll(self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        end = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("studio", timeout)
            time.sleep(0.02)
        return status

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        # Until it is polled, its number belongs to no other process.
        if self.poll() is None:
            os.kill(self.pid, number)


def serve(number: int) -> None:
    """Answer questions until the tests have gone. Returns in every child, which is to become the program."""
    with socket.socket(fileno=number) as tests:
        while True:
            text, streams, _, _ = socket.recv_fds(tests, _LONGEST, 3)
            if not text:
                sys.exit()
            question = json.loads(text)
            if "poll" in question:
                found, status = os.waitpid(question["poll"], os.WNOHANG)
                answer: dict[str, Any] = {"status": os.waitstatus_to_exitcode(status) if found else None}
            else:
                pid = os.fork()
                if not pid:
                    break
                answer = {"pid": pid}
                for stream in streams:
                    os.close(stream)
            tests.send(json.dumps(answer).encode())
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    os.environ.clear()
    os.environ.update(question["environment"])
    sys.argv = ["studio", *question["arguments"]]


if __name__ == "__main__":
    from tests.e2e import driver

    # Whoever runs the tests under nohup ignores it, and the programs would do so, too.
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    serve(int(sys.argv[1]))
    sys.exit(driver.main())
