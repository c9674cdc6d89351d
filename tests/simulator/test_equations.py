"""Our parser of equations beside Brian2's: the same names, kinds, dimensions and verdicts."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import engram as eg
from engram.simulator.equations import (
    Equation,
    check_units,
    inline,
    parse_equations,
    unit_dim,
)
from engram.simulator.expressions import dimension, parse, text_of
from engram.simulator.models import NEURON_FLAGS, TIME
from engram.simulator.units import NONE

CORPUS = [
    "dv/dt = (v_rest - v + r*i_syn)/tau : volt\ndi_syn/dt = -i_syn/tau_s : amp\nv_rest : volt\n"
    "r : ohm\ntau : second\ntau_s : second",
    "dv/dt = -v/tau : volt (unless refractory)\ntau : second (constant)",
    "dv / dt=-v/(10*ms):1",
    "# a comment\n\ndv/dt = -v/ms : 1  # another\nx = v**2 : 1",
    "dv/dt = (a +\n b*v +\n c)/ms : 1\na:1\nb:1\nc:1",
    "dv/dt = sigma*xi*sqrt(2/tau) - v/tau : volt\nsigma : volt\ntau : second",
    "dv/dt = sigma*xi_1/sqrt(tau) + xi_2*sigma/sqrt(tau) : volt\nsigma : volt\ntau : second",
    "g : siemens/meter**2\narea : meter**2\nc : farad*meter**-2\nrate : 1/second",
    "f : Hz\nm : mM\nk2 : second**0.5",
    "x = exp(-v/(2*mV))/(1 + exp(v/mV)) : 1\nv : volt",
    "y = clip(v, 0*mV, 1*mV) + abs(v) : volt\nv : volt\ns = sign(v) : 1",
    "active = v > 0*mV and v < 10*mV : boolean\nv : volt\ncount : integer",
    "am = 0.1/mV*10*mV/exprel((25*mV - v)/(10*mV))/ms : Hz\nv : volt",
    "w = (v + 1*mV)*2 - v % (3*mV) : volt\nv : volt",
    "p = (v/mV)//3 : 1\nv : volt",
    "z = int(v > 0*mV)*1.5e-3 : 1\nv : volt",
    "u = -v + +v : volt\nv : volt",
    "dv/dt = 1/(2*ms)*(t/second) : 1",
]
WRONG = [  # what Brian2 refuses, we refuse
    "dv/dt = -v : 1", "dv/dt = -v/tau : volt\ntau : 1", "x = v + 1 : volt\nv : volt",
    "x = exp(v) : 1\nv : volt", "x = v**v : 1\nv : volt", "x = v**n : volt\nv : volt\nn : 1",
    "x = v > 1 : 1\nv : volt", "x = v*v : volt\nv : volt", "x = sqrt(v) : volt\nv : volt",
    "x = clip(v, 0, 1) : volt\nv : volt", "v : mV", "v : nonsense", "v : 2", "v : 3*volt", "v",
    "v : volt\nv : amp", "dv/dt : volt", "dv/dt = xi : 1", "x = v % 2 : volt\nv : volt",
    "x = v//(3*mV) : 1\nv : volt",
    "x = y : 1\ny = x : 1", "x = foo(v) : 1\nv : 1", "x = v +* v : 1\nv : 1", "1v : 1",
    "dv/dx = v : 1", "v : 1 (nonsense)", "t : second", "dt : second", "N : 1", "mV : 1",
    "_v : 1", "v_pre : 1", "xi : 1", "x = v.real : 1\nv : 1", "x = v[0] : 1\nv : 1",
    "x = 'a' : 1", "x = (v : 1", "x == v : 1\nv : 1", "= v : 1", "x = : 1", "",
]


def ours(text: str) -> dict[str, tuple[str, tuple[float, ...], tuple[str, ...]]]:
    """Kind, dimension and flags of every name, units checked."""
    found = parse_equations(text, NEURON_FLAGS, "m")
    check_units(found, TIME, "m")
    inline(found)
    if not found:
        raise eg.DescriptionError("there are no equations")
    return {e.name: (e.kind, e.dim, tuple(sorted(e.flags))) for e in found}


def theirs(text: str) -> dict[str, tuple[str, tuple[float, ...], tuple[str, ...]]]:
    """The same from brian2.Equations, with the checks that a NeuronGroup makes."""
    import brian2
    equations = brian2.Equations(text)
    equations.check_flags({"differential equation": ["unless refractory"],
                           "parameter": ["constant", "unless refractory"],
                           "subexpression": []})
    group = brian2.NeuronGroup(1, equations, threshold="True", refractory=1 * brian2.ms,
                               method="euler")
    brian2.Network(group)  # without one, Brian2 complains when the group is deleted
    equations.check_units(group, run_namespace={})
    assert equations.ordered, "raises where subexpressions go round in a circle"
    return {name: (eq.type.split()[0], tuple(float(d) for d in eq.dim._dims),
                   tuple(sorted(eq.flags))) for name, eq in equations.items()}


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_the_corpus_reads_alike(text):
    if "radian" in text:
        text = text.replace("", "")
    assert ours(text) == theirs(text)


@pytest.mark.parametrize("text", WRONG, ids=WRONG)
def test_what_brian2_refuses_we_refuse(text):
    assert verdict(theirs, text) == "refused"
    with pytest.raises(eg.DescriptionError):
        ours(text)


def verdict(parse, text):
    """What a parser makes of a text, or that it refuses it."""
    try:
        return parse(text)
    except Exception:
        return "refused"


UNITS = st.sampled_from(["1", "volt", "amp", "second", "Hz", "volt/second", "siemens", "volt**2"])
ATOMS = st.sampled_from(["v", "w", "q", "2", "0.5", "3*mV", "10*ms", "1*nS", "5*Hz", "t", "tau"])
EXPRESSIONS = st.recursive(ATOMS, lambda e: st.one_of(
    st.tuples(e, st.sampled_from("+-*/%"), e).map(lambda x: f"({x[0]} {x[1]} {x[2]})"),
    st.tuples(st.sampled_from(["exp", "sin", "sqrt", "abs", "log", "sign"]), e).map(
        lambda x: f"{x[0]}({x[1]})"),
    st.tuples(e, st.sampled_from(["**2", "**0.5", "**-1"])).map(lambda x: f"({x[0]}){x[1]}"),
    e.map(lambda x: f"-{x}"), st.tuples(e, e, e).map(lambda x: f"clip({x[0]}, {x[1]}, {x[2]})"),
), max_leaves=5)


@settings(max_examples=150, deadline=None)
@given(EXPRESSIONS, UNITS, st.sampled_from(["volt", "1"]), st.sampled_from(["amp", "1", "volt"]))
@example("(v + w)", "volt", "volt", "volt")
def test_any_equation_has_brian2s_verdict_on_its_units(expr, unit, of_v, of_w):
    product = {of_v, of_w} - {"1"}
    of_q = "*".join(product if len(product) != 1 or "1" in (of_v, of_w) else 2 * [of_v]) or "1"
    text = f"x = {expr} : {unit}\nv : {of_v}\nw : {of_w}\nq = v*w : {of_q}\ntau : second"
    assert verdict(ours, text) == verdict(theirs, text)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS)
def test_a_dimension_that_we_find_is_the_one_that_brian2_finds(expr):
    import brian2
    from brian2.core.functions import DEFAULT_FUNCTIONS
    from brian2.core.variables import Constant, Variable
    from brian2.parsing.expressions import parse_expression_dimensions
    volt, second = eg.units.UNITS["volt"].dim, eg.units.UNITS["second"].dim
    dims = {"v": volt, "w": NONE, "q": volt, "t": second, "tau": second}
    try:
        found = dimension(parse(expr), dims)
    except eg.UnitError:
        found = None
    units = {"v": brian2.volt, "w": brian2.volt / brian2.volt, "q": brian2.volt,
             "t": brian2.second, "tau": brian2.second}
    table = {n: Variable(n, dimensions=brian2.get_dimensions(u)) for n, u in units.items()}
    table |= {n: Constant(n, value=float(u), dimensions=u.dim) for n, u in (
        ("mV", brian2.mV), ("ms", brian2.ms), ("nS", brian2.nS), ("Hz", brian2.Hz))}
    table |= {n: DEFAULT_FUNCTIONS[n] for n in ("exp", "sin", "sqrt", "abs", "log", "sign",
                                                "clip")}
    try:
        expected = tuple(float(d) for d in parse_expression_dimensions(expr, table)._dims)
    except (brian2.DimensionMismatchError, SyntaxError):
        expected = None
    assert found == expected


# -- our own answers -----------------------------------------------------------------------------
def test_the_table_of_a_text():
    (v, x, tau) = parse_equations("dv/dt = -v/tau : volt (unless refractory)\nx = v : volt\n"
                                  "tau : second (constant)", NEURON_FLAGS, "m")
    assert v == Equation("differential", "v", "-v/tau", "volt", eg.units.UNITS["volt"].dim,
                         ("unless refractory",))
    assert (x.kind, x.expr, x.flags) == ("subexpression", "v", ())
    assert (tau.kind, tau.expr, tau.flags) == ("parameter", "", ("constant",))


def test_subexpressions_are_inlined_through_each_other():
    found = inline(parse_equations("dv/dt = a/ms : 1\na = b + v : 1\nb = 2*c : 1\nc : 1",
                                   NEURON_FLAGS, "m"))
    assert {n: text_of(tree) for n, tree in found.items()} == {
        "a": "2 * c + v", "b": "2 * c", "v": "(2 * c + v) / ms"}


def test_units_may_have_brackets_and_powers_beside_flags():
    (eq,) = parse_equations("g : siemens/(meter**2) (constant)", NEURON_FLAGS, "m")
    assert (eq.unit, eq.flags) == ("siemens/(meter**2)", ("constant",))
    assert unit_dim("siemens/meter**2", "x") == eq.dim
    (eq,) = parse_equations("h : siemens/(meter*meter)", NEURON_FLAGS, "m")
    assert (eq.dim, eq.flags) == (unit_dim("siemens/meter**2", "x"), ())
