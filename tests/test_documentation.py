"""Documentation: the files, members and pages it names exist."""

from __future__ import annotations

import ast
import fnmatch
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# What a recipe adds is not there yet; tests/recipes looks after recipes.
PAGES = [
    *(page for page in sorted(DOCS.rglob("*.md")) if page.parent.name != "recipes"),
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
]
_CODE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FILE = re.compile(r"[\w./*-]+(?:\.(?:py|md|toml|yml|svg)|/)")
_MEMBER = re.compile(r"([A-Z]\w+)\.(\w+)(?:\(.*\))?")
_LONGEST = 150

Classes = dict[str, tuple[set[str], set[str]]]


def spans(page: Path) -> Iterator[str]:
    """The code in the running text of a page."""
    for match in _CODE.finditer(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        yield match[1]


@cache
def classes() -> Classes:
    """Members and bases of all classes, by name."""
    found: Classes = {}
    for room in ("engine", "nnstudio"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    members, bases = found.setdefault(node.name, (set(), set()))
                    members |= set(_members(node))
                    bases |= {base.id for base in node.bases if isinstance(base, ast.Name)}
    return found


def _members(node: ast.ClassDef) -> Iterator[str]:
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef):
            yield child.name
        elif isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            yield child.attr
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id


@cache
def _names() -> frozenset[str]:
    """Names of all files, without their folders."""
    rooms = ("engine", "nnstudio", "resources", "tests", "docs")
    below = [path.name for room in rooms for path in (ROOT / room).rglob("*.*")]
    return frozenset([*below, *(path.name for path in ROOT.glob("*.*"))])


def _is_a_name(text: str) -> bool:
    """True for the name of a file alone, as it stands beside others of its folder; with "*" for any part of it."""
    return any(fnmatch.fnmatchcase(name, text) for name in _names())


def members_of(name: str) -> set[str]:
    """The members of a class, inherited ones too."""
    members, bases = classes().get(name, (set(), set()))
    return members.union(*map(members_of, bases))


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    files = [text for text in spans(page) if _FILE.fullmatch(text)]
    missing = [text for text in files if not (("/" in text and any(ROOT.glob(text))) or _is_a_name(text))]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_member_that_is_named_is_there(page: Path) -> None:
    matches = [match for text in spans(page) if (match := _MEMBER.fullmatch(text)) and match[1] in classes()]
    assert [match[0] for match in matches if match[2] not in members_of(match[1])] == []


@pytest.mark.parametrize("page", [*PAGES, *sorted((DOCS / "recipes").glob("*.md"))], ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8")))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((DOCS / "rooms").glob("*.md")), ids=named)
def test_the_page_of_a_room_is_short(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= _LONGEST


def test_every_room_is_on_the_map() -> None:
    rooms = [path.parent for path in (ROOT / "nnstudio").glob("*/__init__.py")]
    described = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "rooms").glob("*.md"))
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in (named(room) for room in rooms):
        assert f"`{room}/`" in described, f"no page for {room}"
        assert f"`{room}/`" in architecture, f"{room} is not in ARCHITECTURE.md"


def test_every_recipe_is_followed_by_a_test() -> None:
    tests = ROOT / "tests" / "recipes"
    for page in (DOCS / "recipes").glob("*.md"):
        assert (tests / f"test_recipe_{page.stem.replace('-', '_')}.py").is_file(), f"no test follows {page.name}"
