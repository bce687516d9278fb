"""`torchrun --nproc-per-node N -m nnstudio.distributed FILE`: a project trained by N processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from engine.backends.numpy import threads
from engine.data import BrokenFilesError, MissingDataError, WithheldDataError
from engine.errors import DivergedError, EngineError
from nnstudio.distributed.arguments import HOW, PROGRAM, parse

_DONE, _FAILED = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return the exit code: 0 success, 2 wrong usage, 1 other errors."""
    options = parse(arguments)
    try:
        from nnstudio.distributed import backend
        from nnstudio.distributed.group import Group, ToldElsewhereError
        from nnstudio.distributed.training import train
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        return _fail("PyTorch is not installed, which trains here: pip install 'nnstudio[torch]'")
    try:
        with Group(options.device, options.timeout) as group:
            threads.use(max(threads.available() // group.local_size, 1))
            backend.use(group)

            def tell(sentence: str) -> None:
                if group.leads:
                    print(f"{PROGRAM}: {sentence}", file=sys.stderr, flush=True)

            if group.started_alone:
                tell(f"trains as one process; several do by: {HOW}")
            last = train(options, group, tell)
            if group.leads:
                print(last, flush=True)
    except ToldElsewhereError:
        return _FAILED
    except DivergedError as error:
        # All have found it.
        return _fail(str(error)) if group.leads else _FAILED
    except WithheldDataError as error:
        return _fail(f"{error.message} To allow it, pass --allow-outside.")
    except MissingDataError as error:
        return _fail(error.message)
    except BrokenFilesError as error:
        return _fail(str(error))
    except EngineError as error:
        return _fail(str(error))
    return _DONE


def _fail(sentence: str) -> int:
    # Of what all processes find, one tells; what one alone finds, it tells.
    print(f"{PROGRAM}: {' '.join(sentence.split())}", file=sys.stderr, flush=True)
    return _FAILED


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Threads of PyTorch may wait for processes that are gone.
    os._exit(code)
