"""C header: the weights as constants, and the forward pass as a plain C function without dependencies."""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.resources import files
from typing import ClassVar

import numpy as np

from engine.export.base import Format
from engine.export.c_layers import C_LAYERS, Place, c_float
from engine.export.c_preparing import preparing
from engine.export.learning import entry_of
from engine.export.names import identifiers, remark, wrapped
from engine.export.subject import ExportError, Subject
from engine.graph import INPUT
from engine.types import Array, show_shape

# More would be a header that no compiler reads in a reasonable time.
_MOST = 5_000_000


@cache
def _library() -> dict[str, str]:
    """Functions of the library by the names on their lines of dashes."""
    text = (files("engine.export.library") / "c_layers.c").read_text(encoding="ascii")
    _, *parts = re.split(r"/\* --- (\w+) --- \*/\n", text)
    return dict(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))


def _guarded(name: str) -> str:
    """Function of the library, defined once however many exported headers are included."""
    guard = f"NNSTUDIO_{name.upper()}"
    return f"#ifndef {guard}\n#define {guard}\n{_library()[name]}\n#endif"


def _constant(name: str, array: Array) -> str:
    items = [c_float(float(value)) for value in array.ravel()]
    return f"/* {show_shape(array.shape)} */\nstatic const float {name}[] = {{\n{wrapped(items, '    ')}\n}};"


def _step(lines: list[str]) -> str:
    """Block that turns a[...] into b[...], and swaps the two."""
    inner = "".join(f"        {line}\n" for line in lines)
    return f"    {{\n{inner}        double *c = a; a = b; b = c;\n    }}\n"


def header(subject: Subject, stem: str) -> str:
    """Source of the header. Raises ExportError, placed at the block, for what C cannot hold."""
    network, structure = subject.network, subject.network.structure
    if network.state_vector.size > _MOST:
        raise ExportError(
            f"a header holds at most {_MOST:,} numbers, but the network has {network.state_vector.size:,}"
        )
    prefix = identifiers([stem])[stem].lower()
    own = identifiers(network.layers)
    values = {INPUT: "input"} | {name: f"{prefix}_v_{own[name]}" for name in network.layers}
    values[structure.output] = "output"
    constants, buffers, body, used = [], [], [], dict[str, None]()
    for name, layer in network.layers.items():
        entry = entry_of(C_LAYERS, subject, name, "C")
        used |= dict.fromkeys(entry.uses)
        arrays = {key: f"{prefix}_w_{own[name]}_{key}" for key in layer.array_specs(*subject.inputs(name))}
        for key, title in arrays.items():
            array = network.arrays[f"{name}.{key}"]
            if not np.isfinite(array).all():
                raise ExportError(f"its {key} holds NaN or infinity; reset the training", where=name)
            constants.append(_constant(title, array))
        if name != structure.output:
            buffers.append(f"    static float {values[name]}[{math.prod(network.shapes[name])}];")
        inputs = tuple(values[source] for source in structure.sources[name])
        at = Place(inputs, values[name], arrays, tuple(subject.inputs(name)), network.shapes[name])
        body += [f"    /* {remark(name)} */", *(f"    {line}" for line in entry.statements(layer, at))]
    before, after, most = preparing(subject)
    sizes = [math.prod(shape) for shape in (network.input_shape, network.output_shape, subject.source_shape)]
    upper, guard = prefix.upper(), f"{prefix.upper()}_H"
    parts = [
        f"/* {remark(subject.title)}: a network of nnstudio in plain C.\n\n"
        f"   {prefix}_forward computes the outputs from inputs as the network takes them; {prefix}_predict takes\n"
        "   a sample in the units of the data and gives results in them. Pictures have their channels first.\n"
        "   Both keep their intermediate values in static memory, so call them from one thread at a time. */",
        f"#ifndef {guard}\n#define {guard}",
        "#include <math.h>\n#include <stddef.h>",
        f"#define {upper}_INPUTS {sizes[0]}\n#define {upper}_OUTPUTS {sizes[1]}\n#define {upper}_SAMPLE {sizes[2]}",
        *constants,
        *(_guarded(name) for name in used),
        f"static inline void {prefix}_forward(const float *input, float *output)\n{{\n"
        + "\n".join([*buffers, *body])
        + "\n}",
        f"static inline void {prefix}_predict(const double *sample, double *result)\n{{\n"
        f"    static double first[{most}], second[{most}];\n"
        f"    static float input[{sizes[0]}], output[{sizes[1]}];\n"
        "    double *a = first, *b = second;\n"
        f"    for (int i = 0; i < {sizes[2]}; i++)\n        a[i] = sample[i];\n"
        + "".join(map(_step, before))
        + f"    for (int i = 0; i < {sizes[0]}; i++)\n        input[i] = (float)a[i];\n"
        f"    {prefix}_forward(input, output);\n"
        f"    for (int i = 0; i < {sizes[1]}; i++)\n        a[i] = output[i];\n"
        + "".join(map(_step, after))
        + f"    for (int i = 0; i < {sizes[1]}; i++)\n        result[i] = a[i];\n    (void)b;\n}}",
        "#endif",
    ]
    return "\n\n".join(parts) + "\n"


class CHeader(Format):
    """C header with the weights and a plain C forward function."""

    title: ClassVar[str] = "C: a header with the weights and a forward function"
    help: ClassVar[str] = (
        "One header in C99 that needs nothing but the standard library: the weights as constants, the forward pass, "
        "and the preparation of samples. For microcontrollers and other programs."
    )
    format: ClassVar[str] = "c"
    suffix: ClassVar[str] = ".h"

    def files(self, subject: Subject, stem: str) -> dict[str, bytes]:
        return {self.suffix: header(subject, stem).encode("ascii")}
