"""The steered liquid once more, written down naively: dense matrices, one step after the other."""

from __future__ import annotations

from typing import Any

import numpy as np


def witness(liquid: Any, shown: Any, anew: Any, keep: float) -> tuple[Any, Any, Any, Any]:
    """Spikes (steps, liquid), astrocyte (steps,), its gain, and dense weights (pre, post).

    `shown` (steps, inputs) are the pixels drawn, `anew` the steps in which a picture begins. Rows
    of the weights: excitatory, inhibitory, input. NaN: not joined.
    """
    n, e, m = liquid.size, liquid.excitatory, liquid.inputs
    w = np.full((n + m, n), np.nan)
    for name, first in (("exc", 0), ("inh", e), ("in", n)):
        pre, post, start = liquid.pairs()[name]
        w[pre + first, post] = start
    low, high = np.full((n + m, 1), -3.0), np.full((n + m, 1), 3.0)
    low[:e], high[e:n] = 0, 0
    inhibits = np.zeros(n + m, dtype=bool)
    inhibits[e:n] = True
    v, current, rests = np.zeros(n + m), np.zeros(n), np.zeros(n + m, dtype=int)
    trace, earlier, fired = np.zeros(n + m), np.zeros(n + m), np.zeros(n + m, dtype=bool)
    a, gain, sent = 0.15, 1.0, np.zeros(n)
    spikes, states, gains = [], [], []
    for k in range(len(shown)):
        start = k in anew
        rate, up = a, 0.15*gain
        excess = int(fired[:n].sum()) - int(fired[n:].sum())
        a, gain = ((0.15, 1.0) if start else
                   (keep*(a + (gain*(liquid.w_astro*excess + 0.15) - a)/100), keep*gain))
        current += sent
        drive = np.concatenate((current, np.zeros(m)))
        v[n:] += 100*shown[k - 1] if k else 0
        v = np.where(start, 0, v + drive - v/64)
        current = np.where(start, 0, current*np.exp(-1))
        earlier, trace = trace, (trace + 0.1*fired)*np.exp(-1/10)
        last, fired = fired, (v >= 20) & (rests == 0)
        rests = np.where(fired, 2, np.maximum(rests - 1, 0))
        v[fired] = 0
        for j in np.flatnonzero(last[:n]):
            w[:, j:j + 1] += np.where(inhibits, -rate, up)[:, None]*earlier[:, None]
            w[:, j:j + 1] = np.clip(w[:, j:j + 1], low, high)
        sent = np.zeros(n)
        for i in np.flatnonzero(fired):
            w[i] = np.clip(w[i] + (up if inhibits[i] else -rate)*trace[:n], low[i], high[i])
            sent += np.nan_to_num(w[i])
        spikes.append(fired[:n])
        states.append(a)
        gains.append(gain)
    return np.array(spikes), np.array(states), np.array(gains), w
