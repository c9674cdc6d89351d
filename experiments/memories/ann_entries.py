"""Memories of artificial networks, by name. A new one is a file in models/ann and an entry here.

A builder takes what a task needs and, where the entry has a knob, the size of the store.
"""

from __future__ import annotations

import math
from typing import Any

from ...models.memory import CannotDo, Need
from .entry import Entry

SHARPNESS = 32.0
"""beta in units of the inverse square of a key: softmax over cosines"""


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


def _linear(need: Need) -> Any:
    from ...models.ann.linear import LinearMemory
    return LinearMemory(**_shape(need))


def _linear_decay(need: Need) -> Any:
    from ...models.ann.linear import LinearMemory
    return LinearMemory(**_shape(need), decay=0.95)


def _delta(need: Need) -> Any:
    from ...models.ann.delta import DeltaMemory
    return DeltaMemory(**_shape(need))


def _key_value(need: Need, slots: int | None = None) -> Any:
    from ...models.ann.keyvalue import KeyValueMemory
    return KeyValueMemory(**_shape(need), beta=_beta(need), slots=slots)


def _modern(need: Need, slots: int | None, separation: str) -> Any:
    """Three steps at most, as many as the paper ever needs; pairs are read from the last state."""
    from ...models.ann.keyvalue import KeyValueMemory
    from ...models.ann.separation import named
    found = named(separation)
    # half of what the worst cue shares with its key: below it, a cue belongs to nothing
    margin = 0.5 * (1.0 - 2.0 * min(need.noise, 0.45)) * _square(need) if found.rejects else 0.0
    return KeyValueMemory(**_shape(need), beta=_beta(need), slots=slots, auto=need.auto, steps=3,
                          separation=found, margin=margin)


def _modern_hopfield(need: Need, slots: int | None = None) -> Any:
    return _modern(need, slots, "softmax")


def _modern_hopfield_1(need: Need, slots: int | None = None) -> Any:
    return _modern(need, slots, "softmax-1")


def _modern_hopfield_clipped(need: Need, slots: int | None = None) -> Any:
    return _modern(need, slots, "clipped")


def _modern_hopfield_entmax(need: Need, slots: int | None = None) -> Any:
    return _modern(need, slots, "entmax")


def _nearest(need: Need, slots: int | None = None) -> Any:
    from ...models.ann.keyvalue import KeyValueMemory
    from ...models.ann.separation import named
    return KeyValueMemory(**_shape(need), beta=1.0, separation=named("nearest"), slots=slots)


def _hopfield(need: Need) -> Any:
    from ...models.ann.hopfield import HopfieldMemory
    return HopfieldMemory(_patterns(need, "hopfield"))


def _hopfield_clipped(need: Need, bits: int | None = None) -> Any:
    """Without a knob, the limit that keeps most patterns: 0.35 sqrt(N)."""
    from ...models.ann.hopfield import HopfieldMemory
    size = _patterns(need, "hopfield-clipped")
    limit = round(0.35 * math.sqrt(size)) if bits is None else 2 ** (bits - 1) - 1
    return HopfieldMemory(size, limit=min(max(limit, 1), 127))


def _pseudo_inverse(need: Need) -> Any:
    from ...models.ann.pseudo_inverse import PseudoInverseMemory
    return PseudoInverseMemory(_patterns(need, "pseudo-inverse"))


def _dense_3(need: Need) -> Any:
    from ...models.ann.dense import DenseMemory
    return DenseMemory(_patterns(need, "dense-3"), order=3)


def _dense_4(need: Need) -> Any:
    from ...models.ann.dense import DenseMemory
    return DenseMemory(_patterns(need, "dense-4"), order=4)


def _dense_associative_3(need: Need) -> Any:
    from ...models.ann.dense_associative import DenseAssociativeMemory
    return DenseAssociativeMemory(_patterns(need, "dense-associative-3"), "power", 3)


def _dense_associative_exp(need: Need) -> Any:
    from ...models.ann.dense_associative import DenseAssociativeMemory
    return DenseAssociativeMemory(_patterns(need, "dense-associative-exp"), "exp")


def _willshaw(need: Need) -> Any:
    from ...models.ann.willshaw import WillshawMemory
    if need.domain != "ksparse" or need.active is None:
        raise CannotDo(f"willshaw stores sparse flags (ksparse), not {need.domain!r}")
    return WillshawMemory(need.key_dim, need.value_dim, need.active, need.value_active, need.auto)


def _clique(need: Need, bits: int | None = None) -> Any:
    """Without a knob, clusters of so many units (2^bits) that less than a third of the connections
    is used by the items of the task."""
    from ...models.ann.clique import CliqueAssociator
    if need.domain not in ("bipolar", "ksparse"):
        raise CannotDo(f"clique stores bipolar or sparse patterns, not {need.domain!r}")
    if bits is None:
        bits = min(max(math.ceil(math.log2(3 * max(need.items, 1)) / 2), 2), 8,
                   max(need.key_dim // 2, 1))
    return CliqueAssociator(**_shape(need), group=bits, auto=need.auto)


PAIRS: Any = {"domains": ("unit", "real", "bipolar", "ksparse"), "auto": True, "hetero": True}
SIGNS: Any = {"domains": ("bipolar",), "auto": True, "hetero": False}

ENTRIES = (
    Entry("linear", "sum of outer products (Hebb)", "Kohonen 1972; Anderson 1972", _linear,
          family="linear", **PAIRS),
    Entry("linear-decay", "sum of outer products, decaying by 5 % a pair", "Kohonen 1972",
          _linear_decay, family="linear-decay", **PAIRS),
    Entry("delta", "delta rule, rate 1", "Widrow and Hoff 1960; Schlag et al. 2021", _delta,
          family="delta", **PAIRS),
    Entry("softmax-kv", "key-value cache read by softmax", "Vaswani et al. 2017", _key_value,
          family="modern-hopfield", knob="slots", **PAIRS),
    Entry("nearest", "value of the nearest key", "Cover and Hart 1967", _nearest, family="nearest",
          knob="slots", **PAIRS),
    Entry("hopfield", "Hopfield network, Hebb's couplings", "Hopfield 1982", _hopfield,
          family="hopfield", **SIGNS),
    Entry("hopfield-clipped", "Hopfield network with clipped couplings: a palimpsest",
          "Parisi 1986", _hopfield_clipped, family="hopfield-clipped", knob="bits", **SIGNS),
    Entry("pseudo-inverse", "Hopfield network, projection couplings",
          "Personnaz, Guyon and Dreyfus 1985", _pseudo_inverse, family="pseudo-inverse", **SIGNS),
    Entry("dense-3", "3-body Hebbian network", "Gardner 1987; Agliari et al. 2022", _dense_3,
          family="dense-3", **SIGNS),
    Entry("dense-4", "4-body Hebbian network", "Gardner 1987; Agliari et al. 2022", _dense_4,
          family="dense-4", **SIGNS),
    Entry("dense-associative-3", "dense associative memory, F = z^3",
          "Krotov and Hopfield 2016", _dense_associative_3, family="dense-associative-3", **SIGNS),
    Entry("dense-associative-exp", "dense associative memory, F = exp(z)",
          "Demircigil et al. 2017", _dense_associative_exp, family="dense-associative-exp",
          **SIGNS),
    Entry("modern-hopfield", "modern Hopfield network (softmax)", "Ramsauer et al. 2021",
          _modern_hopfield, family="modern-hopfield", knob="slots", **PAIRS),
    Entry("modern-hopfield-1", "modern Hopfield network with softmax_1, which can reject",
          "Hu et al. 2024", _modern_hopfield_1, family="modern-hopfield", knob="slots", **PAIRS),
    Entry("modern-hopfield-clipped", "modern Hopfield network with clipped softmax_1",
          "Hu et al. 2024", _modern_hopfield_clipped, family="modern-hopfield", knob="slots",
          **PAIRS),
    Entry("modern-hopfield-entmax", "sparse modern Hopfield network (1.5-entmax)",
          "Hu et al. 2023; Wu et al. 2024", _modern_hopfield_entmax, family="modern-hopfield",
          knob="slots", **PAIRS),
    Entry("willshaw", "matrix of one-bit synapses",
          "Willshaw, Buneman and Longuet-Higgins 1969", _willshaw, family="willshaw",
          domains=("ksparse",)),
    Entry("clique", "clustered cliques", "Gripon and Berrou 2011", _clique, family="clique",
          knob="bits", domains=("bipolar", "ksparse")),
)
