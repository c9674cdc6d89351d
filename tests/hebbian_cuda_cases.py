"""What the CUDA twins of the Hebbian kernels must do, each case a list of what it did not do.

The same cases run in Numba's simulator (hebbian_cuda_child.py) and on a GPU. Equal means equal
bits. Few lanes where Numba plays the device: each lane has several spins, patterns or words.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import config

from engram.kernels import (
    bits,
    clique_cuda,
    clique_numba,
    consolidation_cuda,
    consolidation_numba,
    ising_cuda,
    ising_numba,
    lateral_cuda,
    lateral_numba,
    pbody_cuda,
    pbody_numba,
    pbody_reals_cuda,
    willshaw_cuda,
    willshaw_numba,
    winners_cuda,
    winners_numba,
)
from engram.kernels.launch_cuda import lanes_for
from engram.models.hebbian import CliqueMemory, Dense, LateralSubspace, Willshaw, dense, hopfield
from engram.models.hebbian import patterns as pt

Complaints = list[str]
MANY = not config.ENABLE_CUDASIM
"""On a device the cases are larger: several blocks, more work than lanes."""
CHAINS, SIZE, PATTERNS = (40, 300, 700) if MANY else (3, 11, 7)
OBJECTS = np.arange(CHAINS) * 5 + 3
BETAS = {"mixed": np.resize([0.0, 0.4, math.inf], CHAINS), "cold": math.inf, "warm": 0.4}


def spins(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def swept(cuda: Callable[..., Any], alone: Callable[..., Any], beta: Any, first: int = 5,
          count: int = 6) -> Complaints:
    """Chains at once against each chain by itself."""
    start = spins(2, CHAINS, SIZE)
    got, truth = start.copy(), start.copy()
    flips = cuda(got, beta, 7, OBJECTS, first, count)
    betas = np.broadcast_to(beta, CHAINS)
    expected = [alone(r, truth[r], float(betas[r]), 7, int(OBJECTS[r]), first, count)
                for r in range(CHAINS)]
    out = [] if np.array_equal(got, truth) else [f"{(got != truth).sum()} spins differ"]
    if flips.tolist() != expected:
        out.append(f"flips {flips.tolist()}, not {expected}")
    return out + ([] if (truth != start).any(axis=1).all() else ["a chain never moved"])


def pairs(beta: Any, parallel: bool, own: bool, count: int = 6) -> Complaints:
    rng = np.random.default_rng(1)
    shape = (CHAINS,) * own
    j, b = rng.normal(size=(*shape, SIZE, SIZE)), rng.normal(size=(*shape, SIZE))
    if count > 6:
        j = j + np.swapaxes(j, -1, -2)  # comes to rest in turn, and blinks in parallel
    return swept(lambda s, *rest: ising_cuda.sweep(j, b, s, *rest, parallel),
                 lambda r, s, *rest: ising_numba.sweep(j[r] if own else j, b[r] if own else b, s,
                                                       *rest, parallel), beta, count=count)


def rests(parallel: bool) -> Complaints:
    """At T = 0 chains that have come to rest say that nothing flipped in their last sweep."""
    x = spins(3, SIZE, 1).astype(float)
    j, b = x @ x.T, np.zeros(SIZE)
    start = np.array([x[:, 0]] * CHAINS, np.int8)
    start[0, :3] *= -1
    got = start.copy()
    flips = ising_cuda.sweep(j, b, got, math.inf, 1, 0, 0, 40, parallel)
    return ([] if (got == x[:, 0]).all() else ["the pattern was not found"]) + (
        [] if not flips.any() else [f"flips {flips.tolist()}"])


def signs(order: int, beta: Any, parallel: bool) -> Complaints:
    x = spins(4, SIZE, PATTERNS)
    scale = 0.3 if SIZE < 20 else 1.0 / SIZE**(order - 1)
    return swept(lambda s, *rest: pbody_cuda.sweep_signs(x, s, order, scale, *rest, parallel),
                 lambda r, s, *rest: pbody_numba.sweep_signs(x, s, order, scale, *rest, parallel),
                 beta)


def reals(order: int, beta: Any, parallel: bool) -> Complaints:
    rng = np.random.default_rng(12)
    x, w = rng.normal(size=(SIZE, PATTERNS)), rng.uniform(0.2, 1.0, PATTERNS)
    rest = (order, 0.2 / SIZE**(order - 2))
    return swept(
        lambda s, *more: pbody_reals_cuda.sweep_reals(x, w, s, *rest, *more, parallel),
        lambda r, s, *more: pbody_numba.sweep_reals(x, w, s, *rest, *more, parallel), beta)


def fields() -> Complaints:
    x, states = spins(5, SIZE, PATTERNS), spins(6, CHAINS, SIZE)
    return [f"P = {order}" for order in (2, 3, 4, 6) if not np.array_equal(
        pbody_cuda.fields_signs(x, states, order, 0.7),
        [pbody_numba.fields_signs(x, s, order, 0.7) for s in states])]


def alone() -> Complaints:
    """One spin: a lane meets it again in the next sweep."""
    x = spins(9, 1, PATTERNS)
    got, truth = spins(10, CHAINS, 1), spins(10, CHAINS, 1)
    flips = pbody_cuda.sweep_signs(x, got, 2, 0.3, 0.1, 1, OBJECTS, 0, 9)
    expected = [pbody_numba.sweep_signs(x, s, 2, 0.3, 0.1, 1, int(o), 0, 9)
                for s, o in zip(truth, OBJECTS, strict=True)]
    return [] if np.array_equal(got, truth) and flips.tolist() == expected else ["other spins"]


def continued() -> Complaints:
    """A run in two parts is the run in one, and any number of lanes gives the same."""
    x = spins(7, SIZE, PATTERNS)
    runs = []
    for parts, lanes in (((0, 6),), None), (((0, 2), (2, 4)), None), (((0, 6),), 1), (
            ((0, 6),), 2), (((0, 6),), 8):
        states = spins(8, CHAINS, SIZE)
        for first, count in parts:
            pbody_cuda.sweep_signs(x, states, 3, 0.3, 0.2, 1, OBJECTS, first, count, lanes=lanes)
        runs.append(states)
    return [f"run {n}" for n, r in enumerate(runs) if not np.array_equal(r, runs[0])]


def cliques(clusters: int, units: int, messages: int, keep: int) -> Complaints:
    rng = np.random.default_rng(1)
    stored = rng.integers(0, units, (messages, clusters))
    if keep:
        stored[rng.random(stored.shape) < 0.4] = -1
    rows = clique_numba.empty(clusters, units)
    clique_numba.learn(rows, stored, units)
    cues = stored[:5000 if MANY else 8].copy()  # more than there are blocks
    cues[:, :clusters // 2] = -1
    cues[0] = -1  # nothing to go by
    out = []
    for rest in ((1, 1, True, keep), (3, 2, True, keep), (4, 0, False, keep), (3, 1, False, keep)):
        truth = clique_numba.retrieve(rows, cues, units, *rest)
        if not np.array_equal(clique_cuda.retrieve(rows, cues, units, *rest), truth):
            out.append(f"{rest}: other units")
        if truth[0].any() or not truth[1:].any():
            out.append(f"{rest}: says nothing")
    return out


def willshaw_sums() -> Complaints:
    rng = np.random.default_rng(2)
    x, y = rng.random((20, 200)) < 0.1, rng.random((20, 70)) < 0.1
    rows = np.zeros((70, bits.words_for(200)), np.uint64)
    willshaw_numba.learn(rows, x, y)
    cues = np.concatenate([x[:5], np.zeros((1, 200), bool)])
    truth = willshaw_numba.sums(rows, cues)
    return ([] if np.array_equal(willshaw_cuda.sums(rows, cues), truth) and truth.max() > 9
            else ["other sums"]) + (
        [] if willshaw_cuda.sums(rows, cues[:0]).shape == (0, 70) else ["no cues"])


def most() -> Complaints:
    rng = np.random.default_rng(3)
    ties = rng.integers(-2, 3, (3, 12)).astype(float)
    ties[0, :4], ties[1, 1], ties[2, :2] = [-0.0, 0.0, -0.0, 0.0], -np.inf, [np.inf, 5e-324]
    return [f"{name}, k = {k}" for name, values in (("ties", ties), ("reals", rng.normal(
        size=(40, 900) if MANY else (2, 9)))) for k in (0, 1, 3, 12, 40)
        if not np.array_equal(winners_cuda.winners(values, k), winners_numba.winners(values, k))]


def lateral(levels: int, frozen: int) -> Complaints:
    rng = np.random.default_rng(4)
    h, x = rng.normal(size=(3, 7)), 3.0 * rng.normal(size=(4, 7))
    both = [(h.copy(), np.zeros_like(h)) for _ in range(2)]
    lateral_cuda.step(*both[0], x, 0.1, frozen, levels, times=3)
    lateral_numba.step(*both[1], x, 0.1, frozen, levels, times=3)
    return [what for what, a, b in zip(("weights", "momentum"), *both, strict=True)
            if not np.array_equal(a, b)] + (["kept rows moved"]
                                            if (both[0][0][:frozen] != h[:frozen]).any() else [])


def consolidated() -> Complaints:
    a, b = np.full((9, 9), 0.5), np.full((9, 9), 0.5)
    active = np.random.default_rng(5).random((12, 9)) < 0.3
    consolidation_cuda.present(a, active, 0.3, 0.4)
    consolidation_numba.present(b, active, 0.3, 0.4)
    return ([] if np.array_equal(a, b) else ["other weights"]) + (
        [] if b.min() == 0.0 and b.max() > 0.9 else ["no bound was met"])


def models() -> Complaints:
    """`device="cuda"` of the memories gives what they give without."""
    x = pt.random_signs(SIZE, 3, 1)
    cues = pt.flipped(x, 0.3, 2)
    network = dense.stored(x, 3)
    averaged = Dense(2, np.random.default_rng(6).normal(size=x.shape), 0.1)
    cliques_, willshaw = CliqueMemory(3, 5), Willshaw(9, 6)
    cliques_.learn([[0, 1, 2], [3, 1, 4]])
    willshaw.learn(np.eye(9, dtype=int)[:4], np.eye(6, dtype=int)[:4])
    asked: dict[str, Callable[[str], Any]] = {
        "hopfield": lambda d: hopfield.recall(hopfield.hebb(x), cues, 0.2, 3, device=d),
        "hopfield, one": lambda d: hopfield.recall(hopfield.hebb(x), cues[:, 0], device=d),
        "dense": lambda d: network.relax(cues, 0.2, 3, device=d),
        "dense, one": lambda d: network.relax(cues[:, 0], 0.2, 3, device=d),
        "dense, means": lambda d: averaged.relax(cues, 0.2, 3, parallel=True, device=d),
        "cliques": lambda d: cliques_.recall([[0, -1, -1], [-1, 1, 4]], device=d),
        "willshaw": lambda d: willshaw.recall(np.eye(9, dtype=int)[:5], device=d),
        "lateral": lambda d: _taught(d)}
    return [name for name, ask in asked.items() if not np.array_equal(ask("cuda"), ask("cpu"))]


def _taught(device: str) -> Any:
    subspace = LateralSubspace(6, levels=20)
    subspace.add(2)
    subspace.learn(np.random.default_rng(7).normal(size=(3, 6)), device=device)
    return subspace.h


def cases() -> dict[str, Callable[[], Complaints]]:
    """All of them, by name."""
    assert not lanes_for(8) > 8 or MANY, "lanes must have several spins each"
    out: dict[str, Callable[[], Complaints]] = {
        "fields": fields, "signs of one spin": alone, "continued": continued,
        "willshaw": willshaw_sums, "winners": most, "consolidation": consolidated,
        "models": models}
    for parallel in (False, True):
        way = "parallel" if parallel else "in turn"
        out[f"ising rests {way}"] = lambda p=parallel: rests(p)
        out[f"ising 40 sweeps {way}"] = lambda p=parallel: pairs(math.inf, p, False, 40)
        for name, beta in BETAS.items():
            out[f"ising {name} {way}"] = lambda b=beta, p=parallel: pairs(b, p, False)
        out[f"ising own couplings {way}"] = lambda p=parallel: pairs(BETAS["mixed"], p, True)
        for order in (2, 3, 4, 5):
            out[f"signs {order} {way}"] = lambda n=order, p=parallel: signs(n, BETAS["mixed"], p)
            out[f"reals {order} {way}"] = lambda n=order, p=parallel: reals(n, BETAS["mixed"], p)
    for given in ((4, 10, 40, 0), (3, 70, 300, 0), (6, 9, 40, 3), (3, 70, 100, 2), (4, 10, 4, 99)):
        out[f"cliques {given}"] = lambda g=given: cliques(*g)
    for levels, frozen in ((0, 1), (40, 0), (0, 3)):
        out[f"lateral {levels} {frozen}"] = lambda n=levels, f=frozen: lateral(n, f)
    return out
