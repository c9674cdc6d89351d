"""Rules 5 and 6: every bit of the store is declared, and every call counts its own operations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...models.memory import CannotDo, OpCount
from .rule_cases import Broken, Case, apart, faults, graded

ROOM = 1.5
"""A budget that a rule asks for, in units of what the memory takes without one."""


def check_bits(case: Case) -> str:
    """Rule 5: `state_bits` covers all arrays that writing changes, and stays within a budget."""
    memory = case.memory()
    empty, empty_bits = dict(_arrays(memory.snapshot())), memory.state_bits()
    if memory.spec.writable:
        memory.write(case.keys, case.values)
    declared, held = memory.state_bits(), 0
    for name, array in _arrays(memory.snapshot()):
        held += _information(array, empty.get(name))
    if held > declared:
        raise Broken(f"state_bits() is {declared}; what writing {len(case.keys)} items changed "
                     f"holds {held} bits", keys=case.keys, values=case.values)
    if declared < empty_bits:
        raise Broken(f"state_bits() fell from {empty_bits} to {declared} by writing")
    _check_codings(memory)
    _check_nothing_beside(case)
    return f"{declared} bits declared, {held} in what changed; {_check_budget(case, declared)}"


def _check_nothing_beside(case: Case) -> None:
    """A new memory that takes over a snapshot reads as the one it was taken of: nothing else is
    stored."""
    memory = case.written()
    there = case.memory()
    there.restore(memory.snapshot())
    before, after = memory.read(case.keys), there.read(case.keys)
    if not memory.spec.stochastic and apart(graded(before), graded(after)) > 0:
        raise Broken("a new memory that takes over its snapshot reads differently: something is "
                     "stored beside the snapshot (the arrays that `state` names) and beside "
                     "its bits", queries=case.keys, itself=before.values, other=after.values)


def check_ops(case: Case) -> str:
    """Rule 6: writes and reads cost something, each call tells its own, and more costs more."""
    memory = case.memory()
    written = memory.write(case.keys, case.values) if memory.spec.writable else None
    if written is not None and not any(written.as_dict().values()):
        raise Broken("write costs nothing", keys=case.keys)
    one, first, again = (memory.read(cues).ops for cues in (case.keys[:1], case.keys, case.keys))
    if not any(first.as_dict().values()):
        raise Broken("read costs nothing", queries=case.keys)
    if first != again and not memory.spec.stochastic:
        raise Broken(f"the same read costs {first} and then {again}; each call tells its own, not "
                     "a running sum", queries=case.keys)
    less = [name for name, count in _told(one).items() if count > _told(first)[name] + 1e-9]
    if less and not memory.spec.stochastic:
        raise Broken(f"{len(case.keys)} queries cost less {', '.join(less)} than the first alone",
                     queries=case.keys)
    return _check_codec(case)


def _told(ops: OpCount) -> dict[str, float]:
    """By name, without the kind of a product: all queries of a call are of one kind."""
    told = ops.as_dict()
    told["products"] = sum(told.pop(kind) for kind in ("mac", "ac", "sign_flips"))
    return told


def _check_codec(case: Case) -> str:
    memory = case.memory()
    if not hasattr(memory, "codec_ops"):
        return "write and read are counted apart, call by call; there is no codec"
    if any(memory.codec_ops.as_dict().values()):
        raise Broken(f"after reset codec_ops is {memory.codec_ops}; it begins at nothing")
    if memory.spec.writable:
        memory.write(case.keys, case.values)
    before = memory.codec_ops
    memory.read(case.keys)
    fault = faults(memory.codec_ops - before, "codec_ops")
    if fault:
        raise Broken(f"{fault}: codec_ops is a running sum since reset")
    return "write, read and codec are counted apart"


def _check_budget(case: Case, declared: int) -> str:
    budget = int(declared * ROOM)
    try:
        memory = case.build(replace(case.need, state_bits=budget))
    except CannotDo as why:
        return f"no form for a budget ({why})"
    memory.reset(seed=case.seed)
    if memory.spec.writable:
        memory.write(case.keys, case.values)
    if memory.state_bits() > budget:
        raise Broken(f"built for a budget of {budget} bits, it holds {memory.state_bits()} after "
                     f"{len(case.keys)} items", keys=case.keys)
    return f"{memory.state_bits()} of a budget of {budget}"


def _check_codings(memory: Any) -> None:
    for name, bits in getattr(memory, "codings", dict)().items():
        if bits != int(bits) or bits < 0:
            raise Broken(f"codings()[{name!r}] is {bits!r}; it is a whole number of bits")


def _arrays(state: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Arrays of a snapshot by path; numbers by themselves are bookkeeping."""
    if isinstance(state, Mapping):
        for name, part in state.items():
            yield from _arrays(part, f"{path}/{name}")
    elif isinstance(state, (list, tuple)):
        for n, part in enumerate(state):
            yield from _arrays(part, f"{path}/{n}")
    else:
        array = state.detach().cpu().numpy() if hasattr(state, "detach") else state
        if isinstance(array, np.ndarray) and array.ndim and "rng" not in path:
            yield path, array


def _information(array: Any, empty: Any) -> int:
    """Bits of what differs from the empty store, row by row: floats at their width, other numbers
    and small alphabets at their entropy, if that is less."""
    if empty is not None and empty.shape == array.shape:
        different = array != empty
        rows = different.reshape(len(array), -1).any(axis=1)
        array = array[rows]
    if not array.size:
        return 0
    often = np.unique(array, return_counts=True)[1] / array.size
    width = 1 if array.dtype == bool else 8 * array.dtype.itemsize
    if len(often) <= 16 or array.dtype.kind in "biu":
        return int(array.size * min(width, -float(often @ np.log2(often))))
    return int(array.size) * width
