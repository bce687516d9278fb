"""Random edits in any order: valid documents, matching canvas, complete undo.

A new edit gets a rule in `Editing`; that undo, files and canvas keep up with it is checked after every step.
`NNSTUDIO_SEQUENCES` says how many random sequences are tried (30 if it is not set), `--hypothesis-seed` which ones.
"""

from __future__ import annotations

import gc
import os
import re
import weakref
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import ValidationError
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QGuiApplication

from engine.data import DATASETS
from engine.declared import Declared, FieldInfo, describe
from engine.errors import EngineError
from engine.layers import REGISTRY
from engine.losses import LOSSES
from engine.optimizers import OPTIMIZERS
from nnstudio import store as store_module
from nnstudio.canvas.actions.block_actions import FINE_STEP, STEP
from nnstudio.canvas.scene import CanvasScene
from nnstudio.document import edits, grouping, groups, ports, replacing, rewiring, splicing, wiring
from nnstudio.document.analysis import analyse
from nnstudio.document.clipboard import fragment_of
from nnstudio.document.model import INPUT, OUTPUT, Block, Document, Wire
from nnstudio.project import templates
from nnstudio.project.project_file import Project, from_bytes, to_bytes
from nnstudio.store import Store
from tests.nnstudio.canvas_support import assert_shows_its_document

PLACES = st.floats(-2000, 2000)


def branched() -> Document:
    """As a file may hold it: a branch that leads nowhere, and one source for two blocks."""
    document = templates.load("moons").document
    stray = document.blocks[1].with_changes(name="stray", x=90.0, y=100.0)
    wires = (*document.wires, Wire(source=document.chain()[0], target="stray"))
    return document.with_changes(blocks=(*document.blocks, stray), wires=wires)


def grouped() -> Document:
    """Document with a group: at random, few sequences make one and then change it."""
    document = templates.load("spiral").document
    return groups.make(document, *grouping.in_order(document, [block.name for block in document.blocks])[:2])


STARTS = [
    *(templates.load(name).document for name in ("xor", "digits-cnn", "spiral")),
    Document(),
    branched(),
    grouped(),
]


def value_of(info: FieldInfo) -> st.SearchStrategy[Any]:
    """Values for a field, most of them allowed."""
    low, high = info.minimum, info.maximum
    match info.kind:
        case "int" | "seed":
            values: st.SearchStrategy[Any] = st.integers(int(low or 0) - 1, int(min(high or 99, (low or 0) + 99)))
        case "float":
            values = st.floats(low or 0, min(high or 1, 9))
        case "bool":
            values = st.booleans()
        case "choice" | "choice_or_int":
            values = st.sampled_from(info.choices) | st.integers(0, 3)
        case "shape":
            values = st.integers(1, 4) | st.lists(st.integers(0, 9), min_size=1, max_size=3).map(tuple)
        case _:
            values = st.text(max_size=5)
    return values | st.none() if info.optional else values


@st.composite
def declared(draw: st.DrawFn, registry: dict[str, type[Declared]]) -> Declared:
    """A declaration of any class of a registry, one of its fields drawn."""
    cls = registry[draw(st.sampled_from(sorted(registry)))]
    made = cls()
    return changed(draw, made)


def changed(draw: Any, value: Declared) -> Declared:
    infos = describe(type(value))
    if not infos:
        return value
    info = draw(st.sampled_from(infos))
    try:
        return value.with_changes(**{info.name: draw(value_of(info))})
    except EngineError:
        return value


class Editing(RuleBasedStateMachine):
    """What a person can do to a document, through the store, with the canvas looking on."""

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.scene = CanvasScene(self.store)
        self.editing = self.scene.editing
        # Documents found sound in this sequence, by identity: they are immutable, and undo, redo and refused edits lead
        # to the same ones again.
        self.sound: dict[int, Document] = {}
        # Else what is pasted would follow from the sequence before.
        QGuiApplication.clipboard().clear()

    @initialize(document=st.sampled_from(STARTS))
    def start(self, document: Document) -> None:
        self.first = document
        self.first_bytes = to_bytes(Project(document))
        self.store.open(document)

    @property
    def document(self) -> Document:
        return self.store.document

    def names(self) -> list[str]:
        return [block.name for block in self.document.blocks]

    def places(self) -> dict[str, tuple[float, float]]:
        return {name: edits.position(self.document, name) for name in [INPUT, OUTPUT, *self.names()]}

    @rule(data=st.data(), layer=declared(REGISTRY))
    @precondition(lambda self: self.document.wires and len(self.document.blocks) < 12)
    def insert(self, data: st.DataObject, layer: Any) -> None:
        wire = data.draw(st.sampled_from(self.document.wires))
        after = edits.insert(self.document, layer, wire)
        assert len(after.blocks) == len(self.document.blocks) + 1
        self.store.edit("insert", after)

    @rule(layer=declared(REGISTRY))
    @precondition(lambda self: any(wire.target == OUTPUT for wire in self.document.wires))
    def append(self, layer: Any) -> None:
        after = edits.append(self.document, layer)
        assert next(wire.source for wire in after.wires if wire.target == OUTPUT) not in self.names()
        self.store.edit("append", after)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks)
    def remove(self, data: st.DataObject) -> None:
        gone = data.draw(st.lists(st.sampled_from(self.names()), min_size=1, max_size=3, unique=True))
        after = edits.remove(self.document, *gone)
        # A block that joined branches goes with the last but one of them.
        lost = set(self.names()) - set(gone) - {block.name for block in after.blocks}
        assert lost <= edits.joining(self.document)
        assert not any(after.has_block(name) for name in gone)
        self.store.edit("remove", after)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks and len(self.document.blocks) < 12)
    def connect(self, data: st.DataObject) -> None:
        source = data.draw(st.sampled_from([INPUT, *self.names()]))
        target = data.draw(st.sampled_from([OUTPUT, *self.names()]))
        if wiring.obstacle(self.document, source, target):
            with pytest.raises(ValueError, match=re.escape(wiring.obstacle(self.document, source, target))):
                wiring.connect(self.document, source, target)
            return
        after = wiring.connect(self.document, source, target)
        assert len(after.wires) > len(self.document.wires)
        self.store.edit("connect", after)

    @rule(data=st.data())
    @precondition(lambda self: edits.joining(self.document))  # type: ignore[return-value]
    def disconnect(self, data: st.DataObject) -> None:
        joins = edits.joining(self.document)
        wire = data.draw(st.sampled_from([wire for wire in self.document.wires if wire.target in joins]))
        if wiring.is_merge(self.document, wire.target):
            after = wiring.disconnect(self.document, wire)
            assert wire not in after.wires
            self.store.edit("disconnect", after)

    @rule(data=st.data(), backwards=st.booleans())
    @precondition(lambda self: self.document.wires and len(self.document.blocks) < 12)
    def reroute(self, data: st.DataObject, backwards: bool) -> None:
        wire = data.draw(st.sampled_from(self.document.wires))
        other = data.draw(st.sampled_from([INPUT, *self.names(), OUTPUT]))
        ends = (other, wire.target) if backwards else (wire.source, other)
        if rewiring.detour(self.document, wire, *ends):
            with pytest.raises(ValueError, match=re.escape(rewiring.detour(self.document, wire, *ends))):
                rewiring.reroute(self.document, wire, *ends)
            return
        after = rewiring.reroute(self.document, wire, *ends)
        assert (wire in after.wires) is (ends == wire)
        self.store.edit("reroute", after)

    @rule(data=st.data())
    @precondition(lambda self: edits.joining(self.document))  # type: ignore[return-value]
    def reorder(self, data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(sorted(edits.joining(self.document))))
        into = [wire for wire in self.document.wires if wire.target == target]
        wire, place = data.draw(st.sampled_from(into)), data.draw(st.integers(1, len(into)))
        after = ports.reorder(self.document, wire, place)
        assert [known for known in after.wires if known.target == target].index(wire) == place - 1
        assert set(after.wires) == set(self.document.wires)
        self.store.edit("reorder", after)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks and self.document.wires)
    def move(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.names()))
        wire = data.draw(st.sampled_from(self.document.wires))
        try:
            after = edits.move_into(self.document, name, wire)
        except ValueError:
            # Taking the block out of a branch took this wire along.
            return
        assert after.block(name).layer == self.document.block(name).layer
        assert name in (wire.source, wire.target) or Wire(source=wire.source, target=name) in after.wires
        self.store.edit("move", after)

    @rule(data=st.data(), x=PLACES, y=PLACES, merge=st.sampled_from([None, "drag"]))
    def place(self, data: st.DataObject, x: float, y: float, merge: str | None) -> None:
        name = data.draw(st.sampled_from([INPUT, OUTPUT, *self.names()]))
        before = self.places()
        self.store.edit("place", edits.place(self.document, name, x, y), merge and f"{merge} {name}")
        assert self.places() == before | {name: (round(x, 1), round(y, 1))}

    @rule()
    def tidy(self) -> None:
        self.store.edit("tidy", edits.tidy(self.document))
        # Where all stands depends on blocks and wires alone.
        assert edits.tidy(edits.place(self.document, OUTPUT, 999, 999)) == self.document

    @rule(data=st.data(), new=st.sampled_from(["a", "dense_1", "relu_9", INPUT, "1", "x" * 41]))
    @precondition(lambda self: self.document.blocks)
    def rename(self, data: st.DataObject, new: str) -> None:
        old = data.draw(st.sampled_from(self.names()))
        try:
            self.store.edit("rename", edits.rename(self.document, old, new))
        except ValueError:
            assert new in (INPUT, "1", "x" * 41) or new in self.names()
        else:
            assert new in self.names()
            assert old == new or old not in self.names()

    @rule(data=st.data(), merge=st.sampled_from([None, "spin"]))
    @precondition(lambda self: self.document.blocks)
    def set_field(self, data: st.DataObject, merge: str | None) -> None:
        block = self.document.block(data.draw(st.sampled_from(self.names())))
        infos = describe(type(block.layer))
        if infos:
            info = data.draw(st.sampled_from(infos))
            value = data.draw(value_of(info))
            try:
                after = edits.set_field(self.document, block.name, info.name, value)
            except EngineError:
                return
            assert after.block(block.name).layer == block.layer.with_changes(**{info.name: value})
            self.store.edit("set", after, merge and f"{merge} {block.name}.{info.name}")

    @rule(dataset=declared(DATASETS), share=st.floats(-0.1, 1.1))
    def set_data(self, dataset: Any, share: float) -> None:
        try:
            self.store.edit("data", edits.set_data(self.document, dataset=dataset, validation=share))
        except ValidationError:
            assert not 0 <= share <= 0.9
        else:
            assert (self.document.data.dataset, self.document.data.validation) == (dataset, share)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks)
    def group(self, data: st.DataObject) -> None:
        order = grouping.in_order(self.document, self.names())
        start = data.draw(st.integers(0, len(order) - 1))
        chosen = order[start : start + data.draw(st.integers(1, 4))]
        if not grouping.obstacle(self.document, chosen):
            self.store.edit("group", groups.make(self.document, *chosen))
            assert any(set(made.blocks) == set(chosen) for made in self.document.groups)

    @rule(data=st.data(), count=st.integers(1, 3))
    @precondition(lambda self: self.document.groups and len(self.document.blocks) < 12)
    def change_group(self, data: st.DataObject, count: int) -> None:
        group = data.draw(st.sampled_from(self.document.groups))
        match data.draw(st.sampled_from(["collapse", "repeat", "dissolve", "place", "remove"])):
            case "collapse":
                after = groups.set_collapsed(self.document, group.name, not group.collapsed)
                assert after.group(group.name).collapsed is not group.collapsed
            case "repeat" if not groups.repeat_obstacle(self.document, group.name):
                after = groups.set_repeat(self.document, group.name, count)
                grown = grouping.repeats(after, after.group(group.name).blocks)
                assert count == 1 or len(grown) >= count
            case "place":
                after = edits.place(self.document, group.name, 7, 70)
                assert edits.position(after, group.name) == (7, 70)
            case "remove":
                after = edits.remove(self.document, group.name)
                assert not after.has_group(group.name)
            case _:
                after = groups.dissolve(self.document, group.name)
                assert not after.has_group(group.name)
        self.store.edit("change group", after)

    @rule(loss=declared(LOSSES), optimizer=declared(OPTIMIZERS), size=st.integers(0, 99))
    def set_training(self, loss: Any, optimizer: Any, size: int) -> None:
        try:
            after = edits.set_training(self.document, loss=loss, optimizer=optimizer, batch_size=size)
            self.store.edit("training", after)
        except ValidationError:
            assert size == 0
        else:
            chosen = self.document.training
            assert (chosen.loss, chosen.optimizer, chosen.batch_size) == (loss, optimizer, size)

    @rule(data=st.data(), back=st.booleans())
    @precondition(lambda self: self.store.analysis.remarks or self.store.analysis.dismissed)
    def put_aside(self, data: st.DataObject, back: bool) -> None:
        analysis = self.store.analysis
        problems = (analysis.dismissed if back else analysis.remarks) or analysis.dismissed or analysis.remarks
        problem = data.draw(st.sampled_from(problems))
        (self.store.bring_back if problem in analysis.dismissed else self.store.dismiss)(problem)
        assert (problem in self.store.analysis.dismissed) != (problem in analysis.dismissed)

    @invariant()
    def what_is_dismissed_is_there(self) -> None:
        assert {each.block for each in self.document.dismissed} <= {INPUT, OUTPUT, *self.names()}

    @rule(name=st.sampled_from("01a"), weight=st.sampled_from([0.0, 0.5, 1.0, 3.0]), by_hand=st.booleans())
    def weigh(self, name: str, weight: float, by_hand: bool) -> None:
        after = edits.set_class_weight(self.document, name, weight)
        self.store.edit("weigh", edits.set_training(after, class_weight="by_hand" if by_hand else "balanced"))
        assert self.document.training.weight_of(name) == weight
        assert (self.document.training.class_weight == "by_hand") is by_hand

    @rule(data=st.data())
    @precondition(lambda self: any(found.fix is not None for found in self.store.analysis.findings))
    def fix(self, data: st.DataObject) -> None:
        problems = [problem for problem in self.store.analysis.findings if problem.fix is not None]
        problem = data.draw(st.sampled_from(problems))
        assert problem.fix is not None
        after = edits.apply_fix(self.document, problem.where, problem.fix)
        left = [found.sentence for found in analyse(after).findings if found.where == problem.where]
        assert problem.sentence not in left
        self.store.edit(problem.fix.title, after)

    def choose(self, data: st.DataObject, *, most: int = 3) -> list[str]:
        """Selects some blocks, as a person does before an edit of several."""
        names = data.draw(st.lists(st.sampled_from(self.names()), min_size=1, max_size=most, unique=True))
        # A block of a collapsed group stands for the whole of it.
        self.editing.choose(names)
        assert set(names) <= set(self.editing.names)
        return self.editing.names

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks and len(self.document.blocks) < 12)
    def copy_and_paste(self, data: st.DataObject) -> None:
        names, before = self.choose(data), self.document
        reason = splicing.obstacle(fragment_of(before, names))
        assert self.editing.copy() is not bool(reason)
        assert self.document is before
        self.editing.choose(data.draw(st.lists(st.sampled_from([INPUT, OUTPUT, *self.names()]), max_size=1)))
        self.editing.paste()
        self.check_copies(before)
        if not reason:
            assert len(self.names()) == len(before.blocks) + len(names)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks and len(self.document.blocks) < 12)
    def duplicate(self, data: st.DataObject) -> None:
        names, before = self.choose(data), self.document
        self.editing.duplicate()
        self.check_copies(before)
        if not splicing.obstacle(fragment_of(before, names)):
            assert len(self.names()) == len(before.blocks) + len(names)

    def check_copies(self, before: Document) -> None:
        """What was there stayed, and what is new hangs in the network."""
        old = {block.name: block.layer for block in before.blocks}
        assert {block.name: block.layer for block in self.document.blocks if block.name in old} == old
        for name in set(self.names()) - set(old):
            assert any(wire.source == name for wire in self.document.wires)
            assert any(wire.target == name for wire in self.document.wires)

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks)
    def cut(self, data: st.DataObject) -> None:
        names = self.choose(data)
        self.editing.cut()
        assert not set(names) & set(self.names()) or splicing.obstacle(fragment_of(self.document, names))

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks)
    def disable(self, data: st.DataObject) -> None:
        names = self.choose(data)
        before = [self.document.block(name).disabled for name in names]
        self.editing.toggle()
        assert {self.document.block(name).disabled for name in names} == {not all(before)}

    @rule(data=st.data())
    @precondition(lambda self: self.document.blocks)
    def replace(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.names()))
        kind = data.draw(st.sampled_from(replacing.candidates(self.document, name)))
        count = len(self.document.wires)
        self.editing.replace(name, kind)
        assert len(self.document.wires) == count
        assert type(self.document.block(self.store.selected).layer) is kind

    @rule(data=st.data(), x=st.sampled_from([-STEP, FINE_STEP, STEP]), times=st.integers(1, 3))
    @precondition(lambda self: self.document.blocks)
    def nudge(self, data: st.DataObject, x: float, times: int) -> None:
        self.choose(data)
        marked = {name: edits.position(self.document, name) for name in self.editing.marked}
        for _ in range(times):
            self.editing.nudge(x, 0)
        for name, (x0, y0) in marked.items():
            assert edits.position(self.document, name) == (pytest.approx(x0 + times * x), y0)

    @rule()
    def undo(self) -> None:
        self.store.undo_stack.undo()

    @rule()
    def redo(self) -> None:
        self.store.undo_stack.redo()

    @rule()
    def undo_and_redo(self) -> None:
        if self.store.undo_stack.canUndo():
            before = self.document
            self.store.undo_stack.undo()
            assert self.document != before
            self.store.undo_stack.redo()
            assert self.document is before

    @invariant()
    def is_sound(self) -> None:
        document, names = self.document, self.names()
        if id(document) not in self.sound:
            assert from_bytes(to_bytes(Project(document)), "a").document == document
            assert len(set(names)) == len(names)
            assert all(vars(block).keys() == Block.model_fields.keys() for block in document.blocks)
            self.sound[id(document)] = document
        assert set(self.store.analysis.problems) <= {INPUT, OUTPUT, *names}
        assert set(self.store.analysis.reports) <= set(names)

    @invariant()
    def is_shown(self) -> None:
        assert_shows_its_document(self.scene)

    def go_to(self, index: int) -> None:
        """Undo or redo up to a step. Only the last document is drawn: steps one by one have a rule of their own."""
        self.store.blockSignals(True)
        self.store.undo_stack.setIndex(index)
        self.store.blockSignals(False)
        self.store.changed.emit()

    def teardown(self) -> None:
        if hasattr(self, "first"):
            stack, last = self.store.undo_stack, self.document
            here = stack.index()
            self.go_to(0)
            assert self.document == self.first
            assert to_bytes(Project(self.document)) == self.first_bytes
            assert_shows_its_document(self.scene)
            self.go_to(here)
            assert self.document is last or to_bytes(Project(self.document)) == to_bytes(Project(last))
            assert_shows_its_document(self.scene)
        # Now, and not when the collector finds it in the midst of the next sequence.
        self.scene.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


Editing.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
if SEQUENCES := os.environ.get("NNSTUDIO_SEQUENCES"):
    # Others than ever, also where a profile for continuous integration would choose the same each time.
    Editing.TestCase.settings = settings(Editing.TestCase.settings, max_examples=int(SEQUENCES), derandomize=False)


@pytest.mark.usefixtures("qapp")
class TestEditing(Editing.TestCase):  # type: ignore[misc, name-defined, valid-type]
    """Runs the machine, once there is an application: the clipboard is the application's."""


def test_a_store_that_is_collected_takes_its_history_along() -> None:
    kept = set(store_module._kept)
    gone = []
    for _ in range(20):
        store = Store()
        holder: list[Any] = [store]
        holder.append(holder)  # a circle, so that it is the collector that finds it
        document = store.document
        for _ in range(5):
            document = edits.append(document, REGISTRY["ReLU"]())
            store.edit("append", document)
        store.undo_stack.undo()
        gone.append(weakref.ref(store))
        del store, holder
    gc.collect()
    assert [reference() for reference in gone] == [None] * 20
    assert store_module._kept <= kept
