"""Binary weights out of noisy Hebbian learning: bounded weights driven to their ends.

For every active unit i of a presentation x:  w_ij <- clip(w_ij + rate (x_j - cost), 0, 1).
A rule of ours: it shows what Coyac, Gripon, Langlais and Berrou (arXiv 1709.08367) claim; it is
not the paper's equations. This is the naive version.
"""

from __future__ import annotations

import numpy as np

from .bits import Flags
from .ising import Reals


def present(weights: Reals, active: Flags, rate: float, cost: float) -> None:
    """Update `weights` (n, n) in place by presentations `active` (M, n), one after the other."""
    for x in active:
        weights[x] = np.clip(weights[x] + rate * (x - cost), 0.0, 1.0)
