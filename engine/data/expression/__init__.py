"""Formulas in two variables, typed as text: a small grammar of its own, evaluated over NumPy arrays.

Nothing of a formula is ever handed to Python: it is cut into tokens, parsed by recursive descent into a tree of known
operations, and the tree is computed.
"""

from engine.data.expression.errors import MOST_DEPTH, MOST_LENGTH, ExpressionError
from engine.data.expression.functions import FUNCTIONS, VARIABLES
from engine.data.expression.parser import Expression, parse

__all__ = ["FUNCTIONS", "MOST_DEPTH", "MOST_LENGTH", "VARIABLES", "Expression", "ExpressionError", "parse"]
