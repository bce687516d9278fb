"""Headlines of docstrings: short, and with the subject first.

A headline is the first line of a docstring; of a module's, the part before its first colon or full stop counts.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import engine
import nnstudio

ROOT = Path(__file__).parents[1]
ROOMS = ("engine", "nnstudio", "resources", "tests")
MOST_WORDS = 12
MOST_CHARACTERS = 120
# What follows such a word is a riddle until the sentence is over.
RIDDLE = re.compile(r"(What|Where|How|Whether|Why|Which|All that)\b")
END = re.compile(r"[:.](?=\s|$)")
Definition = ast.ClassDef | ast.FunctionDef


def definitions(node: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Public classes, functions and methods, with their qualified names."""
    for child in node.body:
        if isinstance(child, Definition) and not child.name.startswith("_"):
            yield prefix + child.name, child
            if isinstance(child, ast.ClassDef):
                yield from definitions(child, f"{prefix}{child.name}.")


def headline_faults(text: str) -> list[str]:
    first, *rest = text.split("\n")
    faults = ["begins with a riddle"] if RIDDLE.match(first) else []
    if len(first) > MOST_CHARACTERS:
        faults.append(f"has {len(first)} characters")
    if rest and rest[0].strip():
        faults.append("runs over one line")
    return faults


def module_faults(source: str) -> list[str]:
    """Faults of a module's own headline."""
    text = ast.get_docstring(ast.parse(source))
    if text is None:
        return ["has no docstring"]
    words = len(END.split(text.split("\n")[0])[0].split())
    return headline_faults(text) + ([f"has {words} words"] if words > MOST_WORDS else [])


def definition_faults(source: str) -> list[str]:
    """Faults of the headlines of what a module defines."""
    return [
        f"{name} {fault}"
        for name, node in definitions(ast.parse(source))
        for fault in headline_faults(ast.get_docstring(node) or "")
    ]


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def told(path: Path, faults: list[str]) -> list[str]:
    return [f"{path.relative_to(ROOT)}: {fault}" for fault in faults]


# Source that exporters copy into what they write, which chooses the back end of Keras before it imports it.
COPIED = "engine.export.library.keras"


def extras() -> set[str]:
    """Names by which the optional packages are imported, as far as they are those of their distributions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [line for group in project["optional-dependencies"].values() for line in group]
    return {re.split(r"[\[<>=~!]", line)[0].lower() for line in wanted}


def modules(package: ModuleType) -> Iterator[ModuleType]:
    """All modules of a package that can be imported with what is installed."""
    yield package
    paths = [Path(path) for path in package.__path__]
    for path in sorted(path for folder in paths for path in folder.rglob("*.py") if path.stem != "__main__"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if name.startswith(COPIED):
            continue
        try:
            yield importlib.import_module(name)
        except ModuleNotFoundError as missing:
            if str(missing.name).partition(".")[0].lower() not in extras():
                raise


def lacking(module: ModuleType) -> Iterator[str]:
    """Public names of a module without a docstring; a method that overrides another has that one's."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(value) and not value.__doc__:
            yield f"{module.__name__}.{name}"
        if inspect.isclass(value):
            # A dataclass without a docstring gets its signature as one.
            if not value.__doc__ or value.__doc__.startswith(f"{name}("):
                yield f"{module.__name__}.{name}"
            yield from (f"{module.__name__}.{method}" for method in lacking_methods(value))


def lacking_methods(kind: type) -> Iterator[str]:
    """Those of a protocol are described where they are implemented."""
    if getattr(kind, "_is_protocol", False):
        return
    for name, value in vars(kind).items():
        function = inspect.unwrap(value.fget) if isinstance(value, property) and value.fget is not None else value
        function = getattr(function, "__func__", getattr(function, "func", function))
        own = inspect.isfunction(function) and function.__qualname__ == f"{kind.__qualname__}.{name}"
        overrides = any(name in vars(base) for base in kind.__mro__[1:])
        if own and not name.startswith("_") and not overrides and not function.__doc__:
            yield f"{kind.__name__}.{name}"


def test_every_module_begins_with_a_short_headline() -> None:
    found = [line for path in sources(*ROOMS) for line in told(path, module_faults(path.read_text(encoding="utf-8")))]
    assert not found, "\n".join(found)


def test_headlines_of_what_is_public_name_their_subject_first() -> None:
    found = [
        line
        for path in sources("engine", "nnstudio")
        for line in told(path, definition_faults(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("package", [engine, nnstudio])
def test_everything_public_has_a_docstring(package: ModuleType) -> None:
    found = [name for module in modules(package) for name in lacking(module)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("x = 1", ["has no docstring"]),
        ('"""What a rule looks at."""', ["begins with a riddle"]),
        ('"""Whatever it takes."""', []),
        (f'"""{" ".join(["word"] * 13)}."""', ["has 13 words"]),
        (f'"""{" ".join(["word"] * 12)}: and so on, for as long as the line is."""', []),
        ('"""A headline\nof two lines."""', ["runs over one line"]),
        (f'"""{"x" * 121}."""', ["has 122 characters"]),
    ],
)
def test_a_poor_headline_is_found(source: str, faults: list[str]) -> None:
    assert module_faults(source) == faults


def test_poor_headlines_are_found_wherever_they_stand() -> None:
    source = (
        'class A:\n    """Where it is."""\n    def f(self):\n        """How."""\n    def _g(self):\n        """Why."""'
    )
    assert definition_faults(source) == ["A begins with a riddle", "A.f begins with a riddle"]


def test_what_lacks_a_docstring_is_found() -> None:
    class Base:
        """Base."""

        def known(self) -> None:
            """Return."""

    class Bare(Base):
        def known(self) -> None: ...

        @property
        def value(self) -> int:
            return 1

    assert list(lacking_methods(Bare)) == ["Bare.value"]
