"""A memory of your own, beside one that comes with engram, on a shared task.

As a command: engram compare --task recall --memories own_memory.py:Notebook,linear --out compared
"""

from __future__ import annotations

import numpy as np

import engram as eg
from engram.models.ann.pairs import check_forget, pairs, put_back, taken
from engram.models.memory import MemorySpec, OpCount, ReadResult, check_cues, products


class Notebook:
    """Keeps the last 48 pairs, and answers with the value of the nearest key."""

    domains = ("unit", "bipolar")

    def __init__(self, need):
        self.spec = MemorySpec(need.key_dim, need.value_dim, need.domain)
        self.reset()

    def reset(self, *, seed=None):
        self.keys = np.zeros((0, self.spec.key_dim), np.float32)
        self.values = np.zeros((0, self.spec.value_dim), np.float32)

    def write(self, keys, values, *, strength=None):
        k, v, _ = pairs(self.spec, keys, values, strength, gains=False)
        self.keys = np.vstack([self.keys, k])[-48:].astype(np.float32)
        self.values = np.vstack([self.values, v])[-48:].astype(np.float32)
        return OpCount(bytes_rw=4.0 * (k.size + v.size), timesteps=len(k))

    def read(self, queries, *, steps=None):
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        likeness = np.hstack([np.full((len(q), 1), -np.inf), q @ self.keys.T])
        known = np.vstack([np.zeros((1, self.spec.value_dim)), self.values])  # row 0: knows nothing
        ops = products(q, len(self.keys)) + OpCount(bytes_rw=4.0 * len(q) * self.keys.size)
        return ReadResult(known[likeness.argmax(1)], likeness.max(1, initial=-1e9), ops)

    def forget(self, *, keys=None, rate=None, steps=1):
        check_forget(self.spec, keys, rate, steps)  # raises: the spec promises no forgetting
        return OpCount()

    def state_bits(self):
        return 32 * (self.keys.size + self.values.size)

    def snapshot(self):
        return taken(self, ("keys", "values"))

    def restore(self, state):
        put_back(self, ("keys", "values"), state)


if __name__ == "__main__":
    comparison, = eg.compare("recall", ["linear", f"{__file__}:Notebook"], seeds=2)
    for memory in comparison.memories:  # P*: the most pairs of which it recalls nine in ten
        found = comparison.summary(memory, "P* (whole)")
        print(f"{memory}: P* of each seed {list(found.values())}")
