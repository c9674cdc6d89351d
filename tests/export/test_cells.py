"""Which of our models is which cell of PyNN, in both directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import engram as eg
from engram import mV, nA
from engram.backends.hardware.cells import (
    CELLS,
    cell_named,
    cell_of,
    fingerprint,
    from_pynn,
    to_pynn,
)
from engram.backends.hardware.plasticity import RULES, amplitudes, our_amplitudes, rule_of
from engram.models import synapses as library
from engram.models.hippocampus.synapses import PAIR_STDP_SPINNAKER
from engram.models.neurons import NEURONS, adex, cond_alpha, delta, izhikevich
from engram.simulator.units import split

KNOWN = {"lif_delta": "IF_curr_delta", "lif_curr_exp": "IF_curr_exp",
         "lif_curr_alpha": "IF_curr_alpha", "lif_cond_exp": "IF_cond_exp",
         "lif_cond_alpha": "IF_cond_alpha", "adex_cond_exp": "EIF_cond_exp_isfa_ista",
         "izhikevich_curr_exp": "Izhikevich", "traub_miles_cond_exp": "HH_cond_exp",
         "IF_curr_exp_spinnaker": "IF_curr_exp"}


def test_every_neuron_of_the_library_is_the_cell_it_should_be_or_none():
    found = {name: cell_of(model) for name, model in NEURONS.items()}
    assert {n: c.pynn for n, c in found.items() if c is not None} == KNOWN
    assert cell_of(adex(cond_alpha())).pynn == "EIF_cond_alpha_isfa_ista"
    assert cell_of(izhikevich(delta("volt/second"))).targets == ("nest", "neuron")
    assert cell_of(eg.SpikeTimes([0], [1]*eg.ms)) is None


@pytest.mark.parametrize("change", [
    {"equations": lambda m: m.equations.replace("(v_rest - v)/tau_m", "(v_rest - 2*v)/tau_m")},
    {"threshold": lambda m: "v > v_th + 1*mV"}, {"reset": lambda m: "v = v_reset + 1*mV"},
    {"refractory": lambda m: None},
    {"equations": lambda m: m.equations + "\nextra : volt\n"}])
def test_an_edited_model_is_not_taken_for_the_cell_it_was(change):
    model = NEURONS["lif_curr_exp"]
    [(field, edit)] = change.items()
    assert cell_of(replace(model, **{field: edit(model)})) is None


def test_names_layout_order_defaults_method_and_equality_do_not_matter():
    model = NEURONS["lif_curr_exp"]
    lines = [x.strip() for x in model.equations.splitlines() if x.strip()]
    other = replace(model, name="mine", equations="\n".join(reversed(lines)).replace(" - ", "-"),
                    method="rk4", threshold="v >= v_th",
                    defaults={**model.defaults, "v_th": -40*mV})
    assert fingerprint(other) == fingerprint(model)


@pytest.mark.parametrize("number", range(len(CELLS)))
def test_parameters_survive_the_way_to_pynn_and_back(number: int):
    cell = CELLS[number]
    values = {n: split(v)[0] for n, v in cell.model.defaults.items()}
    there = to_pynn(cell, values)
    for name, quantity in from_pynn(cell, there).items():
        np.testing.assert_allclose(quantity.value, values[name], rtol=1e-14, err_msg=name)


@pytest.mark.parametrize("cell", {c.pynn: c for c in CELLS if "nest" in c.targets}.values(),
                         ids=lambda c: c.pynn)
def test_defaults_and_names_are_those_of_pynn(cell):
    from pyNN.standardmodels import cells
    values = {n: split(v)[0] for n, v in cell.model.defaults.items()}
    assert to_pynn(cell, values) == getattr(cells, cell.pynn).default_parameters


def test_a_cell_that_we_do_not_have_is_named():
    assert cell_named("IF_curr_exp", board=True).targets == ("spinnaker",)
    with pytest.raises(eg.DescriptionError, match=r"IF_facets_hardware1.*there are .*IF_curr_exp"):
        cell_named("IF_facets_hardware1")
    with pytest.raises(eg.DescriptionError, match=r"no parameters .'tau'"):
        from_pynn(cell_named("IF_curr_exp"), {"tau": 3.0})


def test_every_synapse_of_the_library_is_the_rule_it_should_be_or_none():
    known = {"static", "stdp_additive", "stdp_multiplicative", "stdp_van_rossum", "stdp_nearest"}
    for name, make in library.SYNAPSES.items():
        found = rule_of(make("g_exc", "siemens"))
        assert (found is not None) == (name in known), name
        if found is not None:
            assert (found.rule.name, found.target) == (name, "g_exc")
    assert rule_of(PAIR_STDP_SPINNAKER).rule.name == "stdp_board"
    edited = replace(PAIR_STDP_SPINNAKER, on_post="w = clip(w + 2*a_plus*r, 0*amp, w_max)\no += 1")
    assert rule_of(edited) is None


@pytest.mark.parametrize("rule", [r for r in RULES if r.timing], ids=lambda r: r.name)
def test_amplitudes_survive_the_way_to_pynn_and_back(rule):
    w_min = 0*nA if rule.plus == "absolute" else 1*nA
    ours = our_amplitudes(rule, 0.25, 0.5, w_min, 4*nA)
    values = {n: split(v)[0] for n, v in {**ours, "w_min": w_min, "w_max": 4*nA}.items()}
    np.testing.assert_allclose(amplitudes(rule, values), (0.25, 0.5), rtol=1e-14)
    if rule.plus == "span":
        assert split(ours["a_plus"])[0] == pytest.approx(0.25 * 4 / 3)
