"""Settings as text: format, parse, and step numbers for forms. No widgets."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from engine.declared import FieldInfo

Number = int | float

_LADDER = (1, 2, 5)


def show(field: FieldInfo, value: Any) -> str:
    """Text of a value in its field; None is empty."""
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(str(part) for part in value)
    if isinstance(value, float) or (field.kind == "float" and isinstance(value, int)):
        return show_number(float(value))
    return word(value) if field.kind in ("choice", "choice_or_int") else str(value)


def show_number(value: float) -> str:
    """Shortest exact text of a number: 0.0001, 1e-8, 10."""
    if not math.isfinite(value):
        return str(value)
    if value == 0 or 1e-5 <= abs(value) < 1e12:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, exponent = repr(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def word(value: Any) -> str:
    """Readable form of a declared word: "per_filter" is "per filter", "val_loss" is "validation loss"."""
    return str(value).replace("val_", "validation_").replace("_", " ")


def tell(field: FieldInfo, value: Any) -> str:
    """Text of a value within a sentence, such as the name of an undo step."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    text = show(field, value)
    if len(text) > 32:
        text = f"…{text[-30:]}"
    return text or "none"


def range_text(field: FieldInfo) -> str:
    """Text of a field's bounds: "from 1 to 64", "more than 0 and at most 100"; "" for none."""
    low = None if field.minimum is None else show_bound(field.minimum)
    high = None if field.maximum is None else show_bound(field.maximum)
    if low is not None and high is not None and not (field.minimum_excluded or field.maximum_excluded):
        return f"from {low} to {high}"
    parts = []
    if low is not None:
        parts.append(f"more than {low}" if field.minimum_excluded else f"at least {low}")
    if high is not None:
        parts.append(f"less than {high}" if field.maximum_excluded else f"at most {high}")
    return " and ".join(parts)


def show_bound(bound: float) -> str:
    """Text of a bound of a field."""
    return f"{int(bound):,}" if float(bound).is_integer() else show_number(bound)


def read(field: FieldInfo, text: str) -> Any:
    """Parse a text into a field's value. Raises ValueError with a sentence for the user."""
    text = text.strip()
    if not text and field.optional:
        return None
    match field.kind:
        case "int" | "seed":
            return _read_int(field, text, "a whole number")
        case "float":
            return _read_float(field, text)
        case "shape":
            return _read_shape(field, text)
        case "choice_or_int":
            return _read_choice_or_int(field, text)
        case "choice":
            return _read_choice(field, text)
        case _:
            return _read_text(field, text)


def _read_int(field: FieldInfo, text: str, what: str) -> int:
    number = _whole(text)
    if number is None or not _inside(field, number):
        raise ValueError(_expected(field, what, text))
    return number


def _read_float(field: FieldInfo, text: str) -> float:
    try:
        # A decimal comma is read as a point: half of the world writes it so.
        number = float(text.replace("−", "-").replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or not _inside(field, number):
        raise ValueError(_expected(field, "a number", text))
    return number


def _read_shape(field: FieldInfo, text: str) -> int | tuple[int, ...]:
    parts = [part for part in re.split(r"[\s,;x×()\[\]]+", text) if part]
    sizes = [size for size in map(_whole, parts) if size is not None]
    least, most = field.lengths
    if not sizes or len(sizes) < len(parts):
        raise ValueError(_expected(field, "whole numbers such as " + _example(field), text))
    if field.single and len(sizes) == 1:
        least = 1
    if len(sizes) < least or (most is not None and len(sizes) > most):
        raise ValueError(f"{field.title} takes {_count_text(field)}, found {len(sizes)}.")
    if not all(_inside(field, size) for size in sizes):
        raise ValueError(_expected(field, "whole numbers", text))
    return sizes[0] if field.single and len(sizes) == 1 else tuple(sizes)


def _read_choice(field: FieldInfo, text: str) -> str:
    for choice in field.choices:
        if word(choice).lower() == word(text).lower():
            return choice
    raise ValueError(f"{field.title} must be one of {', '.join(map(word, field.choices))}; found “{text}”.")


def _read_choice_or_int(field: FieldInfo, text: str) -> int | str:
    number = _whole(text)
    if number is not None and _inside(field, number):
        return number
    try:
        return _read_choice(field, text)
    except ValueError:
        words = ", ".join(map(word, field.choices))
        numbers = f"a whole number {range_text(field)}".rstrip()
        raise ValueError(f"{field.title} must be {words} or {numbers}; found “{text}”.") from None


def _read_text(field: FieldInfo, text: str) -> str:
    most = field.lengths[1]
    if most is not None and len(text) > most:
        raise ValueError(f"{field.title} takes at most {most:,} characters, found {len(text):,}.")
    return text


def _whole(text: str) -> int | None:
    """The whole number a text stands for, as in 1000, 1,000, 1e3 or 3.0; None if it is none."""
    text = text.replace("−", "-").replace("\u202f", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else None


def _inside(field: FieldInfo, number: Number) -> bool:
    low, high = field.minimum, field.maximum
    above = low is None or (number > low if field.minimum_excluded else number >= low)
    below = high is None or (number < high if field.maximum_excluded else number <= high)
    return above and below


def _expected(field: FieldInfo, what: str, text: str) -> str:
    wanted = f"{what} {range_text(field)}".rstrip()
    found = f"found “{text}”" if text else "found nothing"
    return f"{field.title} must be {wanted}; {found}."


def _example(field: FieldInfo) -> str:
    return "3 or 3, 5" if field.single else "0, 1" if field.minimum == 0 else "1, 28, 28"


def _count_text(field: FieldInfo) -> str:
    least, most = field.lengths
    if least == most:
        return f"one number or {least}" if field.single else f"{least} numbers"
    return f"at least {least} numbers" if most is None else f"{max(least, 1)} to {most} numbers"


def step(field: FieldInfo, value: Number | None, steps: int) -> Number:
    """Step a number up or down, within its bounds.

    Without a step of its own, a field steps in proportion: a learning rate goes 0.1, 0.2, 0.5; a momentum 0.9, 0.91,
    0.99 would go on to 0.991; a count 98, 99, 100, 110.
    """
    if value is None:
        start = field.minimum if field.minimum is not None else 0
        return int(start) if field.kind != "float" else float(start)
    number = Decimal(repr(value))
    for _ in range(min(abs(steps), 1000)):
        number = _one_step(field, number, 1 if steps > 0 else -1)
    return int(number) if field.kind != "float" else float(number)


def _one_step(field: FieldInfo, value: Decimal, direction: int) -> Decimal:
    if field.step is not None:
        stride = Decimal(repr(field.step))
        # To the next multiple, so that a typed 0.13 steps on to 0.14 and not to 0.15.
        moved = ((value / stride).to_integral_value(ROUND_HALF_EVEN) + direction) * stride
    elif field.kind != "float":
        size = abs(value) if value * direction >= 0 else abs(value) - 1
        moved = value + direction * (Decimal(1) if field.kind == "seed" else max(_decade(size) / 10, Decimal(1)))
    elif field.minimum == 0 and field.minimum_excluded:
        moved = _rung(value, direction)
    elif field.maximum_excluded and field.maximum is not None:
        moved = value + direction * _stride_towards(Decimal(repr(field.maximum)) - value, direction)
    else:
        moved = value + direction * max(_decade(abs(value)) / 10, Decimal("0.01"))
    return _within(field, moved, value)


def _within(field: FieldInfo, moved: Decimal, value: Decimal) -> Decimal:
    low = None if field.minimum is None else Decimal(repr(field.minimum))
    high = None if field.maximum is None else Decimal(repr(field.maximum))
    if low is not None and (moved <= low if field.minimum_excluded else moved < low):
        return value if field.minimum_excluded else low
    if high is not None and (moved >= high if field.maximum_excluded else moved > high):
        return value if field.maximum_excluded else high
    return moved


def _decade(size: Decimal) -> Decimal:
    """The largest power of ten that is not above `size`; 0 for 0."""
    return Decimal(1).scaleb(size.adjusted()) if size else Decimal(0)


def _rung(value: Decimal, direction: int) -> Decimal:
    """The next of ... 0.1, 0.2, 0.5, 1, 2, 5 ... above or below a positive number."""
    decade = _decade(value)
    rungs = [decade * factor / 10 for factor in _LADDER] + [decade * factor for factor in (*_LADDER, 10)]
    if direction > 0:
        return min(rung for rung in rungs if rung > value)
    return max(rung for rung in rungs if rung < value)


def _stride_towards(room: Decimal, direction: int) -> Decimal:
    """A step for a number that has `room` left to a bound it never reaches, such as a momentum below 1."""
    decade = _decade(room)
    if direction > 0 and room == decade:
        decade /= 10
    return decade
