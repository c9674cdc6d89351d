"""Clustered cliques (Gripon and Berrou 2011) behind the face of a memory.

The store is `models.hebbian.CliqueMemory`. Bipolar patterns are the messages of the paper: each
group of `group` entries is a binary number that names one of 2^group units of a cluster; a group of
which a cue hides an entry is erased. A pair is one message, key before value, and a cue has the
value's clusters erased. A sparse pattern is a clique of its ones: every position is a cluster of a
single unit, and the `active` highest scores win (sparse messages of Aliabadi et al. 2014).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...simulator.errors import DescriptionError
from ..hebbian.cliques import ERASED, CliqueMemory
from ..memory import Domain, MemorySpec, OpCount, ReadResult, check_cues, to_domain
from ..memory.protocol import Array
from .pairs import check_forget, check_steps, pairs

ITERATIONS = 4
Messages = NDArray[np.int64]


class CliqueAssociator:
    """Bipolar, in groups of `group` entries, or ksparse with `active` ones and groups of one."""

    def __init__(self, key_dim: int, value_dim: int, domain: Domain = "bipolar", group: int = 4,
                 auto: bool = False, active: int | None = None,
                 value_active: int | None = None) -> None:
        if domain not in ("bipolar", "ksparse"):
            raise DescriptionError(f"CliqueAssociator: domain {domain!r}; it takes bipolar and "
                                   "ksparse patterns")
        if not 1 <= group <= 16:
            raise DescriptionError(f"CliqueAssociator: groups of {group} entries; 1 ... 16")
        self.spec = MemorySpec(key_dim, value_dim, domain, auto=auto, iterative=True,
                               order_free=True, active=active, value_active=value_active)
        self.group = group if domain == "bipolar" else 0
        self.units = 2**self.group
        widths = (key_dim,) if auto else (key_dim, value_dim)
        self.parts = [-(-width // max(self.group, 1)) for width in widths]
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """No cliques. Draws nothing, so a seed changes nothing."""
        self.network = CliqueMemory(sum(self.parts), self.units)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Connect the units of each message, each with all others."""
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        messages = self._messages(k) if self.spec.auto else np.hstack(
            [self._messages(k), self._messages(v)])
        self.network.learn(messages)
        used = (messages >= 0).sum(axis=1)
        links = float((used * (used - 1)).sum())
        return OpCount(dense=float(len(k) * self.state_bits()), ac=links, weight_updates=links,
                       bytes_rw=links / 8, timesteps=len(k))

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """What is active after the iterations (4); `graded` is the mean of the active words.

        The score is the share of the cue's units that are still active at the end.
        """
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        cues = self._messages(q)
        if not self.spec.auto:
            cues = np.hstack([cues, np.full((len(q), self.parts[1]), ERASED)])
        iterations = check_steps(steps, ITERATIONS)
        keep = 0
        if self.spec.domain == "ksparse":
            extra = 0 if self.spec.auto else self.spec.ones_of_a_value() or 0
            keep = (self.spec.active or 0) + extra
        active = self.network.active(cues, iterations=iterations, keep=keep)
        graded = self._patterns(active[:, -self.parts[-1]:])
        kept = np.take_along_axis(active, np.maximum(cues, 0)[:, :, None], axis=2)[:, :, 0]
        known = cues >= 0
        score = (kept & known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        values = to_domain(graded, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, score, self._cost(known, active, iterations),
                          {"graded": graded, "iterations": np.full(len(q), iterations)})

    def _cost(self, known: Any, active: Any, iterations: int) -> OpCount:
        """Of iteration one the cue's units send, of later ones as many as in the end."""
        dense = float(len(known) * iterations * self.state_bits())
        fan_out = (sum(self.parts) - 1) * self.units
        sending = float(known.sum()) + (iterations - 1) * float(active.sum())
        updates = float(len(known) * iterations * sum(self.parts) * self.units)
        return OpCount(dense=dense, ac=sending * fan_out, neuron_updates=updates,
                       bytes_rw=dense / 8, timesteps=float(len(known) * iterations))

    def _messages(self, patterns: Array) -> Messages:
        """The unit of each cluster (P, clusters), -1 where an entry is hidden or not used."""
        if not self.group:
            return np.where(patterns > 0, 0, ERASED).astype(np.int64)
        short = -patterns.shape[1] % self.group
        padded = np.pad(patterns, ((0, 0), (0, short)), constant_values=-1.0)
        words = padded.reshape(len(patterns), padded.shape[1] // self.group, self.group)
        unit = ((words > 0) @ (1 << np.arange(self.group))).astype(np.int64)
        return np.where((words == 0).any(axis=2), ERASED, unit)

    def _patterns(self, active: Any) -> Array:
        """The mean word of the active units of each cluster (Q, value_dim); 0 where none is."""
        if not self.group:
            return np.asarray(active[:, :, 0], np.float64)
        bits = (np.arange(self.units)[:, None] >> np.arange(self.group)) & 1
        number = np.maximum(active.sum(axis=2, keepdims=True), 1)
        mean = (active @ (2.0 * bits - 1.0)) / number
        flat = mean.reshape(len(active), mean.shape[1] * self.group)
        return np.asarray(flat[:, :self.spec.value_dim])

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: a connection does not know how many messages it serves."""
        check_forget(self.spec, keys, rate, steps)
        return OpCount()

    def state_bits(self) -> int:
        """One a connection between units of different clusters, both directions."""
        clusters = sum(self.parts)
        return int(clusters * (clusters - 1) * self.units**2)

    def codings(self) -> dict[str, int]:
        """Each connection once."""
        return {"triangle": self.state_bits() // 2}

    def snapshot(self) -> dict[str, Any]:
        """The connections, in words."""
        return {"rows": self.network.rows.copy()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.network.rows = np.array(state["rows"], self.network.rows.dtype)
