"""Associative memory of neurons and astrocytes as a memory: rates, no spikes.

Kozachkov, Slotine and Krotov 2025; equations in `models.astrocyte.associative`. What is stored is
the tensor T of transport inside the astrocyte, N^4 numbers, which a sum over the patterns stands
for: the patterns are held, a bit an entry, and T is never built. A network of the core takes the
same steps (`models.astrocyte.associative_network`), so no backend is asked for here: all cues are
integrated together as arrays, some at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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


class _Room(NamedTuple):
    """Arrays that every step fills anew: tanh of synapses and of processes and what moves them,
    (Q, N, N); a product for each pattern (Q, K, N)."""

    g: Any
    psi: Any
    pull: Any
    by_pattern: Any


def _settled(model: NeuronAstrocyteMemory, cues: Any, steps: int) -> tuple[Any, Any]:
    """Neurons x (Q, N) after at most `steps` of the model's steps, and how many each cue took."""
    parts = zip(*(model.start(cue) for cue in cues), strict=True)
    y = State(*(np.stack(part) for part in parts))
    room = _Room(*(np.empty(y.s.shape) for _ in range(3)),
                 np.empty((len(cues), *model.patterns.shape)))
    found, used, moving = y.x.copy(), np.full(len(cues), steps), np.arange(len(cues))
    for n in range(1, steps + 1):
        before = y.x.copy()
        _step(model, y, _Room(*(part[:len(moving)] for part in room)))
        found[moving] = y.x
        still = np.abs(y.x - before).max(axis=1) < AT_REST * np.abs(y.x).max(axis=1)
        if still.any():
            used[moving[still]] = n
            moving = moving[~still]
            y = State(*(part[~still] for part in y))
        if not len(moving):
            break
    return found, used


def _step(model: NeuronAstrocyteMemory, y: State, room: _Room) -> None:
    """`model.step` of several states, in place and to rounding: NumPy's tanh takes a third of the
    time of the one that is the same on every machine."""
    h, patterns = np.tanh(model.beta * y.x), model.patterns
    for part, into in ((y.s, room.g), (y.p, room.psi)):
        np.tanh(np.multiply(model.beta, part, out=into), out=into)
    np.matmul(patterns, room.psi, out=room.by_pattern)
    said = np.multiply(room.by_pattern, patterns, out=room.by_pattern).sum(axis=2)
    np.multiply(patterns, said[:, :, None], out=room.by_pattern)
    exchange = np.matmul(room.by_pattern.transpose(0, 2, 1), patterns / patterns.shape[1]**3,
                         out=room.pull)
    _move(y.p, model.dt, exchange, room.g)
    _move(y.s, model.dt, np.multiply(h[:, :, None], h[:, None], out=room.pull), room.psi)
    _move(y.x, model.dt, (room.g @ h[:, :, None])[:, :, 0])


def _move(part: Any, dt: float, pull: Any, *more: Any) -> None:
    """part + dt (-part + pull + more), in place; `pull` is used up."""
    pull -= part
    for other in more:
        pull += other
    pull *= dt
    part += pull
