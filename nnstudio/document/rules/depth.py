"""Rules on hidden layers: do they add anything, and can they learn?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fix
from engine.graph import INPUT
from engine.layers import ReLU
from nnstudio.document.problems import Problem
from nnstudio.document.rules.base import Subject, hint, rule, warning

# Share of a gradient below which it is said to fade: three Sigmoids, or ten Tanhs.
_FAINT = 0.022
# First values that are the same for every unit.
_ALIKE = ("zeros", "ones")
# First weights so wide that a network leaves a symmetry by itself.
_WIDE = ("normal", "he_normal", "he_uniform")
# Blocks on a way: the way before the last one, and its name.
_Way = tuple["_Way", str] | None


@rule
def missing_activation(subject: Subject) -> Iterator[Problem]:
    """Two linear layers without an activation between: together they are one."""
    for name in subject.weighty:
        if not _weighs(subject, name):
            continue
        before = subject.before(name)
        while before is not None and subject.layers[before].linear and not _weighs(subject, before):
            before = subject.before(before)
        if before is not None and _weighs(subject, before):
            off = _activation_off(subject, name, before)
            fix = f"Enable {off}." if off else "Put an activation between them."
            yield warning(
                name,
                f"Nothing non-linear stands between {before} and this layer, so the two are no more than one. {fix}",
                fix=Fix(fix[:-1], enable=(off,)) if off else Fix("Insert ReLU", insert=(ReLU(),)),
            )


def _activation_off(subject: Subject, name: str, before: str) -> str:
    """A disabled activation among the blocks in a row between two layers; "" if none."""
    document, seen = subject.document, {name, before}
    while True:
        feeding = subject.feeding.get(name, ())
        if len(feeding) != 1 or feeding[0] in seen or not document.has_block(feeding[0]):
            return ""
        name = feeding[0]
        seen.add(name)
        block = document.block(name)
        if block.disabled and block.layer.category == "Activation":
            return name


@rule
def fading_gradients(subject: Subject) -> Iterator[Problem]:
    """Many saturating activations: their small gradients multiply and vanish."""
    # The way there as pairs of what stands before and the last one: as a whole, each would hold all those before it.
    kept: dict[str, tuple[float, _Way]] = {INPUT: (1.0, None)}
    sources = subject.graph.sources
    for name, layer in subject.layers.items():
        # Of several ways, the gradient takes the one on which most of it is left.
        share, path = kept[sources[name][0]]
        for source in sources[name][1:]:
            if kept[source][0] > share:
                share, path = kept[source]
        if layer.category == "Activation" and name != subject.last:
            share, path = share * layer.steepness, (path, name) if layer.steepness < 1 else path
        elif layer.category == "Regularisation" and subject.reports[name].parameters:
            share, path = 1.0, None  # normalised: numbers are brought back to where activations are steep
        kept[name] = share, path
    share, path = kept[subject.last]
    if share < _FAINT:
        names = _names_on(path)
        kinds = sorted({subject.layers[name].type_name() for name in names})
        yield hint(
            names[0],
            f"{len(names)} saturating activations in a row ({', '.join(kinds)}): the gradient vanishes on its way back "
            "through them, so the first layers train slowly.",
            fix=Fix("Use ReLU between the layers", replace={name: ReLU() for name in names}),
        )


def _names_on(way: _Way) -> list[str]:
    names = []
    while way is not None:
        way, name = way
        names.append(name)
    return names[::-1]


@rule
def alike_at_the_start(subject: Subject) -> Iterator[Problem]:
    """Units with equal initial weights get equal gradients and never differ."""
    *hidden, _ = subject.weighty or ("",)
    for name in hidden:
        specs = subject.reports[name].specs
        if any(spec.initializer not in _ALIKE for spec in specs.values()):
            continue
        layer = subject.layers[name]
        for key, spec in specs.items():
            field = f"{key}_init"
            if layer.is_weight(key) and field in type(layer).model_fields:
                yield warning(
                    name,
                    f"All weights are initialised to {spec.initializer}, so all units of this layer stay identical. "
                    "Use a random initialiser.",
                    fix=Fix("Initialise weights at random", change={field: "auto"}),
                )


@rule
def opposed_data(subject: Subject) -> Iterator[Problem]:
    """Point-symmetric spirals, and a network that starts as an odd function: slow to learn."""
    if not subject.document.data.dataset.opposed or any(r.output is None for r in subject.reports.values()):
        return
    for name, layer in subject.layers.items():
        if name == subject.last and layer.link is not None:
            continue
        specs = subject.reports[name].specs
        zero = all(spec.initializer == "zeros" for key, spec in specs.items() if not layer.is_weight(key))
        wide = any(spec.initializer in _WIDE for key, spec in specs.items() if layer.is_weight(key))
        if not layer.odd or not zero or wide:
            return
    first = subject.weighty[:1]
    if first and "bias_init" in type(subject.layers[first[0]]).model_fields:
        yield hint(
            first[0],
            "Opposite points of these data belong to opposite classes. With biases of zero, this network starts as an "
            "odd function with the same symmetry, and training often gets stuck there.",
            fix=Fix("Initialise biases at random", change={"bias_init": "normal"}),
        )


def _weighs(subject: Subject, name: str) -> bool:
    layer = subject.layers[name]
    return layer.linear and layer.resizes_by is not None
