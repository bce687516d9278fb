"""Coverage-guided fuzzing: python -m tests.endurance.fuzz --seconds 300

Runs every target of `fuzz_targets`, or those that are named, each in a process of its own. Needs Atheris (extra
`endure`); without it, this says so and ends. What a target must not do, raise anything but an EngineError, ends it: the
input lies in build/fuzz then. `TARGET -- OPTION...` hands options to libFuzzer, such as -merge=1.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[2]
_FOUND: Final = _ROOT / "build" / "fuzz"
_MEMORY: Final = Path("/dev/shm")
NAMES: Final = ("project", "parts", "clipboard", "journal", "tables", "idx", "npz", "formula", "onnx")
# Modules of Python itself that read files, and say which way they went.
_INSTRUMENTED: Final = ["engine", "nnstudio", "zipfile", "gzip", "numpy.lib._format_impl", "numpy.lib.format"]
_LIMITS: Final = ("-max_len=20000", "-timeout=20", "-rss_limit_mb=3000", "-verbosity=0", "-print_final_stats=1")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(NAMES)}; all without one")
    parser.add_argument("--seconds", type=int, default=300, help="for each target")
    parser.add_argument("--inside", metavar="TARGET", choices=NAMES, help=argparse.SUPPRESS)
    own, _, options = _parted(arguments)
    chosen = parser.parse_args(own)
    if importlib.util.find_spec("atheris") is None:
        print("Fuzzing is skipped: it needs Atheris (pip install '.[endure]').")
        return 0
    if chosen.inside:
        return _fuzz(chosen.inside, options)
    failed = [name for name in chosen.targets or NAMES if _run(name, chosen.seconds, options)]
    if failed:
        print(f"Failed: {', '.join(failed)}; the inputs are in {_FOUND}")
    return int(bool(failed))


def _parted(arguments: list[str]) -> tuple[list[str], str, list[str]]:
    if "--" not in arguments:
        return arguments, "", []
    place = arguments.index("--")
    return arguments[:place], "--", arguments[place + 1 :]


def _run(name: str, seconds: int, options: list[str]) -> bool:
    """Fuzzes a target in a process; True if it failed."""
    _FOUND.mkdir(parents=True, exist_ok=True)
    # In memory, where there is such a place; libFuzzer ends without cleaning up.
    with tempfile.TemporaryDirectory(dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None) as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        given = options or [f"-max_total_time={seconds}", f"-artifact_prefix={_FOUND}/{name}-", str(corpus)]
        environment = {
            **os.environ,
            "TMPDIR": folder,
            "XDG_STATE_HOME": folder,
            "XDG_CONFIG_HOME": folder,
            "QT_QPA_PLATFORM": "offscreen",
        }
        command = [sys.executable, "-m", "tests.endurance.fuzz", "--inside", name, "--", *given]
        ended = subprocess.run(command, cwd=_ROOT, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    lines = ended.stderr.splitlines()
    count = next((line.split()[-1] for line in lines if "number_of_executed_units" in line), "?")
    print(f"{name}: {count} inputs in {seconds} s{', FAILED' if ended.returncode else ''}", flush=True)
    if ended.returncode:
        print("\n".join(lines[-40:]))
    return bool(ended.returncode)


def _fuzz(name: str, options: list[str]) -> int:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_INSTRUMENTED):
        targets = importlib.import_module("tests.endurance.fuzz_targets")
    target = targets.TARGETS[name]
    with tempfile.TemporaryDirectory() as seeds:
        for number, seed in enumerate(target.seeds()):
            (Path(seeds) / f"{number}").write_bytes(seed)
        given = [*options] if any(option.startswith("-merge") for option in options) else [*options, seeds]
        if (targets.CORPUS / name).is_dir() and given is not options and seeds in given:
            given.append(str(targets.CORPUS / name))
        atheris.Setup([sys.argv[0], *_LIMITS, *given], target.take)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
