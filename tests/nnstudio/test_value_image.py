"""Colours of values."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from nnstudio.ui.value_image import diverging_rgba, shades


@pytest.mark.parametrize(("centre", "reach"), [(0.0, 2.0), (300.0, 0.5), (1.0, 0.0)])
def test_a_few_shades_stand_for_many_values(qapp: QApplication, centre: float, reach: float) -> None:
    values = centre + np.concatenate([np.linspace(-1.2, 1.2, 500) * (reach or 1), [np.nan, np.inf, -np.inf]])
    colours, which = shades(values, centre, reach)
    assert len(colours) <= 65
    told = colours[which].astype(int)
    # No step of the scale is as much as can be seen; its ends and its centre are exact.
    exact = diverging_rgba(values, centre, reach).astype(int)
    assert np.abs(told - exact).max() <= 4
    for place in (0, 499, -3, -2, -1):
        np.testing.assert_array_equal(told[place], exact[place])
