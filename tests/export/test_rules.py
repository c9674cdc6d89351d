"""Each rule: a network that breaks it and one that does not, with what is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import engram as eg
from engram import Hz, ms, mV, nA, pF
from engram.backends.export import Finding, check
from engram.models import (
    CLOPATH,
    HODGKIN_HUXLEY,
    LIF_COND_EXP,
    LIF_CURR_EXP,
    LIF_DELTA,
    gap_junction,
    static,
    stdp_additive,
    stdp_multiplicative,
    stdp_triplet,
    stdp_van_rossum,
)

nS = eg.units.UNITS["nsiemens"]
STDP = {"w_max": 4*nA, "w": 1*nA}


def network(weight: Any = 1*nA, delay: Any = 2*ms, synapse: Any = None, model: Any = LIF_CURR_EXP,
            size: int = 4, cell: Any = None, first: int = 5, connector: Any = None,
            probes: Any = (), stimuli: Any = (), more: Any = (), dt: Any = 1*ms,
            **projection: Any) -> eg.Network:
    """`size` inputs that fire in step `first` to as many neurons, and those on to others."""
    synapse = synapse or static("i_exc")
    values = projection.pop("values", {"w": weight})
    source = eg.Population("input", size, eg.SpikeTimes(np.arange(size), [first] * size * ms))
    neurons = [eg.Population(n, size, model, cell or {}) for n in ("cells", "others")]
    joins = [eg.Projection("in", "input", "cells", connector or eg.AllToAll(), synapse, values,
                           delay=delay, **projection)]
    return eg.Network([source, *neurons], [*joins, *more], stimuli, probes, dt=dt)


def found(net: eg.Network, code: str, to: str = "spinnaker") -> list[Finding]:
    return [f for f in check(net, to, 50*ms) if f.code == code]


def learning(rule: Any = stdp_additive, **values: Any) -> dict[str, Any]:
    return {"synapse": rule("i_exc"), "values": {**STDP, **values}}


BROKEN = [  # code, target, level, words of the finding, network
    ("SPN001", "spinnaker", "error", "'clopath' is no cell", {"model": CLOPATH}),
    ("SPN001", "spinnaker", "error", "'hodgkin_huxley_curr_exp' is no cell",
     {"model": HODGKIN_HUXLEY}),
    ("PYN001", "neuron", "error", "'lif_delta' is no cell of pyNN.neuron",
     {"model": LIF_DELTA, "synapse": static("v", "volt"), "weight": 1*mV}),
    ("SPN002", "spinnaker", "error", "16 of 16 weights have the wrong sign for the excitatory",
     {"weight": -1*nA}),
    ("SPN002", "spinnaker", "error", "wrong sign for the inhibitory",
     {"weight": -1*nA, "synapse": static("i_inh")}),
    ("PYN002", "nest", "error", "wrong sign for the inhibitory",
     {"weight": -1*nS, "synapse": static("g_inh", "siemens"), "model": LIF_COND_EXP}),
    ("PYN002", "nest", "error", "8 of 16 weights",
     {"weight": np.array([1.0, -1.0] * 8)*nA}),
    ("SPN003", "spinnaker", "error", "longest delay is 145 steps",
     {"delay": 145*ms, "size": 200}),
    ("SPN003", "spinnaker", "warn", "longest delay is 33 steps",
     {"delay": 33*ms, "size": 200}),
    ("SPN005", "spinnaker", "error", "'stdp_triplet to i_exc' cannot be said", learning(
        stdp_triplet)),
    ("SPN005", "spinnaker", "error", "rule stdp_multiplicative", learning(
        stdp_multiplicative, mu=0.5)),
    ("PYN005", "neuron", "error", "rule stdp_multiplicative", learning(
        stdp_multiplicative, mu=0.5)),
    ("PYN005", "neuron", "error", "rule stdp_van_rossum", learning(stdp_van_rossum)),
    ("PYN005", "neuron", "error", "different time constants of their currents",
     {**learning(), "cell": {"tau_exc": [2, 3, 4, 5]*ms}}),
    ("PYN019", "neuron", "info", "weights are written times 0.906346",
     {"cell": {"tau_exc": 5*ms}}),
    ("PYN005", "nest", "error", "w_min is not 0", learning(w_min=0.5*nA)),
    ("PYN005", "nest", "error", "w_max differ between synapses", learning(
        w_max=np.linspace(2, 4, 16)*nA)),
    ("SPN006", "spinnaker", "error", "dendritic_delay_fraction is 0.25",
     {**learning(), "delay": 4*ms, "dendritic_delay_fraction": 0.25}),
    ("PYN006", "nest", "error", "dendritic_delay_fraction is 0.5",
     {**learning(), "dendritic_delay_fraction": 0.5}),
    ("SPN007", "spinnaker", "error", "4 of 16 weights become 0",
     {"weight": np.array([1e-5, 1.0, 10.0, 100.0] * 4)*nA}),
    ("SPN007", "spinnaker", "warn", "errors up to",
     {"weight": np.array([0.02, 1.0, 10.0, 100.0] * 4)*nA}),
    ("SPN008", "spinnaker", "warn", "A_plus * w_max is 0.041 steps of a weight: it rounds to 0",
     learning(a_plus=1e-5, a_minus=0.1)),
    ("SPN009", "spinnaker", "warn", "tau_plus is 40 steps", learning(tau_plus=40*ms)),
    ("SPN010", "spinnaker", "warn", "tau_syn_E = 0.3 ms is below dt = 1 ms; a weight acts as 0.289",
     {"cell": {"tau_exc": 0.3*ms}}),
    ("SPN011", "spinnaker", "warn", "300 neurons may send", {"size": 300, "weight": 0.001*nA}),
    ("SPN013", "spinnaker", "error", "changes a variable during the run",
     {"stimuli": [eg.StepCurrent("cells", "v_th", [10]*ms, [-40]*mV)]}),
    ("PYN013", "nest", "error", "fires in step 1", {"first": 1}),
    ("SPN014", "spinnaker", "info", "fire at v > threshold here", {}),
    ("SPN015", "spinnaker", "info", "expected shift 0", {}),
    ("SPN017", "spinnaker", "warn", "i_exc is not recorded",
     {"probes": [eg.StateProbe("cells", "i_exc")], "model": LIF_CURR_EXP}),
    ("SPN018", "spinnaker", "info", "written out one by one",
     {"connector": eg.FixedProbability(0.5)}),
]


@pytest.mark.parametrize(("code", "to", "level", "words", "how"), BROKEN,
                         ids=[f"{b[0]}-{n}" for n, b in enumerate(BROKEN)])
def test_a_network_that_breaks_a_rule_is_named(code: str, to: str, level: str, words: str,
                                               how: dict[str, Any]):
    hits = found(network(**how), code, to)
    assert hits, f"{code} is silent"
    hit = next((f for f in hits if words in f.value), None)
    assert hit is not None, [f.value for f in hits]
    assert hit.level == level
    assert hit.where
    if level == "error":
        assert hit.repair, "an error says what to do"


SILENT = [("spinnaker", n) for n in (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16, 17, 18)] + [
    ("nest", n) for n in (1, 2, 3, 5, 6, 13, 16, 17, 18)]


@pytest.mark.parametrize(("to", "number"), SILENT)
def test_a_network_that_breaks_none_is_let_through(to: str, number: int):
    code = f"{'SPN' if to == 'spinnaker' else 'PYN'}{number:03d}"
    plain = network(probes=[eg.StateProbe("cells", "v")])
    assert found(plain, code, to) == []
    assert found(network(**learning()), code, to) == []


def test_a_delay_of_one_step_behind_neurons_is_too_short_for_peers_only():
    chain = eg.Projection("on", "cells", "others", eg.OneToOne(), static("i_exc"), {"w": 1*nA},
                          delay=1*ms)
    for to, code in (("nest", "PYN003"), ("neuron", "PYN003")):
        [hit] = found(network(more=[chain]), code, to)
        assert hit.level == "error"
        assert hit.fix
        assert hit.where == "projection 'on'"
        assert "let these spikes come 1 ms late" in hit.repair
    assert not found(network(more=[chain]), "SPN003")
    assert not found(network(delay=1*ms), "PYN003", "nest"), "inputs are not late"


def test_the_longest_delay_depends_on_the_neurons_of_a_core():
    """Entries of the buffers have 14 bits for neuron, receptor and delay."""
    assert not found(network(delay=32*ms, size=200), "SPN003")
    assert not found(network(delay=128*ms, size=64), "SPN003")
    assert found(network(delay=129*ms, size=64), "SPN003")


def test_two_rules_that_learn_into_one_population_are_one_too_many():
    def second(**values: Any) -> eg.Network:
        other = eg.Projection("second", "others", "cells", eg.AllToAll(), stdp_additive("i_exc"),
                              {**STDP, **values}, delay=2*ms)
        return network(**learning(), more=[other])
    [hit] = found(second(tau_plus=10*ms), "SPN005")
    assert "'in'" in hit.value
    assert not found(second(), "SPN005")


def test_a_gap_junction_and_a_clock_have_no_place():
    gap = eg.Projection("gap", "cells", "cells", eg.AllToAll(), gap_junction(), {"w": 1*nS})
    assert "gap junction" in found(network(more=[gap]), "SPN005")[0].value
    net = network()
    slow = replace(net, populations=[*net.populations[:2],
                                     replace(net.population("others"), clock=2)])
    assert "clock of 2 steps" in found(slow, "SPN001")[0].value


def test_chance_at_run_time_is_told():
    net = eg.Network([eg.Population("noise", 4, eg.Poisson(10*Hz)),
                      eg.Population("cells", 4, LIF_CURR_EXP)], dt=1*ms)
    assert found(net, "SPN016")[0].where == "population 'noise'"
    assert found(net, "SPN016")[0].level == "info"


def test_a_weight_that_vanishes_names_who_made_the_range_wide():
    weak = eg.Projection("weak", "input", "cells", eg.OneToOne(), static("i_exc"),
                         {"w": 1e-4*nA}, delay=2*ms)
    [hit] = found(network(weight=500*nA, more=[weak]), "SPN007")
    assert hit.where == "projection 'weak'"
    assert "caused by 'in' (largest weight 500)" in hit.limit
    assert hit.lossy


def test_memory_and_boards_are_counted():
    many = eg.Network([eg.Population(f"p{n}", 25_600, LIF_CURR_EXP) for n in range(8)], dt=1*ms)
    assert found(network(), "SPN012") == []
    [hit] = found(many, "SPN012")
    assert "800 cores, 51 chips, 2 boards" in hit.value
    long = eg.Network([eg.Population("p", 256, LIF_CURR_EXP)], dt=1*ms,
                      probes=[eg.StateProbe("p", "v")])
    [hit] = [f for f in check(long, "spinnaker", 150_000*ms) if f.code == "SPN012"]
    assert hit.level == "error"
    assert "SDRAM" in hit.value


def test_the_peak_of_the_other_receptor_does_not_count():
    wide = network(weight=np.full(16, 3.0)*nA, delay=np.arange(1, 17)*ms)
    hit = [f for f in found(wide, "SPN011") if "excitatory input could sum to 12" in f.value]
    assert hit, "12 nA may arrive, the tools make room for less when delays differ"
    assert not [f for f in found(wide, "SPN011") if "inhibitory" in f.value]


def test_capacities_keep_their_unit():
    """A cell in pF is written in nF."""
    from engram.backends.export.view import view
    shown = view(network(cell={"c_m": 250*pF}), 10).cell("cells")
    assert shown.parameters["cm"] == 0.25
