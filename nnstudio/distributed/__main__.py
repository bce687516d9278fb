"""`torchrun --nproc-per-node N -m nnstudio.distributed FILE`: a project trained by N processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from engine.backends.numpy import threads
from engine.data import WithheldDataError
from engine.errors import DivergedError, EngineError
from nnstudio.distributed.arguments import HOW, PROGRAM, parse

if TYPE_CHECKING:
    from nnstudio.distributed.group import Group

_DONE, _FAILED = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return the exit code: 0 success, 2 wrong usage, 1 other errors."""
    try:
        options = parse(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else _FAILED
    # Until they have met, torchrun's number must do.
    leads = os.environ.get("RANK", "0") == "0"
    try:
        # PyTorch may be missing, and takes seconds to load.
        from nnstudio.distributed import backend
        from nnstudio.distributed.group import Group, ToldElsewhereError
        from nnstudio.distributed.training import train
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "torch":
            raise
        return _fail("PyTorch is not installed, which trains here: pip install 'nnstudio[torch]'")
    except KeyboardInterrupt:
        return _fail("interrupted") if leads else _FAILED
    try:
        with Group(options.device, options.timeout) as group:
            leads = group.leads
            threads.use(max(threads.available() // group.local_size, 1))
            backend.use(group)
            tell = _teller(group)
            if group.started_alone:
                tell(f"trains as one process; several do by: {HOW}")
            last = train(options, group, tell)
            if leads:
                print(last, flush=True)
    except KeyboardInterrupt:
        return _fail("interrupted") if leads else _FAILED
    except WithheldDataError as error:
        return _fail(f"{error.message} To allow it, pass --allow-outside.")
    except DivergedError as error:
        # All have found it.
        return _fail(str(error)) if leads else _FAILED
    except ToldElsewhereError:
        return _FAILED
    except EngineError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename + ': ' if error.filename else ''}{error.strerror or error}")
    return _DONE


def _teller(group: Group) -> Callable[[str], None]:
    """Function that prints sentences of the leading process."""

    def tell(sentence: str) -> None:
        if group.leads:
            print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)

    return tell


def _fail(sentence: str) -> int:
    print(f"{PROGRAM}: {' '.join(sentence.split())}", file=sys.stderr, flush=True)
    return _FAILED


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Threads of PyTorch may wait for processes that are gone.
    os._exit(code)
