"""Theme switch: all colours change, nothing moves, no needless restyling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QPixmap, QStandardItemModel
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.document import edits
from nnstudio.document.model import Document
from nnstudio.panels.training import TrainingPanel
from nnstudio.store import Store
from nnstudio.ui import icons
from nnstudio.ui.colours import DARK, LIGHT, Colours
from nnstudio.ui.contrast import ratio
from nnstudio.ui.theme import theme
from tests.nnstudio.panels_support import background, settle, shown


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[TrainingPanel]:
    theme().set_mode("light")
    store = Store()
    panel = TrainingPanel(store)
    shown(qtbot, panel)
    store.open(edits.set_training(Document(), class_weight="by_hand"))
    QApplication.processEvents()
    yield panel
    theme().set_mode("light")


class Dressing(QObject):
    """Counts how often widgets are told that their style is another one."""

    def __init__(self, widgets: list[QWidget]) -> None:
        super().__init__()
        self.counts = Counter[int]()
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.StyleChange:
            self.counts[id(watched)] += 1
        return False


def test_no_widget_is_dressed_once_for_each_that_it_stands_in(panel: TrainingPanel) -> None:
    labels: list[QWidget] = [label for label in panel.findChildren(QLabel) if label.isVisible()]
    assert labels
    dressing = Dressing(labels)
    theme().set_mode("dark")
    assert len(dressing.counts) == len(labels)
    assert max(dressing.counts.values()) <= 2


def test_nothing_moves_and_all_colours_are_others(panel: TrainingPanel) -> None:
    # Kept, since Python may give the number of one that is gone to the next.
    widgets = [widget for widget in panel.findChildren(QWidget) if widget.isVisible()]

    def places() -> list[QRect]:
        settle(*widgets)
        return [QRect(widget.geometry()) for widget in widgets]

    panel.area.verticalScrollBar().setValue(50)
    before, seen = places(), background(panel)
    theme().set_mode("dark")
    assert places() == before
    assert panel.area.verticalScrollBar().value() == 50
    assert (seen, background(panel)) == (LIGHT.panel, DARK.panel)
    theme().set_mode("light")
    assert places() == before
    assert background(panel) == seen


def test_a_drawing_is_the_same_however_its_colour_is_laid_on(qapp: QApplication) -> None:
    for name in ("dense", "play", "conv2d", "warning"):
        black, coloured = (icons.pixmap(name, 32, colour).toImage() for colour in ("#000000", "#4080c0"))
        assert black.hasAlphaChannel()
        for x in range(32):
            for y in range(32):
                one, other = black.pixelColor(x, y), coloured.pixelColor(x, y)
                assert one.alpha() == other.alpha()
                if other.alpha() > 200:
                    assert all(abs(a - b) <= 2 for a, b in zip(other.toTuple()[:3], (0x40, 0x80, 0xC0), strict=True))  # type: ignore[index]


def test_a_drawing_of_its_own_colours_keeps_them(qapp: QApplication) -> None:
    def bits(picture: QPixmap) -> bytes:
        return bytes(picture.toImage().constBits())

    assert bits(icons.pixmap("nnstudio", 48, "#ff0000")) == bits(icons.pixmap("nnstudio", 48, "#00ff00"))
    assert icons.pixmap("nnstudio", 48, "#ff0000").toImage().pixelColor(24, 4).name() == "#16304d"


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_in_an_open_list_the_chosen_entry_stands_out_and_what_cannot_be_chosen_is_grey(
    qtbot: QtBot, panel: TrainingPanel, colours: Colours
) -> None:
    del panel  # gives the theme back
    theme().set_mode(colours.name)
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems(["first", "second", "third"])
    model = combo.model()
    assert isinstance(model, QStandardItemModel)
    model.item(2).setEnabled(False)
    combo.show()
    combo.showPopup()
    combo.view().setCurrentIndex(model.index(1, 0))
    image = combo.view().viewport().grab().toImage()
    combo.hidePopup()

    def colours_of(row: int) -> Counter[str]:
        found = combo.view().visualRect(model.index(row, 0)).adjusted(2, 2, -2, -2) & image.rect()
        return Counter(
            image.pixelColor(x, y).name()
            for x in range(found.left(), found.right())
            for y in range(found.top(), found.bottom())
        )

    grounds = [colours_of(row).most_common(1)[0][0] for row in range(3)]
    assert grounds == [colours.panel, colours.accent, colours.panel]
    # The edges of letters are mixed with the ground.
    strongest = [max(ratio(colour, colours.panel) for colour in colours_of(row)) for row in (0, 2)]
    assert strongest[0] > 1.3 * ratio(colours.muted, colours.panel) >= 1.3 * strongest[1]
