"""Expressions: what they mean, what is not allowed, and that no text can hang or fell a run."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engram as eg
from engram.simulator.equations import inline, parse_equations
from engram.simulator.expressions import (
    DEEPEST,
    calls_in,
    evaluate,
    names_in,
    parse,
    substitute,
    text_of,
)
from engram.simulator.functions import FUNCTIONS
from engram.simulator.prepare import fold_statements, to_si
from engram.simulator.statements import Statement, parse_lines


def value(text, **names):
    return evaluate(parse(text), names.__getitem__)


@pytest.mark.parametrize(("text", "expected"), [
    ("1 + 2*3 - 4/8", 6.5), ("2**3**2", 512), ("-2**2", -4), ("7 // 2", 3), ("-7 // 2", -4),
    ("-7 % 3", 2), ("7.5 % -2", -0.5), ("1 if x > 2 else -1", 1), ("not x > 2", False),
    ("x > 2 and x < 4", True), ("x == 3 or x != 3", True), ("clip(x, 0, 2)", 2),
    ("clip(-x, -1, 2)", -1), ("exp(0)", 1), ("log(0)", -math.inf), ("log(-1)", math.nan),
    ("exp(1000)", math.inf), ("sqrt(2)", math.sqrt(2)), ("exprel(0)", 1), ("sign(-x)", -1),
    ("exprel(1)", 1.718281828459045235), ("int(-1.7)", -1), ("floor(-1.5)", -2), ("ceil(-1.5)", -1),
    ("abs(-x)", 3), ("1/0", math.inf), ("0/0", math.nan), ("(x > 2) + (x > 1)", 2),
    ("-(x > 2)", -1), ("(x > 2)*5", 5), ("abs(x > 2)", 1), ("sqrt(x > 2)", 1),
    ("9**9**9**9", math.inf), ("(-8)**(1/3)", math.nan), ("0**-1", math.inf), ("1e400", math.inf),
])
def test_values(text, expected):
    with np.errstate(all="ignore"):
        got = value(text, x=3.0)
    assert got == expected or (math.isnan(got) and math.isnan(expected))
    array = value(text, x=np.full(4, 3.0))
    np.testing.assert_array_equal(np.broadcast_to(array, 4), np.full(4, expected))


def test_sums_of_conditions_count_them_in_arrays_too():
    x = np.array([1.0, 2.0, 3.0])
    assert value("(x > 1) + (x > 2) - (x > 0)", x=x).tolist() == [-1, 0, 1]
    assert value("-(x > 1)", x=x).tolist() == [0, -1, -1]


@pytest.mark.parametrize(("text", "says"), [
    ("", "empty"), ("   ", "empty"), ("v +", "not an expression"), ("(v", "not an expression"),
    ("v.real", "Attribute"), ("v[0]", "Subscript"), ("lambda: v", "Lambda"), ("[v]", "List"),
    ("{v}", "Set"), ("f'{v}'", "JoinedStr"), ("'a'", "Constant"), ("1j", "Constant"),
    ("None", "Constant"), ("v := 1", "not an expression"), ("(v := 1)", "NamedExpr"),
    ("a < b < c", "two values at a time"), ("a in b", "Compare|compare"), ("~a", "UnaryOp"),
    ("a @ b", "BinOp"), ("a & b", "BinOp"), ("open('x')", "'open' is not a function"),
    ("().__class__", "Attribute"), ("exp", None), ("exp(1, 2)", "exp takes 1"),
    ("clip(1)", "clip takes 3"), ("exp(x=1)", "Call"), ("exp(*a)", "Starred"),
    ("rand(1, 2)", "rand takes 0"), ("v\x00", "ASCII"), ("\u03bd + 1", "ASCII"),
    ("\ufb01", "ASCII"), ("v" * 200_000, "too long"), ("1" * 400, "too large for a float"),
    ("1" * 6000, "not an expression"), ("await v", "not an expression"), (None, "NoneType"),
    (b"v", "bytes"), (3.0, "float"),
])
def test_what_is_not_an_expression_is_refused(text, says):
    if says is None:
        assert names_in(parse(text)) == {"exp"}, "a bare function is a name that nobody defines"
        return
    with pytest.raises(eg.DescriptionError, match=says):
        parse(text)


@pytest.mark.parametrize("text", [
    "(" * 500 + "v" + ")" * 500, "-" * 5000 + "v", "not " * 5000 + "v", "+".join("v" * 5000),
    "exp(" * 140 + "v" + ")" * 140, "clip(" * 60 + "v" + ", 0, 1)" * 60,
    "v" + "**4" * 60, "(" * 20 + "v" + "**4)" * 20, " and ".join("v" * 9000),
])
def test_a_bomb_is_refused_or_harmless_and_quick(text):
    began = time.process_time()
    try:
        eg.NeuronModel("bomb", f"x = {text} : 1\ndv/dt = x/second : 1")
        net = eg.Network([eg.Population("a", 1, eg.NeuronModel(
            "bomb", f"x = {text} : 1\ndv/dt = x/second : 1"))])
        eg.simulate(net, 0.2 * eg.ms, "reference")
    except eg.DescriptionError as problem:
        message = str(problem)
    else:
        message = "neuron model 'bomb'"
    assert "'bomb'" in message or "'a'" in message
    assert time.process_time() - began < 3  # seconds of this process; 0.3 when measured


def test_subexpressions_that_double_each_other_are_refused():
    lines = ["x0 = v : 1", *(f"x{n} = x{n - 1} + x{n - 1} : 1" for n in range(1, 40))]
    with pytest.raises(eg.DescriptionError, match=r"neuron model 'm'.*levels or 10000 parts"):
        eg.NeuronModel("m", "\n".join([*lines, "dv/dt = x39/second : 1"]))


def test_the_deepest_allowed_expression_runs():
    text = "+".join(["v"] * (DEEPEST - 30))
    model = eg.NeuronModel("deep", f"dv/dt = ({text})/second : 1", method="rk4")
    net = eg.Network([eg.Population("a", 1, model, initial={"v": 1})],
                     probes=[eg.StateProbe("a", "v")])
    v = eg.simulate(net, 0.1 * eg.ms, "reference").states["a"]["v"]
    assert v[0, 0] == pytest.approx(math.exp((DEEPEST - 30) * 1e-4), rel=1e-9)


def test_errors_point_at_the_place():
    with pytest.raises(eg.DescriptionError) as caught:
        parse("v + foo(v) * 2")
    first, second, *_ = str(caught.value).splitlines()
    assert first[second.index("^"):].startswith("foo")


names = st.sampled_from(["a", "b", "c"])
numbers = st.floats(0.1, 10).map(lambda x: f"{x:.3g}")
texts = st.recursive(names | numbers, lambda e: st.one_of(
    st.tuples(e, st.sampled_from(["+", "-", "*", "/", "**", "%", "<", ">="]), e).map(
        lambda x: f"({x[0]} {x[1]} {x[2]})"),
    e.map(lambda x: f"(-{x})"), e.map(lambda x: f"exp(-abs({x}))"),
    st.tuples(e, e, e).map(lambda x: f"({x[0]} if {x[1]} > 1 else {x[2]})")), max_leaves=12)
ENV = {"a": np.array([0.5, 1.5]), "b": 2.0, "c": np.array([3.0, 0.25])}


def same(x, y, rtol=0.0):
    np.testing.assert_allclose(np.broadcast_to(x, 2), np.broadcast_to(y, 2), rtol=rtol)


@settings(deadline=None)
@given(texts)
def test_printing_and_parsing_again_changes_nothing(text):
    tree = parse(text)
    assert text_of(parse(text_of(tree))) == text_of(tree)
    same(value(text_of(tree), **ENV), evaluate(tree, ENV.__getitem__))


@settings(deadline=None)
@given(texts, texts)
def test_substitution_is_evaluation_of_the_replacement(text, inner):
    tree = substitute(parse(text), {"a": parse(inner)})
    same(evaluate(tree, ENV.__getitem__), value(text, **{**ENV, "a": value(inner, **ENV)}))


@settings(deadline=None)
@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_folding_constants_keeps_values(expressions, constant_b):
    """Statements t0 = ..., t1 = ... + t0, ...; what is constant is worked out beforehand."""
    statements = [Statement(f"t{n}", f"({e})" + (f" + t{n - 1}" if n else ""))
                  for n, e in enumerate(expressions)]
    constants = {"c": ENV["c"], **({"b": 2.0} if constant_b else {})}
    last = statements[-1].target
    folded = fold_statements(statements, constants, {last})
    plain, quick = dict(ENV), {**ENV, **constants}
    for s in statements:
        plain[s.target] = evaluate(parse(s.expr), plain.__getitem__)
    for s in folded:
        quick[s.target] = evaluate(parse(s.expr), quick.__getitem__)
    same(plain[last], quick[last])


def test_units_become_numbers_and_powers_products():
    def si(text):
        return text_of(to_si(parse(text), lambda n: n == "v", [0]))
    assert si("v + 3*mV") == "v + 3 * 0.001"
    assert si("v**2") == "v * v"
    assert si("(v + 1)**3") == "(v + 1) * (v + 1) * (v + 1)"
    assert si("v**0.5") == "sqrt(v)"
    assert si("v**5") == "v ** 5"
    assert si("rand() + rand()*randn()") == "rand(1) + rand(2) * randn(3)"
    assert si("rand()**2") == "rand(1) ** 2"
    assert calls_in(parse("exp(v) + rand()")) == {"exp", "rand"}


def test_functions_agree_with_numpys():
    x = np.array([0.1, 0.5, 0.9])
    for name, f in FUNCTIONS.items():
        if f.arity == 1 and hasattr(np, name):
            np.testing.assert_allclose(f.compute(x), getattr(np, name)(x), rtol=1e-15)
            assert f.compute(np.zeros(0)).shape == (0,)


def test_lines():
    lines = parse_lines("v = 1 # one; two\n  w += v*2; u /= 3\n\nx -= (1)")
    assert [(x.target, x.op) for x in lines] == [("v", ""), ("w", "+"), ("u", "/"), ("x", "-")]
    assert [x.statement().expr for x in lines] == ["1", "w + v * 2", "u / 3", "x - 1"]
    for wrong in ("v", "v == 1", "1 = v", "v = ", "v **= 2", "v + 1", "v[0] = 1", "v, w = 1"):
        with pytest.raises(eg.DescriptionError):
            parse_lines(wrong)


def test_a_circle_of_subexpressions_names_its_way():
    with pytest.raises(eg.DescriptionError, match="a -> b -> c -> a"):
        inline(parse_equations("a = b : 1\nb = c : 1\nc = a : 1", frozenset(), "m"))
