"""Lines of the window lens' list of sums."""

from __future__ import annotations

from dataclasses import dataclass

from nnstudio.views.lens.window_picture import WindowPicture, count
from nnstudio.views.plotting import short


@dataclass(frozen=True)
class SumLine:
    """Line of the list.

    Attributes:
        name, value: the texts. channel: the input channel it is of; None for other lines.
        number: the sum of that channel. chosen: its channel is on show. total: it is the output pixel.
    """

    name: str
    value: str
    channel: int | None = None
    number: float = 0.0
    chosen: bool = False
    total: bool = False


def lines_of(picture: WindowPicture) -> list[SumLine]:
    """Lines for an output pixel: a sum for each channel, the bias, and the total last."""
    result, taps = picture.result, picture.taps
    total = short(result.total)
    if taps.combine == "max":
        return [SumLine("largest of", count(result.count, "pixel")), SumLine("=", total, total=True)]
    if taps.combine == "mean":
        sum_ = short(float(result.sums.sum()))
        return [SumLine("sum", sum_), SumLine("divided by", f"{result.count:,}"), SumLine("=", total, total=True)]
    if taps.weight is None:
        return [SumLine("copied" if result.count else "padding", ""), SumLine("=", total, total=True)]
    lines = [
        SumLine(f"Σ channel {channel + 1}", short(value), channel, value, chosen=index == picture.read)
        for index, (channel, value) in enumerate(zip(taps.channels, result.sums.tolist(), strict=True))
    ]
    if len(lines) == 1:
        lines = [SumLine("Σ products", lines[0].value, lines[0].channel, lines[0].number)]
    lines.append(SumLine("bias", "none" if result.bias is None else short(result.bias)))
    lines.append(SumLine("=", total, total=True))
    return lines


def visible_lines(lines: list[SumLine], first: int, room: int) -> list[SumLine]:
    """Lines that fit a room of so many: channels from `first` on, the sum of the others, the bias and the total."""
    if len(lines) <= room:
        return lines
    sums = [line for line in lines if line.channel is not None]
    rest = lines[len(sums) :]
    kept = room - len(rest) - 1
    if kept < 1:
        return rest[-room:]
    first = min(first, len(sums) - kept)
    shown = sums[first : first + kept]
    hidden = sum(line.number for line in sums) - sum(line.number for line in shown)
    return [*shown, SumLine("… " + count(len(sums) - kept, "other"), short(hidden)), *rest]
