"""File that a training without a window saves to: locked, saved by time, with a second place for what fails."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from nnstudio.document import block_stats
from nnstudio.files.process_lock import HeldError, ProcessLock
from nnstudio.files.stamp import Stamp, stamp_of
from nnstudio.project import known_projects, project_file
from nnstudio.project.project_file import SUFFIX, ProjectError
from nnstudio.training.project import Project

# Saving takes at most such a part of the time.
_SHARE: Final = 20
# Of a training that has saved nothing.
_NOTHING: Final = (-1, 0)


@dataclass(frozen=True)
class Note:
    """Note of a training for the one after it, in case that it is killed.

    Attributes:
        pid: its process. source: stamp of the file that it began from. saved: stamp of what it saved last.
        epochs: how many were asked for; None for as many as the project says. until: the epoch at which it ends.
        step: of the training, and runs of the project, in what it saved last or was about to save.
        spare: True if what it saved last lies in the second place.
        seeds: how many runs with other seeds were asked for; 0 for none. runs: those that the project had before.
    """

    pid: int
    source: Stamp | None = None
    saved: Stamp | None = None
    epochs: int | None = None
    until: int = 0
    step: tuple[int, int] = _NOTHING
    spare: bool = False
    seeds: int = 0
    runs: int = 0


class RunFile:
    """File of a training, to be used in a `with` block, within which no other training may save there.

    Args:
        source: file that the training begins from. target: file that it saves to.
        every: seconds between two checkpoints. tell: called with sentences for the user.

    Attributes:
        place: where the last save went; None before the first. It is not `target` where that failed, or where somebody
            else has changed it meanwhile.

    Raises ProjectError on entry, if another training saves there.
    """

    def __init__(self, source: str | Path, target: str | Path, every: float, tell: Callable[[str], None]) -> None:
        self._source, self._target, self._shown = Path(source), Path(target), str(target)
        self._every, self._tell = every, tell
        # A link and what it leads to are one file.
        key = hashlib.sha256(os.path.realpath(target).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        folder = known_projects.place().parent
        self._lock = ProcessLock(folder / "training" / f"{key}.json")
        self._spare = folder / "trained" / f"{self._target.stem:.60}-{key[:8]}{SUFFIX}"
        self._note = Note(os.getpid())
        self._found: Note | None = None
        self._stamp: Stamp | None = None
        # The last save went to the target, which could not be looked at after that.
        self._unsure = False
        self._failed = self._ended = False
        self._rested, self._pause = time.monotonic(), every
        self.place: Path | None = None

    def __enter__(self) -> Self:
        try:
            self._lock_folder()
            self._lock.take()
        except HeldError as error:
            other = _parsed(error.note)
            process = f" by process {other.pid}" if other is not None else ""
            raise ProjectError(
                f"{self._shown} is being trained{process}; wait for its end, or save elsewhere with -o"
            ) from None
        except OSError:
            pass  # without a place for it there is no lock; a changed file is noticed all the same
        self._found = _parsed(self._lock.found)
        self._note = Note(os.getpid(), source=stamp_of(self._source))
        self._stamp = stamp_of(self._target)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        # What lies in the second place is found by this note.
        waits = self._spare.exists() and (self._note.spare or not self._ended)
        self._lock.give_back(keep_note=waits)

    def take_up(self) -> Project | None:
        """Project as a training that was killed, or could not be saved, has left it; None if there is none.

        It is None also where somebody has changed the file since. Raises ProjectError if it cannot be read.
        """
        found = self._found
        if found is None:
            return None
        if found.spare and self._spare.exists():
            if stamp_of(self._spare) == found.saved and self._note.source == found.source:
                self._tell(
                    f"{self._shown} could not be saved the last time; training goes on from what was kept in "
                    f"{self._spare}"
                )
                kept_there = project_file.load(self._spare, trusted=True)
                self._note = replace(self._note, saved=found.saved, step=found.step, spare=True)
                return kept_there
            kept = self._put_aside()
            self._tell(
                f"{self._shown} has changed since a training of it could not be saved; that lies in {kept}, "
                "a project like any other"
            )
            return None
        project = self._cut_off(found)
        if project is not None:
            # Until something is saved anew, the next training finds the same.
            self._note = replace(self._note, saved=self._stamp, step=found.step)
            self._tell(f"the last training of {self._shown} was cut off; it goes on from what it saved last")
        return project

    def _cut_off(self, found: Note) -> Project | None:
        """What a training that was killed has saved in the target; None if that is not there any more."""
        began_elsewhere = os.path.realpath(self._source) != os.path.realpath(self._target)
        if self._stamp is None or found.step == _NOTHING or (began_elsewhere and self._note.source != found.source):
            return None
        project = project_file.load(self._target)
        # Between saving and noting it, there is a moment, too.
        ours = self._stamp == found.saved or (project.checkpoint.step, len(project.runs)) == found.step
        return project if ours else None

    def _put_aside(self) -> Path:
        for number in range(2, 1000):
            other = self._spare.with_stem(f"{self._spare.stem}-{number}")
            if not other.exists():
                with contextlib.suppress(OSError):
                    return self._spare.replace(other)
        return self._spare

    def until(self, epochs: int | None) -> int | None:
        """Epoch at which the training that was cut off was to end, if as many were asked for as are now."""
        found = self._found
        return found.until if found is not None and found.epochs == epochs and found.until else None

    def runs_before(self, seeds: int, epochs: int | None) -> int | None:
        """Number of runs before the training over seeds that was cut off, if the same was asked for as is now."""
        found = self._found
        return found.runs if found is not None and (found.seeds, found.epochs) == (seeds, epochs) else None

    def begin(self, epochs: int | None, until: int = 0, seeds: int = 0, runs: int = 0) -> None:
        """Note what was asked for, before the first step."""
        self._note = replace(self._note, epochs=epochs, until=until, seeds=seeds, runs=runs)
        self._write_note()

    def check_room(self, size: int) -> None:
        """Check that the drive has room for so many bytes. Raises ProjectError."""
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(Path(os.path.realpath(self._target)).parent).free
            if free < size:
                raise ProjectError(
                    f"{self._shown} cannot be saved: there are {block_stats.size(free)} free, and the project takes up "
                    f"to {block_stats.size(size)}; make room, or save elsewhere with -o"
                )

    def save_in_time(self, made: Callable[[], Project]) -> None:
        """Save the project that is made, if the last save was long enough ago. Raises ProjectError."""
        now = time.monotonic()
        if now - self._rested >= self._pause:
            self.save(made())
            self._rested = time.monotonic()
            self._pause = max(self._every, _SHARE * (self._rested - now))

    def save(self, project: Project) -> Path:
        """Save to the target, or where that cannot be, elsewhere; returns where. Raises ProjectError."""
        self._turn_aside()
        self._note = replace(self._note, step=(project.checkpoint.step, len(project.runs)))
        self._write_note()
        try:
            project_file.save(project, self._target)
        except ProjectError as error:
            return self._save_spare(project, error)
        if self._failed:
            self._tell(f"{self._shown} can be saved again")
        self._failed, self._stamp = False, stamp_of(self._target)
        self._unsure = self._stamp is None
        with contextlib.suppress(OSError):
            self._spare.unlink(missing_ok=True)
        return self._saved(self._target, spare=False)

    @property
    def source_stamp(self) -> Stamp | None:
        """Size and time of the source when the lock was taken; only since then it is sure to stay."""
        return self._note.source

    @property
    def in_place(self) -> bool:
        """True if the last save went to the target, or beside it."""
        return self.place is not None and not self._failed

    def end(self) -> None:
        """Say that all is done: the next training has nothing to go on from."""
        self._ended = True

    def _saved(self, place: Path, *, spare: bool) -> Path:
        self.place = place
        self._note = replace(self._note, saved=stamp_of(place), spare=spare)
        self._write_note()
        return place

    def _turn_aside(self) -> None:
        """Choose another name, if somebody else has changed the file: both versions are kept."""
        if self._unsure or stamp_of(self._target) in (None, self._stamp):
            return
        beside = next(
            path
            for number in range(1, 10_000)
            if not (
                path := self._target.with_name(
                    f"{self._target.stem}-trained{f'-{number}' if number > 1 else ''}{self._target.suffix}"
                )
            ).exists()
        )
        self._tell(f"{self._shown} was changed by another program meanwhile; what is trained goes to {beside.name}")
        self._target, self._stamp, self._shown = beside, None, str(beside)

    def _save_spare(self, project: Project, error: ProjectError) -> Path:
        try:
            self._spare.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            project_file.save(project, self._spare)
        except (OSError, ProjectError) as other:
            raise ProjectError(f"{error.message}; nor could it be saved in {self._spare} ({other})") from None
        if not self._failed:
            self._tell(f"{error.message}; what is trained is kept in {self._spare} meanwhile")
        self._failed = True
        return self._saved(self._spare, spare=True)

    def _lock_folder(self) -> None:
        self._spare.parent.parent.joinpath("training").mkdir(parents=True, exist_ok=True, mode=0o700)

    def _write_note(self) -> None:
        with contextlib.suppress(OSError):
            self._lock.note(_NOTE.dump_json(self._note))


_NOTE: Final = TypeAdapter(Note)


def _parsed(text: bytes) -> Note | None:
    try:
        return _NOTE.validate_json(text) if text else None
    except ValidationError:
        return None
