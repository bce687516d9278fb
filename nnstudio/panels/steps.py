"""List of the steps that prepare the data: cards to set, move and switch off, with previews."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.data.steps import Augmentation, Step
from engine.declared import describe
from engine.errors import SpecError
from nnstudio.document import step_edits, values
from nnstudio.document.data_state import Known
from nnstudio.panels.form import Form
from nnstudio.panels.panel import Panel, refusal
from nnstudio.panels.step_preview import StepPreviewBox
from nnstudio.training.split import Split
from nnstudio.training.step_preview import preview_of
from nnstudio.ui.controls import Switch
from nnstudio.ui.icons import set_icon
from nnstudio.ui.labels import text_label

_SWITCH = "enabled"
# Milliseconds until a new card has its height, and pixels above it.
_SETTLED, _MARGIN = 60, 6


class StepCard(QFrame):
    """Card of one step: its title and summary, a switch, buttons, and behind the title its form and preview."""

    def __init__(self, panel: Panel, kind: type[Step], index: int) -> None:
        super().__init__()
        self.kind = kind
        self.setObjectName(f"step{index + 1}")
        self.setProperty("role", "card")
        number = index + 1
        self.title = QToolButton()
        self.title.setObjectName(f"stepTitle{number}")
        self.title.setProperty("role", "heading")
        self.title.setCheckable(True)
        self.title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.title.setIconSize(QSize(14, 14))
        self.title.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.title.setText(kind.title)
        self.title.setToolTip(kind.help)
        self.title.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.switch = Switch()
        self.switch.setObjectName(f"stepOn{number}")
        self.switch.setAccessibleName(f"{kind.title}: on")
        self.switch.setToolTip("Leaves the step out while it is off")
        self.up = _button(f"stepUp{number}", f"Move {kind.title} up", "chevron-up")
        self.down = _button(f"stepDown{number}", f"Move {kind.title} down", "chevron-down")
        self.out = _button(f"stepOut{number}", f"Take {kind.title} out", "delete")
        self.summary = text_label(role="muted")
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.switch)
        under = QHBoxLayout()
        under.setSpacing(2)
        under.addWidget(self.summary, 1)
        for button in (self.up, self.down, self.out):
            under.addWidget(button)
        self.body = QWidget()
        self.help = text_label(kind.help, "muted")
        self.form = Form(field for field in describe(kind) if field.name != _SWITCH)
        self.preview = StepPreviewBox()
        self.waiting = text_label(role="muted")
        inner = QVBoxLayout(self.body)
        inner.setContentsMargins(0, 2, 0, 2)
        inner.setSpacing(6)
        for part in (self.help, self.form, self.preview, self.waiting):
            inner.addWidget(part)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 4, 6, 4)
        whole.setSpacing(2)
        whole.addLayout(head)
        whole.addLayout(under)
        whole.addWidget(self.body)
        panel.foot.explain(kind.title, kind.help, self.title)
        panel.explain_form(self.form)
        self.title.toggled.connect(self.unfold)
        self.unfold(False)

    def unfold(self, on: bool) -> None:
        """Show or hide form and preview."""
        if self.title.isChecked() != on:
            self.title.setChecked(on)
            return
        self.body.setVisible(on)
        set_icon(self.title, "chevron-down" if on else "chevron-right", "muted")
        self._name()

    def show_step(self, step: Step, index: int, count: int) -> None:
        """Show the values of the step, and where it stands."""
        self.form.set_values({name: value for name, value in dict(step).items() if name != _SWITCH})
        self.switch.setChecked(step.enabled)
        self.summary.setText(step.summary if step.enabled else "off")
        self.up.setEnabled(index > 0)
        self.down.setEnabled(index < count - 1)
        self._name()

    def _name(self) -> None:
        state = "unfolded" if self.title.isChecked() else "folded"
        self.title.setAccessibleName(f"{self.kind.title}: {self.summary.text()}, {state}")


class StepList(QWidget):
    """List of the document's steps, one card each, and the button that adds one."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.setObjectName("steps")
        self._panel, self._store = panel, panel.store
        self._split: Split | None = None
        self.cards: list[StepCard] = []
        self._empty = text_label("No steps: the network gets the data as they are.", "muted")
        self.add = QToolButton()
        self.add.setObjectName("addStep")
        self.add.setText("Add step…")
        self.add.setAccessibleName("Add a step that prepares the data")
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_icon(self.add, "add")
        self.menu = QMenu(self.add)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._offer)
        self.add.setMenu(self.menu)
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self._empty)
        whole.addLayout(self._list)
        whole.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    @property
    def _steps(self) -> tuple[Step, ...]:
        return step_edits.listed(self._store.document.data)

    def refresh(self) -> None:
        """Show the steps of the present document, each in its card."""
        steps = self._steps
        self._empty.setVisible(not steps)
        for index, step in enumerate(steps):
            if index == len(self.cards) or self.cards[index].kind is not type(step):
                self._put(type(step), index)
            self.cards[index].show_step(step, index, len(steps))
        while len(self.cards) > len(steps):
            self._drop(self.cards.pop())
        self._show_previews()

    def show_split(self, split: Split | None) -> None:
        """Show what the steps do to these data."""
        self._split = split
        self._show_previews()

    def _put(self, kind: type[Step], index: int) -> None:
        """Makes a card at this place, instead of the one that is there."""
        card = StepCard(self._panel, kind, index)
        card.form.changed.connect(partial(self._set, card))
        card.switch.clicked.connect(lambda on: self._switch(card, on))
        card.up.clicked.connect(lambda: self._move(card, -1))
        card.down.clicked.connect(lambda: self._move(card, 1))
        card.out.clicked.connect(lambda: self._take_out(card))
        card.title.toggled.connect(lambda _: self._show_previews())
        if index < len(self.cards):
            card.unfold(self.cards[index].title.isChecked())
            self._drop(self.cards[index])
            self.cards[index] = card
        else:
            self.cards.append(card)
        self._list.insertWidget(index, card)

    def _drop(self, card: StepCard) -> None:
        self._list.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _show_previews(self) -> None:
        """Makes the previews of the cards that are unfolded."""
        steps, own = self._steps, self._store.document.data.steps
        for index, card in enumerate(self.cards[: len(steps)]):
            if not card.title.isChecked():
                continue
            found = None if self._split is None else preview_of(self._split, own, index - len(steps) + len(own))
            card.preview.show_preview(found)
            card.waiting.setVisible(found is None)
            card.waiting.setText(_why_none(steps[index]))

    def _offer(self) -> None:
        """Fills the menu: what these data cannot have is grey, and its tip says why."""
        self.menu.clear()
        state = self._store.data_state(self._store.document.data.dataset)
        source = state.signature if isinstance(state, Known) else None
        section: QAction | None = None
        for kind in step_edits.kinds():
            if issubclass(kind, Augmentation) and not section:
                section = self.menu.addSection("Pictures, changed anew in every batch")
            action = QAction(kind.title, self.menu)
            reason = step_edits.unfit(self._store.document, kind, source)
            action.setEnabled(not reason)
            action.setToolTip(reason or kind.help)
            action.triggered.connect(partial(self._add, kind))
            self.menu.addAction(action)

    def _add(self, kind: type[Step], *_: object) -> None:
        state = self._store.data_state(self._store.document.data.dataset)
        step = step_edits.beginning(kind, state.signature if isinstance(state, Known) else None)
        self._store.edit(f"Add step {kind.title}", step_edits.add(self._store.document, step))
        card = self.cards[-1]
        card.unfold(True)
        card.title.setFocus()
        # Once it has its place.
        QTimer.singleShot(_SETTLED, card, lambda: self._reveal(card))

    def _reveal(self, card: StepCard) -> None:
        """Brings a card up to the top of the panel, so that as much as possible of it is in sight."""
        top = card.mapTo(self._panel.content, QPoint(0, 0)).y()
        self._panel.area.verticalScrollBar().setValue(top - _MARGIN)

    def _edit(self, words: str, card: StepCard, make: Callable[[int], Any]) -> None:
        self._store.edit(words, make(self.cards.index(card)))

    def _take_out(self, card: StepCard) -> None:
        self._edit(f"Take out {card.kind.title}", card, partial(step_edits.take_out, self._store.document))

    def _move(self, card: StepCard, by: int) -> None:
        index = self.cards.index(card)
        open_ = [each.title.isChecked() for each in self.cards]
        other = index + by
        if not 0 <= other < len(self.cards):
            return
        way = "up" if by < 0 else "down"
        self._store.edit(f"Move {card.kind.title} {way}", step_edits.move(self._store.document, index, by))
        open_[index], open_[other] = open_[other], open_[index]
        for each, on in zip(self.cards, open_, strict=True):
            each.unfold(on)
        (self.cards[other].up if by < 0 else self.cards[other].down).setFocus()

    def _switch(self, card: StepCard, on: bool) -> None:
        index = self.cards.index(card)
        document = step_edits.change(self._store.document, index, enabled=on)
        self._store.edit(f"Switch {card.kind.title} {'on' if on else 'off'}", document)

    def _set(self, card: StepCard, name: str, value: object) -> None:
        index = self.cards.index(card)
        field = card.form.rows[name].field
        old = getattr(self._steps[index], name)
        try:
            document = step_edits.change(self._store.document, index, **{name: value})
        except SpecError as error:
            card.form.refuse(name, refusal(error, field.title))
            return
        words = values.tell(field, old), values.tell(field, value)
        what = f"{field.title.lower()} of {card.kind.title.lower()}"
        self._panel.change(what, *words, document, f"data.steps.{index}.{name}")


def _why_none(step: Step) -> str:
    """Sentence in the place of a preview."""
    if not step.enabled:
        return "The step is off."
    if isinstance(step, Augmentation):
        return "What all such steps do together is shown below the list."
    return "The preview comes as soon as the network can train."


def _button(name: str, title: str, drawing: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setAccessibleName(title)
    button.setToolTip(title)
    button.setIconSize(QSize(14, 14))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(button, drawing, "muted")
    return button
