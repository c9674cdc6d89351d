"""Parameters of neurons that train: what was worked out from them once is worked out in the graph.

Where the equations are integrated exactly, the step's factors are the matrix exponential of the
parameters: forward by the very computation of the lowering, so that spikes stay those of the
reference; backward by its derivative.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from ...simulator.equations import DIFFERENTIAL, inline
from ...simulator.errors import DescriptionError
from ...simulator.expressions import names_in, parse, text_of
from ...simulator.integrate import System, choose, integrate
from ...simulator.linear import Form, linear_form
from ...simulator.lower_population import _inlined, _update, lower_neurons
from ...simulator.plan import PopulationPlan
from ...simulator.prepare import to_si
from ...simulator.statements import Statement, parse_lines
from .text import Body, load


@dataclass(frozen=True, eq=False)
class Recipe:
    """A population's Plan in which `trained` parameters stand by name, and how to get the rest.

    `derived`: constants that follow from them. `system`: right-hand sides of an exact integration.
    """

    plan: PopulationPlan
    trained: frozenset[str]
    derived: frozenset[str] = frozenset()
    system: System | None = None
    dt: float = 0.0

    @property
    def tensors(self) -> frozenset[str]:
        """Constants that must not be printed as numbers."""
        return self.trained | self.derived

    def constants(self, given: dict[str, Any], dtype: Any) -> dict[str, Any]:
        """The derived constants; `given` holds all others as tensors."""
        if self.system is None:
            return {}
        out: dict[str, Any] = {}
        for tag, frozen in (("", frozenset[str]()), ("h", self.system.held)):
            out |= _factors(self.system, frozen, tag, self.dt, given, dtype)
        return {n: x for n, x in out.items() if n in self.derived}


def recipe(p: Any, plan: PopulationPlan, dt: float, seed: int, trained: frozenset[str]) -> Recipe:
    """How population `p`, lowered as `plan`, depends on the parameters `trained`.

    DescriptionError for parameters in which nothing is differentiable.
    """
    constant = trained - set(plan.state)
    if not constant:
        return Recipe(plan, frozenset())
    if isinstance(p.model.refractory, str) and p.model.refractory in constant:
        raise DescriptionError(
            f"train: {p.name}.{p.model.refractory} is the refractory period, counted in whole "
            "steps, which has no gradient; leave it out of train")
    full_plan = lower_neurons(p, dt, seed, set(plan.state))
    constants, state = dict(full_plan.constants), full_plan.state
    equations = p.model.parsed
    held = frozenset(e.name for e in equations if "unless refractory" in e.flags)
    count = [0]
    full = {name: to_si(tree, lambda n: n in state or n in constants, count)
            for name, tree in inline(equations).items()}
    system = None
    if p.model.update:
        body = _update(p.model, full, constants, state, held, count)
    else:
        rhs = {e.name: full[e.name] for e in equations if e.kind == DIFFERENTIAL}
        resting = held if p.model.refractory is not None else frozenset()
        whole = System(rhs, resting, constants, f"population {p.name!r}")
        step = integrate(whole, p.model.method, dt * p.clock)
        constants.update(step.constants)
        body = [Statement(s.target, text_of(to_si(parse(s.expr), lambda n: True, count)))
                if "rand" in s.expr else s for s in step.statements]
        if rhs and (p.model.method == "exact" or (
                p.model.method == "auto" and choose(whole) == "exact")):
            system = whole._replace(constant={n: None for n in constants})
    derived = frozenset(n for n in constants if system is not None
                        and n.startswith(("_E", "_F", "_C")))
    threshold, reset = _fire(p.model, full, constants, state)
    return Recipe(replace(full_plan, constants=constants, integrate=tuple(body),
                          threshold=threshold, reset=reset), constant, derived, system,
                  dt * p.clock)


def _fire(model: Any, full: dict[str, ast.expr], constants: dict[str, Any],
          state: dict[str, Any]) -> tuple[str, tuple[Statement, ...]]:
    count = [1000]  # as the lowering numbers the draws of a reset
    raw = inline(model.parsed)
    threshold = ""
    if model.threshold:
        threshold = text_of(_inlined(model.threshold, raw, constants, state, count))
    return threshold, tuple(
        Statement(s.target, text_of(_inlined(s.expr, raw, constants, state, count)))
        for s in (line.statement() for line in parse_lines(model.reset)))


def _factors(system: System, frozen: frozenset[str], tag: str, dt: float, given: dict[str, Any],
             dtype: Any) -> dict[str, Any]:
    """`_E`, `_F` and `_C` of `integrate`, as functions of the parameters."""
    order = list(system.rhs)
    forms: dict[str, Form] = {}
    for x, f in system.rhs.items():
        form = linear_form(f, set(order))
        assert form is not None, "the lowering integrated this exactly"
        forms[x] = {} if x in frozen else form
    zero = torch.zeros((), dtype=dtype, device=next(iter(given.values())).device)

    drives = {y: forms[y][None] for y in order
              if None in forms[y] and names_in(forms[y][None]) <= set(system.constant)}
    rates, offsets = _coefficients(forms, order, drives, dtype, zero.device)(given)
    flat = torch.broadcast_tensors(*[a.reshape(-1) for a in rates])
    n = len(order)
    whole = _Exponential.apply(torch.stack(flat, -1).reshape(-1, n, n), dt)

    def pick(i: int, j: int) -> Any:
        column = whole[:, i, j]
        return column[0] if len(column) == 1 else column
    out: dict[str, Any] = {}
    for i, x in enumerate(order):
        offset: Any = 0.0
        for j, y in enumerate(order):
            out[f"_E{tag}_{x}_{y}"] = pick(i, j)
            out[f"_F{tag}_{x}_{y}"] = pick(i, n + j)
            if y in drives:
                offset = offset + pick(i, n + j) * offsets[list(drives).index(y)]
        out[f"_C{tag}_{x}"] = offset
    return out


def _coefficients(forms: dict[str, Form], order: list[str], drives: dict[str, ast.expr],
                  dtype: Any, device: Any) -> Any:
    """A function of the constants: the matrix of the system row by row, and its drives."""
    body = Body("def coefficients(C):", {}, lambda name, local: f"C[{name!r}]",
                lambda kind, number: "")
    rates = [forms[x].get(y, ast.Constant(0.0)) for x in order for y in order]
    printed = ["".join(f"real({body.printer.text(c)}), " for c in part)
               for part in (rates, drives.values())]
    return load(body.text(f"return ({printed[0]}), ({printed[1]})"), dtype, device)["coefficients"]


class _Exponential(torch.autograd.Function):
    """exp([[A, 1], [0, 0]] dt) of matrices (m, n, n), as the lowering computes it."""

    @staticmethod
    def forward(ctx: Any, a: Any, dt: float) -> Any:
        from scipy.linalg import expm
        m, n, _ = a.shape
        block = np.zeros((m, 2 * n, 2 * n))
        block[:, :n, :n] = a.detach().cpu().double().numpy() * dt
        block[:, :n, n:] = np.eye(n) * dt
        distinct, which = np.unique(block.reshape(m, -1), axis=0, return_inverse=True)
        whole = np.array([expm(b.reshape(2 * n, 2 * n)) for b in distinct])[which.reshape(-1)]
        ctx.save_for_backward(torch.from_numpy(block).to(a.device))
        ctx.dt = dt
        return torch.from_numpy(whole).to(a.device, a.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (block,) = ctx.saved_tensors
        n = block.shape[-1]
        turned = block.transpose(1, 2)
        double = torch.zeros(len(block), 2 * n, 2 * n, dtype=block.dtype, device=block.device)
        double[:, :n, :n] = double[:, n:, n:] = turned
        double[:, :n, n:] = gradient.double()
        slope = torch.linalg.matrix_exp(double)[:, :n, n:]  # the derivative's adjoint
        return (slope[:, :n // 2, :n // 2] * ctx.dt).to(gradient.dtype), None
