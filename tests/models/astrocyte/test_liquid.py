"""The liquid that an astrocyte steers: a naive witness, closed forms, and its measures."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from liquid_witness import witness

import engram as eg
from engram import ms
from engram.models.astrocyte.digits import digit
from engram.models.astrocyte.liquid import HEARD, LEARNS, SILENT, SteeredLiquid, lasting
from engram.models.astrocyte.liquid_cells import ASTROCYTE
from engram.models.astrocyte.liquid_measures import branching, least_squares, shares, softmax
from engram.models.astrocyte.liquid_wiring import LENGTH, drawn, input_pairs, lattice, rates
from engram.simulator.errors import DescriptionError

PICTURES = rates([digit(n)[::8, ::8] for n in range(6)])
SMALL = SteeredLiquid(side=4, inputs=100, w_astro=0.2, seed=3)


def table(run: Any, steps: int, size: int) -> Any:
    out = np.zeros((steps, size), dtype=bool)
    out[run.spikes["liquid"].step, run.spikes["liquid"].i] = True
    return out


def shown(pictures: Any, steps: int, seed: int) -> Any:
    index, at = drawn(pictures, steps, seed)
    out = np.zeros((len(pictures)*steps, pictures.shape[1]), dtype=bool)
    out[np.round(np.asarray(at/ms)).astype(int), index] = True
    return out


@pytest.mark.parametrize("backend", ["reference", "numba", "brian2", "torch"])
def test_learning_is_what_the_witness_does(backend: str) -> None:
    steps = 20*len(PICTURES)
    truth, a, _, w = witness(SMALL, shown(PICTURES, 20, 5), range(0, steps, 20), 1.0)
    assert truth.sum() > 200, "the liquid must fire to mean anything"
    assert np.ptp(a) > 0.02, "and the astrocyte must hear it"
    run = eg.simulate(SMALL.learning(PICTURES, seed=5), lasting(len(PICTURES)), backend=backend)
    np.testing.assert_array_equal(table(run, steps, SMALL.size), truth)
    for name, first in zip(LEARNS, (0, SMALL.excitatory, SMALL.size), strict=True):
        pre, post, start = SMALL.pairs()[name]
        assert np.abs(run.weights[name].final["w"] - start).max() > 0.01
        # the same operations in another order: rounding of some hundred sums of size 3
        np.testing.assert_allclose(run.weights[name].final["w"], w[pre + first, post], atol=1e-12)


def test_reading_starts_from_what_was_learnt_and_both_rates_fade() -> None:
    weights = SMALL.learnt(eg.simulate(SMALL.learning(PICTURES), lasting(len(PICTURES))))
    net = SMALL.network(weights=weights, probes=[*HEARD, eg.StateProbe("astrocyte", ["a", "gain"])])
    trials = [SMALL.picture(p, n, 100) for n, p in enumerate(PICTURES[:2])]
    run = eg.simulate(net, 100*ms, batch=trials)
    for n, trial in enumerate(trials):
        alone = eg.simulate(trial.network(net), 100*ms, backend="reference")
        np.testing.assert_array_equal(table(run[n], 100, 64), table(alone, 100, 64))
        assert run[n].spikes["liquid"].step.size > 30
        gain = run[n].states["astrocyte"].traces["gain"].values[:, 0]
        np.testing.assert_allclose(gain, 0.99**np.arange(1, 101), rtol=1e-13)
    faded = SteeredLiquid(side=4, inputs=100, w_astro=0.0, seed=3).network(
        probes=[eg.StateProbe("astrocyte", "a")])
    a = eg.simulate(faded, 50*ms, backend="reference").states["astrocyte"].traces["a"].values[:, 0]
    # without spikes both rates stay equal, so that Euler's step has nothing to do
    np.testing.assert_allclose(a, 0.15*0.99**np.arange(1, 51), rtol=1e-12)


@pytest.mark.parametrize("backend", ["reference", "numba", "brian2"])
def test_the_astrocyte_under_constant_drive(backend: str) -> None:
    """Euler's steps of a linear equation have a closed form: a_n - A = (a_0 - A) (1 - dt/tau)^n."""
    every = eg.SpikeTimes(np.tile(np.arange(7), 60), np.repeat(np.arange(60), 7)*ms)
    count = eg.SynapseModel("count", on_pre="liquid_post += 1")
    given = eg.SynapseModel("given", on_pre="given_post += 1")
    run = eg.simulate(eg.Network(
        [eg.Population("s", 7, every), eg.Population("a", 1, ASTROCYTE, {"w": 0.03})],
        [eg.Projection("c", eg.View("s", 0, 5), "a", eg.AllToAll(), count),
         eg.Projection("g", eg.View("s", 5, 7), "a", eg.AllToAll(), given)],
        probes=[eg.SpikeProbe("s"), eg.StateProbe("a", "a")], dt=1*ms), 60*ms, backend=backend)
    end = 0.03*(5 - 2) + 0.15
    n = np.arange(60)  # the first spikes arrive in step 1
    expected = end + (0.15 - end)*(1 - 1/100)**n
    np.testing.assert_allclose(run.states["a"].traces["a"].values[:, 0], expected, rtol=1e-13)


def test_a_stronger_astrocyte_holds_the_liquid_down() -> None:
    found = []
    for w in (0.0, 0.05, 0.5):
        liquid = SteeredLiquid(side=6, inputs=100, w_astro=w)
        run = eg.simulate(liquid.learning(np.tile(PICTURES, (40, 1))), lasting(240))
        fired = eg.simulate(liquid.network(weights=liquid.learnt(run)), 250*ms,
                            batch=[liquid.picture(p, n) for n, p in enumerate(PICTURES)])
        found.append(np.mean([branching(table(r, 250, liquid.size), liquid.joined())
                              for r in fired]))
    assert found[0] > found[1] + 0.05 > found[2] + 0.1, found


def test_learning_goes_on_from_weights_that_were_learnt() -> None:
    half = SMALL.learnt(eg.simulate(SMALL.learning(PICTURES[:3], probes=SILENT), lasting(3)))
    more = eg.simulate(SMALL.learning(PICTURES[3:], 1, half, SILENT), lasting(3))
    assert not more.spikes["astrocyte"].step.size
    assert set(more.spikes) == {"astrocyte"}
    for name in LEARNS:
        moved = np.abs(SMALL.learnt(more)[name] - half[name]).max()
        assert 0.01 < moved < 1, "not from the start, which is up to 3 away"


def test_the_lattice_follows_its_law() -> None:
    side, excitatory, rng = 9, 583, np.random.default_rng(0)
    pre, post = lattice(side, excitatory, rng)
    assert not (pre == post).any()
    again = np.random.default_rng(0)
    at = np.stack(np.unravel_index(again.permutation(side**3), (side,)*3), axis=1)
    near = ((at[:, None] - at[None])**2).sum(axis=2) == 1
    joined = np.zeros((side**3,)*2, dtype=bool)
    joined[pre, post] = True
    e = np.arange(side**3) < excitatory
    for rows, columns, chance in ((e, e, 0.2), (e, ~e, 0.1), (~e, e, 0.3), (~e, ~e, 0.05)):
        block = joined[np.ix_(rows, columns)][near[np.ix_(rows, columns)]]
        p = chance*np.exp(-1/LENGTH**2)
        assert abs(block.mean() - p) < 4*np.sqrt(p*(1 - p)/block.size)  # 4 standard errors


def test_input_pairs_are_an_exact_share() -> None:
    pre, post = input_pairs(40, 30, 0.15, np.random.default_rng(0))
    assert len(pre) == len(set(zip(pre, post, strict=True))) == 180
    assert pre.max() < 40
    assert post.max() < 30


def test_every_picture_has_the_same_drive() -> None:
    r = rates(np.array([[[0, 2], [2, 0]], [[1, 1], [1, 5]]]))
    np.testing.assert_allclose(r, np.array([[0, 0.5, 0.5, 0], [0.125, 0.125, 0.125, 0.625]])/0.625)
    index, at = drawn(np.array([[0.0, 1.0], [0.5, 0.0]]), 400, 0)
    step = np.asarray(at/ms)
    assert (index[step < 400] == 1).all()
    assert (step < 400).sum() == 400
    assert abs((step >= 400).sum() - 200) < 40  # 4 standard deviations


def test_branching_of_known_rasters() -> None:
    joined = np.zeros((3, 3), dtype=bool)
    joined[0, 1] = joined[0, 2] = joined[2, 0] = True
    fired = np.zeros((100, 3), dtype=bool)
    fired[50, 0] = True  # its targets fire 3 times within 4 steps, its source twice before
    fired[[51, 54], 1] = fired[53, 2] = fired[[47, 49], 2] = True
    fired[55, 1] = fired[20, 2] = fired[21, 0] = True  # too late, and outside
    # neuron 0: 3/2; neuron 1: no targets; neuron 2: 1 before its target, 1 before, 0 after it
    assert branching(fired, joined) == pytest.approx((3/2 + 0 + (1 + 1 + 0)/3)/3, rel=1e-12)
    assert np.isnan(branching(np.zeros((100, 3)), joined))


@pytest.mark.parametrize("readout", [least_squares, softmax])
def test_linear_readouts(readout: Any) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    x = rng.normal(0, 1, (3, 8))[labels] + rng.normal(0, 0.3, (300, 8))
    right = readout(x[:200], labels[:200], x[200:], 3, 0.01) == labels[200:]
    assert right.mean() > 0.95
    wrong = readout(x[:200], rng.permutation(labels[:200]), x[200:], 3, 0.01) == labels[200:]
    assert wrong.mean() < 0.6
    # a great penalty leaves the class that is most frequent
    same = readout(x[:200], labels[:200], x[200:], 3, 1e3)
    assert (same == np.bincount(labels[:200]).argmax()).all()


def test_shares() -> None:
    np.testing.assert_array_equal(shares([[1, 3], [0, 0]]), [[0.25, 0.75], [0, 0]])


@pytest.mark.parametrize("changes", [
    {"side": 1}, {"side": 2.5}, {"inputs": 0}, {"density": 1.5}, {"density": float("nan")},
    {"w_astro": -0.1}, {"w_astro": float("inf")}, {"w_astro": "0.1"}, {"seed": -1}])
def test_a_liquid_that_cannot_be_is_named(changes: dict[str, Any]) -> None:
    (name, value), = changes.items()
    with pytest.raises(DescriptionError, match=re.escape(f"SteeredLiquid: {name}={value!r}")):
        SteeredLiquid(**{"side": 3, "inputs": 4, **changes})


@pytest.mark.parametrize(("shown", "says"), [
    (np.zeros((2, 9)), r"shape \(2, 9\) must be \(n, 10\)"),
    (np.zeros((0, 10)), r"shape \(0, 10\)"), (np.full((2, 10), 1.5), "from 1.5 to 1.5"),
    (np.full((2, 10), -0.5), "chances, 0 to 1"), (np.full((2, 10), np.nan), "chances"),
    ([["a"]], "rates: .*give numbers")])
def test_pictures_that_do_not_fit_are_named(shown: Any, says: str) -> None:
    liquid = SteeredLiquid(side=3, inputs=10)
    with pytest.raises(DescriptionError, match=says):
        liquid.learning(shown)
    if len(shown):
        with pytest.raises(DescriptionError, match=r"rates"):
            liquid.picture(shown[0], 1)


@pytest.mark.parametrize(("pictures", "says"), [
    ([[0, 1], [0, 0]], "picture 1 is black"), ([[0, 1], [-1, 2]], "picture 1 holds a pixel below"),
    ([[np.nan, 1]], "picture 0 holds"), (np.zeros((0, 4)), r"shape \(0, 4\)"),
    (np.ones(3), r"shape \(3,\)")])
def test_brightness_without_shares_is_named(pictures: Any, says: str) -> None:
    with pytest.raises(DescriptionError, match=says):
        rates(pictures)


def test_weights_and_fading_that_do_not_fit_are_named() -> None:
    weights = {name: w for name, (*_, w) in SMALL.pairs().items()}
    with pytest.raises(DescriptionError, match="weights of 'inh' must be"):
        SMALL.network(weights={**weights, "inh": [1.0]})
    with pytest.raises(DescriptionError, match=r"weights of 'exc' must be .* in a dict"):
        SMALL.network(weights="all")
    with pytest.raises(DescriptionError, match=r"keep=1\.5"):
        SMALL.network(keep=1.5)
    with pytest.raises(DescriptionError, match="steps of a picture=0"):
        SMALL.picture(PICTURES[0], 1, 0)


def test_measures_of_what_does_not_fit_are_named() -> None:
    with pytest.raises(DescriptionError, match="more than 58 steps"):
        branching(np.ones((58, 4)), np.ones((4, 4)))
    with pytest.raises(DescriptionError, match=r"joined \(5, 5\)"):
        branching(np.ones((99, 4)), np.ones((5, 5)))
    with pytest.raises(DescriptionError, match="window of the branching factor=0"):
        branching(np.ones((99, 4)), np.ones((4, 4)), 0)
    x, labels = np.eye(4), np.arange(4)
    for readout in (least_squares, softmax):
        for given, says in (((x, labels + 1, x, 4, 0.1), "labels from 1 to 4"),
                            ((x, labels/2, x, 4, 0.1), "float64"),
                            ((x, labels[:3], x, 4, 0.1), r"labels \(3,\)"),
                            ((x, labels, x[:, :2], 4, 0.1), r"\(4, 2\) asked"),
                            ((x, labels, x, 4, -1.0), "penalty=-1.0")):
            with pytest.raises(DescriptionError, match=says):
                readout(*given)
