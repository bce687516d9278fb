"""Commands that the palette offers beyond the menus.

Layers, blocks, panels, data, losses, optimisers and examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from engine.data import DATASETS
from engine.declared import Declared
from engine.layers.base import Layer
from nnstudio.canvas.items.block_faces import input_face, output_face
from nnstudio.document.layer_catalog import layers_by_category
from nnstudio.document.model import INPUT, OUTPUT
from nnstudio.document.traversal import network_order
from nnstudio.finder.command_list import UNAVAILABLE, Command
from nnstudio.project import templates
from nnstudio.store import Store


def layers(append: Callable[[Layer], None], *, enabled: bool) -> Iterator[Command]:
    """Commands that append a layer to the network."""
    for kind in layers_by_category():
        yield Command(
            key=f"append/{kind.type_name()}",
            title=f"Append {kind.type_name()}",
            path=f"Layers › {kind.category}",
            run=partial(_append, append, kind),
            drawing=kind.icon,
            category=kind.category,
            words=f"{kind.title}. {kind.help} {kind.use}",
            enabled=enabled,
        )


def _append(append: Callable[[Layer], None], kind: type[Layer]) -> None:
    append(kind())  # type: ignore[call-arg]


def blocks(store: Store, go_to: Callable[[str], None], *, enabled: bool) -> Iterator[Command]:
    """Commands that go to a block or to one of the two ends."""
    for name in network_order(store.document):
        title, path, drawing, category = _appearance(store, name)
        yield Command(
            key=f"block/{name}",
            title=f"Go to {title}",
            path=path.strip(),
            run=partial(go_to, name),
            drawing=drawing,
            category=category,
            enabled=enabled,
        )


def _appearance(store: Store, name: str) -> tuple[str, str, str, str]:
    """Name, description, icon and category of a block or end, as the canvas shows it."""
    if name in (INPUT, OUTPUT):
        face = (input_face if name == INPUT else output_face)(store.document, store.analysis)
        return face.name, f"{face.title} {face.detail}", face.icon, face.category
    layer = store.document.block(name).layer
    return name, f"{layer.title} {layer.summary()}", layer.icon, layer.category


def groups(store: Store, go_to: Callable[[str], None], *, enabled: bool) -> Iterator[Command]:
    """Commands that go to a group: select all of it, and show its first block."""
    for group in store.document.groups:
        yield Command(
            key=f"group/{group.name}",
            title=f"Go to {group.name}",
            path=f"Group of {len(group.blocks)} blocks",
            run=partial(go_to, group.name),
            drawing="group",
            words="group",
            enabled=enabled,
        )


def panels(docks: Mapping[str, QDockWidget], unsuited: Mapping[str, str], *, enabled: bool) -> Iterator[Command]:
    """Commands that show, focus or hide a panel. `unsuited` gives the reason why one does not apply, by name."""
    for name, dock in docks.items():
        yield Command(
            key=f"panel/{name}",
            title=f"Show {dock.windowTitle()}",
            path="Panels",
            run=partial(_show, dock),
            drawing="panel",
            words=f"{dock.windowTitle()} panel dock view",
            enabled=enabled and name not in unsuited,
            reason=unsuited.get(name, UNAVAILABLE),
        )
        if dock.toggleViewAction().isChecked():
            yield Command(
                key=f"hide/{name}",
                title=f"Hide {dock.windowTitle()}",
                path="Panels",
                run=dock.hide,
                drawing="panel",
                enabled=enabled,
            )


def _show(dock: QDockWidget) -> None:
    dock.show()
    dock.raise_()
    fields = [dock.widget(), *dock.widget().findChildren(QWidget)]
    first = next(
        (field for field in fields if field.focusPolicy() & Qt.FocusPolicy.TabFocus and field.isVisible()), None
    )
    if first is not None:
        first.setFocus(Qt.FocusReason.OtherFocusReason)


def data(choose: Callable[[str], None], *, enabled: bool) -> Iterator[Command]:
    """Commands that choose a data set, as a click on its tile does."""
    for name, kind in DATASETS.items():
        title = kind.title.partition(" (")[0]
        yield Command(
            key=f"data/{name}",
            title=f"Use {title} as data",
            path="Data",
            run=partial(choose, name),
            drawing=kind.icon,
            words=f"{kind.help} data set",
            enabled=enabled,
        )


def settings(
    what: str, kinds: Iterable[type[Declared]], choose: Callable[[type[Declared]], None], *, enabled: bool
) -> Iterator[Command]:
    """Commands that choose another loss or optimiser; `what` names which."""
    for kind in kinds:
        yield Command(
            key=f"{what}/{kind.__name__}",
            title=f"Use {kind.title} as {what}",
            path="Training",
            run=partial(choose, kind),
            drawing="loss",
            words=kind.help,
            enabled=enabled,
        )


def examples(open_template: Callable[[str], object]) -> Iterator[Command]:
    """Commands that open the bundled examples."""
    for template in templates.TEMPLATES:
        yield Command(
            key=f"example/{template.name}",
            title=f"Open example {template.title}",
            path="Examples",
            run=partial(open_template, template.name),
            drawing=template.icon,
            words=f"{template.sentence} template",
        )


def in_order(*groups: Iterable[Command]) -> list[Command]:
    """Concatenate groups of commands."""
    return [command for group in groups for command in group]
