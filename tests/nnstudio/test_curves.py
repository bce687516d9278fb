"""Curves that stay within a bound."""

from __future__ import annotations

import numpy as np

from nnstudio.training.curves import CurveBook, CurveLog


def test_keeps_all_values_while_there_is_room() -> None:
    log = CurveLog(most=8)
    for x in range(8):
        log.add(x, x * 10)
    curve = log.curve()
    assert curve.x.tolist() == list(range(8))
    assert curve.y.tolist() == [x * 10 for x in range(8)]


def test_a_full_curve_keeps_its_shape_in_half_the_room() -> None:
    log = CurveLog(most=16)
    for x in range(1000):
        log.add(x, 3.0 * x)
    curve = log.curve()
    assert len(curve.x) <= 16
    assert (np.diff(curve.x) > 0).all()
    # Every point is the mean of a stretch that ends at its x.
    assert np.allclose(curve.y, 3 * (curve.x - (np.diff(curve.x)[0] - 1) / 2))


def test_a_book_goes_on_from_saved_curves() -> None:
    book = CurveBook()
    book.add("loss", 1, 0.5)
    again = CurveBook(book.curves())
    again.add("loss", 2, 0.25)
    assert again.curves()["loss"].y.tolist() == [0.5, 0.25]
    assert again.last == {"loss": 0.25}
