"""Populations as Norse's neurons: its parameters from our models, for its cells and its steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...simulator.network import Network
from ...simulator.plan import Plan
from ..packages import load
from .affine import Membrane, NotAffine, membrane
from .export import NotExpressible, constants, first_step, found_in
from .norse_cells import KINDS, model
from .norse_import import NAMES


@dataclass(frozen=True, eq=False)
class Form:
    """`kind` of `norse_cells`; `values` are its parameters by our names, numbers or arrays.

    `membrane` tells which of our variables play which part; None for a model of `norse_cells`
    itself. `refractory` in steps.
    """

    kind: str
    values: dict[str, Any]
    subtract: bool = False
    refractory: Any = 0
    start: int = 0
    bias: Any = 0.0
    membrane: Membrane | None = None
    scale: dict[str, Any] = field(default_factory=dict)


def table() -> dict[Any, Any]:
    """Every model of `norse_cells` by (kind, back, subtract)."""
    keys = itertools.product(KINDS, (False, True), (False, True))
    return {k: model(*k) for k in keys if not k[1 if k[0] == "LIFBox" else 2]}


def form_of(network: Network, plan: Plan, n: int) -> Form:
    """Population n as a neuron of Norse. Raises NotExpressible with the reason."""
    found = found_in(table(), network.populations[n].model)
    if found is not None:
        (kind, back, subtract), _ = found
        values = constants(network, plan, n)
        own = {k: values[k] for k in NAMES[kind] if k in values}
        scale = {"drive": 1.0, **({"back": 1.0} if back else {})}
        return Form(kind, own, subtract, plan.populations[n].refractory,
                    first_step(values, plan.dt), values["bias"], None, scale)
    try:
        m = membrane(plan, n)
    except NotAffine as problem:
        raise NotExpressible(f"{problem}") from None
    return _from_membrane(m, plan.dt)


def _from_membrane(m: Membrane, dt: float) -> Form:
    """Norse's k (v_leak - v + i) with k = 1 - beta; w sent to v is as much as beta w / k to i."""
    k = 1 - np.asarray(m.beta)
    if np.any(k == 0):
        raise NotExpressible("its membrane does not leak (beta = 1), and Norse's input passes "
                             "through the leak; give it a finite tau_m")
    rests = bool(np.any(np.asarray(m.refractory) > 0))
    if m.v_reset is None and (rests or m.alpha is not None):
        raise NotExpressible("its reset subtracts v_th, which in Norse only LIFBox does: without "
                             "synaptic current and without refractory period")
    values = {"v_leak": m.bias / k, "v_th": m.v_th, "tau_mem_inv": rate(k, dt)}
    if m.v_reset is not None:
        values["v_reset"] = m.v_reset
    kind = "LIFBox" if m.alpha is None and not rests else "LIFRefrac" if rests else "LIF"
    if kind != "LIFBox":  # without a current: one that is gone after its step
        values["tau_syn_inv"] = rate(1 - np.asarray(0.0 if m.alpha is None else m.alpha), dt)
    scale = ({m.v: m.beta / k} if m.alpha is None
             else {y: c / k for y, c in m.scale.items()})
    return Form(kind, values, m.v_reset is None, m.refractory, 0, 0.0, m, scale)


def rate(k: Any, dt: float) -> Any:
    """A rate r with dt*r equal to k where floating point has one, else the nearest."""
    r = np.asarray(k / dt)
    tries = [r, np.nextafter(r, np.inf), np.nextafter(r, -np.inf)]
    return np.select([dt * x == k for x in tries], tries, r)[()]


def parameters(form: Form, dtype: Any) -> Any:
    """Norse's parameter tuple, with tensors of `dtype`."""
    torch, norse = load("torch"), load("norse.torch")
    from norse.torch.functional.lif_adex import LIFAdExParameters
    from norse.torch.functional.reset import reset_subtract
    tensors = {theirs: torch.tensor(np.asarray(form.values[ours], dtype=np.float64)).to(dtype)
               for ours, theirs in NAMES[form.kind].items() if ours in form.values}
    if form.kind == "LIFBox":
        more = {"reset_method": reset_subtract} if form.subtract else {}
        return norse.LIFBoxParameters(**tensors, **more)
    return (LIFAdExParameters if form.kind == "LIFAdEx" else norse.LIFParameters)(**tensors)
