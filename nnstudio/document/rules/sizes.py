"""Rules on sizes: of layers, images and batches."""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.errors import Fix
from nnstudio.document.problems import Problem
from nnstudio.document.rules.base import Subject, hint, rule
from nnstudio.document.training_checks import larger_batch

# A layer is far larger than the data above so many parameters for each sample, and for each number of the data.
_PER_SAMPLE, _PER_NUMBER = 1000, 10


@rule
def far_larger_than_the_data(subject: Subject) -> Iterator[Problem]:
    """Many more parameters than the data can determine."""
    samples = max(subject.trained, 1)
    numbers = samples * math.prod(subject.signature.input_shape)
    for name in subject.weighty:
        parameters = subject.reports[name].parameters
        if parameters <= _PER_SAMPLE * samples or parameters <= _PER_NUMBER * numbers:
            continue
        layer = subject.layers[name]
        field = layer.resizes_by
        fix = None
        if field is not None and _resizable(subject, name):
            wanted = getattr(layer, field) * _PER_SAMPLE * samples / 10 / parameters
            size = max(4, 1 << max(int(math.log2(max(wanted, 1))), 0))
            if size < getattr(layer, field):
                fix = Fix(f"Set {field} to {size}", change={field: size})
        yield hint(
            name,
            f"{parameters:,} parameters for {samples:,} training samples are {parameters / samples:,.0f} for each: "
            "the layer can memorise them all (overfit), and trains slowly.",
            fix=fix,
        )


@rule
def lost_lines(subject: Subject) -> Iterator[Problem]:
    """Windows that do not divide the image evenly: its last lines are ignored."""
    for name, report in subject.reports.items():
        rows, columns = report.left_over
        if not (rows or columns):
            continue
        lost = " and ".join(
            f"{number} {word}{'s' if number > 1 else ''}"
            for number, word in ((rows, "row"), (columns, "column"))
            if number
        )
        height, width = (report.inputs[0] or ())[-2:]
        yield hint(
            name,
            f"The windows do not divide {height}x{width} pixels evenly: the last {lost} of every image "
            f"{'is' if rows + columns == 1 else 'are'} never used.",
            fix=Fix("Set padding to same", change={"padding": "same"}),
        )


@rule
def batch_of_one(subject: Subject) -> Iterator[Problem]:
    """Batch normalisation over a batch of one sample. With a single number for each channel, that is an error."""
    batch = min(subject.document.training.batch_size, subject.trained)
    if batch != 1:
        return
    for name, layer in subject.layers.items():
        output = subject.output(name)
        if layer.mixes_samples and output is not None and math.prod(output[1:]) > 1:
            yield hint(
                name,
                f"{layer.type_name()} normalises over the samples of a batch. With one sample, mean and variance are "
                "those of a single image, and vary strongly between steps.",
                fix=larger_batch(subject.trained),
            )


def _resizable(subject: Subject, name: str) -> bool:
    """True if another layer behind decides the size of the network's output."""
    weighty = [other for other in subject.weighty if subject.layers[other].resizes_by is not None]
    return name in weighty[:-1]
