"""Modules of snnTorch and Norse stepped by themselves, for comparison with what we make of them.

All in float64: a spike of snnTorch comes as float32 even from a module in float64, and 0 and 1
are the same in both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

import engram as eg


def by_snntorch(modules: list[Any], x: Any) -> list[Any]:
    """Spikes of each cell, (steps, batch, size), starting from reset."""
    for m in modules:
        m.double()
        if hasattr(m, "reset_mem"):
            m.reset_mem()
    state: dict[int, Any] = {}

    def step(n: int, m: Any, h: Any) -> Any:
        out = tuple(y.double() for y in m(h, *state.get(n, ())))
        state[n] = out if hasattr(m, "recurrent") else out[1:]
        return out[0]
    return _steps(modules, x, step)


def by_norse(modules: list[Any], x: Any) -> list[Any]:
    """Spikes of each cell, (steps, batch, size), from Norse's own initial state."""
    state: dict[int, Any] = {}

    def step(n: int, m: Any, h: Any) -> Any:
        z, state[n] = m(h, state.get(n))
        return z
    return _steps([m.double() for m in modules], x, step)


def _steps(modules: list[Any], x: Any, step: Any) -> list[Any]:
    found: list[list[Any]] = [[] for m in modules if not isinstance(m, nn.Linear)]
    with torch.no_grad():
        for h in x:
            cell = 0
            for n, m in enumerate(modules):
                if isinstance(m, nn.Linear):
                    h = m(h)
                    continue
                h = step(n, m, h)
                found[cell].append(h.numpy() != 0)
                cell += 1
    return [np.stack(f) for f in found]


def drive(kind: str, steps: int, batch: int, size: int) -> Any:
    """Random input, (steps, batch, size): spikes of zeros and ones, or values."""
    x = torch.rand(steps, batch, size, dtype=torch.float64,
                   generator=torch.Generator().manual_seed(7))
    return (x < 0.4).double() if kind == "spikes" else x


def around(cell: Any, out: Any, strength: float) -> list[Any]:
    """6 inputs, Linear, `cell` of 12 neurons, Linear, `out` of 4 neurons; weights of float32."""
    torch.manual_seed(1)
    first, second = nn.Linear(6, 12), nn.Linear(12, 4)
    with torch.no_grad():
        first.weight *= strength
        second.weight *= strength
    return [first, cell, second, out]


def compare(imported: Any, library: list[Any], b: int, backend: str = "numba") -> None:
    """Assert equal spikes of every layer, in the module's own steps; there must be some."""
    got = imported.rasters(eg.simulate(imported.network, imported.duration, backend=backend))
    for n, table in enumerate(library, 1):
        assert table[:, b].sum() > 10, f"layer {n} must fire to mean anything"
        np.testing.assert_array_equal(got[f"layer{n}"], table[:, b])


def table_of(run: Any, name: str) -> Any:
    """Spikes of a population of a run as an array of zeros and ones."""
    spikes = run.spikes[name]
    out = np.zeros((run.steps, spikes.size))
    out[spikes.step, spikes.i] = 1
    return out


def agree(network: Any, module: Any, steps: int, least: int = 30) -> None:
    """Assert that an exported module fires as the network does here, step for step."""
    run = eg.simulate(network, steps * network.dt)
    out = module(steps=steps)
    for name, spikes in run.spikes.items():
        assert len(spikes) >= least, f"{name} must fire to mean anything"
        np.testing.assert_array_equal(out[name][:, 0].detach().numpy(), table_of(run, name))
