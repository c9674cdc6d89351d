"""Rule 0: shapes, the alphabet, a score for each cue, snapshots, and errors that name the fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...models.memory import (
    AssociativeMemory,
    MemorySpec,
    NotWritable,
    ReadResult,
    check_patterns,
)
from ...simulator.errors import DescriptionError
from .rule_cases import Broken, Case, apart, difference, faults, graded


def check(case: Case) -> str:
    """All of the protocol that can be seen from outside."""
    memory = case.memory()
    _check_face(memory, case)
    _check_write(memory, case)
    _check_read(memory.read(case.keys), memory, case)
    _check_bits(memory)
    _check_snapshot(case)
    return f"shapes, alphabet and snapshot as declared; {_check_refusals(case)} bad calls refused"


def _check_face(memory: Any, case: Case) -> None:
    if not isinstance(memory, AssociativeMemory):
        wanted = ("spec", "reset", "write", "read", "forget", "state_bits", "snapshot", "restore")
        lacks = [name for name in wanted if not hasattr(memory, name)]
        raise Broken(f"{type(memory).__name__} has no {', '.join(lacks)}")
    spec, need = memory.spec, case.need
    if not isinstance(spec, MemorySpec):
        raise Broken(f"spec is {type(spec).__name__}; it is a MemorySpec")
    asked = (need.key_dim, need.value_dim, need.domain)
    if (spec.key_dim, spec.value_dim, spec.domain) != asked:
        raise Broken(f"built for (key_dim, value_dim, domain) = {asked}, it says "
                     f"{(spec.key_dim, spec.value_dim, spec.domain)}")


def _check_write(memory: Any, case: Case) -> None:
    keys, values = case.keys.copy(), case.values.copy()
    try:
        ops = memory.write(case.keys, case.values)
    except NotWritable:
        if memory.spec.writable:
            raise Broken("write raises NotWritable and the spec says writable") from None
        return
    if not memory.spec.writable:
        raise Broken("the spec says it is not writable and write raises no NotWritable")
    fault = faults(ops, "write")
    if fault:
        raise Broken(fault, keys=case.keys, values=case.values)
    for name, before, after in (("keys", keys, case.keys), ("values", values, case.values)):
        if not np.array_equal(before, after):
            raise Broken(f"write changed the caller's {name}", before=before, after=after)


def _check_read(read: Any, memory: Any, case: Case) -> None:
    if not isinstance(read, ReadResult):
        raise Broken(f"read gives {type(read).__name__}; it gives a ReadResult")
    shape = (len(case.keys), case.need.value_dim)
    if np.shape(read.values) != shape or np.shape(read.score) != shape[:1]:
        raise Broken(f"{shape[0]} queries give values {np.shape(read.values)} and scores "
                     f"{np.shape(read.score)}; they are {shape} and {shape[:1]}", queries=case.keys)
    if not np.isfinite(np.asarray(read.score, np.float64)).all():
        raise Broken("a score is not finite", queries=case.keys, score=read.score)
    fault = faults(read.ops, "read")
    if fault:
        raise Broken(fault, queries=case.keys)
    alphabet = "real" if case.need.domain == "unit" else case.need.domain
    try:  # what is silent may have fewer ones than a pattern, or norm 0
        check_patterns(read.values, case.need.value_dim, alphabet, "read(queries).values")
    except DescriptionError as wrong:
        raise Broken(str(wrong), queries=case.keys, values=read.values) from None


def _check_bits(memory: Any) -> None:
    bits = memory.state_bits()
    if isinstance(bits, bool) or bits != int(bits) or bits <= 0:
        raise Broken(f"state_bits() is {bits!r} with items in store; it is a positive whole number")


def _check_snapshot(case: Case) -> None:
    memory = case.written()
    before, state = memory.read(case.keys), memory.snapshot()
    if memory.spec.writable:
        memory.write(case.unseen, case.unseen if case.need.auto else case.values[:len(case.unseen)])
    memory.restore(state)
    changed = difference(state, memory.snapshot())
    if changed:
        raise Broken(f"after restore(snapshot()) the state differs at {changed}: a snapshot must "
                     "be a copy, and restore must take all of it")
    after = memory.read(case.keys)
    if not memory.spec.stochastic and apart(graded(before), graded(after)) > 0:
        raise Broken("a restored memory reads differently", queries=case.keys,
                     before=before.values, after=after.values)


def _check_refusals(case: Case) -> int:
    """How many calls that make no sense were refused, each by a DescriptionError."""
    memory, keys, values = case.written(), case.keys, case.values
    wide = np.hstack([keys, keys[:, :1]])
    wrong = keys.copy()
    wrong[0, 0] = np.nan if case.need.domain in ("real", "unit") else 0.25
    calls: dict[str, Callable[[], Any]] = {
        "read of keys one too wide": lambda: memory.read(wide),
        f"read of a key with {wrong[0, 0]} in it": lambda: memory.read(wrong)}
    if memory.spec.writable:
        calls |= {"write of keys one too wide": lambda: memory.write(wide, values),
                  "write of fewer values than keys": lambda: memory.write(keys, values[:-1]),
                  f"write of a key with {wrong[0, 0]} in it": lambda: memory.write(
                      wrong, wrong if case.need.auto else values),
                  "write of values one too wide": lambda: memory.write(
                      keys, np.hstack([values, values[:, :1]]))}
    for what, call in calls.items():
        state = memory.snapshot()
        try:
            call()
        except DescriptionError:
            if difference(state, memory.snapshot()):
                raise Broken(f"{what}: refused, but the state has changed") from None
            continue
        except Exception as other:
            raise Broken(f"{what}: {type(other).__name__} ({other}); it raises a DescriptionError"
                         ) from None
        raise Broken(f"{what}: accepted; it raises a DescriptionError", keys=keys, wrong=wrong)
    return len(calls)
