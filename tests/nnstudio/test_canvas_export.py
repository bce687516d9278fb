"""Diagram export to SVG, PDF and PNG: file contents and refusals."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine import layers
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.export import diagram
from nnstudio.export.base import ExportError
from nnstudio.export.clipboard import copy_diagram
from nnstudio.export.diagram import Options, image, render
from nnstudio.export.diagram_formats import Svg
from nnstudio.export.registry import export
from nnstudio.project import templates
from nnstudio.training.project import Project
from nnstudio.ui.colours import DARK, LIGHT
from nnstudio.ui.theme import theme

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def document(qapp: object) -> Document:
    return templates.load("xor").document


def texts(svg: bytes) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{_SVG}text")]


def pixels(picture: QImage) -> set[str]:
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, picture.height(), 3)}


def test_svg_holds_text_as_text_and_pictures_as_paths(document: Document) -> None:
    root = ET.fromstring(render(document, "svg", Options(title="A & B")))
    assert root.findtext(f"{_SVG}title") == "A & B"
    words = [element.text for element in root.iter(f"{_SVG}text")]
    for block in document.blocks:
        assert block.name in words
    assert not list(root.iter(f"{_SVG}image"))
    families = {element.get("font-family") for element in root.iter(f"{_SVG}text")}
    assert all(family is not None and family.endswith("sans-serif") for family in families)


def test_pdf_is_one_page_of_the_diagrams_size_with_embedded_fonts(document: Document) -> None:
    picture = image(document, Options(scale=1))
    data = render(document, "pdf", Options(title="Diagram"))
    assert data.startswith(b"%PDF")
    box = data.split(b"/MediaBox [", 1)[1].split(b"]", 1)[0].split()
    assert [float(number) for number in box[2:]] == pytest.approx(
        [picture.width() * 0.75, picture.height() * 0.75], abs=1
    )
    assert data.count(b"/Type /Page\n") == 1
    assert b"/FontFile2" in data
    assert b"/Subtype /Image" not in data


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_png_has_as_many_pixels_as_asked(document: Document, scale: int) -> None:
    small = image(document, Options(scale=1))
    large = QImage.fromData(render(document, "png", Options(scale=scale, title="XOR")))
    assert large.size() == QSize(small.width() * scale, small.height() * scale)
    assert large.text("Title") == "XOR"


def test_colours_are_chosen_and_the_windows_own_stay(document: Document) -> None:
    before = theme().colours
    assert image(document).pixelColor(0, 0) == QColor("white")
    assert image(document, Options(dark=True)).pixelColor(0, 0) == QColor(DARK.canvas)
    assert image(document, Options(transparent=True)).pixelColor(0, 0).alpha() == 0
    assert theme().colours is before


def test_nothing_of_editing_is_drawn(document: Document) -> None:
    # Laid out, so that no smoothed letter falls where its colour is that of the dots by chance.
    wrong = edits.tidy(edits.append(document, layers.Conv2D(2)))
    picture = image(wrong, Options(scale=1))
    assert not pixels(picture) & {LIGHT.error, LIGHT.error_fill, LIGHT.canvas_dot}
    assert "conv2d_1" in texts(render(wrong, "svg"))


def test_all_blocks_and_wires_are_within_the_margin(document: Document) -> None:
    picture = image(document, Options(scale=1))
    rim = [picture.pixelColor(x, y) for x in (0, picture.width() - 1) for y in range(picture.height())]
    rim += [picture.pixelColor(x, y) for x in range(picture.width()) for y in (0, picture.height() - 1)]
    assert set(map(QColor.name, rim)) == {"#ffffff"}


def test_files_are_written_whole_or_not_at_all(document: Document, tmp_path: Path) -> None:
    path = tmp_path / "net.SVG"
    path.write_text("old")
    export(Svg(), Project(document), path)
    assert path.read_bytes() == render(document, "svg", Options(title="net"))
    assert os.listdir(tmp_path) == ["net.SVG"]


@pytest.mark.parametrize("name", ["net.jpg", "net", "net.nnstudio"])
def test_another_ending_is_refused(document: Document, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=rf"a file of format svg ends in \.svg, but {name} has"):
        export(Svg(), Project(document), tmp_path / name)
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_not_there_is_said(document: Document, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        export(Svg(), Project(document), tmp_path / "away" / "net.svg")


def test_too_many_pixels_are_refused(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagram, "_MOST_PIXELS", 1000)
    with pytest.raises(ExportError, match="smaller scale, or SVG or PDF"):
        image(document)


def test_the_clipboard_gets_a_picture(document: Document, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    assert copy_diagram(document, "XOR", parent)
    assert not QGuiApplication.clipboard().image().isNull()


def test_the_program_ends_in_peace_with_a_picture_on_a_clipboard_that_is_qts_own() -> None:
    """Without a screen the clipboard outlives Python."""
    lines = (
        "from PySide6.QtWidgets import QApplication, QWidget",
        "from nnstudio.document.model import Document",
        "from nnstudio.export.clipboard import copy_diagram",
        "app = QApplication([])",
        "assert copy_diagram(Document(), 'Empty', QWidget())",
    )
    ended = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr
