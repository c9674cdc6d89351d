"""Projections as Brian2 reads them: up to three pathways over synapses that hold all variables.

`eg_pre` and `eg_post` run the learning statements in a slot of their own after the reset, `eg_send`
delivers at the start of a later step. What is sent must be what the pre event left, so a value
that could change on its way is written into a ring of variables, one for each step under way.
Traces flagged `(pre)` or `(post)` become variables of every synapse, integrated in every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...simulator.equations import DIFFERENTIAL, PARAMETER, inline
from ...simulator.expressions import names_in, parse
from ...simulator.plan import ProjectionPlan
from ...simulator.statements import parse_lines
from ...simulator.units import Dim
from .text import (
    Words,
    code,
    declaration,
    safe_names,
    temporaries,
    translate,
    unit_text,
    words_of,
)

LONGEST = 64
"""Steps that a changing value may be under way; each costs a variable a synapse."""


class SynapseText(NamedTuple):
    """A projection for Brian2.

    `parts` are systems that are integrated one after the other: traces of either side, variables
    that events bring up to date, other variables of synapses. `pathways` maps a name to (side,
    statements), `names` a variable to what Brian2 calls it. `sums` lists (side, variable of the
    neuron, helper) of couplings.
    """

    equations: str
    parts: tuple[str, ...]
    pathways: dict[str, tuple[str, str]]
    names: dict[str, str]
    sums: tuple[tuple[str, str, str], ...]


def synapse_text(q: Any, number: int, qp: ProjectionPlan, sides: Mapping[str, Mapping[str, str]],
                 dims: Mapping[str, Dim]) -> SynapseText:
    """Text of projection `number`.

    From its plan come delays in steps and on which side a variable lives. `sides` gives for 'pre'
    and 'post' what Brian2 calls the neurons' variables, `dims` their dimensions by 'x_post'.
    """
    lazy = {s.target for s in qp.lazy}
    model, equations = q.synapse, q.synapse.parsed
    pre, post = parse_lines(model.on_pre), parse_lines(model.on_post)
    own = [e.name for e in equations if "summed" not in e.flags]
    names = {**safe_names(own, "eg_syn", sides["post"].values()), **temporaries((*pre, *post), own)}
    words = words_of({**names, **{f"{n}_{side}": f"{new}_{side}" for side, table in sides.items()
                                  for n, new in table.items()}})
    written = {x.target for x in (*pre, *post)}
    text, sums = _declarations(q, number, names, words, written)
    learn = code([x for x in pre if not x.target.endswith("_post")], words)
    on_post = code(post, words)
    keep, send = _sends(q, pre, words, qp.dendritic_steps, dims, text)
    pathways = {"eg_pre": ("pre", [*learn, *keep]), "eg_send": ("pre", send),
                "eg_post": ("post", on_post)}
    return SynapseText(
        "\n".join(text), _parts(q, qp.side, lazy, names, words),
        {n: (side, "\n".join(lines)) for n, (side, lines) in pathways.items() if lines},
        names, tuple(sums))


def _declarations(q: Any, number: int, names: Mapping[str, str], words: Words, written: set[str],
                  ) -> tuple[list[str], list[tuple[str, str, str]]]:
    """Lines for all variables, the integrated ones as parameters; and couplings."""
    text: list[str] = []
    sums: list[tuple[str, str, str]] = []
    for e in q.synapse.parsed:
        if "summed" in e.flags:
            variable, side = e.name.rsplit("_", 1)
            helper = f"eg_sum{number}_{len(sums)}"
            sums.append((side, variable, helper))
            text.append(f"{helper}_{side} = {translate(e.expr, words)} : {unit_text(e.dim)} "
                        "(summed)")
        else:
            text.append(declaration(e._replace(kind=PARAMETER) if e.kind == DIFFERENTIAL else e,
                                    names, words, ["constant"] if e.kind == PARAMETER
                                    and e.name not in written else []))
    return text, sums


def _parts(q: Any, side: Mapping[str, str], lazy: set[str], names: Mapping[str, str],
           words: Words) -> tuple[str, ...]:
    """Differential equations by where their variables live, each with all subexpressions."""
    found: dict[str, list[str]] = {"pre": [], "post": [], "lazy": [], "synapse": []}
    shared = []
    for e in q.synapse.parsed:
        if e.kind == DIFFERENTIAL:
            where = "lazy" if e.name in lazy else side[e.name]
            found[where].append(declaration(e, names, words, []))
        elif e.kind != PARAMETER and "summed" not in e.flags:
            shared.append(declaration(e, names, words, []))
    return tuple("\n".join([*lines, *shared]) for lines in found.values() if lines)


def changing(q: Any, expr: str) -> bool:
    """Whether what an event sends could change on its way."""
    model = q.synapse
    full = inline(model.parsed)
    reads = set(names_in(parse(expr)))
    reads |= set().union(*(names_in(full[n]) for n in reads if n in full), set())
    moving = {x.target for x in (*parse_lines(model.on_pre), *parse_lines(model.on_post))}
    moving |= {e.name for e in model.parsed if e.kind == DIFFERENTIAL} | {"t"}
    return bool(reads & moving) or any(n.endswith("_pre") for n in reads)


def _sends(q: Any, lines: Any, words: Words, dendritic: Any, dims: Mapping[str, Dim],
           text: list[str]) -> tuple[list[str], list[str]]:
    """Statements that keep what an event sends, and those that deliver; `text` gets variables."""
    keep: list[str] = []
    out: list[str] = []
    length = int(np.max(dendritic, initial=1))
    if isinstance(dendritic, np.ndarray):
        text.append("eg_steps : integer (constant)")
    when = "eg_steps" if isinstance(dendritic, np.ndarray) else str(dendritic)
    for line in lines:
        if not line.target.endswith("_post"):
            continue
        value = translate(f"{'-' if line.op == '-' else ''}({line.expr})", words)
        if changing(q, line.expr):
            n = len(out)
            ring = [f"eg_kept{n}_{m}" for m in range(length)]
            text += [f"{r} : {unit_text(dims[line.target])}" for r in ring]
            keep.append(f"eg_sent{n} = {value}")
            keep += [f"{r} = int({_slot('0', length)} == {m})*eg_sent{n} "
                     f"+ int({_slot('0', length)} != {m})*{r}" for m, r in enumerate(ring)]
            value = " + ".join(f"int({_slot(when, length)} == {m})*{r}"
                               for m, r in enumerate(ring))
        target = words.get(line.target)
        out.append(f"{getattr(target, 'id', line.target)} += {value}")
    return keep, out


def _slot(ago: str, length: int) -> str:
    return f"((t_in_timesteps - {ago}) % {length})"
