"""The sparse-learning hippocampal memory as a memory: the number of a cue recalls its content.

A key is one of `cues` units, presented as its address in binary, which the dentate gyrus decodes.
What a cue held before is forgotten when it learns anew, as the circuit does by itself. Times are
those of its "safe" timing; weights are held between calls with the 16 bits of the board.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....models.ann.pairs import pairs
from ....models.hippocampus.schedule import HOLD
from ....models.hippocampus.sparse import VARIANTS
from ....models.hippocampus.sparse_circuit import PLASTIC, bits_of, sparse_network
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
from .cam import BITS, W_MAX
from .flags import most_said
from .runs import Inputs, run_copies, run_one, spike_times

nA = UNITS["nA"]
VARIANT = "gates"
START = VARIANTS[VARIANT].start
OPERATION = max(VARIANTS[VARIANT].timings["safe"])
"""ms from one operation to the next; the first begins at START."""

CHUNK = 64
"""Pairs that one run learns."""

Spikes = list[tuple[int, int]]


class SparseHippocampusMemory:
    """Keys are one of `cues` (ksparse with one 1), values have `value_active` of `value_dim`."""

    def __init__(self, cues: int, value_dim: int, value_active: int,
                 backend: str = "numba") -> None:
        self.spec = MemorySpec(cues, value_dim, "ksparse", active=1, value_active=value_active,
                               supports_forget=frozenset({"key", "overwrite"}),
                               timesteps_write=OPERATION, timesteps_read=OPERATION)
        self.backend, self.bits = backend, bits_of(cues)
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No weights. Draws nothing, so a seed changes nothing."""
        self.weights = np.zeros((self.spec.key_dim, self.spec.value_dim), np.uint16)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Hold each cue with its content."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        check_patterns(k, self.spec.key_dim, self.spec.domain, "keys", 1)
        return self._learn(k.argmax(axis=1).tolist(), [np.flatnonzero(x).tolist() for x in v])

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Hold each cue without content: its weights end at 0."""
        if rate is not None or keys is None:
            raise DescriptionError("sparse hippocampus: it forgets by keys=, and has no decay")
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys", 1)
        return self._learn(k.argmax(axis=1).tolist(), [[] for _ in k])

    def _learn(self, cues: list[int], contents: list[list[int]]) -> OpCount:
        ops = NOTHING
        for first in range(0, len(cues), CHUNK):
            some = slice(first, first + CHUNK)
            spikes = [spike for n, (cue, content) in enumerate(
                zip(cues[some], contents[some], strict=True)) for t in range(HOLD)
                for spike in self._shown(cue, content, START + OPERATION * n + t)]
            network = self._network({"input": spike_times(spikes)})
            run, tally = run_one(network, START + OPERATION * len(cues[some]), self.backend)
            found = np.asarray(run.weights[PLASTIC].matrix() / nA, np.float64)
            self.weights = np.rint(found / W_MAX * (2**BITS - 1)).astype(np.uint16)
            ops = ops + tally.ops(run, run.steps, BITS, learnt=True)
        return ops

    def _shown(self, cue: int, content: list[int], at: int) -> Spikes:
        """The set bits of the cue's address, cue + 1, and the content."""
        address = [b for b in range(self.bits) if (cue + 1) >> b & 1]
        return [(i, at) for i in (*address, *(self.bits + c for c in content))]

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The content that each cue recalls. The score is the share of `value_active` that fires;
        a query of more than one cue presents the bits of all, as an address of its own."""
        spec, ones = self.spec, float(self.spec.value_active or 1)
        q = check_cues(queries, spec.key_dim, spec.domain)
        inputs = [{"input": spike_times(sorted({s for cue in np.flatnonzero(x)
                                                for s in self._shown(int(cue), [], START)}))}
                  for x in q]
        said, ops = np.zeros((len(q), spec.value_dim)), NOTHING
        if len(q):
            runs = run_copies(self._network({}), START + OPERATION, inputs, self.backend)
            for n, (run, tally) in enumerate(runs):
                heard = np.asarray(run.spikes["output"].i)
                said[n, heard[heard >= self.bits] - self.bits] = 1.0
                ops = ops + tally.ops(run, run.steps, BITS)
        score = np.minimum(said.sum(axis=1) / ones, 1.0)
        return ReadResult(most_said(said, spec.value_active), score, ops, {"graded": said})

    def _network(self, inputs: Inputs) -> Network:
        start = {PLASTIC: {"w": self.weights.ravel() * (W_MAX / (2**BITS - 1)) * nA}}
        return Trial(0, inputs, weights=start).network(
            sparse_network(self.spec.key_dim, self.spec.value_dim, VARIANT, {}, {}))

    def state_bits(self) -> int:
        """16 a plastic synapse."""
        return BITS * self.weights.size

    def codings(self) -> dict[str, int]:
        """The synapses that are not 0, each with its number."""
        width = int(np.ceil(np.log2(max(self.weights.size, 2))))
        return {"numbers and weights of synapses above 0":
                int(np.count_nonzero(self.weights)) * (width + BITS)}

    def snapshot(self) -> dict[str, Any]:
        """The weights, copied."""
        return {"weights": self.weights.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.weights = np.array(state["weights"], np.uint16)
