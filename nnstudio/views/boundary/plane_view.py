"""Base of views of the network over a plane of its inputs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data import Signature
from nnstudio.document.probe import OwnSample, Probe, UnitRef
from nnstudio.store import Store
from nnstudio.training.contours import Bounds
from nnstudio.training.messages import Snapshot
from nnstudio.training.plane_values import Aspect, OutputRef, heights
from nnstudio.training.planes import WHOLE, Frame, Plane, frame_of, parallel
from nnstudio.training.requests.base import Refusal, Request
from nnstudio.training.requests.grid import Grid, GridPicture
from nnstudio.training.requests.plane_frame import PlaneFrame
from nnstudio.training.sample_text import probe_text
from nnstudio.training.split import Split
from nnstudio.ui.labels import PlainLabel
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme
from nnstudio.views.answer_view import AnswerView
from nnstudio.views.base import brief
from nnstudio.views.boundary.aspect_choice import AspectChoice
from nnstudio.views.boundary.colouring import scale_of, scale_of_values
from nnstudio.views.boundary.plane_choice import PlaneChoice, axis_names, plane_sentence

Scale = tuple[float, float]


class PlaneView(AnswerView):
    """View of the network's outputs, or of one unit, over a plane through the space of its inputs.

    It keeps data, plane and aspect in step with store and snapshots. A subclass says in `grid_bounds` and `resolution`
    what it asks for, places `planes` and `note` in its layout, and draws in `take_plane`, `restyle_data`, `mark_probe`
    and `show_answer`.

    Attributes:
        aspects, planes: the choices of what is shown, and over which plane; the first is part of the second.
        note: a line on what is shown where that is not plain.
        split, frame: the data, and the plane's coordinates; None before they are there.
    """

    group = "network"
    square = True
    min_interval = 1 / 30
    waiting = "The plane appears as soon as the network is ready to train."
    needs = "a table or pictures, with at least two inputs"
    drawn_without_answer = True
    resolution = 100
    with_contours = False

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self.aspects = AspectChoice(store)
        self.planes = PlaneChoice(self.aspects)
        self.note = PlainLabel()
        self.note.setAccessibleName("Plane and output on display")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(8, 0, 8, 3)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.note.hide()
        self.split: Split | None = None
        self.frame: Frame | None = None
        self._plane: Plane = WHOLE
        self._refused = ""
        self._before: Probe | None = None
        self.aspects.changed.connect(self._aspect_changed)
        self.planes.changed.connect(self.requests_changed)
        store.sample_changed.connect(self._probe_changed)
        theme().changed.connect(self._restyle_note)
        self._restyle_note()

    @classmethod
    def suits(cls, signature: Signature) -> bool:
        shape = signature.shown_shape
        return len(shape) in (1, 3) and math.prod(shape) >= 2

    @classmethod
    def leads(cls, signature: Signature) -> bool:
        return signature.shown_shape == (2,)

    # To be overridden

    def grid_bounds(self) -> Bounds | None:
        """Bounds of the grid to ask for, None as long as there are none."""
        raise NotImplementedError(f"{type(self).__name__} asks for no grid")

    def take_plane(self) -> None:
        """Take other data, or another plane."""
        raise NotImplementedError(f"{type(self).__name__} takes no plane")

    def restyle_data(self) -> None:
        """Draw the data anew, after another aspect or theme was chosen."""
        raise NotImplementedError(f"{type(self).__name__} draws no data")

    def mark_probe(self) -> None:
        """Mark the place of the probe."""
        raise NotImplementedError(f"{type(self).__name__} marks nothing")

    # Requests

    @property
    def plane(self) -> Plane:
        """Chosen plane."""
        return self.planes.plane(self.store.probe)

    @property
    def aspect(self) -> Aspect:
        """Chosen aspect."""
        return self.aspects.aspect

    @property
    def threshold(self) -> float:
        """Threshold of the loss."""
        return self.store.document.training.loss.threshold

    @property
    def names(self) -> tuple[str, str]:
        """Names of the plane's coordinates."""
        return ("x", "y") if self.split is None else axis_names(self._plane, self.split.train)

    def request(self) -> Grid | None:
        bounds = self.grid_bounds()
        if self.frame is None or bounds is None or not parallel(self._plane, self.plane):
            return None
        return Grid(bounds, self.resolution, self.plane, self.aspect, self.threshold, self.with_contours)

    def requests(self) -> frozenset[Request]:
        if self.split is None:
            return frozenset()
        if self.frame is not None and self._plane == self.plane:
            return super().requests()
        return super().requests() | {PlaneFrame(self.plane)}

    def hindrance(self, snapshot: Snapshot) -> str:
        data = snapshot.data
        if data is None or len(data.train) == 0:
            self.split = self.frame = None
            return brief(snapshot.message) or self.waiting
        signature = self.store.analysis.signature
        unlike = signature is not None and signature.input_shape != data.train.x.shape[1:]
        # A signature reads all samples, which is nothing for every frame.
        if unlike or (data is not self.split and not self.suits(data.train.signature)):
            # The last snapshot of the data that were there before.
            self.split = self.frame = None
            return self.waiting
        if data is not self.split:
            self._take_split(data)
        return (self._refused or brief(snapshot.message) or self.waiting) if self.frame is None else ""

    def draw(self, snapshot: Snapshot) -> None:
        if self.split is not None and snapshot.data is self.split:
            found = snapshot.answers.get(PlaneFrame(self.plane))
            if isinstance(found, Frame) and found is not self.frame:
                self._take_frame(found, self.plane)
            elif isinstance(found, Refusal):
                self._refused = found.sentence
        super().draw(snapshot)

    def _take_split(self, split: Split) -> None:
        going_on = self.split is not None and self.frame is not None and split.goes_on(self.split)
        if going_on:
            # The picture of before stays until the next one is there: painting must not make it flicker.
            self.split, self._refused = split, ""
            self.take_plane()
            self._tell()
            self.mark_probe()
            return
        self.split, self.frame, self.answer, self._refused = split, None, None, ""
        self.planes.set_data(split.train)
        self.aspects.set_data(split.train)
        if split.train.shown.shape[1:] == (2,):
            # Nothing needs to be found out first.
            frame = frame_of(WHOLE, split)
            assert frame is not None
            self._take_frame(frame, WHOLE)

    def _take_frame(self, frame: Frame, plane: Plane) -> None:
        # Through another sample: every point keeps its place.
        same = self.frame is not None and parallel(self._plane, plane)
        self.frame, self._plane, self._refused = frame, plane, ""
        if not same:
            self.answer = None
            self.take_plane()
        self._tell()
        self.mark_probe()

    # What is shown

    @property
    def picture(self) -> GridPicture | None:
        """Values on display, None if there are none."""
        return self.answer if isinstance(self.answer, GridPicture) else None

    @property
    def output(self) -> int:
        """Predicted number by which the data are coloured."""
        return self.aspect.index if isinstance(self.aspect, OutputRef) else 0

    def heights(self, picture: GridPicture) -> NDArray[np.floating]:
        """The number that the aspect shows, (side, side)."""
        unit = picture.unit if picture.aspect == self.aspect else None
        return heights(picture.values, unit, self.aspect, self.threshold)

    def target_scale(self) -> Scale:
        """Centre and reach of the scale of the data's targets."""
        if self.split is None or self.split.train.task != "regression":
            return 0.0, 1.0
        return scale_of(self.split.train.shown_y[:, self.output])

    def scale(self, picture: GridPicture | None) -> Scale:
        """Centre and reach of the scale of the values on display."""
        if self.split is not None and self.split.train.task == "regression" and not isinstance(self.aspect, UnitRef):
            return self.target_scale()
        values = np.zeros((1, 1)) if picture is None else self.heights(picture)
        return scale_of_values(values, self._bounded(picture))

    def _bounded(self, picture: GridPicture | None) -> tuple[float, float] | None:
        """The ends between which the values lie, whatever the weights; None where there are none."""
        if isinstance(self.aspect, UnitRef):
            document = self.store.document
            if not document.has_block(self.aspect.block):
                return None
            low, high = document.block(self.aspect.block).layer.output_range()
            return (low, high) if math.isfinite(low) and math.isfinite(high) else None
        if self.aspect == "margin":
            return -1.0, 1.0
        if picture is None or len(picture.values) == 1:
            # The targets are as far from the threshold on one side as on the other.
            return 2 * self.threshold - 1, 1.0
        return (0.0, 1.0) if picture.values.min() >= 0 and picture.values.max() <= 1 else None

    def probe_place(self) -> tuple[float, float] | None:
        """Coordinates of the probe in the plane, onto which it is projected."""
        sample = None if self.split is None else self.split.sample(self.store.probe)
        if sample is None or self.frame is None:
            return None
        ((x, y),) = self.frame.project(sample.shown[None]).tolist()
        return x, y

    def choose(self, sample: Probe) -> None:
        """Make a sample the probe, after a click."""
        self._before = self.store.sample
        self.store.choose_sample(sample)

    def choose_place(self, x: float, y: float) -> None:
        """Make the sample at these coordinates the probe."""
        if self.frame is not None:
            point = self.frame.points(np.array([[x, y]]))
            self.choose(OwnSample(tuple(point.ravel().tolist())))

    def take_back(self) -> None:
        """Return to the probe before the last click, which turned out to be the first half of a double-click."""
        self.store.choose_sample(self._before)

    def probe_words(self) -> str:
        """Name and place of the probe, for screen readers; "" where it has none."""
        place = self.probe_place()
        if place is None:
            return ""
        where = ", ".join(f"{name} {value:.3g}" for name, value in zip(self.names, place, strict=True))
        return f"Probe: {probe_text(self.store.probe, self.split)}, at {where}"

    def _aspect_changed(self) -> None:
        self._tell()
        if self.split is not None and self.frame is not None:
            self.restyle_data()
        self.requests_changed.emit()

    def _probe_changed(self) -> None:
        self.mark_probe()
        self._tell()
        self.requests_changed.emit()

    def _tell(self) -> None:
        """Says what is shown, and where."""
        parts = [f"Output of {self.aspect.title}."] if isinstance(self.aspect, UnitRef) else []
        if self.frame is not None:
            parts.append(plane_sentence(self.plane, self.frame))
        text = " ".join(part for part in parts if part)
        if text != self.note.text():
            self.note.setText(text)
            self.note.setToolTip(plain_tip(text))
        self.note.setVisible(bool(text))

    def _restyle_note(self) -> None:
        self.note.setStyleSheet(f"color: {theme().colours.muted};")
