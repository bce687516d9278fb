"""Sentences that several commands print."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnstudio.document.model import Document


def tell(sentence: str) -> None:
    """Print a note for the user, beside the result on standard output."""
    print(f"nnstudio: {sentence}", file=sys.stderr)


def scores_in_words(values: Mapping[str, float]) -> str:
    """Loss and metrics, in one line: the loss first, and what was measured on the validation data beside its own."""
    metrics = list(dict.fromkeys(name.removeprefix("val_") for name in values))
    # Curves out of a file come by the alphabet.
    metrics.sort(key=lambda name: name != "loss")
    names = [name for metric in metrics for name in (metric, f"val_{metric}") if name in values]
    return ", ".join(f"{name.replace('val_', 'validation ')} {values[name]:.4g}" for name in names)


def data_in_words(document: Document) -> str:
    """Data of a document, and how they were interpreted, in words."""
    dataset = document.data.dataset
    signature = dataset.signature()
    words = [f"{signature.samples:,} samples, {'multi-label' if signature.multi_label else signature.task}"]
    if signature.target:
        words.append(f"target {signature.target!r}")
    if signature.classes:
        words.append(f"classes {', '.join(signature.classes)}")
    return f"{dataset.title}: {'; '.join(words)}"


def lacks_data(options: argparse.Namespace, command: str) -> bool:
    """True, and said so, if columns are chosen of no table."""
    lacks = options.data is None and bool(options.target or options.ignore)
    if lacks:
        print(
            f"nnstudio {command}: --target and --ignore choose columns of a table; name it with --data", file=sys.stderr
        )
    return lacks
