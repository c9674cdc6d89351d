"""Networks of ours become modules of Norse's cells, where those can express them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.network import Network
from ...simulator.plan import Plan
from ..packages import load
from .affine import received
from .export import NotExpressible, export
from .norse_forms import Form, form_of, parameters
from .wires import Wire


def to_norse(network: Network, dt: Any = None, seed: int = 0, precision: str = "float64") -> Any:
    """An nn.Module of Norse's cells that fires as `network` does, spike for spike.

    Cells imported from Norse become its feed-forward cells again; what they send to themselves
    becomes a Linear like any other. A leaky membrane with at most one exponential current becomes
    LIFBoxCell, LIFCell or LIFRefracCell with k = 1 - exp(-dt/tau) as Euler's step. Arithmetic
    agrees up to rounding. Raises UnsupportedError with a reason for everything else.
    """
    return export(network, "norse", _target, _call, dt, seed, precision)


def _target(network: Network, plan: Plan, n: int, wires: list[Wire], dtype: Any) -> Any:
    from .module import Target
    form, p = form_of(network, plan, n), plan.populations[n]
    m = form.membrane
    if m is None:
        names = {"LIFBox": ("v",), "LIFAdEx": ("v", "i_syn", "a")}.get(form.kind, ("v", "i_syn"))
        state = tuple(p.state[x] for x in names)
    else:
        if m.alpha is not None and m.v in received(plan, n):
            raise NotExpressible(f"spikes reach its membrane {m.v!r} and its currents; a cell "
                                 "there takes input at one place")
        current = sum((c * p.state[y] for y, c in form.scale.items() if y != m.v),
                      np.zeros(p.size))
        state = (p.state[m.v],) if form.kind == "LIFBox" else (p.state[m.v], current)
    if form.kind == "LIFRefrac":
        state = (*state, np.zeros(p.size))
    return Target(_cell(form, plan.dt, dtype), state, form.scale, form.bias, form.start)


def _cell(form: Form, dt: float, dtype: Any) -> Any:
    torch, norse = load("torch"), load("norse.torch")
    p = parameters(form, dtype)
    if form.kind == "LIFRefrac":
        from norse.torch.functional.lif_refrac import LIFRefracParameters
        rho = torch.tensor(np.asarray(form.refractory, dtype=np.float64)).to(dtype)
        return norse.LIFRefracCell(LIFRefracParameters(p, rho), dt=dt)
    return getattr(norse, f"{form.kind}Cell")(p, dt=dt)


def _call(cell: Any, x: Any, state: Any) -> tuple[Any, Any]:
    """One step; a state is flat here, nested in a refractory cell."""
    load("norse.torch")
    from norse.torch.functional.lif import LIFFeedForwardState
    from norse.torch.functional.lif_adex import LIFAdExFeedForwardState
    from norse.torch.functional.lif_box import LIFBoxFeedForwardState
    from norse.torch.functional.lif_refrac import LIFRefracFeedForwardState
    kind = type(cell).__name__
    if kind == "LIFRefracCell":
        inner = LIFFeedForwardState(*state[:2])
        z, after = cell(x, LIFRefracFeedForwardState(inner, state[2]))
        return z, (*after.lif, after.rho)
    form = {"LIFCell": LIFFeedForwardState, "LIFBoxCell": LIFBoxFeedForwardState,
            "LIFAdExCell": LIFAdExFeedForwardState}[kind]
    z, after = cell(x, form(*state))
    return z, tuple(after)
