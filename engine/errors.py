"""Errors that a user of the engine can meet.

Every message says what was found, what was expected, where (the block's name) and what to do. A front end shows the
text as it is and offers the `fix`, where there is one, as a button.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel


@dataclass(frozen=True)
class Fix:
    """Change that would fix an error.

    Layers and data sets are named here as the validated models that they are: they themselves raise these errors.

    Attributes:
        title: the text of its button: "Insert Flatten".
        insert: layers to put in front of the block that has the error, in order.
        input: at which of its inputs, counted from 0.
        append: layers to put after it, in order.
        change: fields of that block to set.
        block: the block to change or to append to, where it is not the one that has the error.
        replace: layers that replace those of blocks, by name.
        remove: blocks to remove.
        enable: blocks to enable.
        training: training settings to set.
        dataset: the data set to use instead.
        data: data settings to set.
    """

    title: str
    insert: tuple[BaseModel, ...] = ()
    input: int = 0
    append: tuple[BaseModel, ...] = ()
    change: Mapping[str, Any] = field(default_factory=dict)
    block: str | None = None
    replace: Mapping[str, BaseModel] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    dataset: BaseModel | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


# Letters of a message. A file can hold names of any length; nobody reads more than these.
_MOST_LETTERS: Final = 1000
# Those of the name of a block, or another one out of a file.
_LONGEST_NAME: Final = 120
# Letters without a shape that are part of words in some scripts.
_JOINERS: Final = "\u200c\u200d"


def tidy(message: str, most: int = _MOST_LETTERS) -> str:
    """Message that can be shown on a terminal and in a window: about `most` letters, without control characters.

    What comes out of a file may hold any; on a terminal they could move the cursor, or hide what is written.
    """
    if len(message) > most:
        message = f"{message[: most * 3 // 4]} … {message[-most // 4 :]}"
    if message.isprintable():
        return message
    return "".join(
        letter if letter == "\n" or letter in _JOINERS or unicodedata.category(letter)[0] != "C" else "�"
        for letter in message
    )


def one_line(name: str) -> str:
    """Name from a file that can be shown on a terminal, on one line and not too long."""
    return " ".join(tidy(name[:_LONGEST_NAME]).split())


class EngineError(Exception):
    """Base of all errors the engine raises on purpose.

    Attributes:
        message: the sentence without the place.
        where: name of the block concerned, or None.
        fix: a change that fixes it, or None.
    """

    def __init__(self, message: str, *, where: str | None = None, fix: Fix | None = None) -> None:
        message = tidy(message)
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        # A file names its blocks, too.
        where = tidy(self.where or "", _LONGEST_NAME).replace("\n", "�")
        return f"{where}: {self.message}" if where else self.message

    def at(self, where: str) -> EngineError:
        """The same error, placed at a block unless it has a place already."""
        self.where = self.where or where
        return self


class ShapeError(EngineError):
    """Error for a shape that does not fit where it is used.

    Attributes:
        wanted: the shape that would fit, where there is just one.
    """

    wanted: tuple[int, ...] | None = None


class SpecError(EngineError):
    """Error for a malformed declaration of a layer, network or file.

    Unknown names, values out of bounds and broken graphs, for example.
    """


class DataError(EngineError):
    """Error for data that are unreadable, or unfit for the network or loss."""


class DivergedError(EngineError):
    """Error for training that produced NaN, infinity, or an exploding loss."""
