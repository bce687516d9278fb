"""Report: one page that stands alone, with the numbers of the engine, valid drawings, and no way in for names."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer

from engine import datasets, layers, optimizers
from engine.data import Data
from engine.data.steps import ScaleTargets
from engine.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnstudio import headless
from nnstudio.cli import main
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.export.base import ExportError
from nnstudio.export.registry import export
from nnstudio.export.report import Report
from nnstudio.project import project_file
from nnstudio.report.axes import Axes, clean, limits, number, ticks
from nnstudio.report.matrix import matrix_svg
from nnstudio.report.report import report
from nnstudio.report.style import CLASSES, COLOURS
from nnstudio.report.subject import Subject
from nnstudio.report.thumbnails import data_address
from nnstudio.training.checkpoint import Checkpoint
from nnstudio.training.project import Project
from nnstudio.ui.colours import DARK, LIGHT
from tests.nnstudio.builders import document_of

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Page read strictly: every tag is closed in its order; collects what it names and what it shows."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action", "data"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.words)


def drawings(html: str) -> Iterator[str]:
    """Drawings of a page, as files of their own."""
    yield from re.findall(r'<svg[^>]* role="img".*?</svg>', html, re.DOTALL)


def trained(document: Document, epochs: int = 3) -> Project:
    run = headless.start(Project(edits.set_training(document, epochs=epochs)))
    while not run.finished:
        run.step_once()
    return headless.finish(Project(run.document), run)


@pytest.fixture(scope="module")
def iris() -> Project:
    document = document_of(layers.Dense(3), layers.Softmax(), dataset=datasets.Iris(), test=0.2)
    return trained(edits.set_training(document, loss=CategoricalCrossEntropy(), optimizer=optimizers.Adam(0.05)))


@pytest.fixture(scope="module")
def digits() -> Project:
    document = document_of(layers.Flatten(), layers.Dense(10), layers.Softmax(), dataset=datasets.Digits())
    return trained(edits.set_training(document, loss=CategoricalCrossEntropy()), 1)


@pytest.fixture(scope="module")
def diabetes() -> Project:
    document = document_of(layers.Dense(1), dataset=datasets.Diabetes(), steps=(ScaleTargets(),))
    return trained(edits.set_training(document, loss=MeanSquaredError()))


def page_of(project: Project, title: str = "it", data: Data | None = None) -> str:
    model = headless.trained(project, title)
    chosen = headless.samples(model)
    found = chosen.data if data is None else data
    return report(Subject(title, model.document, model.network, project.checkpoint, found, chosen.name, found.notes))


class TestPage:
    @pytest.mark.parametrize("name", ["iris", "digits", "diabetes"])
    def test_it_stands_alone(self, name: str, request: pytest.FixtureRequest) -> None:
        html = page_of(request.getfixturevalue(name))
        page = Page(html)
        assert page.handlers == []
        assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
        assert all(address.startswith("data:image/png;base64,") for address in page.addresses)
        # The only other address is the name of SVG's own language, which nobody fetches.
        assert set(re.findall(r"https?://[^\"' )]+", html)) == {"http://www.w3.org/2000/svg"}
        assert "url(" not in html
        assert "@import" not in html

    @pytest.mark.parametrize(("name", "least"), [("iris", 5), ("digits", 5), ("diabetes", 5)])
    def test_its_drawings_are_drawn(self, name: str, least: int, request: pytest.FixtureRequest) -> None:
        found = list(drawings(page_of(request.getfixturevalue(name))))
        assert len(found) >= least
        for drawing in found:
            ElementTree.fromstring(drawing)
            assert "nan" not in re.sub(r"<title>.*?</title>", "", drawing)
            assert QSvgRenderer(QByteArray(drawing.encode())).isValid()

    def test_it_has_the_numbers_of_the_engine(self, iris: Project) -> None:
        model = headless.trained(iris, "it")
        scores, samples, _ = headless.evaluate(model)
        text = Page(page_of(iris)).text
        assert f"{scores['accuracy']:.1%}" in text
        assert f"Judged by the {samples} samples of the test split" in text
        for word in ("setosa", "Mean (macro)", "Weighted mean", "Brier score", "Most wrong samples", "Adam (", "Seed"):
            assert word in text

    def test_errors_are_in_the_units_of_the_data(self, diabetes: Project) -> None:
        model = headless.trained(diabetes, "it")
        scores, _, _ = headless.evaluate(model)
        assert scores["mae"] > 10
        assert number(scores["mae"]) in Page(page_of(diabetes)).text

    def test_the_same_network_has_the_same_page(self, iris: Project) -> None:
        assert page_of(iris) == page_of(iris)

    def test_names_are_text_and_nothing_else(self, iris: Project) -> None:
        evil = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b\x00\x1b[31m")
        model = headless.trained(iris, "it")
        data = replace(headless.samples(model).data, classes=evil, features=("<b>", "'\"", "&lt;", "]]>"))
        html = page_of(iris, "</title><script>", data)
        page = Page(html)
        assert "script" not in page.tags
        assert page.handlers == []
        assert "<script>alert(1)</script>" in page.text
        assert "\x00" not in html
        for drawing in drawings(html):
            ElementTree.fromstring(drawing)

    def test_pictures_are_those_of_the_samples(self, digits: Project) -> None:
        model = headless.trained(digits, "it")
        data = headless.samples(model).data
        shares = model.network.predict(data.x)
        said, every = shares.argmax(axis=1), np.arange(len(data))
        lead = shares[every, said] - shares[every, data.y]
        worst = int(lead.argmax())
        page = Page(page_of(digits))
        assert 0 < len(page.addresses) <= 24
        assert page.addresses[0] == data_address(data.shown[worst])
        assert f"{worst + 1:,}: {data.y[worst]} → {said[worst]}, {shares[worst, said[worst]]:.0%}" in page.text

    def test_several_labels_at_once_have_curves(self) -> None:
        rng = np.random.default_rng(0)
        x = rng.random((60, 3)).astype(np.float32)
        data = Data(x, (x[:, :2] > 0.5).astype(np.float32), "regression")
        document = document_of(layers.Dense(2), layers.Sigmoid(), dataset=datasets.Circles())
        document = edits.set_training(document, loss=BinaryCrossEntropy())

        class Knowing:
            output_shape = (2,)

            def predict(self, x: np.ndarray) -> np.ndarray:
                return x[:, :2]

        subject = Subject("it", document, Knowing(), Checkpoint(), data, "60 samples")  # type: ignore[arg-type]
        text = Page(report(subject)).text
        # Both have a curve: neither is the other's mirror image, as that of a yes is of a no.
        assert re.search(r"target 1 1\.000\s+target 2 1\.000", text)
        assert "Each label on its own" in text
        assert not {"Errors", "R²"} & set(text.split("\n"))
        assert "Label\nPrecision" in text
        assert "None is predicted wrongly." in text
        assert "All labels of 100.0% of the samples are right." in text
        yes = int(data.y[:, 1].sum())
        assert re.search(rf"target 2\s+1\.000\s+1\.000\s+1\.000\s+{yes}\s", text)

    def test_wrong_labels_are_named_the_most_first(self) -> None:
        x = np.array([[0.9, 0.9], [0.1, 0.2], [0.7, 0.1], [0.1, 0.8]], np.float32)
        data = Data(x, np.array([[1, 1], [1, 1], [0, 0], [0, 1]], np.float32), "regression")
        document = document_of(layers.Dense(2), layers.Sigmoid(), dataset=datasets.Circles())
        document = edits.set_training(document, loss=BinaryCrossEntropy())

        class Echo:
            output_shape = (2,)

            def predict(self, x: np.ndarray) -> np.ndarray:
                return x

        subject = Subject("it", document, Echo(), Checkpoint(), data, "4 samples")  # type: ignore[arg-type]
        text = Page(report(subject)).text
        assert "2 of 4 have a wrong label" in text
        both, one = text.index("2\ntarget 1, target 2\nnone\n2\n"), text.index("3\nnone\ntarget 1\n1\n")
        assert both < one
        assert "50.0%\nall labels right" in text

    def test_data_of_one_class_and_no_mistakes_are_told(self, iris: Project) -> None:
        model = headless.trained(iris, "it")
        data = headless.samples(model).data
        said = model.network.predict(data.x).argmax(axis=1)
        one = data.take(np.flatnonzero((said == data.y) & (data.y == data.y[0])))
        text = Page(page_of(iris, data=one)).text
        assert "All samples are of one class, so there is no curve." in text
        assert "Class\nPrecision" in text
        assert "None is predicted wrongly." in text
        assert "All of them are predicted correctly." in text


class TestDrawing:
    def test_colours_are_those_of_the_window(self) -> None:
        for name, pair in COLOURS.items():
            assert pair == (getattr(LIGHT, name), getattr(DARK, name))
        assert tuple(zip(LIGHT.classes, DARK.classes, strict=True)) == CLASSES

    def test_points_lie_where_the_axes_say(self) -> None:
        axes = Axes("it", (0, 10), (1, 1000), log=True)
        low, middle, high = axes.y([1, 31.6227766, 1000])
        assert low - middle == pytest.approx(middle - high)
        axes.line(np.array([0, 5, np.nan, 10]), np.array([1, 10, 10, 100]), "measure")
        svg = axes.svg()
        path = re.search(r' d="([^"]+)"', svg)
        assert path is not None
        # The gap ends one stroke and begins another.
        assert path[1].count("M") == 2
        assert f"M{float(axes.x(0)):.1f} {low:.1f}" in path[1]
        for power in ("1", "10", "100", "1000"):
            assert f">{power}</text>" in svg

    def test_ticks_are_round_and_few(self) -> None:
        assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
        assert ticks(-3, 47) == [0, 10, 20, 30, 40]
        assert len(ticks(1e-9, 3e-9)) <= 7
        assert limits([np.nan]) == (0, 1)

    def test_a_long_line_keeps_its_peaks(self) -> None:
        y = np.zeros(10_000)
        y[4321] = 7
        axes = Axes("it", (0, 1), (0, 7))
        axes.line(np.linspace(0, 1, 10_000), y, "measure")
        svg = axes.svg()
        assert f" {float(axes.y(7)):.1f}" in svg.replace("L", " ").replace("M", " ")
        assert len(svg) < 30_000

    def test_a_matrix_has_its_counts_and_shades(self) -> None:
        svg = matrix_svg(np.array([[8, 2], [0, 10]]), ("a", "b"))
        assert svg.count("<title>") == 3
        assert "a predicted as b: 2 (20.0%)" in svg
        assert ">8</text>" in svg
        many = matrix_svg(np.eye(150, dtype=int) * 12345, [f"class {index}" for index in range(150)])
        ElementTree.fromstring(many)
        assert ">12,345</text>" not in many

    @pytest.mark.parametrize("shape", [(8, 8), (1, 5, 7), (3, 6, 4), (300, 200)])
    def test_pictures_are_png_files(self, shape: tuple[int, ...]) -> None:
        sample = np.random.default_rng(1).random(shape)
        sample.flat[0] = 1
        encoded = data_address(sample).partition("base64,")[2]
        image = QImage.fromData(base64.b64decode(encoded), "PNG")
        assert not image.isNull()
        sides = shape[-2:] if max(shape) <= 128 else (100, 67)
        assert (image.height(), image.width()) == sides
        if len(shape) == 2 and max(shape) < 128:
            assert image.pixelColor(0, 0).red() == 255
            assert image.pixelColor(3, 2).red() == round(float(sample[2, 3] / sample.max() * 255))

    def test_text_is_escaped_and_printable(self) -> None:
        assert clean("<a href='x'>\n") == "&lt;a href=&#x27;x&#x27;&gt;\N{REPLACEMENT CHARACTER}"
        assert [number(value) for value in (0.123456, -12345.6, float("nan"))] == ["0.1235", "−12,346", "unknown"]


class TestPlaces:
    def test_on_the_command_line(
        self, iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        project_file.save(iris, "iris.nnstudio")
        for options, words in (
            ([], "the 30 samples of the test split"),
            (["--on", "validation"], "the 30 samples of the validation split"),
            (["--part", "train"], "the 90 samples of the training split"),
        ):
            assert main(["evaluate", "iris.nnstudio", "--report", "out.html", *options]) == 0
            text = Page(Path("out.html").read_text(encoding="utf-8")).text
            assert words in text
            assert ("was trained on these samples" in text) is ("train" in options)
        assert "wrote out.html" in capsys.readouterr().err

    def test_other_data_are_named(
        self, iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        project_file.save(iris, "iris.nnstudio")
        data = headless.samples(headless.trained(iris, "it")).data
        lines = [",".join([*data.shown_features, "species"])]
        lines += [
            ",".join([*map(str, row), data.classes[label]]) for row, label in zip(data.shown, data.y, strict=True)
        ]
        Path("more.csv").write_text("\n".join(lines), encoding="utf-8")
        assert main(["evaluate", "iris.nnstudio", "--data", "more.csv", "--report", "out.html"]) == 0
        assert "the 30 samples of more.csv" in Page(Path("out.html").read_text(encoding="utf-8")).text
        capsys.readouterr()

    def test_no_file_of_another_kind_is_replaced(
        self, iris: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        project_file.save(iris, "iris.nnstudio")
        before = Path("iris.nnstudio").read_bytes()
        assert main(["evaluate", "iris.nnstudio", "--report", "iris.nnstudio"]) == 2
        assert "ends in .html" in capsys.readouterr().err
        assert Path("iris.nnstudio").read_bytes() == before
        assert main(["evaluate", "iris.nnstudio", "--report", "none/out.html"]) == 1
        assert "there is no folder" in capsys.readouterr().err

    def test_among_the_exports(self, iris: Project, tmp_path: Path) -> None:
        path = tmp_path / "my iris.html"
        export(Report(part="validation"), iris, path)
        text = Page(path.read_text(encoding="utf-8")).text
        assert "my iris" in text
        assert "validation split" in text
        with pytest.raises(ExportError, match="nothing has been trained yet"):
            export(Report(), Project(iris.document), path)
