"""The spiking BCPNN memory as a memory: one-shot lessons, attractor recall.

A hypercolumn stands for each entry of a pattern, with a unit for each of its two signs. Lessons run
on the plastic network; what is kept of it between calls are probabilities in float32: of the units
(as the unit, its synapses out and its synapses in know them) and of the pairs (eps apart). Weights
and biases follow from them. A lesson starts from silence: traces of 20 ms do not outlive the 150 ms
that end each operation. Recall runs with the weights that follow, frozen (kappa is 0 there in any
case), each cue on a copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ....models.ann.pairs import pairs
from ....models.hebbian.spiking_bcpnn import INTERVAL, RATES, RULE, STORED, SpikingBCPNN
from ....models.memory import (
    NOTHING,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
)
from ....models.synapses import static
from ....simulator.errors import DescriptionError
from ....simulator.network import Network
from ....simulator.probes import StateProbe
from .runs import run_copies, run_one

CHUNK = 8
"""Patterns that one run learns."""

UNITS = 2
"""Of a hypercolumn: for -1 and for 1."""


class SpikingBCPNNMemory:
    """Bipolar patterns of `size`; a lesson takes `share` of all probabilities."""

    def __init__(self, size: int, share: float, backend: str = "numba") -> None:
        self.model = SpikingBCPNN(size, UNITS, share)
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True,
                               timesteps_write=INTERVAL, timesteps_read=INTERVAL)
        self.backend = backend
        recurrent = next(q for q in self.model.network().projections if q.name == STORED)
        self.pre, self.post = recurrent.connector.pre, recurrent.connector.post
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """What is equally probable. Draws nothing, so a seed changes nothing."""
        prior, n = 1.0 / UNITS, UNITS * self.spec.key_dim
        self.p = np.full((3, n), prior, np.float32)
        self.p_joint = np.full(len(self.pre), (prior - RATES.eps)**2, np.float32)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """A lesson for each pattern, in order."""
        x, _, _ = pairs(self.spec, keys, values, strength, gains=False)
        ops = NOTHING
        for n in range(0, len(x), CHUNK):
            taught = replace(self.model, operations=tuple(
                ("learn", tuple(int(s) for s in row > 0)) for row in x[n:n + CHUNK]))
            last = StateProbe("units", ["p"], every=INTERVAL - 1)  # at rest at the end of a lesson
            run, tally = run_one(self._started(replace(taught.network(), probes=[last])),
                                 INTERVAL * len(taught.operations), self.backend)
            left = run.weights[STORED]
            self.p_joint = np.asarray(left["q"], np.float32)
            self.p[0] = run.states["units"]["p"][-1]
            self.p[1, left.pre], self.p[2, left.post] = left["p_i"], left["p_j"]
            ops = ops + tally.ops(run, run.steps, learnt=True)
        return ops

    def _started(self, network: Network) -> Network:
        """The network from the probabilities that are held."""
        p, p_i, p_j = self.p.astype(np.float64)
        initial = {"p_i": p_i, "p_j": p_j, "q": self.p_joint.astype(np.float64),
                   "w": self._weights()}
        return replace(
            network,
            populations=[replace(x, initial={"p": p}) if x.name == "units" else x
                         for x in network.populations],
            projections=[replace(q, initial=initial) if q.name == STORED else q
                         for q in network.projections])

    def _weights(self) -> Any:
        """w_gain log(Pij / (Pi Pj)) of each pair."""
        p, eps = self.p.astype(np.float64), RATES.eps
        p_i, p_j = p[1, self.pre], p[2, self.post]
        joint = self.p_joint + eps * (p_i + p_j) - eps**2
        return RULE["w_gain"] * np.log(joint / (p_i * p_j))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The signs that win their hypercolumns; -1 in an entry where neither does.

        The score is the share of the cue's known entries that the result keeps.
        """
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        ops, values = NOTHING, np.full(q.shape, -1.0)
        if not len(q):
            return ReadResult(values, np.zeros(0), ops)
        asked = [replace(self.model, operations=(("recall", tuple(
            int(s) for s in np.where(cue == 0, -1, cue > 0))),)) for cue in q]
        frozen = self._frozen(asked[0].network())
        inputs = [{"teacher": one.network().populations[0].model} for one in asked]
        for n, (run, tally) in enumerate(run_copies(frozen, INTERVAL, inputs, self.backend)):
            values[n] = np.where(asked[n].decode(run)[0] == 1, 1.0, -1.0)
            ops = ops + tally.ops(run, run.steps)
        known = np.maximum(np.abs(q).sum(axis=1), 1.0)
        return ReadResult(values, (values == q).sum(axis=1) / known, ops)

    def _frozen(self, network: Network) -> Network:
        """The network with weights that do not change."""
        network = self._started(network)
        there = {"synapse": static("s", "1"), "parameters": {"w": self._weights()}, "initial": {}}
        return replace(network, projections=[
            replace(q, **there) if q.name == STORED else q for q in network.projections])

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: patterns fade by the lessons after them only."""
        raise DescriptionError("spiking BCPNN: it forgets by further lessons only")

    def state_bits(self) -> int:
        """32 a probability, of units and of pairs in both directions."""
        return 32 * (self.p.size + self.p_joint.size)

    def codings(self) -> dict[str, int]:
        """Each pair of units once."""
        return {"pairs once": 32 * (self.p.size + self.p_joint.size // 2)}

    def snapshot(self) -> dict[str, Any]:
        """The probabilities, copied."""
        return {"p": self.p.copy(), "p_joint": self.p_joint.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.p = np.array(state["p"], np.float32)
        self.p_joint = np.array(state["p_joint"], np.float32)
