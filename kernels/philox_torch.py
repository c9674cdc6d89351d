"""The random numbers of `philox` on tensors: the same bits, on any device.

Products wrap in int64 as they would in uint64; only their halves are used, masked to 32 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .elementary_torch import cos_turns, log
from .philox import MASK, key


class Keys:
    """The keys of B seeds, as tensors (B, 1) on a device."""

    def __init__(self, seeds: list[int], device: Any = "cpu") -> None:
        words = torch.tensor([key(s) for s in seeds], dtype=torch.int64, device=device)
        self.k0, self.k1 = words[:, :1], words[:, 1:]


def _words(keys: Keys, obj: int, step: int, index: Any, draw: int) -> tuple[Any, Any, Any, Any]:
    zero = torch.zeros_like(keys.k0)
    return _masked(index + zero, zero + (step & MASK), zero + obj,
                   zero + (draw | ((step >> 32) << 16)), keys)


def _masked(c0: Any, c1: Any, c2: Any, c3: Any, keys: Keys) -> tuple[Any, Any, Any, Any]:
    k0, k1 = keys.k0, keys.k1
    for _ in range(10):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def _round(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> tuple[Any, Any, Any, Any]:
    a, b = c0 * 0xD2511F53, c2 * 0xCD9E8D57
    return (((b >> 32) & MASK) ^ c1 ^ k0, b & MASK, ((a >> 32) & MASK) ^ c3 ^ k1, a & MASK)


def _unit(high: Any, low: Any) -> Any:
    return ((high >> 5).double() * 67108864.0 + (low >> 6).double() + 0.5) * 2.0**-53


def uniform(keys: Keys, obj: int, step: int, index: Any, draw: int = 0) -> Any:
    """Uniform numbers in (0, 1], float64 (B, len(index)); `index` int64."""
    w0, w1, _, _ = _words(keys, obj, step, index, draw)
    return _unit(w0, w1)


def normal(keys: Keys, obj: int, step: int, index: Any, draw: int = 0) -> Any:
    """Standard normal numbers, float64 (B, len(index))."""
    w0, w1, w2, w3 = _words(keys, obj, step, index, draw)
    square = -2.0 * log(_unit(w0, w1))
    if square.device.type == "cpu":  # torch's root on a CPU is off by a bit at times
        return torch.from_numpy(np.sqrt(square.numpy())) * cos_turns(_unit(w2, w3))
    return torch.sqrt(square) * cos_turns(_unit(w2, w3))
