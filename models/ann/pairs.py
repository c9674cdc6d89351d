"""What memories check of their arguments, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import MemorySpec, check_patterns
from ..memory.protocol import Array


def pairs(spec: MemorySpec, keys: Any, values: Any, strength: Any = None, *,
          gains: bool = True, exact: bool = False) -> tuple[Array, Array, Array]:
    """Keys (P, key_dim), values (P, value_dim) and strengths (P,) of a write.

    DescriptionError for what is not of the domain, for unequal numbers, for an auto-associative
    memory whose values are not the keys, and for strengths other than 1 where it has no `gains`;
    with `exact`, for patterns whose ones are not as many as the spec says.
    """
    k = check_patterns(keys, spec.key_dim, spec.domain, "keys", spec.active if exact else None)
    v = check_patterns(values, spec.value_dim, spec.domain, "values",
                       spec.ones_of_a_value() if exact else None)
    if len(k) != len(v):
        raise DescriptionError(f"{len(k)} keys and {len(v)} values; give pairs")
    if spec.auto and not np.array_equal(k, v):
        raise DescriptionError("values differ from keys; this memory is auto-associative: write "
                               "(patterns, patterns)")
    g = np.ones(len(k)) if strength is None else strengths(strength, len(k))
    if not gains and (g != 1.0).any():
        raise DescriptionError(f"strength {float(g[g != 1.0].flat[0])}; this memory stores a pair "
                               "or does not: leave strength out")
    return k, v, np.broadcast_to(g, len(k))


def strengths(given: Any, count: int) -> Array:
    """One number, or one of each of `count` pairs, or DescriptionError."""
    g = np.asarray(given)
    if g.dtype.kind not in "biuf":
        raise DescriptionError(f"strength {given!r}; give one finite number, or one a pair")
    if g.ndim > 1 or g.size not in (1, count) or not np.isfinite(g).all():
        raise DescriptionError(f"strength of shape {g.shape}; give one finite number, or one a "
                               "pair")
    return g.astype(np.float64)


def check_forget(spec: MemorySpec, keys: Any, rate: float | None, steps: int) -> bool:
    """Whether keys are to be taken out (else everything decays), or DescriptionError."""
    if (keys is None) == (rate is None):
        raise DescriptionError("forget: give keys, or a rate")
    wanted = "key" if rate is None else "decay"
    if wanted not in spec.supports_forget:
        raise DescriptionError(f"this memory does not forget by {wanted}; it can by "
                               f"{', '.join(sorted(spec.supports_forget)) or 'nothing'}")
    if rate is not None and not (isinstance(rate, Real) and 0.0 <= rate <= 1.0
                                 and isinstance(steps, Integral) and steps >= 0):
        raise DescriptionError(f"forget: rate {rate}, {steps} steps; a rate is in 0 ... 1, steps "
                               "are 0 or more, a whole number")
    return rate is None


def check_steps(steps: int | None, default: int) -> int:
    """The number of steps of a read; DescriptionError below 1, or if it is not whole."""
    found = default if steps is None else steps
    if not isinstance(found, Integral) or found < 1:
        raise DescriptionError(f"read: {found} steps; it takes a whole number, at least 1")
    return int(found)


def taken(memory: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """A snapshot of the attributes `names`: arrays copied, numbers as they are."""
    return {name: np.array(held) if isinstance(held := getattr(memory, name), np.ndarray) else held
            for name in names}


def put_back(memory: Any, names: tuple[str, ...], state: Mapping[str, Any], *,
             grows: bool = False) -> None:
    """Take back what `taken` gave; DescriptionError, before anything changes, for what another
    memory gave: other names, or other shapes of a store that does not grow."""
    for name in names:
        held, new = getattr(memory, name), state.get(name)
        if new is None:
            raise DescriptionError(f"restore: no {name!r} in a snapshot of {', '.join(state)}")
        if isinstance(held, np.ndarray) and not grows and np.shape(new) != held.shape:
            raise DescriptionError(f"restore: {name!r} of shape {np.shape(new)}; this memory has "
                                   f"{held.shape}")
    for name in names:
        held = getattr(memory, name)
        new = (np.array(state[name], held.dtype) if isinstance(held, np.ndarray)
               else type(held)(state[name]))
        setattr(memory, name, new)
