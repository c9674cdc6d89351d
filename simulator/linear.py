"""Which expressions are linear in the state, and with what coefficients."""

from __future__ import annotations

import ast

from .expressions import names_in

ONE = ast.Constant(1.0)

Form = dict[str | None, ast.expr]
"""Coefficient of each variable; the key None holds what is free of them."""


def linear_form(node: ast.expr, variables: set[str]) -> Form | None:
    """`node` as a linear form in `variables`, or None if it is not visibly linear.

    Products are not multiplied out: (a*v + b)*c is recognised, v*v - v*v is not.
    """
    if not names_in(node) & variables:
        return {None: node}
    match node:
        case ast.Name(id=name):
            return {name: ONE}
        case ast.UnaryOp(op=ast.USub(), operand=a):
            inner = linear_form(a, variables)
            return None if inner is None else {k: ast.UnaryOp(ast.USub(), c)
                                               for k, c in inner.items()}
        case ast.UnaryOp(op=ast.UAdd(), operand=a):
            return linear_form(a, variables)
        case ast.BinOp(left=a, op=ast.Add() | ast.Sub() as op, right=b):
            return _sum(linear_form(a, variables), op, linear_form(b, variables))
        case ast.BinOp(left=a, op=ast.Mult(), right=b):
            for factor, rest in ((a, b), (b, a)):
                if not names_in(factor) & variables:
                    inner = linear_form(rest, variables)
                    return None if inner is None else {
                        k: factor if c is ONE else ast.BinOp(factor, ast.Mult(), c)
                        for k, c in inner.items()}
            return None
        case ast.BinOp(left=a, op=ast.Div(), right=b) if not names_in(b) & variables:
            inner = linear_form(a, variables)
            return None if inner is None else {k: ast.BinOp(c, ast.Div(), b)
                                               for k, c in inner.items()}
    return None


def _sum(a: Form | None, op: ast.operator, b: Form | None) -> Form | None:
    if a is None or b is None:
        return None
    out = dict(a)
    for k, c in b.items():
        if k in out:
            out[k] = ast.BinOp(out[k], op, c)
        else:
            out[k] = ast.UnaryOp(ast.USub(), c) if isinstance(op, ast.Sub) else c
    return out
