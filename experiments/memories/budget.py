"""A memory built for a need, at the size that a budget of state bits allows.

A memory with a knob of its own (slots, cues, bits) is built at the largest that fits. One without
is given fewer or more dimensions than the task's: keys and values
both go through fixed random projections (to winners where it stores sparse flags only, to signs
where it stores signs only, else to the sphere), and what it recalls through the transposed
projection of the values. Where its own dimensions fit best there is no codec; on the sphere more
dimensions than the task's hold nothing more, so none are added. State is what the memory holds when
the items of the need have been written.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...models.memory import CannotDo, Domain, Need, random_patterns
from ...simulator.errors import DescriptionError
from .coded import Coded
from .entry import Entry
from .projections import RandomProjection

MOST_ITEMS = 4096
"""Written to see how large a store grows."""

FIRST = 16
"""The smallest size of a memory is looked for up to that."""

INNER: tuple[Domain, ...] = ("unit", "bipolar", "ksparse")
"""What projections can give a memory, the most telling first."""


def built(entry: Entry, need: Need) -> Any:
    """The memory of `entry` for `need`; CannotDo with the reason where it cannot be."""
    if need.state_bits is None:
        return entry.build(need)
    if entry.knob is not None:
        return _with_knob(entry, need, need.state_bits)
    return _with_dimensions(entry, need, need.state_bits)


def bits_when_full(memory: Any, need: Need) -> int:
    """State bits with `need.items` items in store; the memory is emptied.

    Random ones are written, at most 4096, and all different where there are as many. A store that
    still grows then is taken to grow with every further item as with the first.
    """
    memory.reset(seed=need.seed)
    empty: int = memory.state_bits()
    # synapses of a network are all there from the start
    if not memory.spec.writable or (empty > 0 and memory.spec.timesteps_write > 1):
        return empty
    rng, total = np.random.default_rng(need.seed), min(need.items, MOST_ITEMS)
    told = _grown(memory, rng, min(2, total))
    if told[-1] != empty or not empty:  # a store that two items do not change is a fixed one
        memory.reset(seed=need.seed)
        told = _grown(memory, rng, total)
    one, half, bits = told
    memory.reset(seed=need.seed)
    return bits + (one - empty) * (need.items - total) if bits > half else bits


def _grown(memory: Any, rng: np.random.Generator, total: int) -> tuple[int, int, int]:
    """Bits with one item, with half of them and with all."""
    spec, done, bits = memory.spec, 0, []
    keys = _different(rng, total, spec.key_dim, spec.domain, spec.active)
    values = keys if spec.auto else random_patterns(rng, total, spec.value_dim, spec.domain,
                                                    spec.ones_of_a_value())
    for many in (1, max(total // 2, 1), total):
        if many > done:
            memory.write(keys[done:many], values[done:many])
            done = many
        bits.append(int(memory.state_bits()))
    return bits[0], bits[1], bits[2]


def _different(rng: np.random.Generator, count: int, size: int, domain: Domain,
               active: int | None) -> Any:
    """(count, size) patterns, no two alike where there are as many."""
    found = random_patterns(rng, count, size, domain, active)
    if domain in ("real", "unit") or size > 64:  # chance sees to it
        return found
    for _ in range(20):
        found = np.unique(found, axis=0)
        if len(found) >= count:
            break
        found = np.vstack([found, random_patterns(rng, count, size, domain, active)])
    return np.resize(rng.permutation(found), (count, size))


def largest(bits_of: Callable[[int], int | None], budget: int) -> tuple[int | None, int | None]:
    """The largest whole number whose `bits_of` is within the budget, and the bits of the smallest.

    `bits_of` does not fall; None where nothing can be built: below some number up to 16, or above
    one. Where bits no longer grow, the smallest number that has them is the answer.
    """
    found: dict[int, int | None] = {}

    def bits(n: int) -> float:
        if n not in found:
            found[n] = bits_of(n)
        known = found[n]
        return math.inf if known is None else known

    low = next((n for n in range(1, FIRST + 1) if bits(n) < math.inf), None)
    if low is None or bits(low) > budget:
        return None, None if low is None else found[low]
    fewest, before = found[low], -1.0
    while bits(2 * low) <= budget and not bits(2 * low) == bits(low) == before:
        before, low = bits(low), 2 * low
    if bits(2 * low) == bits(low) == before:
        return _smallest(lambda n: bits(n) == before, low), fewest
    return _smallest(lambda n: bits(n) > budget, 2 * low) - 1, fewest


def _smallest(true: Callable[[int], bool], known: int) -> int:
    """The smallest number for which something is true that is true from there to `known`."""
    low, high = 0, known
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if true(middle) else (middle, high)
    return high


def _with_knob(entry: Entry, need: Need, budget: int) -> Any:
    def bits_of(knob: int) -> int | None:
        return _bits(lambda: entry.build(need, knob), need)

    knob, fewest = largest(bits_of, budget)
    if knob is None:
        raise _too_small(entry, fewest, budget, lambda: entry.build(need, 1))
    return entry.build(need, knob)


def _with_dimensions(entry: Entry, need: Need, budget: int) -> Any:
    def bits_of(dimensions: int) -> int | None:
        return _bits(lambda: projected(entry, need, dimensions), need)

    native = _bits(lambda: entry.build(need), need)
    fits = native is not None and native <= budget
    if fits and _inner(entry) == "unit":
        return entry.build(need)
    size, fewest = largest(bits_of, budget)
    if fits and (size is None or size <= need.key_dim):
        return entry.build(need)
    if size is None:
        raise _too_small(entry, fewest, budget, lambda: projected(entry, need, 1))
    return projected(entry, need, size)


def _inner(entry: Entry) -> Domain:
    """The domain of the codes that the memory is given."""
    found = next((d for d in INNER if d in entry.domains), None)
    if found is None:
        raise CannotDo(f"{entry.name} takes {', '.join(entry.domains)}; projections give "
                       f"{', '.join(INNER)}")
    return found


def projected(entry: Entry, need: Need, dimensions: int) -> Any:
    """The memory of `entry` behind projections to `dimensions` (values in proportion)."""
    domain = _inner(entry)
    sizes = dimensions, max(1, round(dimensions * need.value_dim / need.key_dim))
    ones = [max(1, round(math.log2(max(n, 2)))) if domain == "ksparse" else None for n in sizes]
    noise = min(2.0 * need.noise, 1.0)  # a spoilt cue wins other winners, and loses its own
    inner = replace(need, key_dim=sizes[0], value_dim=sizes[1], domain=domain, active=ones[0],
                    value_active=ones[1], noise=noise if domain == "ksparse" else need.noise,
                    state_bits=None)
    memory = entry.build(inner)
    keys = RandomProjection(need.key_dim, sizes[0], domain, ones[0], need.seed)
    values = keys if need.auto else RandomProjection(need.value_dim, sizes[1], domain, ones[1],
                                                     need.seed + 1)
    return Coded(memory, keys, values, need.domain, need.active, need.value_active)


def _bits(build: Callable[[], Any], need: Need) -> int | None:
    """Of the memory when full, or None where it cannot be built."""
    try:
        return bits_when_full(build(), need)
    except DescriptionError:
        return None


def _too_small(entry: Entry, fewest: int | None, budget: int,
               build: Callable[[], Any]) -> CannotDo:
    if fewest is None:  # nothing could be built: let it say why
        try:
            build()
        except DescriptionError as why:
            return CannotDo(f"{entry.name}: no size can be built: {why}")
    return CannotDo(f"{entry.name} takes {fewest} bits of state at least; the budget is {budget}")
