"""Inspector: settings of the selected block, or of the whole network."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from engine.declared import describe
from engine.errors import SpecError
from engine.layers.base import Layer
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from engine.types import Shape, show_shape
from nnstudio.document import edits, values
from nnstudio.document.analysis import learns
from nnstudio.document.block_stats import figures
from nnstudio.document.model import INPUT, OUTPUT, Block
from nnstudio.panels.choices import TrainingChoices
from nnstudio.panels.chooser import Chooser
from nnstudio.panels.form import Form
from nnstudio.panels.group import GroupPage
from nnstudio.panels.input_order import InputOrder
from nnstudio.panels.name_editor import NameEditor
from nnstudio.panels.overview import NetworkPage
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.parts import SPACING, Facts, Formula, PanelHeader, ProblemBox, Remarks, target_fact
from nnstudio.store import Store
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.theme import theme

_UNKNOWN = "not known yet"
# What a block can be marked as: how, and what the history calls it when it is, and when it no longer is.
_MARKS = {
    "disabled": (edits.set_disabled, ("Disable {}", "Enable {}")),
    "frozen": (edits.set_frozen, ("Freeze {}", "Unfreeze {}")),
}
# To make a page takes as long as a frame, so those of the types that were looked at last are kept.
_PAGES_KEPT = 6


def _column(*widgets: QWidget) -> QWidget:
    """A page with these widgets, one below the other."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    for widget in widgets:
        column.addWidget(widget)
    return page


class _BlockPage(QWidget):
    """One block, of a type of layers."""

    def __init__(self, inspector: Inspector, kind: type[Layer]) -> None:
        super().__init__()
        self.kind = kind
        self.block: Block | None = None
        self._inspector = inspector
        header = PanelHeader()
        header.picture.show_icon(kind.icon, lambda: theme().colours.categories[kind.category])
        header.title.setText(kind.title)
        header.help.setText(kind.help)
        self.problem = ProblemBox()
        self.remarks = Remarks(inspector.store.dismiss)
        self.name = NameEditor(inspector.rename)
        self.form = Form(describe(kind))
        self.form.changed.connect(self._changed)
        inspector.explain_form(self.form)
        inspector.foot.explain("Name", "Name of this block in summaries, files and exported code.", self.name)
        self.marks = Form(field for field in describe(Block) if field.name in _MARKS)
        self.marks.changed.connect(lambda mark, on: self._mark(mark, bool(on)))
        inspector.explain_form(self.marks)
        self.inputs = InputOrder(inspector.store)
        self.facts = Facts()
        formula = Formula()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        use = text_label(kind.use, "muted")
        for widget in (
            header,
            self.problem,
            self.remarks,
            _column(self.name, self.form, self.marks),
            self.inputs,
            self.facts,
            formula,
            use,
        ):
            column.addWidget(widget)
        formula.show_formula(kind.formula)
        use.setVisible(bool(kind.use))

    def show_block(self, block: Block) -> None:
        if self.block is not None and self.block.name != block.name:
            self.form.forget()
        self.block = block
        analysis = self._inspector.store.analysis
        self.name.show_name(block.name)
        self.form.set_values(dict(block.layer))
        # A block without weights has nothing to keep.
        self.marks.rows["frozen"].setVisible(learns(analysis, block.name))
        self.marks.set_values(dict(block))
        self.inputs.show_inputs(block.name)
        report = analysis.reports.get(block.name)
        incoming = ", ".join(_shape(shape) for shape in report.inputs) if report else ""
        shapes = {"Input": incoming or _UNKNOWN, "Output": _shape(report.output) if report else _UNKNOWN}
        self.facts.set_facts(shapes | figures(block.name, analysis))
        self.problem.show_problem(analysis.problems.get(block.name), self._inspector.fixes)
        self.show_remarks()

    def show_remarks(self) -> None:
        """Show the warnings and hints on the block."""
        if self.block is not None:
            found = self._inspector.store.analysis.remarks_on(self.block.name)
            self.remarks.show_remarks(found, self._inspector.fixes)

    def _present(self) -> Block | None:
        """The block as the document has it; None if it is gone: its fields lose the focus when they go with it."""
        document = self._inspector.store.document
        if self.block is None or not document.has_block(self.block.name):
            return None
        block = document.block(self.block.name)
        return block if type(block.layer) is self.kind else None

    def _mark(self, mark: str, on: bool) -> None:
        block, store = self._present(), self._inspector.store
        if block is not None:
            change, texts = _MARKS[mark]
            store.edit(texts[not on].format(block.name), change(store.document, on, block.name))

    def _changed(self, name: str, value: object) -> None:
        block, store = self._present(), self._inspector.store
        if block is None:
            return
        field = self.form.rows[name].field
        try:
            document = edits.set_field(store.document, block.name, name, value)
        except SpecError as error:
            self.form.refuse(name, refusal(error, field.title))
            return
        old, new = values.tell(field, getattr(block.layer, name)), values.tell(field, value)
        self._inspector.change(f"{field.title.lower()} of {block.name}", old, new, document, f"{block.name}.{name}")


class _EndPage(QWidget):
    """Base of the pages of the two ends of the network: what they are, and what is wrong with them."""

    def __init__(self, inspector: Inspector, where: str) -> None:
        super().__init__()
        self._inspector, self._where = inspector, where
        self._header = PanelHeader()
        self._problem = ProblemBox()
        self._facts = Facts()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for widget in (self._header, self._problem, self._facts):
            column.addWidget(widget)

    def show_end(self) -> None:
        """Shows the document as it is now."""
        problem = self._inspector.store.analysis.problems.get(self._where)
        self._problem.show_problem(problem, self._inspector.fixes)


class _DataPage(_EndPage):
    """The data end of the network."""

    def __init__(self, inspector: Inspector) -> None:
        super().__init__(inspector, INPUT)
        button = QPushButton("Choose and set up the data…")
        button.setObjectName("showData")
        button.setAccessibleName("Choose and set up the data")
        button.setAutoDefault(True)  # Enter presses it too
        set_icon(button, "data")
        button.clicked.connect(inspector.data_wanted)
        self._column.addWidget(button)

    def show_end(self) -> None:
        store = self._inspector.store
        document, signature = store.document, store.analysis.signature
        dataset = document.data.dataset
        self._header.picture.show_icon(dataset.icon, lambda: theme().colours.accent)
        self._header.title.setText(f"Data: {dataset.title}")
        self._header.help.setText(dataset.help)
        facts = {"Samples": _UNKNOWN, "Shape": _UNKNOWN}
        if signature is not None:
            facts = {"Samples": f"{signature.samples:,}", "Shape": show_shape(signature.input_shape)}
            facts |= target_fact(signature)
        facts["Validation"] = f"{document.data.validation:.0%} held out"
        if document.data.test:
            facts["Test"] = f"{document.data.test:.0%} held out"
        if document.data.used_steps:
            facts["Preparation"] = ", ".join(step.title.lower() for step in document.data.used_steps)
        self._facts.set_facts(facts)
        super().show_end()


class _LossPage(_EndPage):
    """The loss end of the network: the loss and the optimiser are chosen and tuned here as in the training panel."""

    def __init__(self, inspector: Inspector) -> None:
        super().__init__(inspector, OUTPUT)
        self.loss = Chooser(inspector, "loss", "Loss", LOSSES)
        self.optimizer = Chooser(inspector, "optimizer", "Optimiser", OPTIMIZERS)
        self.choices = TrainingChoices(inspector, self.loss, self.optimizer)
        for choice in (self.loss, self.optimizer):
            # The training panel has combos of the plain names.
            choice.combo.setObjectName(f"{choice.name}OfEnd")
            self._column.addWidget(choice)
        self._column.addWidget(text_label("Epochs, batch size and the rest are in the training panel.", "muted"))

    def show_end(self) -> None:
        store = self._inspector.store
        document, signature = store.document, store.analysis.signature
        self._header.picture.show_icon("loss", lambda: theme().colours.accent)
        self._header.title.setText(f"Loss: {document.training.loss.title}")
        self._header.help.setText("The loss measures how far outputs are from targets; the optimiser minimises it.")
        last = document.chain()[-1:]
        report = store.analysis.reports.get(last[0]) if last else None
        facts = {"Network output": _shape(report.output) if report else _UNKNOWN}
        if signature is not None:
            facts |= target_fact(signature)
        self._facts.set_facts(facts)
        self.choices.refresh()
        super().show_end()


class Inspector(Panel):
    """Inspector of the selection: a block, an end, or the whole network.

    Signals:
        data_wanted: the user wants to choose or set up the data.
    """

    data_wanted = Signal()

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(store, parent)
        self._network = NetworkPage(store, self.fixes)
        self.loss_page = _LossPage(self)
        self._ends: dict[str, _EndPage] = {INPUT: _DataPage(self), OUTPUT: self.loss_page}
        # That of the last block, and those that were made for other types of layers, the oldest first.
        self._page: _BlockPage | None = None
        self._pages: dict[type[Layer], _BlockPage] = {}
        self._group = GroupPage(self, self.rename)
        for page in (self._network, self._group, *self._ends.values()):
            self.column.addWidget(page)
        self.column.addStretch(1)
        store.selection_changed.connect(self._select)
        store.alarms_changed.connect(self._alarmed)
        theme().changed.connect(self.refresh)
        self.refresh()

    @property
    def form(self) -> Form | None:
        """Form of the selected block, if there is one."""
        return self._page.form if self._page is not None and not self._page.isHidden() else None

    def refresh(self) -> None:
        document, selected = self.store.document, self.store.selected
        block = document.block(selected) if document.has_block(selected) else None
        group = document.group(selected) if document.has_group(selected) else None
        self._network.setVisible(not selected)
        self._group.setVisible(group is not None)
        for name, page in self._ends.items():
            page.setVisible(name == selected)
        if block is not None:
            self._block_page(type(block.layer)).show_block(block)
        elif self._page is not None:
            self._page.hide()
        if selected in self._ends:
            self._ends[selected].show_end()
        elif group is not None:
            self._group.show_group(group)
        elif block is None:
            self._network.show_network()

    def _alarmed(self) -> None:
        """Show other alarms of the selected block, and leave its form alone."""
        if self._page is not None and not self._page.isHidden():
            self._page.show_remarks()

    def rename(self, old: str, new: str) -> str:
        """Rename a block or a group, if it is still there. Returns the reason if the name is refused, else ""."""
        if not (self.store.document.has_block(old) or self.store.document.has_group(old)):
            return ""
        try:
            document = edits.rename(self.store.document, old, new)
        except ValueError as error:
            sentence = str(error)
            return sentence[0].upper() + sentence[1:] + "."
        self.store.edit(f"Rename {old} to {new}", document)
        self.store.select(new)
        return ""

    def _select(self, name: str) -> None:
        self.refresh()
        self.area.verticalScrollBar().setValue(0)

    def _block_page(self, kind: type[Layer]) -> _BlockPage:
        if self._page is None or self._page.kind is not kind:
            if self._page is not None:
                self._page.hide()
                self._page.form.forget()
            self._page = self._pages.pop(kind, None)
            if self._page is None:
                self._page = _BlockPage(self, kind)
                self.column.insertWidget(0, self._page)
            self._pages[kind] = self._page
            if len(self._pages) > _PAGES_KEPT:
                self._pages.pop(next(iter(self._pages))).deleteLater()
        self._page.show()
        return self._page


def _shape(shape: Shape | None, unknown: str = _UNKNOWN) -> str:
    return show_shape(shape) if shape is not None else unknown
