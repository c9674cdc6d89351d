"""The spiking Willshaw network as a memory: learns by itself, recalls on the synapses it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ....models.ann.pairs import pairs
from ....models.hebbian.spiking_willshaw import INTERVAL, STORED, UNIT, SpikingWillshaw
from ....models.memory import (
    NOTHING,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
)
from ....simulator.batch import Trial
from ....simulator.connectors import AllToAll, FromArrays
from ....simulator.errors import DescriptionError
from ....simulator.network import Network, Population, Projection
from ....simulator.units import UNITS
from .flags import most_said
from .runs import run_copies, run_one, spike_times

mV, ms = UNITS["mV"], UNITS["ms"]

VOLLEY = 4
"""Steps of a volley: key, arrival, the step in which the threshold is crossed, and one more."""

AUTO_ROUNDS = 4
"""Recalls in turn of an auto-associative memory, each from what the last one found."""

CHUNK = 256
"""Pairs that one run learns."""


def learning(inputs: int, outputs: int, pairs: Sequence[tuple[Any, Any]]) -> Network:
    """The plastic network, shown pairs of (neurons of the key, neurons of the value)."""
    return SpikingWillshaw(inputs, outputs, tuple(pairs)).network()


class SpikingWillshawMemory:
    """`key_dim` by `value_dim` synapses of one bit, learnt by `SpikingWillshaw` in one shot.

    A synapse is on or off for good (a coincidence sets it to its largest weight), so a bit is its
    whole state, and the store is held as booleans between calls. Recall runs on the synapses that
    are on, static, each cue on a copy. A key is presented in 1 + `wrong` volleys (or as many as it
    has ones); in volley m outputs fire that at most m of the key's neurons do not reach, since each
    further one costs them lambda + 1 and a neuron of `lower` gives back m times that. The first
    volley is Willshaw's rule.
    """

    def __init__(self, key_dim: int, value_dim: int, active: int, value_active: int | None = None,
                 wrong: int = 0, auto: bool = False, backend: str = "numba") -> None:
        if not 0 <= wrong < active:
            raise DescriptionError(f"spiking Willshaw: {wrong} wrong ones of {active}; give 0 to "
                                   f"{active - 1}")
        self.volleys, self.backend = 1 + wrong, backend
        # the membrane forgets with 2 ms: from -2 key_dim^2 units to a tenth of one
        self.gap = VOLLEY + int(np.ceil(2.0 * np.log(20.0 * key_dim**2)))
        self.steps = self.gap * wrong + VOLLEY
        self.spec = MemorySpec(key_dim, value_dim, "ksparse", auto=auto, active=active,
                               value_active=value_active, order_free=True, iterative=auto,
                               timesteps_write=INTERVAL, timesteps_read=self.steps)
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No synapse on. Draws nothing, so a seed changes nothing."""
        self.store = np.zeros((self.spec.key_dim, self.spec.value_dim), bool)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Present each key with its value to the plastic network, one after the other."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False, exact=True)
        lessons = [(tuple(np.flatnonzero(a).tolist()), tuple(np.flatnonzero(b).tolist()))
                   for a, b in zip(k, v, strict=True)]
        return sum((self._learn(lessons[n:n + CHUNK]) for n in range(0, len(lessons), CHUNK)),
                   NOTHING)

    def _learn(self, lessons: list[Any]) -> OpCount:
        full = (self.spec.key_dim + 1) * UNIT
        start = Trial(weights={STORED: {"w": self.store.ravel() * full * mV}})
        network = learning(self.spec.key_dim, self.spec.value_dim, lessons)
        run, tally = run_one(start.network(network), len(lessons) * INTERVAL, self.backend)
        self.store = np.asarray(run.weights[STORED].matrix() > 0*mV)
        return tally.ops(run, run.steps, bits=1, learnt=True)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The `value_active` outputs that fire in most volleys, the first of equals; fewer where
        fewer fire. `steps` recalls in turn, of an auto-associative memory.

        `graded` counts volleys, `threshold` is what fires in the first one, from the queries
        themselves. The score is the share of volleys in which the found outputs fire.
        """
        cue = check_cues(queries, self.spec.key_dim, self.spec.domain)
        ones = self.spec.ones_of_a_value()
        graded, first, ops = self._volleys(cue)
        values, used = most_said(graded, ones), np.ones(len(cue), np.int64)
        for _ in range((steps or AUTO_ROUNDS) - 1 if self.spec.auto else 0):
            moving = (values != cue).any(axis=1) & values.any(axis=1) & (used == used.max())
            if not moving.any():
                break
            cue = values.copy()
            graded[moving], _, more = self._volleys(cue[moving])
            values = most_said(graded, ones)
            used[moving] += 1
            ops = ops + more
        score = (graded * values).sum(axis=1) / (self.volleys * float(ones or 1))
        return ReadResult(values, score, ops, {"graded": graded, "threshold": first,
                                               "iterations": used})

    def _volleys(self, cues: Any) -> tuple[Any, Any, OpCount]:
        """In how many volleys each output fires, (Q, value_dim), and which do in the first."""
        sources = []
        for cue in cues:
            who = np.flatnonzero(cue)
            at = [self.gap * m for m in range(min(self.volleys, len(who)))]
            sources.append({"key": spike_times([(i, t) for i in who for t in at]),
                            "lower": spike_times([(m, t) for m, t in enumerate(at) if m])})
        counts, ops = np.zeros((len(cues), self.volleys, self.spec.value_dim)), NOTHING
        for n, (run, tally) in enumerate(run_copies(self._frozen(), self.steps, sources,
                                                    self.backend)):
            spikes = run.spikes["out"]
            counts[n, np.asarray(spikes.step) // self.gap, np.asarray(spikes.i)] = 1.0
            ops = ops + tally.ops(run, self.steps, bits=1)
        return counts.sum(axis=1), counts[:, 0] > 0, ops

    def _frozen(self) -> Network:
        """The network for recall: static synapses where the store is on, and no teachers."""
        network = SpikingWillshaw(self.spec.key_dim, self.spec.value_dim).network()
        pre, post = np.nonzero(self.store)
        inhibition = next(q for q in network.projections if q.name == "inhibition")
        jump, one_more = inhibition.synapse, (self.spec.key_dim + 1) * UNIT * mV
        back = np.repeat(np.arange(self.volleys), self.spec.value_dim)
        return replace(
            network,
            populations=[*(p for p in network.populations if p.name != "teacher"),
                         Population("lower", self.volleys, spike_times([]))],
            projections=[inhibition,
                         Projection(STORED, "key", "out", FromArrays(pre, post), jump,
                                    {"w": one_more}, delay=1*ms),
                         Projection("allowance", "lower", "out", AllToAll(), jump,
                                    {"w": back * one_more}, delay=1*ms)])

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: a synapse that other pairs may share cannot be taken back."""
        raise DescriptionError("spiking Willshaw: it cannot forget; synapses stay on for good")

    def state_bits(self) -> int:
        """A bit a synapse."""
        return self.store.size

    def codings(self) -> dict[str, int]:
        """As many bits as the share of synapses that are on needs, arithmetically coded; of an
        auto-associative memory, whose synapses are symmetric, one direction."""
        on = float(self.store.mean())
        each = 0.0 if on in (0.0, 1.0) else -on * np.log2(on) - (1 - on) * np.log2(1 - on)
        out = {"entropy": int(np.ceil(each * self.store.size))}
        if self.spec.auto:
            out["triangle"] = self.spec.key_dim * (self.spec.key_dim + 1) // 2
        return out

    def snapshot(self) -> dict[str, Any]:
        """The synapses, copied."""
        return {"store": self.store.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.store = np.array(state["store"], bool)
