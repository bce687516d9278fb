"""Choice of what a plane shows: the classes, one output, the margin, or the chosen unit."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from engine.data import Data
from nnstudio.document.model import OUTPUT
from nnstudio.document.probe import UnitRef
from nnstudio.store import Store
from nnstudio.training.plane_values import Aspect, OutputRef

# A list of more classes than this helps nobody.
_MOST_CLASSES = 100


class AspectChoice(QComboBox):
    """Box that offers what a plane can show of the network.

    The chosen unit of the store comes into the list, and to the front, when it is one of a block with flat output.
    Choosing something else is the way back: then no unit is chosen.

    Signals:
        changed: another aspect is chosen.
    """

    changed = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._entries: list[tuple[str, Aspect]] = []
        self._known_outputs = 0
        self._data: Data | None = None
        self.setAccessibleName("Output to show")
        self.setToolTip("What the plane shows. A unit that is chosen in the network comes into this list.")
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.currentIndexChanged.connect(self._choose)
        store.unit_changed.connect(self._follow)
        store.changed.connect(self._follow)

    @property
    def aspect(self) -> Aspect:
        """Chosen aspect."""
        place = self.currentIndex()
        return self._entries[place][1] if 0 <= place < len(self._entries) else "classes"

    def set_data(self, data: Data) -> None:
        """Offer what there is to show for these data, the first entry chosen unless there is a unit."""
        self._data = data
        self._fill(None)

    def _fill(self, chosen: Aspect | None) -> None:
        """Makes the list anew, and chooses this entry, the unit, or the first."""
        before, unit = self.aspect, self._unit()
        self._known_outputs = self._outputs()
        entries = [] if self._data is None else _entries(self._data, self._outputs())
        if unit is not None:
            entries.append((unit.title, unit))
            chosen = unit
        aspects = [aspect for _, aspect in entries]
        self.blockSignals(True)
        if entries != self._entries:
            self._entries = entries
            self.clear()
            self.addItems([text for text, _ in entries])
        self.setCurrentIndex(aspects.index(chosen) if chosen in aspects else 0 if aspects else -1)
        self.blockSignals(False)
        self.setVisible(len(entries) > 1)
        if self.aspect != before:
            self.changed.emit()

    def _follow(self) -> None:
        """Another unit is chosen, or the document has changed, and with it what its blocks give."""
        known = next((aspect for _, aspect in self._entries if isinstance(aspect, UnitRef)), None)
        if self._unit() != known or self._outputs() != self._known_outputs:
            self._fill(None if isinstance(self.aspect, UnitRef) else self.aspect)

    def _unit(self) -> UnitRef | None:
        """The chosen unit, where it is a number of a flat output."""
        unit = self._store.unit
        report = None if unit is None else self._store.analysis.reports.get(unit.block)
        shape = None if report is None else report.output
        return unit if unit is not None and shape is not None and len(shape) == 1 and unit.index < shape[0] else None

    def _outputs(self) -> int:
        """Number of the network's outputs; 0 as long as it is not known."""
        last = next((wire.source for wire in self._store.document.wires if wire.target == OUTPUT), "")
        report = self._store.analysis.reports.get(last)
        shape = None if report is None else report.output
        return shape[0] if shape is not None and len(shape) == 1 else 0

    def _choose(self) -> None:
        aspect = self.aspect
        if not isinstance(aspect, UnitRef) and self._unit() is not None:
            self._store.choose_unit(None)
            self._fill(aspect)
        self.changed.emit()


def _entries(data: Data, outputs: int) -> list[tuple[str, Aspect]]:
    if data.task == "regression":
        return [(f"Output {index + 1}", OutputRef(index)) for index in range(data.y.shape[1])]
    entries: list[tuple[str, Aspect]] = [("Classes", "classes")]
    if outputs == 1 or (not outputs and len(data.classes) <= 2):
        return [*entries, ("Output", OutputRef(0))]
    entries += [(f"Output of {name}", OutputRef(index)) for index, name in enumerate(data.classes[:_MOST_CLASSES])]
    return [*entries, ("Margin", "margin")]
