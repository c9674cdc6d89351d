"""Spike sources and current sources."""

from __future__ import annotations

import numpy as np
import pytest
from pyNN.parameters import Sequence

import engram.backends.pynn as sim


@pytest.fixture(autouse=True)
def _begin():
    sim.setup(timestep=0.1, seed=3)


def trains(p):
    return [t.magnitude for t in p.get_data("spikes").segments[-1].spiketrains]


def recorded(n, celltype):
    p = sim.Population(n, celltype)
    p.record("spikes")
    return p


def test_given_times_from_zero_and_changed_in_a_run():
    p = recorded(2, sim.SpikeSourceArray(spike_times=[Sequence([0.0, 1.5]), Sequence([])]))
    sim.run(10.0)
    p[1:].set(spike_times=[12.0])
    sim.run(10.0)
    np.testing.assert_allclose(trains(p)[0], [0.0, 1.5])
    np.testing.assert_allclose(trains(p)[1], [12.0])


def test_times_can_be_read_back():
    p = sim.Population(2, sim.SpikeSourceArray(spike_times=[Sequence([1.0]), Sequence([2.0, 3.0])]))
    assert [t.value.tolist() for t in p.get("spike_times")] == [[1.0], [2.0, 3.0]]
    assert p[1].spike_times.value.tolist() == [2.0, 3.0]


def test_times_between_steps_are_rounded_with_a_warning():
    p = recorded(1, sim.SpikeSourceArray(spike_times=[1.04, 1.06, 1.11]))
    with pytest.warns(sim.PyNNWarning, match=r"between two steps|one spike"):
        sim.run(2.0)
    np.testing.assert_allclose(trains(p)[0], [1.0, 1.1])


@pytest.mark.parametrize("start", [20.0, [20.0, 20.0, 20.0]])
def test_poisson_rates_and_windows(start):
    """Counts of 3 x 2 s at 200 Hz have a standard deviation of 20; 6 of those are allowed."""
    p = recorded(3, sim.SpikeSourcePoisson(rate=200.0, start=start, duration=2000.0))
    sim.run(2100.0)
    times = [t for t in trains(p)]
    assert abs(sum(map(len, times)) - 1200) < 6 * np.sqrt(1200)
    assert min(map(min, times)) >= 20.0
    assert max(map(max, times)) < 2020.0
    assert times[0].tolist() != times[1].tolist()


def test_windows_of_their_own():
    p = recorded(2, sim.SpikeSourcePoisson(rate=500.0, start=[0.0, 50.0], duration=[50.0, 50.0]))
    sim.run(60.0)
    sim.run(60.0)
    first, second = trains(p)
    assert first.max() < 50 <= second.min() <= second.max() < 100
    assert len(first) > 5
    assert len(second) > 5


def test_a_rate_changed_in_a_run():
    p = recorded(20, sim.SpikeSourcePoisson(rate=0.0))
    sim.run(100.0)
    p.set(rate=300.0)
    sim.run(100.0)
    spikes = np.concatenate(trains(p))
    assert spikes.min() >= 100.0
    assert abs(len(spikes) - 600) < 6 * np.sqrt(600)  # 20 x 0.1 s x 300 Hz


def test_dead_time_and_gamma_intervals():
    dead = recorded(1, sim.SpikeSourcePoissonRefractory(rate=100.0, tau_refrac=5.0))
    gamma = recorded(1, sim.SpikeSourceGamma(alpha=4.0, beta=400.0))
    sim.run(5000.0)
    intervals = np.diff(trains(dead)[0])
    assert intervals.min() >= 5.0 - 0.1  # the grid
    assert intervals.mean() == pytest.approx(10.0, rel=0.15)  # 500 intervals, deviation 5: 2 %
    other = np.diff(trains(gamma)[0])
    assert other.mean() == pytest.approx(10.0, rel=0.15)
    assert other.std() / other.mean() == pytest.approx(0.5, rel=0.2)  # 1/sqrt(alpha)


def test_each_segment_has_noise_of_its_own_and_the_seed_repeats_it():
    def run():
        sim.setup(timestep=0.1, seed=8)
        p = recorded(1, sim.SpikeSourcePoisson(rate=100.0))
        found = []
        for _ in range(2):
            sim.run(200.0)
            found.append(trains(p)[0].tolist())
            sim.reset()
        return found
    first, second = run()
    assert first != second
    assert run() == [first, second]


def test_currents_are_what_their_formulas_say():
    p = sim.Population(1, sim.IF_curr_exp())
    dc = sim.DCSource(amplitude=0.3, start=2.0, stop=4.0)
    ac = sim.ACSource(amplitude=0.2, offset=0.1, frequency=50.0, phase=90.0, start=1.0, stop=9.0)
    for source in (dc, ac):
        p.inject(source)
        source.record()
    p.record("v")
    sim.run(10.0)
    t = np.arange(101) * 0.1
    i_dc, i_ac = (s.get_data().magnitude[:, 0] for s in (dc, ac))
    np.testing.assert_array_equal(i_dc, np.where((t > 1.95) & (t < 3.95), 0.3, 0.0))
    wave = 0.1 + 0.2 * np.sin(2 * np.pi * 0.05 * (t - 1.0) + np.pi / 2)
    np.testing.assert_allclose(i_ac, np.where((t > 0.95) & (t < 8.95), wave, 0.0), atol=1e-12)
    v = -65 * np.ones(101)
    for k in range(100):  # each step's current is constant, so the step is exact
        target = -65 + 20 * (i_dc[k] + i_ac[k])
        v[k + 1] = target + (v[k] - target) * np.exp(-0.1 / 20)
    np.testing.assert_allclose(p.get_data().segments[0].analogsignals[0].magnitude[:, 0], v,
                               rtol=1e-12)


def test_noise_keeps_its_values_for_their_time():
    p = sim.Population(1, sim.IF_curr_exp())
    noise = sim.NoisyCurrentSource(mean=0.5, stdev=0.1, start=0.0, stop=500.0, dt=1.0)
    p.inject(noise)
    sim.run(500.0)
    values = noise.get_data().magnitude[:-1, 0].reshape(500, 10)
    assert np.all(values == values[:, :1])
    assert values.mean() == pytest.approx(0.5, abs=6 * 0.1 / np.sqrt(500))
    assert values[:, 0].std() == pytest.approx(0.1, rel=0.2)


def test_sources_take_no_current():
    p = sim.Population(1, sim.SpikeSourcePoisson())
    with pytest.raises(TypeError, match="spike source"):
        sim.DCSource().inject_into(p)
    with pytest.raises(ValueError, match=r"times \[3.0, 1.0\] must be increasing"):
        sim.StepCurrentSource(times=[3.0, 1.0], amplitudes=[1.0, 2.0])
