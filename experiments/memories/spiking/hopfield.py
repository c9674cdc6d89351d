"""The spiking Hopfield network as a memory: Hebb's couplings, states as spikes.

Couplings are not learnt by spikes: a write adds x x^T of each pattern, as `HopfieldMemory` does,
whose store this is. A recall runs the network of threshold units, one parallel sweep a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ....models.ann.hopfield import HopfieldMemory
from ....models.hebbian.spiking_hopfield import SpikingHopfield
from ....models.memory import OpCount, ReadResult, check_cues
from ....simulator.errors import DescriptionError
from .runs import run_one

SWEEPS = 20
"""Parallel sweeps of a recall."""


class SpikingHopfieldMemory:
    """`size` neurons. A hidden entry of a cue begins silent, which is what -1 is."""

    def __init__(self, size: int, backend: str = "numba") -> None:
        self.store, self.backend = HopfieldMemory(size), backend
        self.spec = replace(self.store.spec, timesteps_read=SWEEPS + 1)
        self.state_bits, self.codings = self.store.state_bits, self.store.codings

    def reset(self, *, seed: int | None = None) -> None:
        """No couplings. Draws nothing, so a seed changes nothing."""
        self.store.reset()

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Add x x^T of each pattern."""
        return self.store.write(keys, values, strength=strength)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """The state after `steps` parallel sweeps (20), at least one; cues are shown in turn.

        The score is the overlap of the state with the cue's known part; `converged` says whether
        the last sweep changed nothing.
        """
        sweeps = SWEEPS if steps is None else steps
        if sweeps < 1:
            raise DescriptionError(f"spiking Hopfield: {sweeps} sweeps; at least 1")
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        if not len(q):
            return ReadResult(q, np.zeros(0), OpCount())
        asked = SpikingHopfield(self.store.couplings.astype(np.float64), steps=sweeps + 1,
                                cues=tuple(np.where(q > 0, 1, -1).astype(np.int8)))
        run, tally = run_one(asked.network(), 1 + (sweeps + 1) * len(q), self.backend)
        rasters = asked.decode(run)
        last, before = (np.array([r[k] for r in rasters], np.float64) for k in (-1, -2))
        score = (last * q).sum(axis=1) / np.maximum(np.abs(q).sum(axis=1), 1.0)
        return ReadResult(last, score, tally.ops(run, run.steps),
                          {"converged": (last == before).all(axis=1)})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """Subtract x x^T of each pattern."""
        return self.store.forget(keys=keys, rate=rate, steps=steps)

    def snapshot(self) -> dict[str, Any]:
        """The couplings, copied."""
        return {"couplings": self.store.couplings.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.store.couplings = np.array(state["couplings"], np.float32)
