"""Choice of the part of the data that all judging views count."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from nnstudio.document.probe import Part
from nnstudio.store import Store
from nnstudio.training.split import Split

_TITLES: tuple[tuple[Part, str], ...] = (("validation", "Validation"), ("test", "Test"), ("train", "Training"))


class PartChoice(QComboBox):
    """List of the parts that there are; hidden where there is only one."""

    def __init__(self, store: Store, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Part of the data that is counted")
        self.setToolTip("Part of the data that is counted, in all views that judge; the test data are for the very end")
        self._store = store
        self.activated.connect(lambda: store.judge_by(self.currentData()))
        store.judged_part_changed.connect(self._follow)
        self.hide()

    def show_parts(self, split: Split | None) -> None:
        """Offer the parts of these data."""
        found = [(part, title) for part, title in _TITLES if split is not None and split.part(part) is not None]
        if [self.itemData(place) for place in range(self.count())] != [part for part, _ in found]:
            self.clear()
            for part, title in found:
                self.addItem(title, part)
            self.setVisible(len(found) > 1)
            self._follow()

    def _follow(self) -> None:
        place = self.findData(self._store.judged_part)
        # Of data without such a part, the training part is judged.
        self.setCurrentIndex(place if place >= 0 else self.findData("train"))


def part_words(part: Part, samples: int, total: int) -> str:
    """Samples that were judged, as words: "30 validation samples", "200 of 9,000 test samples, evenly chosen"."""
    word = "training" if part == "train" else part
    if samples == total:
        return f"{total:,} {word} sample{'s' * (total != 1)}"
    return f"{samples:,} of {total:,} {word} samples, evenly chosen"
