"""The numbers of the SpiNNaker board: s16.15 ("accum"), u0.32, and STDP's eleven-bit fractions.

All values are whole numbers; an s16.15 number x stands for x/2**15. What rounds and how follows the
board's software: products of two accums are cut off (towards minus infinity), those of the
membrane equation are rounded to nearest since release 7, quotients of positive numbers are cut
off, sums wrap. Two roundings are not settled by what is published: products that lie exactly half
way are rounded up here, and exponentials are the exact value cut off, where the board's own series
may differ in the last place of u0.32 (and hardly ever in that of s16.15).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .elementary import NUMPY

exp = NUMPY["exp"]
ONE = 1 << 15
"""1.0 in s16.15."""

LARGEST = 2**31 - 1
HALF = 1 << 14
"""Half of the last place of a product."""

WEIGHT_MAX = 0xFFFF
"""Largest number in a synapse and in a slot of the ring buffer, both of 16 bits."""

STDP_ONE = 1 << 11
"""1.0 in the tables and traces of STDP."""

HISTORY = 16
"""Postsynaptic events that are kept, the placeholder at time 0 included."""


def accum(value: Any) -> npt.NDArray[np.int64]:
    """Numbers as s16.15, rounded to nearest (ties to even). They must lie within +-65536."""
    return np.rint(np.asarray(value, np.float64) * ONE).astype(np.int64)


def fits(value: Any) -> bool:
    """Whether all of `value` are in the range of s16.15."""
    return bool(np.all(np.abs(np.rint(np.asarray(value, np.float64) * ONE)) <= LARGEST))


def wrap(x: int) -> int:
    """The low 32 bits as a signed number: what an accum keeps of a sum."""
    return (x + 2**31) % 2**32 - 2**31


def times(x: int, y: int) -> int:
    """Product of two accums, cut off."""
    return wrap((x * y) >> 15)


def times_nearest(x: int, y: int) -> int:
    """Product of two accums, rounded to nearest; at the ends of the range it stays there."""
    return max(-2**31, min(LARGEST, (x * y + HALF) >> 15))


def decayed(x: int, factor: int) -> int:
    """An accum times a u0.32, cut off."""
    return wrap((x * factor) >> 32)


def quotient(x: Any, y: Any) -> npt.NDArray[np.int64]:
    """x/y of positive accums, cut off."""
    shifted: npt.NDArray[np.int64] = np.asarray(x, np.int64) << 15
    return shifted // np.asarray(y, np.int64)


def exp_accum(x: Any) -> npt.NDArray[np.int64]:
    """exp of an accum, as an accum."""
    return np.asarray(np.floor(exp(np.asarray(x, np.float64) / ONE) * ONE), np.int64)


def exp_fraction(x: Any) -> npt.NDArray[np.int64]:
    """exp of an accum below zero, as a u0.32; 1 does not fit and becomes 0, as on the board."""
    exact: npt.NDArray[np.int64] = np.floor(
        exp(np.asarray(x, np.float64) / ONE) * 2.0**32).astype(np.int64)
    return exact & 0xFFFFFFFF


def synapse_factors(tau: Any, dt: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Decay in a step and the factor of arriving input, u0.32; `tau` (n,) and `dt` are accums.

    The second is tau/dt (1 - decay), which makes the charge of a spike that of the equation.
    """
    tau = np.asarray(tau, np.int64)
    decay = exp_fraction(-quotient(dt, tau))
    start = (quotient(tau, dt) * (0xFFFFFFFF - decay)) >> 15
    return decay, start & 0xFFFFFFFF


def ceil_steps(duration: Any, dt: int) -> npt.NDArray[np.int64]:
    """Steps of a duration, both accums, rounded up."""
    return np.asarray(-(-quotient(duration, dt) // ONE), np.int64)


def decay_table(tau: float, dt: float) -> npt.NDArray[np.int64]:
    """Values of exp(-n dt/tau), n = 0, 1, ..., in 1/2048, cut off, until they vanish."""
    step = dt / tau
    size = 2 * math.ceil(math.log(STDP_ONE) / step / 2)
    return np.asarray(np.floor(exp(np.arange(size) * -step) * STDP_ONE), np.int64)


def looked_up(trace: int, table: Any, steps: int) -> int:
    """A trace after `steps` steps: a product of 16-bit numbers, cut off."""
    factor = int(table[steps]) if 0 <= steps < len(table) else 0
    return (short(trace) * factor) >> 11


def short(x: int) -> int:
    """The low 16 bits as a signed number: what a trace keeps of a sum."""
    return (x + 2**15) % 2**16 - 2**15
