"""Networks of ours become modules of snnTorch's cells, where those can express them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from ...simulator.network import Network
from ...simulator.plan import Plan
from ..packages import load
from .affine import Membrane, NotAffine, membrane, received
from .export import NotExpressible, constants, export, first_step, found_in
from .snntorch_cells import CELLS, RECURRENT, RESETS, model
from .wires import Wire

STATES = {"Leaky": ("mem",), "RLeaky": ("mem",), "Synaptic": ("syn", "mem"),
          "RSynaptic": ("syn", "mem"), "Alpha": ("syn_exc", "syn_inh", "mem")}

ROUNDING = 1e-12
"""Of the way to threshold: what v_rest - v_reset = 0 may have become in a matrix exponential."""


def to_snntorch(network: Network, dt: Any = None, seed: int = 0,
                precision: str = "float64") -> Any:
    """An nn.Module of snnTorch's cells that fires as `network` does, spike for spike.

    Cells imported from snnTorch become what they were. A leaky membrane with at most one
    exponential current that is set to a value at a spike becomes Leaky (refractory for no step),
    RLeaky without recurrence (one step), or Synaptic; its zero is then `v_reset`. Arithmetic
    agrees up to rounding. Raises UnsupportedError with a reason for everything else.
    """
    return export(network, "snntorch", _target, _call, dt, seed, precision)


def _call(cell: Any, x: Any, state: Any) -> tuple[Any, Any]:
    """One step; `state` is what the cell takes after its input."""
    out = cell(x, *state)
    return (out[0], out) if type(cell).__name__ in RECURRENT else (out[0], out[1:])


def table() -> dict[Any, Any]:
    """Every model of `snntorch_cells` by (cell, reset, at_once)."""
    keys = itertools.product(CELLS, RESETS, (False, True))
    return {k: model(*k) for k in keys if not (k[2] and k[0] in ("Alpha", "RSynaptic"))}


def _target(network: Network, plan: Plan, n: int, wires: list[Wire], dtype: Any) -> Any:
    found = found_in(table(), network.populations[n].model)
    if found is not None:
        return _known(found[0], network, plan, n, wires, dtype)
    try:
        form = membrane(plan, n)
    except NotAffine as problem:
        raise NotExpressible(f"{problem}") from None
    return _membrane(form, plan, n, dtype)


def _tensor(x: Any, dtype: Any) -> Any:
    torch = load("torch")
    return torch.tensor(np.asarray(x, dtype=np.float64)).to(dtype)


def _known(key: tuple[str, str, bool], network: Network, plan: Plan, n: int, wires: list[Wire],
           dtype: Any) -> Any:
    snntorch = load("snntorch")
    from .module import Target
    name, reset, at_once = key
    values, p = constants(network, plan, n), plan.populations[n]
    arguments = {"beta": _tensor(values["beta"], dtype), "threshold": _tensor(values["v_th"],
                 dtype), "reset_mechanism": reset}
    if "alpha" in values:
        arguments["alpha"] = _tensor(values["alpha"], dtype)
    if name != "Alpha":
        arguments["reset_delay"] = not at_once
    own, spikes = None, ()
    if name in RECURRENT:
        own = _own_wire(plan, n, wires)
        arguments.update(_recurrent(own, values, p.size, dtype))
        spikes = (np.zeros(p.size),)
    cell = getattr(snntorch, name)(**arguments)
    if own is not None and arguments["all_to_all"]:
        _fill(cell.recurrent, own.matrix, values["back_bias"], dtype)
    state = (*spikes, *(p.state[x] for x in STATES[name]))
    return Target(cell.to(dtype), state, {"drive": 1.0}, values["bias"],
                  first_step(values, plan.dt), own)


def _own_wire(plan: Plan, n: int, wires: list[Wire]) -> Wire | None:
    back = [w for w in wires if w.target == n and w.variable == "back"]
    if not back:
        return None
    if len(back) > 1 or back[0].source != n or back[0].delay != 1:
        raise NotExpressible("'back' takes its own spikes of the step before, through one "
                             "projection, in snnTorch; send everything else to 'drive'")
    return back[0]


def _recurrent(own: Wire | None, values: dict[str, Any], size: int, dtype: Any) -> dict[str, Any]:
    diagonal = own is None or np.array_equal(own.matrix, np.diag(np.diag(own.matrix)))
    if diagonal and not np.any(values["back_bias"]):
        v = np.zeros(size) if own is None else np.diag(own.matrix)
        return {"all_to_all": False, "V": _tensor(v, dtype)}
    if own is None:
        raise NotExpressible("it has a back_bias without a recurrent projection; put it in bias")
    return {"all_to_all": True, "linear_features": size}


def _fill(linear: Any, matrix: Any, bias: Any, dtype: Any) -> None:
    torch = load("torch")
    linear.to(dtype)
    with torch.no_grad():
        linear.weight.copy_(_tensor(matrix, dtype))
        linear.bias.copy_(_tensor(np.broadcast_to(bias, matrix.shape[:1]), dtype))


def _membrane(m: Membrane, plan: Plan, n: int, dtype: Any) -> Any:
    """A cell whose zero is v_reset: mem = v - v_reset."""
    snntorch = load("snntorch")
    from .module import Target
    p, rest = plan.populations[n], m.refractory
    if m.v_reset is None:
        raise NotExpressible("its reset subtracts v_th at the spike; snnTorch subtracts it a step "
                             "later, after the leak, so import or write it as snntorch_leaky does")
    if np.ndim(rest) and not np.all(rest == rest[0]):
        raise NotExpressible("its refractory period differs from neuron to neuron")
    rest = int(np.max(rest))
    if rest > 1:
        raise NotExpressible(f"it is refractory for {rest} steps, and snnTorch's cells are for none"
                             " or one; use to_norse, or a tau_ref of at most one step")
    height, begin = m.v_th - m.v_reset, p.state[m.v] - m.v_reset
    if np.any(height <= 0) or np.any(begin > height):
        raise NotExpressible("it starts, or is reset, above its threshold; snnTorch would reset it "
                             "before it fires")
    bias = m.bias - (1 - m.beta) * m.v_reset
    common = {"beta": _tensor(m.beta, dtype), "threshold": _tensor(height, dtype),
              "reset_mechanism": "zero"}
    if m.alpha is None:
        if rest:
            cell = snntorch.RLeaky(all_to_all=False, V=_tensor(0.0, dtype), learn_recurrent=False,
                                   **common)
            return Target(cell.to(dtype), (np.zeros(p.size), begin), {m.v: m.beta}, bias)
        return Target(snntorch.Leaky(**common).to(dtype), (begin,), {m.v: m.beta}, bias)
    _currents_only(m, plan, n)
    if np.any(np.abs(bias) > ROUNDING * height):
        raise NotExpressible("it has a current and a constant drive (v_rest, v_reset or i_offset "
                             "apart), which Synaptic would filter; let v_rest equal v_reset and "
                             "i_offset be 0")
    syn = sum(scale * p.state[y] for y, scale in m.scale.items())
    if np.any(syn * (np.asarray(m.alpha) == 0)):
        raise NotExpressible("it starts with a current that lasts one step only; start it at 0")
    cell = snntorch.Synaptic(alpha=_tensor(m.alpha, dtype), reset_delay=bool(rest), **common)
    # what the state holds has decayed already, what arrives has not: Synaptic decays by alpha
    before = syn / np.where(np.asarray(m.alpha) == 0, 1.0, m.alpha)
    return Target(cell.to(dtype), (before, begin), dict(m.scale), 0.0)


def _currents_only(m: Membrane, plan: Plan, n: int) -> None:
    if m.v in received(plan, n):
        raise NotExpressible(f"spikes reach its membrane {m.v!r} and its currents; a cell there "
                             "takes input at one place")
