"""Rules 1 to 3: a read changes nothing, the order of writing is as declared, seeds are obeyed."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from .rule_cases import Broken, Case, Skipped, apart, difference, graded, tolerance_of


def check_pure(case: Case) -> str:
    """Rule 1: the state is the same after a read, and a cue is answered alone as among others."""
    memory = case.written()
    if memory.spec.reconsolidation:
        raise Skipped("the spec says reconsolidation: a read changes the state")
    cues = np.vstack([case.keys, case.unseen])
    given, state = cues.copy(), memory.snapshot()
    together = memory.read(cues)
    changed = difference(state, memory.snapshot())
    if changed and not (memory.spec.stochastic and "rng" in changed):
        raise Broken(f"a read changed the state at {changed}; if it is meant to, the spec says "
                     "reconsolidation=True", queries=cues)
    if not np.array_equal(given, cues):
        raise Broken("a read changed the caller's queries", before=given, after=cues)
    if memory.spec.stochastic:
        return "the state is the same after a read"
    alone = np.vstack([graded(memory.read(cue[None])) for cue in cues])
    off = apart(graded(together), alone)
    if off > tolerance_of(memory):
        raise Broken(f"cues read together and one by one differ by {off:.3g}", queries=cues,
                     together=graded(together), alone=alone)
    return "the state is the same after a read, and each cue is answered alone as among others"


def check_order(case: Case) -> str:
    """Rule 2: one call or many calls; where the spec says order_free, in any order."""
    memory = case.written()
    spec = memory.spec
    if not (spec.writable and spec.online):
        raise Skipped("the spec says it is not written item by item")
    one_by_one = case.memory()
    for key, value in zip(case.keys, case.values, strict=True):
        one_by_one.write(key[None], value[None])
    _same(case, memory, one_by_one, "written in one call and one by one")
    halves = case.memory()
    half = len(case.keys) // 2
    for part in (slice(None, half), slice(half, None)):
        if len(case.keys[part]):
            halves.write(case.keys[part], case.values[part])
    _same(case, memory, halves, "written in one call and in two")
    if not spec.order_free:
        return "one call, two or one an item: the same"
    order = np.random.default_rng([case.seed, 0x0D]).permutation(len(case.keys))
    shuffled = case.memory()
    shuffled.write(case.keys[order], case.values[order])
    _same(case, memory, shuffled, f"written in order and in the order {order.tolist()}")
    return "one call, two or one an item, and any order: the same"


def check_seed(case: Case) -> str:
    """Rule 3: reset(seed) brings the same bytes back; no global generator is drawn from."""
    with _generators_of_their_own() as before:
        memory = case.memory()
        first = _life(memory, case)
        memory.reset(seed=case.seed)
        again = _life(memory, case)
        for other, how in ((again, "after reset with the same seed"),
                           (_life(case.memory(), case), "of a second memory with the same seed")):
            where = difference(first, other)
            if where:
                raise Broken(f"{how}, {where} has other bytes", keys=case.keys, values=case.values)
        if difference(before, _global_generators()):
            raise Broken("it drew from a global random generator or seeded it; it must own one, "
                         "seeded by reset")
    return "the same bytes, and no global generator was drawn from"


@contextlib.contextmanager
def _generators_of_their_own() -> Iterator[dict[str, Any]]:
    """The global generators in states that no seed gives, so that who seeds them anew is seen too;
    afterwards they are as they were."""
    numpy, python = np.random.get_state(), random.getstate()  # noqa: NPY002
    torch = sys.modules.get("torch")
    torchs = torch.get_rng_state() if torch else None
    np.random.seed(0xFA1)  # noqa: NPY002
    random.seed("of no memory")
    np.random.random_sample(7)  # noqa: NPY002
    if torch:
        torch.manual_seed(0xFA1)
        torch.rand(7)
    try:
        yield _global_generators()
    finally:
        np.random.set_state(numpy)  # noqa: NPY002
        random.setstate(python)
        if torch:
            torch.set_rng_state(torchs)


def _life(memory: Any, case: Case) -> dict[str, Any]:
    if memory.spec.writable:
        memory.write(case.keys, case.values)
    read = memory.read(np.vstack([case.keys, case.unseen]))
    return {"values": np.asarray(read.values), "score": np.asarray(read.score),
            "state": memory.snapshot()}


def _global_generators() -> dict[str, Any]:
    state: Any = np.random.get_state()  # noqa: NPY002 - looked at, to see that nobody draws from it
    found: dict[str, Any] = {"numpy": (state[1], state[2]), "random": repr(random.getstate())}
    torch = sys.modules.get("torch")
    return found | ({"torch": torch.get_rng_state().numpy().copy()} if torch else {})


def _same(case: Case, a: Any, b: Any, what: str) -> None:
    x, y = (graded(m.read(case.keys)) for m in (a, b))
    off, most = apart(x, y), tolerance_of(a)
    if off > most:
        raise Broken(f"{what}, it reads differently: by {off:.3g} of the largest value, {most:g} "
                     "at most", keys=case.keys, values=case.values, first=x, second=y)
