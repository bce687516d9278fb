"""The commands that take in what other tools have made: networks, and weights."""

from __future__ import annotations

import argparse
import os
import sys

from engine.errors import SpecError
from engine.importing import NoBlockError
from engine.importing.weights import WEIGHT_ENDINGS


def declare_import(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio import`."""
    parser.add_argument(
        "file", metavar="NETWORK", help=f"an .onnx file; with --into, weights ({', '.join(WEIGHT_ENDINGS)})"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="project to write (default: NETWORK.nnstudio, or that of --into)"
    )
    parser.add_argument(
        "--into", metavar="FILE", help="put weights into the network of this project, by name and shape"
    )
    parser.add_argument(
        "--until", metavar="NAME", help="end the network after this node or tensor of the file, and leave out the rest"
    )
    parser.add_argument("--freeze", action="store_true", help="freeze all imported blocks, so that they do not train")


def run_import(options: argparse.Namespace) -> int:
    """Make a project of a network's file. Returns the exit code; raises EngineError."""
    from nnstudio.document import edits
    from nnstudio.project.network_import import import_project, project_name
    from nnstudio.project.project_file import check_target, save

    if options.into is not None:
        return _into(options)
    target = options.output or project_name(options.file)
    if options.output is None and os.path.exists(target):
        raise SpecError(f"{target} already exists; to replace it, or to choose another name, use -o FILE")
    check_target(target)
    try:
        project = import_project(options.file, options.until)
    except NoBlockError as error:
        way_out = f" To import up to there, add: --until {error.until!r}" if error.until else ""
        raise SpecError(f"{error.message}{way_out}", where=error.where) from None
    if options.freeze:
        names = [name.rpartition(".")[0] for name in project.checkpoint.weights]
        project = type(project)(edits.set_frozen(project.document, True, *dict.fromkeys(names)), project.checkpoint)
    save(project, target)
    blocks = len(project.document.blocks)
    numbers = sum(array.size for array in project.checkpoint.weights.values())
    print(f"imported {blocks} blocks with {numbers:,} weights as {target}")
    print(f"choose its data with: nnstudio train {target} --data PATH, or in the window", file=sys.stderr)
    return 0


def _into(options: argparse.Namespace) -> int:
    """Put weights into a project."""
    from nnstudio.project.network_import import with_weights
    from nnstudio.project.project_file import check_target, load, save

    target = options.output or options.into
    project = load(options.into)
    check_target(target)
    made, report = with_weights(project, options.file)
    save(made, target)
    print(report)
    print(f"saved to {target}")
    return 0
