"""Spiking Willshaw and Hopfield networks are their binary twins, on several backends."""

from __future__ import annotations

import numpy as np
import pytest

import engram as eg
from engram.models.hebbian import SpikingHopfield, SpikingWillshaw, Willshaw, hopfield
from engram.models.hebbian import patterns as pt
from engram.models.hebbian import willshaw as ws
from engram.simulator.errors import DescriptionError

BACKENDS = ["reference", "numba", "brian2"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_shot_learning_by_spikes_is_willshaws_matrix(backend: str) -> None:
    keys, values = ws.sparse(20, 30, 3, 0), ws.sparse(20, 24, 3, 1)
    network, matrix = SpikingWillshaw(30, 24), Willshaw(30, 24)
    matrix.learn(keys, values)
    for key, value in zip(keys, values, strict=True):
        network = network.learn(np.flatnonzero(key), np.flatnonzero(value))
    cues = [keys[n] & (np.cumsum(keys[n]) <= kept) for n in range(6) for kept in (3, 2)]
    for cue in cues:
        network = network.recall(np.flatnonzero(cue))
    run = eg.simulate(network.network(), network.duration, backend=backend)
    np.testing.assert_array_equal(network.stored(run), matrix.matrix())
    expected = matrix.recall(cues)
    np.testing.assert_array_equal(network.decode(run), expected)
    assert expected.sum() > 30, "there must be something to recall"
    assert not expected.all(axis=1).any()


@pytest.mark.parametrize("backend", BACKENDS)
def test_steps_of_the_spiking_hopfield_network_are_parallel_sweeps(backend: str) -> None:
    x = pt.random_signs(40, 3, 1)
    couplings = hopfield.hebb(x)
    network = SpikingHopfield(couplings, steps=6)
    cues = [pt.flipped(c, 0.25, 2) for c in x.T]
    for cue in cues:
        network = network.recall(cue)
    states = network.decode(eg.simulate(network.network(), network.duration, backend=backend))
    for cue, rows in zip(cues, states, strict=True):
        np.testing.assert_array_equal(rows[0], cue)
        for k in range(1, 6):
            np.testing.assert_array_equal(
                rows[k], hopfield.recall(couplings, cue, sweeps=k, parallel=True))
    assert np.mean([pt.overlap(c, rows[-1]) for c, rows in zip(x.T, states, strict=True)]) > 0.9


@pytest.mark.parametrize(("spins", "patterns"), [(31, 3), (20, 2), (41, 5)])
def test_a_neuron_without_a_field_goes_on_as_it_is(spins: int, patterns: int) -> None:
    fields = 0
    for seed in range(6):
        x = pt.random_signs(spins, patterns, seed)
        cue = pt.flipped(x[:, 0], 0.3, seed)
        whole = x.astype(int) @ (x.T.astype(int) @ cue) - patterns * cue  # N times the field
        network = SpikingHopfield(hopfield.hebb(x), steps=4).recall(cue)
        rows = network.decode(eg.simulate(network.network(), network.duration, backend="numba"))[0]
        np.testing.assert_array_equal(rows[1], np.where(whole == 0, cue, np.sign(whole)))
        for k in range(1, 4):
            np.testing.assert_array_equal(
                rows[k], hopfield.recall(hopfield.hebb(x), cue, sweeps=k, parallel=True))
        fields += int((whole == 0).sum())
    assert fields > 2, "or it tests nothing"


def test_a_warm_spiking_network_fires_the_same_on_every_backend_and_fluctuates() -> None:
    x = pt.random_signs(40, 2, 3)
    network = SpikingHopfield(hopfield.hebb(x), 0.5, 30).recall(x[:, 0])
    runs = [eg.simulate(network.network(), network.duration, backend=b, seed=4) for b in BACKENDS]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.spikes["cells"].step, runs[0].spikes["cells"].step)
        np.testing.assert_array_equal(run.spikes["cells"].i, runs[0].spikes["cells"].i)
    rows = network.decode(runs[0])[0]
    m = float(np.mean([pt.overlap(x[:, 0], row) for row in rows[5:]]))
    # m = tanh(m / T) has m = 0.958 at T = 0.5; 25 states of 40 spins, another pattern beside
    assert 0.85 < m < 0.995


@pytest.mark.parametrize(("wrong", "says"), [
    (lambda: SpikingWillshaw(4, 4).learn([], [1]), "give one or more of 0 to 3"),
    (lambda: SpikingWillshaw(4, 4).recall([True, False]), "numbers of active neurons"),
    (lambda: SpikingWillshaw(4, 4).recall([0.5]), "numbers of active neurons"),
    (lambda: SpikingWillshaw(4, 4).recall(1), "numbers of active neurons"),
    (lambda: SpikingWillshaw(0, 4), "0 inputs; it takes at least 1"),
    (lambda: SpikingWillshaw(10**6, 10**6).network(), "GiB"),
    (lambda: SpikingHopfield([[0, np.inf], [1, 0]]), r"couplings: inf at \(0, 1\)"),
    (lambda: SpikingWillshaw(4, 4).recall([4]), r"key \(4,\)"),
    (lambda: SpikingHopfield(np.zeros((2, 3))), r"shape \(2, 3\)"),
    (lambda: SpikingHopfield(np.zeros((2, 2)), steps=1), "1 steps a recall"),
    (lambda: SpikingHopfield(np.zeros((2, 2)), -1.0), r"temperature -1\.0"),
    (lambda: SpikingHopfield(np.zeros((2, 2))).recall([1, 0]), "state"),
])
def test_wrong_input_is_named(wrong: object, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        wrong()
