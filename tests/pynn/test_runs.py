"""Runs, changes between runs, and recording, each against the same thing done another way."""

from __future__ import annotations

import numpy as np
import pytest
from pyNN.random import NumpyRNG, RandomDistribution

import engram.backends.pynn as sim
from engram.simulator.errors import DescriptionError


def cells(n=3, record=("spikes", "v"), **parameters):
    p = sim.Population(n, sim.IF_curr_exp(**{"tau_refrac": 2.0, **parameters}), label="cells")
    p.record(list(record))
    return p


def v_of(p, segment=0):
    return p.get_data("v").segments[segment].analogsignals[0].magnitude


def trains(p, segment=0):
    return [t.magnitude.tolist() for t in p.get_data("spikes").segments[segment].spiketrains]


def test_a_leaky_neuron_by_its_equation():
    """v = v_rest + R I (1 - exp(-t/tau)); n steps make n + 1 samples, the first the initial one."""
    sim.setup(timestep=0.1)
    p = cells(1, i_offset=0.5)
    sim.run(50.0)
    t = np.arange(501) * 0.1
    np.testing.assert_allclose(v_of(p)[:, 0], -65 + 10 * (1 - np.exp(-t / 20)), rtol=1e-12)


def test_spike_times_of_a_driven_neuron():
    """From rest to threshold takes tau ln(R I/(R I - 15)); the step that crosses is the label."""
    sim.setup(timestep=0.1)
    p = cells(1, i_offset=1.0)
    sim.run(100.0)
    first = 20 * np.log(20 / 5)
    period = 2.0 + first
    expected = [np.ceil(first / 0.1 - 1e-9) - 1 + k * (np.ceil(first / 0.1) + 20) for k in range(3)]
    np.testing.assert_allclose(trains(p)[0], np.array(expected) * 0.1, atol=1e-9)
    assert abs(trains(p)[0][1] - trains(p)[0][0] - period) <= 0.1


def test_two_runs_are_one_and_a_run_to_a_time():
    sim.setup(timestep=0.1)
    p = cells(2, i_offset=[0.9, 1.1])
    sim.run(40.0)
    sim.run_until(100.0)
    whole, spikes = v_of(p), trains(p)
    sim.setup(timestep=0.1)
    q = cells(2, i_offset=[0.9, 1.1])
    sim.run(100.0)
    np.testing.assert_array_equal(whole, v_of(q))
    assert spikes == trains(q) != [[], []]
    assert sim.get_current_time() == pytest.approx(100.0)


def test_a_parameter_changed_between_runs_is_a_current_that_steps():
    sim.setup(timestep=0.1)
    p = cells(3)
    sim.run(20.0)
    p[1:].set(i_offset=1.2)
    sim.run(40.0)
    v, spikes = v_of(p), trains(p)
    sim.setup(timestep=0.1)
    q = cells(3)
    step = sim.StepCurrentSource(times=[20.0], amplitudes=[1.2])
    step.inject_into(q[1:])
    sim.run(60.0)
    np.testing.assert_array_equal(v, v_of(q))
    assert spikes == trains(q)
    assert len(spikes[1]) > 0
    assert spikes[0] == []


def test_data_of_an_earlier_network_is_not_mistaken_for_this_ones():
    sim.setup(timestep=0.1)
    old = cells(1)
    sim.run(5.0)
    sim.setup(timestep=0.1)
    cells(1)
    sim.run(5.0)
    with pytest.raises(DescriptionError, match="'cells' is of the network before the last setup"):
        old.get_data()


def test_spikes_under_way_survive_a_change():
    """A spike of 18 ms with a delay of 5 ms arrives at 23 ms, though all is compiled at 20 ms."""
    def build():
        sim.setup(timestep=0.1)
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=[18.0]))
        p = cells(1)
        sim.Projection(source, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=5.0))
        return p
    p = build()
    sim.run(20.0)
    other = sim.Population(4, sim.IF_cond_exp(), label="late")
    other.record("spikes")
    sim.run(20.0)
    v = v_of(p)[:, 0]
    q = build()
    sim.run(40.0)
    np.testing.assert_array_equal(v, v_of(q)[:, 0])
    assert v[230] == -65
    assert v[231] > -65


def test_a_projection_made_in_a_run_acts_from_then_on():
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0, 25.0]))
    p = cells(1)
    sim.run(20.0)
    sim.Projection(source, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=5.0, delay=1.0))
    sim.run(20.0)
    v = v_of(p)[:, 0]
    assert np.all(v[:261] == -65)
    assert v[261] > -65


def test_initialize_in_a_run_changes_the_state_now():
    sim.setup(timestep=0.1)
    p = cells(3)
    sim.run(10.0)
    p[2:].initialize(v=-55.0)
    sim.run(10.0)
    v = v_of(p)
    np.testing.assert_array_equal(v[:, 0], -65)
    np.testing.assert_allclose(v[101, 2], -65 + 10 * np.exp(-0.1 / 20), rtol=1e-12)


def test_callbacks_may_change_things():
    sim.setup(timestep=0.1)
    p = cells(1)
    seen = []

    def louder(t):
        seen.append(round(t, 6))
        p.set(i_offset=0.1 * len(seen))
        return t + 5.0
    sim.run(20.0, callbacks=[louder])
    assert seen[:4] == [0.0, 5.0, 10.0, 15.0]
    assert np.all(np.diff(v_of(p)[1:, 0]) > 0)


def test_recording_every_tenth_step_is_every_tenth_sample():
    values = []
    for interval in (0.1, 1.0):
        sim.setup(timestep=0.1)
        p = cells(2, record=(), i_offset=0.6)
        p.record("v", sampling_interval=interval)
        sim.run(7.3)
        sim.run(12.7)
        values.append(v_of(p))
    np.testing.assert_array_equal(values[1], values[0][::10])


def test_clear_begins_with_the_present():
    sim.setup(timestep=0.1)
    p = cells(1, i_offset=0.6)
    sim.run(10.0)
    first = p.get_data("v", clear=True).segments[0].analogsignals[0]
    sim.run(10.0)
    second = p.get_data("v").segments[0].analogsignals[0]
    assert first[-1, 0] == second[0, 0]
    assert second.t_start.rescale("ms").item() == pytest.approx(10.0)
    assert len(second) == 101


def test_what_is_recorded_late_stands_at_its_time():
    sim.setup(timestep=0.1)
    p = cells(2, record=(), i_offset=0.6)
    q = cells(2, record=("v",), i_offset=0.6)
    sim.run(10.0)
    p.record("v")
    q.record("isyn_exc")
    sim.run(10.0)
    late = p.get_data().segments[0].analogsignals[0]
    assert late.t_start.rescale("ms").item() == pytest.approx(10.0)
    np.testing.assert_array_equal(late.magnitude, v_of(q)[100:])
    joined = q.get_data("isyn_exc").segments[0].analogsignals[0].magnitude
    assert np.all(np.isnan(joined[:100]))
    np.testing.assert_array_equal(joined[100:], 0.0)


def test_a_backend_that_cannot_go_on_changed_says_so():
    sim.setup(timestep=0.1, backend="brian2")
    p = cells(1)
    sim.run(1.0)
    sim.run(1.0)
    p.set(i_offset=1.0)
    with pytest.raises(DescriptionError, match=r"at 2 ms the script has changed.*after reset"):
        sim.run(1.0)
    sim.reset()
    sim.run(1.0)
    assert v_of(p, 1)[-1, 0] > -65


def test_counts_views_and_subsets():
    sim.setup(timestep=0.1)
    p = cells(4, i_offset=[0.0, 1.0, 1.0, 2.0])
    sim.run(100.0)
    counts = p.get_spike_counts()
    assert [counts[int(i)] for i in p] == [len(t) for t in trains(p)]
    assert p[1:3].mean_spike_count() == counts[int(p[1])]
    (only,) = p[3:4].get_data("spikes").segments[0].spiketrains
    assert only.magnitude.tolist() == trains(p)[3]


def test_conductances_currents_and_adaptation_are_recorded_in_their_units():
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[5.0]))
    for cell, variable, unit, weight in (
            (sim.IF_cond_exp(), "gsyn_exc", "uS", 0.01),
            (sim.IF_curr_exp(), "isyn_exc", "nA", 0.2)):
        p = sim.Population(1, cell)
        p.record(variable)
        sim.Projection(source, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=weight))
        sim.run(10.0)
        (signal,) = p.get_data().segments[0].analogsignals
        assert signal.units.dimensionality.string == unit
        # the sample after the jump is one step of decay later; tau is 5 ms
        assert signal.magnitude.max() == pytest.approx(weight * np.exp(-0.1 / 5), rel=1e-12)
        sim.reset()


def test_written_data_can_be_read(tmp_path):
    from neo.io import get_io
    sim.setup(timestep=0.1)
    p = cells(2, i_offset=1.0)
    path = str(tmp_path / "cells.mat")
    sim.run(50.0)
    p.write_data(path, "spikes")
    (block,) = get_io(path).read()
    assert [len(t) for t in block.segments[0].spiketrains] == [len(t) for t in trains(p)]


def test_random_parameters_come_from_pynns_generators():
    def values(seed):
        sim.setup()
        rng = NumpyRNG(seed=seed)
        p = sim.Population(5, sim.IF_curr_exp(tau_m=RandomDistribution("uniform", (10, 20), rng)))
        return p.get("tau_m")
    np.testing.assert_array_equal(values(1), values(1))
    assert np.ptp(values(1)) > 0
    assert not np.array_equal(values(1), values(2))


@pytest.mark.parametrize("backend", ["numba", "brian2", "torch"])
def test_backends_agree(backend):
    def run(name):
        sim.setup(timestep=0.1, backend=name)
        source = sim.Population(3, sim.SpikeSourceArray(spike_times=[[1.0, 3.0], [2.0], [4.0]]))
        p = cells(3, v_thresh=-60.0)
        sim.Projection(source, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=3.0, delay=0.5))
        sim.run(20.0)
        return trains(p)
    assert run(backend) == run("reference")
    assert len(run(backend)[0]) > 3
