"""Hebbian and anti-Hebbian lateral learning of a subspace (HLOP, arXiv 2402.11984).

    y = H x ;  dH = clip(mean over the batch of y (x - H^T y)^T, -10, 10)
    m <- 0.9 m + 0.1 dH ;  H <- H + rate m

for the rows of H from `frozen` on; the rows before it belong to earlier subspaces: they take part
in y and H^T y, and neither they nor their momentum change. With `levels` T > 0 the lateral units
are spiking: y <- round(clip(y, -20, 20) / 20 T) / T 20. This is the naive version.
"""

from __future__ import annotations

from .ising import Reals

KEPT, LIMIT, RANGE = 0.9, 10.0, 20.0


def step(h: Reals, momentum: Reals, x: Reals, rate: float, frozen: int = 0,
         levels: int = 0) -> None:
    """One update of `h` and `momentum` (M, N) in place, from a batch `x` (B, N)."""
    rows, columns = h.shape
    change = [[0.0] * columns for _ in range(rows)]
    for sample in x.tolist():
        y = [quantised(sum(a * b for a, b in zip(row, sample, strict=True)), levels)
             for row in h.tolist()]
        left = [sample[j] - sum(y[i] * float(h[i, j]) for i in range(rows))
                for j in range(columns)]
        for i in range(rows):
            for j in range(columns):
                change[i][j] += y[i] * left[j]
    for i in range(frozen, rows):
        for j in range(columns):
            mean = min(max(change[i][j] / len(x), -LIMIT), LIMIT)
            momentum[i, j] = KEPT * momentum[i, j] + (1.0 - KEPT) * mean
            h[i, j] += rate * momentum[i, j]


def quantised(y: float, levels: int) -> float:
    """What a spiking lateral unit says for y; halves round to even."""
    if levels == 0:
        return y
    return float(round(min(max(y, -RANGE), RANGE) / RANGE * levels)) / levels * RANGE
