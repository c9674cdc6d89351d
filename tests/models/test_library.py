"""Every text of the library means the same to Brian2's parser and unit check as to ours."""

from __future__ import annotations

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from engram import models
from engram.models.neurons import NEURONS, curr_alpha, izhikevich, lif, with_modulator
from engram.models.synapses import SYNAPSES, clopath
from engram.simulator import (
    AllToAll,
    Network,
    Population,
    Projection,
    SpikeTimes,
)
from engram.simulator.models import NeuronModel
from engram.simulator.units import ms, nS, pA

# Brian2 2.9 calls pyparsing by names that pyparsing 3.3 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:'.*' .*deprecated.* use:DeprecationWarning")

VARIANTS = [*NEURONS.values(), lif(curr_alpha()), izhikevich(curr_alpha("volt/second")),
            with_modulator(NEURONS["adex_cond_exp"])]
PLASTIC = with_modulator(NEURONS["clopath"])
"""A target that has whatever a synapse of the library reads."""


def brian2_dimensions(text, outside=None):
    """{name: seven exponents} of a text by Brian2's parser; raises for a unit that does not fit."""
    import brian2
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.core.namespace import DEFAULT_UNITS
    from brian2.parsing.expressions import parse_expression_dimensions
    second = brian2.second.dim
    equations = brian2.Equations(re.sub(r"\((unless refractory|pre|post|clock-driven|summed)\)",
                                        "", text))
    dims = {name: eq.dim for name, eq in equations.items()}
    known = {"dt": second, "xi": second**-0.5, **(outside or {}), **dims}
    namespace = dict(DEFAULT_UNITS)
    namespace.update({n: SimpleNamespace(dim=d) for n, d in known.items()})
    namespace["e"] = SimpleNamespace(dim=brian2.get_or_create_dimension([0]*7))
    for name, eq in equations.items():
        if eq.expr is not None:
            got = parse_expression_dimensions(eq.expr.code, {**DEFAULT_FUNCTIONS, **namespace})
            wanted = eq.dim / second if eq.type == "differential equation" else eq.dim
            assert got == wanted, f"{name}: Brian2 finds {got}, declared {wanted}"
    return {name: tuple(float(x) for x in d._dims) for name, d in dims.items()}


@pytest.mark.parametrize("model", VARIANTS, ids=lambda m: m.name)
def test_brian2_reads_the_same_neuron(model):
    ours = {e.name: tuple(e.dim) for e in model.parsed}
    assert brian2_dimensions(model.equations) == ours
    assert len(ours) > 5, "a model without variables proves nothing"


def synapses():
    for name, make in SYNAPSES.items():
        yield make() if name == "gap_junction" else make("i_exc", "amp")
    yield clopath("i_exc", "amp", homeostatic=True)


@pytest.mark.parametrize("model", list(synapses()), ids=lambda m: m.name)
def test_brian2_reads_the_same_synapse(model):
    import brian2
    ours = {e.name: tuple(e.dim) for e in model.parsed}
    outside = {f"{e.name}_{side}": brian2.get_or_create_dimension(e.dim)
               for e in PLASTIC.parsed for side in ("pre", "post")}
    assert brian2_dimensions(model.equations, outside) == ours


def test_the_unit_check_of_this_file_can_fail():
    import brian2
    with pytest.raises((AssertionError, brian2.DimensionMismatchError)):
        brian2_dimensions("dv/dt = (v_rest - v) : volt\nv_rest : volt")


@pytest.mark.parametrize(("name", "make"), SYNAPSES.items(), ids=list(SYNAPSES))
@pytest.mark.parametrize("unit", ["amp", "siemens", "volt", "1"])
def test_every_synapse_takes_weights_of_any_unit(name, make, unit):
    model = make("i_gap", "amp") if name == "gap_junction" else make("target", unit)
    weight = next(e for e in model.parsed if e.name == "w")
    assert weight.unit == ("amp/volt" if name == "gap_junction" else unit)


def test_every_synapse_fits_into_a_network():
    cells = [Population("a", 2, PLASTIC), Population("b", 2, PLASTIC)]
    given = {"w_max": 10*pA, "w_gain": 10*pA, "beta": 1.0, "rate_goal": 5/(1000*ms)}
    for name, make in SYNAPSES.items():
        model = make() if name == "gap_junction" else make("i_exc", "amp")
        known = {e.name for e in model.parsed}
        values = {n: v for n, v in given.items() if n in known and n not in model.defaults}
        weight = 1*nS if name == "gap_junction" else 5*pA
        q = Projection("q", "a", "b", AllToAll(), model, values, {"w": weight})
        assert "a" in repr(Network(cells, [q])), name


def test_sources_stand_where_neurons_stand():
    assert Network([Population("p", 3, SpikeTimes.of({0: [1]}, ms))]).populations[0].size == 3
    assert all(isinstance(m, NeuronModel) for m in NEURONS.values())


def test_the_package_offers_what_it_lists_and_loads_nothing_heavy():
    assert all(getattr(models, name) is not None for name in models.__all__)
    with pytest.raises(AttributeError, match="it has"):
        _ = models.no_such_model
    code = ("import sys, engram.models as m; m.NEURONS; m.SYNAPSES; "
            "print([x for x in ('brian2', 'numba', 'scipy', 'matplotlib') if x in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
