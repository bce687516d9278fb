"""Flow layout: lines of widgets, and labels whose margins count."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from nnstudio.ui.flow_layout import FlowLayout
from nnstudio.ui.steady_label import StillLabel
from tests.nnstudio.views_support import shown


def boxes(parent: QWidget, *sizes: tuple[int, int]) -> list[QWidget]:
    """Widgets of these sizes, in a flow layout with margins of 4 and gaps of 6 pixels."""
    flow = FlowLayout(parent)
    flow.setContentsMargins(4, 4, 4, 4)
    flow.setSpacing(6)
    made: list[QWidget] = []
    for width, height in sizes:
        box = QLabel()
        box.setFixedSize(width, height)
        flow.addWidget(box)
        made.append(box)
    return made


def test_widgets_go_on_in_a_new_line_where_the_width_ends(qapp: QApplication) -> None:
    whole = QWidget()
    made = boxes(whole, (50, 20), (60, 30), (40, 20))
    with shown(whole, 128, 100):
        assert [box.geometry() for box in made] == [QRect(4, 9, 50, 20), QRect(60, 4, 60, 30), QRect(4, 40, 40, 20)]
        layout = whole.layout()
        assert layout is not None
        assert (layout.heightForWidth(128), layout.heightForWidth(170)) == (64, 38)
        made[1].hide()
        layout.activate()
        assert [made[0].geometry(), made[2].geometry()] == [QRect(4, 4, 50, 20), QRect(60, 4, 40, 20)]
        assert layout.heightForWidth(128) == 28


def test_the_margins_of_a_still_label_make_it_higher(qapp: QApplication) -> None:
    label = StillLabel("Loss")
    label.setText("0.25")
    plain = label.sizeHint()
    label.setContentsMargins(8, 2, 8, 3)
    assert label.sizeHint().height() == plain.height() + 5
    assert label.sizeHint().width() == plain.width() + 16
    label.deleteLater()
