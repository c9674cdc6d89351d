"""The Willshaw matrix: one-bit synapses, exact recall by threshold, and what theory says of it.

Willshaw, Buneman and Longuet-Higgins 1969 (Nature 222:960). Vectors are booleans (Q, n); the matrix
keeps one bit a synapse. After M pairs of `active_in` of n and `active_out` of m ones, a synapse is
on with probability p1 = 1 - (1 - active_in active_out / (n m))^M.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...kernels import bits, willshaw_numba
from ...simulator.errors import DescriptionError
from ...simulator.free_memory import check_memory
from .checks import as_array, check_count, generator
from .device import on_gpu

Flags = bits.Flags


class Willshaw:
    """`inputs` by `outputs` synapses of one bit; `learn` pairs, then `recall` or `sums`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        for what, number in (("inputs", inputs), ("outputs", outputs)):
            check_count(number, what, where="Willshaw: ")
        check_memory(8.0 * outputs * bits.words_for(inputs),
                     f"Willshaw: {inputs:,} by {outputs:,} synapses")
        self.inputs, self.outputs = inputs, outputs
        self.rows = np.zeros((outputs, bits.words_for(inputs)), np.uint64)

    def learn(self, keys: Any, values: Any) -> None:
        """Store pairs: booleans (M, inputs) and (M, outputs). Their order does not matter."""
        x, y = _flags(keys, self.inputs, "keys"), _flags(values, self.outputs, "values")
        if len(x) != len(y):
            raise DescriptionError(f"Willshaw: {len(x)} keys and {len(y)} values; give pairs")
        willshaw_numba.learn(self.rows, x, y)

    def sums(self, cues: Any, device: str = "cpu") -> NDArray[np.int32]:
        """How many active inputs of each cue reach each output: (Q, outputs).

        With `device="cuda"` a GPU counts, thousands of cues at once.
        """
        x = _flags(cues, self.inputs, "cues")
        if on_gpu(device):
            from ...kernels import willshaw_cuda
            return willshaw_cuda.sums(self.rows, x)
        return willshaw_numba.sums(self.rows, x)

    def recall(self, cues: Any, threshold: int | None = None, device: str = "cpu") -> Flags:
        """Outputs with at least `threshold` active synapses: by default as many as the cue has
        ones, so that what was stored with an input the cue lacks is still found. (Q, outputs)."""
        x = _flags(cues, self.inputs, "cues")
        need = (x.sum(axis=1, keepdims=True) if threshold is None
                else check_count(threshold, "as threshold", 0, "Willshaw: "))
        return np.asarray(self.sums(x, device) >= need)

    def matrix(self) -> Flags:
        """The synapses as booleans (inputs, outputs)."""
        return bits.unpack(self.rows, self.inputs).T

    def on(self) -> float:
        """The share of synapses that are on."""
        return float(self.matrix().mean())


def share_on(inputs: int, outputs: int, active_in: int, active_out: int, pairs: int) -> float:
    """p1."""
    _check(inputs, active_in, pairs)
    _check(outputs, active_out)
    if pairs == 0 or active_in * active_out == inputs * outputs:
        return float(pairs > 0)
    return -math.expm1(pairs * math.log1p(-active_in * active_out / (inputs * outputs)))


def false_ones(outputs: int, active_in: int, active_out: int, p1: float) -> float:
    """Outputs wrongly on in a recall from a whole key, were synapses independent: (m - l) p1^k."""
    return (outputs - active_out) * p1**active_in


def false_ones_by_use(inputs: int, outputs: int, active_in: int, active_out: int,
                      pairs: int) -> float:
    """The same, averaged over how often an output is used: outputs in many pairs err more.

    (m - l) E_r (1 - (1 - k/n)^r)^k with r binomial of `pairs` and l/m. At low load it is several
    times `false_ones`.
    """
    _check(inputs, active_in, pairs)
    _check(outputs, active_out)
    if active_out == outputs:
        return 0.0
    if active_in == inputs:  # an output that is used at all is always on
        return (outputs - active_out) * share_on(1, outputs, 1, active_out, pairs)
    share, log_off = active_out / outputs, math.log1p(-active_in / inputs)
    r = np.arange(pairs + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log(pairs - r[:-1]) - np.log(r[1:]))])
    chance = np.exp(ways + r * math.log(share) + (pairs - r) * math.log1p(-share))
    return float((outputs - active_out) * (chance @ (-np.expm1(r * log_off)) ** active_in))


def sparse(number: int, size: int, active: int, seed: int) -> Flags:
    """Booleans (number, size), exactly `active` ones in each row."""
    if not 0 < active <= size:
        raise DescriptionError(f"{active} ones in {size}; give 1 to {size}")
    check_count(number, "vectors", 0)
    check_memory(float(number) * size, f"{number:,} vectors of {size:,}")
    rng = generator(seed)
    out = np.zeros((number, size), bool)
    for row in out:
        row[rng.choice(size, active, replace=False)] = True
    return out


def _check(size: int, active: int, pairs: int = 0) -> None:
    if not 0 < active <= size or pairs < 0:
        raise DescriptionError(f"Willshaw: {active} ones in {size}, {pairs} pairs; 1 to {size} "
                               "ones, 0 pairs or more")


def _flags(given: Any, columns: int, what: str) -> Flags:
    found = as_array(given, f"Willshaw: {what}")
    if found.ndim != 2 or found.shape[1] != columns:
        raise DescriptionError(f"Willshaw: {what} have shape {found.shape}; give (Q, {columns})")
    if found.dtype != bool and not np.isin(found, (0, 1)).all():
        raise DescriptionError(f"Willshaw: {what} hold {np.unique(found)[:4]}; entries are 0 and 1")
    return found.astype(bool)
