"""Reading values off views, and copying their pictures and numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSettings, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from engine import layers
from engine.data import XOR, Data, Digits, Hills, Iris
from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.preview import Preview
from nnstudio.store import Store
from nnstudio.training.build import build, read_data
from nnstudio.training.checkpoint import Curve
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.confusion import Confusion, ConfusionPicture
from nnstudio.training.requests.grid import GridPicture
from nnstudio.training.split import Split
from nnstudio.ui.colours import LIGHT
from nnstudio.ui.inspection import Exhibit, Inspection
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.readout import FocusRing
from nnstudio.views import VIEWS, BoundaryView, ConfusionView, KernelView, LossView, MetricView, View
from tests.nnstudio.builders import document_of, opened
from tests.nnstudio.views_support import hover, shown, themed


@pytest.fixture(autouse=True, scope="module")
def _light(qapp: QApplication) -> Iterator[None]:
    with themed("light"):
        yield


def rows_of(table: NumberTable | None) -> list[list[str]]:
    """All lines of a table as cells, as a spreadsheet reads them from the clipboard."""
    assert table is not None
    return list(csv.reader(io.StringIO(table.for_clipboard()), delimiter="\t"))


def filled(*layers_: layers.Layer) -> Store:
    """A store with a network for points in the plane."""
    document = document_of(*layers_, dataset=XOR(), validation=0.0)
    return opened(document)


def feed(view: View) -> None:
    """Draws what the worker would answer, with curves."""
    document = view.store.document
    network, split = build(document), read_data(document.data)
    points = Curve(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.25, 0.125]))
    base = Snapshot(1, RunState.PAUSED, data=split, curves={"loss": points, "accuracy": points}, metrics=("accuracy",))
    view.draw_in_time(base)
    answers = {request: request.answer(network, split) for request in view.requests()}
    view.draw_in_time(
        Snapshot(1, RunState.PAUSED, data=split, curves=base.curves, metrics=base.metrics, answers=answers)
    )


class TestTable:
    def test_writes_every_digit_and_no_more(self) -> None:
        cells = (np.float32(0.1), 0.1, np.int64(-3), "a", None, np.float32("nan"))
        text = NumberTable(("x",) * 6, lambda: [cells]).for_clipboard()
        assert text == "x\tx\tx\tx\tx\tx\n0.1\t0.1\t-3\ta\t\tnan\n"

    def test_names_with_separators_and_quotes_come_back(self) -> None:
        names = ("a,b", 'the "c"', "tab\there", "two\nlines")
        table = NumberTable(names, lambda: [names])
        assert list(csv.reader(io.StringIO(table.for_file().decode("utf-8-sig")))) == [list(names)] * 2
        assert rows_of(table) == [list(names)] * 2

    def test_a_file_says_that_it_is_in_unicode(self) -> None:
        assert NumberTable(("x₁",), list).for_file() == b"\xef\xbb\xbfx\xe2\x82\x81\n"


class TestMenu:
    @pytest.fixture
    def view(self, qapp: QApplication) -> Iterator[KernelView]:
        with shown(KernelView(filled(layers.Dense(3), layers.Dense(1)))) as made:
            feed(made)
            yield made

    @pytest.fixture(autouse=True)
    def _folders(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chosen = tmp_path / "taken"
        self.kind = ""
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: (str(self.chosen), self.kind))

    def open_menu(self, view: QWidget) -> QMenu | None:
        menus = [menu for menu in view.findChildren(QMenu, "viewMenu") if menu.isVisible()]
        return menus[0] if menus else None

    def choose(self, view: View, text: str) -> None:
        assert view.inspection is not None
        menu = view.inspection.menu()
        next(action for action in menu.actions() if action.text() == text).trigger()

    def test_opens_when_the_right_button_is_let_go(self, view: KernelView, qtbot: QtBot) -> None:
        place = view.canvas.rect().center()
        qtbot.mousePress(view.canvas, Qt.MouseButton.RightButton, pos=place)
        assert self.open_menu(view) is None
        qtbot.mouseRelease(view.canvas, Qt.MouseButton.RightButton, pos=place)
        menu = self.open_menu(view)
        assert menu is not None
        texts = [action.text() for action in menu.actions()]
        assert texts == ["Copy picture", "Save picture…", "Copy numbers", "Save numbers…", "Save film…"]
        assert all(action.isEnabled() for action in menu.actions())
        menu.close()

    def test_dragging_with_the_right_button_opens_none(self, view: KernelView, qtbot: QtBot) -> None:
        place = view.canvas.rect().center()
        qtbot.mousePress(view.canvas, Qt.MouseButton.RightButton, pos=place)
        qtbot.mouseRelease(view.canvas, Qt.MouseButton.RightButton, pos=place + QPoint(60, 0))
        assert self.open_menu(view) is None

    @pytest.mark.parametrize("by", ["menu key", "Shift+F10"])
    def test_opens_by_keyboard_with_an_entry_chosen(self, view: KernelView, qtbot: QtBot, by: str) -> None:
        view.canvas.setFocus()
        if by == "menu key":
            reason = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(view.canvas, QContextMenuEvent(reason, QPoint(1, 1), QPoint(1, 1)))
        else:
            qtbot.keyClick(view.canvas, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        menu = self.open_menu(view)
        assert menu is not None
        assert menu.activeAction().text() == "Copy picture"
        menu.close()

    def test_without_anything_on_show_there_is_nothing_to_take(self, qapp: QApplication) -> None:
        with shown(KernelView(Store())) as view:
            assert view.inspection is not None
            assert not any(action.isEnabled() for action in view.inspection.menu().actions())

    def test_by_keyboard_nothing_is_chosen_where_nothing_can_be(self, qapp: QApplication, qtbot: QtBot) -> None:
        with shown(KernelView(Store())) as view:
            qtbot.keyClick(view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
            menu = self.open_menu(view)
            assert menu is not None
            assert menu.activeAction() is None
            menu.close()

    def test_shows_everything_again_after_a_zoom(self, qapp: QApplication) -> None:
        with shown(LossView(filled(layers.Dense(1)))) as view:
            feed(view)
            view.plot.getViewBox().scaleBy((0.5, 0.5))
            view.plot.getViewBox().sigRangeChangedManually.emit([True, True])
            assert not view.plot.following
            self.choose(view, "Show everything again")
            assert view.plot.following

    def test_copies_the_numbers(self, view: KernelView, qtbot: QtBot) -> None:
        with qtbot.waitSignal(view.message) as told:
            self.choose(view, "Copy numbers")
        assert "clipboard" in told.args[0]
        lines = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
        assert lines[0] == ["unit", "x₁", "x₂", "bias"]
        parameters = build(view.store.document).parameters_of("dense_1")
        np.testing.assert_array_equal(
            np.array(lines[1:], np.float32)[:, 1:], np.column_stack([parameters["weight"].T, parameters["bias"]])
        )

    def test_saves_the_numbers(self, view: KernelView, qtbot: QtBot) -> None:
        with qtbot.waitSignal(view.message) as told:
            self.choose(view, "Save numbers…")
        path = self.chosen.with_suffix(".csv")
        assert told.args == [f"The numbers are in {path}."]
        assert path.read_text("utf-8-sig").splitlines()[0] == "unit,x₁,x₂,bias"

    def test_copies_the_picture_at_twice_its_size(self, view: KernelView, qtbot: QtBot) -> None:
        with qtbot.waitSignal(view.message):
            self.choose(view, "Copy picture")
        image = QGuiApplication.clipboard().image()
        assert image.width() >= 2 * view.canvas.width()
        assert image.height() > 2 * view.canvas.height()

    def test_the_picture_is_what_is_on_show_without_the_read_out(self, view: KernelView) -> None:
        assert view.inspection is not None
        before = view.inspection.picture()
        hover(view.canvas, view.canvas.arranged.patches[0].target.center().toPoint())
        assert view.inspection.readout.isVisible()
        assert view.inspection.picture() == before
        weights = view.canvas.grab().toImage().pixelColor(view.canvas.arranged.patches[0].target.center().toPoint())
        assert weights.name() in colours_of(before)

    def test_saves_the_picture(self, view: KernelView, qtbot: QtBot) -> None:
        assert view.inspection is not None
        picture = view.inspection.picture()
        with qtbot.waitSignal(view.message) as told:
            self.choose(view, "Save picture…")
        path = self.chosen.with_suffix(".png")
        assert told.args == [f"The picture is in {path}."]
        assert QImage(str(path)).size() == picture.size()

    @pytest.mark.parametrize(("chosen", "kind"), [("taken.svg", ""), ("taken", "SVG drawings (*.svg)")])
    def test_saves_the_picture_as_a_drawing(self, view: KernelView, qtbot: QtBot, chosen: str, kind: str) -> None:
        self.chosen, self.kind = self.chosen.with_name(chosen), kind
        with qtbot.waitSignal(view.message):
            self.choose(view, "Save picture…")
        text = self.chosen.with_suffix(".svg").read_text("utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        # Text is text, in the fonts of the computer that shows it, and the mouse leaves nothing behind.
        assert "Weights of dense_1" in "".join(root.itertext())

    def test_the_proposed_name_takes_the_ending_of_the_kind_that_was_chosen(
        self, view: KernelView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda _, __, name, ___: (name, "SVG drawings (*.svg)"))
        QSettings().setValue("exportFolder", str(self.chosen.parent))
        with qtbot.waitSignal(view.message):
            self.choose(view, "Save picture…")
        assert [path.suffix for path in self.chosen.parent.iterdir()] == [".svg"]

    def test_lines_of_a_plot_are_lines_of_the_drawing(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as plot:
            curve = Curve(np.arange(4.0), np.array([1.0, 0.7, 0.4, 0.3]))
            plot.draw(Snapshot(1, RunState.PAUSED, 3, 10, curves={"loss": curve}, loss=0.3))
            assert plot.inspection is not None
            root = ElementTree.fromstring(plot.inspection.drawing())
            strokes = {
                group.get("stroke") for group in root.iter() if any(c.tag.endswith(("line", "path")) for c in group)
            }
            assert LIGHT.measure in strokes

    def test_a_file_that_cannot_be_written_is_explained(self, view: KernelView, qtbot: QtBot, tmp_path: Path) -> None:
        self.chosen = tmp_path / "gone" / "numbers.csv"
        self.choose(view, "Save numbers…")
        qtbot.waitUntil(lambda: view.findChild(QMessageBox, "inspectionError") is not None)
        box = view.findChild(QMessageBox, "inspectionError")
        assert box.text() == "The numbers cannot be saved"
        assert str(tmp_path / "gone") in box.informativeText()
        box.close()

    def test_nothing_happens_when_no_file_is_chosen(
        self, view: KernelView, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args, **kwargs: ("", ""))
        self.choose(view, "Save numbers…")
        self.choose(view, "Save picture…")
        assert list(tmp_path.iterdir()) == []


def colours_of(image: QImage) -> set[str]:
    """All colours on a coarse grid over an image."""
    return {QColor(image.pixel(x, y)).name() for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}


class TestFocus:
    def ringed(self, canvas: QWidget) -> bool:
        return canvas.findChild(FocusRing).isVisible()

    def test_a_key_that_leads_there_rings_the_canvas(self, qapp: QApplication) -> None:
        with shown(QWidget(), 200, 120) as canvas:
            inspection = Inspection(canvas, Exhibit(canvas, str, lambda place: "", lambda: None, (canvas,)))
            for reason, ring in (
                (Qt.FocusReason.MouseFocusReason, False),
                (Qt.FocusReason.TabFocusReason, True),
                (Qt.FocusReason.BacktabFocusReason, True),
            ):
                QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusIn, reason))
                assert self.ringed(canvas) is ring
                # The ring is in no picture, and comes back after it.
                assert LIGHT.accent not in colours_of(inspection.picture())
                assert self.ringed(canvas) is ring
                QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut, reason))
                assert not self.ringed(canvas)

    def test_the_ring_stays_while_the_menu_is_open(self, qapp: QApplication) -> None:
        with shown(QWidget(), 200, 120) as canvas:
            Inspection(canvas, Exhibit(canvas, str, lambda place: "", lambda: None, (canvas,)))
            QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
            QApplication.sendEvent(canvas, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.PopupFocusReason))
            assert self.ringed(canvas)


class TestReadOut:
    @pytest.fixture
    def canvas(self, qapp: QApplication) -> Iterator[QWidget]:
        with shown(QWidget(), 200, 120) as made:
            self.text = "value 1"
            self.inspection = Inspection(
                made, Exhibit(made, lambda: "Canvas", lambda place: self.text, lambda: None, (made,))
            )
            yield made

    @pytest.mark.parametrize("place", [(0, 0), (199, 0), (0, 119), (199, 119), (100, 60)])
    @pytest.mark.parametrize("text", ["1", "a long sentence that is wider than all of the canvas it stands on"])
    def test_stays_on_the_canvas_and_lets_the_mouse_through(
        self, canvas: QWidget, place: tuple[int, int], text: str
    ) -> None:
        self.text = text
        hover(canvas, QPoint(*place))
        label = self.inspection.readout
        assert label.isVisible()
        assert canvas.rect().contains(label.geometry())
        assert canvas.childAt(label.geometry().center()) is None

    def test_is_read_again_when_the_values_change(self, canvas: QWidget, qtbot: QtBot) -> None:
        hover(canvas, QPoint(50, 50))
        self.text = "value 2"
        self.inspection.refresh()
        assert self.inspection.readout.text() == "value 2"
        self.text = ""
        with qtbot.waitSignal(self.inspection.readout.gone):
            self.inspection.refresh()
        assert not self.inspection.readout.isVisible()

    def test_goes_with_the_mouse(self, canvas: QWidget, qtbot: QtBot) -> None:
        for x, go in (
            (70, lambda: QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))),
            (80, lambda: qtbot.mousePress(canvas, Qt.MouseButton.LeftButton)),
        ):
            hover(canvas, QPoint(x, 50))
            assert self.inspection.readout.isVisible()
            go()
            # Else the next test would begin with a button held down.
            qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton)
            assert not self.inspection.readout.isVisible()
            self.inspection.refresh()
            assert not self.inspection.readout.isVisible()


class TestViews:
    @pytest.mark.parametrize("name", VIEWS)
    def test_every_view_can_be_read_and_taken_along(self, qapp: QApplication, name: str) -> None:
        with shown(VIEWS[name](filled(layers.Dense(1)))) as view:
            assert view.inspection is not None
            texts = [action.text() for action in view.inspection.menu().actions()]
            assert {"Copy picture", "Save picture…", "Copy numbers", "Save numbers…"} <= set(texts)

    def test_curves_are_read_at_the_nearest_epoch(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            train = Curve(np.array([0.5, 1.0, 1.5, 2.0]), np.array([0.4, 0.3, 0.2, 0.1]))
            held = Curve(np.array([1.0, 2.0]), np.array([0.6, 0.5]))
            view.draw(Snapshot(1, RunState.PAUSED, curves={"loss": train, "val_loss": held}))
            assert view.reading(on_plot(view, 1.02, 0.3)) == "Epoch 1\nTrain 0.3\nValidation 0.6"
            assert view.crosshair.line.value() == 1.0
            assert view.reading(on_plot(view, 1.6, 0.1)) == "Epoch 1.5\nTrain 0.2\nValidation 0.6 (at epoch 1)"
            assert view.reading(QPointF(1, 1)) == ""
            assert rows_of(view.table()) == [
                ["epoch", "loss", "val_loss"],
                ["0.5", "0.4", ""],
                ["1.0", "0.3", "0.6"],
                ["1.5", "0.2", ""],
                ["2.0", "0.1", "0.5"],
            ]

    def test_a_smoothed_curve_tells_both_values(self, qapp: QApplication) -> None:
        with shown(LossView(Store())) as view:
            view.smoothing = 0.5
            view.draw(Snapshot(1, RunState.PAUSED, curves={"loss": Curve(np.array([1.0, 2.0]), np.array([1.0, 0.25]))}))
            # (0.5 * 1 + 1 * 0.25) / (0.5 + 1)
            assert view.reading(on_plot(view, 2.0, 0.5)) == "Epoch 2\nTrain 0.25, smoothed 0.5"

    def test_metrics_are_taken_along_as_measured(self, qapp: QApplication) -> None:
        with shown(MetricView(Store())) as view:
            points = Curve(np.array([1.0, 2.0]), np.array([0.5, 0.29]))
            view.draw(
                Snapshot(1, RunState.PAUSED, metrics=("accuracy", "f1"), curves={"accuracy": points, "f1": points})
            )
            assert view.reading(on_plot(view, 2.0, 50.0)).splitlines()[:2] == ["Epoch 2", "Accuracy, train 29.0%"]
            assert rows_of(view.table())[2] == ["2.0", "0.29", "0.29"]

    def test_the_plane_tells_place_class_and_confidence(self, qapp: QApplication) -> None:
        with shown(BoundaryView(filled(layers.Dense(1)))) as view:
            data = Data(
                np.array([[0.0, 0.0], [10.0, 10.0]], np.float32), np.array([0, 1]), "classification", ("a", "b")
            )
            view.draw(Snapshot(1, RunState.PAUSED, data=Split(data, None)))
            (request,) = view.requests()
            ramp = np.broadcast_to(np.linspace(0, 1, 100, dtype=np.float32), (1, 100, 100))
            x0, _, x1, _ = request.bounds  # type: ignore[attr-defined]
            view.draw(
                Snapshot(
                    1,
                    RunState.PAUSED,
                    data=Split(data, None),
                    answers={request: GridPicture(ramp, request.bounds)},  # type: ignore[attr-defined]
                )
            )
            at = x0 + 0.75 * (x1 - x0)
            place, said, sure = view.reading(on_plot(view, at, 5.0)).splitlines()
            assert place.startswith(f"x₁ {at:.3g}"[:4])
            assert said == "Predicted class b"
            # The output there is 0.75: half of the way from the threshold, 0.5, to the target, 1.
            assert sure in ("confidence 49%, output 0.747", "confidence 52%, output 0.758")
            over = view.reading(on_plot(view, 10.0, 10.0)).splitlines()
            assert over[:2] == ["Training sample 2: class b", "x₁ 10, x₂ 10"]
            lines = rows_of(view.table())
            assert lines[0] == ["x₁", "x₂", "output"]
            assert len(lines) == 1 + 100 * 100
            assert [float(cell) for cell in lines[100]] == pytest.approx([x1, request.bounds[1], 1.0])  # type: ignore[attr-defined]

    def test_of_numbers_the_plane_tells_the_prediction(self, qapp: QApplication) -> None:
        with shown(BoundaryView(filled(layers.Dense(1)))) as view:
            split = read_data(edits.set_data(Document(), dataset=Hills(), validation=0.0).data)
            view.draw(Snapshot(1, RunState.PAUSED, data=split))
            (request,) = view.requests()
            picture = GridPicture(np.full((1, 100, 100), 0.25, np.float32), request.bounds)  # type: ignore[attr-defined]
            view.draw(Snapshot(1, RunState.PAUSED, data=split, answers={request: picture}))
            x, y = split.train.shown[5].tolist()
            lines = view.reading(on_plot(view, x, y)).splitlines()
            assert lines[-1] == "Predicted 0.25"
            assert "target" in lines[0]

    def test_of_many_points_the_numbers_are_those_of_the_data(self, qapp: QApplication) -> None:
        """Only a random part of many points is drawn; a point is still called by its own number."""
        with shown(BoundaryView(filled(layers.Dense(1))), 800, 800) as view:
            x = np.stack(np.meshgrid(np.arange(50.0), np.arange(50.0)), -1).reshape(-1, 2).astype(np.float32)
            data = Data(x, np.zeros(len(x), np.int64), "classification", ("a", "b"))
            view.draw(Snapshot(1, RunState.PAUSED, data=Split(data, None)))
            read = 0
            for index in range(0, len(x), 97):
                text = view.reading(on_plot(view, *x[index].tolist()))
                read += "sample" in text
                assert "sample" not in text or text.startswith(f"Training sample {index + 1:,}:")
            assert read > 5

    def test_a_confusion_matrix_is_taken_along_with_its_classes(self, qapp: QApplication) -> None:
        store = opened(edits.append(edits.set_data(Document(), dataset=Iris()), layers.Dense(3)))
        with shown(ConfusionView(store)) as view:
            counts = np.array([[8, 2, 0], [1, 9, 0], [0, 5, 5]])
            asked, found = Confusion(0.5), ConfusionPicture("validation", 30, 30, counts)
            view.draw(Snapshot(1, RunState.PAUSED, answers={asked: found}))
            names = view.canvas.names
            assert rows_of(view.table()) == [
                ["true class", *(f"predicted {name}" for name in names)],
                *([name, *map(str, row)] for name, row in zip(names, counts, strict=True)),
            ]

    def test_kernels_are_taken_along_line_by_line(self, qapp: QApplication) -> None:
        document = document_of(layers.Conv2D(filters=2), layers.Flatten(), layers.Dense(10), dataset=Digits())
        store = opened(document)
        with shown(KernelView(store)) as view:
            feed(view)
            lines = rows_of(view.table())
            assert lines[0] == ["filter", "channel", "row", "column 1", "column 2", "column 3"]
            parameters = build(store.document).parameters_of("conv2d_1")
            assert [line[:3] for line in lines[1:5]] == [[*"111"], [*"112"], [*"113"], ["1", "bias", "1"]]
            np.testing.assert_array_equal(
                np.array([line[3:] for line in lines[1:4]], np.float32), parameters["weight"][0, 0]
            )
            assert len(lines) == 1 + 2 * (3 + 1)


def on_plot(view: LossView | MetricView | BoundaryView, x: float, y: float) -> QPointF:
    """A place in the units of a plot's axes -> the nearest pixel of its canvas."""
    view.plot.grab()
    spot = view.plot.getViewBox().mapViewToScene(QPointF(x, y))
    return QPointF(view.plot.mapFromScene(spot))


class TestPreview:
    @pytest.fixture
    def preview(self, qapp: QApplication) -> Iterator[Preview]:
        with shown(Preview(), 260, 260) as made:
            yield made

    def test_points_tell_their_number_class_and_place(self, preview: Preview) -> None:
        data = XOR().load()
        preview.show_data(data)
        at_x, at_y = preview._spots(data)
        hover(preview, QPointF(at_x[1] + 2, at_y[1]).toPoint())
        x, y = data.x[1].astype(int)
        label = data.classes[data.y[1]]
        assert preview.inspection.readout.text() == f"Sample 2: class {label}\nx₁ {x}, x₂ {y}"
        hover(preview, QPoint(130, 125))
        assert not preview.inspection.readout.isVisible()

    def test_pictures_tell_the_pixel_under_the_mouse(self, preview: Preview) -> None:
        data = Digits().load()
        preview.show_data(data, first=10)
        box = preview._picture_box(3)
        pixel = box.topLeft() + QPointF(box.width() * 5.5 / 8, box.height() * 2.5 / 8)
        hover(preview, pixel.toPoint())
        label = data.classes[data.y[13]]
        value = str(data.shown[13].reshape(8, 8)[2, 5]).removesuffix(".0")
        assert preview.inspection.readout.text() == f"Sample 14: class {label}\nrow 3, column 6: {value}"

    def test_a_cell_of_a_table_is_told_in_full(self, preview: Preview) -> None:
        data = Iris().load()
        preview.show_data(data)
        hover(preview, QPoint(10, 44 + 22 + 5))
        assert preview.inspection.readout.text() == f"Sample 2, sepal length: {data.shown[1, 0]!s}"
        hover(preview, QPoint(250, 44 + 5))
        assert preview.inspection.readout.text() == f"Sample 1, class: {data.classes[data.y[0]]}"

    def test_what_is_on_show_is_taken_along(self, preview: Preview) -> None:
        data = Iris().load()
        preview.show_data(data, first=3)
        lines = rows_of(preview._page())
        assert lines[0] == ["sample", *data.features, "class"]
        assert len(lines) == 1 + preview.page_size()
        assert lines[1] == ["4", *map(str, data.shown[3]), data.classes[data.y[3]]]

    @pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (1, 2, 3), (2, 2, 2, 2)])
    def test_columns_are_named_for_every_shape(self, preview: Preview, shape: tuple[int, ...]) -> None:
        x = np.arange(5 * np.prod(shape), dtype=np.float32).reshape(5, *shape)
        preview.show_data(Data(x, np.zeros((5, 2), np.float32), "regression"))
        lines = rows_of(preview._page())
        assert len(set(lines[0])) == len(lines[0]) == len(lines[1]) == 1 + int(np.prod(shape)) + 2
        for place in (QPoint(10, 10), QPoint(10, 60), QPoint(250, 250)):
            preview.inspection.readout._read(QPointF(place))

    def test_of_nothing_there_is_nothing_to_read(self, preview: Preview) -> None:
        preview.show_data(None)
        hover(preview, QRect(preview.rect()).center())
        assert not preview.inspection.readout.isVisible()
        assert preview._page() is None
