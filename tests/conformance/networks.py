"""Random small networks: one structure with random numbers, and random structures."""

from __future__ import annotations

from typing import Any

import numpy as np
from conformance.scenario import RELAY, STEP, TO_G, TO_V, raster
from conformance.scenarios_networks import RELEASE
from conformance.scenarios_plasticity import PAIR, PEEK, RELAX
from conformance.scenarios_timing import PACER
from hypothesis import strategies as st

import engram as eg
from engram import Hz, ms

STEPS = 120
HALF = eg.NeuronModel(
    "half", "v : 1 (unless refractory)\ng : 1\nrest : second", update="v = 0.5*v + 0.1*g; g = 0",
    threshold="v >= 0.75", reset="v = v - 0.5", refractory="rest",
    defaults={"v": 0, "g": 0, "rest": 0*ms})
SHORT_TERM = eg.SynapseModel(
    "short term", "w : 1\ndx/dt = (1 - x)/(3*ms) : 1 (pre)\nr : 1 (pre)",
    on_pre="r = 0.4*x; x -= r; v_post += w*r*2", defaults={"x": 1, "r": 0, "w": 1})
NEURON = (RELAY, HALF)
SYNAPSE = (TO_V, TO_G, PAIR, PEEK, SHORT_TERM, RELEASE)

sizes = st.integers(2, 7)
whole = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)


def _pairs(draw: Any, pre: int, post: int) -> Any:
    """Random synapses, multapses among them; never all pairs, which would be another code."""
    rng = np.random.default_rng(draw(seeds))
    n = int(rng.integers(1, 2*pre*post))
    if n == pre*post:
        n += 1
    return eg.FromArrays(rng.integers(0, pre, n), rng.integers(0, post, n)), n


def _numbers(draw: Any, n: int, low: float, high: float) -> Any:
    return np.random.default_rng(draw(seeds)).uniform(low, high, n)


@st.composite
def random_numbers(draw: Any) -> Any:
    """Sizes, synapses, weights, delays, rates and periods at random in one fixed structure."""
    n_in, n_a, n_b = draw(sizes), draw(sizes), draw(sizes)
    rest = np.random.default_rng(draw(seeds)).integers(0, 5, n_a)
    rest[0] = 1  # somebody rests, or the code is another
    to_a, _ = _pairs(draw, n_in, n_a)
    plastic, m = _pairs(draw, n_a, n_b)
    back, n_back = _pairs(draw, n_b, n_a)
    own, n_own = _pairs(draw, n_in, n_b)
    late = 1 + np.arange(n_back) % draw(st.integers(2, 9)) if n_back > 1 else np.ones(1)
    delay = draw(st.integers(2, 8))
    behind = draw(st.integers(2, delay))
    return eg.Network(
        [raster("in", n_in, STEPS, 0.08, draw(seeds)),
         eg.Population("noise", n_in, eg.Poisson(_numbers(draw, n_in, 0, 900)*Hz)),
         eg.Population("a", n_a, RELAY, {"rest": rest*STEP, "tau": _numbers(draw, n_a, 0.5, 4)*ms}),
         eg.Population("b", n_b, HALF, {"rest": draw(whole)*STEP}, clock=draw(st.integers(2, 4))),
         eg.Population("c", n_b, PACER, {"rest": draw(whole)*STEP})],
        [eg.Projection("in_a", "in", "a", to_a, TO_V, {"w": draw(st.floats(0.3, 1.2))},
                       delay=draw(whole)*STEP),
         eg.Projection("plastic", "a", "b", plastic, PAIR, initial={"w": _numbers(draw, m, 0, 1)},
                       delay=delay*STEP, dendritic_delay_fraction=behind/delay),
         eg.Projection("back", "b", "a", back, TO_V, {"w": _numbers(draw, n_back, -1, 1)},
                       delay=late*STEP),
         eg.Projection("own", "noise", "b", own, RELAX, {"goal": _numbers(draw, n_own, 0, 1)},
                       delay=draw(whole)*STEP)],
        probes=[eg.StateProbe("a", ["v", "g"], every=draw(whole)), eg.StateProbe("b", ["v", "g"])])


@st.composite
def random_structures(draw: Any) -> Any:
    """Populations of either kind, joined by random synapses of random models."""
    names = [f"p{n}" for n in range(draw(st.integers(1, 3)))]
    cells = [eg.Population(n, draw(st.integers(0, 6)), draw(st.sampled_from(NEURON)),
                           {"rest": draw(st.integers(0, 3))*STEP}, clock=draw(st.integers(1, 2)))
             for n in names]
    size = draw(st.integers(1, 5))
    joins = [("in", draw(st.sampled_from(names)), TO_V)]
    joins += [(draw(st.sampled_from(["in", *names])), draw(st.sampled_from(names)),
               draw(st.sampled_from(SYNAPSE))) for _ in range(draw(st.integers(1, 4)))]
    projections = []
    for n, (source, target, model) in enumerate(joins):
        if model is PEEK and source == "in":
            model = PAIR
        kind = draw(st.sampled_from((eg.AllToAll(), eg.FixedProbability(0.5))))
        given = {"initial" if model in (PAIR, PEEK) else "parameters": {
            "w": draw(st.floats(-0.5, 1.5))}}
        projections.append(eg.Projection(f"q{n}", source, target, kind, model, **given,
                                         delay=draw(whole)*STEP))
    if len(names) == 3 and draw(st.booleans()):
        projections.append(eg.Projection("gap", names[0], names[1], eg.AllToAll(), GAP))
    return eg.Network([raster("in", size, STEPS, 0.1, draw(seeds)), *cells], projections,
                      probes=[eg.StateProbe(n, ["v", "g"]) for n in names])


GAP = eg.SynapseModel("gap", "g_post = 0.2*(v_pre - v_post) : 1 (summed)")
