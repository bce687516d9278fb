"""Command line: train, evaluate, predict, or open the studio."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from engine.data import BrokenFilesError, MissingDataError, WithheldDataError
from engine.errors import EngineError
from nnstudio import (
    __version__,
    cli_arguments,
    cli_data,
    cli_datasets,
    cli_import,
    cli_runs,
    cli_summary,
    cli_sweep,
    cli_train,
)
from nnstudio.cli_words import data_in_words, lacks_data, scores_in_words, tell

if TYPE_CHECKING:
    from nnstudio.headless import Samples, Trained

DONE, FAILED, WRONG_USE = 0, 1, 2

# Modules are imported where a command needs them: the window, and `--help`, are there sooner without.


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage in front of it."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code: 0 success, 2 wrong usage, 1 other errors."""
    _replace_unknown_characters()
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        options = _parse([argument for argument in given if argument != "--debug"])
        options.debug = debug
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _fail("interrupted", debug)
    except WithheldDataError as error:
        return _fail(f"{error.message} To allow it, pass --allow-outside.", debug)
    except MissingDataError as error:
        return _fail(f"{error.message} On the command line, name their place with --data.", debug)
    except BrokenFilesError as error:
        return _fail(f"{error}; on the command line, --leave-out does", debug)
    except EngineError as error:
        return _fail(str(error), debug)
    except OSError as error:
        return _fail(f"{error.filename + ': ' if error.filename else ''}{error.strerror or error}", debug)
    except MemoryError:
        return _fail("there is not enough memory; use fewer samples, or a smaller network", debug)
    except Exception as error:
        return _fail(f"{type(error).__name__}: {error} (this is a bug in nnstudio; --debug shows where)", debug)


def _replace_unknown_characters() -> None:
    """Let the terminal show a question mark for a character that it does not know, as in the name of a class."""
    for stream in (sys.stdout, sys.stderr):
        # Where Python runs without a console, there are none; under a test, they may be of another type.
        if isinstance(stream, io.TextIOWrapper) and stream.errors != "replace":
            stream.reconfigure(errors="replace")


def _fail(sentence: str, debug: bool) -> int:
    if debug:
        raise  # the error that is being handled
    print(f"nnstudio: {' '.join(sentence.split())}", file=sys.stderr)
    return FAILED


def _parse(given: list[str]) -> argparse.Namespace:
    parser = _parser()
    commands = list(_COMMANDS)
    words = [word for word in given if not word.startswith("-")]
    if words and words[0] in commands:
        # Written-out input may start with a minus, which argparse would take for an option.
        return parser.parse_args([f" {word}" if re.match(r"-[\d.]", word) else word for word in given])
    if any(word.startswith("-") for word in given):
        parser.parse_args([word for word in given if word.startswith("-")])
    if len(words) > 1 or (words and not os.path.exists(words[0])):
        parser.error(f"{words[0]!r} is neither a project file nor a command ({', '.join(commands)})")
    return argparse.Namespace(run=_open, file=words[0] if words else None)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nnstudio",
        usage="nnstudio [FILE]\n       nnstudio COMMAND ...",
        description="Drag layers onto a canvas, press play, and watch a neural network learn. "
        "Without a command, opens the window, with the project FILE if one is given.",
    )
    parser.add_argument("--version", action="version", version=f"nnstudio {__version__}")
    parser.add_argument("--debug", action="store_true", help="show where in the program an error occurred")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="nnstudio", parser_class=_Parser)
    for name, (function, sentence, declare) in _COMMANDS.items():
        command = commands.add_parser(name, help=sentence, description=sentence)
        declare(command)
        command.add_argument("--debug", action="store_true", help="show where in the program an error occurred")
        command.set_defaults(run=function)
    return parser


def _open(options: argparse.Namespace) -> int:
    from nnstudio.ui.display_check import obstacle

    found = obstacle()
    if found is None:
        try:
            from nnstudio.app import run
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in ("PySide6", "shiboken6", "pyqtgraph"):
                raise
            found = f"the window needs Qt, which cannot be loaded ({error}); install it with: pip install nnstudio"
        else:
            return run(options.file, debug=options.debug)
    print(f"nnstudio: {found}", file=sys.stderr)
    return FAILED


def _new(options: argparse.Namespace) -> int:
    from nnstudio.project import templates
    from nnstudio.project.project_file import SUFFIX, save
    from nnstudio.training.project import Project

    if options.list:
        for template in templates.TEMPLATES:
            print(f"{template.name:<18} {template.sentence}")
        return DONE
    if options.template is None:
        print("nnstudio new: name a template; --list shows them", file=sys.stderr)
        return WRONG_USE
    if lacks_data(options, "new"):
        return WRONG_USE
    project = templates.load(options.template)
    if options.data is not None:
        from nnstudio import headless

        document = headless.with_data(
            project.document, options.data, options.target, options.ignore, forgiving=options.leave_out
        )
        document = headless.with_fitting_output(document)
        project = Project(document)
        tell(data_in_words(document))
    target = options.output or options.template + SUFFIX
    if options.output is None and os.path.exists(target):
        return _exists(target)
    save(project, target)
    print(f"created {target}; open it with: nnstudio {target}")
    return DONE


def _trained(file: str, path: str | None = None, run: str | None = None, *, allow_outside: bool = False) -> Trained:
    """The trained network of a project. What an older version did not keep of its data is found out once and kept."""
    from nnstudio import headless
    from nnstudio.project.project_file import ProjectError, load, save

    project = cli_runs.with_run(load(file, trusted=allow_outside), run, file)
    project, found = headless.with_preparation(project, file, path)
    dataset = project.document.data.dataset
    if found and run is None and dataset.external and dataset.standardised:
        try:
            save(project, file)
        except ProjectError as error:
            kept = f"could not be kept: {error.message}"
        else:
            kept = "is kept in it from now on"
        tell(
            f"{file} was saved by an older version, without the scale of its data; it was fitted on the data file, "
            f"and {kept}"
        )
    return headless.trained(project, file)


def _evaluate(options: argparse.Namespace) -> int:
    from nnstudio import headless

    model = _trained(options.file, options.data, options.kept, allow_outside=options.allow_outside)
    chosen = headless.samples(model, options.data, options.part, forgiving=options.leave_out)
    scores, samples = headless.scores(model, chosen.data), len(chosen.data)
    for note in chosen.data.notes:
        tell(note)
    if options.report is not None:
        _write_report(options, model, chosen)
    if options.json:
        print(json.dumps({**scores, "samples": samples}))
    else:
        print(f"{scores_in_words(scores)} ({samples} samples)")
    return DONE


def _write_report(options: argparse.Namespace, model: Trained, chosen: Samples) -> None:
    from pathlib import Path

    from nnstudio.export.report import write_report
    from nnstudio.project.project_file import load

    project = cli_runs.with_run(load(options.file, trusted=options.allow_outside), options.kept, options.file)
    write_report(Path(options.file).stem, project, model, chosen, Path(options.report))
    tell(f"wrote {options.report}")


def _predict(options: argparse.Namespace) -> int:
    from nnstudio import headless
    from nnstudio.export.predictions import check_output, write_predictions

    text = options.input.strip()
    if options.output is not None:
        check_output(options.output, text)
    model = _trained(options.file, allow_outside=options.allow_outside)
    inputs = headless.read_inputs(text, model)
    for note in inputs.notes:
        tell(note)
    answers = headless.predict_inputs(model, inputs)
    if options.output is not None:
        write_predictions(answers, inputs.title, model.preparation, options.output)
        count = f"{len(answers) - len(inputs.without):,} predictions"
        print(f"wrote {count} to {options.output}", file=sys.stderr if options.json else None)
    if options.json:
        print(json.dumps(answers))
    if options.json or options.output is not None:
        return DONE
    for answer in answers:
        print(f"{answer['name']}: {_answer_in_words(answer)}" if "name" in answer else _answer_in_words(answer))
    return DONE


def _answer_in_words(answer: Mapping[str, Any]) -> str:
    """Prediction for one sample: its class or labels with all probabilities, or its numbers."""
    if answer["output"] is None:
        return f"no prediction, since {answer['reason']}"
    if "labels" in answer:
        likely = ", ".join(f"{name} {share:.1%}" for name, share in answer["probabilities"].items())
        return f"{', '.join(answer['labels']) or 'none'} ({likely})"
    if "class" not in answer:
        return ", ".join(f"{value:.6g}" for value in answer["output"])
    shares = dict(answer["probabilities"])
    first = f"{answer['class']} {shares.pop(answer['class']):.1%}"
    others = sorted(shares.items(), key=lambda item: -item[1])
    return f"{first} ({', '.join(f'{name} {share:.1%}' for name, share in others)})"


def _export(options: argparse.Namespace) -> int:
    from pathlib import Path

    from nnstudio.export.registry import EXPORTERS, export
    from nnstudio.project.project_file import load

    kind = EXPORTERS[options.to]
    target = options.output or Path(options.file).stem + kind.suffix
    if options.output is None and os.path.exists(target):
        return _exists(target)
    try:
        exporter = kind(**dict(options.set or ()))
    except EngineError as error:
        print(f"nnstudio export: {error}", file=sys.stderr)
        return WRONG_USE
    export(exporter, load(options.file, trusted=options.allow_outside), Path(target))
    print(f"exported {target}")
    return DONE


def _exists(target: str) -> int:
    print(f"nnstudio: {target} already exists; to replace it, or to choose another name, use -o FILE", file=sys.stderr)
    return FAILED


_COMMANDS: dict[str, tuple[Callable[[argparse.Namespace], int], str, Callable[[argparse.ArgumentParser], None]]] = {
    "new": (_new, "create a project from a template", cli_arguments.declare_new),
    "train": (cli_train.run, "train a project without a window; Ctrl-C stops and saves", cli_arguments.declare_train),
    "evaluate": (_evaluate, "loss and accuracy of a trained project", cli_arguments.declare_evaluate),
    "predict": (_predict, "predictions of a trained project for some input", cli_arguments.declare_predict),
    "runs": (cli_runs.run, "the runs of a project, with the settings that differ", cli_runs.declare),
    "sweep": (
        cli_sweep.run,
        "search good settings of a project, trial by trial; the best become runs",
        cli_sweep.declare,
    ),
    "summary": (cli_summary.run, "layers, shapes and parameters of a project", cli_arguments.declare_file),
    "export": (
        _export,
        "write a project in another format: a diagram, or the trained network",
        cli_arguments.declare_export,
    ),
    "import": (
        cli_import.run_import,
        "make a project of another tool's network (.onnx), with its weights",
        cli_import.declare_import,
    ),
    "data": (cli_data.run, "how a table, a folder or a project's data are read", cli_data.declare),
    "datasets": (
        cli_datasets.run,
        "list the data sets with their size, source and licence, or download one",
        cli_datasets.declare,
    ),
}
