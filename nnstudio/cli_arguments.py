"""Arguments of the command line's commands, as argparse declares them."""

from __future__ import annotations

import argparse

from engine.data.formats import either, input_endings, supported
from nnstudio.cli_data import declare_allow_outside, declare_columns


def whole_number(text: str) -> int:
    """Number of epochs, runs or the like. Raises ArgumentTypeError."""
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 10_000_000:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 or more, found {text!r:.40}")
    return number


def seconds(text: str) -> float:
    """Number of seconds, as argparse takes it from the command line."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1e9:
        raise argparse.ArgumentTypeError(f"expected a number of seconds, 0 or more, found {text!r:.40}")
    return number


def declare_new(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio new`."""
    parser.add_argument("template", nargs="?", metavar="TEMPLATE", help="name of the template; see --list")
    parser.add_argument("-o", "--output", metavar="FILE", help="project to write (default: TEMPLATE.nnstudio)")
    parser.add_argument("--data", metavar="PATH", help=f"data of the project instead of the template's: {supported()}")
    declare_columns(parser)
    declare_leave_out(parser)
    parser.add_argument("--list", action="store_true", help="show the templates")


def declare_leave_out(parser: argparse.ArgumentParser) -> None:
    """Option for folders with files that cannot be read."""
    parser.add_argument(
        "--leave-out",
        action="store_true",
        help="leave out pictures of a folder that cannot be read, instead of refusing the folder",
    )


def declare_file(parser: argparse.ArgumentParser) -> None:
    """The project that a command works on."""
    parser.add_argument("file", metavar="FILE", help="a .nnstudio project")
    declare_allow_outside(parser)


def declare_train(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio train`."""
    declare_file(parser)
    parser.add_argument(
        "--epochs", type=whole_number, metavar="N", help="number of further epochs (default: as set in the project)"
    )
    parser.add_argument("--data", metavar="PATH", help=f"train on {supported()}; the project keeps this setting")
    declare_columns(parser)
    declare_leave_out(parser)
    parser.add_argument(
        "--seeds",
        type=whole_number,
        metavar="N",
        help="train N runs from the beginning, with the seeds that follow; each becomes a run of the project",
    )
    declare_computing(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to save (default: the project itself)")
    parser.add_argument(
        "--checkpoint",
        type=seconds,
        default=30.0,
        metavar="SECONDS",
        help="save that often on the way, so that a training that is killed goes on from there (default: 30)",
    )
    declare_log_dir(parser)


def declare_log_dir(parser: argparse.ArgumentParser) -> None:
    """Option for the curves as files."""
    parser.add_argument(
        "--log-dir",
        metavar="DIR",
        help="write the curves to this folder while training: as CSV, and for TensorBoard if tensorboardX is installed",
    )


def declare_computing(parser: argparse.ArgumentParser) -> None:
    """Options of what computes the network; the project keeps its own choice."""
    parser.add_argument(
        "--engine",
        choices=("numpy", "torch"),
        help="compute with this engine, or with PyTorch (default: as set in the project)",
    )
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), help="where PyTorch computes (default: cpu)")
    parser.add_argument(
        "--mixed-precision",
        nargs="?",
        const="bfloat16",
        choices=("none", "bfloat16", "float16"),
        help="compute products in 16 bits, with PyTorch",
    )
    parser.add_argument(
        "--compile", dest="compiled", action="store_true", default=None, help="compile the network, with PyTorch"
    )


def declare_evaluate(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio evaluate`."""
    declare_file(parser)
    parser.add_argument("--run", dest="kept", metavar="NAME", help="evaluate a run of the project; see nnstudio runs")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--data", metavar="PATH", help=f"evaluate on {supported()}")
    which.add_argument(
        "--part",
        "--on",
        choices=("train", "validation", "test"),
        help="part of the project's own data (default: test, else validation, else all)",
    )
    declare_leave_out(parser)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument(
        "--report",
        type=_html,
        metavar="OUT.html",
        help="also write a page with curves, confusion or residuals, calibration and the most wrong samples",
    )


def _html(text: str) -> str:
    # Any other name may be that of the project, or of the data.
    if not text.lower().endswith((".html", ".htm")):
        raise argparse.ArgumentTypeError(f"expected a file that ends in .html, found {text!r:.40}")
    return text


def declare_predict(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio predict`."""
    declare_file(parser)
    files = f"a file that ends in {either(input_endings())}"
    parser.add_argument("input", metavar="INPUT", help=f'{files}, or numbers: "0,1" or "0,1; 1,1"')
    parser.add_argument("-o", "--output", metavar="OUT", help="table to write, as CSV: a row for each sample")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def declare_export(parser: argparse.ArgumentParser) -> None:
    """Arguments of `nnstudio export`, which follow from the registered exporters."""
    from engine.declared import describe
    from nnstudio.export.registry import EXPORTERS

    declare_file(parser)
    formats = []
    for name, kind in EXPORTERS.items():
        options = ", ".join(field.name for field in describe(kind))
        formats.append(f"{name} ({kind.title.partition(': ')[2]}{'; options: ' if options else ''}{options})")
    parser.add_argument(
        "--to",
        required=True,
        choices=list(EXPORTERS),
        metavar="FORMAT",
        help=f"one of {', '.join(formats)}".replace("%", "%%"),
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="file to write (default: FILE with the format's ending)")
    parser.add_argument(
        "--set", action="append", type=_setting, metavar="OPTION=VALUE", help="an option of the format; may be repeated"
    )


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise argparse.ArgumentTypeError(f"expected OPTION=VALUE, found {text!r:.40}")
    return name, value
