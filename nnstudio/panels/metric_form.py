"""Form of the metrics, built from those the engine can measure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.data import Signature
from engine.declared import FieldInfo
from engine.metrics import METRICS, fitting_names, get

_TOP = "top"


def metric_fields(signature: Signature) -> list[FieldInfo]:
    """Switches for the metrics that suit these data. The metric that is always measured has none."""
    own = fitting_names(signature.learns)
    fields = [
        FieldInfo(name, "bool", metric.title, metric.help, default=False)
        for name, metric in METRICS.items()
        if metric.task == signature.learns and name not in own
    ]
    if len(signature.classes) > 2:
        fields.append(
            FieldInfo(
                _TOP,
                "int",
                "Top-k accuracy",
                "Fraction of the samples whose class is among the k largest outputs. Empty for none.",
                default=None,
                minimum=2,
                maximum=len(signature.classes) - 1,
                optional=True,
                none="not measured",
            )
        )
    return fields


def metric_values(names: tuple[str, ...]) -> Mapping[str, Any]:
    """Values of all possible fields, for the metrics of these names."""
    tops = [int(name.removeprefix("top_")) for name in names if name.startswith("top_")]
    return {**{name: name in names for name in METRICS}, _TOP: tops[0] if tops else None}


def metrics_of(names: tuple[str, ...], signature: Signature) -> tuple[str, ...]:
    """Chosen metrics that suit these data, without the one that is always measured."""
    own = fitting_names(signature.learns)
    return tuple(name for name in names if get(name).task == signature.learns and name not in own)


def with_metric(names: tuple[str, ...], field: str, value: Any) -> tuple[str, ...]:
    """Chosen metrics after a field was set."""
    if field == _TOP:
        others = tuple(name for name in names if not name.startswith("top_"))
        return (*others, f"top_{value}") if value else others
    others = tuple(name for name in names if name != field)
    return (*others, field) if value else others
