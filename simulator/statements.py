"""Assignments: the lines of a reset, an update, an `on_pre` or an `on_post`."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from .errors import DescriptionError
from .expressions import parse, text_of
from .fields import text as text_field

_LINE = re.compile(r"^\s*([A-Za-z_]\w*)\s*([-+*/]?)=(?!=)\s*(.+?)\s*$")


class Statement(NamedTuple):
    """`target = expr`, both canonical text; the form a Plan holds and backends read."""

    target: str
    expr: str


class Line(NamedTuple):
    """A line as written: `op` is '' for a plain assignment, else one of + - * /."""

    target: str
    op: str
    expr: str

    def statement(self) -> Statement:
        """The same as a plain assignment."""
        value = text_of(parse(self.expr))
        if not self.op:
            return Statement(self.target, value)
        return Statement(self.target, text_of(parse(f"{self.target} {self.op} ({value})")))


def parse_lines(text: str) -> tuple[Line, ...]:
    """The assignments in a text: one a line or separated by `;`, `#` starts a comment.

    Raises DescriptionError with the line that is not an assignment.
    """
    text_field(text, "a list of assignments")
    out = []
    for raw in re.split(r"[\n;]", re.sub(r"#[^\n]*", "", text)):
        if not raw.strip():
            continue
        found = _LINE.match(raw)
        if found is None:
            raise DescriptionError(f"not an assignment: {raw.strip()!r}; write e.g. v = v_reset or "
                                   "g_post += w")
        target, op, expr = found.groups()
        parse(expr)
        out.append(Line(target, op, expr))
    return tuple(out)


def tree(expr: str) -> ast.expr:
    """The tree of a statement's right-hand side."""
    return parse(expr)
