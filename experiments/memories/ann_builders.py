"""How memories of artificial networks are built for a task, each with its usual parameters.

A builder takes what a task needs and, where its entry has a knob, the size of the store. It raises
CannotDo with the reason for the table.
"""

from __future__ import annotations

import math
from typing import Any

from ...models.memory import CannotDo, Need

SHARPNESS = 32.0
"""beta in units of the inverse square of a key: softmax over cosines"""
LARGEST = 1 << 27
"""Numbers of a store: half a GiB of float32"""


def _patterns(need: Need, name: str) -> int:
    """The size of bipolar patterns; CannotDo where pairs or other domains are asked for."""
    if need.domain != "bipolar":
        raise CannotDo(f"{name} stores patterns of -1 and 1, not {need.domain!r}")
    if not need.auto:
        raise CannotDo(f"{name} is auto-associative: it completes patterns and stores no pairs")
    return need.key_dim


def _shape(need: Need) -> dict[str, Any]:
    return {"key_dim": need.key_dim, "value_dim": need.value_dim, "domain": need.domain,
            "active": need.active, "value_active": need.value_active}


def _square(need: Need) -> float:
    """k . k of a key."""
    ones = need.active or 0
    return {"unit": 1.0, "ksparse": float(ones), "binary": need.key_dim / 2}.get(
        need.domain, float(need.key_dim))


def _beta(need: Need) -> float:
    """Bipolar cues of which a share f is wrong: atanh(1 - 2 f), with which the weights are the
    posterior of the patterns; f is taken as 5 % at least and 45 % at most."""
    if need.domain == "bipolar":
        return math.atanh(1.0 - 2.0 * min(max(need.noise, 0.05), 0.45))
    return SHARPNESS / _square(need)


def _mapped(need: Need, key_map: Any, make: Any, **more: Any) -> Any:
    from ...models.ann.features import MappedMemory
    from ...models.memory import MemorySpec
    inner = make(key_map.width, need.value_dim, "real", **more)
    return MappedMemory(inner, key_map, MemorySpec(**_shape(need)))


def linear(need: Need) -> Any:
    """`linear`."""
    from ...models.ann.linear import LinearMemory
    return LinearMemory(**_shape(need))


def linear_decay(need: Need) -> Any:
    """`linear-decay`."""
    from ...models.ann.linear import LinearMemory
    return LinearMemory(**_shape(need), decay=0.95)


def delta(need: Need) -> Any:
    """`delta`."""
    from ...models.ann.delta import DeltaMemory
    return DeltaMemory(**_shape(need))


def delta_half(need: Need) -> Any:
    """`delta-half`."""
    from ...models.ann.delta import DeltaMemory
    return DeltaMemory(**_shape(need), rate=0.5)


def ridge(need: Need) -> Any:
    """`ridge`."""
    from ...models.ann.ridge import RidgeMemory
    return RidgeMemory(**_shape(need), square=_square(need))


def _polynomial(need: Need, make: Any) -> Any:
    from ...models.ann.features import polynomial
    features = math.comb(need.key_dim + 1, 2)
    if features * need.value_dim > LARGEST:
        raise CannotDo(f"{features:,} quadratic features by {need.value_dim} values are "
                       f"{4 * features * need.value_dim / 2**30:.1f} GiB")
    return _mapped(need, polynomial(need.key_dim, 2), make)


def poly2_linear(need: Need) -> Any:
    """`poly2-linear`."""
    from ...models.ann.linear import LinearMemory
    return _polynomial(need, LinearMemory)


def poly2_delta(need: Need) -> Any:
    """`poly2-delta`."""
    from ...models.ann.delta import DeltaMemory
    return _polynomial(need, DeltaMemory)


def _quantised(need: Need, bits: int, delta: bool = True) -> Any:
    """The span is four standard deviations of a weight after all items, one for a single bit."""
    from ...models.ann.quantised import QuantisedMemory
    if need.domain == "ksparse":
        span = 2.0 / (need.active or 1)
    else:
        of_value = 1.0 / math.sqrt(need.value_dim) if need.domain == "unit" else 1.0
        one = of_value / math.sqrt(need.key_dim * _square(need))
        wide = math.sqrt(min(need.items, need.key_dim) if delta else need.items)
        span = (4.0 if bits > 1 else 1.0) * one * wide
    return QuantisedMemory(**_shape(need), bits=bits, span=span, delta=delta)


def delta_8bit(need: Need) -> Any:
    """`delta-8bit`."""
    return _quantised(need, 8)


def delta_4bit(need: Need) -> Any:
    """`delta-4bit`."""
    return _quantised(need, 4)


def delta_1bit(need: Need) -> Any:
    """`delta-1bit`."""
    return _quantised(need, 1)


def linear_8bit(need: Need) -> Any:
    """`linear-8bit`."""
    return _quantised(need, 8, delta=False)


def mixture(need: Need) -> Any:
    """Four delta memories, each over a quarter of the dimensions: the bits of one over all."""
    from ...models.ann.delta import DeltaMemory
    from ...models.ann.features import projection
    from ...models.ann.routed import Routed
    width = max(need.key_dim // 4, 1)
    return Routed([_mapped(need, projection(need.key_dim, width, need.seed + which), DeltaMemory)
                   for which in range(4)])


def hops(need: Need, slots: int | None = None) -> Any:
    """`hops`."""
    from ...models.ann.hops import Hops
    if need.key_dim != need.value_dim:
        raise CannotDo(f"hops reads with what it read: keys of {need.key_dim} and values of "
                       f"{need.value_dim} are not of one size")
    return Hops(softmax_kv(need, slots), 2, "sum")


def window_delta(need: Need, slots: int | None = None) -> Any:
    """`window-delta`."""
    from ...models.ann.delta import DeltaMemory
    from ...models.ann.window import WindowPlusCompressed
    return WindowPlusCompressed(DeltaMemory(**_shape(need)), window=slots or 16,
                                margin=0.5 * (1.0 - 2.0 * min(need.noise, 0.4)))


def replay_delta(need: Need, slots: int | None = None) -> Any:
    """`replay-delta`."""
    from ...models.ann.delta import DeltaMemory
    from ...models.ann.replay import ReplayBuffer
    return ReplayBuffer(DeltaMemory(**_shape(need)), size=slots or 64)


def three_store(need: Need, slots: int | None = None) -> Any:
    """A third of the slots is working memory, the rest long-term; without a knob, half as many
    slots as items."""
    from ...models.ann.three_store import ThreeStoreMemory
    total = max(need.items // 2, 12) if slots is None else slots
    if total < 9:
        raise CannotDo(f"three-store with {total} slots; it needs at least 9")
    working = max(total // 3, 4)
    keep = max(working // 4, 1)
    return ThreeStoreMemory(**_shape(need), working=working, keep=keep, beta=_beta(need),
                            prototypes=max((working - keep - 1) // 2, 1), long=total - working)


def camelot(need: Need, slots: int | None = None) -> Any:
    """`camelot`."""
    from ...models.ann.camelot import ConsolidatedMemory
    return ConsolidatedMemory(**_shape(need), slots=slots or need.items)


def lattice(need: Need, slots: int | None = None) -> Any:
    """Slots are random directions at first: with four an item few items share one, and cosines of 6
    standard deviations let the nearest one win."""
    from ...models.ann.lattice import LatticeMemory
    return LatticeMemory(**_shape(need), slots=slots or 4 * need.items, rate=4.0,
                         beta=6.0 * math.sqrt(need.key_dim + need.value_dim))


def larimar(need: Need, slots: int | None = None) -> Any:
    """`larimar`."""
    from ...models.ann.larimar import EpisodicMemory
    return EpisodicMemory(**_shape(need), slots=slots or min(need.items, need.key_dim),
                          auto=need.auto)


def sdm(need: Need, slots: int | None = None) -> Any:
    """Without a knob, four addresses an item and at least 1024."""
    from ...models.ann.sdm import SparseDistributedMemory
    if need.domain != "bipolar":
        raise CannotDo(f"sdm has addresses of -1 and 1, not {need.domain!r}")
    locations = slots or max(1024, 4 * need.items)
    reach = (2.0 * locations * max(need.items, 1)) ** (-1.0 / 3.0)
    return SparseDistributedMemory(need.key_dim, need.value_dim, locations, reach, need.auto)


def softmax_kv(need: Need, slots: int | None = None, replace: bool = False) -> Any:
    """`softmax-kv`."""
    from ...models.ann.keyvalue import KeyValueMemory
    return KeyValueMemory(**_shape(need), beta=_beta(need), slots=slots, replace=replace)


def softmax_kv_1bit(need: Need, slots: int | None = None) -> Any:
    """Of signs and flags alone: one bit an entry."""
    from ...models.ann.keyvalue import KeyValueMemory
    if need.domain not in ("bipolar", "ksparse", "binary"):
        raise CannotDo(f"softmax-kv-1bit holds patterns of two letters, not {need.domain!r}")
    return KeyValueMemory(**_shape(need), beta=_beta(need), slots=slots, packed=True)


def softmax_kv_replace(need: Need, slots: int | None = None) -> Any:
    """`softmax-kv-replace`."""
    return softmax_kv(need, slots, replace=True)


def _modern(need: Need, slots: int | None, separation: str) -> Any:
    """Three steps at most, as many as the paper ever needs; pairs are read from the last state."""
    from ...models.ann.keyvalue import KeyValueMemory
    from ...models.ann.separation import named
    found = named(separation)
    # half of what the worst cue shares with its key: below it, a cue belongs to nothing
    margin = 0.5 * (1.0 - 2.0 * min(need.noise, 0.45)) * _square(need) if found.rejects else 0.0
    return KeyValueMemory(**_shape(need), beta=_beta(need), slots=slots, auto=need.auto, steps=3,
                          separation=found, margin=margin)


def modern_hopfield(need: Need, slots: int | None = None) -> Any:
    """`modern-hopfield`."""
    return _modern(need, slots, "softmax")


def modern_hopfield_1(need: Need, slots: int | None = None) -> Any:
    """`modern-hopfield-1`."""
    return _modern(need, slots, "softmax-1")


def modern_hopfield_clipped(need: Need, slots: int | None = None) -> Any:
    """`modern-hopfield-clipped`."""
    return _modern(need, slots, "clipped")


def modern_hopfield_entmax(need: Need, slots: int | None = None) -> Any:
    """`modern-hopfield-entmax`."""
    return _modern(need, slots, "entmax")


def nearest(need: Need, slots: int | None = None) -> Any:
    """`nearest`."""
    from ...models.ann.keyvalue import KeyValueMemory
    from ...models.ann.separation import named
    return KeyValueMemory(**_shape(need), beta=1.0, separation=named("nearest"), slots=slots,
                          replace=True)


def hopfield(need: Need) -> Any:
    """`hopfield`."""
    from ...models.ann.hopfield import HopfieldMemory
    return HopfieldMemory(_patterns(need, "hopfield"))


def hopfield_clipped(need: Need) -> Any:
    """With the limit that keeps most patterns: 0.35 sqrt(N)."""
    from ...models.ann.hopfield import HopfieldMemory
    size = _patterns(need, "hopfield-clipped")
    return HopfieldMemory(size, limit=min(max(round(0.35 * math.sqrt(size)), 1), 127))


def pseudo_inverse(need: Need) -> Any:
    """`pseudo-inverse`."""
    from ...models.ann.pseudo_inverse import PseudoInverseMemory
    return PseudoInverseMemory(_patterns(need, "pseudo-inverse"))


def _dense(need: Need, order: int) -> Any:
    from ...models.ann.dense import DenseMemory
    size = _patterns(need, f"dense-{order}")
    if size < order:
        raise CannotDo(f"dense-{order} couples {order} units, and patterns have {size}")
    return DenseMemory(size, order=order)


def dense_3(need: Need) -> Any:
    """`dense-3`."""
    return _dense(need, 3)


def dense_4(need: Need) -> Any:
    """`dense-4`."""
    return _dense(need, 4)


def dense_associative_3(need: Need) -> Any:
    """`dense-associative-3`."""
    from ...models.ann.dense_associative import DenseAssociativeMemory
    return DenseAssociativeMemory(_patterns(need, "dense-associative-3"), "power", 3)


def dense_associative_exp(need: Need) -> Any:
    """`dense-associative-exp`."""
    from ...models.ann.dense_associative import DenseAssociativeMemory
    return DenseAssociativeMemory(_patterns(need, "dense-associative-exp"), "exp")


def willshaw(need: Need) -> Any:
    """`willshaw`."""
    from ...models.ann.willshaw import WillshawMemory
    if need.domain != "ksparse" or need.active is None:
        raise CannotDo(f"willshaw stores sparse flags (ksparse), not {need.domain!r}")
    return WillshawMemory(need.key_dim, need.value_dim, need.active, need.value_active, need.auto)


def clique(need: Need, bits: int | None = None) -> Any:
    """Without a knob, clusters of so many units (2^bits) that less than a third of the connections
    is used by the items of the task."""
    from ...models.ann.clique import CliqueAssociator
    if need.domain not in ("bipolar", "ksparse"):
        raise CannotDo(f"clique stores bipolar or sparse patterns, not {need.domain!r}")
    if need.auto and need.key_dim < 2:
        raise CannotDo("clique connects entries of a pattern, and these have 1")
    if bits is None:
        bits = min(max(math.ceil(math.log2(3 * max(need.items, 1)) / 2), 2), 8,
                   max(need.key_dim // 2, 1))
    return CliqueAssociator(**_shape(need), group=bits, auto=need.auto)
