"""The hippocampal content-addressable memory, as a memory of pairs and of patterns.

Each pair takes a cue neuron of its own, in turn, and is learnt as that cue's content: the key's
neurons and the value's together (of a pattern that is its own key, once). The circuit's recall by
content answers with every cue that holds any of it; so a key's neurons are presented one after the
other, the output spikes of each cue are counted, and the cue with most of them (each of equals)
then recalls its content. Times are those of the circuit's "safe" timing, weights are held between
calls with the 16 bits of the board.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....models.ann.pairs import pairs
from ....models.hippocampus.cam import TIMINGS
from ....models.hippocampus.circuit import PLASTIC, cam_network
from ....models.hippocampus.schedule import HOLD
from ....models.memory import (
    NOTHING,
    MemorySpec,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
)
from ....simulator.batch import Trial
from ....simulator.errors import DescriptionError
from ....simulator.network import Network
from ....simulator.units import UNITS
from .flags import most_said
from .runs import Inputs, run_copies, run_one, spike_times

nA = UNITS["nA"]

OPERATION = max(TIMINGS["safe"])
"""ms from one operation to the next."""

BITS, W_MAX = 16, 6.0
"""Of a weight, in nA: the board keeps weights as 16-bit fractions."""

CHUNK = 64
"""Pairs that one run learns."""

Spikes = list[tuple[int, int]]


class HippocampalCAMMemory:
    """`cues` pairs at most; a further one takes the cue of the oldest, which is forgotten first."""

    def __init__(self, key_dim: int, value_dim: int, cues: int, active: int,
                 value_active: int | None = None, auto: bool = False,
                 backend: str = "numba") -> None:
        self.spec = MemorySpec(key_dim, value_dim, "ksparse", auto=auto, active=active,
                               value_active=value_active,
                               supports_forget=frozenset({"key", "evict"}),
                               timesteps_write=OPERATION,
                               timesteps_read=(active + 1) * OPERATION)
        self.contents = key_dim if auto else key_dim + value_dim
        self.cues, self.backend = cues, backend
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No weights. Draws nothing, so a seed changes nothing."""
        shapes = (self.cues, self.contents), (self.contents, self.cues)
        self.weights = {name: np.zeros(shape, np.uint16)
                        for name, shape in zip(PLASTIC, shapes, strict=True)}
        self.written = 0

    # -- writing ----------------------------------------------------------------------------------
    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Learn each pair on the next cue."""
        spec = self.spec
        k, v, _ = pairs(spec, keys, values, strength, gains=False, exact=True)
        contents = [np.flatnonzero(c) for c in (k if spec.auto else np.hstack([k, v]))]
        ops, first = NOTHING, 0
        while first < len(contents):
            room = self.cues - self.written % self.cues
            some = contents[first:first + min(CHUNK, room)]
            cues = [(self.written + n) % self.cues for n in range(len(some))]
            if self.written >= self.cues:
                ops = ops + self._erase(cues)
            ops = ops + self._present([self._lesson(c, who, OPERATION * n) for n, (c, who)
                                       in enumerate(zip(cues, some, strict=True))])
            first, self.written = first + len(some), self.written + len(some)
        return ops

    @staticmethod
    def _lesson(cue: int, content: Any, at: int) -> tuple[Spikes, Spikes]:
        held = range(at, at + HOLD)
        return [(cue, t) for t in held], [(int(c), t) for c in content for t in held]

    def _erase(self, cues: Sequence[int]) -> OpCount:
        """The circuit's protocol of forgetting: cue, its content, cue; its content is recalled."""
        said, ops = self._contents_of([[cue] for cue in cues])
        lessons: list[tuple[Spikes, Spikes]] = []
        for n, cue in enumerate(cues):
            at = 2 * OPERATION * n
            again = [(cue, at + half + t) for half in (0, OPERATION) for t in range(HOLD)]
            lessons.append((again, [(int(c), at + HOLD) for c in np.flatnonzero(said[n])]))
        return ops + self._present(lessons)

    def _present(self, lessons: Sequence[tuple[Spikes, Spikes]]) -> OpCount:
        """Show cues and contents to the plastic circuit and keep its weights."""
        cue, content = ([s for lesson in lessons for s in lesson[side]] for side in (0, 1))
        last = max((at for _, at in [*cue, *content]), default=0)
        steps = (last // OPERATION + 1) * OPERATION
        network = self._network({"input": self._source(cue, content)})
        run, tally = run_one(network, steps, self.backend)
        for name in PLASTIC:
            found = np.asarray(run.weights[name].matrix() / nA, np.float64)
            self.weights[name] = np.rint(found / W_MAX * (2**BITS - 1)).astype(np.uint16)
        return tally.ops(run, steps, BITS, learnt=True)

    # -- reading ----------------------------------------------------------------------------------
    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The content of the cue that most of the key's neurons recall; of equals the `active`
        neurons that most say.

        `graded` is the share of these cues that say a neuron, `cues` the cues of each query. The
        score is the share of the key's neurons that recall them, 0 where none does.
        """
        spec = self.spec
        q = check_cues(queries, spec.key_dim, spec.domain)
        votes, first = self._votes(q)
        cues = [np.flatnonzero((v == v.max()) & (v > 0)).tolist() for v in votes]
        said, second = self._contents_of(cues)
        graded = said / np.array([max(len(c), 1) for c in cues])[:, None]
        score = votes.max(1, initial=0.0) / np.maximum(q.sum(1), 1.0)
        graded = graded if spec.auto else graded[:, spec.key_dim:]
        return ReadResult(most_said(graded, spec.ones_of_a_value()), score, first + second,
                          {"graded": graded, "cues": cues})

    def _votes(self, queries: Any) -> tuple[Any, OpCount]:
        """How many neurons of each query recall each cue, (Q, cues); each is presented alone."""
        votes, ops = np.zeros((len(queries), self.cues)), NOTHING
        keys = [np.flatnonzero(q).tolist() for q in queries]
        asked = [n for n, who in enumerate(keys) if who]
        inputs = [{"input": self._source([], [(c, OPERATION * at) for at, c in enumerate(keys[n])])}
                  for n in asked]
        for n, run, tally in self._asked(asked, inputs, max(map(len, keys), default=0)):
            heard = np.asarray(run.spikes["output"].i)
            votes[n] = np.bincount(heard, minlength=self.cues)[:self.cues]
            ops = ops + tally.ops(run, OPERATION * len(keys[n]), BITS)
        return votes, ops

    def _asked(self, asked: Sequence[int], inputs: Sequence[Inputs], most: int) -> Any:
        """(number of a query, its run, tally) for runs of `most` operations."""
        if not asked:
            return
        runs = run_copies(self._network({}), OPERATION * most, inputs, self.backend)
        yield from ((n, run, tally) for n, (run, tally) in zip(asked, runs, strict=True))

    def _contents_of(self, cues: Sequence[Sequence[int]]) -> tuple[Any, OpCount]:
        """How many of each row's cues recall each content neuron, (rows, contents)."""
        said, ops = np.zeros((len(cues), self.contents)), NOTHING
        asked = [n for n, who in enumerate(cues) if len(who)]
        inputs = [{"input": self._source([(c, OPERATION * at) for at, c in enumerate(cues[n])], [])}
                  for n in asked]
        for n, run, tally in self._asked(asked, inputs, max(map(len, cues), default=0)):
            heard = run.spikes["output"]
            content = np.asarray(heard.i) >= self.cues
            pairs = np.unique(np.stack([np.asarray(heard.step)[content] // OPERATION,
                                        np.asarray(heard.i)[content] - self.cues]), axis=1)
            said[n] = np.bincount(pairs[1], minlength=self.contents)
            ops = ops + tally.ops(run, OPERATION * len(cues[n]), BITS)
        return said, ops

    def _source(self, cue: Spikes, content: Spikes) -> Any:
        return spike_times([*cue, *((self.cues + c, at) for c, at in content)])

    def _network(self, inputs: Inputs) -> Network:
        """The circuit with the weights as they are held."""
        start = {name: {"w": w.ravel() * (W_MAX / (2**BITS - 1)) * nA}
                 for name, w in self.weights.items()}
        return Trial(0, inputs, weights=start).network(
            cam_network(self.cues, self.contents, {}, {}))

    # -- the store --------------------------------------------------------------------------------
    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Erase every cue that all neurons of a key recall."""
        if rate is not None or keys is None:
            raise DescriptionError("hippocampal CAM: it forgets by keys=, and has no decay")
        q = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys", self.spec.active)
        votes, ops = self._votes(q)
        same = sorted({c for v in votes for c in np.flatnonzero(v >= self.spec.active).tolist()})
        return ops + self._erase(same) if same else ops

    def state_bits(self) -> int:
        """16 a plastic synapse."""
        return BITS * sum(w.size for w in self.weights.values())

    def codings(self) -> dict[str, int]:
        """The synapses that are not 0, each with its number."""
        synapses = sum(w.size for w in self.weights.values())
        width = int(np.ceil(np.log2(max(synapses, 2))))
        there = sum(int(np.count_nonzero(w)) for w in self.weights.values())
        return {"numbers and weights of synapses above 0": there * (width + BITS)}

    def snapshot(self) -> dict[str, Any]:
        """Weights and how many pairs were written, copied."""
        return {"written": self.written, **{n: w.copy() for n, w in self.weights.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.written = int(state["written"])
        self.weights = {name: np.array(state[name], np.uint16) for name in PLASTIC}
