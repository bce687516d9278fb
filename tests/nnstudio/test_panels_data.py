"""Data panel: choose, set and preview data; downloads never block."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QFrame, QLabel, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from engine.data import (
    DATASETS,
    MNIST,
    XOR,
    Circles,
    Data,
    Dataset,
    Digits,
    FashionMNIST,
    Hills,
    Iris,
    Moons,
    NpzFile,
    Progress,
    Release,
    SineCurve,
    Spirals,
    fetching,
    split,
)
from engine.data.release import RemoteFile
from engine.errors import DataError
from nnstudio.document import edits
from nnstudio.document.model import DataSettings, Document
from nnstudio.faults import log
from nnstudio.panels.data import DataPanel
from nnstudio.panels.preview import HEIGHT, Preview, look_of
from nnstudio.store import Store
from nnstudio.training.messages import RunState, Snapshot
from nnstudio.training.split import Split
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from tests.engine.builders import write_idx
from tests.engine.download_server import DownloadServer, serving
from tests.nnstudio.builders import opened
from tests.nnstudio.panels_support import (
    NARROW,
    assert_fits,
    assert_named,
    background,
    button,
    last_step,
    repaint_in_all_themes,
    shown,
    text_of,
    type_into,
    visible_text,
)


@pytest.fixture(autouse=True)
def _light(qtbot: QtBot) -> None:
    theme().set_mode("light")


@pytest.fixture
def store() -> Store:
    return opened(Document(data=DataSettings(dataset=XOR())))


@pytest.fixture
def panel(qtbot: QtBot, store: Store) -> DataPanel:
    panel = DataPanel(store)
    shown(qtbot, panel, height=900)
    return panel


def snapshot(dataset: Dataset, validation: float = 0.2) -> Snapshot:
    return Snapshot(1, RunState.READY, data=Split(*split(dataset.load(), validation, 0)))


def tile(qtbot: QtBot, panel: DataPanel, name: str) -> None:
    panel.gallery.show_group_of(name)
    qtbot.mouseClick(button(panel, f"tile_{name}"), Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("width", [233, 266, 300, 600])
def test_all_tabs_of_the_gallery_are_in_sight_whatever_the_width(qtbot: QtBot, width: int) -> None:
    panel = DataPanel(opened(Document()))
    shown(qtbot, panel)
    tabs = panel.gallery.tabs
    tabs.setFixedWidth(width)
    qtbot.waitUntil(lambda: tabs.width() == width)
    metrics = tabs.fontMetrics()
    for place in range(tabs.count()):
        rect = tabs.tabRect(place)
        assert rect.right() < width
        # With less beside them, the style cuts the words off.
        assert rect.width() >= metrics.horizontalAdvance(tabs.tabText(place)) + 18
    assert tabs.tabText(3) == ("Own" if width == 233 else "Your own")
    assert tabs.tabToolTip(3) == "Your own"


def test_a_click_on_a_tile_changes_the_data(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    tile(qtbot, panel, "Spirals")
    assert store.document.data.dataset == Spirals()
    assert last_step(store) == "Change data from XOR to Spirals"
    assert list(panel.form.rows) == ["samples", "noise", "seed", "arms", "turns"]
    assert Spirals.help in visible_text(panel)
    store.undo_stack.undo()
    assert store.document.data.dataset == XOR()
    assert button(panel, "tile_XOR").isChecked()
    assert store.undo_stack.count() == 1


def test_of_data_that_are_all_there_are_none_are_held_back(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    tile(qtbot, panel, "Circles")
    assert store.document.data.validation == 0.2
    tile(qtbot, panel, "XOR")
    # Without one of its four points, the rest can be told apart with a straight line.
    assert store.document.data.validation == 0
    tile(qtbot, panel, "Moons")
    assert store.document.data.validation == 0.2
    store.undo_stack.undo()
    assert store.document.data == DataSettings(dataset=XOR(), validation=0)
    # A share that was chosen for data like any others stays.
    store.open(Document(data=DataSettings(dataset=Moons(), validation=0)))
    tile(qtbot, panel, "Circles")
    assert store.document.data.validation == 0


def test_arrow_keys_walk_through_the_gallery(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    first = button(panel, "tile_XOR")
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert store.document.data.dataset == Circles()


def test_what_a_person_set_is_carried_over(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    tile(qtbot, panel, "Spirals")
    type_into(qtbot, panel.form, "samples", "77")
    type_into(qtbot, panel.form, "arms", "3")
    tile(qtbot, panel, "Circles")
    assert store.document.data.dataset == Circles(samples=77)
    tile(qtbot, panel, "Spirals")
    assert store.document.data.dataset == Spirals(samples=77, arms=3)


def test_what_is_typed_for_other_data_is_dropped_with_them(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    # A field ends what was being typed when it loses the focus: here since other data were opened.
    tile(qtbot, panel, "Spirals")
    form = panel.form
    type_into(qtbot, form, "arms", "3", Qt.Key.Key_Shift)
    store.open(Document(data=DataSettings(dataset=XOR())))
    form.changed.emit("arms", 3)
    assert store.document.data.dataset == XOR()
    assert store.undo_stack.count() == 0


def test_a_setting_is_a_named_step(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    type_into(qtbot, panel.form, "noise", "0.1")
    assert store.document.data.dataset == XOR(noise=0.1)
    assert last_step(store) == "Change noise from 0 to 0.1"
    store.undo_stack.undo()
    assert text_of(panel.form, "noise") == "0"


def test_the_validation_share_is_a_slider(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    before = store.document.data.validation
    qtbot.keyClick(panel.share.slider, Qt.Key.Key_Right)
    qtbot.keyClick(panel.share.slider, Qt.Key.Key_Right)
    assert store.document.data.validation == pytest.approx(before + 0.02)
    assert store.undo_stack.count() == 1
    assert last_step(store) == f"Change validation split from {before:.0%} to {before + 0.02:.0%}"
    assert f"{round(100 * before) + 2}%" in visible_text(panel)
    store.undo_stack.undo()
    assert panel.share.slider.value() == round(100 * before)
    assert store.undo_stack.count() == 1


def test_the_split_seed_is_set(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    type_into(qtbot, panel.split.form, "split_seed", "5")
    assert store.document.data.split_seed == 5
    assert last_step(store) == "Change split seed from 0 to 5"


def test_showing_edits_nothing(store: Store, panel: DataPanel) -> None:
    for kind in DATASETS.values():
        store.open(Document(data=DataSettings(dataset=kind(), validation=0.333, split_seed=9)))  # type: ignore[call-arg]
        assert store.undo_stack.count() == 0
        assert store.document.data.validation == 0.333


def test_counts_come_from_what_is_loaded(store: Store, panel: DataPanel) -> None:
    store.edit("Digits", edits.set_data(store.document, dataset=Digits()))
    panel.draw(snapshot(Digits(), 0.25))
    text = visible_text(panel)
    for part in ("1,797", "1x8x8", "10: 0 to 9", "1,348", "449"):
        assert part in text
    assert panel.samples.train.text() == "Training (1,348)"
    assert panel.samples.validation.text() == "Validation (449)"


def test_samples_are_drawn_only_when_they_are_others(panel: DataPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Split | None] = []
    monkeypatch.setattr(panel.samples, "show_split", drawn.append)
    first, second = snapshot(XOR()), snapshot(XOR())
    for each in (first, first, second, second):
        panel.draw(each)
    assert drawn == [first.data, second.data]


def test_points_have_the_colour_of_their_class(qtbot: QtBot) -> None:
    preview = Preview()
    shown(qtbot, preview, 300, HEIGHT)
    preview.show_data(XOR().load())
    image = preview.grab().toImage()
    found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    for index in range(2):
        assert class_colour(theme().colours, index).name() in found


def test_heights_are_drawn_on_the_diverging_scale(qtbot: QtBot) -> None:
    preview = Preview()
    shown(qtbot, preview, 300, HEIGHT)
    preview.show_data(Data(np.array([[-1, 0], [1, 0]], np.float32), np.array([[-2], [2]], np.float32), "regression"))
    image = preview.grab().toImage()
    coloured = {
        image.pixelColor(x, y).name(): x < image.width() / 2
        for x in range(image.width())
        for y in range(HEIGHT - 20)
        if image.pixelColor(x, y).name() in (theme().colours.negative, theme().colours.positive)
    }
    assert coloured == {theme().colours.negative: True, theme().colours.positive: False}


def test_pictures_are_drawn_as_they_are(qtbot: QtBot) -> None:
    preview = Preview()
    shown(qtbot, preview, 48, HEIGHT)
    x = np.zeros((3, 1, 2, 2), np.float32)
    x[0, 0, 0, 0] = x[0, 0, 1, 1] = 1
    preview.show_data(Data(x, np.array([0, 1, 0]), "classification", ("a", "b")))
    image = preview.grab().toImage()
    corners = [image.pixelColor(left, top).name() for top in (10, 34) for left in (10, 34)]
    assert corners == ["#ffffff", "#000000", "#000000", "#ffffff"]


@pytest.mark.parametrize(
    ("dataset", "look"), [(XOR(), "points"), (Hills(), "points"), (Digits(), "pictures"), (Iris(), "table")]
)
def test_every_kind_of_data_has_its_look(qtbot: QtBot, panel: DataPanel, dataset: Dataset, look: str) -> None:
    assert look_of(dataset.load()) == look
    panel.draw(snapshot(dataset))
    blank = Preview()
    blank.resize(panel.samples.preview.size())
    assert panel.samples.preview.grab().toImage() != blank.grab().toImage()
    assert look in panel.samples.preview.accessibleDescription()


@pytest.mark.parametrize("shape", [(3, 5, 5), (2, 6, 6), (7, 7), (40,), (1,), (2, 3, 4, 5)])
def test_odd_shapes_are_shown_without_a_fuss(panel: DataPanel, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, *shape)).astype(np.float32)
    panel.draw(Snapshot(1, RunState.READY, data=Split(Data(x, rng.normal(size=(12, 3)), "regression"), None)))
    assert not panel.samples.preview.grab().toImage().isNull()


def test_pages_are_turned(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    store.edit("Digits", edits.set_data(store.document, dataset=Digits(per_class=20)))
    panel.draw(snapshot(Digits(per_class=20)))
    size = panel.samples.preview.page_size()
    place = panel.findChild(QLabel, "samplesPlace")
    assert place is not None
    assert place.text() == f"1 to {size} of 160"
    assert not panel.samples.back.isEnabled()
    qtbot.mouseClick(button(panel, "nextSamples"), Qt.MouseButton.LeftButton)
    assert place.text() == f"{size + 1} to {2 * size} of 160"
    qtbot.mouseClick(button(panel, "previousSamples"), Qt.MouseButton.LeftButton)
    assert place.text() == f"1 to {size} of 160"


def test_the_validation_part_can_be_seen(qtbot: QtBot, panel: DataPanel) -> None:
    shot = snapshot(Spirals())
    panel.draw(shot)
    qtbot.mouseClick(button(panel, "validationPart"), Qt.MouseButton.LeftButton)
    assert shot.data is not None
    assert panel.samples.part is shot.data.validation
    panel.draw(snapshot(Spirals(), 0))
    assert not panel.samples.validation.isEnabled()
    assert panel.samples.train.isChecked()


def test_a_data_file_is_chosen(
    qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.zeros((6, 3), np.float32), y=np.arange(6) % 2)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(button(panel, "openData"), Qt.MouseButton.LeftButton)
    assert isinstance(store.document.data.dataset, NpzFile)
    assert last_step(store) == "Open data mine.npz"
    assert store.analysis.signature is not None
    assert text_of(panel.form, "path") == str(path)


def test_a_file_that_is_no_data_is_explained(store: Store, panel: DataPanel, tmp_path: Path) -> None:
    place = tmp_path / "notes.log"
    place.write_text("hello")
    panel.take_path(str(place))
    assert "expected a .npz or .npy file of arrays, a table (.csv, .xlsx, .parquet)" in visible_text(panel)
    assert store.undo_stack.count() == 0


def test_data_that_cannot_be_read_are_explained_with_what_to_do(
    qtbot: QtBot, store: Store, panel: DataPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tile(qtbot, panel, "NpzFile")
    assert "choose" in visible_text(panel)
    assert not panel.samples.isVisible()
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.zeros((6, 3), np.float32), y=np.arange(6) % 2)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(button(panel, "fix"), Qt.MouseButton.LeftButton)
    assert store.analysis.signature is not None
    assert panel.samples.isVisible()


@pytest.mark.parametrize("path", ["~nobody-by-that-name/x", "~", "no\0where", "/dev/null"])
def test_odd_paths_are_explained(qtbot: QtBot, store: Store, panel: DataPanel, path: str) -> None:
    for kind in (MNIST, NpzFile):
        tile(qtbot, panel, kind.__name__)
        name = next(iter(panel.form.rows))
        panel.form.changed.emit(name, path)
        assert store.analysis.problems["input"].sentence in visible_text(panel)


# MNIST that is not there


class Fetch:
    """A download that waits until the test lets it go on."""

    def __init__(self, folder: Path, error: str = "") -> None:
        self.folder, self.error = folder, error
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.called_off = True

    def __call__(self, dataset: Dataset, report: Callable[[Progress], None]) -> Path:
        self.wanted = dataset
        try:
            report(Progress("first.gz", 1_000_000, 4_000_000))
            self.go_on.wait(5)
            report(Progress("second.gz", 3_000_000, 4_000_000))
            self.called_off = False
            if self.error:
                raise DataError(self.error)
            return self.folder
        finally:
            self.ended.set()


@pytest.fixture
def missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NNSTUDIO_MNIST", str(tmp_path / "downloaded"))
    return opened(Document(data=DataSettings(dataset=MNIST(folder=str(tmp_path / "nowhere")))))


def labelled(panel: DataPanel, title: str) -> None:
    """Presses the fix with this title."""
    button(panel, "fix")
    found = [child for child in panel.findChildren(type(button(panel, "fix")), "fix") if child.text() == title]  # type: ignore[attr-defined]
    assert len(found) == 1, title
    found[0].click()


def test_missing_digits_can_be_fetched(qtbot: QtBot, missing: Store, tmp_path: Path, mnist_folder: Path) -> None:
    fetch = Fetch(tmp_path / "downloaded")
    panel = DataPanel(missing, fetch=fetch)
    shown(qtbot, panel)
    labelled(panel, "Download (12 MB)")
    qtbot.waitUntil(lambda: "Fetching first.gz…" in visible_text(panel))
    assert not missing.analysis.ok
    (tmp_path / "downloaded").symlink_to(mnist_folder)
    fetch.go_on.set()
    qtbot.waitUntil(lambda: not missing.analysis.problems)
    assert missing.document.data.dataset == MNIST(folder="")
    assert last_step(missing) == "Use the data that were found"
    assert not [child for child in panel.findChildren(QLabel, "downloadText") if child.isVisible()]


def test_a_download_that_fails_says_why_and_can_be_tried_again(
    qtbot: QtBot, missing: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Fetch(tmp_path, "no connection")
    panel = DataPanel(missing, fetch=fetch)
    shown(qtbot, panel)
    labelled(panel, "Download (12 MB)")
    fetch.go_on.set()
    qtbot.waitUntil(lambda: "No connection" in visible_text(panel))
    # What can be done stands there once.
    assert "not on this computer" not in visible_text(panel)
    qtbot.mouseClick(button(panel, "downloadRetry"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Starting the download" not in visible_text(panel))
    qtbot.waitUntil(lambda: "No connection" in visible_text(panel))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    qtbot.mouseClick(button(panel, "downloadFolder"), Qt.MouseButton.LeftButton)
    assert f"{tmp_path} has no train-images-idx3-ubyte.gz." in visible_text(panel)
    write_idx(tmp_path, np.zeros((2, 28, 28)), np.array([0, 1]))
    qtbot.mouseClick(button(panel, "downloadFolder"), Qt.MouseButton.LeftButton)
    assert missing.document.data.dataset == MNIST(folder=str(tmp_path))
    assert not missing.analysis.problems
    assert "No connection" not in visible_text(panel)


def test_a_fault_in_a_download_is_no_riddle(qtbot: QtBot, missing: Store) -> None:
    def broken(*_: object) -> Path:
        raise KeyError("nothing a person could read")

    told: list[log.Fault] = []
    stop = log.listen(told.append)
    panel = DataPanel(missing, fetch=broken)
    shown(qtbot, panel)
    labelled(panel, "Download (12 MB)")
    qtbot.waitUntil(lambda: "The download stopped because of a fault in the program." in visible_text(panel))
    stop()
    assert "nothing a person" not in visible_text(panel)
    assert "nothing a person" in told[0].sentence  # the log has it


def test_a_download_can_be_called_off(qtbot: QtBot, missing: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path)
    panel = DataPanel(missing, fetch=fetch)
    shown(qtbot, panel)
    labelled(panel, "Download (12 MB)")
    qtbot.mouseClick(button(panel, "downloadCancel"), Qt.MouseButton.LeftButton)
    assert "The download was cancelled." in visible_text(panel)
    assert button(panel, "downloadRetry").isVisible()
    fetch.go_on.set()
    assert fetch.ended.wait(5)
    assert fetch.called_off
    assert missing.undo_stack.count() == 0


def test_closing_during_a_download_is_clean(qtbot: QtBot, missing: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path)
    panel = DataPanel(missing, fetch=fetch)
    panel.show()
    labelled(panel, "Download (12 MB)")
    panel.close()
    panel.deleteLater()
    qtbot.wait(50)
    fetch.go_on.set()
    assert fetch.ended.wait(5)
    assert fetch.called_off


# Data in large


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("NNSTUDIO_MNIST", str(tmp_path / "downloaded"))
    store = Store()
    dataset = Digits(classes=(0, 1), per_class=5, size="28x28")
    store.open(Document(data=DataSettings(dataset=dataset, validation=0)))
    return store


def put_digits(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    write_idx(folder, np.zeros((2, 28, 28)), np.array([0, 1]))


def press(qtbot: QtBot, panel: DataPanel, name: str) -> None:
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)


LARGE = MNIST(classes=(0, 1), per_class=5)


def test_larger_data_are_fetched_and_taken_in_one_edit(qtbot: QtBot, small: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path / "downloaded")
    panel = DataPanel(small, fetch=fetch)
    shown(qtbot, panel)
    before = small.document
    assert button(panel, "useLarger").text() == "Use real MNIST (12 MB)"
    press(qtbot, panel, "useLarger")
    qtbot.waitUntil(lambda: "Fetching first.gz…" in visible_text(panel))
    assert small.analysis.signature is not None  # the small ones train meanwhile
    put_digits(tmp_path / "downloaded")
    fetch.go_on.set()
    qtbot.waitUntil(lambda: small.document.data.dataset == LARGE)
    assert last_step(small) == "Change data from Digits to MNIST (IDX files)"
    assert small.document.data.validation == 0
    assert small.undo_stack.count() == 1
    small.undo_stack.undo()
    assert small.document == before
    # Once they are there, one click is enough.
    assert button(panel, "useLarger").text() == "Use real MNIST"
    press(qtbot, panel, "useLarger")
    assert small.document.data.dataset == LARGE
    assert not [child for child in panel.findChildren(QFrame, "larger") if child.isVisible()]


def test_larger_data_can_be_chosen_from_a_folder(
    qtbot: QtBot, small: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = DataPanel(small)
    shown(qtbot, panel)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    press(qtbot, panel, "largerFolder")
    assert small.undo_stack.count() == 0
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    press(qtbot, panel, "largerFolder")
    assert f"{tmp_path} has no train-images-idx3-ubyte.gz." in visible_text(panel)
    assert small.undo_stack.count() == 0
    put_digits(tmp_path)
    press(qtbot, panel, "downloadFolder")
    assert small.document.data.dataset == LARGE.located(str(tmp_path))


def test_offline_it_says_so_and_the_small_data_stay(qtbot: QtBot, small: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path, "no connection")
    fetch.go_on.set()
    panel = DataPanel(small, fetch=fetch)
    panel.draw(snapshot(Digits()))
    shown(qtbot, panel)
    press(qtbot, panel, "useLarger")
    qtbot.waitUntil(lambda: "No connection" in visible_text(panel))
    assert button(panel, "downloadRetry").isVisible()
    assert button(panel, "downloadFolder").isVisible()
    assert panel.samples.isVisible()
    assert small.analysis.signature is not None
    tile(qtbot, panel, "XOR")
    assert "No connection" not in visible_text(panel)
    small.undo_stack.undo()
    assert button(panel, "useLarger").isVisible()


def test_who_has_gone_on_to_other_data_is_not_called_back(qtbot: QtBot, small: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path / "downloaded")
    panel = DataPanel(small, fetch=fetch)
    shown(qtbot, panel)
    press(qtbot, panel, "useLarger")
    qtbot.waitUntil(lambda: "Fetching first.gz…" in visible_text(panel))
    tile(qtbot, panel, "Moons")
    put_digits(tmp_path / "downloaded")
    fetch.go_on.set()
    assert fetch.ended.wait(5)
    qtbot.wait(150)
    assert small.document.data.dataset == Moons()


@pytest.mark.parametrize("kind", DATASETS.values(), ids=DATASETS.keys())
def test_every_data_set_fits_a_narrow_dock(qtbot: QtBot, kind: type[Dataset]) -> None:
    store = Store()
    panel = DataPanel(store)
    shown(qtbot, panel, NARROW, 500)
    store.open(Document(data=DataSettings(dataset=kind())))  # type: ignore[call-arg]
    panel.grab()
    assert_fits(panel)
    assert_named(panel)


def test_a_new_one_has_the_background_of_the_theme(qtbot: QtBot) -> None:
    theme().set_mode("dark")
    panel = DataPanel(Store())
    shown(qtbot, panel)
    assert background(panel) == theme().colours.panel
    theme().set_mode("light")


def test_all_themes_are_drawn(panel: DataPanel) -> None:
    panel.draw(snapshot(Digits()))
    repaint_in_all_themes(panel)


# Downloads through the whole mechanism, from a server on this computer


@pytest.fixture
def clothes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadServer]:
    """A server that has a small Fashion-MNIST, which the data set of this name is downloaded from."""
    folder = tmp_path / "source"
    folder.mkdir()
    for part in ("train", "t10k"):
        pictures = np.random.default_rng(0).integers(0, 256, (300, 28, 28))
        write_idx(folder, pictures, np.arange(300) % 10, part=part)
    monkeypatch.setattr(fetching, "_SCHEMES", ("http://",))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving() as server:
        server.files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        described = tuple(
            RemoteFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in server.files.items()
        )
        monkeypatch.setattr(FashionMNIST, "release", Release("fashion-mnist", f"{server.address}/", described))
        yield server


def test_a_data_set_is_downloaded_with_progress_although_the_line_breaks(qtbot: QtBot, clothes: DownloadServer) -> None:
    clothes.most = 1 << 17
    store = opened(Document(data=DataSettings(dataset=FashionMNIST())))
    panel = DataPanel(store)
    shown(qtbot, panel)
    assert "Fashion-MNIST is not on this computer yet." in visible_text(panel)
    assert clothes.asked == []  # nothing is asked for unasked
    labelled(panel, f"Download ({FashionMNIST().download_size})")
    qtbot.waitUntil(lambda: not store.analysis.problems, timeout=20_000)
    assert store.document.data.dataset == FashionMNIST()
    assert store.analysis.signature is not None
    assert store.analysis.signature.samples == 300
    assert any(asked for _, asked in clothes.asked)  # broken off, and taken up again


def test_progress_is_told_in_megabytes(qtbot: QtBot, missing: Store, tmp_path: Path) -> None:
    fetch = Fetch(tmp_path)
    panel = DataPanel(missing, fetch=fetch)
    shown(qtbot, panel)
    labelled(panel, "Download (12 MB)")
    qtbot.waitUntil(lambda: "Fetching first.gz… 1.0 of 4.0 MB" in visible_text(panel))
    bar = next(bar for bar in panel.findChildren(QProgressBar) if bar.accessibleName() == "Download")
    assert (bar.value(), bar.maximum()) == (250, 1000)
    assert fetch.wanted == missing.document.data.dataset
    fetch.go_on.set()


def test_offline_the_way_out_stands_there(
    qtbot: QtBot, clothes: DownloadServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FashionMNIST.release is not None
    nowhere = Release("fashion-mnist", "http://nowhere.invalid/", FashionMNIST.release.files)
    monkeypatch.setattr(FashionMNIST, "release", nowhere)
    panel = DataPanel(opened(Document(data=DataSettings(dataset=FashionMNIST()))))
    shown(qtbot, panel)
    labelled(panel, f"Download ({FashionMNIST().download_size})")
    qtbot.waitUntil(lambda: "No connection to nowhere.invalid" in visible_text(panel), timeout=20_000)
    expected = "Or fetch the 4 files from http://nowhere.invalid/ on another computer, and choose their folder."
    assert expected in visible_text(panel)
    assert button(panel, "downloadFolder").isVisible()


# The gallery and the card


def test_the_gallery_shows_one_group_at_a_time(qtbot: QtBot, store: Store, panel: DataPanel) -> None:
    def seen() -> set[str]:
        found = panel.gallery.findChildren(QToolButton)
        return {each.objectName().removeprefix("tile_") for each in found if each.isVisible()}

    groups = [panel.gallery.tabs.tabText(index) for index in range(panel.gallery.tabs.count())]
    assert groups == ["Points", "Pictures", "Tables", "Your own"]
    every: list[str] = []
    for index in range(len(groups)):
        panel.gallery.tabs.setCurrentIndex(index)
        every += seen()
    assert sorted(every) == sorted(DATASETS)  # each of them once
    # Whatever changes the data shows the group of the new ones; other edits leave the group that somebody looks at.
    store.edit("test", edits.set_data(store.document, dataset=Iris()))
    assert {"Iris", "Wine"} <= seen()
    panel.gallery.tabs.setCurrentIndex(0)
    store.edit("test", edits.set_data(store.document, validation=0.5))
    assert "XOR" in seen()


@pytest.mark.parametrize("name", DATASETS)
def test_every_card_stands_below_the_name(
    qtbot: QtBot, panel: DataPanel, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = DATASETS[name]
    tile(qtbot, panel, name)
    text = visible_text(panel)
    assert f"Source: {kind.card.source}." in text
    assert f"Licence: {kind.card.licence}." in text
    page = panel.findChild(QPushButton, "dataSource")
    assert page is not None
    assert page.isVisible() == bool(kind.card.address)
    if kind.card.address:
        visited: list[str] = []
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda address: visited.append(address.toString()))
        page.click()
        assert visited == [kind.card.address]


def test_one_input_is_previewed_with_its_target(qtbot: QtBot, panel: DataPanel) -> None:
    data = SineCurve(samples=50, noise=0).load()
    assert look_of(data) == "points"
    preview = panel.samples.preview
    preview.show_data(data)
    highest = int(data.y[:, 0].argmax())
    x, y = preview._spots(data)
    assert y[highest] == y.min()  # up is towards the top of the screen
    assert preview.sample_at(QPointF(x[highest], y[highest])) == highest
