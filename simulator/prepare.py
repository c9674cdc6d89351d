"""From expressions as written to expressions of a Plan: SI numbers, constants worked out once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .errors import DescriptionError
from .expressions import (
    calls_in,
    check_size,
    constant_value,
    evaluate,
    names_in,
    parse,
    rebuild,
    substitute,
    text_of,
)
from .functions import RANDOM
from .statements import Statement

SPECIAL = {"_active", "t", "dt", "i", "N", "_elapsed"}


def to_si(node: ast.expr, known: Callable[[str], bool], count: list[int]) -> ast.expr:
    """`node` with units as SI numbers, small whole powers as products and draws numbered.

    `known(name)` guards names that are variables; `count` holds the last number of a draw.
    """
    def walk(n: ast.expr) -> ast.expr:
        match n:
            case ast.Name(id=name):
                value = None if known(name) else constant_value(name)
                return n if value is None else ast.Constant(value)
            case ast.Call(func=ast.Name(id=name)) if name in RANDOM:
                count[0] += 1
                return ast.Call(n.func, [ast.Constant(count[0])], [])
            case ast.BinOp(left=a, op=ast.Pow() as op, right=b):
                return _power(walk(a), op, walk(b))
        return rebuild(n, walk)
    return check_size(walk(node))


def _power(base: ast.expr, op: ast.Pow, exponent: ast.expr) -> ast.expr:
    if isinstance(exponent, ast.Constant):
        n = exponent.value
        if n == 0.5:
            return ast.Call(ast.Name("sqrt"), [base], [])
        if n in (2, 3, 4) and not calls_in(base) & set(RANDOM):
            out = base
            for _ in range(1, (2, 3, 4).index(n) + 2):  # the same product on every backend
                out = ast.BinOp(out, ast.Mult(), base)
            return check_size(out)  # here, before powers of powers of it are looked through
    return ast.BinOp(base, op, exponent)


def _number(value: float) -> ast.expr:
    """A number as a tree that prints safely: -2.0 as a negation, for `(-2.0) ** x`."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


class Folder:
    """Works out parts of expressions that cannot change, once, and names them `_c<n>`.

    `constants` (name -> float or array) is extended in place.
    """

    def __init__(self, constants: dict[str, Any], prefix: str = "_c") -> None:
        self.constants = constants
        self.prefix = prefix
        self.seen: dict[str, str] = {}

    def fold(self, node: ast.expr) -> ast.expr:
        """`node` with its largest constant parts replaced by their value or a new constant."""
        if isinstance(node, (ast.Constant, ast.Name)):
            return node
        names = names_in(node)
        if names <= set(self.constants) and not calls_in(node) & set(RANDOM) and not isinstance(
                node, ast.IfExp):
            return self._value(node, bool(names))
        return rebuild(node, self.fold)

    def _value(self, node: ast.expr, named: bool) -> ast.expr:
        text = text_of(node)
        if text not in self.seen:
            value = evaluate(node, self.constants.__getitem__)
            if isinstance(value, (bool, np.bool_)):
                return ast.Constant(bool(value))
            if not named:  # numbers alone give a number
                if np.isnan(value):
                    raise DescriptionError(f"{text!r} is not a number; it works out to NaN")
                return _number(float(value))
            value = float(value) if np.ndim(value) == 0 else np.asarray(value, dtype=np.float64)
            n = len(self.seen)
            while f"{self.prefix}{n}" in self.constants:  # taken by another list of statements
                n += 1
            name = f"{self.prefix}{n}"
            self.constants[name] = value
            self.seen[text] = name
        return ast.Name(self.seen[text])


def fold_statements(statements: Sequence[Statement], constants: dict[str, Any],
                    keep: set[str]) -> tuple[Statement, ...]:
    """Statements with constant parts folded; a temporary that is constant disappears.

    `keep` are the variables whose assignment must stay.
    """
    folder = Folder(constants)
    out = []
    settled: dict[str, ast.expr] = {}
    assigned = Counter(s.target for s in statements)
    for s in statements:
        node = folder.fold(substitute(parse(s.expr), settled))
        if s.target not in keep and assigned[s.target] == 1 and _is_settled(node, constants):
            settled[s.target] = node
        else:
            out.append(Statement(s.target, text_of(node)))
    return tuple(out)


def _is_settled(node: ast.expr, constants: Mapping[str, Any]) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in constants)


def used_constants(constants: Mapping[str, Any], texts: Iterable[str],
                   always: Iterable[str] = ()) -> dict[str, Any]:
    """The constants that some text reads, and those named in `always`."""
    used = set(always)
    for text in texts:
        used |= names_in(parse(text))
    return {k: v for k, v in constants.items() if k in used}
