"""The board's numbers by hand, and the compiled steps against the plain ones."""

import numpy as np
import pytest
from spinnaker_random import KINDS, dense_network, random_network

import engram as eg
from engram import ms, nA
from engram.kernels import fixed_point as fx
from engram.kernels import fixed_point_tables as tb
from engram.models import LIF_CURR_EXP, stdp_additive


def test_an_accum_has_fifteen_bits_after_the_point_and_wraps():
    assert fx.accum([1.0, -0.5, 2.0**-16, 3 * 2.0**-16]).tolist() == [32768, -16384, 0, 2]
    assert fx.wrap(2**31) == -2**31
    assert fx.fits(65535.9)
    assert not fx.fits(65536.1)


def test_products_are_cut_off_or_rounded():
    half, odd = 1 << 14, 3
    assert fx.times(half, odd) == 1
    assert fx.times(half, -odd) == -2, "towards minus infinity"
    assert fx.times_nearest(half, odd) == 2
    assert fx.times_nearest(2**30, 2**30) == fx.LARGEST
    assert fx.decayed(-1, 1) == -1
    assert fx.decayed(1 << 20, 1 << 31) == 1 << 19


def test_a_spike_carries_the_charge_of_its_equation():
    decay, new = fx.synapse_factors(fx.accum([0.3, 5.0, 100.0]), int(fx.accum(1.0)))
    tau = np.array([0.3, 5.0, 100.0])
    # tau is kept to 2**-16 ms and dt/tau to 2**-15, hence errors of some 1e-4 of the factors
    np.testing.assert_allclose(decay / 2**32, np.exp(-1 / tau), rtol=2e-4)
    np.testing.assert_allclose(new / 2**32, tau * (1 - np.exp(-1 / tau)), rtol=4e-3)


def test_a_time_constant_too_long_for_the_board_is_no_time_at_all():
    assert fx.synapse_factors(fx.accum([60000.0]), int(fx.accum(1.0)))[0].tolist() == [0]


def test_refractory_periods_are_rounded_up():
    step = int(fx.accum(1.0))
    assert fx.ceil_steps(fx.accum([0.0, 0.1, 1.0, 1.01]), step).tolist() == [0, 1, 1, 2]
    tenth = int(fx.accum(0.1))  # 0.1 ms is 3277/32768, a little too long
    assert fx.ceil_steps(fx.accum(np.arange(1, 200) * 0.1), tenth).tolist() == list(range(1, 200))


def test_the_decay_table_ends_where_it_vanishes():
    table = fx.decay_table(20.0, 1.0)
    assert table[:2].tolist() == [2048, 1948]
    assert len(table) == 2 * 77  # 20 ln(2048) = 152.5, made even
    assert table[-1] <= 1


def test_traces_are_shorts():
    table = fx.decay_table(3.0, 1.0)
    assert fx.looked_up(2048, table, 3) == 753  # 2048/e
    assert fx.looked_up(2048, table, 400) == 0
    assert fx.looked_up(0x8000, table, 0) == -32768


def played(network, compiled, seed, chunks):
    sim = eg.compile(network, "spinnaker", seed=seed, release=6 + seed % 2, compiled=compiled)
    for n in chunks:
        run = sim.run(n * network.dt)
    return sim, run


def same_tables(fast, slow):
    for mine, theirs in ((fast.runner.layout.net, slow.runner.layout.net),
                         (fast.runner.layout.traces, slow.runner.layout.traces)):
        for field in mine._fields:
            np.testing.assert_array_equal(getattr(mine, field), getattr(theirs, field), field)
    np.testing.assert_array_equal(fast.runner.layout.ring, slow.runner.layout.ring)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore::engram.backends.spinnaker.SpinnakerWarning")
def test_compiled_steps_are_the_plain_ones(seed):
    network = random_network(seed, scale=[1.0, 1.0, 60.0][seed % 3])
    (fast, got), (slow, truth) = (played(network, c, seed, (6, 20)) for c in (True, False))
    assert sum(len(truth.spikes[n].i) for n in KINDS) > 200, "neurons must fire"
    for name, spikes in truth.spikes.items():
        np.testing.assert_array_equal(got.spikes[name].step, spikes.step, name)
        np.testing.assert_array_equal(got.spikes[name].i, spikes.i, name)
    for name, states in truth.states.items():
        for variable, trace in states.items():
            np.testing.assert_array_equal(got.states[name][variable], trace)
    same_tables(fast, slow)
    assert fast.runner.report() == slow.runner.report()
    if seed % 3 == 2:
        totals = [p["overflows"] for p in truth.provenance["spinnaker"]["populations"].values()]
        assert sum(totals), "numbers this large must overflow somewhere"


def learnt_at_once(sim):
    """Whether rows of each projection have been learnt at once."""
    return (sim.runner.layout.recent.paths[:, tb.LOOKED_UP] >= 0).tolist()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.filterwarnings("ignore::engram.backends.spinnaker.SpinnakerWarning")
def test_rows_learnt_at_once_are_those_learnt_one_by_one(seed):
    network = dense_network(seed)
    (fast, _), (slow, _) = (played(network, c, seed, (7, 50, 33)) for c in (True, False))
    same_tables(fast, slow)
    traces = fast.runner.layout.traces
    assert np.sum(traces.post_count == fx.HISTORY - 1) > 5, "events must be forgotten"
    assert seed != 2 or traces.pre_trace.min() < 0, "a trace must overflow"
    assert learnt_at_once(fast) == [True] * 3


def test_weights_at_the_end_of_the_range_wrap_in_whole_rows_too():
    network = eg.Network(
        [eg.Population("in", 8, eg.SpikeTimes.of({n: [1 + n, 30, 50] for n in range(8)}, ms)),
         eg.Population("out", 3, LIF_CURR_EXP, {"i_offset": [0, 0, 40] * nA, "tau_ref": 0 * ms})],
        [eg.Projection("p", "in", "out", eg.AllToAll(), stdp_additive("i_exc"),
                       {"w": 1 * nA, "w_max": 4000 * nA, "a_plus": 3, "tau_plus": 1000 * ms})],
        dt=1 * ms)
    sims = [eg.compile(network, "spinnaker", compiled=c) for c in (True, False)]
    for sim in sims:
        assert sim.runner.shifts[1][0] == 15
        sim.runner.layout.net.weight[:] = fx.WEIGHT_MAX
        sim.run(60 * ms)
    same_tables(*sims)


def test_a_list_of_events_that_went_round_is_not_read():
    """Rows so long, for their few targets, that they could ask for more events than are kept."""
    pre, post = np.divmod(np.arange(6 * 20) % 6, 3)
    network = eg.Network(
        [eg.Population("in", 2, eg.SpikeTimes.of({0: [3, 80, 82], 1: [81, 83]}, ms)),
         eg.Population("out", 3, LIF_CURR_EXP, {"i_offset": 40 * nA, "tau_ref": 0 * ms})],
        [eg.Projection("p", "in", "out", eg.FromArrays(pre, post), stdp_additive("i_exc"),
                       {"w": 0.01 * nA, "w_max": 0.02 * nA, "a_plus": 0.02, "tau_plus": 400 * ms})],
        dt=1 * ms)
    (fast, _), (slow, _) = (played(network, c, 0, (90,)) for c in (True, False))
    recent = fast.runner.layout.recent
    assert recent.count[0] > recent.mask[0] + 1 + 6
    assert learnt_at_once(fast) == [True]
    same_tables(fast, slow)
