"""The memory's network against the spikes that were recorded on SpiNNaker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from backends_available import BACKENDS
from hippocampal_recording import CONTENT, COUNTS, CUE, SENT, TABLE, by_ms, mismatches

import engram as eg
from engram import ms, nA, second
from engram.models.hippocampus import HippocampalCAM
from engram.models.hippocampus.circuit import PLASTIC
from engram.simulator.models import SynapseModel


def network():
    return HippocampalCAM(cues=5, contents=10).network(cue_spikes=CUE, content_spikes=CONTENT)


def changed(net, which=None, **changes):
    """The network with fields of some projections (the plastic ones) replaced."""
    which = PLASTIC if which is None else which
    return replace(net, projections=tuple(replace(q, **changes) if q.name in which else q
                                          for q in net.projections))


def with_rule(net, more="", defaults=(), **texts):
    """The network with another rule in the plastic projections, `more` are more variables."""
    old = net.projection(PLASTIC[0]).synapse
    fields = {"on_pre": old.on_pre, "on_post": old.on_post, **texts}
    return changed(net, synapse=SynapseModel("another rule", old.equations + more,
                                             defaults={**old.defaults, **dict(defaults)}, **fields))


def wrong(net):
    return mismatches(by_ms(eg.simulate(net, 90*ms, backend="reference")))


def nearest(net):
    """Traces that count the last spike only."""
    return with_rule(net, on_pre="""
                     w = clip(w - a_minus*o, 0*amp, w_max)
                     w_sent = w
                     r = 1
                     in_exc_post += w_sent
                     """, on_post="""
                     w = clip(w + a_plus*r, 0*amp, w_max)
                     o = 1
                     """)


def without_coincidence(net):
    """Depression only by postsynaptic spikes of earlier steps."""
    return with_rule(net, "last : second (post)", {"last": -1*second}, on_pre="""
                     earlier = o - (1 if last > t - 0.5*dt else 0)
                     w = clip(w - a_minus*earlier, 0*amp, w_max)
                     w_sent = w
                     r += 1
                     in_exc_post += w_sent
                     """, on_post="""
                     w = clip(w + a_plus*r, 0*amp, w_max)
                     o += 1
                     last = t
                     """)


def amplitude(a):
    return lambda net: changed(net, parameters={"a_plus": a*nA, "a_minus": a*nA})


@pytest.fixture(scope="module", params=BACKENDS)
def run(request):
    return eg.simulate(network(), 90*ms, backend=request.param)


def test_every_spike_of_every_population(run):
    found = by_ms(run)
    assert {name: found[name] for name in TABLE} == TABLE


def test_numbers_of_spikes(run):
    found = by_ms(run)
    assert {name: sum(map(len, t.values())) for name, t in found.items()} == COUNTS


def test_weights_that_were_sent(run):
    sent = HippocampalCAM().weights(run)["cue_recall"] / nA
    assert sent.shape == (5, 10)
    for row, weights in SENT.items():
        np.testing.assert_allclose(sent[row], weights, atol=0.005)  # known to 2 decimals


def test_weights_with_every_event_in_them(run):
    """Postsynaptic spikes after the last presynaptic one bring the recalled pairs back to 6."""
    w = HippocampalCAM().weights(run, "w")
    np.testing.assert_allclose((w["cue_recall"] / nA)[3, [1, 3, 4, 8]], 6, atol=1e-9)
    assert w["content_recall"].shape == (10, 5)


@pytest.mark.parametrize("a", [5.51, 5.75, 6.25, 6.39])
def test_amplitude_is_bracketed_from_inside(a):
    assert not wrong(amplitude(a)(network()))


@pytest.mark.parametrize("a", [4.5, 6.8, 36.0])
def test_amplitude_far_outside_the_bracket_changes_spikes(a):
    """36 is A * w_max, which many PyNN backends use."""
    assert wrong(amplitude(a)(network()))


def test_without_depression_of_coincident_spikes():
    """`o` without the postsynaptic spikes that arrive in the same step."""
    assert len(wrong(without_coincidence(network()))) > 10  # 22 measured


def test_delays_counted_from_the_next_step():
    """A spike that acts one step later than the convention says misses most of the record."""
    net = network()
    late = replace(net, projections=tuple(replace(q, delay=q.delay + 1*ms)
                                          for q in net.projections))
    assert len(wrong(late)) > 100


@pytest.mark.parametrize("diagonal", [True, False])
def test_diagonal_of_the_cross_inhibition_is_neutral(diagonal):
    connector = eg.AllToAll() if diagonal else eg.FromArrays(*np.nonzero(~np.eye(5, dtype=bool)))
    assert not wrong(changed(network(), ("cue_cue_to_cue_content_inh",), connector=connector))


def test_operations_give_the_recorded_input():
    """The experiment is nine operations 10 ms apart."""
    cam = (HippocampalCAM(timing=10*ms).learn(0, [0, 1, 8, 9]).learn(4, [1, 5, 6])
           .learn(3, [4, 5, 6]).recall(cue=0).recall(content=[6]).recall(content=[0, 4])
           .learn(3, [1, 3, 4, 8]).recall(cue=3).recall(content=[6]))
    cue, content = cam.input_spikes()
    assert (cue, content) == (CUE, CONTENT)
    assert cam.duration == 90*ms
    assert cam.network() == network()


def crowded():
    """Sixty operations at the shortest documented intervals."""
    rng, cam = np.random.default_rng(0), HippocampalCAM(timing="paper")
    for _ in range(60):
        content = rng.choice(10, rng.integers(1, 6), replace=False).tolist()
        cue = int(rng.integers(5))
        cam = (cam.learn(cue, content), cam.recall(cue), cam.recall(content=content))[
            rng.integers(3)]
    return cam


def pairs(net, duration):
    run = eg.simulate(net, duration, backend="reference")
    return {(name, k, i) for name, s in run.spikes.items()
            for k, i in zip(s.step.tolist(), s.i.tolist(), strict=True)}


@pytest.fixture(scope="module")
def crowd():
    cam = crowded()
    return cam.network(), cam.duration, pairs(cam.network(), cam.duration)


@pytest.mark.parametrize("other", [nearest, without_coincidence, amplitude(5.0), amplitude(6.8)],
                         ids=["nearest neighbour", "no depression at 0", "A=5", "A=6.8"])
def test_other_rules_part_from_this_one_where_operations_crowd(crowd, other):
    """The recorded experiment is too calm to tell all of them apart; sixty operations are not."""
    net, duration, spikes = crowd
    assert len(spikes) > 1000, "the operations must spike to mean anything"
    assert spikes ^ pairs(other(net), duration)
