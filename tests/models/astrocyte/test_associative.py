"""The neuron-astrocyte associative memory: its tensor, its energy, its capacity, its network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import engram as eg
from engram.models.astrocyte.associative import NeuronAstrocyteMemory, State, flipped, overlap
from engram.models.astrocyte.associative_network import memory_network, steps_of
from engram.simulator import free_memory


def stored(n: int, k: int, seed: int = 0, **more: Any) -> NeuronAstrocyteMemory:
    return NeuronAstrocyteMemory(np.random.default_rng(seed).choice([-1, 1], (k, n)), **more)


def test_the_exchange_is_that_of_the_whole_tensor() -> None:
    memory = stored(6, 4)
    xi = memory.patterns
    tensor = np.einsum("mi,mj,mk,ml->ijkl", xi, xi, xi, xi) / 6**3
    psi = np.random.default_rng(1).normal(size=(6, 6))
    np.testing.assert_allclose(memory.exchange(psi), np.einsum("ijkl,kl->ij", tensor, psi),
                               rtol=1e-12, atol=1e-14)


def test_a_step_is_the_equations() -> None:
    memory = stored(5, 3, beta=2.0, dt=0.1)
    rng = np.random.default_rng(2)
    x, s, p = rng.normal(size=5), rng.normal(size=(5, 5)), rng.normal(size=(5, 5))
    xi = memory.patterns
    h, g, psi = np.tanh(2*x), np.tanh(2*s), np.tanh(2*p)
    c = np.einsum("mi,ij,mj->m", xi, psi, xi)
    found = memory.step(State(x, s, p))
    np.testing.assert_allclose(found.x, x + 0.1*(-x + g @ h), rtol=1e-12)
    np.testing.assert_allclose(found.s, s + 0.1*(-s + np.outer(h, h) + psi), rtol=1e-12)
    np.testing.assert_allclose(found.p, p + 0.1*(
        -p + np.einsum("m,mi,mj->ij", c, xi, xi)/125 + g), rtol=1e-12)


def test_the_flow_is_down_the_energy() -> None:
    """x' = -dE/dh by finite differences, and E never rises along a run."""
    memory = stored(8, 3, beta=1.5, dt=0.02)
    y = memory.start(flipped(memory.patterns[0], 0.25, np.random.default_rng(3)) * 0.3)
    energies = [memory.energy(y)]
    for n in range(300):
        if n == 20:
            slope = (memory.step(y).x - y.x)/0.02
            for i in range(3):
                up, down = y.x.copy(), y.x.copy()
                up[i] += 1e-5
                down[i] -= 1e-5
                rate = (memory.energy(y._replace(x=up)) - memory.energy(y._replace(x=down)))/2e-5
                gain = 1.5*(1 - np.tanh(1.5*y.x[i])**2)
                assert rate == pytest.approx(-slope[i]*gain, rel=1e-5, abs=1e-8)
        y = memory.step(y)
        energies.append(memory.energy(y))
    assert energies[0] - energies[-1] > 1
    # at rest what is left is rounding of an energy of some tens
    assert np.diff(energies).max() < 1e-11


@pytest.mark.parametrize(("k", "flips"), [(5, 0.1), (60, 0.1), (10, 0.2)])
def test_as_many_patterns_as_neurons_are_recalled(k: int, flips: float) -> None:
    for seed in range(2):
        memory = stored(60, k, seed)
        cue = flipped(memory.patterns[1], flips, np.random.default_rng(seed + 10))
        assert overlap(cue, memory.patterns[1]) == pytest.approx(1 - 2*flips)
        assert overlap(memory.recall(cue, 300), memory.patterns[1]) == 1


def test_without_the_exchange_it_forgets() -> None:
    """The memory is in the tensor: patterns other than the one asked for do not attract."""
    memory = stored(60, 5)
    other = stored(60, 5, seed=7)
    cue = flipped(memory.patterns[0], 0.1, np.random.default_rng(1))
    assert overlap(other.recall(cue, 300), memory.patterns[0]) < 0.95


@pytest.mark.parametrize("backend", ["reference", "numba", "torch", "brian2"])
def test_the_network_takes_the_same_steps(backend: str) -> None:
    memory = stored(12, 4)
    cue = flipped(memory.patterns[0], 0.1, np.random.default_rng(1))
    network = memory_network(memory, cue, [eg.StateProbe("neurons", "x", every=2),
                                           eg.StateProbe("contacts", ["s", "p"], every=2)])
    run = eg.simulate(network, steps_of(60), backend=backend)
    y = memory.start(cue)
    for n in range(60):
        y = memory.step(y)
        for population, name, expected in (("neurons", "x", y.x), ("contacts", "s", y.s.ravel()),
                                           ("contacts", "p", y.p.ravel())):
            got = run.states[population].traces[name].values[n]
            # sums in another order, 60 steps; x is of the order of 10
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    assert overlap(np.sign(y.x), memory.patterns[0]) == 1


@pytest.mark.parametrize("beta", [0.7, 5.0, 30.0])
def test_the_start_is_that_of_the_source(beta: float) -> None:
    """psi = -h h^T and g = -T:psi, though tanh rounds to 1 where it is steep."""
    memory = stored(20, 5, beta=beta)
    cue = memory.patterns[0]*np.linspace(0.1, 2, 20)
    y = memory.start(cue)
    h, g, psi = (np.tanh(beta*part) for part in y)
    np.testing.assert_array_equal(y.x, cue)
    np.testing.assert_allclose(psi, -np.outer(h, h), rtol=1e-12)
    np.testing.assert_allclose(g, -memory.exchange(psi), rtol=1e-10, atol=1e-15)
    exact = np.array([[(math.log(math.cosh(beta*(a - b))) - math.log(math.cosh(beta*(a + b))))/2
                       for a in cue] for b in cue])/beta
    np.testing.assert_allclose(y.p, exact, rtol=1e-9, atol=1e-12)  # cosh near 1 loses digits
    assert overlap(memory.recall(flipped(memory.patterns[0], 0.1, np.random.default_rng(1)), 200),
                   memory.patterns[0]) == 1


def test_more_patterns_than_synapses_start_at_numbers() -> None:
    memory = stored(4, 40)
    y = memory.start(memory.patterns[0])
    assert np.abs(memory.exchange(-np.outer(*[np.tanh(5*y.x)]*2))).max() > 1, "it must saturate"
    assert all(np.isfinite(part).all() for part in memory.step(y))


@pytest.mark.parametrize(("changes", "says"), [
    ({"patterns": [[0, 1], [1, 1]]}, "-1 or 1"), ({"patterns": [1, -1]}, r"shape \(2,\)"),
    ({"patterns": [[1, -1], [1]]}, "patterns: .*give numbers"),
    ({"patterns": [["a"]]}, "patterns of type <U1"),
    ({"patterns": np.broadcast_to(1.0, (1, 10**6))}, "1,000,000 neurons, all to all, take"),
    ({"beta": 0}, "beta=0"), ({"beta": math.inf}, "beta=inf"), ({"beta": "a"}, "beta='a'"),
    ({"dt": -0.1}, "dt=-0.1"), ({"dt": 1.5}, "dt=1.5"), ({"dt": math.nan}, "dt=nan")])
def test_what_does_not_fit_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(eg.DescriptionError, match=says):
        NeuronAstrocyteMemory(**{"patterns": [[1, -1]], **changes})


def test_cues_and_steps_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = stored(6, 2)
    for cue in (np.ones(5), np.ones((2, 6)), np.full(6, np.nan)):
        for ask in (memory.recall, lambda c: memory_network(memory, c)):
            with pytest.raises(eg.DescriptionError, match=r"cue of shape .* must be \(6,\)"):
                ask(cue)
    with pytest.raises(eg.DescriptionError, match="steps of a recall=-1"):
        memory.recall(memory.patterns[0], -1)
    with pytest.raises(eg.DescriptionError, match=r"fraction of flipped entries -0\.1"):
        flipped(memory.patterns[0], -0.1, np.random.default_rng(0))
    with pytest.raises(eg.DescriptionError, match=r"overlap of shapes \(6,\) and \(5,\)"):
        overlap(np.ones(6), np.ones(5))
    monkeypatch.setattr(free_memory, "free_bytes", lambda: 1000.0)
    with pytest.raises(eg.DescriptionError, match="72 connections from 6 x 6 contacts"):
        memory_network(memory, memory.patterns[0])
