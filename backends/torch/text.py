"""Checked expressions printed as tensor code, and generated functions made of them.

Generated text lies in a file of the cache, so a traceback shows its lines.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...kernels import codecache
from ...simulator.expressions import calls_in, evaluate, names_in, parse
from ...simulator.functions import RANDOM
from .ops import namespace

_OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Lt: "<", ast.LtE: "<=",
    ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_CALLS = {"int": "whole"}


class Printer:
    """Prints expressions. `numbers` are worked out now; `name` and `draw` print all other names.

    `conditions` are the names whose value is a truth, which counts as 0 or 1 in arithmetic.
    """

    def __init__(self, numbers: Mapping[str, Any], name: Callable[[str], str],
                 draw: Callable[[str, int], str], conditions: set[str]) -> None:
        self.numbers, self.name, self.draw = numbers, name, draw
        self.conditions = conditions

    def text(self, node: ast.expr) -> str:
        """`node` as Python source over tensors."""
        if not isinstance(node, ast.Name) and self._settled(node):
            return self._literal(evaluate(node, self.numbers.__getitem__))
        match node:
            case ast.Name(id=x):
                return self._literal(self.numbers[x]) if x in self.numbers else self.name(x)
            case ast.BinOp(left=a, op=ast.Pow(), right=b):
                return f"power({self.text(a)}, {self.text(b)})"
            case ast.BinOp(left=a, op=ast.Mod(), right=b):
                return f"remainder({self.text(a)}, {self.text(b)})"
            case ast.BinOp(left=a, op=ast.FloorDiv(), right=b):
                return f"floored({self.text(a)}, {self.text(b)})"
            case ast.BinOp(left=a, op=ast.Div(), right=b):
                return f"divide({self.text(a)}, {self.text(b)})"
            case ast.BinOp(left=a, op=op, right=b):
                return f"({self.number(a)} {_OPERATORS[type(op)]} {self.number(b)})"
            case ast.UnaryOp(op=ast.Not(), operand=a):
                return f"no({self.text(a)})"
            case ast.UnaryOp(op=ast.USub(), operand=a):
                return f"(-{self.number(a)})"
            case ast.UnaryOp(operand=a):
                return self.text(a)
            case ast.Compare(left=a, ops=[op], comparators=[b]):
                return f"({self.number(a)} {_OPERATORS[type(op)]} {self.number(b)})"
            case ast.BoolOp(op=op, values=values):
                joint = " & " if isinstance(op, ast.And) else " | "
                return "(" + joint.join(f"truth({self.text(v)})" for v in values) + ")"
            case ast.IfExp(test=a, body=b, orelse=c):
                return f"where(truth({self.text(a)}), {self.number(b)}, {self.number(c)})"
            case ast.Call(func=ast.Name(id=f), args=[ast.Constant(value=k)]) if f in RANDOM:
                return self.draw(f, int(k))  # type: ignore[arg-type]
            case ast.Call(func=ast.Name(id=f), args=args):
                return f"{_CALLS.get(f, f)}({', '.join(self.text(a) for a in args)})"
        raise ValueError(f"cannot print {ast.unparse(node)!r}")

    def number(self, node: ast.expr) -> str:
        """`node` where a number is needed."""
        return f"real({self.text(node)})" if self.condition(node) else self.text(node)

    def condition(self, node: ast.expr) -> bool:
        """Whether the value of `node` is a truth."""
        match node:
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.Constant(value=bool()):
                return True
            case ast.Name(id=x):
                return x in self.conditions
        return False

    def spike(self, node: ast.expr) -> str:
        """A condition as 1 or 0: each comparison passes its gradient to the difference."""
        match node:
            case ast.Compare(left=a, ops=[ast.Gt() | ast.GtE()], comparators=[b]):
                return f"fires({self.text(node)}, lambda: {self.number(a)} - {self.number(b)})"
            case ast.Compare(left=a, ops=[ast.Lt() | ast.LtE()], comparators=[b]):
                return f"fires({self.text(node)}, lambda: {self.number(b)} - {self.number(a)})"
            case ast.BoolOp(op=ast.And(), values=values):
                return "(" + " * ".join(self.spike(v) for v in values) + ")"
            case ast.BoolOp(values=values):
                return "(1 - " + " * ".join(f"(1 - {self.spike(v)})" for v in values) + ")"
            case ast.UnaryOp(op=ast.Not(), operand=a):
                return f"(1 - {self.spike(a)})"
        return f"real(truth({self.text(node)}))"

    def _settled(self, node: ast.expr) -> bool:
        return names_in(node) <= set(self.numbers) and not calls_in(node) & set(RANDOM)

    @staticmethod
    def _literal(value: Any) -> str:
        if isinstance(value, (bool, np.bool_)):
            return repr(bool(value))
        text = repr(float(value))
        return f"({text})" if text.startswith("-") else text


class Body:
    """Lines of one generated function over tensors.

    `find(name, local)` prints a name; `local` are the names assigned so far. `numbers` and
    `conditions` as in `Printer`.
    """

    def __init__(self, head: str, numbers: Mapping[str, Any],
                 find: Callable[[str, set[str]], str], draw: Callable[[str, int], str],
                 conditions: frozenset[str] = frozenset()) -> None:
        self.lines = [head]
        self.local: set[str] = set()
        self.numbers = {**numbers}
        self.printer = Printer(self.numbers, lambda name: find(name, self.local), draw,
                               set(conditions))

    def assign(self, target: str, expr: str) -> None:
        """`target = expr`, kept in a local variable."""
        node = parse(expr)
        self.lines.append(f"    x_{target} = {self.printer.text(node)}")
        change = set.add if self.printer.condition(node) else set.discard
        change(self.printer.conditions, target)
        self.numbers.pop(target, None)
        self.local.add(target)

    def text(self, *ends: str) -> str:
        """The function, ended by `ends`."""
        body = [*self.lines[1:], *(f"    {line}" for line in ends)] or ["    pass"]
        return "\n".join([self.lines[0], *body, ""])


def load(text: str, dtype: Any, device: Any) -> dict[str, Any]:
    """The functions that generated source defines, for tensors of `dtype` on `device`."""
    head = f"# {dtype} on {device}\n"  # so that each has functions, and numbers, of its own
    module = vars(codecache.load(head + text))
    module.update(namespace(dtype, device))
    return module
