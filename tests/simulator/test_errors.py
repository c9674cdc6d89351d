"""What is wrong is refused before the run, by the object's name, its value and the way out."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from tiny import ADD, RELAY, SUM, join, network, run, source

import engram as eg
from engram import Hz, mA, ms, mV, nA

LEAK = eg.NeuronModel("leak", "dv/dt = (e_l - v)/tau : volt\ne_l : volt\ntau : second",
                      threshold="v > 5*mV", reset="v = e_l", defaults={"tau": 10 * ms})
TWO = [source("a", 1), eg.Population("b", 3, RELAY)]


def cells(**given):
    return eg.Network([eg.Population("cells", 3, LEAK, **{"parameters": {"e_l": 0 * mV}, **given})])


def joined(synapse=ADD, **given):
    return network(TWO, [eg.Projection("ab", **{"source": "a", "target": "b",
                                                "connector": eg.AllToAll(), "synapse": synapse,
                                                "delay": 1 * ms, **given})])


def neuron(equations="v : 1", **given):
    return eg.NeuronModel("m", equations, **{"defaults": {}, **given})


def probed(*probes):
    return network(TWO, [join("ab", "a", "b")], probes=probes)


DESCRIPTIONS = [  # made, and what the message must hold: object, value, way out
    # names
    (lambda: eg.Network([*TWO, TWO[0]]), ["population 'a'", "names must differ"]),
    (lambda: network(TWO, [join("b", "a", "b")]), ["projection 'b'", "another population"]),
    (lambda: eg.Network([source("a b", 1)]), ["'a b'", "letters, digits"]),
    (lambda: eg.Network([source("1st", 1)]), ["'1st'", "choose another name"]),
    (lambda: eg.Network([source("a\n", 1)]), [r"'a\\n'", "choose another name"]),
    (lambda: eg.Network([source(None, 1)]), ["None", "choose another name"]),
    (lambda: neuron("i : 1"), ["'i'", "reserved", "choose another"]),
    (lambda: neuron("dt : 1"), ["'dt'", "reserved"]),
    (lambda: neuron("xi_a : 1"), ["'xi_a'", "reserved"]),
    (lambda: neuron("mV : 1"), ["'mV'", "unit"]),
    (lambda: neuron("exp : 1"), ["'exp'", "expression language"]),
    (lambda: neuron("lambda : 1"), ["'lambda'", "expression language"]),
    (lambda: neuron("v_pre : 1"), ["'v_pre'", "two sides of a synapse"]),
    (lambda: neuron("v : 1\nv : 1"), ["neuron model 'm'", "'v'", "twice"]),
    (lambda: neuron("_v : 1"), ["'_v'", "choose another"]),
    # unknown names
    (lambda: joined(source="nope"), ["projection 'ab'", "'nope'", "there are a, b"]),
    (lambda: joined(target=eg.View("c", 0, 1)), ["target 'c'", "there are a, b"]),
    (lambda: neuron("dv/dt = (x - v)/ms : 1"), ["'v'", "'x' is not defined", "v"]),
    (lambda: neuron(threshold="u > 1"), ["'m', threshold", "'u' is not defined"]),
    (lambda: neuron(threshold="v > 1", reset="v = u"), ["'m', reset", "'u' is not defined"]),
    (lambda: neuron(threshold="v > 1", reset="u += 1"), ["'m', reset", "'u' cannot be written"]),
    (lambda: neuron(update="v = foo(v)"), ["'m'", "'foo' is not a function", "exp"]),
    (lambda: neuron(update="v = v.real"), ["'m'", "Attribute is not allowed"]),
    (lambda: neuron(update="v = __import__('os')"), ["'__import__' is not a function"]),
    (lambda: neuron(update="import os"), ["'m'", "'import os'", "write e.g."]),
    (lambda: neuron(method="rk5"), ["'m'", "'rk5'", "rk4"]),
    (lambda: neuron("v : 1 (shared)"), ["'m'", "'shared'", "constant"]),
    (lambda: neuron("v : furlong"), ["'m'", "'furlong' is not a unit", "volt"]),
    (lambda: joined(connector=eg.AllToAll), ["'ab'", "AllToAll'> is not a", "AllToAll()"]),
    (lambda: network(TWO, [join("ab", TWO[0], "b")]), ["'ab'", "is a Population", "name, 'a'"]),
    (lambda: neuron("v : 2"), ["'m'", "'2'", "write e.g. volt"]),
    (lambda: neuron("v : mV"), ["'m'", "'mV' is a multiple", "write volt"]),
    (lambda: neuron("v"), ["'m'", "'v' has no unit", ": volt"]),
    (lambda: eg.SynapseModel("s", "w : 1", method="rk5"), ["'s'", "'rk5'"]),
    (lambda: joined(eg.SynapseModel("s", on_pre="u_post += 1")), ["'ab'", "'u_post'", "has v"]),
    (lambda: probed(eg.SpikeProbe("c")), ["SpikeProbe", "'c'", "a, b"]),
    (lambda: probed(eg.StateProbe("b", "u")), ["StateProbe on 'b'", "'u'", "it has v"]),
    (lambda: probed(eg.StateProbe("a", "v")), ["StateProbe on 'a'", "'v'", "none"]),
    (lambda: probed(eg.StateProbe("b", "v", neurons=[3])), ["'b'", "neuron 3", "has 3"]),
    (lambda: probed(eg.StateProbe("b", "v", neurons=[-1])), ["'b'", "-1"]),
    (lambda: probed(eg.WeightProbe("ba", 1 * ms)), ["WeightProbe", "'ba'", "are ab"]),
    (lambda: probed(eg.WeightProbe("ab", 1 * ms, "x")), ["'ab'", "'x'", "are w"]),
    (lambda: network(TWO, stimuli=[eg.StepCurrent("c", "v", 0 * ms, 1)]), ["'c'", "a, b"]),
    (lambda: network(TWO, stimuli=[eg.StepCurrent("b", "u", 0 * ms, 1)]), ["b.u", "has v"]),
    # units
    (lambda: neuron("dv/dt = v : 1"), ["'v' is declared in 1", "hertz", "a plain number"]),
    (lambda: neuron("v : volt\nx = v + 1 : volt"), ["'x'", "'v' is volt", "'1' is a plain"]),
    (lambda: neuron("v : volt", threshold="v > 1"), ["'m', threshold", "volt", "plain number"]),
    (lambda: neuron(threshold="v"), ["'m'", "threshold 'v'", "v > v_th"]),
    (lambda: neuron("v : volt", threshold="v > 1*mV", reset="v = 0"), ["v = 0", "must be volt"]),
    (lambda: neuron("v : volt", update="v *= 1*mV"), ["v *= 1*mV", "must be a plain number"]),
    (lambda: neuron("v : volt\nx = exp(v) : 1"), ["argument of exp", "'v' is volt"]),
    (lambda: neuron("v : volt\nx = v**v : 1"), ["the exponent 'v' is volt"]),
    (lambda: neuron(defaults={"v": 1 * mV}), ["'m'", "default of 'v'", "1 mV", "plain number"]),
    (lambda: neuron("v : volt", defaults={"v": "1"}), ["default of 'v'", "'1'", "must be volt"]),
    (lambda: neuron(threshold="v > 1", refractory=2 * mV), ["refractory=2 mV", "must be a time"]),
    (lambda: neuron(threshold="v > 1", refractory="v"), ["refractory='v'", "must be a time"]),
    (lambda: cells(parameters={"e_l": 3}), ["population 'cells'", "e_l is 3", "must be volt"]),
    (lambda: cells(initial={"v": 3 * nA}), ["'cells'", "v is 3 nA, amp", "must be volt"]),
    (lambda: cells(parameters={"e_l": "3*mA"}), ["'cells'", "e_l is '3*mA', amp", "must be volt"]),
    (lambda: joined(parameters={"w": 3 * mA}), ["projection 'ab'", "w is 3 mA", "plain number"]),
    (lambda: joined(eg.SynapseModel("s", "w : volt", defaults={"w": 1})),
     ["projection 'ab'", "default of w", "is 1", "must be volt"]),
    (lambda: joined(eg.SynapseModel("s", "w : volt", "v_post += w", defaults={"w": 1 * mV})),
     ["projection 'ab', on_pre", "v_post += w", "volt", "plain number"]),
    (lambda: joined(delay=3), ["projection 'ab'", "delay 3", "a time such as 1.5*ms"]),
    (lambda: eg.Poisson(5), ["Poisson", "rate 5", "must be in Hz"]),
    (lambda: eg.SpikeTimes([0], [1]), ["SpikeTimes", "times is [1]", "1*ms"]),
    (lambda: eg.Network(TWO, dt=0.1), ["network 'network'", "dt is 0.1", "1*ms"]),
    (lambda: network(TWO, stimuli=[eg.StepCurrent("b", "v", 0 * ms, 1 * mV)]),
     ["StepCurrent on b.v", "volt", "must be a plain number"]),
    (lambda: joined(eg.SynapseModel("s", "v_post = 1*mV : volt (summed)")),
     ["projection 'ab'", "summed 'v_post'", "volt", "plain number"]),
    # shapes and numbers
    (lambda: cells(initial={"v": [1, 2] * mV}), ["'cells'", "v has shape (2,)", "3 of them"]),
    (lambda: cells(parameters={"e_l": np.zeros((3, 1)) * mV}), ["'cells'", "e_l has shape (3, 1)"]),
    (lambda: cells(parameters={"e_l": [0, np.nan, 0] * mV}), ["'cells'", "e_l is NaN at index 1"]),
    (lambda: joined(parameters={"w": np.nan}), ["projection 'ab'", "w is NaN", "give a number"]),
    (lambda: eg.Population("p", -1, RELAY), ["population 'p'", "size=-1", "from 0"]),
    (lambda: eg.Population("p", 2.5, RELAY), ["population 'p'", "size=2.5", "whole number"]),
    (lambda: eg.Population("p", "3", RELAY), ["population 'p'", "size='3'", "whole number"]),
    (lambda: eg.Population("p", 10**30, RELAY), ["size=1000", "to 4294967296"]),
    (lambda: eg.Population("p", 3, RELAY, clock=0), ["'p'", "clock=0", "from 1"]),
    (lambda: eg.View("a", 3, 2), ["view of 'a'", "stop=2", "from 3"]),
    (lambda: joined(target=eg.View("b", 1, 9)), ["'ab'", "target view 1:9", "'b' of size 3"]),
    (lambda: joined(dendritic_delay_fraction=1.5), ["'ab'", "fraction=1.5", "from 0 to 1"]),
    (lambda: joined(delay=[1, np.nan] * ms), ["projection 'ab': delay", "NaN at index 1"]),
    (lambda: eg.SpikeTimes([0, 1], [1] * ms), ["2 indices but 1 times", "each index"]),
    (lambda: eg.SpikeTimes([-1], [1] * ms), ["neuron -1 is negative"]),
    (lambda: eg.SpikeTimes([0], [-1] * ms), ["time -0.001 s is negative", "starts at 0"]),
    (lambda: eg.SpikeTimes([0], [np.inf] * ms), ["SpikeTimes: times", "finite"]),
    (lambda: eg.Poisson(-5 * Hz), ["rate -5 Hz", "not negative"]),
    (lambda: eg.Poisson(5 * Hz, 2 * ms, 1 * ms), ["stop 1 ms", "before start 2 ms"]),
    (lambda: eg.StepCurrent("b", "v", [2, 1] * ms, [1, 2]), ["b.v", "increasing"]),
    (lambda: eg.StepCurrent("b", "v", [1] * ms, [1, 2]), ["b.v", "1 times", "(2,)"]),
    (lambda: eg.StepCurrent("b", "v", [1] * ms, [np.nan]), ["b.v", "NaN"]),
    (lambda: eg.Network(TWO, dt=0 * ms), ["dt=0 s", "positive"]),
    (lambda: eg.Network(TWO, dt=-1 * ms), ["dt=-1 ms", "positive"]),
    # parameters that are missing or too many
    (lambda: eg.Network([eg.Population("p", 1, LEAK)]),
     ["'p'", "no value for e_l", "parameters={'e_l'"]),
    (lambda: cells(parameters={"e_l": 0 * mV, "f": 1}), ["'cells'", "no 'f' to set", "e_l, tau"]),
    (lambda: cells(parameters={"e_l": 0 * mV, "v": 0 * mV}), ["'v' changes", "initial={'v'"]),
    (lambda: cells(initial={"e_l": 0 * mV}), ["'cells'", "'e_l'", "keep one"]),
    (lambda: joined(eg.SynapseModel("s", "w : 1")), ["'ab'", "no value for w", "'w': ..."]),
    (lambda: joined(parameters={"u": 1}), ["'ab'", "no 'u' to set", "has w"]),
    (lambda: neuron(defaults={"u": 1}), ["'m'", "default for 'u'", "declare"]),
    (lambda: eg.Network([eg.Population("p", 1, eg.Poisson(1 * Hz), {"v": 1})]), ["'p'", "source"]),
    # models that contradict themselves
    (lambda: neuron(reset="v = 0"), ["'m'", "no threshold", "add threshold"]),
    (lambda: neuron("dv/dt = -v/ms : 1", update="v = 0"), ["'m'", "both", "one or the other"]),
    (lambda: neuron("v : 1 (constant)", update="v = 0"), ["'m', update", "'v' cannot be written"]),
    (lambda: neuron("a = b : 1\nb = a : 1"), ["'m'", "circle", "a -> b -> a"]),
    (lambda: eg.SynapseModel("s", "w : 1 (pre, post)"), ["'s'", "'w'", "choose one"]),
    (lambda: eg.SynapseModel("s", "w : 1", on_pre="v_post = 1"), ["'s'", "v_post = ...", "+="]),
    (lambda: eg.SynapseModel("s", "w : 1", on_pre="v_pre += 1"), ["'s'", "v_pre", "x_post +="]),
    (lambda: eg.SynapseModel("s", "w : 1", on_post="v_post += w"), ["'s'", "on_post", "on_pre"]),
    (lambda: eg.SynapseModel("s", "w : 1", on_pre="v_post += w\nw += 1"),
     ["'s'", "sends 'w'", "['w'] afterwards", "move the send to the end"]),
    (lambda: eg.SynapseModel("s", "dw/dt = xi/second**0.5 : 1"), ["'s'", "'w'", "noise"]),
    (lambda: eg.SynapseModel("s", "g = 1 : 1 (summed)"), ["'s'", "'g' is summed", "x_post"]),
]


def message_of(make):
    with pytest.raises(eg.DescriptionError) as caught:
        make()
    return str(caught.value)


@pytest.mark.parametrize(("make", "holds"), DESCRIPTIONS, ids=lambda x: "")
def test_a_wrong_description_is_refused_when_it_is_made(make, holds):
    message = message_of(make)
    for part in holds:
        assert re.sub(r"\\\\", r"\\", part) in message, message


def bad(duration=3 * ms, dt=None, seed=0, net=None, **options):
    return eg.simulate(joined() if net is None else net, duration, "reference", dt, seed, **options)


RUNS = [
    (lambda: bad(2.5 * ms), ["duration = 2.5 ms", "not a whole number", "use 2 ms"]),
    (lambda: bad(-1 * ms), ["duration = -1 ms", "below 0"]),
    (lambda: bad(3), ["duration is 3", "1*ms"]),
    (lambda: bad(np.inf * ms), ["duration", "finite"]),
    (lambda: bad(1e30 * ms), ["duration", "use a shorter time"]),
    (lambda: bad([1, 2] * ms), ["duration"]),
    (lambda: bad(dt=0 * ms), ["dt", "positive"]),
    (lambda: bad(dt=3), ["dt is 3", "1*ms"]),
    (lambda: bad(seed=-1), ["seed = -1", "0 to 2**64 - 1"]),
    (lambda: bad(seed=2**64), ["seed = 18446744073709551616", "2**64 - 1"]),
    (lambda: bad(seed=1.0), ["seed = 1.0", "whole number"]),
    (lambda: bad(seed=None), ["seed = None", "whole number"]),
    (lambda: bad(seed="1"), ["seed = '1'", "whole number"]),
    (lambda: bad(seed=True), ["seed = True", "whole number"]),
    (lambda: bad(net="abc"), ["'abc' is not a Network"]),
    (lambda: eg.simulate(joined(), 1 * ms, "nest"), ["'nest'", "reference"]),
    (lambda: eg.simulate(joined(), 1 * ms, []), ["[]", "reference"]),
    (lambda: bad(precision="float16"), ["'float16'", "float32"]),
    (lambda: bad(threads=0), ["threads=0", "at least 1"]),
    (lambda: bad(sede=1), ["'reference' has no option 'sede'", "seed", "has none"]),
    (lambda: eg.simulate(joined(), 1 * ms, "torch", devise="cpu"), ["'devise'", "has device"]),
    (lambda: bad(net=joined(delay=1.5 * ms)), ["'ab': delay = 1.5 ms", "not a whole", "use 2 ms"]),
    (lambda: bad(net=joined(delay=0 * ms)), ["'ab': delay = 0 s", "below 1 step", "use 1 ms"]),
    (lambda: bad(net=joined(delay=[1, 1.5, 1] * ms)), ["'ab': delay[1] = 1.5 ms"]),
    (lambda: bad(net=joined(delay=[1, 2] * ms)), ["'ab': delay", "2 delays for 3 synapses"]),
    (lambda: bad(net=joined(delay="1*ms/0")), ["'ab': delay", "not finite"]),
    (lambda: bad(net=joined(delay="rand()*ms")), ["'ab': delay[0]", "not a whole number"]),
    (lambda: bad(net=joined(delay=1e9 * ms)), ["'ab': delay", "1e+06"]),
    (lambda: bad(dt=0.7 * ms), ["use", "another dt"]),
    (lambda: bad(net=joined(parameters={"w": [1, 2]})), ["'ab'", "w has shape (2,)", "3 of them"]),
    (lambda: bad(net=joined(parameters={"w": "0/0"})), ["'ab'", "w, '0/0', gives NaN"]),
    (lambda: bad(net=joined(parameters={"w": "log(i - 1)"})), ["'ab'", "w", "NaN at index 0"]),
    (lambda: bad(net=joined(parameters={"w": "u + 1"})), ["'ab'", "'u' is not defined"]),
    (lambda: bad(net=joined(connector=eg.OneToOne())), ["ab: OneToOne", "1 and 3", "equal"]),
    (lambda: bad(net=joined(connector=eg.FromArrays([1], [0]))), ["ab: FromArrays: pre[0] = 1"]),
    (lambda: bad(net=joined(connector=eg.FixedOutDegree(4))), ["ab: FixedOutDegree: n=4"]),
    (lambda: bad(net=network([eg.Population("a", 1, eg.SpikeTimes([1], 1 * ms))])),
     ["population 'a'", "spike of neuron 1", "has 1 neurons"]),
    (lambda: bad(net=network([source("a", 1, 1)])), ["'a'", "fires twice", "remove one"]),
    (lambda: bad(net=network([eg.Population("a", 1, eg.SpikeTimes([0], [0.5] * ms))])),
     ["population 'a': spike time[0] = 500 us", "use 0 s"]),
    (lambda: bad(net=network([eg.Population("a", 1, eg.Poisson(1000 * Hz))])),
     ["population 'a'", "rate 1000 Hz", "not below 1", "smaller dt"]),
    (lambda: bad(net=network([eg.Population("a", 2, eg.Poisson([1, 2, 3] * Hz))])),
     ["population 'a'", "3 rates for 2 neurons"]),
    (lambda: bad(net=network([eg.Population("a", 2, eg.Poisson(1 * Hz, 0.5 * ms))])),
     ["population 'a': start = 500 us"]),
    (lambda: bad(net=network([eg.Population("a", 1, neuron(
        threshold="v > 1", refractory=1.5 * ms, defaults={"v": 0}))])),
     ["population 'a': refractory = 1.5 ms", "use 2 ms"]),
    (lambda: bad(net=network([eg.Population("a", 1, neuron(
        "v : 1\nhold : second", threshold="v > 1", refractory="hold", reset="hold += 1*ms",
        defaults={"v": 0, "hold": 1 * ms}))])), ["population 'a'", "'hold' changes during the"]),
    (lambda: bad(net=network([eg.Population("a", 1, neuron("v : 1\nu : 1", defaults={
        "v": "u", "u": "v"}))])), ["population 'a'", "circle", "v -> u -> v"]),
    (lambda: bad(net=probed(eg.WeightProbe("ab", 1.5 * ms))), ["WeightProbe on 'ab'", "1.5 ms"]),
    (lambda: bad(net=network(TWO, stimuli=[eg.StepCurrent("b", "v", 1.5 * ms, 1)])),
     ["StepCurrent on b.v", "1.5 ms"]),
    (lambda: bad(net=network([eg.Population("a", 1, neuron(
        "dv/dt = -v**2/ms : 1", method="exact", defaults={}))])),
     ["population 'a'", "method='exact'", "use 'exponential_euler' or 'rk4'"]),
    (lambda: bad(net=network([eg.Population("a", 1, neuron(
        "dv/dt = xi/second**0.5 : 1", method="rk4"))])), ["'a'", "noise term xi", "'euler'"]),
    (lambda: bad(net=joined(eg.SynapseModel("s", "w : 1", "w += 1", "w += 2", defaults={"w": 0}),
                            dendritic_delay_fraction=0.5, delay=3 * ms)),
     ["'ab'", "fraction=0.5", "3 steps", "1.5 steps", "0.333333, 0.666667, 1"]),
    (lambda: bad(net=joined(eg.SynapseModel("s", "w : 1", "w += 1", "w += 2", defaults={"w": 0}),
                            dendritic_delay_fraction=0)), ["'ab'", "fraction=0", "at least one"]),
    (lambda: bad(net=joined(eg.SynapseModel("s", "w : 1", "w += 1", "w += 2", defaults={"w": 0}),
                            dendritic_delay_fraction=0.5, delay=[2, 4, 2] * ms)),
     ["'ab'", "mixed delays", "use 1.0"]),
    (lambda: bad(net=joined(eg.SynapseModel("s", on_pre="v_post += v_post"))),
     ["'ab'", "['v_post']", "neuron's equations"]),
]


@pytest.mark.parametrize(("make", "holds"), RUNS, ids=lambda x: "")
def test_what_does_not_fit_the_run_is_refused_before_it(make, holds):
    message = message_of(make)
    for part in holds:
        assert part in message, message


def test_messages_are_cut_in_the_middle_and_keep_both_ends():
    problem = eg.DescriptionError("name " + "x" * 10_000 + " way out")
    assert len(str(problem)) < 2000
    assert str(problem).startswith("name x")
    assert str(problem).endswith(" way out")


def test_errors_survive_a_process_boundary():
    for problem in (eg.UnitError("a b"), eg.UnsupportedError("cuda", ["x", "y"]),
                    eg.MissingPackageError("z")):
        again = pickle.loads(pickle.dumps(problem))
        assert (type(again), str(again)) == (type(problem), str(problem))
    assert eg.UnsupportedError("cuda", ["x", "y"]).reasons == ["x", "y"]
    assert issubclass(eg.UnitError, eg.DescriptionError)
    assert issubclass(eg.DescriptionError, ValueError)


@pytest.mark.parametrize("size", [0, 1])
def test_empty_and_single_populations_run(size):
    net = network([eg.Population("a", size, eg.Poisson(500 * Hz)), eg.Population("b", size, RELAY),
                   eg.Population("c", 2, SUM)],
                  [join("ab", "a", "b"), join("bc", "b", "c"), join("cb", "c", "b"),
                   join("none", eg.View("c", 1, 1), "b")])
    got = run(net, 20, "reference")
    assert got.states["b"]["v"].shape == (20, size)
    assert (len(got.spikes["b"]) > 0) == (size == 1)
    assert got.spikes["b"].counts.shape == (size,)
