"""The Bayesian confidence propagation memory (BCPNN) on patterns, without spikes.

`hypercolumns` of `units` each, one unit of each active (Lansner and Ekeberg 1989, Int. J. Neural
Syst. 1:77; learning pattern by pattern as Sandberg, Lansner, Petersson and Ekeberg 2002, Network
13:179). A pattern x moves the probabilities towards itself,

    Pi = (1 - share) Pi + share xi,    Pij = (1 - share) Pij + share xi xj,

from 1/units and 1/units^2, so that old patterns fade by 1 - share. A unit's support is log Pj plus
log(Pij/(Pi Pj)) for each active unit of another hypercolumn; the unit of most support wins. The
`share` set here is our choice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .checks import as_array, check_count

Floats = NDArray[np.float64]
Symbols = NDArray[np.int64]
"""Active units, one a hypercolumn; -1 where none is known."""

UNKNOWN = -1


class Bcpnn:
    """A memory of integers 0 ... units - 1, one a hypercolumn; `learn`, then `recall`."""

    def __init__(self, hypercolumns: int, units: int, share: float = 0.1) -> None:
        check_size(hypercolumns, units, share)
        check_memory(8.0 * (hypercolumns * units)**2, f"{hypercolumns} x {units} BCPNN units")
        self.hypercolumns, self.units, self.share = hypercolumns, units, share
        n = hypercolumns * units
        self.p = np.full(n, 1.0 / units)
        self.p_joint = np.full((n, n), 1.0 / units**2)

    def learn(self, patterns: Any) -> None:
        """Store patterns (K, hypercolumns), in this order."""
        for pattern in symbols(patterns, self.hypercolumns, self.units, "patterns"):
            x = one_hot(pattern, self.units)
            self.p += self.share * (x - self.p)
            self.p_joint += self.share * (np.outer(x, x) - self.p_joint)

    def weights(self) -> Floats:
        """log(Pij/(Pi Pj)) (n, n), 0 within a hypercolumn."""
        return between(log_odds(self.p, self.p, self.p_joint), self.units)

    def recall(self, cues: Any, sweeps: int = 10) -> Symbols:
        """Patterns (Q, hypercolumns) that cues lead to; -1 in a cue is unknown.

        What a cue tells is held in the first sweep only; all hypercolumns are renewed at once. Of
        equal supports the first unit wins.
        """
        state = symbols(cues, self.hypercolumns, self.units, "cues", unknown=True)
        check_count(sweeps, "sweeps", 0, "BCPNN: ")
        if not len(state):
            return state
        w, bias, cue = self.weights(), np.log(self.p), state
        for sweep in range(sweeps):
            x = np.stack([one_hot(s, self.units) for s in state])
            support = (bias + x @ w).reshape(-1, self.hypercolumns, self.units)
            found = support.argmax(axis=2).astype(np.int64)
            after = np.where(cue >= 0, cue, found) if sweep == 0 else found
            if sweep and np.array_equal(after, state):
                break
            state = after
        return state


def log_odds(p_i: Any, p_j: Any, p_ij: Any) -> Floats:
    """log(Pij/(Pi Pj)) for `p_i` (n,), `p_j` (m,), `p_ij` (n, m)."""
    out: Floats = np.log(p_ij / np.outer(p_i, p_j))
    return out


def between(matrix: Any, units: int) -> Floats:
    """A copy of `matrix` (n, n) with 0 where both units are of one hypercolumn."""
    column = np.arange(len(matrix)) // units
    out: Floats = np.where(column[:, None] == column, 0.0, matrix)
    return out


def one_hot(pattern: Any, units: int) -> Floats:
    """Zeros and ones (hypercolumns * units,); an unknown has only zeros."""
    active = np.asarray(pattern)[:, None] == np.arange(units)
    out: Floats = active.astype(np.float64).ravel()
    return out


def check_size(hypercolumns: int, units: int, share: float) -> None:
    """DescriptionError unless there are 2 hypercolumns of 2 units or more and 0 < share < 1."""
    if hypercolumns < 2 or units < 2:
        raise DescriptionError(f"BCPNN: {hypercolumns} hypercolumns of {units} units; it takes at "
                               "least 2 of 2")
    if not 0.0 < share < 1.0:
        raise DescriptionError(f"BCPNN: share {share!r} of the newest pattern; it must be above 0 "
                               "and below 1, such as 0.1")


def symbols(given: Any, hypercolumns: int, units: int, what: str, unknown: bool = False) -> Symbols:
    """`given` as int64 (K, hypercolumns); DescriptionError names a wrong shape or symbol."""
    found = as_array(given, f"BCPNN: {what}")
    if found.ndim != 2 or found.shape[1] != hypercolumns or found.dtype.kind not in "iu":
        raise DescriptionError(f"BCPNN: {what} of shape {found.shape} and type {found.dtype}; give "
                               f"integers (number, {hypercolumns}), one a hypercolumn")
    wrong = (found < (UNKNOWN if unknown else 0)) | (found >= units)
    if wrong.any():
        k, h = np.argwhere(wrong)[0]
        raise DescriptionError(
            f"BCPNN: {what}[{k}, {h}] is {found[k, h]}; units are 0 to {units - 1}"
            + (", and -1 is unknown" if unknown else ""))
    return found.astype(np.int64)
