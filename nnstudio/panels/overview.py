"""Inspector page of the whole network."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from engine.types import show_shape
from nnstudio.document.block_stats import amount, memory
from nnstudio.document.model import INPUT, OUTPUT, shown_name
from nnstudio.document.problems import Problem
from nnstudio.panels.parts import SPACING, Facts, FixAction, PanelHeader, ProblemBox
from nnstudio.store import Store
from nnstudio.ui.plain_text import plain_tip
from nnstudio.ui.theme import theme


class OverviewRow(NamedTuple):
    """Row of the block list, as texts; `problem` is a sentence or ""."""

    name: str
    shape: str
    parameters: str
    problem: str
    colour: str


class NetworkPage(QWidget):
    """Inspector page of the network: totals, and its blocks. A click selects a block."""

    def __init__(self, store: Store, fixes: Callable[[Problem], list[FixAction]]) -> None:
        super().__init__()
        self._store, self._fixes = store, fixes
        self._rows: list[OverviewRow] = []
        self._header = PanelHeader()
        self._header.picture.show_icon("nnstudio", lambda: theme().colours.text)
        self._header.title.setText("Network")
        self._problem = ProblemBox()
        self._facts = Facts()
        self.list = QTreeWidget()
        self.list.setObjectName("layerList")
        self.list.setAccessibleName("Blocks of the network")
        self.list.setHeaderLabels(["Block", "Output", "Parameters"])
        self.list.headerItem().setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.list.setRootIsDecorated(False)
        self.list.setItemsExpandable(False)
        self.list.setUniformRowHeights(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.header().setSectionsMovable(False)
        self.list.header().setStretchLastSection(False)
        self.list.header().setMinimumSectionSize(40)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in (1, 2):
            self.list.header().setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        for chosen in (self.list.itemClicked, self.list.itemActivated):
            chosen.connect(lambda item, _: self._store.select(item.data(0, Qt.ItemDataRole.UserRole)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for widget in (self._header, self._problem, self._facts, self.list):
            column.addWidget(widget)

    def show_network(self) -> None:
        """Show the present document."""
        document, analysis = self._store.document, self._store.analysis
        reports = analysis.reports
        hint = "Select a block on the canvas, or here, to see and change its settings."
        self._header.help.setText(analysis.hindrance if analysis.empty else hint)
        self._facts.set_facts(
            {
                "Layers": f"{len(document.blocks):,}",
                "Parameters": amount(analysis.parameters),
                "Multiply-adds": f"{amount(analysis.multiply_adds)} per sample",
                "Memory": memory(document, analysis),
            }
        )
        # Problems of the data are shown in their own panel, where they can be fixed.
        problem = next((problem for name, problem in analysis.problems.items() if name != INPUT), None)
        self._problem.show_problem(problem, self._fixes, name_place=True)
        chain = document.chain()
        names = [*chain, *(block.name for block in document.blocks if block.name not in chain)]
        rows = [(INPUT, show_shape(analysis.signature.input_shape) if analysis.signature else "?", "")]
        for name in names:
            report = reports.get(name)
            if name in analysis.idle:
                shape = report.output if report is not None else None
                rows.append((name, show_shape(shape) if shape else "", "off" if report else "unused"))
            elif report is None or report.output is None:
                rows.append((name, "?", "?"))
            else:
                rows.append((name, show_shape(report.output), f"{report.parameters:,}"))
        rows.append((OUTPUT, "", ""))
        told = {name: problem.sentence for name, problem in analysis.problems.items()}
        inks = {name: theme().severity(problem.severity.icon) for name, problem in analysis.problems.items()}
        ink = theme().colours.text
        self._show_rows([OverviewRow(*row, told.get(row[0], ""), inks.get(row[0], ink)) for row in rows])
        self.list.ensurePolished()
        height = self.list.header().sizeHint().height() + 2 * self.list.frameWidth()
        self.list.setFixedHeight(height + len(rows) * max(self.list.sizeHintForRow(0), 18))

    def _show_rows(self, rows: list[OverviewRow]) -> None:
        """Changes what stands between the first and last rows that stay: to fill in 500 takes as long as a frame."""
        old, self._rows = self._rows, rows
        most = min(len(old), len(rows))
        top = next((line for line in range(most) if old[line] != rows[line]), most)
        bottom = next((line for line in range(most - top) if old[-1 - line] != rows[-1 - line]), most - top)
        for line in reversed(range(top, len(old) - bottom)):
            self.list.takeTopLevelItem(line)
        self.list.insertTopLevelItems(top, [_entry(row) for row in rows[top : len(rows) - bottom]])


def _entry(row: OverviewRow) -> QTreeWidgetItem:
    entry = QTreeWidgetItem([shown_name(row.name), row.shape, row.parameters])
    entry.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    entry.setData(0, Qt.ItemDataRole.UserRole, row.name)
    entry.setToolTip(0, plain_tip(row.problem or shown_name(row.name)))
    for section in range(3):
        entry.setForeground(section, QColor(row.colour))
    return entry
