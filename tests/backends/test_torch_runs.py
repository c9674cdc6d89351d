"""The torch backend: all scenarios, batches and checkpoints, against the reference, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conformance.compare import differences
from conformance.networks import STEPS, random_numbers, random_structures
from conformance.recorded_cam import CONTENTS, CUES, RECALL_ROWS, RECORDED, spikes, trains
from conformance.scenario import STEP
from conformance.scenarios import SCENARIOS, neuron_spikes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engram as eg
from engram import ms, nA
from engram.models.hippocampus.cam import cam_network

EXACT = 0.0
"""The same operations in the same order: no tolerance."""

SEED = 3


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors wait for threads longer than they are worked on."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("name", SCENARIOS)
def test_torch_is_the_reference_bit_for_bit_also_in_pieces(name: str) -> None:
    s = SCENARIOS[name]
    network = s.build()
    truth = eg.simulate(network, s.duration, backend="reference", seed=SEED)
    assert neuron_spikes(network, truth) >= s.least, "it must spike to mean anything"
    simulation = eg.compile(network, backend="torch", seed=SEED)
    simulation.run(3*ms)
    simulation.run(2*network.dt)
    got = simulation.run(s.duration - 3*ms - 2*network.dt)
    assert differences(got, truth, EXACT) == []
    assert got.digest == truth.digest
    if s.answer is not None:
        s.answer(got)


@given(network=random_numbers())
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_numbers(network: Any) -> None:
    truth = eg.simulate(network, STEPS*STEP, backend="reference", seed=5)
    assert differences(eg.simulate(network, STEPS*STEP, "torch", seed=5), truth, EXACT) == []


@given(network=random_structures())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_random_structures(network: Any) -> None:
    truth = eg.simulate(network, STEPS*STEP, backend="reference", seed=5)
    assert differences(eg.simulate(network, STEPS*STEP, "torch", seed=5), truth, EXACT) == []


def cams(count: int) -> list[Any]:
    """The published network with contents in another order in each copy, the first as recorded."""
    out = []
    for b in range(count):
        order = np.random.default_rng(b).permutation(10) if b else np.arange(10)
        out.append(cam_network(5, 10, trains(CUES),
                               {int(order[n]): k for n, k in trains(CONTENTS).items()}))
    return out


def test_recorded_cam_in_a_batch_of_256_memories() -> None:
    networks = cams(256)
    got = eg.simulate(networks[0], 90*ms, backend="torch", batch=networks, seed=SEED)
    assert len({got[b].digest for b in range(256)}) > 200, "the memories must differ"
    for name, text in RECORDED.items():
        if not name.startswith("output"):
            found = got[0].spikes[name]
            assert set(zip(found.step.tolist(), found.i.tolist(), strict=True)) == spikes(text)
    w = got[0].weights["cue_recall"].matrix("w_sent") / nA
    for cue, row in RECALL_ROWS.items():  # the source gives two decimals
        np.testing.assert_allclose(w[cue], row, atol=0.005)
    for b in (0, 1, 17, 100, 255):
        alone = eg.simulate(networks[b], 90*ms, backend="reference", seed=(SEED + b))
        assert differences(got[b], alone, EXACT) == []


@pytest.mark.parametrize("name", ["poisson_input", "random_release", "random_neurons",
                                  "synapse_three_factor", "stdp_mixed", "timed_values"])
def test_copies_of_a_batch_are_runs_of_their_own(name: str) -> None:
    s = SCENARIOS[name]
    got = eg.simulate(s.build(), s.duration, backend="torch", batch=3, seed=SEED)
    truth = eg.simulate(s.build(), s.duration, backend="reference", batch=3, seed=SEED)
    for mine, own in zip(got, truth, strict=True):
        assert differences(mine, own, EXACT) == []


@pytest.mark.parametrize("name", ["hippocampal_cam", "stdp_mixed", "poisson_input", "own_dynamics",
                                  "refractory_input", "synapse_tsodyks_markram", "clocks"])
def test_snapshots_are_those_of_the_reference(name: str) -> None:
    taken = []
    for backend in ("reference", "torch"):
        simulation = eg.compile(SCENARIOS[name].build(), backend, seed=5)
        simulation.run(6*ms)
        (snapshot,) = simulation.runner.snapshot()
        taken.append(snapshot)
    truth, got = taken
    for mine, own in zip(got.populations, truth.populations, strict=True):
        for field in ("until", "pending", "steps", "indices"):
            np.testing.assert_array_equal(getattr(mine, field), getattr(own, field), err_msg=field)
        for v, x in own.state.items():
            np.testing.assert_array_equal(mine.state[v], x, err_msg=v)
    for mine, own in zip(got.projections, truth.projections, strict=True):
        np.testing.assert_array_equal(mine.last, own.last)
        for part in ("state", "way"):
            assert set(getattr(mine, part)) == set(getattr(own, part))
            for v, x in getattr(own, part).items():
                np.testing.assert_array_equal(getattr(mine, part)[v], x, err_msg=str(v))


@given(network=random_numbers(), stop=st.integers(0, STEPS))
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_resumed_on_and_from_other_backends(tmp_path_factory: Any, network: Any,
                                            stop: int) -> None:
    path: Path = tmp_path_factory.getbasetemp() / "torch.h5"
    truth = eg.simulate(network, STEPS*STEP, backend="reference", seed=5)
    for first, second in (("torch", "reference"), ("reference", "torch"), ("torch", "torch")):
        simulation = eg.compile(network, first, seed=5)
        simulation.run(stop*STEP)
        simulation.checkpoint(path)
        got = eg.resume(path, second).run((STEPS - stop)*STEP)
        assert differences(got, truth, EXACT) == [], (first, second)


def test_values_are_read_and_set_between_runs() -> None:
    runs = []
    for backend in ("reference", "torch"):
        simulation = eg.compile(SCENARIOS["own_dynamics"].build(), backend, seed=5, batch=2)
        simulation.run(5*ms)
        simulation.set("post", "v", 2*simulation.get("post", "v"))
        simulation.set_weights("s", 0.5*simulation.weights("s"))
        runs.append(simulation.run(10*ms))
    for mine, own in zip(runs[1], runs[0], strict=True):
        assert differences(mine, own, EXACT) == []


def test_single_precision_is_near() -> None:
    s = SCENARIOS["neuron_lif_curr_exp"]
    single = eg.simulate(s.build(), s.duration, backend="torch", precision="float32")
    double = eg.simulate(s.build(), s.duration, backend="torch")
    counts = [neuron_spikes(s.build(), r) for r in (single, double)]
    assert counts[0] == pytest.approx(counts[1], rel=0.2)
    first = single.states["cells"].traces["v"].values[:20]
    # 60 steps of rounding at 6e-8 of 65 mV
    np.testing.assert_allclose(first, double.states["cells"].traces["v"].values[:20], rtol=1e-5)
    assert not np.array_equal(first, double.states["cells"].traces["v"].values[:20])


def test_a_device_that_is_not_there() -> None:
    with pytest.raises(eg.DescriptionError, match=r"device='cuda:7'.*devices here: cpu"):
        eg.compile(SCENARIOS["ring"].build(), backend="torch", device="cuda:7")
    with pytest.raises(eg.DescriptionError, match="device='banana'"):
        eg.compile(SCENARIOS["ring"].build(), backend="torch", device="banana")
