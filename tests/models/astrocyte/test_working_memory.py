"""The working memory: wiring, cells, score, and the same spikes everywhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from conformance.compare import TOLERANCE, differences

import engram as eg
from engram import ms, mV
from engram.models.astrocyte import working_memory_cells as cells
from engram.models.astrocyte import working_memory_wiring as wiring
from engram.models.astrocyte.digits import digit
from engram.models.astrocyte.working_memory import WorkingMemory
from engram.models.astrocyte.working_memory_score import balanced_accuracy, scores
from engram.simulator.units import second, umolar


def test_zones_cover_the_grid_and_overlap_by_one() -> None:
    neuron, zone = wiring.zone_members(79)
    assert wiring.zones_along(79) == 26
    assert set(Counter(zone).values()) == {16}
    times = np.bincount(neuron, minlength=79*79).reshape(79, 79)
    assert times[0, 0] == 1
    assert times[3, 0] == 2
    assert times[3, 3] == 4
    assert set(np.unique(times)) == {1, 2, 4}
    with pytest.raises(ValueError, match="3 n"):
        wiring.zones_along(80)


def test_each_neuron_is_fed_by_a_zone_that_hears_it() -> None:
    heard = set(zip(*wiring.zone_members(13), strict=True))
    fed = wiring.zone_of(13)
    assert all((n, z) in heard for n, z in enumerate(fed))
    assert fed[0] == 0
    assert fed[13*3 + 3] == 5, "on a border, the later zone"


def test_targets_are_near_distinct_and_other() -> None:
    pre, post = wiring.local_targets(31, 12, 5.0, seed=4)
    assert np.all(np.bincount(pre) == 12)
    assert len(set(zip(pre, post, strict=True))) == len(pre)
    assert not np.any(pre == post)
    inner = (np.abs(pre // 31 - 15) < 3) & (np.abs(pre % 31 - 15) < 3)
    far = np.hypot(pre // 31 - post // 31, pre % 31 - post % 31)[inner]
    # mean 5 of the law; leaving out repeats pushes outward, truncation pulls inward by 0.6
    assert 4.0 < far.mean() < 6.5
    again = wiring.local_targets(31, 12, 5.0, seed=4)
    np.testing.assert_array_equal(post, again[1])
    assert np.any(post != wiring.local_targets(31, 12, 5.0, seed=5)[1])


def test_diffusion_conserves() -> None:
    a, b = wiring.neighbours(4)
    assert len(a) == 4 * 4 * 3
    pairs = set(zip(a, b, strict=True))
    assert {(y, x) for x, y in pairs} == pairs
    assert all(abs(x//4 - y//4) + abs(x % 4 - y % 4) == 1 for x, y in pairs)


def test_noise_comes_every_two_thirds_of_a_second() -> None:
    neuron, first, last, size = wiring.noise_impulses(200, 60_000, 1e-4, seed=1)
    assert np.all(last - first == 301)
    assert np.abs(size).max() <= 20
    gaps = np.diff(first)[np.diff(neuron) == 0]
    # Poisson in steps: mean 6667, deviation 82; a thousand of them
    assert gaps.mean() == pytest.approx(6667, abs=12)
    assert gaps.std() == pytest.approx(81.6, rel=0.1)


def alone(model: Any, steps: int, probes: list[str], **values: Any) -> dict[str, Any]:
    run = eg.simulate(eg.Network([eg.Population("one", 1, model, initial=values)], probes=[
        eg.StateProbe("one", probes)], dt=0.1*ms), steps*0.1*ms, backend="reference")
    return {n: t.values[:, 0] for n, t in run.states["one"].traces.items()}


def test_a_neuron_takes_the_steps_of_the_source() -> None:
    """The update written out, step by step."""
    found = alone(cells.NEURON, 300, ["v", "u", "g", "s"], i_app=30*mV)
    v, u, g = -70.0, 0.0, 0.0
    expected = []
    for _ in range(300):
        if v >= 30:
            v, u = -65.0, u + 2
        v = v + 0.1*(0.04*v*v + 5*v + 140 + min(30.0, 25.0) - u)
        u = u + 0.1*0.1*(0.2*v - u)
        v = min(v, 30.0)
        g = g - 1e-4*(10*g - 600*(v == 30))
        expected.append((v, u, g, 1/(1 + np.exp(-v/0.2))))
    spikes = sum(row[0] == 30 for row in expected)
    assert spikes >= 3
    assert np.sum(found["v"] == 0.03) == spikes
    for n, (name, unit) in enumerate((("v", 1e-3), ("u", 1e-3), ("g", 1), ("s", 1))):
        np.testing.assert_allclose(found[name], np.array(expected)[:, n]*unit, rtol=1e-9,
                                   atol=1e-12)


def test_calcium_before_any_stimulus() -> None:
    """0.0788 umolar at 0.4 s, whatever the seed; the clock of the cell does not matter."""
    at = []
    for clock in (1, 10):
        run = eg.simulate(eg.Network([eg.Population("c", 1, cells.SOMA, clock=clock)], probes=[
            eg.StateProbe("c", "ca", every=100)], dt=0.1*ms), 400.1*ms, backend="reference")
        at.append(run.states["c"].traces["ca"].values[-1, 0]*1e3)
    assert at[0] == pytest.approx(0.0788, abs=5e-4)
    # the slow clock integrates at the first of its ten steps: up to 0.9 ms ahead at 8e-3 a second
    assert at[1] == pytest.approx(at[0], abs=1e-5)


def zone_run(excited: Any, hot: Any, ca: float) -> dict[str, Any]:
    """A zone whose counts are set at steps."""
    def current(name: str, pairs: Any) -> Any:
        at, value = zip(*pairs, strict=True)
        return eg.StepCurrent("z", name, np.array(at)*0.1*ms, np.array(value, float))
    run = eg.simulate(eg.Network(
        [eg.Population("z", 1, cells.ZONE, initial={"ca": ca*umolar})],
        stimuli=[current("excited", excited), current("hot", hot)],
        probes=[eg.StateProbe("z", ["j_neuro", "out"])], dt=0.1*ms), 320*ms, backend="reference")
    return {n: t.values[:, 0] for n, t in run.states["z"].traces.items()}


def test_a_zone_makes_ip3_for_60_ms_and_feeds_back_for_250() -> None:
    run = zone_run([(20, 8), (21, 7)], [(33, 6), (34, 5)], 0.2)
    np.testing.assert_array_equal(np.flatnonzero(run["j_neuro"]), np.arange(20, 620))
    assert run["j_neuro"].max() == pytest.approx(float(5*umolar/second / (umolar/second))*1e-3)
    # six fired in step 33; looked at in every tenth step, as long as the last 101 hold it
    out = np.flatnonzero(run["out"])
    assert out[0] == 39
    assert out[-1] == 129 + 2500
    assert len(out) == out[-1] - out[0] + 1


@pytest.mark.parametrize(("hot", "ca"), [(6, 0.1), (5, 0.2)])
def test_a_zone_needs_calcium_and_spikes_together(hot: int, ca: float) -> None:
    assert not zone_run([(0, 0)], [(33, hot), (34, 0)], ca)["out"].any()


def tiny(**changes: Any) -> Any:
    """13 x 13 neurons shown a block, at first strongly; astrocytes with high calcium."""
    block = np.zeros((13, 13), dtype=bool)
    block[2:9, 3:10] = True
    memory = WorkingMemory((block, ~block), learnt=1, tests=(0, 1), targets=8, **changes)
    network = memory.network([eg.StateProbe("neurons", ["v", "g", "near"], every=7),
                              eg.StateProbe("astrocytes", ["ca", "ip3", "h"], every=50),
                              eg.StateProbe("zones", ["out", "j_neuro"], every=10)])
    shown = eg.StepCurrent("neurons", "i_app", np.array([0.0, 130])*ms,
                           np.outer([80.0, 4.0], block.ravel())*mV)
    populations = [replace(p, initial={"ca": 0.2*umolar}) if p.name == "astrocytes" else p
                   for p in network.populations]
    return replace(network, populations=populations, stimuli=[shown])


@pytest.fixture(scope="module")
def truth() -> Any:
    return eg.simulate(tiny(), 160*ms, backend="reference")


def test_the_whole_loop_is_closed(truth: Any) -> None:
    assert len(truth.spikes["neurons"]) > 600
    assert len(truth.spikes["zones"]) > 10, "zones feed back"
    assert truth.states["neurons"].traces["near"].values.max() == 1
    assert truth.states["zones"].traces["j_neuro"].values.any()
    ip3 = truth.states["astrocytes"].traces["ip3"].values
    assert ip3[-1].max() > ip3[0].max() + 1e-5


def test_feedback_changes_what_neurons_do(truth: Any) -> None:
    cut = eg.simulate(tiny(feedback=False), 160*ms, backend="reference")
    assert not cut.states["neurons"].traces["near"].values.any()
    assert len(cut.spikes["neurons"]) < len(truth.spikes["neurons"])


@pytest.mark.parametrize("backend", ["numba", "torch", "brian2"])
def test_other_backends(backend: str, truth: Any) -> None:
    found = eg.simulate(tiny(), 160*ms, backend=backend)
    # neurons that excite one another spread rounding: 1.1e-9 measured for Brian2 after 1600 steps
    assert differences(found, truth, 1e-7 if backend == "brian2" else TOLERANCE[
        "reference"]) == []


def test_pictures_are_flipped_as_much_as_said() -> None:
    memory = WorkingMemory.published(seed=3)
    shown = memory._shown()
    values = np.asarray(shown.values / mV)
    assert values.shape == (24, 6241)
    for n, row in enumerate(values[:8:2]):
        wrong = np.mean((row > 0) != digit(n).ravel())
        assert wrong == pytest.approx(0.05, abs=1/6241)
    for n, row in zip(memory.tests, values[8::2], strict=True):
        assert np.mean((row > 0) != digit(n).ravel()) == pytest.approx(0.2, abs=1/6241)
    assert set(np.unique(values)) == {0, 8, 80}
    assert not values[1::2].any()
    assert np.allclose(np.asarray(shown.times / ms)[[0, 1, 8, 9]], [500, 700, 2300, 2450])


def test_scores() -> None:
    picture = np.zeros((4, 4), dtype=bool)
    picture[:2] = True
    assert balanced_accuracy(picture, picture) == 1
    assert balanced_accuracy(picture, ~picture) == 0
    assert balanced_accuracy(picture, np.ones((4, 4), dtype=bool)) == 0.5
    counts = {0: np.where(picture, 12, 7), 1: np.where(picture, 7, 12)}
    found = scores([picture, picture], counts, [0])
    assert 7 <= found.threshold < 12
    assert found.mean == 1
    assert found.accuracy[1] == 0
    assert "(new)" in str(found)


def test_digits_are_distinct_and_inside() -> None:
    all_ten = [digit(n) for n in range(10)]
    assert all(0.08 < d.mean() < 0.35 for d in all_ten)
    assert all(not (d[0] | d[-1]).any() and not (d[:, 0] | d[:, -1]).any() for d in all_ten)
    for n, a in enumerate(all_ten):
        for b in all_ten[n + 1:]:
            assert balanced_accuracy(a, b) < 0.9


BLOCK = np.pad(np.ones((5, 5), dtype=bool), 4)


@pytest.mark.parametrize(("changes", "says"), [
    ({"tests": (0, 1)}, r"tests=\(0, 1\) must name some of the 1 pictures"),
    ({"tests": ()}, r"tests=\(\) must name some"),
    ({"tests": (0.5,)}, "tests .* whole numbers"),
    ({"learnt": 2}, "learnt=2"),
    ({"learnt": 1.0}, "learnt=1.0 must be a whole number"),
    ({"pictures": ()}, r"pictures=\(\)"),
    ({"pictures": (digit(0, 14),)}, "3 n"),
    ({"pictures": (BLOCK[1:],)}, r"picture 0 .*shape \(12, 13\).*squares"),
    ({"pictures": (BLOCK, digit(0, 16))}, r"picture 1 .*shape \(16, 16\).*\(13, 13\)"),
    ({"pictures": (BLOCK*0.5,)}, "holds .*0.5.*; pixels are False and True"),
    ({"pictures": ([[1, 0], [1]],)}, "pictures of a working memory: .*square"),
    ({"seed": -1}, "seed=-1"), ({"seed": 0.5}, "seed=0.5")])
def test_what_does_not_fit_is_named(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(eg.DescriptionError, match=says):
        WorkingMemory(**{"pictures": (BLOCK,), "learnt": 1, "tests": (0,), **changes})


@pytest.mark.parametrize(("targets", "says"), [
    (169, "targets of a neuron among 13 x 13=169"), (-1, "=-1"), (2.5, "=2.5"),
    (168, r"targets=168 of neuron \(0, 0\) .* near enough; use fewer")])
def test_more_targets_than_there_are_end_in_an_error(targets: Any, says: str,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "ROUNDS", 2)
    with pytest.raises(eg.DescriptionError, match=says):
        WorkingMemory((BLOCK,), 1, (0,), targets=targets).network()


def test_a_small_grid_reaches_all_of_it() -> None:
    pre, post = wiring.local_targets(4, 15, 5.0, seed=1)
    assert set(zip(pre, post, strict=True)) == {(a, b) for a in range(16) for b in range(16)
                                                if a != b}


def test_pictures_of_numbers_are_those_of_truths() -> None:
    one, other = (WorkingMemory((p,), 1, (0,), targets=4).network() for p in (BLOCK, BLOCK*1.0))
    np.testing.assert_array_equal(np.asarray(one.stimuli[0].values / mV),
                                  np.asarray(other.stimuli[0].values / mV))


def test_tests_wait_until_all_pictures_were_shown() -> None:
    ten = tuple(digit(n, 13) for n in range(10))
    for learnt, first in ((4, 2300), (6, 2300), (7, 2600), (10, 3500)):
        memory = WorkingMemory(ten, learnt, (0, 3), targets=4)
        assert memory.onsets[1] == [first, first + 400]
        assert memory.onsets[0][-1] + 200 < first
        assert memory.duration == (first + 1000)*ms
        assert np.all(np.diff(np.asarray(memory.network().stimuli[0].times / ms)) > 0)


def test_a_score_needs_pictures_that_were_learnt_and_asked_of_once() -> None:
    with pytest.raises(eg.DescriptionError, match="none of them learnt"):
        scores([BLOCK, BLOCK], {1: BLOCK*9}, [0])
    for whole, of in ((np.ones_like(BLOCK), "ink"), (np.zeros_like(BLOCK), "paper")):
        with pytest.raises(eg.DescriptionError, match=f"of {of} alone"):
            scores([whole], {0: whole*9}, [0])
    with pytest.raises(eg.DescriptionError, match=r"tests=\(0, 0\) .*twice"):
        WorkingMemory((BLOCK,), 1, (0, 0)).decode(None)


@pytest.mark.parametrize(("asked", "says"), [
    ({"n": 10}, "digit=10 .* 0 to 9"), ({"n": "1"}, "digit='1'"), ({"size": 0}, "size .*=0"),
    ({"thickness": 0.0}, "thickness=0.0"), ({"thickness": float("nan")}, "thickness=nan")])
def test_there_are_ten_digits(asked: dict[str, Any], says: str) -> None:
    with pytest.raises(eg.DescriptionError, match=says):
        digit(**{"n": 1, **asked})
