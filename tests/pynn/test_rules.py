"""Plasticity: each rule by hand, for spikes whose times are known."""

from __future__ import annotations

import numpy as np
import pytest

import engram.backends.pynn as sim

PRE, POST = [10.0, 50.0, 72.0], [20.0, 65.0]
W, W_MIN, W_MAX, TAU = 0.4, 0.1, 1.0, 20.0
"""Postsynaptic spikes are forced; the synapse sees them 1 ms, its delay, later."""


def learnt(synapse, neuron=None, receptor="excitatory"):
    """The weight after PRE and POST, which is forced by one strong spike each."""
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=PRE))
    # arrives and is answered in the step of its time; 1e4 nA and a reset keep the rest small
    teacher = sim.Population(1, sim.SpikeSourceArray(spike_times=[t - 1.0 for t in POST]))
    p = sim.Population(1, neuron or sim.IF_curr_delta(v_thresh=-50.0, tau_refrac=1.0))
    p.record("spikes")
    sim.Projection(teacher, p, sim.OneToOneConnector(), sim.StaticSynapse(weight=100.0, delay=1.0),
                   receptor_type="excitatory")
    q = sim.Projection(source, p, sim.OneToOneConnector(), synapse, receptor_type=receptor)
    sim.run(100.0)
    np.testing.assert_allclose(p.get_data().segments[0].spiketrains[0].magnitude, POST)
    return q.get("weight", "list", with_address=False)[0]


def mechanism(timing, weights):
    return sim.STDPMechanism(timing, weights, weight=W, delay=1.0)


def pairs(up, down):
    """W after all events in order, from what a post event adds and a pre event takes."""
    w, events = W, sorted([(t, 1) for t in PRE] + [(t + 1.0, 0) for t in POST])
    seen: dict[int, list[float]] = {0: [], 1: []}
    for t, pre in events:
        trace = sum(np.exp(-(t - s) / TAU) for s in seen[1 - pre])
        w = w - down(w, trace) if pre else w + up(w, trace)
        w = min(max(w, W_MIN), W_MAX)
        seen[pre].append(t)
    return w


A_PLUS, A_MINUS = 0.05, 0.03
RULE = {"tau_plus": TAU, "tau_minus": TAU, "A_plus": A_PLUS, "A_minus": A_MINUS}


def q_of(w):
    return (w - W_MIN) / (W_MAX - W_MIN)


SPAN = W_MAX - W_MIN
CASES = {
    "AdditiveWeightDependence": ({}, lambda w, r: A_PLUS * W_MAX * r,
                                 lambda w, o: A_MINUS * W_MAX * o),
    "MultiplicativeWeightDependence": ({}, lambda w, r: A_PLUS * (W_MAX - w) * r,
                                       lambda w, o: A_MINUS * (w - W_MIN) * o),
    "AdditivePotentiationMultiplicativeDepression": ({}, lambda w, r: A_PLUS * W_MAX * r,
                                                     lambda w, o: A_MINUS * w * o),
    "GutigWeightDependence": ({"mu_plus": 0.3, "mu_minus": 0.7},
                              lambda w, r: A_PLUS * W_MAX * (1 - q_of(w))**0.3 * r,
                              lambda w, o: A_MINUS * W_MAX * q_of(w)**0.7 * o)}


@pytest.mark.parametrize("name", CASES)
def test_pair_rules(name):
    more, up, down = CASES[name]
    weights = getattr(sim, name)(w_min=W_MIN, w_max=W_MAX, **more)
    found = learnt(mechanism(sim.SpikePairRule(**RULE), weights))
    assert found == pytest.approx(pairs(up, down), rel=1e-12)
    assert abs(found - W) > 1e-3


def test_vogels():
    """Any pair potentiates, each presynaptic spike takes eta 2 rho tau."""
    eta, rho = 0.01, 4.0
    found = learnt(mechanism(sim.Vogels2011Rule(tau=TAU, eta=eta, rho=rho),
                             sim.AdditiveWeightDependence(w_min=W_MIN, w_max=W_MAX)))
    alpha = 2 * rho * TAU * 1e-3
    assert found == pytest.approx(pairs(lambda w, r: eta * r, lambda w, o: -eta * (o - alpha)),
                                  rel=1e-12)


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_nearest_pairs_are_another_rule():
    rule = sim.extra_models.SpikeNearestPairRule(**RULE)
    weights = sim.AdditiveWeightDependence(w_min=W_MIN, w_max=W_MAX)
    near = learnt(mechanism(rule, weights))
    up = [np.exp(-(21 - 10) / TAU), np.exp(-(66 - 50) / TAU)]
    down = [np.exp(-(50 - 21) / TAU), np.exp(-(72 - 66) / TAU)]
    expected = W + A_PLUS * sum(up) - A_MINUS * sum(down)
    assert near == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings("ignore::engram.backends.pynn.PyNNWarning")
def test_triplets():
    """With r, o fast and slow traces read before the spike itself raises them."""
    a2p, a2m, a3p, a3m = 0.01, 0.02, 0.03, 0.04
    taus = {"tau_plus": 16.0, "tau_minus": 30.0, "tau_x": 90.0, "tau_y": 110.0}
    rule = sim.extra_models.PfisterSpikeTriplet(**taus, A_plus=a2p, A_minus=a2m)
    weights = sim.extra_models.WeightDependenceAdditiveTriplet(
        w_min=W_MIN, w_max=W_MAX, A3_plus=a3p, A3_minus=a3m)
    w, events = W, sorted([(t, 1) for t in PRE] + [(t + 1.0, 0) for t in POST])
    seen: dict[int, list[float]] = {0: [], 1: []}

    def trace(side, t, tau):
        return sum(np.exp(-(t - s) / tau) for s in seen[side])
    for t, pre in events:
        if pre:
            w -= trace(0, t, 30.0) * (a2m + a3m * trace(1, t, 90.0))
        else:
            w += trace(1, t, 16.0) * (a2p + a3p * trace(0, t, 110.0))
        seen[pre].append(t)
    assert learnt(mechanism(rule, weights)) == pytest.approx(w, rel=1e-12)


def test_inhibitory_weights_keep_their_sign():
    """A negative weight on an inhibitory current synapse grows in strength, within its bounds."""
    rule = sim.STDPMechanism(sim.SpikePairRule(**RULE),
                             sim.AdditiveWeightDependence(w_min=-W_MAX, w_max=-W_MIN),
                             weight=-W, delay=1.0)
    neuron = sim.IF_curr_exp(tau_refrac=1.0, tau_syn_E=0.5, cm=0.01)
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]))
    p = sim.Population(1, neuron, initial_values={"v": -65.0})
    teacher = sim.Population(1, sim.SpikeSourceArray(spike_times=[14.0]))
    sim.Projection(teacher, p, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=1.0))
    q = sim.Projection(source, p, sim.OneToOneConnector(), rule, receptor_type="inhibitory")
    sim.run(40.0)
    assert q.get("weight", "list", with_address=False)[0] < -W


def released(spikes, tau_rec, tau_facil, U, tau_psc):
    """Tsodyks, Uziel and Markram 2000 between spikes, by small steps of the equations."""
    x, y, u, last, out = 1.0, 0.0, 0.0, None, []
    for t in spikes:
        if last is not None:
            n = 20000
            h = (t - last) / n
            for _ in range(n):
                x, y = x + h * (1 - x - y) / tau_rec, y - h * y / tau_psc
            u *= np.exp(-(t - last) / tau_facil) if tau_facil else 0.0
        u += U * (1 - u)
        out.append(u * x)
        y += u * x
        x -= u * x
        last = t
    return out


@pytest.mark.parametrize(("tau_rec", "tau_facil", "U"), [
    (100.0, 0.0, 0.5), (100.0, 300.0, 0.1), (5.0, 50.0, 0.3)])
def test_short_term_plasticity(tau_rec, tau_facil, U):
    """The jumps of a conductance; tau_rec = tau_syn = 5 ms is the case where formulas divide by 0.
    """
    spikes = [10.0, 25.0, 32.0, 80.0]
    sim.setup(timestep=0.1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=spikes))
    p = sim.Population(1, sim.IF_cond_exp(tau_syn_E=5.0))
    p.record("gsyn_exc")
    sim.Projection(source, p, sim.OneToOneConnector(), sim.TsodyksMarkramSynapse(
        weight=0.001, delay=1.0, U=U, tau_rec=tau_rec, tau_facil=tau_facil))
    sim.run(100.0)
    g = p.get_data().segments[0].analogsignals[0].magnitude[:, 0]
    decay = np.exp(-0.1 / 5)
    at = np.round((np.array(spikes) + 1.0) / 0.1).astype(int)
    jumps = (g[at + 1] / decay - g[at]) / 0.001
    # Euler with 20000 steps between spikes is right to 1e-3
    np.testing.assert_allclose(jumps, released(spikes, tau_rec, tau_facil, U, 5.0), rtol=2e-3)
