"""Pair and triplet rules against the papers' formulas, summed over spikes by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from model_runs import run_pairs

from engram.models import (
    stdp_additive,
    stdp_multiplicative,
    stdp_nearest,
    stdp_triplet,
    stdp_van_rossum,
)
from engram.simulator.units import ms, pA

DT = 1.0  # ms
TAU_PLUS, TAU_MINUS = 10.0, 15.0
GIVEN = {"w_max": 10*pA, "tau_plus": TAU_PLUS*ms, "tau_minus": TAU_MINUS*ms}
RNG = np.random.default_rng(11)
PRE, POST = (sorted(int(k) for k in RNG.choice(np.arange(2, 118), 14, replace=False))
             for _ in range(2))
"""Two trains of whole steps in which every order of events occurs."""


def weight(synapse, pre, post, parameters=None, w=5.0, steps=None, delay=None):
    """Weight in pA at the end of a run of one synapse."""
    end = steps or max([*pre, *post]) + 3
    run = run_pairs(synapse("i_exc", "amp"), pre, post, end*DT*ms, DT*ms,
                    {**GIVEN, **(parameters or {})}, w=w*pA, delay=delay)
    return float((run.weights["q"]["w"]/pA)[0])


@pytest.mark.parametrize("s", [-20, -3, 0, 1, 2, 15])
def test_additive_window(s):
    """`s` from pre to post as the synapse sees them: post spikes reach it one step (delay) late."""
    a_plus, a_minus = 0.02, 0.03
    pre, post = 40, 40 + s - 1
    got = weight(stdp_additive, [pre], [post], {"a_plus": a_plus, "a_minus": a_minus}) - 5
    expected = 10*a_plus*np.exp(-s/TAU_PLUS) if s > 0 else -10*a_minus*np.exp(s/TAU_MINUS)
    assert got == pytest.approx(expected, rel=1e-12)


def test_the_dendritic_delay_shifts_the_window():
    near = weight(stdp_additive, [40], [45]) - 5
    far = weight(stdp_additive, [40], [45], steps=60, delay=4*ms) - 5
    assert far == pytest.approx(near*np.exp(-3/TAU_PLUS), rel=1e-12)


def brute(pre, post, w, up, down, nearest=False, seen_late=1):
    """Events in time, post before pre within a step; `up`, `down` give w from (w, trace)."""
    late = [k + seen_late for k in post]
    events = sorted([(k, 0) for k in late] + [(k, 1) for k in pre])
    for k, is_pre in events:
        if is_pre:
            past = [k - m for m in late if m <= k]
            tau, change = TAU_MINUS, down
        else:
            past = [k - m for m in pre if m < k]
            tau, change = TAU_PLUS, up
        if nearest:
            past = past[-1:]
        w = min(10.0, max(0.0, change(w, sum(np.exp(-s*DT/tau) for s in past))))
    return w


RULES = {
    "additive": (stdp_additive, {"a_plus": 0.02, "a_minus": 0.03}, False,
                 lambda w, r: w + 10*0.02*r, lambda w, o: w - 10*0.03*o),
    "nearest": (stdp_nearest, {"a_plus": 0.02, "a_minus": 0.03}, True,
                lambda w, r: w + 10*0.02*r, lambda w, o: w - 10*0.03*o),
    "multiplicative": (stdp_multiplicative, {"a_plus": 0.2, "a_minus": 0.3}, False,
                       lambda w, r: w + 10*0.2*(1 - w/10)*r, lambda w, o: w - 10*0.3*w/10*o),
    "guetig": (stdp_multiplicative, {"a_plus": 0.2, "a_minus": 0.3, "mu": 0.3}, False,
               lambda w, r: w + 10*0.2*(1 - w/10)**0.3*r,
               lambda w, o: w - 10*0.3*(w/10)**0.3*o),
    "van_rossum": (stdp_van_rossum, {"a_plus": 0.02, "a_minus": 0.1}, False,
                   lambda w, r: w + 10*0.02*r, lambda w, o: w*(1 - 0.1*o))}


@pytest.mark.parametrize("name", RULES)
def test_trains_give_the_sum_over_pairs(name):
    synapse, parameters, nearest, up, down = RULES[name]
    expected = brute(PRE, POST, 5.0, up, down, nearest)
    assert abs(expected - 5) > 0.1, "it must learn to mean anything"
    assert weight(synapse, PRE, POST, parameters) == pytest.approx(expected, rel=1e-11)


def test_nearest_neighbours_differ_from_all_pairs_only_where_spikes_repeat():
    one = ([10], [20])
    assert weight(stdp_nearest, *one) == weight(stdp_additive, *one)
    burst = ([10, 12, 14], [20])
    all_pairs, last = weight(stdp_additive, *burst) - 5, weight(stdp_nearest, *burst) - 5
    ratio = sum(np.exp(-s/TAU_PLUS) for s in (11, 9, 7))/np.exp(-7/TAU_PLUS)
    assert all_pairs/last == pytest.approx(ratio, rel=1e-10)


@pytest.mark.parametrize("synapse", [stdp_additive, stdp_nearest, stdp_multiplicative,
                                     stdp_van_rossum, stdp_triplet])
def test_weights_stay_within_their_bounds(synapse):
    strong = "a2_plus" if synapse is stdp_triplet else "a_plus"
    weak = "a2_minus" if synapse is stdp_triplet else "a_minus"
    pre, post = list(range(5, 60, 10)), list(range(7, 60, 10))
    up = weight(synapse, pre, post, {strong: 3.0, weak: 0.0})
    assert up == (pytest.approx(10) if synapse is stdp_multiplicative else 10)
    assert weight(synapse, post, pre, {strong: 0.0, weak: 3.0, "w_min": 1*pA}) == 1


def test_w_min_shifts_soft_bounds():
    got = weight(stdp_multiplicative, [40], [42], {"a_plus": 0.2, "w_min": 2*pA}) - 5
    assert got == pytest.approx(8*0.2*(5/8)*np.exp(-3/TAU_PLUS), rel=1e-12)


def triplet_by_formula(pre, post, a2p, a2m, a3p, a3m, tau_x, tau_y, seen_late=1):
    """Sum over pairs and triplets; all-to-all, so every sum runs over the whole past."""
    late = [k + seen_late for k in post]
    dw = 0.0
    for t in late:
        r = sum(np.exp(-(t - s)/TAU_PLUS) for s in pre if s < t)
        slow = sum(np.exp(-(t - s)/tau_y) for s in late if s < t)
        dw += r*(a2p + a3p*slow)
    for t in pre:
        o = sum(np.exp(-(t - s)/TAU_MINUS) for s in late if s <= t)
        slow = sum(np.exp(-(t - s)/tau_x) for s in pre if s < t)
        dw -= o*(a2m + a3m*slow)
    return dw


@pytest.mark.parametrize("amplitudes", [(2e-3, 3e-3, 5e-3, 1e-3), (5e-10, 7e-3, 6.2e-3, 2.3e-4)])
def test_triplets_give_the_papers_sum(amplitudes):
    names = ("a2_plus", "a2_minus", "a3_plus", "a3_minus")
    parameters = dict(zip(names, amplitudes, strict=True)) | {"tau_x": 101*ms, "tau_y": 125*ms}
    expected = 10*triplet_by_formula(PRE, POST, *amplitudes, 101.0, 125.0)
    assert abs(expected) > 0.05
    got = weight(stdp_triplet, PRE, POST, parameters) - 5
    assert got == pytest.approx(expected, rel=1e-10)


def test_triplets_of_the_visual_cortex_need_frequency_to_potentiate():
    """Pre 10 ms before post: next to nothing at low frequency, potentiation at 50 Hz."""
    def change(period, pairs):
        pre = [5 + n*period for n in range(pairs)]
        run = run_pairs(stdp_triplet("i_exc"), pre, [k + 9 for k in pre], (pre[-1] + 20)*ms,
                        1*ms, {"w_max": 10*pA})
        return (float((run.weights["q"]["w"]/pA)[0]) - 5)/pairs
    fast, slow = change(20, 40), change(800, 2)
    assert fast > 0.3/40
    assert abs(slow) < fast/20


def test_what_is_sent_is_what_the_pre_event_leaves():
    from model_runs import eg
    run = run_pairs(stdp_additive("i_exc"), [10, 20], [15], 30*ms, 1*ms,
                    {**GIVEN, "a_plus": 0.2, "a_minus": 0.1},
                    more=(eg.StateProbe("cells", "i_exc"),))
    i = (run.states["cells"]["i_exc"]/pA)[:, 0]
    history = (run.weights["q"].history["w"]/pA)[:, 0]
    decay = np.exp(-1/5)
    for k in (10, 20):  # arrives a step later and decays for one step before it is recorded
        assert i[k + 1] == pytest.approx((i[k] + history[k])*decay, rel=1e-12)
    assert history[20] != history[10], "it must learn in between to mean anything"
