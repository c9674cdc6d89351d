"""Checked expressions printed as source for Numba, CPU and others: one table of functions."""

from __future__ import annotations

import ast
from collections.abc import Callable

CALLS = {
    **{name: name for name in (
        "exp", "log", "log10", "expm1", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh",
        "arcsin", "arccos", "arctan", "exprel", "clip", "abs")},
    "sqrt": "math.sqrt", "sign": "np.sign", "floor": "np.floor", "ceil": "np.ceil", "int": "whole",
}
_OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.USub: "-", ast.UAdd: "+"}


def source(node: ast.expr, name: Callable[[str], str], draw: Callable[[str, int], str],
           real: str = "") -> str:
    """`node` as Python source. `name` prints a variable, `draw` a random number, `real` a cast.

    `real` is '' for float64 or the name of the type that literals must have.
    """
    def walk(n: ast.expr) -> str:
        match n:
            case ast.Constant(value=bool() as value):
                return repr(value)
            case ast.Constant(value=value):
                text = repr(float(value))  # type: ignore[arg-type]
                text = {"inf": "np.inf", "nan": "np.nan"}.get(text, text)
                return f"{real}({text})" if real else text
            case ast.Name(id=x):
                return name(x)
            case ast.BinOp(left=a, op=ast.Pow(), right=b):
                return f"power({walk(a)}, {walk(b)})"
            case ast.BinOp(left=a, op=op, right=b):
                return f"({walk(a)} {_OPERATORS[type(op)]} {walk(b)})"
            case ast.UnaryOp(op=ast.Not(), operand=a):
                return f"(not {walk(a)})"
            case ast.UnaryOp(op=op, operand=a):
                return f"({_OPERATORS[type(op)]}{walk(a)})"
            case ast.Compare(left=a, ops=[op], comparators=[b]):
                return f"({walk(a)} {_OPERATORS[type(op)]} {walk(b)})"
            case ast.BoolOp(op=op, values=values):
                # bitwise: both sides are evaluated, so that loops vectorise
                joint = " & " if isinstance(op, ast.And) else " | "
                return "(" + joint.join(f"truth({walk(v)})" for v in values) + ")"
            case ast.IfExp(test=a, body=b, orelse=c):
                return f"({walk(b)} if {walk(a)} else {walk(c)})"
            case ast.Call(func=ast.Name(id=f), args=args) if f in CALLS:
                inner = ", ".join(walk(a) for a in args)
                if f == "int":
                    return f"{real or 'np.float64'}({CALLS[f]}({inner}))"
                return f"{CALLS[f]}({inner})"
            case ast.Call(func=ast.Name(id=f), args=[ast.Constant(value=k)]):
                drawn = draw(f, int(k))  # type: ignore[arg-type]
                return f"{real}({drawn})" if real else drawn
        raise ValueError(f"cannot print {ast.unparse(n)!r}")
    return walk(node)
