"""Alarms on the data of a run, as they were measured."""

from __future__ import annotations

from collections.abc import Mapping

from engine.data.duplicates import Duplicates
from engine.data.steps import DropDuplicates
from engine.errors import Fix
from nnstudio.document.alarms import Alarm
from nnstudio.document.model import INPUT, DataSettings
from nnstudio.document.probe import Part, SampleRef
from nnstudio.document.problems import Problem, Severity

DUPLICATES = "duplicates"

# From this share of held-out samples on, their scores are misleading; below, it is worth a look.
_MANY = 0.02
# Samples that a sentence names.
_MOST_NAMED = 2


def duplicate_alarms(found: Mapping[Part, Duplicates], settings: DataSettings) -> tuple[Alarm, ...]:
    """Alarm on held-out samples that are also, or nearly, training samples; empty if there are none."""
    total, equal, near = (sum(getattr(each, name) for each in found.values()) for name in ("samples", "equal", "near"))
    if not equal + near:
        return ()
    named = [
        f"{SampleRef(part, int(each.held[place])).title.lower()} {'nearly ' if each.distances[place] else ''}is "
        f"training sample {each.train[place] + 1:,}"
        for part, each in found.items()
        for place in range(min(len(each.held), _MOST_NAMED))
    ][:_MOST_NAMED]
    more = " and others" if equal + near > len(named) else ""
    sentence = (
        f"{_counted(total, equal, near)} ({', '.join(named)}{more}), so scores tell what was remembered too. "
        "View > Data > Duplicates shows them"
    )
    severity = Severity.WARNING if equal + near >= _MANY * total else Severity.HINT
    drop = DropDuplicates(nearly=near > 0)
    others = tuple(step for step in settings.steps if not isinstance(step, DropDuplicates))
    # First, so that balancing and the like count what is left.
    fix = None if drop in settings.used_steps else Fix("Drop them from training", data={"steps": (drop, *others)})
    return (Alarm(Problem(INPUT, sentence, fix, severity, DUPLICATES)),)


def _counted(total: int, equal: int, near: int) -> str:
    """Numbers of duplicates, as the beginning of a sentence."""
    said = f"{equal:,} of {total:,} held-out samples {'is' if equal == 1 else 'are'} also in training"
    if not equal:
        return f"{near:,} of {total:,} held-out samples {'is' if near == 1 else 'are'} nearly a training sample"
    return f"{said}, and {near:,} nearly" if near else said
