"""Tooltips of layers: purpose, formula, and when to use them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

# Pixels; a tool tip without a width of its own becomes one long line.
_WIDTH = 330


def tip(title: str, help_text: str, formula: str = "", use: str = "", notes: Iterable[str] = ()) -> str:
    """Tooltip in rich text; `notes` are lines below, about this one block."""
    below = "".join(f"<p style='margin: 6px 0 0 0'>{escape(note)}</p>" for note in notes)
    return f"<table width='{_WIDTH}'><tr><td>{_lesson(title, help_text, formula, use)}{below}</td></tr></table>"


@lru_cache(256)
def _lesson(title: str, help_text: str, formula: str, use: str) -> str:
    parts = [f"<p style='margin: 0'><b>{escape(title)}</b></p><p style='margin: 3px 0 0 0'>{escape(help_text)}</p>"]
    if formula:
        # Two spaces after a comma end a step.
        lines = escape(formula).replace(",  ", "<br>")
        parts.append(f"<p style='margin: 8px 0 8px 14px; font-size: large'>{lines}</p>")
    if use:
        parts.append(f"<p style='margin: 3px 0 0 0'><i>When to use it:</i> {escape(_in_sentence(use))}</p>")
    return "".join(parts)


def _in_sentence(text: str) -> str:
    """With a small first letter, unless it begins a name such as ReLU."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first == first.capitalize() else text
