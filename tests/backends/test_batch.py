"""Copy b of a batch is what it would have been alone, bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backends_available import NUMERIC
from conformance.compare import differences
from conformance.networks import STEPS, random_numbers
from conformance.scenario import STEP
from conformance.scenarios import SCENARIOS
from hypothesis import HealthCheck, given, settings
from tiny import ADD, RELAY, SUM, join, network, sources

import engram as eg
from engram import Hz, ms, mV
from engram.models import HippocampalCAM
from engram.simulator.lower import lower
from engram.simulator.lower_batch import lower_batch

GROWS = eg.SynapseModel("grows", "w : 1", on_pre="w += 0.25; v_post += w", defaults={"w": 0})


def growing(weight: Any = 0.0, times: Any = ((1, 3, 5),), v: float = 0.0) -> eg.Network:
    """Each spike adds a quarter to the weight, which then reaches the sum."""
    return network([sources("in", *times), eg.Population("out", 1, SUM, initial={"v": v})],
                   [join("link", "in", "out", GROWS, initial={"w": np.full(len(times), weight)})],
                   probes=[eg.SpikeProbe("in"), eg.StateProbe("out", "v"),
                           eg.WeightProbe("link", [2, 4]*ms)])


TRIALS = [eg.Trial(), eg.Trial(inputs={"in": sources("in", (2, 4)).model}),
          eg.Trial(initial={"out": {"v": 10}}), eg.Trial(weights={"link": {"w": 0.5}}, seed=9)]


@pytest.mark.parametrize("backend", NUMERIC)
def test_each_copy_has_what_is_its_own(backend: str) -> None:
    run = eg.simulate(growing(), 8*ms, backend, batch=TRIALS)
    np.testing.assert_array_equal([s["v"][-1, 0] for s in run.states["out"]], [1.5, 0.75, 11.5, 3])
    np.testing.assert_array_equal([w["w"][0] for w in run.weights["link"]], [0.75, 0.5, 0.75, 1.25])
    np.testing.assert_array_equal(run.spikes["in"][1].step, [2, 4])
    np.testing.assert_array_equal(run.spikes["in"].counts[:, 0], [3, 2, 3, 3])
    np.testing.assert_array_equal(run.weights["link"][3].history["w"][:, 0], [0.75, 1.0])
    assert [r.provenance["seed"] for r in run] == [0, 1, 2, 9]
    assert (len(run), run[-1].provenance["copy"]) == (4, 3)


@pytest.mark.parametrize("backend", NUMERIC)
def test_a_trial_alone(backend: str) -> None:
    run = eg.simulate(growing(), 8*ms, backend, batch=TRIALS)
    for b, trial in enumerate(TRIALS):
        alone = eg.simulate(trial.network(growing()), 8*ms, backend)
        assert alone.digest == run[b].digest


def test_a_trial_is_found_between_two_networks() -> None:
    other = growing(0.5, ((2, 4),), 3.0)
    trial = eg.Trial.between(growing(), other)
    assert trial.network(growing()).digest == other.digest
    run = eg.simulate(growing(), 8*ms, batch=[growing(), other])
    assert run[1].digest == eg.simulate(other, 8*ms).digest


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_in_a_batch_of_seeds(name: str) -> None:
    """Threads over the copies too; the reference runs each copy's Plan by itself."""
    s = SCENARIOS[name]
    runs = [eg.simulate(s.build(), s.duration, b, seed=3, batch=3, threads=2) for b in NUMERIC]
    assert len(runs[0]) == 3
    for copies in zip(*runs, strict=True):
        for other in copies[1:]:
            assert differences(other, copies[0], 0.0) == []  # the same operations in one order
    assert runs[0][0].digest == eg.simulate(s.build(), s.duration, "reference", seed=3).digest


@given(network=random_numbers())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_networks_in_a_batch(network: Any) -> None:
    truth = eg.simulate(network, STEPS*STEP, "reference", seed=7, batch=2)
    for backend in NUMERIC[1:]:
        for a, b in zip(truth, eg.simulate(network, STEPS*STEP, backend, seed=7, batch=2),
                        strict=True):
            assert differences(b, a, 0.0) == []


def cam(seed: int) -> HippocampalCAM:
    """A memory with random contents, recalled from every cue."""
    rng = np.random.default_rng(seed)
    out = HippocampalCAM(cues=5, contents=10)
    for cue in range(5):
        out = out.learn(cue=cue, content=rng.choice(10, 3, replace=False).tolist())
    for cue in range(5):
        out = out.recall(cue=cue)
    return out


def test_256_memories_with_contents_of_their_own() -> None:
    memories = [cam(seed) for seed in range(256)]
    networks = [m.network() for m in memories]
    run = eg.simulate(networks[0], memories[0].duration, batch=networks, threads=2)
    for m, one in zip(memories, run, strict=True):
        answers = m.decode(one)
        wanted = [set(o.content) for o in m.operations if o.content]
        assert [set(a.content) for a in answers if a.content is not None][-5:] == wanted
    for b in range(0, 256, 37):
        alone = eg.simulate(networks[b], memories[b].duration, "reference")
        assert run[b].digest == alone.digest


def noisy() -> eg.Network:
    """Shared random structure, and initial values, noise and Poisson trains of each copy."""
    cell = eg.NeuronModel("cell", "dv/dt = -v/(5*ms) + xi*(10*ms)**-0.5 : 1", "v > 1", "v = 0",
                          method="euler")
    return eg.Network(
        [eg.Population("in", 6, eg.Poisson(200*Hz)),
         eg.Population("out", 8, cell, initial={"v": "rand()"})],
        [eg.Projection("link", "in", "out", eg.FixedProbability(0.5), ADD,
                       parameters={"w": "0.5*rand()"})],
        probes=[eg.SpikeProbe("in"), eg.SpikeProbe("out"), eg.StateProbe("out", "v")])


@pytest.mark.parametrize("backend", NUMERIC)
def test_copies_draw_from_their_seeds_and_share_what_the_batch_drew(backend: str) -> None:
    simulation = eg.compile(noisy(), backend, seed=4, batch=3)
    start = simulation.get("out", "v")
    run = simulation.run(50*ms)
    assert not np.array_equal(start[0], start[1])
    assert len({r.digest for r in run}) == 3
    assert simulation.weights("link").ndim == 1  # shared
    assert run[0].digest == eg.simulate(noisy(), 50*ms, backend, seed=4).digest
    again = eg.simulate(noisy(), 50*ms, backend, seed=4, batch=[eg.Trial(seed=6)])
    assert again[0].digest == run[2].digest
    alone = eg.simulate(noisy(), 50*ms, backend, seed=6)
    np.testing.assert_array_equal(alone.spikes["in"].step, run[2].spikes["in"].step)


@pytest.mark.parametrize("backend", NUMERIC)
def test_values_are_read_and_set_by_copy(backend: str) -> None:
    simulation = eg.compile(growing(), backend, batch=3)
    simulation.run(2*ms)
    np.testing.assert_array_equal(simulation.weights("link"), [[0.25]]*3)
    simulation.set_weights("link", [[1.0], [2.0], [3.0]])
    simulation.set("out", "v", 5)
    run = simulation.run(2*ms)
    np.testing.assert_array_equal(run.weights["link"][2]["w"], [3.25])
    simulation.set("out", "v", [[0], [1], [2]])
    np.testing.assert_array_equal(simulation.get("out", "v"), [[0], [1], [2]])
    with pytest.raises(eg.DescriptionError, match=r"an array \(3, 1\)"):
        simulation.set("out", "v", [[0], [1]])


def test_saved_and_loaded(tmp_path: Path) -> None:
    run = eg.simulate(growing(), 8*ms, batch=TRIALS)
    run.save(tmp_path/"batch.h5")
    back = eg.BatchResults.load(tmp_path/"batch.h5")
    assert [r.digest for r in back] == [r.digest for r in run]
    assert [r.provenance["seed"] for r in back] == [0, 1, 2, 9]
    with pytest.raises(eg.ArchiveError):
        eg.Results.load(tmp_path/"batch.h5")
    run[1].save(tmp_path/"one.h5")
    assert eg.Results.load(tmp_path/"one.h5").digest == run[1].digest
    with pytest.raises(eg.ArchiveError, match="no batch"):
        eg.BatchResults.load(tmp_path/"one.h5")


def test_buffers_that_overflow_at_different_steps(monkeypatch: Any) -> None:
    """Copies that return early are called again until all have arrived."""
    monkeypatch.setattr("engram.backends.numba.runner.SPIKES", 40)
    busy = network([sources("in", *[tuple(range(50))]*4), eg.Population("out", 4, RELAY)],
                   [join("link", "in", "out", ADD, eg.OneToOne())])
    quiet = eg.Trial(inputs={"in": sources("in", (3,), (), (), ()).model})
    run = eg.simulate(busy, 50*ms, batch=[eg.Trial(), quiet])
    assert [len(s.step) for s in run.spikes["out"]] == [4*49, 1]
    assert run[0].digest == eg.simulate(busy, 50*ms, "reference").digest


POISSON = eg.Population("in", 1, eg.Poisson(10*Hz))
WRONG = [
    (0, r"batch=0 must be a whole number from 1"),
    (True, r"batch=True must be a whole number"),
    ([], r"batch=\[\] holds no copy"),
    (2.5, r"batch=2.5 must be a whole number"),
    ([3], r"batch holds 3; give a number of copies, or a list of Trials"),
    ([eg.Trial(inputs={"nobody": eg.Poisson(1*Hz)})], r"copy 0 of the batch.*no population"),
    ([eg.Trial(), eg.Trial(inputs={"in": eg.Poisson(1*Hz)})], r"copy 1.*share the kind"),
    ([eg.Trial(initial={"out": {"u": 1}})], r"copy 0.*'u'"),
    ([eg.Trial(initial={"out": {"v": [1, 2]}})], r"copy 0.*shape \(2,\)"),
    ([eg.Trial(initial={"out": {"v": 1*mV}})], r"copy 0"),
    ([eg.Trial(weights={"link": {"w": np.nan}})], r"copy 0.*NaN"),
    ([growing(times=((1,), (2,)))], r"copies share their structure|size"),
]


@pytest.mark.parametrize(("batch", "words"), WRONG)
def test_what_is_wrong_with_a_batch_is_said(batch: Any, words: str) -> None:
    with pytest.raises(eg.EngramError, match=words):
        eg.simulate(growing(), 8*ms, batch=batch)


def test_parameters_are_shared() -> None:
    leaky = eg.NeuronModel("leaky", "dv/dt = -v/tau : 1\ntau : second", defaults={"tau": 1*ms})
    net = eg.Network([eg.Population("a", 1, leaky)], probes=[eg.StateProbe("a", "v")])
    with pytest.raises(eg.EngramError, match=r"'tau' does not change in a run, so copies share"):
        eg.simulate(net, 1*ms, batch=[eg.Trial(initial={"a": {"tau": 2*ms}})])


def test_brian2_refuses_a_batch() -> None:
    with pytest.raises(eg.UnsupportedError, match="run the trials one by one"):
        eg.simulate(growing(), 8*ms, "brian2", batch=2)


def test_copy_plans_hold_what_was_given() -> None:
    plan = lower_batch(growing(), lower(growing()), TRIALS)
    np.testing.assert_array_equal(plan.copy(1).populations[0].steps, [2, 4])
    assert plan.copy(3).seed == 9
    assert plan.copy(2).copies == ()
    assert plan.copies[0].state == {}
