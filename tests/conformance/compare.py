"""Where two runs of one network part."""

from __future__ import annotations

from typing import Any

import numpy as np

TOLERANCE = {"reference": 1e-12, "brian2": 1e-9}
"""How far values may be from those of a witness, on the scale of their variable.

numba does the operations of the reference in the same order: on one machine the bits are the same,
while another compiler may fuse a product and a sum, 1e-16 a step. Brian2 writes the same steps as
other formulas; measured are at most 2e-11 (three_factor, 600 steps), usually 1e-14.
"""


def differences(got: Any, truth: Any, rtol: float) -> list[str]:
    """What differs, in words; empty where all spikes are equal and all values within `rtol`.

    Values are compared on the scale of the largest one of their variable, since a membrane that
    passes through zero has no relative error there.
    """
    out = [f"spikes of {name}: {_parting(got.spikes[name], s)}"
           for name, s in truth.spikes.items() if not _same_spikes(got.spikes[name], s)]
    pairs = [(f"state {p}.{v}", got.states[p].traces[v].values, t.values)
             for p, states in truth.states.items() for v, t in states.traces.items()]
    pairs += [(f"final {q}.{v}", got.weights[q].final[v], x)
              for q, w in truth.weights.items() for v, x in w.final.items()]
    pairs += [(f"history {q}.{v}", got.weights[q].history_values[v], x)
              for q, w in truth.weights.items() for v, x in w.history_values.items()]
    return out + [f"{what}: {_error(a, b):.1e}" for what, a, b in pairs
                  if not _error(a, b) <= rtol]


def _same_spikes(a: Any, b: Any) -> bool:
    return np.array_equal(a.step, b.step) and np.array_equal(a.i, b.i)


def _parting(a: Any, b: Any) -> str:
    ours, theirs = (set(zip(s.step.tolist(), s.i.tolist(), strict=True)) for s in (a, b))
    return (f"{len(ours - theirs)} too many, {len(theirs - ours)} missing, first "
            f"{sorted(ours ^ theirs)[:1]}")


def _error(a: Any, b: Any) -> float:
    """Largest difference over largest value; NaN for a NaN on one side or different shapes."""
    if a.shape != b.shape:
        return float("nan")
    if not a.size or np.array_equal(a, b):
        return 0.0
    scale = float(np.max(np.abs(b))) or 1.0
    return float(np.max(np.abs(a - b))) / scale
