"""Driver inside the real program that reports places and training state.

It only answers questions. Whatever a test does, it does with mouse and keyboard. Questions come as lines of JSON on
standard input, answers go as lines of JSON to standard output.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHeaderView,
    QLabel,
    QListWidget,
    QMenu,
    QMenuBar,
    QTabBar,
    QWidget,
)

from engine.data import PaintedPoints
from nnstudio.app import make_application, run
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT
from nnstudio.canvas.items.pixmap_cache import Sprites
from nnstudio.canvas.view import CanvasView
from nnstudio.document import edits
from nnstudio.document.model import Wire
from nnstudio.document.probe import UnitRef
from nnstudio.shell.docks import in_sight
from nnstudio.shell.main_window import MainWindow
from nnstudio.shell.project_files import Files
from nnstudio.store import Store
from nnstudio.training.plane_values import classify
from nnstudio.training.run import TrainingRun
from nnstudio.ui.motion import motion
from nnstudio.ui.steady_label import StillLabel
from nnstudio.views import BoundaryView, TryView
from nnstudio.views.boundary import reading
from nnstudio.views.network.layout import bias_mark

Answer = dict[str, Any]
# What a test can break: where Qt or a thread calls into the program by different ways.
PARTS: dict[str, tuple[Any, str]] = {
    "paint": (Sprites, "paint"),
    "event": (CanvasView, "set_zoom"),
    "slot": (edits, "tidy"),
    "undo": (Store, "_show"),
    "close": (Files, "may_leave"),
    "worker": (TrainingRun, "advance"),
}


class Oracle(QObject):
    """Answers questions, in the GUI thread."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._broken: list[Callable[[], None]] = []
        self.asked.connect(self.answer)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line)

    def answer(self, line: str) -> None:
        question = json.loads(line)
        kind = question.pop("ask")
        questions: dict[str, Callable[..., Answer]] = {
            "widget": self.widget,
            "palette": self.palette,
            "block": self.block,
            "port": self.port,
            "frame": self.frame,
            "name": self.name,
            "wire": self.wire,
            "fix": self.apply_fix,
            "row": self.row,
            "button": self.button,
            "menu": self.menu,
            "tab": self.tab,
            "header": self.header,
            "spot": self.spot,
            "cell": self.cell,
            "confusion_cell": self.confusion_cell,
            "judged": self.judged,
            "lens": self.lens,
            "unit": self.unit,
            "link": self.link,
            "map_pixel": self.map_pixel,
            "seen": self.seen,
            "plane": self.plane,
            "painted": self.painted,
            "tried": self.tried,
            "clipboard": self.clipboard,
            "state": self.state,
            "weights": self.weights,
            "digest": self.digest,
            "shot": self.shot,
            "break": self.break_,
            "repair": self.repair,
        }
        try:
            reply = questions[kind](**question)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()

    @property
    def window(self) -> MainWindow:
        return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))

    def widget(self, name: str) -> Answer:
        """Rectangle of a widget that can be seen, and the centre of what is to be seen of it."""
        for root in QApplication.topLevelWidgets():
            for found in (root, *root.findChildren(QWidget, name)):
                if found.objectName() == name and found.isVisible():
                    seen = seen_part(found)
                    # Scrolled out of sight, or in a dock behind another one, it is visible to Qt; but a click there
                    # would meet something else. Another window may have one of the same name.
                    if seen is None:
                        continue
                    text = found.text() if isinstance(found, QLabel) else ""
                    return {**_place(found, seen), **_rect(found, found.rect()), "text": text}
        return {"visible": False}

    def palette(self, layer: str) -> Answer:
        """Where a layer stands in the palette."""
        listing = self.window.findChild(QListWidget, "palette")
        for row in range(listing.count()):
            item = listing.item(row)
            if item.text() == layer:
                listing.scrollToItem(item)
                return _place(listing.viewport(), listing.visualItemRect(item))
        return {"visible": False}

    def _on_canvas(self, point: QPointF) -> Answer:
        view = self.window.canvas
        here = view.mapFromScene(point)
        return _place(view.viewport(), QRect(here, here))

    def block(self, name: str) -> Answer:
        """Where a block stands."""
        item = self.window.canvas.canvas.blocks.get(name)
        return self._on_canvas(item.pos()) if item is not None else {"visible": False}

    def port(self, name: str, way: str = "out") -> Answer:
        """A port of a block: the one below it, from which wires lead out, or with "in" the one above."""
        item = self.window.canvas.canvas.blocks.get(name)
        if item is None:
            return {"visible": False}
        return self._on_canvas(item.pos() + QPointF(0, BLOCK_HEIGHT / 2 * (1 if way == "out" else -1)))

    def name(self, name: str) -> Answer:
        """Where a block's name is written on it."""
        item = self.window.canvas.canvas.blocks.get(name)
        return self._on_canvas(item.mapToScene(item.name_rect().center())) if item is not None else {"visible": False}

    def frame(self, name: str, part: str = "") -> Answer:
        """The title of a group, or one of its buttons: "collapse", "less", "more"."""
        frame = self.window.canvas.canvas.frames.get(name)
        if frame is None:
            return {"visible": False}
        return self._on_canvas((frame.part_rect(part) if part else frame.boundingRect()).center())

    def wire(self, source: str, target: str, share: float = 0.5) -> Answer:
        """The middle of a wire, or a place at another share of its length."""
        item = self.window.canvas.canvas.wires[Wire(source=source, target=target)]
        return self._on_canvas(item.at(share))

    def apply_fix(self, name: str) -> Answer:
        """The button in the bubble beside a block with a problem."""
        callout = self.window.canvas.canvas.alerts.callouts.get(name)
        if callout is None or callout.button_centre is None:
            return {"visible": False}
        view = self.window.canvas
        here = view.mapFromScene(callout.scenePos()) + callout.button_centre.toPoint()
        return _place(view.viewport(), QRect(here, here))

    def row(self, index: int) -> Answer:
        """The words of a row in the list of problems."""
        rows = self.window.problems.rows
        if index >= len(rows) or not rows[index].isVisible():
            return {"visible": False}
        return _place(rows[index], QRect(30, 8, 60, 12))

    def button(self, text: str) -> Answer:
        """A visible button that says so, in any window; one that can be pressed, if there are several."""
        every = (each for root in QApplication.topLevelWidgets() for each in root.findChildren(QAbstractButton))
        fitting = [each for each in every if each.isVisible() and each.text().replace("&", "") == text]
        fitting.sort(key=lambda each: not each.isEnabled())
        return _place(fitting[0], fitting[0].rect()) if fitting else {"visible": False}

    def menu(self, text: str) -> Answer:
        """An entry of the menu bar, or of an open menu."""
        for menu in (self.window.menuBar(), *self.window.findChildren(QMenu)):
            for action in menu.actions():
                if menu.isVisible() and action.text().partition("\t")[0].replace("&", "") == text:
                    assert isinstance(menu, QMenuBar | QMenu)
                    return _place(menu, menu.actionGeometry(action))
        return {"visible": False}

    def tab(self, text: str) -> Answer:
        """The tab of a dock."""
        for bar in self.window.findChildren(QTabBar):
            for index in range(bar.count()):
                if bar.isVisible() and bar.tabText(index) == text:
                    return _place(bar, bar.tabRect(index))
        return {"visible": False}

    def header(self, text: str) -> Answer:
        """The title of a column of a table whose first line says so."""
        for header in (each for root in QApplication.topLevelWidgets() for each in root.findChildren(QHeaderView)):
            for place in range(header.count()) if header.isVisible() else ():
                title = header.model().headerData(place, header.orientation())
                if str(title).partition("\n")[0] == text:
                    room = QRect(header.sectionViewportPosition(place), 0, header.sectionSize(place), header.height())
                    return _place(header.viewport(), room)
        return {"visible": False}

    def spot(self, view: str, x: float, y: float) -> Answer:
        """A place on the plot of a view, in the units of its axes."""
        plot = self.window.views[view].plot  # type: ignore[attr-defined]
        here = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))
        return {**_place(plot.viewport(), QRect(here, here)), "visible": plot.isVisible()}

    def confusion_cell(self, row: int, column: int) -> Answer:
        """A cell of the confusion matrix, and its count."""
        view = self.window.views["confusionView"]
        canvas = view.canvas  # type: ignore[attr-defined]
        place = _place(canvas, canvas.cell(row, column).toRect())
        return {**place, "visible": canvas.isVisible(), "count": int(canvas.counts[row, column])}

    def judged(self) -> Answer:
        """The page in front of the judging view, in a few words."""
        page = self.window.views["judgingView"].page  # type: ignore[attr-defined]
        return {"page": page.title, "told": page.info.text(), "cut": getattr(page, "shown_cut", None)}

    def cell(self, row: int, column: int, image: str = "weight") -> Answer:
        """The middle of a cell of the weights on show."""
        canvas = self.window.views["kernelView"].canvas  # type: ignore[attr-defined]
        for patch in canvas.arranged.patches:
            if patch.image == image and patch.source.contains(column, row):
                across = patch.target.width() / patch.source.width()
                down = patch.target.height() / patch.source.height()
                at = QPointF((column - patch.source.x() + 0.5) * across, (row - patch.source.y() + 0.5) * down)
                here = (patch.target.topLeft() + at).toPoint()
                return {**_place(canvas, QRect(here, here)), "visible": canvas.isVisible()}
        return {"visible": False}

    def lens(self, grid: str = "output", row: int = 0, column: int = 0) -> Answer:
        """A cell of the window lens, and what it says for those who cannot see it."""
        canvas = self.window.views["lensView"].canvas  # type: ignore[attr-defined]
        if canvas.picture is None:
            return {"visible": False, "text": ""}
        here = canvas.cell(grid, row, column).center().toPoint()
        text = canvas.accessibleDescription()
        return {**_place(canvas, QRect(here, here)), "visible": in_sight(canvas), "text": text}

    def map_pixel(self, channel: int, row: int, column: int) -> Answer:
        """A pixel of the feature maps on show."""
        canvas = self.window.views["featureMapsView"].canvas  # type: ignore[attr-defined]
        place, (_, rows, columns) = canvas.place(channel), canvas.maps.shape
        part = QPointF((column + 0.5) / columns * place.width(), (row + 0.5) / rows * place.height())
        here = (place.topLeft() + part).toPoint()
        return {**_place(canvas, QRect(here, here)), "visible": in_sight(canvas)}

    def _on_network(self, point: QPointF) -> Answer:
        canvas = self.window.views["networkView"].canvas  # type: ignore[attr-defined]
        here = canvas.to_widget(point).toPoint()
        return {**_place(canvas, QRect(here, here)), "visible": in_sight(canvas)}

    def unit(self, block: str, unit: int, *, bias: bool = False) -> Answer:
        """A unit of the network view, or the mark of its bias."""
        cell = self.window.views["networkView"].canvas.cell((block, unit))  # type: ignore[attr-defined]
        if cell is None:
            return {"visible": False}
        return self._on_network((bias_mark(cell) if bias else cell).center())

    def link(self, target: str, source: int, unit: int) -> Answer:
        """A wire of the network view, near its end, by the units that it connects."""
        scene, start = self.window.views["networkView"].canvas.scene, 0  # type: ignore[attr-defined]
        for bundle in scene.model.bundles if scene is not None else ():
            if bundle.target == target:
                (wire,) = np.flatnonzero((bundle.rows == source) & (bundle.columns == unit)).tolist()
                return self._on_network(scene.lines[start + wire].pointAt(0.85))
            start += len(bundle)
        return {"visible": False}

    def seen(self) -> Answer:
        """What stands beside the mouse, and what the views show of the last step."""
        labels = [label for label in self.window.findChildren(QLabel, "readOut") if label.isVisible()]
        views, report = self.window.views, self.window.session.snapshot.step_report
        x, y = views["boundaryView"].points.rings.getData()  # type: ignore[attr-defined]
        return {
            "read": labels[0].text() if labels else "",
            "rings": [] if x is None else np.stack([x, y], axis=1).tolist(),
            "weights": views["kernelView"].info.text(),  # type: ignore[attr-defined]
            "dot": views["lossView"].step.y.tolist(),  # type: ignore[attr-defined]
            "marked": self.window.data_panel.samples.preview.marked,
            "status": self.window.status.findChild(StillLabel, "statusMessage").text(),
            "used": [] if report is None else list(report.samples),
            "menu": [action.text() for menu in self._menus() for action in menu.actions() if action.isEnabled()],
        }

    def plane(self) -> Answer:
        """What the decision boundary and the 3-D surface say of themselves."""
        boundary, surface = (self.window.views[name] for name in ("boundaryView", "surfaceView"))
        camera = surface.canvas.camera  # type: ignore[attr-defined]
        return {
            "probe": boundary.plot.accessibleDescription(),  # type: ignore[attr-defined]
            "unit": boundary.aspect.title if isinstance(boundary.aspect, UnitRef) else "",  # type: ignore[attr-defined]
            "mark": boundary.probe_mark.place,  # type: ignore[attr-defined]
            "surface_probe": surface.canvas.accessibleDescription(),  # type: ignore[attr-defined]
            "camera": [camera.azimuth, camera.elevation, camera.zoom],
        }

    def painted(self) -> Answer:
        """Painted points, how many of them the run has, and the share of them whose class the picture shows right."""
        window = self.window
        dataset, data = window.store.document.data.dataset, window.session.snapshot.data
        view = window.views["boundaryView"]
        if not isinstance(dataset, PaintedPoints) or not isinstance(view, BoundaryView):
            return {"points": [], "labels": []}
        right = []
        picture, labels = view.picture, dataset.labels.tolist()
        for (x, y), label in zip(dataset.points.xy.tolist(), labels, strict=True):
            at = None if picture is None else reading.nearest_point(picture, x, y)
            if at is not None and picture is not None:
                right.append(int(classify(picture.values[:, at[0], at[1]], 0.5)[0]) == label)
        parts = () if data is None else (data.train, data.validation, data.test)
        return {
            "points": dataset.points.xy.tolist(),
            "values": dataset.points.values.tolist(),
            "labels": labels,
            "classes": list(dataset.classes),
            "learning": sum(len(part) for part in parts if part is not None),
            "right": sum(right) / len(right) if right else 0.0,
            "tool": view.painting.bar.brush.tool.value,
        }

    def tried(self) -> Answer:
        """What is tried, the answer to it, and the place of the pad's sheet."""
        view = self.window.views["tryView"]
        assert isinstance(view, TryView)
        sheet = view.pad.sheet().toRect()
        return {
            "name": view.name.text(),
            "verdict": view.verdict.text(),
            "answers": {answer.name: [answer.before, answer.value] for answer in view.bars.answers},
            "strokes": len(view.pad.strokes),
            **_place(view.pad, sheet),
        }

    def _menus(self) -> list[QMenu]:
        return [menu for menu in self.window.findChildren(QMenu, "viewMenu") if menu.isVisible()]

    def clipboard(self) -> Answer:
        """What is on the clipboard: text, and the size of a picture."""
        found = QApplication.clipboard()
        image = found.image()
        return {"text": found.text(), "picture": [image.width(), image.height()]}

    def _lesson(self) -> Answer:
        """Step of a lesson on display, its hint, and the right answers to what it asks."""
        player = self.window.lessons
        asked = player.question
        return {
            "step": player.place + 1 if player.lesson is not None else 0,
            "done": bool(player.bar.onward_button.property("done")),
            "hint": player.bar.hint.text(),
            "hidden": dict(self.window.mathematics.canvas.covers),
            "answers": [] if asked is None or asked.hindrance else [asked.value(place) for place in asked.places],
        }

    def state(self) -> Answer:
        """The document and the newest snapshot in a few words."""
        window = self.window
        document, snapshot, made = window.store.document, window.session.snapshot, window.views.present

        def present(name: str, told: Callable[[Any], Any], otherwise: Any) -> Any:
            return told(made[name]) if name in made else otherwise

        judged = snapshot.curves.get("val_accuracy")
        losses = snapshot.curves.get("loss")
        problems = {name: problem.sentence for name, problem in window.store.analysis.problems.items()}
        return {
            "chain": list(document.chain()),
            "layers": {block.name: block.layer.model_dump(mode="json") for block in document.blocks},
            "groups": {group.name: list(group.blocks) for group in document.groups},
            "collapsed": [group.name for group in document.groups if group.collapsed],
            "dataset": document.data.dataset.type,
            "training": document.training.model_dump(mode="json"),
            "guides": len(window.canvas.canvas.block_drag.guides.lines),
            "wires": {item.objectName(): item.label for item in window.canvas.canvas.wires.values()},
            "blocks": {name: [item.x(), item.y()] for name, item in window.canvas.canvas.blocks.items()},
            "problems": problems,
            "findings": [[f.where, f.severity.value, f.sentence] for f in window.store.analysis.findings],
            "selected": window.store.selected,
            "chosen": window.canvas.canvas.editing.names,
            "off": [block.name for block in document.blocks if block.disabled],
            "notes": {name: item.face.note for name, item in window.canvas.canvas.blocks.items() if item.face.note},
            "told": window.status.currentMessage(),
            # Of a view that nobody has looked at, what it would say in the beginning: a question must not make it.
            "walk": [window.walk.place, present("mathematicsView", lambda view: view.caption(), "Mathematics")],
            "lesson": self._lesson(),
            "undo": window.store.undo_stack.undoText(),
            "unit": window.store.unit.title if window.store.unit is not None else "",
            "state": snapshot.state.value,
            "epoch": snapshot.epoch,
            "epochs": snapshot.epochs,
            "speed": window.speed.name,
            "probe": window.probe_label.text(),
            "arrangement": window.docks.arrangement,
            "marks": [[mark.x, mark.text] for mark in snapshot.marks],
            "log": present("lossView", lambda view: view.log, False),
            "step": snapshot.step,
            "loss": snapshot.loss,
            "first_loss": float(losses.y[0]) if losses is not None and len(losses.y) else None,
            "validation_accuracy": float(judged.y[-1]) if judged is not None and len(judged.y) else 0.0,
            "rate": snapshot.rate,
            "learning_rate": snapshot.learning_rate,
            "message": snapshot.message,
            "title": window.windowTitle().replace("[*]", "*" if window.isWindowModified() else ""),
            "zoom": window.canvas.zoom,
            "seen": list(window.canvas.seen_rect().center().toTuple()),
            "focus": getattr(QApplication.focusWidget(), "objectName", str)(),
            "heard": window.canvas.accessibleDescription(),
            "animations": motion().on,
            "views": {name: view.windowTitle() or view.title for name, view in made.items() if in_sight(view)},
            "weights_of": present("kernelView", lambda view: view.choice.currentText(), ""),
            "confused": present("confusionView", lambda view: view.info.text(), ""),
            "window": int(window.winId()),
            "active": window.isActiveWindow(),
            "moment": None if snapshot.moment is None else snapshot.moment.step,
            "moments": len(snapshot.history.steps),
            "time": window.findChild(StillLabel, "timeLabel").text(),
            "run": snapshot.run.id,
            "runs": {run.id: run.checkpoint.step for run in snapshot.runs},
            "compared": present("lossView", lambda view: [line.name for line in view.overlay.lines], []),
            "boundary": present("boundaryView", lambda view: _digest(view.answer), _digest(None)),
            "lens": present("mathematicsView", lambda view: _digest(view.answer), _digest(None)),
        }

    def weights(self) -> Answer:
        """Every array of weights as one number that changes with it."""
        made = self.window.session.collect().checkpoint.weights
        return {name: float(array.astype(float).ravel() @ range(1, array.size + 1)) for name, array in made.items()}

    def digest(self) -> Answer:
        """Fingerprint of all weights: another one if a single bit of them differs."""
        return {"digest": fingerprint(self.window.session.collect().checkpoint.weights)}

    def break_(self, part: str) -> Answer:
        """From here on, a part of the program does nothing but raise an error, as a fault in it would."""
        place, name = PARTS[part]
        whole = getattr(place, name)

        def broken(*_: object, **__: object) -> None:
            raise ZeroDivisionError(f"a fault in {part}, put there by a test")

        setattr(place, name, broken)
        self._broken.append(lambda: setattr(place, name, whole))
        return {}

    def repair(self) -> Answer:
        """Undoes all `break_`s."""
        while self._broken:
            self._broken.pop()()
        return {}

    def shot(self, path: str) -> Answer:
        """A picture of the whole screen, as a person sees it."""
        return {"saved": QApplication.primaryScreen().grabWindow(0).save(path)}


def fingerprint(weights: Mapping[str, Any]) -> str:
    """Fingerprint of arrays by name."""
    made = hashlib.sha256()
    for name in sorted(weights):
        made.update(name.encode() + np.ascontiguousarray(weights[name]).tobytes())
    return made.hexdigest()


def seen_part(widget: QWidget) -> QRect | None:
    """What of a widget lies within all that holds it; None where nothing does."""
    rect, shift, holder = widget.rect(), QPoint(), widget
    while not holder.isWindow() and (outer := holder.parentWidget()) is not None:
        shift, holder = shift + holder.pos(), outer
        rect = rect.translated(shift).intersected(holder.rect()).translated(-shift)
    return None if rect.isEmpty() else rect


def _digest(answer: Any) -> str:
    """Digest of all numbers in an answer."""
    return hashlib.sha256(repr(_plain(answer)).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    return value if isinstance(value, int | float | str | None) else type(value).__name__


def _rect(widget: QWidget, rect: QRect) -> Answer:
    corner = widget.mapToGlobal(rect.topLeft())
    return {"rect": [corner.x(), corner.y(), rect.width(), rect.height()]}


def _place(widget: QWidget, rect: QRect) -> Answer:
    centre = widget.mapToGlobal(rect.center())
    return {
        "visible": True,
        "centre": [centre.x(), centre.y()],
        **_rect(widget, rect),
        "enabled": widget.isEnabled(),
    }


def main() -> int:
    make_application()
    oracle = Oracle()
    status = run(sys.argv[1] if len(sys.argv) > 1 else None)
    oracle.deleteLater()
    return status


if __name__ == "__main__":
    sys.exit(main())
