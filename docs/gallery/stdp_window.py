"""The window of spike-timing dependent plasticity, measured one pair of spikes at a time.

One synapse for each time difference: presynaptic spike at 60 ms, postsynaptic spike at 60 ms + s.
"""

from __future__ import annotations

import sys

import numpy as np

import engram as eg
from engram import ms, mV
from engram.models import LIF_DELTA, static, stdp_additive

DELAY = 1.0  # ms; all of it dendritic: the synapse sees the postsynaptic spike this much later
lags = np.concatenate([np.arange(-50, 0, 2), np.arange(2, 52, 2)]).astype(float)
n = len(lags)

network = eg.Network(
    populations=[
        eg.Population("pre", n, eg.SpikeTimes(np.arange(n), np.full(n, 60.0) * ms)),
        eg.Population("driver", n, eg.SpikeTimes(np.arange(n), (60 + lags - 2 * DELAY) * ms)),
        eg.Population("post", n, LIF_DELTA)],
    projections=[
        # 20 mV from rest is above threshold: each driver spike makes one postsynaptic spike
        eg.Projection("drive", "driver", "post", eg.OneToOne(), static("v", "volt"),
                      {"w": 20 * mV}, delay=DELAY * ms),
        eg.Projection("plastic", "pre", "post", eg.OneToOne(), stdp_additive("v", "volt"),
                      {"w_max": 1 * mV}, {"w": 0.5 * mV}, delay=DELAY * ms)],
    dt=0.1 * ms)

run = eg.simulate(network, 150 * ms)
seen = (run.spikes["post"].t / ms)[np.argsort(run.spikes["post"].i)] + DELAY - 60.0
change = (run.weights["plastic"]["w"] - 0.5 * mV) / mV  # as a fraction of w_max

expected = np.where(seen > 0, 0.005 * np.exp(-seen / 20), -0.00525 * np.exp(seen / 20))
print("  lag at the synapse (ms)   change (% of w_max)")
for s, dw in zip(seen[::7], change[::7], strict=True):
    print(f"{s:22.1f} {100 * dw:20.3f}")
print(f"largest departure from the two exponentials: {np.abs(change - expected).max():.1e}")

if len(sys.argv) > 1:  # python stdp_window.py window.png
    import matplotlib.pyplot as plt
    plt.plot(seen, 100 * change, "o")
    plt.xlabel("postsynaptic minus presynaptic spike at the synapse (ms)")
    plt.ylabel("weight change (% of w_max)")
    plt.savefig(sys.argv[1], dpi=150)
