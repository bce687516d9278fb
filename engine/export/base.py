"""Base of export formats: declared once, with options as fields; one module a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from engine.declared import Declared
from engine.export.subject import Subject
from engine.whole_file import write_whole

FORMATS: dict[str, type[Format]] = {}


class Format(Declared):
    """Export format of a network, whose fields are its options. A class that names a `format` registers itself.

    Attributes:
        format: its name. suffix: that of its files, with the dot.
        title, help: its name for a person, and the purpose of its files.
        needs: module without which nothing can be written, "" for none. extra: the extra that installs it.
    """

    format: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    needs: ClassVar[str] = ""
    extra: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        # The studio derives its own classes from these.
        if cls.format and "format" in cls.__dict__:
            FORMATS[cls.format] = cls

    @classmethod
    def missing(cls) -> str:
        """Reason why the format cannot be written on this computer, as a sentence; "" if it can."""
        if not cls.needs or find_spec(cls.needs) is not None:
            return ""
        return (
            f"This format needs {cls.needs}, which is not installed. Install it with: "
            f"pip install 'nnstudio[{cls.extra}]'"
        )

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        """Contents of all files to write, by ending; the one of `suffix` is the main one.

        Args:
            stem: name of the file without its ending, by which the files find each other.

        Raises ExportError, placed at the block, for what the format cannot hold; nothing is written then.
        """
        raise NotImplementedError(f"{type(self).__name__} writes nothing")

    def export(self, subject: Subject, path: Path, write: Callable[[Path, bytes], None] = write_whole) -> None:
        """Write the file and those beside it, each with `write`. Existing ones are only replaced by complete ones.

        Raises EngineError or OSError.
        """
        named = replace(subject, title=subject.title or path.stem)
        made = self.files(named, path.stem)
        # The main file last: once it is there, all that it names is there.
        for ending in sorted(made, key=lambda ending: ending == self.suffix):
            write(path.with_name(path.stem + ending), made[ending])
