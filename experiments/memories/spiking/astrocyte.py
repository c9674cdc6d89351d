"""Associative memory of neurons and astrocytes as a memory: rates, no spikes.

Kozachkov, Slotine and Krotov 2025; equations in `models.astrocyte.associative`. What is stored is
the tensor T of transport inside the astrocyte, N^4 numbers, which a sum over the patterns stands
for: the patterns are held, a bit an entry, and T is never built. A network of the core takes the
same steps (`models.astrocyte.associative_network`), so no backend is asked for here: all cues are
integrated together as arrays, some at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....models.ann.signs import SignRows
from ....models.astrocyte.associative import NeuronAstrocyteMemory, State
from ....models.memory import MemorySpec, OpCount, ReadResult, check_cues
from ....simulator.errors import DescriptionError

STEPS = 200
"""Euler steps of a recall at most: ten time constants."""

AT_REST = 1e-4
"""A cue whose neurons change less in a step, in units of the largest, is done."""

AT_ONCE = 1 << 16
"""Synapses of the cues that are integrated at once: their arrays then stay in cache."""


class AstrocyteMemory:
    """`size` neurons, size^2 synapses and processes."""

    def __init__(self, size: int) -> None:
        self.spec = MemorySpec(size, size, "bipolar", auto=True, iterative=True, order_free=True,
                               supports_forget=frozenset({"key"}), timesteps_read=STEPS)
        self.rows = SignRows(self.spec)
        self.reset, self.write, self.forget = self.rows.reset, self.rows.write, self.rows.forget
        self.snapshot, self.state_bits = self.rows.snapshot, self.rows.bits

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.rows.restore(state)

    def codings(self) -> dict[str, int]:
        """The tensor itself, at 32 bits a number."""
        return {"transport tensor": 32 * self.spec.key_dim**4}

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Signs of the neurons after `steps` Euler steps (200).

        `graded` is tanh(beta x). The score is the overlap of the result with the cue's known part.
        """
        total = STEPS if steps is None else steps
        if total < 1:
            raise DescriptionError(f"neuron-astrocyte memory: {total} steps; at least 1")
        q = check_cues(queries, self.spec.key_dim, "bipolar")
        patterns = self.rows.patterns()
        if not len(patterns) or not len(q):
            return ReadResult(np.where(q < 0, -1.0, 1.0), np.zeros(len(q)),
                              self._ops(float(len(q)), 0), {"graded": np.zeros(q.shape)})
        model = NeuronAstrocyteMemory(patterns)
        many = max(1, AT_ONCE // self.spec.key_dim**2)
        found = [_settled(model, q[n:n + many], total) for n in range(0, len(q), many)]
        x, used = (np.concatenate(part) for part in zip(*found, strict=True))
        values = np.where(x < 0, -1.0, 1.0)
        score = (values * q).sum(axis=1) / np.maximum(np.abs(q).sum(axis=1), 1.0)
        return ReadResult(values, score, self._ops(float(used.sum()), len(patterns)),
                          {"graded": np.tanh(model.beta * x), "iterations": used})

    def _ops(self, each: float, patterns: int) -> OpCount:
        """A step: two products of each pattern with the processes, one of synapses with rates, one
        outer product, and tanh of neurons, synapses and processes."""
        n = float(self.spec.key_dim)
        mac = each * n**2 * (2.0 * patterns + 2.0)
        return OpCount(dense=mac, mac=mac, neuron_updates=each * n, timesteps=each,
                       exp=each * (2.0 * n**2 + n), bytes_rw=each * patterns * n / 8.0)


def _settled(model: NeuronAstrocyteMemory, cues: Any, steps: int) -> tuple[Any, Any]:
    """Neurons x (Q, N) after at most `steps` of the model's steps, and how many each cue took."""
    parts = zip(*(model.start(cue) for cue in cues), strict=True)
    y = State(*(np.stack(part) for part in parts))
    found, used, moving = y.x.copy(), np.full(len(cues), steps), np.arange(len(cues))
    for n in range(1, steps + 1):
        new = _step(model, y)
        found[moving] = new.x
        still = np.abs(new.x - y.x).max(axis=1) < AT_REST * np.abs(new.x).max(axis=1)
        used[moving[still]] = n
        moving = moving[~still]
        if not len(moving):
            break
        y = State(*(part[~still] for part in new))
    return found, used


def _step(model: NeuronAstrocyteMemory, y: State) -> State:
    """`model.step` of several states, to rounding: NumPy's tanh takes a third of the time of the
    one that is the same on every machine."""
    h, g, psi = (np.tanh(model.beta * part) for part in y)
    said = ((model.patterns @ psi) * model.patterns).sum(axis=2)
    exchange = (model.patterns.T * said[:, None]) @ (model.patterns / model.patterns.shape[1]**3)
    return State(_moved(y.x, model.dt, (g @ h[:, :, None])[:, :, 0]),
                 _moved(y.s, model.dt, h[:, :, None] * h[:, None], psi),
                 _moved(y.p, model.dt, exchange, g))


def _moved(old: Any, dt: float, pull: Any, *more: Any) -> Any:
    """old + dt (-old + pull + more), in the array of `pull`."""
    pull -= old
    for part in more:
        pull += part
    pull *= dt
    pull += old
    return pull
