"""What the synapses of PyNN do, as texts, with the values that a projection gives them.

Where `hardware.plasticity` has the rule, it is that one. `{target}` is the variable of the neuron
that spikes go to and `{unit}` that of the weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import errors

from ...simulator.equations import unit_dim
from ...simulator.units import UNITS, Quantity
from ..hardware.plasticity import RULES, Rule, our_amplitudes

ms = UNITS["ms"]

TSODYKS = """
w : {unit}
u : 1
x : 1
y : 1
last : second
U : 1
tau_f : second
tau_d : second
tau_psc : second
"""
TSODYKS_SPIKE = """
e_d = exp(-(t - last)/tau_d)
e_psc = exp(-(t - last)/tau_psc)
x = x + ((e_psc - 1)*tau_psc - (e_d - 1)*tau_d)/(tau_d - tau_psc)*y + (1 - e_d)*(1 - x - y)
u = u*exp(-(t - last)/tau_f)
u = u + U*(1 - u)
y = y*e_psc + u*x
x = x - u*x
last = t
{target}_post += w*r
"""
STOCHASTIC = "w : {unit}\np : 1\n"
GUTIG = """
w : {unit}
dr/dt = -r/tau_plus : 1 (pre)
do/dt = -o/tau_minus : 1 (post)
tau_plus : second
tau_minus : second
a_plus : 1
a_minus : 1
w_min : {unit}
w_max : {unit}
mu_plus : 1
mu_minus : 1
q = clip((w - w_min)/(w_max - w_min), 0, 1) : 1
"""
VOGELS = """
w : {unit}
dr/dt = -r/tau : 1 (pre)
do/dt = -o/tau : 1 (post)
tau : second
eta : {unit}
alpha : 1
w_min : {unit}
w_max : {unit}
"""
TRIPLET = """
w : {unit}
dr/dt = -r/tau_plus : 1 (pre)
dr_slow/dt = -r_slow/tau_x : 1 (pre)
do/dt = -o/tau_minus : 1 (post)
do_slow/dt = -o_slow/tau_y : 1 (post)
tau_plus : second
tau_minus : second
tau_x : second
tau_y : second
a2_plus : {unit}
a2_minus : {unit}
a3_plus : {unit}
a3_minus : {unit}
w_min : {unit}
w_max : {unit}
"""
SEND = "\n{target}_post += w"
OWN = {
    "tsodyks": Rule("tsodyks", TSODYKS + "r : 1\n", TSODYKS_SPIKE.replace(
        "y = y*e_psc + u*x", "r = u*x\ny = y*e_psc + r").replace("x = x - u*x", "x = x - r")),
    "stochastic": Rule("stochastic", STOCHASTIC, "{target}_post += w*int(rand() < p)"),
    "gutig": Rule("gutig", GUTIG,
                  "w = clip(w - a_minus*w_max*q**mu_minus*o, w_min, w_max)\nr += 1" + SEND,
                  "w = clip(w + a_plus*w_max*(1 - q)**mu_plus*r, w_min, w_max)\no += 1"),
    "vogels": Rule("vogels", VOGELS, "w = clip(w + eta*(o - alpha), w_min, w_max)\nr += 1" + SEND,
                   "w = clip(w + eta*r, w_min, w_max)\no += 1"),
    "triplet": Rule("triplet", TRIPLET,
                    "w = clip(w - o*(a2_minus + a3_minus*r_slow), w_min, w_max)\n"
                    "r += 1\nr_slow += 1" + SEND,
                    "w = clip(w + r*(a2_plus + a3_plus*o_slow), w_min, w_max)\n"
                    "o += 1\no_slow += 1"),
    "absolute": Rule("absolute", GUTIG.replace("a_plus : 1", "a_plus : {unit}").replace(
        "a_minus : 1", "a_minus : {unit}").split("mu_plus")[0],
        "w = clip(w - a_minus*o, w_min, w_max)\nr += 1" + SEND,
        "w = clip(w + a_plus*r, w_min, w_max)\no += 1"),
}
"""Tsodyks, Uziel and Markram 2000 with the decaying postsynaptic part y, solved between spikes;
Gutig et al. 2003; Vogels et al. 2011; Pfister and Gerstner 2006."""

SCALE = {"amp": 1e-9, "siemens": 1e-6, "volt": 1e-3, "volt/second": 1.0}
"""SI value of one of PyNN's weight, by the unit of ours: nA, uS, mV, mV/ms."""


class Values:
    """The parameters of one part of a projection, each (synapses,), in PyNN's units.

    `sign` turns PyNN's weight into ours, `unit` is that of our weights, `tau_psc` (ms) the decay of
    the postsynaptic response of each synapse.
    """

    def __init__(self, label: str, values: dict[str, Any], sign: float, unit: str,
                 tau_psc: Any) -> None:
        self.label, self.values, self.sign, self.unit = label, values, sign, unit
        self.tau_psc = tau_psc

    def weight(self, name: str = "weight", sign: float | None = None) -> Quantity:
        """A weight as a quantity; one number where all synapses have the same."""
        return self.quantity(_same(self.values[name])
                             * (self.sign if sign is None else sign))

    def quantity(self, number: Any) -> Quantity:
        """A number of PyNN's weights as a quantity."""
        return Quantity(number * SCALE[self.unit], unit_dim(self.unit, "weights"))

    def one(self, name: str) -> float:
        """The value that all synapses share; ConnectionError if they differ."""
        found = _same(self.values[name])
        if np.ndim(found):
            raise errors.ConnectionError(f"Projection {self.label!r}: {name} differs between "
                                         "synapses; plasticity here takes one value for all")
        return float(found)

    def time(self, name: str) -> Quantity:
        """A shared time."""
        return self.one(name) * ms

    def bounds(self) -> tuple[Quantity, Quantity]:
        """Least and greatest weight in our sign."""
        low, high = sorted(abs(self.one(n)) for n in ("w_min", "w_max"))
        return self.quantity(low), self.quantity(high)


def _same(values: Any) -> Any:
    values = np.asarray(values, np.float64)
    return float(values[0]) if len(values) and np.all(values == values[0]) else values


def static(v: Values, synapse: Any, options: Any) -> tuple[Rule, dict[str, Any]]:
    """A fixed weight."""
    return RULES[0], {"w": v.weight()}


def stochastic(v: Values, synapse: Any, options: Any) -> tuple[Rule, dict[str, Any]]:
    """A fixed weight that a spike finds with probability p."""
    return OWN["stochastic"], {"w": v.weight(), "p": _same(v.values["p"])}


def tsodyks(v: Values, synapse: Any, options: Any) -> tuple[Rule, dict[str, Any]]:
    """Short-term plasticity; equal time constants are told apart by 1e-6, which solves them."""
    tau_d, tau_psc = (np.asarray(x, np.float64) for x in (v.values["tau_rec"], v.tau_psc))
    tau_d = np.where(np.abs(tau_d - tau_psc) < 1e-6 * tau_psc, tau_psc * (1 + 1e-6), tau_d)
    tau_f = np.maximum(v.values["tau_facil"], 1e-9)  # 0: nothing is left of u at the next spike
    return OWN["tsodyks"], {
        "w": v.weight(), "U": _same(v.values["U"]), "tau_f": _same(tau_f) * ms,
        "tau_d": _same(tau_d) * ms, "tau_psc": _same(tau_psc) * ms, "u": 0.0, "x": 1.0, "y": 0.0,
        "r": 0.0, "last": -1e6 * ms}


def plastic(v: Values, synapse: Any, options: Any) -> tuple[Rule, dict[str, Any]]:
    """The rule of an STDPMechanism; NoModelAvailableError for a pair that is not here."""
    timing, weights = (type(x).__name__ for x in (synapse.timing_dependence,
                                                  synapse.weight_dependence))
    if v.unit == "volt" and v.sign < 0:
        raise errors.NoModelAvailableError(
            f"Projection {v.label!r}: plastic inhibitory jumps of the potential are not here")
    found = PLASTIC.get((timing, weights))
    if found is None:
        raise errors.NoModelAvailableError(
            f"Projection {v.label!r}: {timing} with {weights} is not here; there are "
            + ", ".join(" with ".join(pair) for pair in PLASTIC))
    rule, values = found(v, weights, options)
    low, high = v.bounds()
    more = {"w_sent": v.weight()} if rule.name == "stdp_board" else {"w_min": low}
    return rule, {"w": v.weight(), "w_max": high, **more, **values}


def _pair(v: Values, weights: str, options: Any, timing: str = "SpikePairRule") -> Any:
    taus = {n: v.time(n) for n in ("tau_plus", "tau_minus")}
    low, high = v.bounds()
    board, absolute = options.backend == "spinnaker", options.dialect == "spinnaker"
    if weights == "AdditiveWeightDependence" and timing == "SpikePairRule" and (board or absolute):
        rule = (next(r for r in RULES if r.name == "stdp_board") if board else OWN["absolute"])
        unit = v.quantity(1.0 if absolute else v.one("w_max"))
        return rule, {**taus, "a_plus": v.one("A_plus") * unit, "a_minus": v.one("A_minus") * unit}
    rule = next(r for r in RULES if (r.timing, r.weights) == (timing, weights)
                and r.name != "stdp_board")
    more = {"mu": 1.0} if rule.exponent else {}
    return rule, {**taus, **more, **our_amplitudes(rule, v.one("A_plus"), v.one("A_minus"), low,
                                                   high)}


def _nearest(v: Values, weights: str, options: Any) -> Any:
    return _pair(v, weights, options, "SpikeNearestPairRule")


def _gutig(v: Values, weights: str, options: Any) -> Any:
    return OWN["gutig"], {**{n: v.time(n) for n in ("tau_plus", "tau_minus")},
                          **{n.lower(): v.one(n) for n in ("A_plus", "A_minus", "mu_plus",
                                                           "mu_minus")}}


def _vogels(v: Values, weights: str, options: Any) -> Any:
    return OWN["vogels"], {"tau": v.time("tau"), "eta": v.quantity(v.one("eta")),
                           "alpha": 2e-3 * v.one("rho") * v.one("tau")}


def _triplet(v: Values, weights: str, options: Any) -> Any:
    return OWN["triplet"], {
        **{n: v.time(n) for n in ("tau_plus", "tau_minus", "tau_x", "tau_y")},
        **{f"a{k}_{side}": v.quantity(v.one(f"A{'_' if k == 2 else '3_'}{side}") * v.one("w_max"))
           for k in (2, 3) for side in ("plus", "minus")}}


PAIRED = ("AdditiveWeightDependence", "MultiplicativeWeightDependence",
          "AdditivePotentiationMultiplicativeDepression")
PLASTIC = {
    **{("SpikePairRule", weights): _pair for weights in PAIRED},
    ("SpikePairRule", "GutigWeightDependence"): _gutig,
    ("SpikeNearestPairRule", "AdditiveWeightDependence"): _nearest,
    ("Vogels2011Rule", "AdditiveWeightDependence"): _vogels,
    ("PfisterSpikeTriplet", "WeightDependenceAdditiveTriplet"): _triplet,
}
"""(timing rule, weight rule) -> the rule and its values."""

SYNAPSES = {"StaticSynapse": static, "TsodyksMarkramSynapse": tsodyks,
            "SimpleStochasticSynapse": stochastic, "STDPMechanism": plastic}
