"""Compiled code selection on words: row q K + k holds the inputs of cell k of module q."""

from __future__ import annotations

from typing import Any

import numpy as np

from .bits import Flags, Words, pack
from .bits_numba import count
from .code_selection import Codes, Law, Reals
from .elementary_numba import exp, power
from .philox_numba import njit


def learn(rows: Words, inputs: Flags, uniforms: Reals, law: Law, state: Reals,
          saturation: float) -> tuple[Codes, Reals]:
    """Twin of `code_selection.learn`; `rows` is (Q K, words_for(U))."""
    codes, g = np.empty(uniforms.shape, np.int64), np.empty(len(inputs))
    _learn(rows, pack(inputs), np.ascontiguousarray(uniforms), np.array(law, np.float64), state,
           saturation * inputs.shape[1], codes, g)
    return codes, g


def recognise(rows: Words, inputs: Flags, uniforms: Reals) -> tuple[Codes, Reals]:
    """Twin of `code_selection.recognise`."""
    codes = np.empty((len(inputs), len(uniforms)), np.int64)
    g = np.empty(len(inputs))
    _recognise(rows, pack(inputs), uniforms, codes, g)
    return codes, g


def store(rows: Words, inputs: Flags, codes: Codes, saturation: float) -> None:
    """Twin of `code_selection.store`."""
    _store(rows, pack(inputs), np.ascontiguousarray(codes),
           len(rows) // max(codes.shape[1], 1), saturation * inputs.shape[1])


def associate(rows: Words, inputs: Flags, outputs: Flags, saturation: float) -> None:
    """Switch on the synapses between the ones of each input (M, n) and output (M, m), but not
    those of an output more than `saturation` of whose synapses are on; `rows` (m, words_for(n))."""
    _associate(rows, pack(inputs), np.ascontiguousarray(outputs), saturation * inputs.shape[1])


@njit
def _ones(words: Any) -> Any:
    total = 0
    for w in range(words.size):
        total += count(words[w])
    return total


@njit
def _meet(rows: Any, x: Any, ones: Any, met: Any) -> Any:
    """How many of the input's ones reach each cell, into `met` (Q, K); G."""
    cells, total = met.shape[1], 0.0
    for q in range(len(met)):
        most = 0
        for k in range(cells):
            found = 0
            for w in range(x.size):
                found += count(rows[q * cells + k, w] & x[w])
            met[q, k] = found
            most = max(most, found)
        total += most / ones
    return total / len(met)


@njit
def _switch_on(row: Any, x: Any, most: Any) -> None:
    if _ones(row) <= most:
        for w in range(x.size):
            row[w] |= x[w]


@njit
def _middle(met: Any, ones: Any, law: Any, state: Any) -> None:
    total = 0.0
    for q in range(met.shape[0]):
        for k in range(met.shape[1]):
            total += met[q, k] / ones
    mean = total / met.size
    if mean > law[10] and mean > state[1] and state[0] < law[8]:
        state[0], state[1] = min(state[0] + law[9], law[8]), mean


@njit
def _learn(rows: Any, inputs: Any, uniforms: Any, law: Any, state: Any, most: Any, codes: Any,
           g: Any) -> None:
    modules = codes.shape[1]
    cells = len(rows) // modules
    met, up_to = np.empty((modules, cells), np.int64), np.empty(cells)
    for m in range(len(inputs)):
        ones = _ones(inputs[m])
        g[m] = _meet(rows, inputs[m], ones, met)
        _middle(met, ones, law, state)
        share = max(0.0, (g[m] - law[0]) / (1.0 - law[0]))
        height = law[3] + power(share, law[1]) * law[2]
        mu = np.empty(ones + 1)
        for n in range(ones + 1):  # V takes these values only, a few for thousands of cells
            s = 1.0 + exp(-law[5] * (power(n / ones, law[7]) - state[0]))
            mu[n] = max(law[4] + height / s, law[6])
        for q in range(modules):
            total = 0.0
            for k in range(cells):
                total += mu[met[q, k]]
                up_to[k] = total
            k = 0
            while up_to[k] < uniforms[m, q] * total:
                k += 1
            codes[m, q] = k
        for q in range(modules):
            _switch_on(rows[q * cells + codes[m, q]], inputs[m], most)


@njit
def _recognise(rows: Any, inputs: Any, uniforms: Any, codes: Any, g: Any) -> None:
    modules = codes.shape[1]
    met = np.empty((modules, len(rows) // modules), np.int64)
    for m in range(len(inputs)):
        g[m] = _meet(rows, inputs[m], _ones(inputs[m]), met)
        for q in range(modules):
            most = met[q].max()
            equal = (met[q] == most).sum()
            left = min(int(uniforms[q] * equal), equal - 1)
            for k in range(met.shape[1]):
                if met[q, k] == most:
                    if left == 0:
                        codes[m, q] = k
                        break
                    left -= 1


@njit
def _store(rows: Any, inputs: Any, codes: Any, cells: Any, most: Any) -> None:
    for m in range(len(inputs)):
        for q in range(codes.shape[1]):
            _switch_on(rows[q * cells + codes[m, q]], inputs[m], most)


@njit
def _associate(rows: Any, inputs: Any, outputs: Any, most: Any) -> None:
    for m in range(len(inputs)):
        for j in range(outputs.shape[1]):
            if outputs[m, j]:
                _switch_on(rows[j], inputs[m], most)
