"""Memories of artificial networks, by name. A new one is a file in models/ann, a function in
`ann_builders` and an entry here."""

from __future__ import annotations

from typing import Any

from . import ann_builders as build
from .entry import Entry

PAIRS: Any = {"domains": ("unit", "real", "bipolar", "ksparse"), "auto": True, "hetero": True}
SIGNS: Any = {"domains": ("bipolar",), "auto": True, "hetero": False}
SLOTS: Any = PAIRS | {"knob": "slots"}

MATRICES = (
    Entry("linear", "sum of outer products (Hebb)", "Kohonen 1972; Anderson 1972", build.linear,
          family="linear", **PAIRS),
    Entry("linear-decay", "sum of outer products, decaying by 5 % a pair", "Kohonen 1972",
          build.linear_decay, family="linear-decay", **PAIRS),
    Entry("linear-8bit", "sum of outer products in weights of 8 bits", "Kohonen 1972; Gupta et al. "
          "2015", build.linear_8bit, family="linear-quantised", **PAIRS),
    Entry("delta", "delta rule, rate 1", "Widrow and Hoff 1960; Schlag et al. 2021", build.delta,
          family="delta", **PAIRS),
    Entry("delta-half", "delta rule, rate 0.5", "Widrow and Hoff 1960; Schlag et al. 2021",
          build.delta_half, family="delta-half", **PAIRS),
    Entry("delta-8bit", "delta rule, weights of 8 bits", "Schlag et al. 2021; Gupta et al. 2015",
          build.delta_8bit, family="delta-quantised", **PAIRS),
    Entry("delta-4bit", "delta rule, weights of 4 bits", "Schlag et al. 2021; Gupta et al. 2015",
          build.delta_4bit, family="delta-quantised", **PAIRS),
    Entry("delta-1bit", "delta rule, weights of 1 bit", "Schlag et al. 2021; Gupta et al. 2015",
          build.delta_1bit, family="delta-quantised", **PAIRS),
    Entry("ridge", "ridge regression, pair by pair", "Plackett 1950; von Oswald et al. 2023",
          build.ridge, family="ridge", **PAIRS),
    Entry("poly2-linear", "sum of outer products over quadratic features",
          "Behrouz et al. 2025", build.poly2_linear, family="poly2-linear", **PAIRS),
    Entry("poly2-delta", "delta rule over quadratic features", "Behrouz et al. 2025",
          build.poly2_delta, family="poly2-delta", **PAIRS),
    Entry("mixture", "four routed delta memories of a quarter of the size", "Du et al. 2025",
          build.mixture, family="mixture", **PAIRS),
)

NETWORKS = (
    Entry("hopfield", "Hopfield network, Hebb's couplings", "Hopfield 1982", build.hopfield,
          family="hopfield", **SIGNS),
    Entry("hopfield-clipped", "Hopfield network with clipped couplings: a palimpsest",
          "Parisi 1986", build.hopfield_clipped, family="hopfield-clipped", **SIGNS),
    Entry("pseudo-inverse", "Hopfield network, projection couplings",
          "Personnaz, Guyon and Dreyfus 1985", build.pseudo_inverse, family="pseudo-inverse",
          **SIGNS),
    Entry("dense-3", "3-body Hebbian network", "Gardner 1987; Agliari et al. 2022", build.dense_3,
          family="dense-3", **SIGNS),
    Entry("dense-4", "4-body Hebbian network", "Gardner 1987; Agliari et al. 2022", build.dense_4,
          family="dense-4", **SIGNS),
    Entry("dense-associative-3", "dense associative memory, F = z^3",
          "Krotov and Hopfield 2016", build.dense_associative_3, family="dense-associative-3",
          **SIGNS),
    Entry("dense-associative-exp", "dense associative memory, F = exp(z)",
          "Demircigil et al. 2017", build.dense_associative_exp, family="dense-associative-exp",
          **SIGNS),
    Entry("sdm", "sparse distributed memory", "Kanerva 1988", build.sdm, family="sdm",
          knob="slots", domains=("bipolar",)),
    Entry("willshaw", "matrix of one-bit synapses",
          "Willshaw, Buneman and Longuet-Higgins 1969", build.willshaw, family="willshaw",
          domains=("ksparse",)),
    Entry("clique", "clustered cliques", "Gripon and Berrou 2011", build.clique, family="clique",
          knob="bits", domains=("bipolar", "ksparse")),
)

STORES = (
    Entry("softmax-kv", "key-value cache read by softmax", "Vaswani et al. 2017", build.softmax_kv,
          family="modern-hopfield", **SLOTS),
    Entry("softmax-kv-1bit", "key-value cache of one bit an entry, read by softmax",
          "Vaswani et al. 2017", build.softmax_kv_1bit, family="modern-hopfield", knob="slots",
          domains=("bipolar", "ksparse")),
    Entry("softmax-kv-replace", "key-value cache in which a key has one value",
          "Vaswani et al. 2017", build.softmax_kv_replace, family="modern-hopfield", **SLOTS),
    Entry("nearest", "value of the nearest key", "Cover and Hart 1967", build.nearest,
          family="nearest", **SLOTS),
    Entry("modern-hopfield", "modern Hopfield network (softmax)", "Ramsauer et al. 2021",
          build.modern_hopfield, family="modern-hopfield", **SLOTS),
    Entry("modern-hopfield-1", "modern Hopfield network with softmax_1, which can reject",
          "Hu et al. 2024", build.modern_hopfield_1, family="modern-hopfield", **SLOTS),
    Entry("modern-hopfield-clipped", "modern Hopfield network with clipped softmax_1",
          "Hu et al. 2024", build.modern_hopfield_clipped, family="modern-hopfield", **SLOTS),
    Entry("modern-hopfield-entmax", "sparse modern Hopfield network (1.5-entmax)",
          "Hu et al. 2023; Wu et al. 2024", build.modern_hopfield_entmax, family="modern-hopfield",
          **SLOTS),
    Entry("camelot", "modes that average what is alike (CAMELoT)", "He et al. 2024",
          build.camelot, family="camelot", second_hand=True, **SLOTS),
    Entry("larimar", "episodic matrix read by pseudo-inverses (Larimar)", "Das et al. 2024",
          build.larimar, family="larimar", **SLOTS),
    Entry("lattice", "slots that move on a sphere (Lattice)", "Karami and Mirrokni 2025",
          build.lattice, family="lattice", second_hand=True, **SLOTS),
    Entry("hops", "two reads of a key-value cache, added up", "Sukhbaatar et al. 2015", build.hops,
          family="hops", **SLOTS),
    Entry("window-delta", "the last pairs as they were, a delta rule for older ones",
          "Fang et al. 2025", build.window_delta, family="window-delta", **SLOTS),
    Entry("replay-delta", "delta rule with replay from a buffer", "Robins 1995; Vitter 1985",
          build.replay_delta, family="replay-delta", **SLOTS),
    Entry("three-store", "sensory, working and long-term store (XMem)",
          "Cheng and Schwing 2022", build.three_store, family="three-store", **SLOTS),
)

ENTRIES = MATRICES + NETWORKS + STORES
