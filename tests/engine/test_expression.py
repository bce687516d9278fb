"""Formulas: against Python's own grammar, errors with their places, bounds, and any text at all."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.data import Formula
from engine.data.expression import FUNCTIONS, MOST_DEPTH, MOST_LENGTH, VARIABLES, ExpressionError, parse
from engine.data.stored_samples import in_memory
from engine.errors import DataError, SpecError

X, Y = np.random.default_rng(0).uniform(-2, 2, (2, 40))

Value = np.ndarray
_BINARY: dict[type[ast.operator], Callable[[Value, Value], Value]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Value, Value], Value]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_NAMED: dict[str, Callable[..., Value]] = {
    "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "exp": np.exp, "abs": np.abs, "sqrt": np.sqrt, "log": np.log,
    "floor": np.floor, "max": np.maximum, "min": np.minimum, "hypot": np.hypot,
}  # fmt: skip


def by_python(text: str) -> Value:
    """The same formula as Python's own parser reads it, computed over its tree."""

    def of(node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=float() | int() as number):
                return np.full_like(X, float(number))
            case ast.Name(id=name):
                return {"x": X, "y": Y, "pi": np.full_like(X, np.pi), "e": np.full_like(X, np.e)}[name]
            case ast.BinOp(left, sign, right):
                return _BINARY[type(sign)](of(left), of(right))
            case ast.UnaryOp(ast.USub(), inner):
                return -of(inner)
            case ast.UnaryOp(ast.UAdd(), inner):
                return +of(inner)
            case ast.UnaryOp(ast.Not(), inner):
                return np.logical_not(of(inner))
            case ast.BoolOp(ast.And(), parts):
                return reduce(np.logical_and, map(of, parts))
            case ast.BoolOp(ast.Or(), parts):
                return reduce(np.logical_or, map(of, parts))
            case ast.Compare(first, signs, others):
                sides = [of(first), *map(of, others)]
                pairs = zip(signs, sides, sides[1:], strict=False)
                return reduce(np.logical_and, [_COMPARE[type(sign)](a, b) for sign, a, b in pairs])
            case ast.Call(ast.Name(id=name), arguments):
                return _NAMED[name](*map(of, arguments))
        raise AssertionError(ast.dump(node))

    with np.errstate(all="ignore"):
        values: Value = of(ast.parse(text, mode="eval").body) * 1.0
    return values


# Texts are made of the grammar, with blanks and parentheses wherever they may stand.
_ATOMS = st.sampled_from(["x", "y", "pi", "e", "1", "2.5", "0.5", ".25", "1e-2", "3", "2E1"])


def _sums(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    blank = st.sampled_from(["", " "])
    return st.one_of(
        st.tuples(inner, blank, st.sampled_from(["+", "-", "*", "/", "%", "**"]), blank, inner).map("".join),
        st.sampled_from(["sin", "cos", "tanh", "exp", "abs", "sqrt", "log", "floor"]).flatmap(
            lambda name: inner.map(lambda of: f"{name}({of})")
        ),
        st.sampled_from(["max", "min", "hypot"]).flatmap(
            lambda name: pair.map(lambda two: f"{name}({', '.join(two)})")
        ),
        inner.map(lambda of: f"({of})"),
        st.tuples(st.sampled_from("+-"), inner).map("".join),
    )


SUMS = st.recursive(_ATOMS, _sums, max_leaves=12)
_SIGNS = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
COMPARISONS = st.one_of(
    st.tuples(SUMS, _SIGNS, SUMS).map(" ".join), st.tuples(SUMS, _SIGNS, SUMS, _SIGNS, SUMS).map(" ".join)
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda of: f"not {of}"),
        inner.map(lambda of: f"({of})"),
    ),
    max_leaves=4,
)


def computed(text: str) -> Value:
    return parse(text).compute(X, Y)


class TestAgainstPython:
    @given(SUMS)
    @settings(max_examples=400, deadline=None)
    def test_numbers_are_the_same(self, text: str) -> None:
        assume(len(text) <= MOST_LENGTH)
        assert parse(text).classes == 0
        np.testing.assert_allclose(computed(text), by_python(text), rtol=1e-12, err_msg=text)

    @given(CONDITIONS)
    @settings(max_examples=400, deadline=None)
    def test_conditions_are_the_same_where_their_numbers_have_a_value(self, text: str) -> None:
        assume(len(text) <= MOST_LENGTH)
        assert parse(text).classes == 2
        found = computed(text)
        known = ~np.isnan(found)
        np.testing.assert_array_equal(found[known], by_python(text)[known], err_msg=text)

    def test_of_a_condition_without_a_value_nothing_is_claimed(self) -> None:
        np.testing.assert_array_equal(np.isnan(computed("log(x) < 1")), X < 0)
        np.testing.assert_array_equal(np.isnan(computed("y > 0 or not log(x) < 1")), X < 0)


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("-2**2", -4),
            ("2**-1", 0.5),
            ("2^3^2", 512),
            ("-x²", -4),
            ("2·x³ − 1", 15),
            ("6/3/2", 1),
            ("7 % 4", 3),
            ("1 - 2 - 3", -4),
            ("z = x + y", 5),
            ("if(x > 1, 10, 20) + 1", 11),
            ("(x > 1) + (y > 9)", 1),
            ("max(x, y, 7)", 7),
            ("r", np.hypot(2, 3)),
            ("theta", np.arctan2(3, 2)),
            ("sin(π/2)", 1),
            ("0 < x < 3", 1),
            ("0 < x < 2", 0),
            ("x ≤ 2 && y ≥ 3", 1),
            ("x > 2; y > 2", 2),
            ("x > 2; y > 3", 0),
            ("x >= 2; y > 2", 1),
        ],
    )
    def test_worked_by_hand(self, text: str, value: float) -> None:
        assert parse(text).compute(np.array([2.0]), np.array([3.0])) == pytest.approx(value)

    def test_every_name_computes(self) -> None:
        for name in VARIABLES:
            assert computed(name).shape == X.shape
        for name, function in FUNCTIONS.items():
            arguments = ", ".join(["x > 0" if name == "if" else "x", "y", "1"][: function.least])
            assert computed(f"{name}({arguments})").shape == X.shape


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "place", "found", "expected"),
        [
            ("", 0, "the end", "a number"),
            ("x +", 3, "the end", "a number"),
            ("  x + * y", 6, '"*"', "a number"),
            ("2x", 1, '"x"', "as in 2*x"),
            ("x y", 2, '"y"', "as in x*y"),
            ("2 (x)", 2, '"("', "an operator"),
            ("sin x", 4, '"x"', '"(" after sin'),
            ("sin(x", 5, "the end", '")" for the "(" at character 4'),
            ("(x + (y)", 8, "the end", "at character 1"),
            ("x)", 1, '")"', "there is no ( before it"),
            ("x = 1", 0, '"x ="', "z ="),
            ("x*x = 1", 4, '"="', "== to compare"),
            ("0,5 * x", 1, '","', "decimal point"),
            ("sine(x)", 0, '"sine"', "such as sin"),
            ("abc", 0, '"abc"', "another known name"),
            ("max(x)", 0, "1 argument of max", "two to ten"),
            ("sin(x, y)", 0, "2 arguments of sin", "one argument"),
            ("x and y > 0", 0, '"x"', "a condition"),
            ("x > 0 and y", 10, '"y"', "a condition"),
            ("not (x + 1)", 4, '"("', "a condition"),
            ("if(x, 1, 2)", 3, '"x"', "a condition"),
            ("x; y > 0", 1, '";"', "only conditions"),
            ("x > 0; y", 7, '"y"', "a condition"),
            ("x $ y", 2, '"$"', "a sign"),
            ("x.real", 1, '"."', "a sign"),
            ("__import__('os')", 11, '"\'"', "a sign"),
            ("; ".join(["x > 0"] * 10), 63, '"x"', "at most 9 conditions"),
        ],
    )
    def test_the_place_is_told_with_what_was_expected(self, text: str, place: int, found: str, expected: str) -> None:
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        message = caught.value.message
        assert caught.value.place == place
        assert message.startswith(f"found {found} at character {place + 1}, expected ")
        assert expected in message

    def test_the_setting_tells_it_as_it_is(self) -> None:
        with pytest.raises(SpecError, match=r'^Formula: found "x" at character 2, expected an operator'):
            Formula(formula="2x")
        with pytest.raises(SpecError, match="x goes from 1 to 1; the first must be less"):
            Formula(x_from=1)

    @pytest.mark.parametrize("opening", ["(", "-", "sin(", "not ", "2**", "if(x>0,1,"])
    def test_depth_is_bounded(self, opening: str) -> None:
        with pytest.raises(ExpressionError, match=f"at most {MOST_DEPTH} levels"):
            parse(opening * (MOST_DEPTH + 2) + "x")

    def test_length_is_bounded_and_may_be_used(self) -> None:
        long = "+".join("x" * (MOST_LENGTH // 2))
        np.testing.assert_allclose(computed(long), X * (MOST_LENGTH // 2))
        with pytest.raises(ExpressionError, match=f"at most {MOST_LENGTH} characters"):
            parse("x" + " " * MOST_LENGTH)

    @given(st.text(max_size=80) | st.text(alphabet="xyrsincodmaxif()+-*/%^<>=!,;. 0123456789e", max_size=60))
    @settings(max_examples=600, deadline=None)
    def test_any_text_is_computed_or_refused_at_a_place_in_it(self, text: str) -> None:
        try:
            values = computed(text)
        except ExpressionError as error:
            refused = error.place
            assert 0 <= refused <= len(text)
        else:
            assert values.shape == X.shape
            assert values.dtype == np.float64


class TestDataset:
    def test_heights_are_those_of_the_formula(self) -> None:
        data = Formula(formula="z = sin(x) * y", x_from=0, x_to=6, y_from=2, y_to=3).load()
        x, y = data.x.astype(float).T
        np.testing.assert_allclose(data.y[:, 0], np.sin(x) * y, rtol=1e-5, atol=1e-6)
        assert 0 <= x.min() < x.max() <= 6
        assert 2 <= y.min() < y.max() <= 3
        assert (data.task, data.features) == ("regression", ("x", "y"))

    def test_classes_are_those_of_the_conditions(self) -> None:
        data = Formula(formula="r < 0.4; x > 0", samples=2000).load()
        x, y = data.x.astype(float).T
        inside = np.hypot(x, y) < 0.4
        np.testing.assert_array_equal(data.y, np.where(inside, 1, np.where(x > 0, 2, 0)))
        assert data.classes == ("0", "1", "2")

    def test_noise_spreads_heights_or_places(self) -> None:
        heights = Formula(formula="0 * x", noise=0.5, samples=5000).load().y
        assert heights.std() == pytest.approx(0.5, rel=0.05)
        still = Formula(formula="x > 0", samples=5000).load()
        noisy = Formula(formula="x > 0", samples=5000, noise=0.3).load()
        np.testing.assert_array_equal(still.y, noisy.y)
        assert (in_memory(noisy.x) - in_memory(still.x)).std() == pytest.approx(0.3, rel=0.05)

    def test_places_without_a_value_are_drawn_again(self) -> None:
        data = Formula(formula="log(x)", samples=300).load()
        assert len(data) == 300
        assert (data.x[:, 0] > 0).all()
        assert np.isfinite(data.y).all()

    @pytest.mark.parametrize("formula", ["log(x - 2)", "1e300 * 1e300", "0/0", "sqrt(-1) < 1", "1e38 * 100 + x"])
    def test_a_formula_without_values_is_refused_with_a_place(self, formula: str) -> None:
        with pytest.raises(DataError, match=r"has a value at 0% of the places drawn, and none at x = "):
            Formula(formula=formula).signature()

    def test_an_absent_class_is_told(self) -> None:
        assert "no point of class 0" in Formula(formula="x < 5").load().notes[0]
