"""Journal of edits: what is written, what a torn file still tells, and the history built from it."""

from __future__ import annotations

import contextlib
import os
import random
from pathlib import Path

import pytest

from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.files.atomic_write import replace_file
from nnstudio.project import journal, templates
from nnstudio.project.archive import ProjectError
from nnstudio.project.journal import History, Journal, Origin, Step


def document(units: int = 3) -> Document:
    return edits.set_field(templates.load("xor").document, "dense_1", "units", units)


def grown(count: int) -> tuple[Step, ...]:
    return (Step("", document()), *(Step(f"Units {units}", document(units)) for units in range(4, 4 + count)))


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, list[History]]:
    """A journal of random edits, undo, redo and saving, and all histories that were written."""
    path, rng = tmp_path / journal.NAME, random.Random(3)
    made, steps, position, saved = [], [Step("", document())], 0, 0
    writer = Journal(path)
    for number in range(60):
        kind = rng.choice(("edit", "edit", "edit", "move", "save"))
        if kind == "edit":
            steps = [*steps[: position + 1], Step(f"Edit {number} “ü”\ud83d", document(4 + number))]
            saved = saved if saved <= position else -1
            position += 1
        elif kind == "move":
            position = rng.randrange(len(steps))
        else:
            saved = position
        made.append(History(tuple(steps), position, saved, Origin(f"Title {number}", "/a/ü", (number, 5), ("/b",))))
        writer.write(made[-1])
    return path, made


def assert_same(found: History, wanted: History) -> None:
    assert [(step.title, step.document) for step in found.steps] == [
        (step.title, step.document) for step in wanted.steps
    ]
    assert (found.position, found.saved, found.origin) == (wanted.position, wanted.saved, wanted.origin)


def test_the_last_history_comes_back(written: tuple[Path, list[History]]) -> None:
    path, made = written
    assert_same(journal.read(path), made[-1])


def test_a_journal_that_is_cut_off_anywhere_tells_the_last_whole_record(
    written: tuple[Path, list[History]], tmp_path: Path
) -> None:
    path, made = written
    data, cut = path.read_bytes(), tmp_path / "cut"
    ends = []
    place = len(b"nnstudio journal 1\n")
    while place < len(data):
        place += 8 + int.from_bytes(data[place : place + 4], "little")
        ends.append(place)
    assert len(ends) == len(made)
    rng = random.Random(1)
    for length in [*(end + by for end in ends[:4] for by in (-1, 0, 1, 7)), *rng.sample(range(ends[0], len(data)), 20)]:
        cut.write_bytes(data[:length])
        whole = sum(end <= length for end in ends)
        if whole:
            assert_same(journal.read(cut), made[whole - 1])
        else:
            with pytest.raises(ProjectError, match="no whole record"):
                journal.read(cut)
    # What the file system leaves of a file that grew when the power went: zeros, or old rubbish.
    for rest in (bytes(500), rng.randbytes(500)):
        cut.write_bytes(data[: ends[9]] + rest)
        assert_same(journal.read(cut), made[9])


def test_a_flipped_bit_ends_the_reading_and_nothing_else_comes_of_it(
    written: tuple[Path, list[History]], tmp_path: Path
) -> None:
    path, made = written
    data, damaged, rng = path.read_bytes(), tmp_path / "damaged", random.Random(2)
    known = {history.document.model_dump_json() for history in made}
    for _ in range(60):
        broken = bytearray(data)
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
        damaged.write_bytes(broken)
        with contextlib.suppress(ProjectError):
            assert journal.read(damaged).document.model_dump_json() in known


def test_an_edit_adds_what_it_changes_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / journal.NAME
    writer, steps = Journal(path), grown(40)
    writer.write(History(steps[:1]))
    first = path.stat().st_size
    for count in range(2, len(steps) + 1):
        writer.write(History(steps[:count], count - 1))
    assert (path.stat().st_size - first) / 40 < 300
    assert len(steps[0].document.model_dump_json()) > 1000


def test_a_long_history_is_begun_anew_with_the_last_steps(tmp_path: Path) -> None:
    path = tmp_path / journal.NAME
    writer, steps = Journal(path), grown(3 * journal.MOST_STEPS + 50)
    for count in range(1, len(steps) + 1):
        writer.write(History(steps[:count], count - 1, 0))
    found = journal.read(path)
    assert found.document == steps[-1].document
    assert found.saved == -1, "the step that is saved is no more among them"
    assert journal.MOST_STEPS <= len(found.steps) < 3 * journal.MOST_STEPS
    assert found.steps[-2].title == steps[-2].title
    # Undone far beyond the steps that are kept.
    writer.write(History(steps, 5, 0))
    assert journal.read(path).document == steps[5].document
    assert journal.read(path).saved == 0


def test_a_large_journal_is_compacted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_LONG", 20_000)
    path, writer, base = tmp_path / journal.NAME, Journal(tmp_path / journal.NAME), Step("", document())
    for number in range(200):
        # One gesture that takes the place of its last step again and again.
        writer.write(History((base, Step("Units", document(3 + number % 50))), 1))
        assert path.stat().st_size < 25_000
    assert journal.read(path).document == document(3 + 199 % 50)


def test_a_step_that_changes_no_document_is_left_out(tmp_path: Path) -> None:
    first, second = Step("", document()), Step("Units", document(5))
    steps = (first, Step("Reset training", first.document), second, Step("Reset training", second.document))
    writer = Journal(tmp_path / journal.NAME)
    writer.write(History(steps, 3, 1))
    found = journal.read(tmp_path / journal.NAME)
    assert [step.title for step in found.steps] == ["", "Units"]
    assert (found.position, found.saved) == (1, 0)


def test_another_project_begins_a_journal_of_its_own(tmp_path: Path) -> None:
    writer, steps = Journal(tmp_path / journal.NAME), grown(5)
    writer.write(History(steps, 5))
    other = (Step("", Document()), Step("Units", document(9)))
    writer.write(History(other, 1, 0, Origin("Other")))
    assert_same(journal.read(tmp_path / journal.NAME), History(other, 1, 0, Origin("Other")))


@pytest.mark.parametrize("after", [1, 40])
def test_after_a_failed_write_the_next_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """A full disk leaves half a record, and whatever were appended to that would never be read."""
    path = tmp_path / journal.NAME
    writer, steps, write = Journal(path), grown(3), os.write
    writer.write(History(steps[:2], 1))

    def full(descriptor: int, data: memoryview) -> int:
        if len(data) > after:
            return write(descriptor, data[:after])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        writer.write(History(steps[:3], 2))
    monkeypatch.setattr(os, "write", write)
    assert journal.read(path).document == steps[1].document
    writer.write(History(steps, 3))
    assert_same(journal.read(path), History(steps, 3))


def test_a_journal_that_was_deleted_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / journal.NAME
    writer, steps = Journal(path), grown(3)
    writer.write(History(steps[:2], 1))
    path.unlink()
    writer.write(History(steps, 3))
    assert_same(journal.read(path), History(steps, 3))


@pytest.mark.parametrize(
    ("one", "other"),
    [("", "abc"), ("abc", ""), ("abc", "abc"), ("aaaa", "aa"), ("abab", "ababab"), ("xay", "xby"), ("a", "b")],
)
def test_a_difference_gives_back_the_text(one: str, other: str) -> None:
    start, end, middle = journal.difference(one, other)
    assert one[:start] + middle + one[len(one) - end :] == other
    assert len(middle) <= len(other)


def test_no_journal_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="No such file"):
        journal.read(tmp_path / "none")
    replace_file(tmp_path / "text", b"something else")
    with pytest.raises(ProjectError, match="no journal"):
        journal.read(tmp_path / "text")


def test_a_document_of_an_older_program_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, dump = grown(1), Document.model_dump_json
    monkeypatch.setattr(Document, "model_dump_json", lambda self: dump(self).replace('"format":5', '"format":4'))
    Journal(tmp_path / journal.NAME).write(History(steps, 1))
    assert '"format\\":4' in (tmp_path / journal.NAME).read_text(errors="replace")
    assert journal.read(tmp_path / journal.NAME).document == steps[1].document
