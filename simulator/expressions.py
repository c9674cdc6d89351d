"""Checked expressions: text becomes a Python syntax tree of whitelisted nodes, or an error.

The trees are walked here (names, dimensions, values) and printed by backends as source; no text
of a user is ever evaluated by Python itself.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from .errors import DescriptionError, UnitError
from .functions import FUNCTIONS, RANDOM, power
from .units import NONE, UNITS, Dim, name_of, times
from .units import power as dim_power

CONSTANTS = {"pi": np.pi, "e": np.e, "inf": np.inf}

_BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: np.true_divide(a, b), ast.Pow: power,
    ast.FloorDiv: lambda a, b: np.floor_divide(a, b), ast.Mod: lambda a, b: np.mod(a, b)}
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b, ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b, ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b}
_UNARY = (ast.UAdd, ast.USub, ast.Not)


DEEPEST, LARGEST = 150, 10_000
"""Levels and nodes of a tree at most: recursion stays within Python's own limit, and subexpressions
that double one another cannot fill the memory."""


def parse(text: str) -> ast.expr:
    """The checked tree of an expression, not to be changed.

    Raises DescriptionError naming the first thing that is not allowed, with a caret under it.
    """
    if not isinstance(text, str):
        raise DescriptionError(f"{text!r} ({type(text).__name__}) is not the text of an expression;"
                               " write e.g. 'v + 1*mV'")
    return _parse(text)


@lru_cache(maxsize=4096)
def _parse(text: str) -> ast.expr:
    source = " ".join(text.split())
    if not source:
        raise DescriptionError("an expression is empty; write a value such as 0 or a name")
    if not (source.isascii() and source.isprintable()):  # Python would read look-alikes as one name
        odd = next(c for c in source if not (c.isascii() and c.isprintable()))
        raise DescriptionError(f"not an expression: {ascii(source)[:120]} holds {odd!a}; use "
                               "letters, digits and signs of ASCII")
    if len(source) > 10 * LARGEST:
        raise DescriptionError(f"an expression of {len(source)} characters is too long, the limit "
                               f"is {10 * LARGEST}: {source[:40]}...; give arrays as values")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError) as problem:
        column = (getattr(problem, "offset", None) or 1) - 1
        raise DescriptionError(f"not an expression: {_point(source, column)}\n"
                               "write it in Brian2's grammar, e.g. (v_rest - v) / tau_m") from None
    except (RecursionError, MemoryError):
        raise DescriptionError(f"{source[:40]!r}... is nested too deeply; the limit is {DEEPEST} "
                               "levels; use fewer brackets and terms") from None
    check_size(tree)
    _check(tree, source)
    return tree


_PARTS: dict[type[ast.AST], Callable[[Any], Sequence[ast.AST]]] = {
    ast.Constant: lambda n: (), ast.Name: lambda n: (), ast.BinOp: lambda n: (n.left, n.right),
    ast.UnaryOp: lambda n: (n.operand,), ast.Compare: lambda n: (n.left, *n.comparators),
    ast.BoolOp: lambda n: n.values, ast.IfExp: lambda n: (n.test, n.body, n.orelse),
    ast.Call: lambda n: (n.func, *n.args)}


def _parts(node: ast.AST) -> Sequence[ast.AST]:
    """The expressions in an expression: without `ast`'s look-up by name, a third of its time."""
    of = _PARTS.get(type(node))
    return of(node) if of else [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]


def check_size(node: ast.expr) -> ast.expr:
    """`node` itself; DescriptionError if it has more than LARGEST nodes or DEEPEST levels."""
    done: dict[int, tuple[int, int]] = {}  # by id: trees share their parts
    stack: list[tuple[ast.AST, bool]] = [(node, False)]
    while stack:
        n, ready = stack.pop()
        if id(n) in done:
            continue
        parts = _parts(n)
        if not ready:
            stack.append((n, True))
            stack += [(c, False) for c in parts]
            continue
        sizes = [done[id(c)] for c in parts]
        levels, nodes = 1 + max((s[0] for s in sizes), default=0), 1 + sum(s[1] for s in sizes)
        if levels > DEEPEST or nodes > LARGEST:
            raise DescriptionError(
                f"an expression has more than {DEEPEST} levels or {LARGEST} parts once its "
                "subexpressions are inserted; use fewer terms, or make some of them variables")
        done[id(n)] = levels, nodes
    return node


def _point(source: str, column: int) -> str:
    start = max(0, min(column, len(source)) - 60)  # of a long line, what lies around the caret
    return f"{source[start:start + 120]}\n{' ' * (column - start + 19)}^"


def _check(node: ast.expr, source: str) -> None:
    def fail(what: str) -> DescriptionError:
        return DescriptionError(f"not an expression: {_point(source, node.col_offset)}\n{what}")

    children: list[ast.expr]
    match node:
        case ast.Name():
            return
        case ast.Constant(value=value) if isinstance(value, (bool, int, float)):
            if isinstance(value, int) and value.bit_length() > 1023:
                raise fail("this number is too large for a float; write it as 1e300")
            return
        case ast.BinOp(left=a, op=op, right=b) if type(op) in _BINARY:
            children = [a, b]
        case ast.UnaryOp(op=op, operand=a) if isinstance(op, _UNARY):
            children = [a]
        case ast.Compare(left=a, ops=[op], comparators=[b]) if type(op) in _COMPARE:
            children = [a, b]
        case ast.BoolOp(values=children):
            pass
        case ast.IfExp(test=a, body=b, orelse=c):
            children = [a, b, c]
        case ast.Call(func=ast.Name(id=name), args=children, keywords=[]):
            if name not in FUNCTIONS and name not in RANDOM:
                allowed = ", ".join(sorted([*FUNCTIONS, *RANDOM]))
                raise fail(f"{name!r} is not a function that a model may call; there are {allowed}")
            arity = FUNCTIONS[name].arity if name in FUNCTIONS else 0
            numbered = name in RANDOM and len(children) == 1  # rand(3): a Plan's third draw
            if len(children) != arity and not numbered:
                raise fail(f"{name} takes {arity} argument(s), not {len(children)}")
        case ast.Compare():
            raise fail("compare two values at a time: a < b and b < c")
        case _:
            raise fail(f"{type(node).__name__} is not allowed; an expression has numbers, names, "
                       "+ - * / ** // %, comparisons, and, or, not, and function calls")
    for child in children:
        _check(child, source)


def text_of(node: ast.expr) -> str:
    """Canonical text of a tree."""
    return ast.unparse(node)


def names_in(node: ast.AST) -> set[str]:
    """Names of variables in a tree; functions are not among them."""
    found: set[str] = set()
    stack = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Name):
            found.add(n.id)
        else:
            stack += n.args if isinstance(n, ast.Call) else _parts(n)
    return found


def calls_in(node: ast.AST) -> set[str]:
    """Names of functions called in a tree."""
    found: set[str] = set()
    stack = [node]
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name):
            found.add(n.func.id)
        stack += _parts(n)
    return found


def rebuild(node: ast.expr, change: Callable[[ast.expr], ast.expr]) -> ast.expr:
    """A shallow copy of `node` with `change` applied to its parts; a call keeps its function."""
    out = copy.copy(node)
    for name, part in ast.iter_fields(node):
        if isinstance(part, ast.expr) and not (isinstance(node, ast.Call) and name == "func"):
            setattr(out, name, change(part))
        elif isinstance(part, list):
            setattr(out, name, [change(p) if isinstance(p, ast.expr) else p for p in part])
    return out


def substitute(node: ast.expr, replacements: Mapping[str, ast.expr]) -> ast.expr:
    """`node` with names replaced by trees, which it then shares.

    Raises DescriptionError when that makes it too large.
    """
    if replacements.keys().isdisjoint(names_in(node)):
        return node

    def walk(n: ast.expr) -> ast.expr:
        return replacements.get(n.id, n) if isinstance(n, ast.Name) else rebuild(n, walk)
    return check_size(walk(node))


def evaluate(node: ast.expr, value_of: Callable[[str], Any],
             draw: Callable[[str, int], Any] | None = None) -> Any:
    """Value of a tree in SI; arrays broadcast. `draw(name, number)` answers rand() and randn().

    `number` tells the draws of one object apart; a Plan writes it as an argument.
    """
    def walk(n: ast.expr) -> Any:
        match n:
            case ast.Constant(value=value):
                return value if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
            case ast.Name(id=name):
                return value_of(name)
            case ast.BinOp(left=a, op=op, right=b):
                return _BINARY[type(op)](_number(walk(a)), _number(walk(b)))
            case ast.UnaryOp(op=ast.USub(), operand=a):
                return -_number(walk(a))
            case ast.UnaryOp(op=ast.Not(), operand=a):
                return np.logical_not(walk(a))
            case ast.UnaryOp(operand=a):
                return walk(a)
            case ast.Compare(left=a, ops=[op], comparators=[b]):
                return _COMPARE[type(op)](walk(a), walk(b))
            case ast.BoolOp(op=op, values=values):
                combine = np.logical_and if isinstance(op, ast.And) else np.logical_or
                out = walk(values[0])
                for v in values[1:]:
                    out = combine(out, walk(v))
                return out
            case ast.IfExp(test=a, body=b, orelse=c):
                return np.where(walk(a), walk(b), walk(c))
            case ast.Call(func=ast.Name(id=name), args=args):
                if name in RANDOM:
                    if draw is None:
                        raise DescriptionError(f"{name}() cannot be drawn here")
                    return draw(name, int(walk(args[0])) if args else 0)
                return FUNCTIONS[name].compute(*(_number(walk(a)) for a in args))
        raise DescriptionError(f"cannot evaluate {text_of(n)!r}")
    with np.errstate(all="ignore"):
        return walk(node)


def _number(x: Any) -> Any:
    """`x`, a condition as 0.0 or 1.0: NumPy's `+` of two conditions would be their `or`."""
    if isinstance(x, (bool, np.bool_)):
        return float(x)
    return x.astype(np.float64) if isinstance(x, np.ndarray) and x.dtype == bool else x


def constant_value(name: str) -> float | None:
    """SI value of a unit name or of pi, e, inf; None for anything else."""
    if name in UNITS:
        return float(UNITS[name].value)
    return CONSTANTS.get(name)


def dimension(node: ast.expr, dim_of: Mapping[str, Dim]) -> Dim:
    """Dimension of a tree, checking every sum, comparison and call on the way.

    Raises UnitError with the offending part, DescriptionError for an unknown name.
    """
    return _Dimensions(node, dim_of).of(node)


class _Dimensions:
    """Dimensions of the parts of `whole`; errors quote it."""

    def __init__(self, whole: ast.expr, dim_of: Mapping[str, Dim]) -> None:
        self.whole, self.dim_of = whole, dim_of

    def of(self, n: ast.expr) -> Dim:
        match n:
            case ast.Constant():
                return NONE
            case ast.Name(id=name):
                return self.named(name)
            case ast.BinOp(left=a, op=op, right=b):
                return self.joined(a, op, b)
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                for child in ast.iter_child_nodes(n):
                    if isinstance(child, ast.expr):
                        self.plain(child, "the condition")
                return NONE
            case ast.UnaryOp(operand=a):
                return self.of(a)
            case ast.Compare(left=a, comparators=[b]):
                self.same([a, b])
                return NONE
            case ast.IfExp(test=a, body=b, orelse=c):
                self.plain(a, "the condition")
                return self.same([b, c])
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.called(name, args)
        raise DescriptionError(f"no dimension for {text_of(n)!r}")

    def named(self, name: str) -> Dim:
        if name in self.dim_of:
            return self.dim_of[name]
        if name in UNITS:
            return UNITS[name].dim
        if name in CONSTANTS:
            return NONE
        known = ", ".join(sorted(self.dim_of)) or "none"
        raise DescriptionError(f"in {text_of(self.whole)!r}: {name!r} is not defined; the names "
                               f"known here are {known}, and the units")

    def joined(self, a: ast.expr, op: ast.operator, b: ast.expr) -> Dim:
        match op:
            case ast.Mult():
                return times(self.of(a), self.of(b))
            case ast.FloorDiv():
                self.plain(a, "the dividend")
                self.plain(b, "the divisor")
                return NONE
            case ast.Div():
                return times(self.of(a), dim_power(self.of(b), -1))
            case ast.Pow():
                self.plain(b, "the exponent")
                d = self.of(a)
                return NONE if d == NONE else dim_power(d, self.literal(b))
        return self.same([a, b])  # +, - and %: the grammar has no others

    def called(self, name: str, args: list[ast.expr]) -> Dim:
        if name in RANDOM and args:
            raise DescriptionError(f"in {text_of(self.whole)!r}: {name} takes no argument")
        rule = FUNCTIONS[name].rule if name in FUNCTIONS else "plain"
        if rule == "plain":
            for a in args:
                self.plain(a, f"the argument of {name}")
            return NONE
        dims = self.same(args)
        return {"same": dims, "root": dim_power(dims, 0.5)}.get(rule, NONE)

    def same(self, parts: list[ast.expr]) -> Dim:
        dims = [self.of(p) for p in parts]
        for p, d in zip(parts[1:], dims[1:], strict=True):
            if d != dims[0]:
                raise UnitError(f"in {text_of(self.whole)!r}: {text_of(parts[0])!r} is "
                                f"{name_of(dims[0])} but {text_of(p)!r} is {name_of(d)}")
        return dims[0]

    def plain(self, n: ast.expr, what: str) -> None:
        d = self.of(n)
        if d != NONE:
            raise UnitError(f"in {text_of(self.whole)!r}: {what} {text_of(n)!r} is {name_of(d)}, "
                            "it must have no unit")

    def literal(self, n: ast.expr) -> float:
        if not names_in(n) and not calls_in(n) & set(RANDOM):
            value = float(evaluate(n, constant_value))
            if abs(value) <= 100:  # NaN fails too
                return value
        raise UnitError(f"in {text_of(self.whole)!r}: the exponent {text_of(n)!r} of something "
                        "with a unit must be a number written out, from -100 to 100")
