"""The explicit state of a module: a flat dict of tensors.

'cells.v' (B, size), 'cells:rest' (B, size), 'cells:spikes' (depth, B, size) of the last steps,
'noise:pending' (B, size), 'plastic.w' (B, synapses), 'plastic:last', 'plastic:way0' (steps, B,
size) for what travels, and 'k', the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...simulator.errors import DescriptionError


def dump(e: Any) -> dict[str, Any]:
    """The state of an engine."""
    out: dict[str, Any] = {"k": torch.tensor(e.k)}
    for n, p in enumerate(e.plan.populations):
        out |= {f"{p.name}.{v}": x.contiguous() for v, x in e.state[n].items()}
        if e.rest[n] is not None:
            out[f"{p.name}:rest"] = e.rest[n]
        out[f"{p.name}:spikes"] = torch.stack(e.fired[n][-e.depth:])
        if n in e.feeds and e.feeds[n].pending.size:
            out[f"{p.name}:pending"] = torch.from_numpy(e.feeds[n].pending.copy())
    for q in e.projections:
        out |= {f"{q.plan.name}.{v}": x.contiguous() for v, x in q.state.items()}
        if q.last is not None:
            out[f"{q.plan.name}:last"] = q.last
        out |= {f"{q.plan.name}:way{m}": torch.stack(way) for m, way in q.way.items()}
    return out


def copies_of(state: Mapping[str, Any]) -> int:
    """Copies that a state holds."""
    for name, x in state.items():
        if name != "k" and isinstance(x, torch.Tensor):
            return int(x.shape[1] if ":spikes" in name or ":way" in name else x.shape[0])
    raise DescriptionError("this state holds no tensors; give what an earlier call returned")


def fill(e: Any, state: Mapping[str, Any]) -> None:
    """Put a state into an engine of as many copies. DescriptionError if it is of another module."""
    e.clear()
    wanted = {n: tuple(x.shape) for n, x in dump(e).items()}
    given = {n: tuple(x.shape) for n, x in state.items()}
    if wanted != given:
        odd = sorted(n for n in {*wanted, *given} if wanted.get(n) != given.get(n))[0]
        raise DescriptionError(f"state {odd!r} is {given.get(odd, 'missing')}, this module's is "
                               f"{wanted.get(odd, 'unknown')}; give what a call of it returned")
    e.k = int(state["k"])
    for n, p in enumerate(e.plan.populations):
        for v in e.state[n]:
            e.state[n][v] = state[f"{p.name}.{v}"].to(e.device, e.dtype)
        if e.rest[n] is not None:
            e.rest[n] = state[f"{p.name}:rest"].to(e.device)
        e.fired[n] = list(state[f"{p.name}:spikes"].to(e.device, e.dtype))
        if f"{p.name}:pending" in state:
            e.feeds[n].pending = state[f"{p.name}:pending"].cpu().numpy().copy()
    for q in e.projections:
        name = q.plan.name
        q.state = {v: state[f"{name}.{v}"].to(e.device, e.dtype) for v in q.state}
        if q.last is not None:
            q.last = state[f"{name}:last"].to(e.device)
        q.way = {m: list(state[f"{name}:way{m}"].to(e.device, e.dtype)) for m in q.way}
