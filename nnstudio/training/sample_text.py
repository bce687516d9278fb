"""Samples as text: targets, and the probe in a line."""

from __future__ import annotations

from engine.data import Data
from nnstudio.document.probe import OwnSample, Probe
from nnstudio.training.split import Split

# Values of one's own that a line has room for.
_FEW = 4


def exact(value: float) -> str:
    """Shortest exact text of a number, as in a file."""
    return str(value).removesuffix(".0").replace("-", "−")


def target_of(data: Data, index: int) -> str:
    """Target of a sample, as text."""
    if data.task == "classification":
        label = int(data.y[index])
        return data.classes[label] if label < len(data.classes) else str(label)
    return ", ".join(exact(value) for value in data.shown_y[index][:3])


def rounded(value: float) -> str:
    """Short text of a number, with three significant digits, or all of a few thousands, and a true minus sign."""
    text = f"{value:,.0f}" if 1e3 <= abs(value) < 1e7 else f"{value:.3g}"
    return text.replace("-", "−")


def probe_text(probe: Probe, split: Split | None) -> str:
    """Probe in a line: "Training sample 12 · versicolor", or "Own values (0.25, −0.5)"; of a picture "Own picture".

    `split` are the data, None as long as there are none.
    """
    if isinstance(probe, OwnSample):
        if split is not None and split.train.shown.ndim > 2:
            return "Own picture"
        shown = [rounded(value) for value in probe.values[:_FEW]]
        return f"{probe.title} ({', '.join(shown + ['…'] * (len(probe.values) > _FEW))})"
    data = None if split is None else split.part(probe.part)
    if data is None or not 0 <= probe.index < len(data):
        return probe.title
    if data.task != "classification":
        return f"{probe.title} · target {', '.join(rounded(value) for value in data.shown_y[probe.index][:_FEW])}"
    target = target_of(data, probe.index)
    # A name such as "7" alone would be one number beside another.
    named = any(letter.isalpha() for letter in target)
    return f"{probe.title} · {target if named else f'class {target}'}"
