"""Document: the user's network, data and settings as plain immutable values.

A document holds blocks and wires, their places on the canvas, the data and the training settings. It knows neither a
widget nor a network. Equal documents save to equal bytes.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, InstanceOf, model_validator
from pydantic_core import CoreSchema, core_schema

from engine import metrics
from engine.backends.computing import Computing
from engine.data import AnyDataset
from engine.data.splitting import SplitBy, check_parts
from engine.data.steps import AnyStep, Augmentation
from engine.data.steps.augmentation.base import augmentations
from engine.data.synthetic import Circles
from engine.errors import SpecError
from engine.layers import AnyLayer
from engine.losses import AnyLoss, BinaryCrossEntropy
from engine.optimizers import Adam, AnyOptimizer
from engine.regularisation import Clipping, Penalty
from engine.schedules import AnySchedule
from engine.training.early_stopping import EarlyStopping
from nnstudio.document.sweep import SweepSettings
from nnstudio.document.value import Value

# See `formats`.
FORMAT: Final = 5

# So many kept runs a project has at most; beyond them the oldest without a label goes.
MOST_RUNS: Final = 500
LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 2000

# The two ends of every network. They are drawn as blocks, but they are no layers and cannot be removed.
INPUT = "input"
OUTPUT = "output"
# What a person reads for them.
_END_NAMES = {INPUT: "data", OUTPUT: "loss"}

# More than these are no network that a person draws, and would be worked on for minutes.
MOST_BLOCKS: Final = 20_000
MOST_WIRES: Final = 60_000
# How far from the middle of the canvas things may stand, in scene units.
FARTHEST: Final = 1_000_000.0

BlockName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=40)]
Position = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]


def _metric(name: str) -> str:
    try:
        metrics.get(name)
    except SpecError as error:
        raise ValueError(str(error)) from None
    return name


MetricName = Annotated[str, AfterValidator(_metric)]


class Block(Value):
    """One layer on the canvas.

    `x` and `y` are the centre of the block in scene units (pixels at 100 %). A disabled block is left out when the
    network is built, and its input passes through. A frozen one is part of the network, but its weights are not
    trained.
    """

    name: BlockName
    layer: AnyLayer
    x: Position = 0.0
    y: Position = 0.0
    disabled: bool = Field(
        False,
        title="Disabled",
        description="Passes its input on unchanged, to try the network without this block. Its weights are kept.",
    )
    frozen: bool = Field(
        False, title="Frozen", description="Not trainable: keeps its weights while the other blocks train."
    )

    def moved_to(self, x: float, y: float) -> Self:
        """Copy of the block at another place. The numbers are not validated: one edit may move hundreds of blocks."""
        moved = self.__copy__()
        moved.__dict__["x"], moved.__dict__["y"] = x, y
        moved.__pydantic_fields_set__.update(("x", "y"))
        return moved


class Wire(NamedTuple):
    """Connection from the output of `source` to an input of `target`.

    `source` is a block or "input", `target` a block or "output". A wire is a tuple, not a model like the rest: wires
    are keys, and thousands are compared at every edit.
    """

    source: str
    target: str

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """In a document it is checked, and written, as a model with these two fields would be."""
        fields = {name: core_schema.typed_dict_field(handler.generate_schema(BlockName)) for name in cls._fields}
        return core_schema.no_info_after_validator_function(
            lambda values: cls(**values),
            core_schema.no_info_before_validator_function(
                lambda wire: wire._asdict() if isinstance(wire, cls) else wire,
                core_schema.typed_dict_schema(fields, extra_behavior="forbid"),
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda wire: wire._asdict()),
        )


class Group(Value):
    """Blocks under one name; a collapsed group is drawn as one block."""

    name: BlockName
    blocks: tuple[BlockName, ...] = Field(min_length=1)
    collapsed: bool = False


class Dismissal(Value):
    """Dismissed warning or hint: one rule's verdict on one block.

    The block may be "input" or "output". A problem that becomes worse than `severity` is shown again.
    """

    block: BlockName
    rule: str = Field(pattern=r"^[a-z][a-z_]*$", max_length=60)
    severity: Literal["warning", "hint"] = "warning"


RunId = Annotated[str, Field(pattern=r"^run-[1-9][0-9]{0,8}$")]


class RunLabel(Value):
    """Name and remark that a person gave a kept run; what was trained is not part of the document.

    A deleted run is hidden, so that undo can bring it back; the next file goes without it.
    """

    run: RunId
    name: str = Field("", max_length=LONGEST_NAME)
    note: str = Field("", max_length=LONGEST_NOTE)
    deleted: bool = False


class End(Value):
    """Place of the data end or the loss end on the canvas."""

    x: Position = 0.0
    y: Position = 0.0


class DataSettings(Value):
    """Data settings: the data set, its parts for validation and test, and the steps that prepare it."""

    dataset: AnyDataset = Field(default_factory=Circles)
    validation: float = Field(
        0.2,
        ge=0,
        le=0.9,
        title="Validation split",
        description="Fraction of the data that is held out and never trained on.",
    )
    test: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Test split",
        description="Fraction that is held out for the very end: neither trained on nor looked at while settings are "
        "chosen.",
    )
    split_by: SplitBy = Field(
        "stratified",
        title="Split by",
        description="Stratified: at random, every part with the classes in their shares. Random: at random. Column: "
        "rows with the same value stay together. Order: the last ones are held out, as for time series.",
    )
    split_column: str = Field(
        "",
        max_length=10_000,
        title="Split column",
        description="Column whose values stay together, or by which the rows are in order; empty is the order of the "
        "file.",
    )
    split_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Split seed",
        description="Another seed holds out other samples.",
        json_schema_extra={"kind": "seed"},
    )
    steps: tuple[AnyStep, ...] = Field(
        (), max_length=50, title="Preparation", description="Steps that prepare the samples, in this order."
    )

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        check_parts(self.validation, self.test)
        return self

    @property
    def augmentations(self) -> tuple[Augmentation, ...]:
        """Steps that change pictures in every batch, and are switched on."""
        return augmentations(self.steps)

    @property
    def lasting(self) -> Self:
        """Same settings without augmentation: all that decides on the samples a run has."""
        steps = tuple(step for step in self.steps if not isinstance(step, Augmentation))
        return self if len(steps) == len(self.steps) else self.with_changes(steps=steps)

    @property
    def used_steps(self) -> tuple[AnyStep, ...]:
        """Steps that are switched on, in their order."""
        return tuple(step for step in self.steps if step.enabled)


class ClassWeight(Value):
    """Weight of one class, by the name of the class."""

    name: str = Field(max_length=1000)
    weight: float = Field(
        1.0,
        ge=0,
        le=1e6,
        allow_inf_nan=False,
        title="Weight",
        description="Weight of the samples of this class, relative to a class of weight 1.",
        json_schema_extra={"step": 0.5},
    )


class TrainingSettings(Value):
    """Training settings: loss, optimiser, batch size, epochs, and the rest."""

    # The one for the data that a new project begins with; `data_loss` lets it follow when others are chosen.
    loss: AnyLoss = Field(default_factory=BinaryCrossEntropy)
    optimizer: AnyOptimizer = Field(default_factory=lambda: Adam(learning_rate=0.01), title="Optimiser")
    batch_size: int = Field(
        16,
        ge=1,
        le=65536,
        title="Batch size",
        description="Samples per step: small batches are noisy, large ones smooth.",
    )
    epochs: int = Field(200, ge=1, le=10_000_000, title="Epochs", description="Passes over the training data.")
    shuffle: bool = Field(True, title="Shuffle", description="Shuffles the samples anew in every epoch.")
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Decides the initial weights and the order of the samples.",
        json_schema_extra={"kind": "seed"},
    )
    class_weight: Literal["none", "balanced", "by_hand"] = Field(
        "none",
        title="Class weights",
        description="Weights of samples by class. Balanced gives every class the same total weight, however few "
        "samples it has.",
    )
    # By name, so that they find their classes again when other data, with other classes, were tried in between.
    class_weights: tuple[ClassWeight, ...] = Field(
        (),
        max_length=1000,
        title="Weight of each class",
        description="Weights set by hand; classes that are not listed have weight 1.",
    )
    schedule: AnySchedule | None = Field(
        None, title="Schedule", description="Changes of the learning rate during training."
    )
    clipping: Clipping | None = Field(None, title="Gradient clipping", description=Clipping.help)
    penalty: Penalty | None = Field(None, title="L1 and L2 regularisation", description=Penalty.help)
    early_stopping: EarlyStopping | None = Field(None, title="Early stopping", description=EarlyStopping.help)
    metrics: tuple[MetricName, ...] = Field(
        (), max_length=16, title="Metrics", description="Measured in addition to the metric that suits the data."
    )
    computing: Computing = Field(default_factory=Computing, title=Computing.title, description=Computing.help)

    @model_validator(mode="after")
    def _check_class_weights(self) -> Self:
        names = [entry.name for entry in self.class_weights]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f'class_weights holds the class "{twice}" twice; take one out')
        return self

    def weight_of(self, name: str) -> float:
        """Weight set by hand for the class of this name."""
        return next((entry.weight for entry in self.class_weights if entry.name == name), 1.0)


class Document(Value):
    """Whole project, except for the weights and the history."""

    # Most edits bring new wires, between names that are known: no edit waits until all names are read again.
    change_types: ClassVar = {"wires": tuple[InstanceOf[Wire], ...]}

    format: Literal[5] = FORMAT
    blocks: tuple[Block, ...] = Field((), max_length=MOST_BLOCKS, fail_fast=True)
    wires: tuple[Wire, ...] = Field((Wire(source=INPUT, target=OUTPUT),), max_length=MOST_WIRES, fail_fast=True)
    groups: tuple[Group, ...] = Field((), max_length=MOST_BLOCKS, fail_fast=True)
    input: End = End()
    output: End = End(y=160.0)
    data: DataSettings = Field(default_factory=DataSettings)
    training: TrainingSettings = Field(default_factory=TrainingSettings)
    dismissed: tuple[Dismissal, ...] = Field((), max_length=10_000, fail_fast=True)
    runs: tuple[RunLabel, ...] = Field((), max_length=MOST_RUNS)
    sweep: SweepSettings = SweepSettings()

    @model_validator(mode="after")
    def _check_wiring(self) -> Self:
        names = {block.name for block in self.blocks}
        for name in (INPUT, OUTPUT):
            if name in names:
                raise ValueError(f'a block is called "{name}", which stands for an end of the network; rename it')
        if len(names) < len(self.blocks):
            count = Counter(block.name for block in self.blocks)
            twice = next(name for name, found in count.items() if found > 1)
            raise ValueError(f'two blocks are called "{twice}"; rename one')
        sources, targets = {INPUT, *names}, {OUTPUT, *names}
        for index, wire in enumerate(self.wires):
            for name, known in ((wire.source, sources), (wire.target, targets)):
                if name not in known:
                    raise ValueError(
                        f'wires.{index} goes from "{wire.source}" to "{wire.target}", but no "{name}" is there'
                    )
        if len(set(self.wires)) < len(self.wires):
            raise ValueError("two wires join the same two blocks; take one out")
        if sum(wire.target == OUTPUT for wire in self.wires) > 1:
            raise ValueError("more than one block leads to the loss; a network has one end")
        return self

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        names = {block.name for block in self.blocks}
        titles: set[str] = set()
        grouped: set[str] = set()
        for index, group in enumerate(self.groups):
            for name in group.blocks:
                if name not in names:
                    raise ValueError(f'groups.{index} holds "{name}", but no block is called so')
                if name in grouped:
                    raise ValueError(f'groups.{index} holds "{name}", which is in a group already')
                grouped.add(name)
            if group.name in titles:
                raise ValueError(f'two groups are called "{group.name}"; rename one')
            if group.name in names or group.name in (INPUT, OUTPUT):
                raise ValueError(f'a group is called "{group.name}", which is the name of a block; rename one')
            titles.add(group.name)
        return self

    @cached_property
    def by_name(self) -> dict[str, Block]:
        """Blocks by name, in their order. Built once for each document; not to be changed."""
        return {block.name: block for block in self.blocks}

    def __copy__(self) -> Self:
        # pydantic copies what was found out along with the fields, but a copy is made to get other blocks.
        copied = super().__copy__()
        copied.__dict__.pop("by_name", None)
        return copied

    def block(self, name: str) -> Block:
        """Block of this name. Raises KeyError."""
        return self.by_name[name]

    def has_block(self, name: str) -> bool:
        """True if there is a block of this name."""
        return name in self.by_name

    def group(self, name: str) -> Group:
        """Group of this name. Raises KeyError."""
        for group in self.groups:
            if group.name == name:
                return group
        raise KeyError(name)

    def has_group(self, name: str) -> bool:
        """True if there is a group of this name."""
        return any(group.name == name for group in self.groups)

    def chain(self) -> tuple[str, ...]:
        """Names of the blocks from the data to the loss, following the first wire out of each."""
        following = {wire.source: wire.target for wire in reversed(self.wires)}
        names: dict[str, None] = {}  # a set that keeps its order
        name = following.get(INPUT, OUTPUT)
        while name != OUTPUT and name not in names:
            names[name] = None
            name = following.get(name, OUTPUT)
        return tuple(names)


def shown_name(name: str) -> str:
    """Display name of a block; the two ends are called by what they are."""
    return _END_NAMES.get(name, name)
