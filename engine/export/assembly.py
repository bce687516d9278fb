"""Assembly of scripts: what all frameworks have in common, and what each one adds."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.export import safetensors
from engine.export.copied import ALIAS
from engine.export.learning import Hooks, data_arrays, encode_code, initial_code, loop_code, settings_code, training_of
from engine.export.names import wrapped
from engine.export.preparing import preparation_code
from engine.export.script import Script, Section, packed
from engine.export.subject import Subject, Training
from engine.source_code import literal
from engine.types import Array

# Imports by the name that they bring, standard library first.
_STANDARD = {
    "base64": "import base64",
    "io": "import io",
    "math": "import math",
    "os": "import os",
    "sys": "import sys",
    "Iterator": "from collections.abc import Iterator",
    "combinations": "from itertools import combinations",
    "combinations_with_replacement": "from itertools import combinations_with_replacement",
    "Path": "from pathlib import Path",
    "Any": "from typing import Any",
}
_THIRD = {"np": "import numpy as np", "NDArray": "from numpy.typing import NDArray"}
# Arrays of so many bytes, packed, still stand in the script itself.
_MOST_INSIDE = 400_000


@dataclass(frozen=True)
class Learning:
    """Training code of a framework: constants, the loss with what it needs, and its part of the loop."""

    constants: tuple[str, ...]
    loss: tuple[str, ...]
    hooks: Hooks


@dataclass(frozen=True)
class Framework:
    """Framework that a script is written for.

    Attributes:
        name: as people write it. imports: by the name that they bring.
        first: code between the imports, such as the choice of a back end.
        model: class or function Network. loading: function load(model, arrays).
        learning: its part of the training. predict: function predict(model, x).
        beside: the weights lie in a file of their own; else they are among the arrays, and those in the script.
    """

    name: str
    imports: dict[str, str]
    model: Callable[[Subject], str]
    loading: Callable[[Subject, str], str]
    learning: Callable[[Subject, Training], Learning]
    predict: str
    beside: bool = True
    first: str = ""


def assemble(framework: Framework, subject: Subject, stem: str, *, training: bool) -> Script:
    """Script of a subject. Raises ExportError, placed at the block, for what the framework cannot hold."""
    known = training_of(subject) if training else None
    if known is None:
        subject = Subject(subject.network, subject.title, subject.preparation)
    prepared, arrays = preparation_code(subject)
    kept: dict[str, Array] = {**arrays, **(data_arrays(subject, known) if known else {})}
    if not framework.beside:
        kept |= {f"weights.{name}": array for name, array in subject.network.arrays.items()}
    sections = []
    if known is not None:
        sections.append(Section("Settings", "Change them as you like.", settings_code(known)))
        prepared = f"{prepared}\n\n\n{encode_code(subject, known)}"
    sections += [
        Section("Preparation", "What is done to samples before the network gets them.", prepared),
        Section("Network", "The blocks by their names in nnstudio.", framework.model(subject)),
        Section("Weights", "Those that were exported with it.", framework.loading(subject, stem)),
    ]
    main = ["model = Network()", "load(model)"]
    if known is not None:
        sections += _training_sections(subject, known, framework.learning(subject, known))
        main = _main_lines(subject)
    sections.append(Section("Prediction", "For samples as they are in the data.", framework.predict))
    zeros = f"np.zeros((1, {', '.join(map(str, subject.source_shape))}))"
    samples = 'ARRAYS["x_train"][:5]' if known is not None else zeros
    main.append(f"print(predict(model, {samples}))")
    inside = not framework.beside and len(packed(kept)) <= _MOST_INSIDE
    return Script(
        title=subject.title,
        summary=f"a network of nnstudio in {framework.name}.",
        usage=_usage(known is not None),
        imports=_imports(framework, [*(part.code for part in sections), *main], _places(framework, kept, inside)),
        sections=tuple(sections),
        main=tuple(main),
        arrays=kept,
        inside=inside,
        files={".safetensors": safetensors.content(subject)} if framework.beside else {},
    )


def _training_sections(subject: Subject, training: Training, learning: Learning) -> list[Section]:
    loop = loop_code(subject, training, learning.hooks)
    constants = "\n".join(learning.constants)
    return [
        Section("Initial values", "The same numbers with which nnstudio begins.", initial_code(subject.network)),
        Section("Loss", "Of every sample, so that samples may have weights.", "\n\n\n".join(learning.loss)),
        Section("Training", "One pass over all samples is an epoch.", f"{constants}\n\n\n{loop}".strip()),
    ]


def _imports(framework: Framework, code: list[str], places: str) -> str:
    """Imports of what the code uses, and the alias of arrays."""
    # By the names that the code itself uses: a word in a string is none.
    tree = ast.parse("\n".join([framework.first, *code, places]))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    alias = ALIAS in names
    if alias:
        names |= {"Any", "NDArray"}

    def used(table: dict[str, str]) -> list[str]:
        return [line for name, line in table.items() if name in names]

    standard = used(_STANDARD)
    third = used(_THIRD | framework.imports)
    blocks = ["from __future__ import annotations", "\n".join(standard), framework.first, "\n".join(third)]
    if alias:
        blocks.append(f"{ALIAS} = NDArray[Any]")
    return "\n\n".join(filter(None, blocks))


def _places(framework: Framework, arrays: Mapping[str, Array], inside: bool) -> str:
    """Names by which a script gets at its arrays and weights."""
    if inside:
        return "np, io, base64"
    return "Path" + (", np" if arrays else "") if framework.beside or arrays else ""


def _usage(training: bool) -> str:
    if not training:
        return "Called by itself, it loads the weights and shows an output."
    return (
        'Called by itself, it trains from the beginning; with the argument "predict" it takes the exported weights\n'
        'instead, with "continue" it trains them further.'
    )


def _main_lines(subject: Subject) -> list[str]:
    """Lines of a script's own run: train anew, train further, or only predict."""
    network = subject.network
    lines = [
        'model, wish = Network(), "".join(sys.argv[1:2])',
        "load(model)",
        'if wish not in ("predict", "continue"):',
    ]
    if network.frozen:
        frozen = literal(tuple(f"{name}." for name in sorted(network.frozen)))
        lines.append("    # Frozen blocks keep the weights that they came with.")
        lines.append("    made = initial_arrays(SEED)")
        lines.append(f"    load(model, {{name: made[name] for name in made if not name.startswith({frozen})}})")
    else:
        lines.append("    load(model, initial_arrays(SEED))")
    return [*lines, 'if wish != "predict":', "    train(model)"]


def table_code(name: str, items: list[str]) -> str:
    """Assignment of a list of literals, on as many lines as it needs."""
    whole = f"{name} = [{', '.join(items)}]"
    return whole if len(whole) <= 110 else f"{name} = [\n{wrapped(items, '    ')}\n]"
