"""Network: all units as live thumbnails, and the weights between them as wires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from engine.data.stored_samples import in_memory
from engine.graph import INPUT
from nnstudio.document.model import shown_name
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.requests.base import Request
from nnstudio.training.requests.batch_loss import BatchLoss, LossPicture
from nnstudio.training.requests.probe_trace import ProbePicture
from nnstudio.training.requests.unit_planes import MOST_UNITS, UnitPlanePicture, UnitPlanes
from nnstudio.ui.number_table import NumberTable
from nnstudio.ui.plane import bounds_of
from nnstudio.ui.steady_label import StillLabel
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import reach_of, value_image
from nnstudio.views.base import Layout, Section
from nnstudio.views.network.canvas import NetworkCanvas
from nnstudio.views.network.choosing import Chooser, Units
from nnstudio.views.network.connections import Bundle
from nnstudio.views.network.editing import ValueBox
from nnstudio.views.network.entries import Entry, entries_of_unit, entries_of_wire
from nnstudio.views.network.frame import frame_of
from nnstudio.views.network.model import Model, build
from nnstudio.views.network.painting import Spot
from nnstudio.views.network.reading import (
    bias_reading,
    block_reading,
    unit_reading,
    unit_title,
    wire_reading,
)
from nnstudio.views.plotting import Header, RichLabel, column, short
from nnstudio.views.probe_trace_view import ProbeTraceView

Array = NDArray[Any]

# Room around the data in the plane, as a share of their width: that of the decision boundary.
_MARGIN = 0.1
# From this width on, legend and loss stand beside each other.
_WIDE = 620


class NetworkView(ProbeTraceView):
    """View of the whole network: what each unit computes, and what passes between them."""

    dock_name = "networkView"
    title = "Network"
    saying = "every unit's output for the probe, every wire's weight"
    area, group, rank = "bottom", "inside", 10
    section: ClassVar[Section] = "inside"
    layouts: ClassVar[frozenset[Layout]] = frozenset({"understand"})
    min_interval = 0.05
    waiting = "The network appears as soon as it is ready to train."

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.canvas = NetworkCanvas()
        self.legend = RichLabel("What the picture shows")
        self.legend.setWordWrap(True)
        self.loss = StillLabel("Loss of the network as it is")
        self.loss.setObjectName("networkLoss")
        # In a narrow dock it is cut rather than makes the dock wider.
        self.loss.setMinimumWidth(1)
        self.note = RichLabel("What is left out")
        self.note.setContentsMargins(8, 0, 8, 3)
        self.note.hide()
        content = QWidget()
        column(content, Header(self.legend, self.loss, wide_from=_WIDE), self.canvas, self.note)
        self.set_content(content)
        self.make_inspectable(self.canvas, self.legend, self.note, fit=self.canvas.fit)
        self.box = ValueBox(self.canvas)
        self.box.edited.connect(self.parameter_edited)
        self.box.closed.connect(self.canvas.setFocus)
        self._chooser = Chooser()
        self._planes: UnitPlanes | None = None
        # The newest answer to it: while training runs, not every snapshot has one.
        self._plane_answer: UnitPlanePicture | None = None
        self._model: Model | None = None
        # Its class or target is known with the data only.
        self._probe_name = ""
        # What the structure on show was made from.
        self._key: object = None
        # The loss when training came to rest: its generation and step, and the loss.
        self._rest: tuple[int, int, float] | None = None
        self._room = QTimer(self, singleShot=True, interval=0)
        self._room.timeout.connect(self.redraw)
        self.canvas.resized.connect(self._room.start)
        self.canvas.unit_chosen.connect(self._choose)
        self.canvas.block_chosen.connect(store.select)
        self.canvas.wire_chosen.connect(self._edit_wire)
        self.canvas.edit_wanted.connect(self._edit_unit)
        self.canvas.page_wanted.connect(self._turn)
        self.canvas.looked.connect(self._show_kernel)
        self.canvas.moved.connect(self._tell_focus)
        store.unit_changed.connect(self.redraw)
        store.selection_changed.connect(self.redraw)
        store.sample_changed.connect(self._show_legend)
        theme().changed.connect(self._show_legend)
        self._show_legend()

    # What it asks for

    def requests(self) -> frozenset[Request]:
        wanted: set[Request] = {self.request()}
        if self._planes is not None:
            wanted.add(self._planes)
        if not self._running:
            wanted.add(BatchLoss(self.store.document.training.loss))
        return frozenset(wanted)

    def forget(self) -> None:
        super().forget()
        self._planes, self._plane_answer = None, None
        self._model, self._key, self._rest = None, None, None
        self._chooser = Chooser()
        self.box.shut()

    # Drawing

    def show_answer(self, answer: ProbePicture) -> None:
        snapshot = self.snapshot
        if snapshot is None:
            return
        if self.named(self.store.probe) != self._probe_name:
            self._show_legend()
        running = snapshot.state is RunState.RUNNING
        if running:
            self.box.shut()
        most = self.canvas.room().most_units
        chosen = self._chooser.choose(answer, most, self.store.unit, running=running)
        planes = self._plane_picture(snapshot, answer, chosen)
        self._arrange(answer, chosen, planes)
        if self._model is None:
            return
        self.canvas.show_frame(frame_of(self._model, answer, planes), self._chosen_spot(), running=running)
        self._show_kernel()
        self.box.follow(answer.parameters)
        self._show_loss(snapshot)

    def _plane_picture(self, snapshot: Snapshot, picture: ProbePicture, chosen: Units) -> UnitPlanePicture | None:
        """Answer with the planes of the units on show, and the request for the next one."""
        data = snapshot.data
        if data is None or data.train.shown.shape[1:] != (2,):
            self._planes, self._plane_answer = None, None
            return None
        parts = [in_memory(part.shown) for part in (data.train, data.validation) if part is not None]
        large = tuple(
            (block, units)
            for block, units in chosen.items()
            if picture.value(block).ndim == 1 and len(picture.value(block)) > MOST_UNITS
        )
        wanted = UnitPlanes(bounds_of(np.concatenate(parts), _MARGIN), large)
        if wanted != self._planes:
            self._planes = wanted
            self.requests_changed.emit()
        found = snapshot.answers.get(wanted)
        if isinstance(found, UnitPlanePicture):
            self._plane_answer = found
        return self._plane_answer

    def _arrange(self, picture: ProbePicture, chosen: Units, planes: UnitPlanePicture | None) -> None:
        """Makes structure and places anew, if anything they follow from is another."""
        over_plane = frozenset(
            block
            for block, units in chosen.items()
            if planes is not None
            and planes.totals.get(block) == len(picture.value(block))
            and set(units) <= set(planes.units[block])
        )
        before, after = self._names(picture)
        pages = frozenset(self._chooser.pages)
        selected = self.store.selected if self.store.selected in picture.layers else ""
        shapes = tuple((name, output.shape) for name, output in picture.trace.outputs.items())
        size = self.canvas.size(), self.canvas.fontMetrics().height()
        key = (
            shapes,
            tuple(picture.sources.items()),
            tuple(chosen.items()),
            over_plane,
            pages,
            selected,
            size,
            before,
            after,
        )
        if key == self._key:
            return
        self._model = build(picture, chosen, pages, over_plane, selected)
        self._key = key
        self.canvas.show_model(self._model, before, after, picture.output)
        self.note.setVisible(bool(self._model.note))
        self.note.show_marks([("", theme().colours.muted, self._model.note)])

    def _names(self, picture: ProbePicture) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the inputs and of the outputs; empty where they have none."""
        data = self.snapshot.data if self.snapshot is not None else None
        if data is None:
            return (), ()
        flat = picture.value(INPUT).ndim == 1
        features = tuple(data.train.features) if flat else ()
        if flat and not features and len(picture.value(INPUT)) == 2:
            features = "x₁", "x₂"
        classes = data.train.classes if len(data.train.classes) == len(picture.prediction) else ()
        return features, tuple(classes)

    def _show_legend(self) -> None:
        colours, self._probe_name = theme().colours, self.named(self.store.probe)
        self.legend.show_marks(
            [
                ("◉", colours.text, self._probe_name),
                ("━", colours.positive, "positive"),
                ("╍", colours.negative, "negative"),
                ("⊕", colours.text, "bias"),
            ]
        )
        self.legend.setToolTip(
            "Each layer is a column of units, from the data at the left to the output at the right. A unit shows its "
            "output: over the plane of two inputs, as a map, or as a number. Each layer has a colour scale of its own. "
            "The thicker a wire, the larger its weight; dashes are negative weights, and thin grey wires pass values "
            "on without one. Click a unit to look at it elsewhere too; while training is paused, click a wire or a "
            "bias to change it."
        )

    def _show_loss(self, snapshot: Snapshot) -> None:
        found = snapshot.answers.get(BatchLoss(self.store.document.training.loss))
        if snapshot.state is RunState.RUNNING or not isinstance(found, LossPicture):
            if snapshot.state is RunState.RUNNING or snapshot.moment is not None:
                self._rest = None
                self.loss.setText("")
            return
        if snapshot.moment is not None:
            self._rest = None
            self.loss.setText(f"Loss then {short(found.loss)}")
            self.loss.setToolTip(f"Mean loss over the training samples at step {snapshot.moment.step:,}")
            return
        moment = snapshot.generation, snapshot.step
        if self._rest is None or self._rest[:2] != moment:
            self._rest = (*moment, found.loss)
        before = self._rest[2]
        was = f" (was {short(before)})" if before != found.loss else ""
        self.loss.setText(f"Loss now {short(found.loss)}{was}")
        part = "the" if found.samples == found.total else f"{found.samples:,} of the"
        ago = "; in brackets, before numbers of it were changed" if was else ""
        tip = f"Mean loss over {part} {found.total:,} training samples, for the network as it is now{ago}"
        self.loss.setToolTip(tip)

    def _show_kernel(self) -> None:
        """Shows the kernel on the wire under the mouse, on the scale of all kernels between the two blocks."""
        picture, model, number = self.picture, self._model, self.canvas.hovered.wire
        if picture is None or model is None or number is None:
            return
        bundle, wire = self._wire(model, number)
        if bundle.weight:
            kernels = bundle.kernels(picture.parameters)
            if kernels.ndim > 2:
                self.canvas.kernel = value_image(kernels[wire], reach_of(kernels))

    def _chosen_spot(self) -> Spot | None:
        unit, model = self.store.unit, self._model
        if unit is None or model is None or unit.block not in model.blocks:
            return None
        units = model.blocks[unit.block].units
        return (unit.block, units.index(unit.index)) if unit.index in units else None

    # Reading

    def reading(self, point: QPointF) -> str:
        picture, model = self.picture, self._model
        if picture is None or model is None or not self.box.isHidden():
            return ""
        names = self._names(picture)[0]
        title = self.canvas.title_at(point)
        if title:
            return block_reading(picture, model.blocks[title])
        bias = self.canvas.bias_at(point)
        if bias is not None:
            block = model.blocks[bias[0]]
            return bias_reading(picture, block, block.units[bias[1]]) + self._invitation()
        seen = self.canvas.look(point)
        if seen.unit is not None:
            block = model.blocks[seen.unit[0]]
            return unit_reading(picture, block, block.units[seen.unit[1]], names)
        if seen.wire is not None:
            bundle, wire = self._wire(model, seen.wire)
            told = wire_reading(picture, bundle, wire, names)
            return told + self._invitation() if bundle.weight else told
        return ""

    def _invitation(self) -> str:
        return "\nPause to change it" if self._running else "\nClick to change it"

    @staticmethod
    def _wire(model: Model, number: int) -> tuple[Bundle, int]:
        """Bundle of a wire, and its number within that."""
        for bundle in model.bundles:
            if number < len(bundle):
                return bundle, number
            number -= len(bundle)
        raise IndexError(number)

    def table(self) -> NumberTable | None:
        picture = self.picture
        if picture is None:
            return None

        def rows() -> Iterator[Sequence[object]]:
            for block, outputs in picture.trace.outputs.items():
                gradients = picture.gradient(block)
                flat, slopes = outputs[0].ravel(), None if gradients is None else gradients.ravel()
                each = max(flat.size // max(len(outputs[0]), 1), 1)
                for place, value in enumerate(flat.tolist()):
                    slope = None if slopes is None else float(slopes[place])
                    yield shown_name(block), place // each + 1, place % each + 1, value, slope

        return NumberTable(("block", "unit", "number", "output", "gradient"), rows)

    def _tell_focus(self) -> None:
        picture, model, focus = self.picture, self._model, self.canvas.focus
        if picture is None or model is None or focus is None:
            return
        block = model.blocks[focus[0]]
        text = unit_reading(picture, block, block.units[focus[1]], self._names(picture)[0]).replace("\n", ", ")
        self.canvas.setAccessibleDescription(text)
        self.message.emit(text)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.canvas, text))

    # Choosing and changing

    def _choose(self, name: str, place: int) -> None:
        if self._model is None:
            return
        unit = UnitRef(name, self._model.blocks[name].units[place])
        if name != INPUT:
            self.store.choose_unit(None if unit == self.store.unit else unit)
        self.store.select(name)

    def _turn(self, name: str, forwards: bool) -> None:
        if self._model is not None:
            self._chooser.turn(name, forwards, self.canvas.room().most_units, self._model.blocks[name].total)
            self.redraw()

    def _edit_wire(self, number: int, point: QPointF) -> None:
        picture, model = self.picture, self._model
        if picture is None or model is None:
            return
        bundle, wire = self._wire(model, number)
        if not bundle.weight:
            self.message.emit("No weight lies on this wire: it passes values on.")
            return
        self._open(entries_of_wire(picture, bundle, wire, self._names(picture)[0]), point)

    def _edit_unit(self, name: str, place: int, point: QPointF) -> None:
        """Offers the parameters of a unit, and the weights of the wires that lead to it."""
        picture, model = self.picture, self._model
        if picture is None or model is None:
            return
        unit = model.blocks[name].units[place]
        entries = entries_of_unit(picture, model, name, unit, self._names(picture)[0])
        if entries:
            self._open(entries, point)
        else:
            self.message.emit(f"{unit_title(name, unit)} has no weights or bias to change.")

    def _open(self, entries: Sequence[Entry], point: QPointF) -> None:
        picture = self.picture
        if self._running:
            self.message.emit("Pause training to change a weight.")
        elif picture is not None:
            if self.inspection is not None:
                self.inspection.readout.stop()
            self.box.open(entries, picture.parameters, point)
