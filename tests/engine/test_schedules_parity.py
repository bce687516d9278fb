"""Learning-rate schedules against PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import schedules
from engine.schedules import Schedule

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed (extra 'peers')")
lr_scheduler = torch.optim.lr_scheduler
pytestmark = pytest.mark.peers

RATE = 0.3


def stepper() -> Any:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], RATE)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (schedules.Constant(), lambda it: lr_scheduler.ConstantLR(it, factor=1.0)),
        (schedules.Step(every=7, gamma=0.3), lambda it: lr_scheduler.StepLR(it, 7, 0.3)),
        (schedules.Exponential(gamma=0.93), lambda it: lr_scheduler.ExponentialLR(it, 0.93)),
        (schedules.Cosine(total=59), lambda it: lr_scheduler.CosineAnnealingLR(it, 59)),
        (schedules.Cosine(total=80, end=0.1), lambda it: lr_scheduler.CosineAnnealingLR(it, 80, RATE * 0.1)),
        (schedules.OneCycle(total=60), lambda it: lr_scheduler.OneCycleLR(it, RATE, 60)),
        (
            schedules.OneCycle(total=61, rising=0.45, start_share=0.5, end_share=0.005),
            lambda it: lr_scheduler.OneCycleLR(it, RATE, 61, pct_start=0.45, div_factor=2, final_div_factor=100),
        ),
        (schedules.Constant(warmup=9), lambda it: lr_scheduler.LinearLR(it, 1 / 9, 1.0, 8)),
    ],
    ids=lambda value: repr(value) if isinstance(value, Schedule) else "",
)
def test_rates_step_by_step(ours: Schedule, theirs: Callable[[Any], Any]) -> None:
    it = stepper()
    scheduler = theirs(it)
    course = ours.start()
    for time in range(60):
        assert RATE * course.factor(time, time) == pytest.approx(it.param_groups[0]["lr"], rel=1e-6, abs=1e-12)
        it.step()
        if time < 59:
            scheduler.step()


@pytest.mark.parametrize(("patience", "delta", "minimum"), [(1, 0.0, 0.0), (3, 0.05, 0.0), (4, 0.01, 0.1)])
def test_reduce_on_plateau(patience: int, delta: float, minimum: float) -> None:
    it = stepper()
    scheduler = lr_scheduler.ReduceLROnPlateau(
        it, factor=0.5, patience=patience - 1, threshold=delta, threshold_mode="abs", min_lr=minimum * RATE, eps=0
    )
    course = schedules.Plateau(patience=patience, gamma=0.5, min_delta=delta, minimum=minimum).start()
    rng = np.random.default_rng(patience)
    for epoch in range(100):
        loss = float(np.exp(-epoch / 20) + rng.normal(0, 0.05))
        scheduler.step(loss)
        course.after_epoch({"loss": 0.0, "val_loss": loss})
        assert RATE * course.factor(epoch, epoch) == pytest.approx(it.param_groups[0]["lr"], rel=1e-6)
