"""Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011).

A number is a function of (seed, object, step, index, draw) and of nothing else, so every backend,
thread and resumed run draws the same one. The counter's four words are

    index, step mod 2^32, object, draw + 2^16 * (step div 2^32)

and the key is the low and the high half of the 64-bit seed. Ranges: index and object below 2^32,
step below 2^48, draw below 2^16; a larger value would silently be another counter.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

from .elementary import NUMPY as elementary

Words = tuple[Any, Any, Any, Any]  # four ints or four uint64 arrays, each value below 2^32

MASK = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85


def philox4x32(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Words:
    """Ten rounds of Philox. Takes Python ints or uint64 arrays and returns the same kind."""
    for _ in range(10):
        a, b = c0 * _M0, c2 * _M1
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & MASK, (a >> 32) ^ c3 ^ k1, a & MASK
        k0, k1 = (k0 + _W0) & MASK, (k1 + _W1) & MASK
    return c0, c1, c2, c3


def key(seed: int) -> tuple[int, int]:
    """The two key words of a seed; ValueError unless 0 <= seed < 2^64."""
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed {seed} does not fit 64 bits; use 0 <= seed < 2**64")
    return int(seed) & MASK, int(seed) >> 32


def object_id(name: str) -> int:
    """CRC-32 of the name: the object's word in the counter, the same on every machine."""
    return zlib.crc32(name.encode())


def words(seed: int, obj: int, step: Any, index: Any, draw: int = 0) -> Words:
    """The four random words of each (step, index); ints stay ints, arrays broadcast."""
    k0, k1 = key(seed)
    if not isinstance(step, int) or not isinstance(index, int):
        step, index = np.broadcast_arrays(np.asarray(step, np.uint64), np.asarray(index, np.uint64))
        k0, k1, obj = np.uint64(k0), np.uint64(k1), np.uint64(obj)  # type: ignore[assignment]
    return philox4x32(index, step & MASK, obj, draw | ((step >> 32) << 16), k0, k1)


def unit(high: Any, low: Any) -> Any:
    """53 random bits of two words as a number in (0, 1]; 1.0 comes with probability 2^-53."""
    return ((high >> 5) * 67108864.0 + (low >> 6) + 0.5) * 2.0**-53


def uniform(seed: int, obj: int, step: Any, index: Any, draw: int = 0) -> Any:
    """Uniform numbers in (0, 1]: float64 in the broadcast shape of `step` and `index`."""
    w0, w1, _, _ = words(seed, obj, step, index, draw)
    return unit(w0, w1)


def normal(seed: int, obj: int, step: Any, index: Any, draw: int = 0) -> Any:
    """Standard normal numbers by the cosine form of Box and Muller, one per counter."""
    w0, w1, w2, w3 = words(seed, obj, step, index, draw)
    return _polar(unit(w0, w1), unit(w2, w3))


def _polar(u1: Any, u2: Any) -> Any:
    radius = np.sqrt(-2.0 * elementary["log"](u1))
    out = radius * elementary["cos_turns"](u2)
    return float(out) if isinstance(u1, float) else out
