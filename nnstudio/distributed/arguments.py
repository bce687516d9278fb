"""Arguments of `python -m nnstudio.distributed`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NoReturn

from nnstudio.cli_arguments import declare_file, declare_log_dir, seconds, whole_number

PROGRAM = "nnstudio.distributed"
HOW = "torchrun --standalone --nproc-per-node 2 -m nnstudio.distributed FILE"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see python -m {PROGRAM} --help)\n")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line. Exits with 2 if it is wrong."""
    parser = _Parser(
        PROGRAM,
        usage=HOW.replace("2", "N").replace("FILE", "[OPTIONS] FILE"),
        description="Train one project by several processes, on one machine or many, with PyTorch's "
        "DistributedDataParallel. Each batch is divided between the processes, so that the result is that of one. "
        "The result is saved into the project, and opens in the window.",
        epilog="On several machines, run on each: torchrun --nnodes M --nproc-per-node N --rdzv-backend c10d "
        "--rdzv-endpoint FIRST:29400 --max-restarts 3 -m nnstudio.distributed FILE; FILE and its data must lie at the "
        "same place on all of them.",
    )
    declare_file(parser)
    parser.add_argument(
        "--epochs", type=whole_number, metavar="N", help="number of further epochs (default: as set in the project)"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to save (default: the project itself)")
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="cpu, or cuda with a GPU a process (default: cpu)"
    )
    parser.add_argument(
        "--checkpoint",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="write a checkpoint that often, from which a killed training goes on (default: 30; 0: after each step)",
    )
    parser.add_argument(
        "--checkpoints",
        metavar="DIR",
        help="folder for checkpoints, which all machines see (default: FILE.checkpoints beside the result)",
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=600.0,
        metavar="SECONDS",
        help="how long the processes wait for each other (default: 600)",
    )
    declare_log_dir(parser)
    return parser.parse_args(arguments)
