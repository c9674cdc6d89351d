"""Every backend on every scenario. All backends must be installed: nothing here is skipped."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences
from conformance.scenarios import SCENARIOS, neuron_spikes

import engram as eg
import engram.backends.numba.memory as numba_memory
import engram.backends.numba.runner as numba_backend
from engram import ms
from engram.models.neurons import NEURONS
from engram.models.synapses import SYNAPSES

SEED = 3

REFUSED = {"brian2": {"random_release", "random_neurons"}}
"""Scenarios that a backend declines, exactly; three are allowed. Brian2 draws its own numbers."""

IN_PIECES = ("hippocampal_cam", "stdp_one_step", "couplings", "timed_values")
SINGLE = ("neuron_lif_curr_exp", "recurrent", "stdp_mixed", "hippocampal_cam", "own_dynamics")


@cache
def made(name: str) -> Any:
    """The network of a scenario."""
    return SCENARIOS[name].build()


@cache
def truth(name: str) -> Any:
    """The reference's run of a scenario."""
    return run(name, "reference")


def run(name: str, backend: str, **options: Any) -> Any:
    """A run from the start."""
    return eg.simulate(made(name), SCENARIOS[name].duration, backend=backend, seed=SEED, **options)


def in_pieces(name: str, backend: str, **options: Any) -> Any:
    """The same in three runs of one simulation."""
    simulation = eg.compile(made(name), backend=backend, seed=SEED, **options)
    simulation.run(3*ms)
    simulation.run(2*made(name).dt)
    return simulation.run(SCENARIOS[name].duration - 3*ms - 2*made(name).dt)


def test_all_backends_are_installed() -> None:
    import brian2
    import numba
    assert brian2.__version__
    assert numba.__version__


def test_the_scenarios_cover_the_library() -> None:
    networks = [made(name) for name in SCENARIOS]
    neurons = {p.model.name for n in networks for p in n.populations
               if isinstance(p.model, eg.NeuronModel)}
    synapses = {q.synapse.name for n in networks for q in n.projections}
    assert len(SCENARIOS) >= 30
    assert set(NEURONS) <= neurons
    missing = [f for f in SYNAPSES if not any(s.startswith((f, f.replace("_", " ")))
                                              for s in synapses)]
    assert missing == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_reference_spikes_enough_and_gives_the_known_answers(name: str) -> None:
    s = SCENARIOS[name]
    assert s.least > 0
    assert neuron_spikes(made(name), truth(name)) >= s.least, "it must spike to mean anything"
    if s.answer is not None:
        s.answer(truth(name))


@pytest.mark.parametrize("name", SCENARIOS)
def test_reference_again_and_in_pieces(name: str) -> None:
    assert in_pieces(name, "reference").digest == truth(name).digest


@pytest.mark.parametrize("name", SCENARIOS)
def test_numba_is_the_reference(name: str) -> None:
    assert differences(run(name, "numba"), truth(name), TOLERANCE["reference"]) == []


@pytest.mark.parametrize("name", SCENARIOS)
def test_numba_has_the_same_bits_again_in_pieces_and_on_threads(
        name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    once = run(name, "numba").digest
    assert run(name, "numba").digest == once
    assert in_pieces(name, "numba").digest == once
    monkeypatch.setattr(numba_backend, "TUNE", False)  # threads even for a handful of neurons
    monkeypatch.setattr(numba_memory, "ALIGN", 1)  # and a share of them for each
    for threads in (1, 2, 3):
        assert run(name, "numba", threads=threads).digest == once
    assert in_pieces(name, "numba", threads=2).digest == once


@pytest.mark.parametrize("name", SINGLE)
def test_numba_in_single_precision(name: str) -> None:
    single = run(name, "numba", precision="float32")
    assert 2*neuron_spikes(made(name), single) >= SCENARIOS[name].least
    for states in single.states.values():
        assert all(np.isfinite(t.values).all() for t in states.traces.values())
    for weights in single.weights.values():
        assert all(np.isfinite(x).all() for x in weights.final.values())


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - REFUSED["brian2"]))
def test_brian2_is_the_reference(name: str) -> None:
    assert differences(run(name, "brian2"), truth(name), TOLERANCE["brian2"]) == []


@pytest.mark.parametrize("name", IN_PIECES)
def test_brian2_in_pieces(name: str) -> None:
    assert differences(in_pieces(name, "brian2"), truth(name), TOLERANCE["brian2"]) == []


@pytest.mark.parametrize("name", sorted(REFUSED["brian2"]))
def test_brian2_says_what_it_refuses(name: str) -> None:
    assert len(REFUSED["brian2"]) <= 3
    with pytest.raises(eg.UnsupportedError, match=r"draws|noise"):
        run(name, "brian2")
