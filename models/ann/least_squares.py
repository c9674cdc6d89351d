"""Recursive least squares, several rows at once.

Of rows x_i (m, n) with targets y_i (m, p) and variances r_i the block form

    G = (diag(r) + X C X^T)^-1 X C,  S <- S + (Y - X S)^T G transposed,  C <- C - (X C)^T G

gives what the rows give one after another (Woodbury), in products of matrices.
"""

from __future__ import annotations

import numpy as np

from ..memory.protocol import Array

BLOCK = 64


def update(solution: Array, covariance: Array, rows: Array, targets: Array,
           variances: Array) -> tuple[Array, Array]:
    """S (n, p) and C (n, n) after the rows, in blocks of 64; C stays symmetric."""
    for first in range(0, len(rows), BLOCK):
        x, y, r = (part[first:first + BLOCK] for part in (rows, targets, variances))
        spread = x @ covariance
        gain = np.linalg.solve(np.diag(r) + spread @ x.T, spread)
        solution = solution + gain.T @ (y - x @ solution)
        covariance = covariance - spread.T @ gain
        covariance = 0.5 * (covariance + covariance.T)
    return solution, covariance


def update_one_by_one(solution: Array, covariance: Array, rows: Array, targets: Array,
                      variances: Array) -> tuple[Array, Array]:
    """The same as the rule is written, row after row: what `update` is tested against."""
    s, c = solution.copy(), covariance.copy()
    for x, y, r in zip(rows, targets, variances, strict=True):
        step = c @ x / (r + x @ c @ x)
        s += np.outer(step, y - x @ s)
        c -= np.outer(step, x @ c)
    return s, c
