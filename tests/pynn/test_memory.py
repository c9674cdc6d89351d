"""The recorded hippocampal memory, written in PyNN as scripts for boards are."""

from __future__ import annotations

import hippocampal_recording as recording
import numpy as np
import pynn_memory_script as script
import pytest

import engram.backends.pynn as sim

pytestmark = pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")


def run(**options):
    populations, learning = script.build(sim, **options)
    sim.run(90.0)
    return script.spikes_of(populations), learning


@pytest.mark.parametrize("backend", ["numba", "reference", "torch", "spinnaker"])
def test_every_recorded_spike(backend):
    found, _ = run(backend=backend)
    assert {name: found[name] for name in recording.TABLE} == recording.TABLE
    assert {name: sum(map(len, t.values())) for name, t in found.items()} == recording.COUNTS


def test_weights_as_the_board_held_them():
    """The emulator's weights are those of the last presynaptic spike, known to 2 decimals."""
    weights = run(backend="spinnaker")[1]["cue_recall"].get("weight", format="array")
    for row, values in recording.SENT.items():
        np.testing.assert_allclose(weights[row], values, atol=0.01)


def test_the_script_speaks_the_dialect_and_is_told_so():
    script.build(sim)
    with pytest.warns(sim.PyNNWarning, match="positive inhibitory weights.*the board's steps"):
        sim.run(1.0)


def test_in_pynns_own_dialect_the_amplitudes_are_relative_and_the_memory_is_another():
    found, learning = run(dialect="pynn")
    assert len(recording.mismatches(found)) > 10
    assert learning["cue_recall"].get("weight", format="array")[3, 1] < 1.0  # nA; recorded 5.12


def test_nests_timing_is_a_step_later_for_each_neuron_passed():
    """Spikes are labelled at the end of their step, and sent from there."""
    found, _ = run(timing="nest")
    assert (min(found["cue_cue"]), min(recording.TABLE["cue_cue"])) == (2, 1)
    assert (min(found["cond"]), min(recording.TABLE["cond"])) == (4, 2)


def test_runs_in_pieces_are_one_run():
    whole = run()[0]
    populations, _ = script.build(sim)
    for _ in range(9):
        sim.run(10.0)
    assert script.spikes_of(populations) == whole


def test_after_reset_everything_is_new():
    populations, learning = script.build(sim)
    sim.run(90.0)
    first = script.spikes_of(populations)
    sim.reset()
    assert learning["cue_recall"].get("weight", format="array").max() == 0
    sim.run(90.0)
    block = populations["output"].get_data("spikes")
    assert len(block.segments) == 2
    trains = [[t.magnitude.tolist() for t in s.spiketrains] for s in block.segments]
    assert trains[0] == trains[1]
    assert first["output cue"] == recording.TABLE["output cue"]
