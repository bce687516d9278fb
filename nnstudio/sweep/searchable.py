"""Settings that may be searched, derived from their declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from engine.declared import Declared, FieldInfo, describe
from engine.errors import EngineError, SpecError
from engine.explanation import explain
from engine.optimizers import OPTIMIZERS
from nnstudio.document import edits, values
from nnstudio.document.model import Document, TrainingSettings

TRAINING: Final = "training"
OPTIMIZER: Final = f"{TRAINING}.optimizer"
# These decide what is measured and for how long, so that trials could not be compared; and what computes changes none.
_FIXED: Final = frozenset({"loss", "epochs", "metrics", "class_weights", "computing"})
_KINDS: Final = frozenset({"int", "float", "bool", "choice", "choice_or_int", "seed", "shape"})
NONE: Final = "none"


@dataclass(frozen=True)
class Searchable:
    """Setting that may be searched.

    Attributes:
        name: "training.learning_rate", "dense_1.units".
        owner: the block, or "training". path: attributes that lead from the owner to the setting.
        field: its declaration. value: what it is now; None also where the optimiser has no such setting.
        only_of: names of the optimisers that have it; empty for a setting that is always there.
    """

    name: str
    owner: str
    path: tuple[str, ...]
    field: FieldInfo
    value: Any
    only_of: frozenset[str] = frozenset()

    def read(self, text: str) -> Any:
        """Value of a text in a list of choices. Raises ValueError with a sentence."""
        field, text = self.field, text.strip()
        if field.optional and text.lower() == NONE:
            return None
        if field.kind == "bool":
            known = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}
            if text.lower() not in known:
                raise ValueError(f"{field.title} is on or off; found “{text}”.")
            return known[text.lower()]
        return values.read(field, text)

    def show(self, value: Any) -> str:
        """Text of a value in a list of choices, as `read` takes it."""
        if value is None:
            return NONE
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple):
            return "x".join(map(str, value))
        return value if isinstance(value, str) else values.show(self.field, value)

    @property
    def numeric(self) -> bool:
        """True if the setting is a number, which may lie between two bounds."""
        return self.field.kind in ("int", "float", "seed")


def searchables(document: Document) -> dict[str, Searchable]:
    """Settings that may be searched, by name: those of the training, then those of each block."""
    found = [*_of_training(document.training), *_of_blocks(document)]
    return {each.name: each for each in found}


def with_values(document: Document, chosen: Mapping[str, Any]) -> Document:
    """Document with these settings, by name. Those of another optimiser than the chosen one are left out.

    Raises SpecError where one is not allowed.
    """
    known = searchables(document)
    training: dict[str, Any] = {}
    blocks: dict[str, dict[str, Any]] = {}
    optimizer = document.training.optimizer
    if chosen.get(OPTIMIZER, optimizer.type) != optimizer.type:
        kind = OPTIMIZERS[chosen[OPTIMIZER]]
        optimizer = kind(type=kind.__name__)
    for name, value in chosen.items():
        setting = known[name]
        if name == OPTIMIZER:
            continue
        if setting.owner != TRAINING:
            blocks.setdefault(setting.owner, {})[setting.path[0]] = value
        elif setting.path[0] == "optimizer":
            if setting.path[1] in type(optimizer).model_fields:
                optimizer = optimizer.with_changes(**{setting.path[1]: value})
        elif len(setting.path) == 2:
            part = training.get(setting.path[0], getattr(document.training, setting.path[0]))
            training[setting.path[0]] = part.with_changes(**{setting.path[1]: value})
        else:
            training[setting.path[0]] = value
    try:
        made = edits.set_training(document, optimizer=optimizer, **training)
        for block, fields in blocks.items():
            made = edits.set_fields(made, block, fields)
    except ValidationError as error:
        raise SpecError(explain(error, TRAINING, TrainingSettings)) from None
    return made


def applies(setting: Searchable, chosen: Mapping[str, Any], document: Document) -> bool:
    """True if a setting counts beside the others that are chosen: the optimiser has it."""
    optimizer = chosen.get(OPTIMIZER, document.training.optimizer.type)
    return not setting.only_of or optimizer in setting.only_of


def hindrance(document: Document, chosen: Mapping[str, Any]) -> str:
    """Reason why the network cannot be trained with these settings, as a sentence; "" if it can."""
    from nnstudio.document.analysis import analyse

    try:
        return analyse(with_values(document, chosen)).hindrance
    except EngineError as error:
        return str(error)


def _of_training(training: TrainingSettings) -> Iterator[Searchable]:
    for field in describe(TrainingSettings):
        value = getattr(training, field.name)
        if field.name in _FIXED:
            continue
        if field.name == "optimizer":
            names = tuple(OPTIMIZERS)
            chosen = replace(field, kind="choice", choices=names, default=names[0])
            yield Searchable(OPTIMIZER, TRAINING, (field.name,), chosen, value.type)
            yield from _of_optimizers(value)
        elif field.kind in _KINDS:
            yield Searchable(f"{TRAINING}.{field.name}", TRAINING, (field.name,), field, value)
        elif isinstance(value, Declared):
            for inner in describe(type(value)):
                if inner.kind in _KINDS:
                    titled = replace(inner, title=f"{field.title}: {inner.title.lower()}")
                    name = f"{TRAINING}.{field.name}.{inner.name}"
                    yield Searchable(name, TRAINING, (field.name, inner.name), titled, getattr(value, inner.name))


def _of_optimizers(present: Declared) -> Iterator[Searchable]:
    """Settings of all optimisers; one that several have is declared by the present one, else by the first."""
    owners: dict[str, list[str]] = {}
    fields: dict[str, FieldInfo] = {}
    for name, kind in [(type(present).__name__, type(present)), *OPTIMIZERS.items()]:
        for field in describe(kind):
            if field.kind in _KINDS and name not in owners.setdefault(field.name, []):
                owners[field.name].append(name)
                fields.setdefault(field.name, field)
    for name, field in fields.items():
        only = frozenset(owners[name]) if len(owners[name]) < len(OPTIMIZERS) else frozenset[str]()
        value = getattr(present, name, None)
        yield Searchable(f"{TRAINING}.{name}", TRAINING, ("optimizer", name), field, value, only)


def _of_blocks(document: Document) -> Iterator[Searchable]:
    for block in document.blocks:
        # A block may be called as the training settings are; its own settings are then out of reach.
        if block.disabled or block.name == TRAINING:
            continue
        for field in describe(type(block.layer)):
            if field.kind in _KINDS:
                value = getattr(block.layer, field.name)
                yield Searchable(f"{block.name}.{field.name}", block.name, (field.name,), field, value)
