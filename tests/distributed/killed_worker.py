"""Distributed training of which one process is killed, once.

`torchrun ... -m tests.distributed.killed_worker STEP FILE ...`
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from nnstudio.distributed.__main__ import main
from nnstudio.distributed.trainer import DistributedTrainer


def die_at(step: int) -> None:
    """Let this process end, without a word, when it has computed its share of a step and not yet told of it."""
    filled = DistributedTrainer._filled

    def last(self: DistributedTrainer, chosen: Any) -> Any:
        if self.steps == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return filled(self, chosen)

    DistributedTrainer._filled = last  # type: ignore[method-assign]


if __name__ == "__main__":
    if os.environ["RANK"] == "1" and os.environ["TORCHELASTIC_RESTART_COUNT"] == "0":
        die_at(int(sys.argv[1]))
    code = main(sys.argv[2:])
    sys.stdout.flush()
    os._exit(code)
