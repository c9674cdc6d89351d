"""From expressions as written to expressions of a Plan: SI numbers, constants worked out once."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .expressions import calls_in, constant_value, evaluate, names_in, parse, substitute, text_of
from .functions import RANDOM
from .statements import Statement

SPECIAL = {"_active", "t", "dt", "i", "N", "_elapsed"}


class _Numbers(ast.NodeTransformer):
    """Units become numbers, small whole powers become products, draws get numbers."""

    def __init__(self, known: Callable[[str], bool], count: list[int]) -> None:
        self.known = known
        self.count = count

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = None if self.known(node.id) else constant_value(node.id)
        return node if value is None else ast.Constant(value)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in RANDOM:
            self.count[0] += 1
            return ast.Call(node.func, [ast.Constant(self.count[0])], [])
        return ast.Call(node.func, [self.visit(a) for a in node.args], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.op, ast.Pow) and isinstance(right, ast.Constant):
            n = right.value
            whole = next((m for m in (2, 3, 4) if n == m), 0)
            if whole and not calls_in(left) & set(RANDOM):
                out: ast.expr = left
                for _ in range(whole - 1):  # the same product on every backend, no libm pow
                    out = ast.BinOp(out, ast.Mult(), copy.deepcopy(left))
                return out
            if n == 0.5:
                return ast.Call(ast.Name("sqrt"), [left], [])
        return ast.BinOp(left, node.op, right)


def to_si(node: ast.expr, known: Callable[[str], bool], count: list[int]) -> ast.expr:
    """`node` with units as SI numbers; `known(name)` guards names that are variables."""
    out: ast.expr = _Numbers(known, count).visit(copy.deepcopy(node))
    return out


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
        out = copy.copy(node)
        for name, part in ast.iter_fields(node):
            if isinstance(part, ast.expr) and not (isinstance(node, ast.Call) and name == "func"):
                setattr(out, name, self.fold(part))
            elif isinstance(part, list) and not (isinstance(node, ast.Call)
                                                 and calls_in(node) & set(RANDOM)):
                setattr(out, name, [self.fold(p) if isinstance(p, ast.expr) else p for p in part])
        return out

    def _value(self, node: ast.expr, named: bool) -> ast.expr:
        text = text_of(node)
        if text not in self.seen:
            value = evaluate(node, self.constants.__getitem__)
            if isinstance(value, (bool, np.bool_)):
                return ast.Constant(bool(value))
            if not named:  # numbers alone give a number
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
