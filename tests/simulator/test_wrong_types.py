"""Whatever is put into a field, the answer is a network that runs or an error of ours."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engram as eg
from engram import Hz, ms, mV
from engram.simulator.positions import grid

CELL = {"name": "cell", "equations": """
        dv/dt = (e_l - v + gain*x)/tau : volt (unless refractory)
        x : volt
        e_l : volt
        gain : 1
        tau : second
        """, "threshold": "v > 5*mV", "reset": "v = e_l", "refractory": 2 * ms, "update": "",
        "method": "auto", "defaults": {"tau": 10 * ms, "e_l": 0 * mV, "gain": 1, "x": 0 * mV}}
PLASTIC = {"name": "plastic", "equations": "w : volt\ndr/dt = -r/tau : 1\ntau : second",
           "on_pre": "r += 1\nw = w + 1*mV*r\nv_post += w", "on_post": "w = w - 1*mV",
           "method": "auto", "defaults": {"tau": 10 * ms, "w": 1 * mV}}
GIVEN = {
    eg.NeuronModel: CELL, eg.SynapseModel: PLASTIC,
    eg.Population: {"name": "cells", "size": 2, "model": None, "parameters": {"gain": 2},
                    "initial": {"v": 1 * mV}, "clock": 1},
    eg.Projection: {"name": "loop", "source": "noise", "target": "cells", "connector": None,
                    "synapse": None, "parameters": {"tau": 5 * ms}, "initial": {"w": 2 * mV},
                    "delay": 1 * ms, "dendritic_delay_fraction": 1.0},
    eg.View: {"population": "cells", "start": 0, "stop": 2},
    eg.Poisson: {"rate": 50 * Hz, "start": 0 * ms, "stop": 5 * ms},
    eg.SpikeTimes: {"indices": [0, 1], "times": [1, 2] * ms},
    eg.StepCurrent: {"population": "cells", "variable": "x", "times": [1] * ms,
                     "values": [2] * mV},
    eg.SpikeProbe: {"population": "cells"},
    eg.StateProbe: {"population": "cells", "variables": ["v"], "every": 1, "neurons": None},
    eg.WeightProbe: {"projection": "loop", "times": [1, 2] * ms, "variables": "w"},
    eg.Network: {"populations": None, "projections": None, "stimuli": None, "probes": None,
                 "dt": 1 * ms, "name": "net"},
    eg.OneToOne: {}, eg.AllToAll: {"self_connections": True},
    eg.FixedProbability: {"p": 0.5, "self_connections": True},
    eg.FixedOutDegree: {"n": 1, "self_connections": True},
    eg.FixedInDegree: {"n": 1, "self_connections": True},
    eg.FromArrays: {"pre": [0, 1], "post": [1, 0], "shape": None},
    eg.DistanceDependent: {"kernel": "gaussian", "p_max": 0.5, "length": 1.0,
                           "pre_positions": grid(1, 2), "post_positions": grid(1, 2),
                           "box": None, "self_connections": True},
}
JUNK = [None, True, 0, -1, 7, 10**30, -2.5, 1.5, float("nan"), float("inf"), 1j, b"v", "", "v",
        "nope", "9**9**9**9", "((", "v = ", "w : volt", "\x00", "é", "x" * 5000, "-" * 5000 + "v",
        "rand()", "0/0", "1e400*ms", [], [1, 2], [1, [2, 3]], ["v", "v"], [None], {}, {"v": 1},
        {1: 2}, {"tau": None}, {"tau": "tau"}, {"tau": "ms/0"}, {"w": np.nan * mV},
        {"tau": 10**400}, {"tau": -1 * ms}, {"tau": [1, 2, 3] * ms}, object(), print, int, ...,
        np.array([]), np.array(["a"]), np.array([np.nan]), np.array([2**63], np.uint64),
        np.zeros((2, 2)), np.float64(3), np.int8(3), np.bool_(True), 1 * mV, 1 * ms, 0.25 * ms,
        -1 * ms, 1e300 * ms, np.nan * ms, np.inf * ms, [1, 2] * ms, [1, np.nan] * ms, 3 * Hz,
        1e9 * Hz, np.zeros((2, 2)) * ms, {"a"}, range(3), eg.OneToOne(), eg.Poisson(3 * Hz)]


def make(kind, change):
    return kind(**{**GIVEN[kind], **(change or {})})


def network(kind=None, change=None, connector=eg.AllToAll):
    """The base network, with one description of class `kind` changed."""
    of = lambda k: change if k is kind else None  # noqa: E731
    cells = make(eg.Population, {"model": make(eg.NeuronModel, of(eg.NeuronModel)),
                                 **(of(eg.Population) or {})})
    noise = eg.Population("noise", 2, make(eg.Poisson, of(eg.Poisson)))
    given = eg.Population("given", 2, make(eg.SpikeTimes, of(eg.SpikeTimes)))
    loop = make(eg.Projection, {
        "connector": make(connector, of(connector)), "target": make(eg.View, of(eg.View)),
        "synapse": make(eg.SynapseModel, of(eg.SynapseModel)), **(of(eg.Projection) or {})})
    probes = [make(k, of(k)) for k in (eg.SpikeProbe, eg.StateProbe, eg.WeightProbe)]
    return make(eg.Network, {
        "populations": [cells, noise, given], "projections": [loop], "probes": probes,
        "stimuli": [make(eg.StepCurrent, of(eg.StepCurrent))], **(of(eg.Network) or {})})


def survives(kind, change):
    """True if it runs, False if it is refused; anything but our errors is raised."""
    connector = kind if hasattr(kind, "rows") else eg.AllToAll
    try:
        net = network(kind, change, connector)
        sim = eg.compile(net, "reference")
    except eg.EngramError as problem:
        length = len(str(problem))
    else:
        sim.run(3 * ms)
        assert len(net.digest) == 64
        return True
    assert 20 < length < 2000, "an error says what is wrong and what to do, and can be read"
    return False


@pytest.mark.parametrize("kind", GIVEN, ids=lambda k: k.__name__)
def test_the_base_runs(kind):
    assert survives(kind, None)
    assert {f.name for f in fields(kind)} == set(GIVEN[kind]), "every field is tried below"


CASES = [(kind, name) for kind, given in GIVEN.items() for name in given]


@pytest.mark.parametrize(("kind", "name"), CASES, ids=lambda x: getattr(x, "__name__", x))
def test_a_wrong_value_is_refused_by_us_or_works(kind, name):
    refused = sum(not survives(kind, {name: value}) for value in JUNK)
    assert refused > 5, "most of this is not a value of any field"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CASES), st.sampled_from(JUNK)), min_size=2, max_size=3))
def test_two_wrong_values_together(wrong):
    kinds = [kind for (kind, _), _ in wrong]
    survives(kinds[0], {name: value for (kind, name), value in wrong if kind is kinds[0]})
