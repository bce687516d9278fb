"""Inspector page of a group: its name, repeat count, and content."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.declared import FieldInfo, describe
from engine.errors import SpecError
from engine.layers.base import Layer
from engine.types import show_shape
from nnstudio.document import grouping, groups, values
from nnstudio.document.model import Document, Group
from nnstudio.panels.form import Form
from nnstudio.panels.name_editor import NameEditor
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.parts import SPACING, Facts, PanelHeader, ProblemBox
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label
from nnstudio.ui.theme import theme

_UNKNOWN = "not known yet"


class _Pattern(QWidget):
    """The settings of each layer of a pattern that is repeated; a change holds for all its repetitions."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self._panel = panel
        self._group = ""
        self._shown: tuple[tuple[type[Layer], ...], str] = (), ""
        self.forms: dict[int, Form] = {}
        self._notes: dict[int, QLabel] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_pattern(self, group: Group, segments: tuple[grouping.Segment, ...]) -> None:
        """Shows the settings of the last repetition, which is the one that more are copied from."""
        self.setVisible(len(segments) > 1)
        if len(segments) < 2:
            return
        self._group = group.name
        found = [self._panel.store.document.block(name).layer for name in segments[-1]]
        shown = tuple(type(layer) for layer in found), group.name
        if shown != self._shown:
            self._shown = shown
            self._make(shown[0])
        document = self._panel.store.document
        for index, form in self.forms.items():
            form.set_values(dict(found[index]))
            every = [document.block(segment[index]).layer for segment in segments]
            lines = [_differing(field, [getattr(layer, field.name) for layer in every]) for field in form.fields]
            self._notes[index].setText(" ".join(filter(None, lines)))
            self._notes[index].setVisible(bool(self._notes[index].text()))

    def _make(self, kinds: tuple[type[Layer], ...]) -> None:
        while item := self._column.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.forms, self._notes = {}, {}
        for index, kind in enumerate(kinds):
            fields = describe(kind)
            if not fields:
                continue
            alike, before = kinds.count(kind), kinds[:index].count(kind)
            which = f" ({before + 1} of {alike})" if alike > 1 else ""
            self._column.addWidget(text_label(f"Every {kind.title}{which}", "heading"))
            form = self.forms[index] = Form(fields)
            form.changed.connect(lambda name, value, index=index: self._changed(index, name, value))
            self._panel.explain_form(form)
            self._column.addWidget(form)
            self._notes[index] = text_label(role="muted")
            self._column.addWidget(self._notes[index])

    def _changed(self, index: int, name: str, value: object) -> None:
        store = self._panel.store
        group = _group_of(store.document, self._group)
        pattern = [] if group is None else grouping.repeats(store.document, group.blocks)[-1]
        if tuple(type(store.document.block(block).layer) for block in pattern) != self._shown[0]:
            # A field that goes with its group loses the focus, which ends what was being typed into it.
            return
        field, layer = self.forms[index].rows[name].field, store.document.block(pattern[index]).layer
        try:
            document = groups.set_field(store.document, self._group, index, name, value)
        except SpecError as error:
            self.forms[index].refuse(name, refusal(error, field.title))
            return
        old, new = values.tell(field, getattr(layer, name)), values.tell(field, value)
        what = f"{field.title.lower()} of every {layer.title} in {self._group}"
        self._panel.change(what, old, new, document, f"{self._group}.{index}.{name}")


def _group_of(document: Document, name: str) -> Group | None:
    """Group of this name, if there is one."""
    return document.group(name) if document.has_group(name) else None


def _differing(field: FieldInfo, found: list[object]) -> str:
    """Values of a setting over the repetitions, if they differ."""
    shown = [values.tell(field, value) for value in found]
    return f"{field.title} now: {', '.join(shown)}." if len(set(shown)) > 1 else ""


class GroupPage(QWidget):
    """Inspector page of one group. A click on one of its blocks selects the block.

    `rename` renames it, and returns the reason against a name, or nothing.
    """

    def __init__(self, panel: Panel, rename: Callable[[str, str], str]) -> None:
        super().__init__()
        self._panel = panel
        self._name = NameEditor(rename)
        self._group: Group | None = None
        self._header = PanelHeader()
        self._header.picture.show_icon("group", lambda: theme().colours.text)
        self._problem = ProblemBox()
        self.form = Form(describe(groups.Repetition))
        self.form.changed.connect(lambda _, count: self._repeat(int(count)))
        panel.explain_form(self.form)
        self._obstacle = text_label(role="muted")
        self.pattern = _Pattern(panel)
        self._facts = Facts()
        self._blocks = text_label()
        self._blocks.setObjectName("groupBlocks")
        self._blocks.setAccessibleName("Blocks of the group")
        self._blocks.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._blocks.linkActivated.connect(panel.store.select)
        self.collapse = self._button("collapseGroup", "Collapse", "collapse")
        self.collapse.clicked.connect(self._toggle)
        self.ungroup = self._button("ungroup", "Ungroup", "ungroup")
        self.ungroup.clicked.connect(self._dissolve)
        buttons = QHBoxLayout()
        buttons.addWidget(self.collapse)
        buttons.addWidget(self.ungroup)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for widget in (self._header, self._problem, self._name, self.form, self._obstacle):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addWidget(self.pattern)
        column.addWidget(self._facts)
        column.addWidget(self._blocks)

    def _button(self, name: str, title: str, drawing: str) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(name)
        button.setAccessibleName(f"{title} this group")
        button.setAutoDefault(True)  # Enter presses it too
        set_icon(button, drawing)
        return button

    def show_group(self, group: Group) -> None:
        """Show a group."""
        if self._group is not None and self._group.name != group.name:
            self.form.forget()
        self._group = group
        store = self._panel.store
        document, analysis = store.document, store.analysis
        segments = grouping.repeats(document, group.blocks)
        order = grouping.in_order(document, group.blocks)
        count = len(segments)
        self._header.title.setText(grouping.title(document, segments[0]) + (f" ×{count}" if count > 1 else ""))
        self._header.help.setText("A group: blocks under one name, which can be collapsed into one and repeated.")
        problem = next((analysis.problems[name] for name in order if name in analysis.problems), None)
        self._problem.show_problem(problem, self._panel.fixes, name_place=True)
        self._name.show_name(group.name)
        obstacle = groups.repeat_obstacle(document, group.name)
        self.form.setVisible(not obstacle)
        self.form.set_values({"repeat": count})
        self._obstacle.setVisible(bool(obstacle))
        self._obstacle.setText(obstacle)
        self.pattern.show_pattern(group, segments)
        self.collapse.setText("Expand" if group.collapsed else "Collapse")
        self.collapse.setAccessibleName(f"{self.collapse.text()} this group")
        reports = [analysis.reports[name] for name in order if name in analysis.reports]
        known = bool(reports) and all(report.output is not None for report in reports)
        first, last = (reports[0].inputs, reports[-1].output) if known else ((), None)
        self._facts.set_facts(
            {
                "Blocks": f"{len(order):,}",
                "Input": ", ".join(show_shape(shape) for shape in first if shape is not None) or _UNKNOWN,
                "Output": show_shape(last) if last is not None else _UNKNOWN,
                "Parameters": f"{sum(report.parameters for report in reports):,}" if known else _UNKNOWN,
                "Multiply-adds": f"{sum(r.multiply_adds for r in reports):,} per sample" if known else _UNKNOWN,
            }
        )
        colour = theme().colours.accent
        links = (f'<a style="color: {colour}" href="{name}">{name}</a>' for name in order)
        self._blocks.setText("Holds " + ", ".join(links))

    def _present(self) -> Group | None:
        """The group as the document has it; None if it is gone: its fields lose the focus when they go with it."""
        return _group_of(self._panel.store.document, "" if self._group is None else self._group.name)

    def _repeat(self, count: int) -> None:
        group, store = self._present(), self._panel.store
        if group is None:
            return
        name, before = group.name, len(grouping.repeats(store.document, group.blocks))
        try:
            document = groups.set_repeat(store.document, name, count)
        except ValueError as error:
            sentence = str(error)
            self.form.refuse("repeat", sentence[0].upper() + sentence[1:] + ".")
            return
        self._panel.change(f"repetitions of {name}", str(before), str(count), document, f"repeat {name}")

    def _toggle(self) -> None:
        group, store = self._present(), self._panel.store
        if group is not None:
            document = groups.set_collapsed(store.document, group.name, not group.collapsed)
            store.edit(f"{'Expand' if group.collapsed else 'Collapse'} {group.name}", document)

    def _dissolve(self) -> None:
        group, store = self._present(), self._panel.store
        if group is not None:
            store.edit(f"Ungroup {group.name}", groups.dissolve(store.document, group.name))
