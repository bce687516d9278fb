"""Commands of the File menu."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from nnstudio.export.clipboard import copy_diagram
from nnstudio.export.dialog import ExportDialog
from nnstudio.export.predict_dialog import PredictDialog, ask_samples
from nnstudio.export.registry import EXPORTERS
from nnstudio.shell.commands.base import TOOL_BAR, CommandSpec, Entry, Place, SubmenuSpec, without_project
from nnstudio.shell.commands.film import film, without_moments
from nnstudio.shell.commands.versions import VERSIONS
from nnstudio.shell.project_files import Files
from nnstudio.shell.recovery import recover
from nnstudio.shell.studio import Studio
from nnstudio.training.project import Project

_KEYS = QKeySequence.StandardKey
_PROJECT, _SAVE = Place("file", "project"), Place("file", "save")
_EXPORT, _LEAVE = Place("file", "export"), Place("file", "leave")
_TOOL = Place(TOOL_BAR, "project")
# In the command palette, export is found by each of them.
_FORMATS = ", ".join(kind.title.partition(":")[0] for kind in EXPORTERS.values())


def _export(studio: Studio, format: str = "") -> None:
    project, files = Project(studio.store.document), studio.files
    dialog = ExportDialog(project, files.title, files.folder, studio, format=format)
    dialog.complete(studio.session.project())
    dialog.written.connect(lambda path: studio.status.tell(f"Exported to {path}."))
    dialog.open()


def _predict(studio: Studio) -> None:
    path = ask_samples(studio, studio.files.folder)
    if path:
        dialog = PredictDialog(studio.session.project(), path, studio)
        dialog.written.connect(lambda path: studio.status.tell(f"Wrote the predictions to {path}."))
        dialog.open()


def _copy(studio: Studio) -> None:
    if copy_diagram(studio.store.document, studio.files.title, studio):
        studio.status.tell("The diagram is on the clipboard.")


def _recent_menu(studio: Studio) -> QMenu:
    menu = QMenu("Open &recent", studio.menuBar())
    menu.aboutToShow.connect(lambda: _fill_recent(menu, studio.files))
    return menu


def _fill_recent(menu: QMenu, files: Files) -> None:
    menu.clear()
    for example in files.examples:
        action = menu.addAction(f"{example.title} ({example.state})")
        action.triggered.connect(lambda _=False, example=example: files.open_example(example))
    if files.examples and files.recent():
        menu.addSeparator()
    for path in files.recent():
        menu.addAction(path).triggered.connect(lambda _=False, path=path: files.open(path))
    if menu.isEmpty():
        menu.addAction("No files yet").setEnabled(False)


FILE: tuple[Entry, ...] = (
    CommandSpec(
        "new",
        "&New",
        "Start an empty project",
        _PROJECT,
        lambda studio: studio.files.new(),
        (_KEYS.New,),
        "new",
        _TOOL,
    ),
    CommandSpec(
        "open",
        "&Open…",
        "Open a project file, or an ONNX network of another tool",
        _PROJECT,
        lambda studio: studio.files.ask_open(),
        (_KEYS.Open,),
        "open",
        _TOOL,
    ),
    SubmenuSpec("recent", _PROJECT, _recent_menu),
    CommandSpec(
        "recover",
        "Recover &unsaved work…",
        "Open work that a window left unsaved when it ended, also what was declined in the last days",
        _PROJECT,
        recover,
    ),
    CommandSpec(
        "save",
        "&Save",
        "Save the project, with its weights and curves",
        _SAVE,
        lambda studio: studio.files.save(),
        (_KEYS.Save,),
        "save",
        _TOOL,
    ),
    CommandSpec(
        "saveAs",
        "Save &as…",
        "Save the project under another name",
        _SAVE,
        lambda studio: studio.files.save_as(),
        ("Ctrl+Shift+S",),
    ),
    CommandSpec(
        "loadWeights",
        "Load &weights…",
        "Put weights that another program has saved, such as PyTorch, into the network, by name and shape",
        _EXPORT,
        lambda studio: studio.files.ask_weights(),
        why_not=without_project,
    ),
    *VERSIONS,
    CommandSpec(
        "export",
        "&Export…",
        f"Save the diagram or the network in another format: {_FORMATS}",
        _EXPORT,
        _export,
        ("Ctrl+Shift+P",),
        "picture",
        why_not=without_project,
    ),
    CommandSpec(
        "exportNetwork",
        "Export net&work…",
        "Write the network with its training for another tool: PyTorch, Keras, NumPy, a notebook, C",
        _EXPORT,
        lambda studio: _export(studio, "pytorch"),
        why_not=without_project,
    ),
    CommandSpec(
        "predictFile",
        "Pre&dict a file…",
        "Show what the network says of each sample in a file, and save it as a table",
        _EXPORT,
        _predict,
        why_not=without_project,
    ),
    CommandSpec(
        "film",
        "&Film of a view…",
        "Save a view over the steps of the run as an animated picture: GIF or APNG",
        _EXPORT,
        film,
        icon="film",
        why_not=without_moments,
    ),
    CommandSpec(
        "copyDiagram",
        "Copy diagram as pict&ure",
        "Copy the whole diagram to the clipboard, as an image",
        _EXPORT,
        _copy,
        why_not=without_project,
    ),
    CommandSpec(
        "home",
        "Start &page",
        "Show templates and recent files",
        _LEAVE,
        lambda studio: studio.show_welcome(),
        ("Ctrl+Home",),
        "home",
    ),
    CommandSpec("quit", "&Quit", "Quit the program", _LEAVE, lambda studio: studio.close(), (_KEYS.Quit,)),
)
