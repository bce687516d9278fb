"""Data set of pictures in a folder: a folder for each class, or a table of file names and labels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from engine.data.access import check_access
from engine.data.base import MissingDataError, Stamp
from engine.data.file_dataset import FileDataset, Format, Inputs, Part, user_path
from engine.data.pictures import listing
from engine.data.pictures.decoding import Background, Fit, Target
from engine.data.pictures.label_table import find_table
from engine.data.pictures.plan import Plan, labelled_by_folder, labelled_by_table
from engine.data.pictures.reading import decode_all, guess_target, scaled
from engine.data.preparation import Preparation, listed
from engine.data.samples import Array, Data, Signature, Skipped
from engine.data.target_encoding import (
    Targets,
    TaskSetting,
    labels_from_words,
    numbers_from_words,
    targets_from_words,
    task_field,
)
from engine.errors import DataError, Fix

_Side = Annotated[int, Field(ge=1, le=4096)]
Colours = Literal["auto", "grey", "colour"]
_MOST_TOLD = 4


class PictureFolder(FileDataset):
    """Pictures (N, channels, height, width), from 0 (black) to 1, of the files in a folder."""

    title: ClassVar[str] = "Pictures (folders)"
    help: ClassVar[str] = "Your own pictures: a folder for each class, or a table of file names and labels."
    icon: ClassVar[str] = "pictures"
    kind: ClassVar[Literal["points", "table", "pictures"]] = "pictures"
    location: ClassVar[tuple[str, ...]] = ("path", "part", "table")
    format: ClassVar[Format | None] = Format(
        "pictures in a folder for each class", (), picks=("folder",), bare=listing.SUFFIXES
    )

    type: Literal["PictureFolder"] = "PictureFolder"
    path: str = Field(
        "",
        max_length=4096,
        title="Folder",
        description="A folder that holds a folder of pictures for each class.",
        json_schema_extra={"kind": "folder"},
    )
    size: _Side | tuple[_Side, _Side] | None = Field(
        None,
        title="Size",
        description="Height and width in pixels to which all pictures are brought: 32, or 48, 64. Empty keeps a "
        "common small size, and makes other pictures 64 pixels long.",
        json_schema_extra={"none": "automatic"},
    )
    colour: Colours = Field(
        "auto",
        title="Colours",
        description="Grey pictures have one channel, coloured ones three; automatic is grey if all pictures are.",
    )
    fit: Fit = Field(
        "crop",
        title="Other shapes",
        description="Pictures of another shape are cropped to their middle, padded, or stretched.",
    )
    background: Background = Field(
        "white", title="Background", description="Colour of transparent places and of what is padded."
    )
    per_class: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        title="Per class",
        description="At most this many pictures of each class; empty for all.",
        json_schema_extra={"none": "all"},
    )
    broken: Literal["refuse", "leave_out"] = Field(
        "refuse",
        title="Broken files",
        description="Files that are no picture, or damaged: refused, so that none is lost unnoticed, or left out.",
    )
    part: str = Field(
        "",
        max_length=1000,
        title="Part",
        description="Folder within the folder to read, such as train; empty finds the folders of the classes.",
        json_schema_extra={"none": "found"},
    )
    table: str = Field(
        "",
        max_length=4096,
        title="Table of labels",
        description="File with the names of the pictures and their labels; empty takes the folders for classes.",
    )
    names: str = Field(
        "", max_length=1000, title="Names in", description="Column of the table with the file names; empty finds it."
    )
    labels: str = Field(
        "", max_length=1000, title="Labels in", description="Column of the table with the labels; empty finds it."
    )
    task: TaskSetting = task_field()

    @classmethod
    def opens(cls, path: Path, prefer: Part = "train") -> Self | None:
        if not path.is_dir():
            return None
        files = listing.found_pictures(path)
        if not files:
            return None
        part = listing.root_of_classes(files, prefer)
        return cls(path=str(path), part=part)

    @classmethod
    def read_inputs(cls, path: str, known: Preparation) -> tuple[Array, tuple[str, ...]]:
        found = cls().forgiving().read_unlabelled(path, known)
        return found.x, found.notes

    def read_named_inputs(self, path: str, known: Preparation) -> Inputs:
        return self.forgiving().read_unlabelled(path, known)

    def forgiving(self) -> Self:
        return self.with_changes(broken="leave_out")

    def whole(self) -> Self:
        return self.with_changes(per_class=None)

    def paths(self) -> tuple[Path, ...]:
        if not self.path:
            raise DataError("no folder is chosen yet; choose one that holds a folder of pictures for each class")
        check_access(self.path)
        place = user_path(self.path)
        if not os.path.isdir(place):
            raise MissingDataError(f"{self.path} is no folder; choose the folder that holds the pictures")
        return (place,)

    def stamps(self) -> tuple[Stamp, ...]:
        (place,) = self.paths()
        changed, size = 0, 0
        for file in listing.found_pictures(place):
            # The sums tell that any of them has changed, to an older one too.
            changed, size = changed + file.changed, size + file.size
        table = self._table_path(place)
        found = (table.stat() for table in [table] if table is not None and table.is_file())
        return (str(place), changed, size), *((str(table), status.st_mtime_ns, status.st_size) for status in found)

    def settled(self) -> Self:
        plan = self._plan()
        target = self._target(plan)
        # A square is written with one number, as a person would.
        size = target.height if target.height == target.width else (target.height, target.width)
        settled = self.with_changes(
            size=size,
            colour="grey" if target.channels == 1 else "colour",
            part=plan.part,
            table=plan.table,
            names=plan.names,
            labels=plan.labels,
        )
        stamps = self.stamps()
        try:
            data = settled._read(plan)
        except BrokenFilesError:
            # What is to be done with them is asked once the data are chosen.
            return settled
        return self._settled(settled.with_changes(task=data.task), data, stamps, data.notes)

    def read(self) -> Data:
        return self._read(self._plan())

    def load_like(self, known: Preparation) -> Data:
        shaped = self._shaped_like(known)
        return known.apply(shaped._read(shaped._plan(), known))

    @staticmethod
    def is_picture(path: str) -> bool:
        """True if the name of a file is that of a picture."""
        return listing.is_picture(path)

    def read_unlabelled(self, path: str, known: Preparation | Signature) -> Inputs:
        """Read pictures without labels, for a network that is `known`: one file, or all in a folder.

        Raises DataError.
        """
        place = user_path(path)
        if place.is_dir():
            folder, files = place, listing.list_pictures(place)
        else:
            folder, files = place.parent, [listing.PictureFile(place.name, 0, 0)]
        if not files:
            raise DataError(f"{path} holds no pictures")
        target = self._shaped_like(known)._target(Plan(folder, "", files, ()))
        pictures, broken = decode_all(folder, files, target)
        if broken and (self.broken == "refuse" or len(broken) == len(files)):
            raise DataError(self._broken_sentence(files, broken, folder))
        kept = [file.path for index, file in enumerate(files) if index not in broken]
        notes = (_left_out([(files[index].path, why) for index, why in broken.items()]),) if broken else ()
        x = scaled(pictures)
        # Some networks were trained on bytes as they are.
        return Inputs(x * 255 if (known.largest or 0) > 1 else x, notes, tuple(kept))

    def _shaped_like(self, known: Preparation | Signature) -> Self:
        """Same data set with the size and colours that a network takes, where they are not chosen."""
        shape = known.input_shape
        if len(shape) == 2:
            shape = (1, *shape)
        if len(shape) != 3 or shape[0] not in (1, 3):
            by = " x ".join(map(str, known.input_shape))
            raise DataError(
                f"found a picture, but a sample has {by} inputs here; a picture has one or three channels, a height "
                "and a width"
            )
        return self.with_changes(
            size=(shape[1], shape[2]) if self.size is None else self.size,
            colour=("grey" if shape[0] == 1 else "colour") if self.colour == "auto" else self.colour,
        )

    def _plan(self) -> Plan:
        """Files to read, and their labels. Raises DataError."""
        (place,) = self.paths()
        files = listing.list_pictures(place)
        if not files:
            raise DataError(f"{self.path} holds no pictures; expected files that end in {listed(listing.SUFFIXES)}")
        part = self.part.strip("/") or listing.root_of_classes(files)
        folder = place / part if part else place
        if part:
            inside = f"{part}/"
            files = [file._replace(path=file.path[len(inside) :]) for file in files if file.path.startswith(inside)]
            if not files:
                raise DataError(f"{self.path} has no pictures in {part}; choose another part")
        table = self._table_path(place)
        if table is None and len({file.label for file in files} - {""}) < 2 and (name := find_table(folder, files)):
            table = folder / name
        if table is not None:
            name = os.path.relpath(table, place) if place in table.parents else str(table)
            plan = labelled_by_table(folder, part, files, table, self.names, self.labels)
            plan = replace(plan, table=name)
        else:
            plan = labelled_by_folder(folder, part, files)
        return plan.limited(self.per_class)

    def _table_path(self, place: Path) -> Path | None:
        if not self.table:
            return None
        table = place / user_path(self.table)
        check_access(str(table))
        return table

    def places(self) -> tuple[str, ...]:
        place = user_path(self.path)
        inner = [str(place / user_path(text)) for text in (self.part, self.table) if text]
        return (*super().places(), *(inner if self.path else ()))

    def _target(self, plan: Plan) -> Target:
        """Size and colours, with what is automatic guessed from some of the pictures."""
        height, width = self.size if isinstance(self.size, tuple) else (self.size, self.size)
        if height is None or width is None or self.colour == "auto":
            guessed = guess_target(plan.folder, plan.files)
            height, width = height or guessed.height, width or guessed.width
        channels = guessed.channels if self.colour == "auto" else {"grey": 1, "colour": 3}[self.colour]
        return Target(channels, height, width, self.fit, self.background)

    def _read(self, plan: Plan, known: Preparation | None = None) -> Data:
        files, words = plan.files, plan.words
        pictures, broken = decode_all(plan.folder, files, self._target(plan))
        if len(broken) == len(files) or (broken and self.broken == "refuse"):
            fix = Fix(f"Leave {_count(len(broken))} out", dataset=self.with_changes(broken="leave_out"))
            raise BrokenFilesError(
                self._broken_sentence(files, broken, plan.folder), fix=fix if len(broken) < len(files) else None
            )
        skipped = [*plan.skipped, *(Skipped(files[index].path, why) for index, why in broken.items())]
        kept = [word for index, word in enumerate(words) if index not in broken]
        targets = self._targets(plan, kept, known)
        notes = (*plan.notes, *([_left_out(skipped)] if skipped else []))
        return Data(scaled(pictures), *targets, notes=notes, skipped=tuple(skipped))

    def _targets(self, plan: Plan, words: Sequence[str], known: Preparation | None) -> Targets:
        where = f"{plan.table}, column {plan.labels!r:.60}" if plan.table else f"{self.path}: the folders"
        if known is not None and known.task == "regression":
            return numbers_from_words(words, where), "regression", ()
        if known is not None:
            return labels_from_words(words, known.classes, where), "classification", known.classes
        if plan.table:
            targets = targets_from_words(words, self.task, where)
        else:
            # Names of folders are names, also where they look like numbers.
            classes = tuple(sorted(set(words), key=listing.natural_key))
            targets = labels_from_words(words, classes, where), "classification", classes
        if targets[1] == "classification" and len(targets[2]) < 2:
            wanted = "labels of two or more classes" if plan.table else "a folder of pictures for each of two or more"
            raise DataError(f"{where}: found one class, {targets[2][0]!r:.60}; expected {wanted}")
        return targets

    def _broken_sentence(self, files: Sequence[listing.PictureFile], broken: dict[int, str], folder: Path) -> str:
        told = "; ".join(f"{files[index].path:.80} {why}" for index, why in list(broken.items())[:_MOST_TOLD])
        more = f"; and {len(broken) - _MOST_TOLD:,} more" if len(broken) > _MOST_TOLD else ""
        of = f"{len(broken):,} of {len(files):,} pictures" if len(files) > 1 else "the picture"
        return f"{folder}: {of} cannot be read: {told}{more}. Mend them, or leave them out"


class BrokenFilesError(DataError):
    """Error for a folder with files that are no pictures, where it is not chosen yet to leave them out."""


def _count(files: int) -> str:
    return "the file" if files == 1 else f"the {files:,} files"


def _left_out(skipped: Sequence[tuple[str, str]]) -> str:
    """Sentence on files that were left out."""
    told = "; ".join(f"{name:.80} {why}" for name, why in skipped[:_MOST_TOLD])
    more = f"; and {len(skipped) - _MOST_TOLD:,} more" if len(skipped) > _MOST_TOLD else ""
    return f"{len(skipped):,} file{'s' if len(skipped) > 1 else ''} left out: {told}{more}"
