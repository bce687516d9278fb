"""Summary of data: how a table, a folder or a project's data are read, for the command line. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.data import Data, Dataset, open_path
from engine.types import show_shape
from nnstudio.project.project_file import SUFFIX, load

_MOST_NAMED = 20


@dataclass(frozen=True)
class Summary:
    """Summary of data that were read."""

    name: str
    dataset: Dataset
    data: Data
    remarks: tuple[str, ...]
    reading: tuple[str, ...]

    def fields(self) -> dict[str, Any]:
        """Fields for JSON; `inputs` are named as they are after coding, and `skipped` counts rows that are left out."""
        data = self.data
        return {
            "rows": len(data),
            "task": data.task,
            "target": self._targets(),
            "inputs": self._inputs(),
            "classes": list(data.classes),
            "skipped": data.left_out,
            "remarks": list(self.remarks),
        }

    def text(self) -> str:
        """Text of several lines."""
        data = self.data
        inputs = self._inputs()
        more = f", and {len(inputs) - _MOST_NAMED} more" if len(inputs) > _MOST_NAMED else ""
        left_out = f" ({data.left_out:,} left out)" if data.left_out else ""
        lines = [
            f"{self.name}: {self.dataset.title}",
            f"rows: {len(data):,}{left_out}",
            f"task: {data.task}",
            f"target: {', '.join(self._targets()) or 'the labels'}",
            f"inputs ({len(inputs):,}): {', '.join(inputs[:_MOST_NAMED])}{more}",
        ]
        lines += [f"classes ({len(data.classes)}): {', '.join(data.classes[:_MOST_NAMED])}"] if data.classes else []
        lines += [f"read as: {'; '.join(self.reading)}"] if self.reading else []
        lines += [f"remark: {remark}" for remark in self.remarks]
        return "\n".join(lines)

    def _targets(self) -> list[str]:
        columns = self.data.columns
        if columns is not None and columns.coding is not None:
            return [column.name for column in columns.coding.targets]
        return [columns.target_name] if columns is not None and columns.target_name else []

    def _inputs(self) -> list[str]:
        if self.data.features:
            return list(self.data.features)
        shape = self.data.x.shape[1:]
        return [f"input {place}" for place in range(1, shape[0] + 1)] if len(shape) == 1 else [show_shape(shape)]


def summary(path: str, target: str = "", ignore: Sequence[str] = ()) -> Summary:
    """Summary of the data at a path, or of those of a project. Raises EngineError."""
    dataset = load(path).document.data.dataset if path.endswith(SUFFIX) else open_path(path)
    chosen = dataset.choosing(target, ignore)
    data = chosen.load()
    return Summary(path, chosen, data, (*chosen.remarks(), *data.notes), chosen.reading())
