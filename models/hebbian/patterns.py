"""Patterns of Hebbian memories: drawn from a seed, spoilt, and checked before anything long starts.

Patterns are (N, K): a column is a pattern. Numbers come from NumPy's PCG64, whose stream for a seed
is part of NumPy's promise; the dynamics draw from `kernels.philox`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from ...simulator.fields import check_share
from ...simulator.free_memory import check_memory
from .checks import as_array, check_count, generator

Signs = NDArray[np.int8]


def random_signs(spins: int, patterns: int, seed: int, dilution: float = 0.0) -> Signs:
    """int8 (N, K): 0 with probability `dilution`, else +1 or -1 alike."""
    check_share(dilution, "dilution")
    for what, number in (("spins", spins), ("patterns", patterns)):
        check_count(number, what)
    check_memory(float(spins) * patterns * (6 if dilution else 1),
                 f"{patterns:,} patterns of {spins:,} spins")
    rng = generator(seed)
    out = rng.integers(0, 2, (spins, patterns), np.int8)
    out *= 2
    out -= 1
    if dilution:
        out[rng.random(out.shape, np.float32) < dilution] = 0
    return out


def examples(archetypes: Signs, number: int, quality: float, seed: int) -> Signs:
    """Noisy examples int8 (N, K, M): each entry kept with probability (1 + quality) / 2, else
    turned round."""
    archetypes = diluted(archetypes, "archetypes")
    check_quality(quality)
    check_count(number, "examples of each archetype")
    check_memory(6.0 * archetypes.size * number,
                 f"{number:,} examples of {archetypes.shape[1]:,} archetypes")
    shape = (*archetypes.shape, number)
    turned = generator(seed).random(shape, np.float32) >= (1 + quality) / 2
    return np.where(turned, -archetypes[:, :, None], archetypes[:, :, None]).astype(np.int8)


def flipped(state: Signs, share: float, seed: int) -> Signs:
    """A copy with exactly round(share N) entries of each column (or of the vector) turned round."""
    check_share(share, "share of flipped entries")
    out, rng = np.array(state), generator(seed)
    columns = out[:, None] if out.ndim == 1 else out
    for column in columns.T:
        who = rng.choice(len(column), round(share * len(column)), replace=False)
        column[who] = -column[who]
    return out


def overlap(pattern: Any, state: Any) -> Any:
    """Mattis magnetisation: the mean of pattern times state, over spins."""
    a, b = np.asarray(pattern, float), np.asarray(state, float)
    if a.shape[:1] != b.shape[:1]:
        raise DescriptionError(f"overlap of a pattern of shape {a.shape} with a state of shape "
                               f"{b.shape}; both have a row a spin")
    return np.mean(a * b, axis=0)


def signs(patterns: Any, what: str = "patterns") -> Signs:
    """`patterns` as int8 (N, K); DescriptionError unless two-dimensional and all +-1."""
    return _of_alphabet(patterns, (-1, 1), what)


def diluted(patterns: Any, what: str = "patterns") -> Signs:
    """`patterns` as int8 (N, K); DescriptionError unless two-dimensional and all -1, 0 or 1."""
    return _of_alphabet(patterns, (-1, 0, 1), what)


def start(state: Any, spins: int) -> Signs:
    """A copy of a state as int8 (N,); DescriptionError unless it has N entries of +-1."""
    found = as_array(state, "state")
    if found.shape != (spins,):
        raise DescriptionError(f"state has shape {found.shape}; the network has {spins} spins, so "
                               f"give ({spins},)")
    return _of_alphabet(found[:, None], (-1, 1), "state")[:, 0].copy()


def starts(states: Any, spins: int) -> Signs:
    """Copies of states (N,) or (N, B) as int8 (B, N), each checked by `start`."""
    rows = np.atleast_2d(as_array(states, "states").T)
    return np.array([start(s, spins) for s in rows], np.int8).reshape(len(rows), spins)


def inverse(temperature: float, what: str = "temperature") -> float:
    """beta = 1 / T, infinite at T = 0; DescriptionError below 0."""
    if not temperature >= 0.0:
        raise DescriptionError(f"{what} {temperature!r} must be 0 or more")
    return float("inf") if temperature == 0.0 else 1.0 / temperature


def check_quality(quality: float) -> None:
    """DescriptionError unless 0 < quality <= 1."""
    if not 0.0 < quality <= 1.0:
        raise DescriptionError(f"quality {quality!r} must be above 0 and at most 1: an entry of an "
                               "example is right with probability (1 + quality) / 2")


def _of_alphabet(patterns: Any, alphabet: tuple[int, ...], what: str) -> Signs:
    found = as_array(patterns, what)
    if found.ndim != 2 or 0 in found.shape:
        raise DescriptionError(f"{what}: shape {found.shape}; give (spins, patterns), a column a "
                               "pattern")
    strange = ~np.isin(found, alphabet)
    if strange.any():
        i, k = np.argwhere(strange)[0]
        allowed = ", ".join(map(str, alphabet))
        raise DescriptionError(f"{what}[{i}, {k}] is {found[i, k]}; entries are {allowed}"
                               + ("; 2 x - 1 makes them of 0 and 1"
                                  if set(np.unique(found)) <= {0, 1} else ""))
    return found.real.astype(np.int8)
