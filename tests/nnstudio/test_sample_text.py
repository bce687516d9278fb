"""Samples in words."""

from __future__ import annotations

from pathlib import Path

from engine.data import TableFile
from nnstudio.panels.sample_reading import tell_cell, tell_sample
from nnstudio.training.sample_text import has_dates, input_text


def test_dates_are_shown_as_dates_in_every_text(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    rows = (f"{day}.03.2024,{day},{day % 2}" for day in range(10, 30))
    path.write_text("\n".join(["Measured on,Temperature,y", *rows]))
    data = TableFile(path=str(path)).settled().load()
    assert has_dates(data)
    assert tell_cell(data, 0, 0) == "Sample 1, Measured on: 2024-03-10"
    assert tell_cell(data, 0, 1).endswith(": 10")
    assert "Measured on 2024-03-10" in tell_sample(data, 0)
    assert input_text(data, 0, float("nan")) == "nan"
    assert input_text(data, 0, 19_792.5) == "2024-03-10 12:00"
    assert input_text(data, 0, 1e12) == "1000000000000"
