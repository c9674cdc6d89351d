"""Rule 4: what is forgotten is gone, the rest stays; what is not supported is refused."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...simulator.errors import DescriptionError
from .rule_cases import Array, Broken, Case, Skipped, difference, graded

GONE = 0.5
"""Likeness (1 is the same, 0 unrelated) below which a value no longer is what was stored."""

FADED = 0.1
"""What is read is nothing if it is that much smaller than before: of float32 about 1e-7 is left, of
weights of 4 bits some percent."""

BESIDE = 0.1
"""A forgotten key may be answered as by a memory that never held it, give or take that."""

COLLATERAL = 0.25
"""How much likeness the other items may lose, on average; a single one is averaged with none, for
one of two items says little of a memory. What they lost is in the note."""


def check(case: Case) -> str:
    """Each way to forget that the spec names does it; the others raise DescriptionError."""
    memory = case.memory()
    if not memory.spec.writable:
        raise Skipped("a store that is not written")
    supported = memory.spec.supports_forget
    ways = {"key": _check_key, "decay": _check_decay, "overwrite": _check_overwrite}
    notes = [ways[way](case) for way in ways if way in supported]
    for way, arguments in (("key", {"keys": case.keys[:1]}), ("decay", {"rate": 0.5})):
        if way not in supported:
            _refused(case, way, arguments)
    return "; ".join(notes) or "it says that it cannot forget, and refuses to"


def likeness(found: Array, wanted: Array) -> Array:
    """Correlation of rows, 0 where a row is constant."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (found, wanted))
    size = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray((a * b).sum(axis=1) / np.where(size > 0, size, 1.0))


def _check_key(case: Case) -> str:
    memory = case.written()
    one, others = slice(0, 1), slice(1, None)
    before = memory.read(np.vstack([case.keys, case.unseen]))
    threshold = _reject_threshold(before.score, len(case.keys))
    memory.forget(keys=case.keys[one])
    after = memory.read(case.keys)
    stood, stands = graded(before)[:len(case.keys)], graded(after)
    like = likeness(stands, case.values)
    rejected = threshold is not None and after.score[0] < threshold
    faded = np.linalg.norm(stands[0]) <= FADED * np.linalg.norm(stood[0])
    if like[0] >= max(GONE, _without(case, one) + BESIDE) and not (rejected or faded):
        raise Broken(f"key 0 was forgotten and still recalls its value: likeness {like[0]:.3f}, "
                     f"score {after.score[0]:.4g} (it was {before.score[0]:.4g})",
                     keys=case.keys, values=case.values, recalled=stands)
    lost = np.maximum(likeness(stood, case.values) - like, 0.0)[others]
    collateral = float(lost[_apart(case)].sum() / max(_apart(case).sum(), 2))
    if collateral > COLLATERAL:
        raise Broken(f"forgetting key 0 cost the others {collateral:.3f} of their likeness; at "
                     f"most {COLLATERAL}", keys=case.keys, values=case.values, recalled=stands)
    how = ("nothing is read" if faded else "rejected by its score" if rejected
           else f"likeness {like[0]:.2f}")
    return f"by key: gone ({how}), collateral {collateral:.3f}"


def _without(case: Case, one: slice) -> float:
    """What a memory that was never given item 0 has of its value: its neighbours may be alike."""
    memory = case.memory()
    memory.write(case.keys[1:], case.values[1:])
    return float(likeness(graded(memory.read(case.keys[one])), case.values[one])[0])


def _apart(case: Case) -> Any:
    """Which of the others have keys unlike key 0: of like ones some must go with it."""
    lengths = np.linalg.norm(case.keys, axis=1)
    alike = case.keys @ case.keys[0] / np.maximum(lengths * lengths[0], 1e-300)
    return np.abs(alike[1:]) < GONE


def _reject_threshold(scores: Any, stored: int) -> float | None:
    """Midway between stored and unseen keys, or None where the score does not tell them apart."""
    known, unknown = np.asarray(scores[:stored], float), np.asarray(scores[stored:], float)
    if not len(unknown) or known.min() <= unknown.max():
        return None
    return float((known.min() + unknown.max()) / 2)


def _check_decay(case: Case) -> str:
    memory = case.written()
    before, state = memory.read(case.keys), memory.snapshot()
    memory.forget(rate=0.5)
    if not difference(state, memory.snapshot()):
        raise Broken("forget(rate=0.5) changed nothing")
    stepwise = case.written()
    stepwise.forget(rate=0.25, steps=2)
    twice = case.written()
    twice.forget(rate=0.25)
    twice.forget(rate=0.25)
    a, b = graded(stepwise.read(case.keys)), graded(twice.read(case.keys))
    if not memory.spec.stochastic and np.abs(a - b).max() > 1e-4 * max(np.abs(a).max(), 1e-12):
        raise Broken("forget(rate=0.25, steps=2) is not forget(rate=0.25) twice", keys=case.keys,
                     steps=a, twice=b)
    gone = case.written()
    gone.forget(rate=0.5, steps=200)  # 2^-200: below the smallest number of 32 bits
    empty = case.memory().read(case.keys)
    left = likeness(graded(gone.read(case.keys)), case.values)
    base = likeness(graded(empty), case.values)
    if left.mean() >= max(GONE, float(base.mean()) + 0.1):
        raise Broken(f"after 200 halvings the values still come back: likeness {left.mean():.3f}",
                     keys=case.keys, recalled=graded(gone.read(case.keys)))
    fell = float(np.mean(np.asarray(memory.read(case.keys).score) - np.asarray(before.score)))
    return f"by decay: gone after 200 halvings, score {fell:+.3g} after one"


def _check_overwrite(case: Case) -> str:
    if case.need.auto or len(case.keys) < 2:
        return "by overwriting: not asked of pairs that are one pattern"
    memory = case.written()
    unlike = likeness(case.values, np.broadcast_to(case.values[0], case.values.shape)).argmin()
    new = case.values[unlike:unlike + 1]
    if likeness(new, case.values[:1])[0] >= GONE or np.ptp(new) == 0.0:
        return "by overwriting: not asked, all values are alike or without a pattern"
    memory.write(case.keys[:1], new)
    read = graded(memory.read(case.keys[:1]))
    to_new, to_old = likeness(read, new)[0], likeness(read, case.values[:1])[0]
    if to_new <= to_old:
        raise Broken(f"key 0 was written anew and recalls its old value: likeness {to_new:.3f} to "
                     f"the new, {to_old:.3f} to the old", key=case.keys[0], old=case.values[0],
                     new=new[0], recalled=read[0])
    return f"by overwriting: likeness {to_new:.2f} to the new value, {to_old:.2f} to the old"


def _refused(case: Case, way: str, arguments: dict[str, Any]) -> None:
    memory = case.written()
    state = memory.snapshot()
    try:
        memory.forget(**arguments)
    except DescriptionError:
        pass
    except Exception as other:
        raise Broken(f"forget by {way}, which the spec does not name: {type(other).__name__} "
                     f"({other}); it raises a DescriptionError") from None
    else:
        raise Broken(f"forget by {way} is accepted and the spec does not name it; it raises a "
                     "DescriptionError")
    if difference(state, memory.snapshot()):
        raise Broken(f"forget by {way} was refused, but the state has changed")
