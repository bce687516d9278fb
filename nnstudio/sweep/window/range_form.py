"""Form of the ranges of a search: the settings of the training and of each block, to be ticked."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QWidget

from nnstudio.document import values
from nnstudio.document.model import Document
from nnstudio.document.sweep import SearchRange
from nnstudio.sweep.errors import SweepError
from nnstudio.sweep.ranges import read_range, show_range, suggest
from nnstudio.sweep.searchable import TRAINING, Searchable, searchables
from nnstudio.ui.labels import PlainLabel, text_label
from nnstudio.ui.plain_text import plain_tip, with_capital
from nnstudio.ui.scroll_column import ScrollColumn

_OWNERS, _RANGE = 170, 210
_HELP = (
    "Tick what is to be searched. Two numbers with two dots between them are a range, 8..64; “log” behind it tries "
    "small and large numbers alike, “step 8” only every eighth. Choices have commas between them."
)


class RangeForm(QWidget):
    """Form of all settings that may be searched, owner by owner.

    Signals:
        ranged: a person has given a setting this range; None if it is no longer searched.
    """

    ranged = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self._settings: dict[str, Searchable] = {}
        self._ranges: dict[str, SearchRange] = {}
        # What was ticked before, so that a tick brings it back.
        self._earlier: dict[str, SearchRange] = {}
        self.owners = QListWidget()
        self.owners.setObjectName("searchOwners")
        self.owners.setAccessibleName("Training, or a block, whose settings are listed")
        self.owners.setFixedWidth(_OWNERS)
        self.owners.currentItemChanged.connect(lambda: self._list())
        self.rows: dict[str, RangeRow] = {}
        self._column = QWidget()
        self._grid = QGridLayout(self._column)
        self._grid.setContentsMargins(8, 0, 8, 8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.owners)
        row.addWidget(ScrollColumn(self._column), 1)

    @property
    def owner(self) -> str:
        """Block whose settings are listed, or "training"."""
        item = self.owners.currentItem()
        return TRAINING if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    @property
    def refused(self) -> str:
        """Sentence on a refused range that is on display; "" if there is none."""
        return next((row.error.text() for row in self.rows.values() if row.error.text()), "")

    def show_document(self, document: Document, selected: str = "") -> None:
        """Show the settings of a document; those of a `selected` block first."""
        ranges = {each.setting: each for each in document.sweep.ranges}
        known = searchables(document)
        shape = (tuple(known.values()), tuple(ranges.values()))
        if shape == self._shown:
            return
        self._settings, self._ranges, self._shown = known, ranges, shape
        owner = selected if any(each.owner == selected for each in known.values()) else self.owner
        names = list(dict.fromkeys(each.owner for each in known.values()))
        self.owners.blockSignals(True)
        if [self.owners.item(place).data(Qt.ItemDataRole.UserRole) for place in range(self.owners.count())] != names:
            self.owners.clear()
            for name in names:
                item = QListWidgetItem()
                item.setData(Qt.ItemDataRole.UserRole, name)
                self.owners.addItem(item)
        for place, name in enumerate(names):
            count = sum(known[each].owner == name for each in ranges if each in known)
            title = "Training" if name == TRAINING else name
            self.owners.item(place).setText(f"{title} ({count})" if count else title)
        self.owners.setCurrentRow(names.index(owner) if owner in names else 0)
        self.owners.blockSignals(False)
        self._list()

    def _list(self) -> None:
        """Lists the settings of the chosen owner; rows that are there stay, with what is being typed in them."""
        wanted = [setting for setting in self._settings.values() if setting.owner == self.owner]
        if [setting.name for setting in wanted] != list(self.rows):
            while (item := self._grid.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
            self.rows = {}
            self._grid.addWidget(text_label(_HELP, "muted"), 0, 0, 1, 3)
            for number, setting in enumerate(wanted, start=1):
                row = RangeRow(setting.name)
                row.ticked.connect(lambda on, name=setting.name: self._tick(name, on))
                row.typed.connect(lambda text, name=setting.name: self._type(name, text))
                self._grid.addWidget(row.box, 2 * number, 0)
                self._grid.addWidget(row.now, 2 * number, 1)
                self._grid.addWidget(row.line, 2 * number, 2)
                self._grid.addWidget(row.error, 2 * number + 1, 0, 1, 3)
                self.rows[setting.name] = row
            self._grid.setRowStretch(2 * len(wanted) + 2, 1)
        for setting in wanted:
            self.rows[setting.name].show_setting(setting, self._ranges.get(setting.name))

    def _tick(self, name: str, on: bool) -> None:
        if not on:
            self._earlier[name] = self._ranges.get(name) or suggest(self._settings[name])
        self.ranged.emit(name, (self._earlier.get(name) or suggest(self._settings[name])) if on else None)

    def _type(self, name: str, text: str) -> None:
        try:
            wanted = read_range(self._settings[name], text)
        except SweepError as error:
            self.rows[name].refuse(error.message)
            return
        self.rows[name].refuse("")
        self.ranged.emit(name, wanted)


class RangeRow(QWidget):
    """Row of a setting: a box to tick, its present value, and its range. Only its parts are laid out.

    Signals:
        ticked: a person has ticked the box, or taken the tick away. typed: a person has typed a range.
    """

    ticked = Signal(bool)
    typed = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setObjectName(f"search:{name}")
        self.box.clicked.connect(lambda: self.ticked.emit(self.box.isChecked()))
        self.now = PlainLabel()
        self.now.setProperty("role", "muted")
        self.line = QLineEdit()
        self.line.setObjectName(f"range:{name}")
        self.line.setMinimumWidth(_RANGE)
        self.line.editingFinished.connect(self._finished)
        self.line.textEdited.connect(lambda: self.refuse(""))
        self.error = text_label("", "error")
        self.error.setObjectName(f"rangeError:{name}")
        self.error.hide()
        self._text = ""

    def show_setting(self, setting: Searchable, wanted: SearchRange | None) -> None:
        """Show a setting with its range; None if it is not searched."""
        field = setting.field
        self.box.setText(field.title.replace("&", "&&"))
        self.box.setChecked(wanted is not None)
        limits = values.range_text(field)
        only = f"Only of {', '.join(sorted(setting.only_of))}." if setting.only_of else ""
        tip = "\n".join(filter(None, (field.help, f"Allowed: {limits}." if limits else "", only)))
        for widget in (self.box, self.line):
            widget.setToolTip(plain_tip(tip))
        now = "" if setting.value is None and setting.only_of else f"now {setting.show(setting.value)}"
        self.now.setText(now or only.rstrip("."))
        self.line.setAccessibleName(f"Range of {field.title.lower()}")
        self.line.setEnabled(wanted is not None)
        text = "" if wanted is None else show_range(wanted)
        self.line.setPlaceholderText(show_range(suggest(setting)))
        if text != self._text or wanted is None:
            self._text = text
            self.line.setText(text)
            # Of one that is longer than the field, the beginning is to be seen.
            self.line.setCursorPosition(0)
            self.refuse("")

    def refuse(self, sentence: str) -> None:
        """Show why a typed range was refused; "" for none."""
        self.error.setText(with_capital(sentence))
        self.error.setVisible(bool(sentence))

    def _finished(self) -> None:
        if self.line.text().strip() != self._text:
            self.typed.emit(self.line.text())
