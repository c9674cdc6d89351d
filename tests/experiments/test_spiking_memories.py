"""Spiking memories as memories: the same on every backend, equal to what they stand for, counted
spike by spike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engram.backends.simulation import simulate
from engram.experiments.memories.budget import built
from engram.experiments.memories.catalogue import MEMORIES, find
from engram.experiments.memories.coded import Coded
from engram.experiments.memories.rules import small_need
from engram.experiments.memories.spiking.astrocyte import STEPS, AstrocyteMemory
from engram.experiments.memories.spiking.bcpnn import SpikingBCPNNMemory
from engram.experiments.memories.spiking.cam import BITS, OPERATION, HippocampalCAMMemory
from engram.experiments.memories.spiking.hopfield import SpikingHopfieldMemory
from engram.experiments.memories.spiking.runs import run_one, spike_times
from engram.experiments.memories.spiking.sparse import SparseHippocampusMemory
from engram.experiments.memories.spiking.willshaw import SpikingWillshawMemory
from engram.experiments.memories.spiking.working_memory import AstrocyteWorkingMemory
from engram.experiments.tasks.items import flipped, hidden
from engram.models.ann.hopfield import HopfieldMemory
from engram.models.ann.willshaw import WillshawMemory
from engram.models.astrocyte.associative import NeuronAstrocyteMemory
from engram.models.astrocyte.associative_network import memory_network, steps_of
from engram.models.hebbian.bcpnn import Bcpnn
from engram.models.hebbian.willshaw import Willshaw
from engram.models.memory import CannotDo, random_patterns
from engram.models.neurons import LIF_DELTA
from engram.models.synapses import static
from engram.simulator.connectors import FromArrays
from engram.simulator.errors import DescriptionError
from engram.simulator.network import Network, Population, Projection
from engram.simulator.probes import StateProbe
from engram.simulator.units import UNITS

ms, mV = UNITS["ms"], UNITS["mV"]


def patterns(seed: int, count: int, size: int, domain: Any = "ksparse",
             ones: int | None = 4) -> Any:
    return random_patterns(np.random.default_rng(seed), count, size, domain,
                           ones if domain == "ksparse" else None)


def made(name: str, backend: str) -> tuple[Any, Any, Any, Any]:
    """A small memory, with keys, values and cues for it."""
    need = replace(small_need(find(name)), items=3, backend=backend)
    memory = find(name).build(need)
    memory.reset(seed=0)
    keys = patterns(1, 3, 16, need.domain, need.active)
    values = keys if need.auto else patterns(2, 3, 16, need.domain, need.value_active)
    return memory, keys, values, flipped(np.random.default_rng(3), keys, 0.1, need.domain)


SAME = ["spiking-willshaw", "spiking-hopfield", "hippocampal-cam", "sparse-hippocampus", "bcpnn"]


@pytest.mark.parametrize("other", ["reference", "torch"])
@pytest.mark.parametrize("name", SAME)
def test_backends_learn_and_recall_the_same(name: str, other: str) -> None:
    told = {}
    for backend in ("numba", other):
        memory, keys, values, cues = made(name, backend)
        written = memory.write(keys, values)
        read = memory.read(cues)
        told[backend] = (memory.snapshot(), read.values, read.score, written, read.ops)
    a, b = told["numba"], told[other]
    for part, array in a[0].items():
        np.testing.assert_array_equal(array, b[0][part], err_msg=part)
    np.testing.assert_array_equal(a[1], b[1])
    np.testing.assert_array_equal(a[2], b[2])
    assert a[3:] == b[3:], "and every operation is counted the same"
    assert a[1].any(), "something must be recalled to mean anything"


@pytest.mark.parametrize("name", ["spiking-willshaw", "spiking-hopfield"])
def test_brian2_agrees(name: str) -> None:
    told = []
    for backend in ("numba", "brian2"):
        memory, keys, values, _ = made(name, backend)
        memory.write(keys, values)
        read = memory.read(keys[:2])
        told.append((read.values, read.score, read.ops, memory.snapshot()))
    np.testing.assert_array_equal(told[0][0], told[1][0])
    np.testing.assert_array_equal(told[0][1], told[1][1])
    assert told[0][2] == told[1][2]
    for part, array in told[0][3].items():
        np.testing.assert_array_equal(array, told[1][3][part])


# -- Willshaw ------------------------------------------------------------------------------------
@pytest.mark.parametrize("pairs", [4, 40, 90])
@pytest.mark.parametrize("wrong", [0, 2])
def test_spiking_willshaw_is_the_matrix(pairs: int, wrong: int) -> None:
    """Same synapses, and in volley m fires what lacks m of the cue's ones at most."""
    keys, values = patterns(0, pairs, 40, ones=5), patterns(1, pairs, 40, ones=5)
    rng = np.random.default_rng(2)
    cues = np.vstack([keys[:4], flipped(rng, keys[:4], 0.4, "ksparse"),
                      hidden(rng, keys[:4], 0.4, "ksparse"), np.zeros((1, 40))])
    spiking, matrix = SpikingWillshawMemory(40, 40, 5, wrong=wrong), Willshaw(40, 40)
    spiking.write(keys, values)
    matrix.learn(keys.astype(bool), values.astype(bool))
    np.testing.assert_array_equal(spiking.store, matrix.matrix())
    read = spiking.read(cues)
    lacking = cues.sum(1, keepdims=True) - matrix.sums(cues.astype(bool))
    ones = cues.sum(1, keepdims=True)
    volleys = np.maximum(np.minimum(wrong + 1, ones) - lacking, 0)
    assert not volleys[-1].any(), "no spike of a key, no spike of an output"
    np.testing.assert_array_equal(read.info["graded"], volleys)
    np.testing.assert_array_equal(read.info["threshold"][:-1],
                                  matrix.recall(cues.astype(bool))[:-1])


def test_spiking_willshaw_completes_as_the_array_memory_does() -> None:
    keys = patterns(5, 60, 48, ones=5)
    cues = flipped(np.random.default_rng(1), keys, 0.2, "ksparse")
    spiking = SpikingWillshawMemory(48, 48, 5, wrong=4, auto=True)
    array = WillshawMemory(48, 48, 5, auto=True)
    for memory in (spiking, array):
        memory.write(keys, keys)
    a, b = spiking.read(cues), array.read(cues)
    np.testing.assert_array_equal(a.info["iterations"], b.info["iterations"])
    np.testing.assert_array_equal(a.values, b.values)


def test_a_store_of_one_bit_synapses_is_declared_as_that() -> None:
    memory = SpikingWillshawMemory(30, 20, 4)
    memory.write(patterns(0, 6, 30), patterns(1, 6, 20))
    assert memory.store.dtype == bool
    assert memory.state_bits() == 600
    share = memory.store.mean()
    entropy = -600 * (share * np.log2(share) + (1 - share) * np.log2(1 - share))
    assert memory.codings()["entropy"] == int(np.ceil(entropy))


# -- operations -----------------------------------------------------------------------------------
def test_operations_are_spikes_times_fan_out() -> None:
    """Two sources fire 2 and 1 times, with 3 and 1 synapses that are not zero, into 4 neurons."""
    network = Network(
        [Population("source", 2, spike_times([(0, 0), (0, 5), (1, 2)])),
         Population("cells", 4, LIF_DELTA)],
        [Projection("wires", "source", "cells",
                    FromArrays(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 2, 3])),
                    static("v", "volt"), {"w": np.array([1, 1, 1, 1, 0]) * mV}, delay=1*ms)],
        dt=1*ms)
    run, tally = run_one(network, 10, "numba")
    ops = tally.ops(run, 10, bits=16)
    assert ops.spikes == 3, "the cells must stay silent for the count to be known"
    assert ops.ac == 2 * 3 + 1 * 1
    assert ops.neuron_updates == 4 * 10
    assert ops.dense == 5 * 10
    assert ops.weight_updates == 0
    assert ops.timesteps == 10
    assert ops.bytes_rw == 7 * 16 / 8
    assert tally.ops(run, 3).ac == 3 + 1, "of the first 3 steps"


def test_learning_events_are_counted_on_both_sides() -> None:
    """A pair of 2 and 3 ones in 6 by 5: the key's spikes see 5 synapses each, the value's 6."""
    memory = SpikingWillshawMemory(6, 5, 2, 3)
    key, value = np.zeros((1, 6)), np.zeros((1, 5))
    key[0, [0, 3]], value[0, [1, 2, 4]] = 1, 1
    ops = memory.write(key, value)
    assert memory.store.sum() == 6
    assert ops.weight_updates == 2 * 5 + 3 * 6
    assert ops.spikes == 2 + 3 + 3, "key, teachers, outputs"
    # each key spike: 5 inhibitory synapses and the 3 that are on in the end; each teacher one
    assert ops.ac == 2 * (5 + 3) + 3
    assert ops.timesteps == memory.spec.timesteps_write


# -- hippocampus ----------------------------------------------------------------------------------
def test_the_cam_finds_the_nearest_key_and_tells_how_near() -> None:
    keys, values = patterns(3, 8, 20, ones=4), patterns(4, 8, 20, ones=4)
    memory = HippocampalCAMMemory(20, 20, 8, 4, 4)
    memory.write(keys, values)
    cues = hidden(np.random.default_rng(0), keys, 0.25, "ksparse")
    shared = cues @ keys.T
    sure = (np.sort(shared, axis=1)[:, -1] > np.sort(shared, axis=1)[:, -2])
    assert sure.sum() >= 4, "cues that belong to one key must be there to mean anything"
    read = memory.read(cues)
    np.testing.assert_array_equal(read.values[sure], values[shared.argmax(1)[sure]])
    np.testing.assert_array_equal(read.score, shared.max(1) / cues.sum(1))
    silent = memory.read(np.zeros((1, 20)))
    assert silent.values.sum() == 0
    assert silent.score[0] == 0


def test_a_full_cam_forgets_the_oldest() -> None:
    keys, values = patterns(6, 6, 16, ones=3), patterns(7, 6, 16, ones=3)
    memory = HippocampalCAMMemory(16, 16, 4, 3, 3)
    memory.write(keys, values)
    read = memory.read(keys)
    assert (read.score[:2] < 1).all(), "the first two are gone"
    assert (read.score[2:] == 1).all()
    np.testing.assert_array_equal(read.values[2:], values[2:])


def test_weights_of_the_cam_have_the_boards_sixteen_bits() -> None:
    memory = HippocampalCAMMemory(16, 16, 4, 3, auto=True)
    memory.write(patterns(6, 4, 16, ones=3), patterns(6, 4, 16, ones=3))
    assert {w.dtype for w in memory.weights.values()} == {np.dtype(np.uint16)}
    assert memory.state_bits() == 2 * 4 * 16 * BITS
    assert memory.spec.timesteps_read == 4 * OPERATION


def test_the_sparse_hippocampus_is_a_table_that_can_be_rewritten() -> None:
    memory = SparseHippocampusMemory(7, 12, 3)
    keys, values = np.eye(7), patterns(8, 7, 12, ones=3)
    memory.write(keys, values)
    np.testing.assert_array_equal(memory.read(keys).values, values)
    memory.write(keys[:2], values[4:6])
    np.testing.assert_array_equal(memory.read(keys[:3]).values, values[[4, 5, 2]])
    memory.forget(keys=keys[3:4])
    assert memory.read(keys).score.tolist() == [1, 1, 1, 0, 1, 1, 1]


def test_the_sparse_hippocampus_does_signs_by_two_rails() -> None:
    need = replace(small_need(find("sparse-hippocampus")), domain="bipolar", active=None,
                   value_active=None, items=3)
    memory = find("sparse-hippocampus").build(need)
    assert isinstance(memory, Coded)
    keys, values = patterns(1, 3, 16, "bipolar"), patterns(2, 3, 16, "bipolar")
    memory.write(keys, values)
    cue = memory.keys.encode(keys)[0].argmax(axis=1)
    assert len(set(cue)) == 3, "keys must not share a cue here"
    np.testing.assert_array_equal(memory.read(keys).values, values)


# -- attractors -----------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [2, 8])
def test_spiking_hopfield_takes_the_parallel_sweeps(count: int) -> None:
    x = patterns(1, count, 33, "bipolar")  # 32 couplings a neuron: an even sum, 0 in places
    cues = flipped(np.random.default_rng(2), x, 0.2, "bipolar")
    spiking, array = SpikingHopfieldMemory(33), HopfieldMemory(33, blocks=1)
    for memory in (spiking, array):
        memory.write(x, x)
    field = cues @ array.couplings
    decided = (field != 0).all(axis=1)
    assert decided.any(), "a field of 0 is silence here and no change there"
    one, two = (m.read(cues[decided], steps=1).values for m in (spiking, array))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(spiking.store.couplings, array.couplings)


def test_astrocytes_as_the_model_integrates_them() -> None:
    x = patterns(3, 4, 24, "bipolar")
    cues = flipped(np.random.default_rng(4), x, 0.2, "bipolar")
    memory, model = AstrocyteMemory(24), NeuronAstrocyteMemory(x)
    memory.write(x, x)
    read = memory.read(cues)
    # one cue may end in a pattern's negative; the model must say the same
    np.testing.assert_array_equal(read.values, [model.recall(c, 200) for c in cues])
    assert (read.info["iterations"] <= 200).all()
    assert memory.state_bits() == 4 * 24
    assert memory.codings()["transport tensor"] == 32 * 24**4


def test_astrocytes_as_a_network_of_the_core_takes_the_same_steps() -> None:
    x = patterns(6, 2, 12, "bipolar")
    cue = flipped(np.random.default_rng(7), x, 0.2, "bipolar")[0]
    memory = AstrocyteMemory(12)
    memory.write(x, x)
    network = memory_network(NeuronAstrocyteMemory(x), cue, [StateProbe("neurons", ["x"])])
    states = simulate(network, steps_of(STEPS)).states["neurons"]["x"]
    found = memory.read(cue[None])
    np.testing.assert_array_equal(np.where(states[-1] < 0, -1, 1), found.values[0])
    # the memory stops where a step changes 1e-4 of the largest; a hundred of them are 1 %
    last = np.tanh(5.0 * states[-1])
    np.testing.assert_allclose(last, found.info["graded"][0], atol=0.01)


def test_bcpnn_learns_what_counting_says() -> None:
    """The probabilities that lessons leave are those of the rule without spikes."""
    x = patterns(5, 3, 40, "bipolar")
    memory, counted = SpikingBCPNNMemory(40, 0.08), Bcpnn(40, 2, 0.08)
    memory.write(x, x)
    counted.learn((x > 0).astype(np.int64))
    # traces of 20 ms that are raised every 10 ms are within 5 % of their mean when kappa comes on,
    # and lessons move probabilities by 0.5 * (1 - 0.92^3) = 0.11 at most
    for p in memory.p:
        np.testing.assert_allclose(p, counted.p, atol=0.05 * 0.11)
    np.testing.assert_allclose(memory.p_joint, counted.p_joint[memory.pre, memory.post],
                               atol=0.05 * 0.11)
    read = memory.read(flipped(np.random.default_rng(1), x, 0.1, "bipolar"))
    np.testing.assert_array_equal(read.values, x)
    np.testing.assert_array_equal(read.score, [0.9, 0.9, 0.9])


def test_calcium_completes_what_was_shown() -> None:
    """Every other pixel of a square makes the others fire if the square was seen before, and not
    if all but the square was."""
    square = np.zeros((19, 19))
    square[3:16, 3:16] = 1
    cue = square * (np.indices((19, 19)).sum(axis=0) % 2)
    fired = []
    for shown in (square, 1 - square):
        memory = AstrocyteWorkingMemory(361, 1, seed=2)
        memory.write(shown.reshape(1, -1), shown.reshape(1, -1))
        read = memory.read(cue.reshape(1, -1))
        fired.append(read.info["graded"][0][(square > cue).ravel()].sum())
    assert fired[0] > 3 * fired[1]


def test_the_working_memory_is_the_whole_network_and_runs_out_of_time() -> None:
    x = patterns(3, 6, 49, "binary")
    memory = AstrocyteWorkingMemory(49, 1)
    assert memory.state_bits() == 0
    memory.write(x[:1], x[:1])
    state = memory.state
    numbers = sum(v.size for part in (*state.populations, *state.projections)
                  for v in part.state.values())
    assert memory.state_bits() >= 64 * numbers
    with pytest.raises(DescriptionError, match="6 pictures; it was made for 1"):
        memory.write(x[1:], x[1:])


# -- refusals -------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "change", "match"), [
    ("spiking-willshaw", {"domain": "bipolar"}, "sparse flags"),
    ("spiking-willshaw", {"backend": "spinnaker"}, "one-shot coincidence"),
    ("hippocampal-cam", {"items": 513}, "513 cues"),
    ("hippocampal-cam", {"backend": "norse"}, "'norse': .*more\\)"),
    ("sparse-hippocampus", {"domain": "unit"}, "not 'unit'"),
    ("spiking-hopfield", {"auto": False}, "stores no pairs"),
    ("spiking-hopfield", {"domain": "unit"}, "not 'unit'"),
    ("bcpnn", {"items": 10**6}, "in all; 1.3e\\+09 at most"),
    ("neuron-astrocyte", {"items": 10**6}, "1.3e\\+09 at most"),
    ("astrocyte-working-memory", {"items": 17}, "17 pictures of 16"),
    ("astrocyte-working-memory", {"domain": "bipolar"}, "no 'bipolar'"),
    ("astrocyte-working-memory", {"backend": "brian2"}, "state .* cannot be read")])
def test_what_cannot_be_built_says_why_before_any_work(name, change, match) -> None:
    with pytest.raises(CannotDo, match=match):
        find(name).build(replace(small_need(find(name)), **change))


def test_keys_with_other_ones_are_refused() -> None:
    memory = SpikingWillshawMemory(16, 16, 3)
    with pytest.raises(DescriptionError, match="2 ones; a pattern here has 3"):
        memory.write(patterns(0, 1, 16, ones=2), patterns(1, 1, 16, ones=3))
    with pytest.raises(DescriptionError, match="3 wrong ones of 3"):
        SpikingWillshawMemory(16, 16, 3, wrong=3)


@pytest.mark.parametrize("name", [e.name for e in MEMORIES.values()
                                  if e.spiking and e.role == "associative"])
def test_a_strength_that_nothing_can_be_done_with_is_refused(name: str) -> None:
    need = small_need(MEMORIES[name])
    memory = built(MEMORIES[name], need)
    memory.reset(seed=0)
    x = random_patterns(np.random.default_rng(0), 1, need.key_dim, need.domain, need.active)
    before = memory.snapshot()
    with pytest.raises(DescriptionError, match="leave strength out"):
        memory.write(x, x, strength=0.5)
    assert repr(memory.snapshot()) == repr(before)
