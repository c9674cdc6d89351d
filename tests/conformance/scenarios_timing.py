"""Scenarios of steps: delays, refractory periods, thresholds, clocks; all with known answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from conformance.scenario import (
    RELAY,
    STEP,
    TO_G,
    TO_V,
    fires,
    holds,
    raster,
    relays,
    scenario,
    times,
)

import engram as eg
from engram import ms

ONE, ALL = eg.OneToOne(), eg.AllToAll()


def _delays_answer(run: Any) -> None:
    fires(run, "out", [(k + d, d - 1) for k in run.spikes["in"].step for d in range(1, 21)])


@scenario(12*ms, 100, _delays_answer)
def delays_1_to_20() -> Any:
    """Twenty projections, each with a delay of its own."""
    return eg.Network(
        [times("in", 1, {0: [0, 1, 7, 30, 31, 60]}), relays("out", 20)],
        [eg.Projection(f"d{d}", "in", eg.View("out", d - 1, d), ALL, TO_V, delay=d*STEP)
         for d in range(1, 21)], probes=[eg.StateProbe("out", "v", every=4)])


MIXED = 1 + (7 * np.arange(60)) % 20  # every delay from 1 to 20 steps, three times


def _mixed_answer(run: Any) -> None:
    came = np.zeros((run.steps + 21, 20))
    for k, i in zip(run.spikes["in"].step, run.spikes["in"].i, strict=True):
        came[k + MIXED.reshape(3, 20)[i], np.arange(20)] += 1
    fires(run, "out", zip(*np.nonzero(came), strict=True))
    holds(run, "out", "g", np.cumsum(came[:run.steps], axis=0))


@scenario(15*ms, 100, _mixed_answer)
def mixed_delays() -> Any:
    """One projection whose synapses have delays of 1 to 20 steps."""
    return eg.Network(
        [raster("in", 3, 150, 0.05, seed=1), relays("out", 20)],
        [eg.Projection(f"to_{s.name[-1]}", "in", "out", ALL, s, delay=MIXED*STEP)
         for s in (TO_V, TO_G)], probes=[eg.StateProbe("out", ["v", "g"])])


REST = np.array([0, 1, 2, 5, 10, 20])


def _rest_answer(run: Any) -> None:
    fires(run, "out", [(1 + n*(r + 1), i) for i, r in enumerate(REST) for n in range(run.steps)])
    holds(run, "out", "g", np.arange(run.steps)[:, None])
    holds(run, "out", "v", 0)  # what arrives fires and is reset, or is lost


@scenario(6*ms, 100, _rest_answer)
def refractory_input() -> Any:
    """Input in every step: what comes in the refractory steps is lost for v and kept for g."""
    return eg.Network(
        [times("in", 1, {0: range(60)}), relays("out", 6, rest=REST*STEP)],
        [eg.Projection("to_v", "in", "out", ALL, TO_V),
         eg.Projection("to_g", "in", "out", ALL, TO_G)], probes=[eg.StateProbe("out", ["v", "g"])])


PACER = eg.NeuronModel(
    "pacer", """
    dv/dt = 1/ms : 1 (unless refractory)
    dx/dt = 1/ms : 1
    du/dt = (v - u)/(2*ms) : 1
    rest : second
    """, threshold="v > 0.95", reset="v = 0", refractory="rest", defaults={"rest": 0*ms})
"""Ten steps from 0 over the threshold, which lies half a step below the tenth."""


def _pacer_answer(run: Any) -> None:
    fires(run, "out", [(9 + n*(10 + r), i) for i, r in enumerate(REST) for n in range(run.steps)])
    holds(run, "out", "x", 0.1 * np.arange(1, run.steps + 1)[:, None])


@scenario(30*ms, 100, _pacer_answer)
def refractory_integration() -> Any:
    """The refractory period lengthens each interval by exactly its steps; u follows what rests."""
    return eg.Network([eg.Population("out", 6, PACER, {"rest": REST*STEP})],
                      probes=[eg.StateProbe("out", ["v", "x", "u"])])


def _counter(sign: str, halving: bool) -> Any:
    return eg.NeuronModel(f"counter {sign}", "v : 1", threshold=f"v {sign} 1", reset="v = 0",
                          update="v = 0.5*v" if halving else "", defaults={"v": 0})


def _threshold_answer(run: Any) -> None:
    at = run.spikes["in"].step + 1
    fires(run, "at_least", [(k, 0) for k in at[3::4]])
    fires(run, "above", [(k, 0) for k in at[4::5]])
    fires(run, "half_at_least", [(k, 0) for k in at])
    fires(run, "half_above", [(k, 0) for k in at[1::2]])  # the first leaves 1, then 0.25


@scenario(12*ms, 60, _threshold_answer)
def on_the_threshold() -> Any:
    """Weights that are exact in binary land on the threshold: >= fires, > does not."""
    kinds = {"at_least": (">=", False, 0.25), "above": (">", False, 0.25),
             "half_at_least": (">=", True, 2), "half_above": (">", True, 2)}
    return eg.Network(
        [times("in", 1, {0: range(0, 120, 3)}),
         *(eg.Population(n, 1, _counter(*k[:2])) for n, k in kinds.items())],
        [eg.Projection(f"to_{n}", "in", n, ALL, TO_V, {"w": k[2]}) for n, k in kinds.items()],
        probes=[eg.StateProbe(n, "v") for n in kinds])


def _ring_answer(run: Any) -> None:
    fires(run, "ring", [(1 + 3*n, n % 10) for n in range(run.steps)])


@scenario(20*ms, 60, _ring_answer)
def ring() -> Any:
    """Ten neurons pass one spike around, three steps each."""
    n = np.arange(10)
    return eg.Network(
        [times("in", 1, {0: [0]}), relays("ring", 10)],
        [eg.Projection("kick", "in", eg.View("ring", 0, 1), ONE, TO_V),
         eg.Projection("next", "ring", "ring", eg.FromArrays(n, (n + 1) % 10), TO_V,
                       delay=3*STEP)], probes=[eg.StateProbe("ring", "v", neurons=[0, 3])])


MINUS = eg.SynapseModel("minus", "w : 1", "v_post -= w", defaults={"w": 1})


def _inhibition_answer(run: Any) -> None:
    fires(run, "out", [(k + 1, 0) for k in range(0, 600, 20) if k % 60 and k % 80])


@scenario(60*ms, 15, _inhibition_answer)
def inhibition() -> Any:
    """An excitatory spike fires unless an inhibitory one comes with it or a step before it."""
    return eg.Network(
        [times("exc", 1, {0: range(0, 600, 20)}), times("with", 1, {0: range(0, 600, 60)}),
         times("before", 1, {0: range(79, 600, 80)}), relays("out", 1)],
        [eg.Projection("e", "exc", "out", ALL, TO_V),
         eg.Projection("minus", "with", "out", ALL, MINUS),
         eg.Projection("early", eg.View("before", 0, 1), "out", ALL, TO_V, {"w": -1})],
        probes=[eg.StateProbe("out", "v")])


SUMMER = eg.NeuronModel("summer", "g : 1", threshold="g > 0.5", reset="g = 0", defaults={"g": 0})
BIG = 1e16  # BIG + 1 is BIG in float64, so the order of a sum decides it


def _sum_answer(run: Any) -> None:
    fires(run, "out", [(k + 1, i) for k in range(0, 100, 4) for i in (1, 3)])


@scenario(10*ms, 40, _sum_answer)
def sum_order() -> Any:
    """Input is added by projection, then by source: other orders give 0 for 1 or 1 for 0."""
    w = np.array([[BIG, BIG, 1, 0, BIG], [1, -BIG, BIG, 0, 1], [-BIG, 1, -BIG, 0, 0]])
    first = np.array([0, 0, 0, BIG, 0])
    last = np.array([[0, 0, 0, -BIG, -BIG], [0, 0, 0, 1, 0]])
    return eg.Network(
        [times("in", 3, {n: range(0, 100, 4) for n in range(3)}),
         eg.Population("out", 5, SUMMER)],
        [eg.Projection("first", eg.View("in", 2, 3), "out", ALL, TO_G, {"w": first}),
         eg.Projection("middle", "in", "out", ALL, TO_G, {"w": w.ravel()}),
         eg.Projection("last", eg.View("in", 0, 2), "out", ALL, TO_G, {"w": last.ravel()})],
        probes=[eg.StateProbe("out", "g")])


def _clock_answer(run: Any) -> None:
    k = np.arange(run.steps)
    fires(run, "slow", [(n, 0) for n in range(9, run.steps, 12)])
    holds(run, "slow", "x", ((k // 3) % 4 + 1 - 4*(k % 12 >= 9))[:, None])
    holds(run, "fading", "v", np.exp(-0.3*(k//3 + 1))[:, None])
    fires(run, "gated", [(-(-(n + 1) // 3) * 3, 0) for n in run.spikes["in"].step])


CLOCKED = eg.NeuronModel("clocked", "x : 1", update="x = x + 1", threshold="x >= 4",
                         reset="x = 0", defaults={"x": 0})
FADING = eg.NeuronModel("fading", "dv/dt = -v/ms : 1", defaults={"v": 1})


@scenario(15*ms, 20, _clock_answer)
def clocks() -> Any:
    """A population on a clock of 3 steps integrates and fires in every third step only."""
    gate = eg.Population("gated", 1, RELAY, {"tau": 2*ms}, clock=3)
    return eg.Network(
        [times("in", 1, {0: [1, 5, 17, 30, 52, 60, 76, 101]}), gate,
         eg.Population("slow", 1, CLOCKED, clock=3), eg.Population("fading", 1, FADING, clock=3)],
        [eg.Projection("gate", "in", "gated", ALL, TO_V)],
        probes=[eg.StateProbe("slow", "x"), eg.StateProbe("fading", "v"),
                eg.StateProbe("gated", "v")])


COUNT = eg.NeuronModel("count", "x : 1\nback : 1", update="x = x + 1",
                       defaults={"x": 0, "back": 0})
FOLLOW = eg.NeuronModel("follow", "c : 1\ny : 1", threshold="c > y", reset="y = y + 10",
                        defaults={"c": 0, "y": 4.5})
COUPLED = eg.SynapseModel("coupled", "w : 1\nc_post = w*x_pre : 1 (summed)\n"
                          "back_pre = w*y_post : 1 (summed)", defaults={"w": 1})


def _coupling_answer(run: Any) -> None:
    k = np.arange(run.steps)
    holds(run, "follow", "c", 2.0*k[:, None])
    fires(run, "follow", [(n, j) for n in range(3, run.steps, 5) for j in range(3)])
    holds(run, "count", "back", (3*4.5 + 30*np.maximum(0, (k - 4)//5 + 1))[:, None])


@scenario(10*ms, 40, _coupling_answer)
def couplings() -> Any:
    """Sums in both directions are taken from the end of the step before."""
    return eg.Network(
        [eg.Population("count", 2, COUNT), eg.Population("follow", 3, FOLLOW)],
        [eg.Projection("c", "count", "follow", ALL, COUPLED)],
        probes=[eg.StateProbe("count", ["x", "back"]), eg.StateProbe("follow", ["c", "y"])])


def _order_answer(run: Any) -> None:
    at = run.spikes["in"].step + 1
    fires(run, "out", [(k, 0) for k in at])
    seen = np.where(np.isin(np.arange(run.steps), at), 7.0, 0.0)
    holds(run, "out", "v", seen[:, None])
    np.testing.assert_array_equal(run.weights["look"]["seen"], [7.0])


LOOKER = eg.NeuronModel("looker", "v : 1\nin_v : 1", update="v = in_v; in_v = 0",
                        threshold="v > 2", reset="v = 7", defaults={"v": 0, "in_v": 0})
LOOK = eg.SynapseModel("look", "seen : 1", "seen = v_post", defaults={"seen": -1})
PUT = eg.SynapseModel("put", "w : 1", "in_v_post += w", defaults={"w": 3})


@scenario(8*ms, 8, _order_answer)
def order_of_a_step() -> Any:
    """Deliver, integrate, fire and reset are over when a synapse learns, and when v is recorded."""
    return eg.Network(
        [times("in", 1, {0: range(2, 70, 7)}), times("eye", 1, {0: range(3, 71, 7)}),
         eg.Population("out", 1, LOOKER)],
        [eg.Projection("put", "in", "out", ALL, PUT),
         eg.Projection("look", "eye", "out", ALL, LOOK)],
        probes=[eg.StateProbe("out", "v")])
