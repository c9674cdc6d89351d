"""Operations and bits, counted by brute force: one loop for each product that a memory makes."""

import numpy as np
import pytest

from engram.models.ann.attractor import blocks_of
from engram.models.ann.clique import CliqueAssociator
from engram.models.ann.delta import DeltaMemory
from engram.models.ann.features import polynomial, projection
from engram.models.ann.hopfield import HopfieldMemory
from engram.models.ann.keyvalue import KeyValueMemory
from engram.models.ann.linear import LinearMemory
from engram.models.ann.ridge import RidgeMemory
from engram.models.ann.sdm import SparseDistributedMemory
from engram.models.ann.separation import named
from engram.models.ann.willshaw import WillshawMemory
from engram.models.memory import random_patterns

KINDS = {"unit": "mac", "real": "mac", "bipolar": "sign_flips", "ksparse": "ac"}


class Counter:
    """Counts products: all of them, and those whose first factor is not 0."""

    def __init__(self):
        self.dense = self.effective = 0

    def product(self, a, b):
        self.dense += 1
        self.effective += a != 0
        return a * b

    def matrix(self, weights, x):
        """weights x, counted."""
        return [sum(self.product(x[j], row[j]) for j in range(len(x))) for row in weights]


def drawn(seed, count, size, domain):
    return random_patterns(np.random.default_rng(seed), count, size, domain, 3)


@pytest.mark.parametrize("domain", KINDS)
@pytest.mark.parametrize("make", [LinearMemory, DeltaMemory])
def test_products_of_a_matrix(make, domain):
    ones = 3 if domain == "ksparse" else None
    memory = make(9, 7, domain, active=ones, value_active=ones)
    keys, values = drawn(1, 5, 9, domain), drawn(2, 5, 7, domain)
    written, read = memory.write(keys, values), memory.read(keys[:4]).ops
    write, recall = Counter(), Counter()
    for k in keys:
        if make is DeltaMemory:
            write.matrix(memory.store, k)  # what is there
        for x in k:  # the outer product
            for _ in range(7):
                write.product(x, 1.0)
    for k in keys[:4]:
        recall.matrix(memory.store, k)
    assert (written.dense, getattr(written, KINDS[domain])) == (write.dense, write.effective)
    assert (read.dense, getattr(read, KINDS[domain])) == (recall.dense, recall.effective)
    assert written.weight_updates == 5 * 63
    assert read.bytes_rw == 4 * 63 * 4
    assert memory.state_bits() == memory.store.nbytes * 8


def test_products_of_recursive_least_squares():
    memory = RidgeMemory(6, 4)
    keys, values = drawn(3, 3, 6, "unit"), drawn(4, 3, 4, "unit")
    written, count = memory.write(keys, values), Counter()
    for k in keys:
        count.matrix(memory.covariance, k)
        count.matrix(memory.store, k)
        count.matrix(np.ones((6, 6)), k)  # the update of C
        count.matrix(np.ones((4, 6)), k)  # that of S
    assert written.dense == count.dense
    assert written.mac == count.effective
    assert memory.state_bits() == 8 * (memory.store.nbytes + memory.covariance.nbytes)
    read, recall = memory.read(keys).ops, Counter()
    for k in keys:
        recall.matrix(memory.store, k)
        recall.matrix(memory.covariance, k)  # for the score
    assert (read.dense, read.mac) == (recall.dense, recall.effective)


@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
@pytest.mark.parametrize("steps", [1, 3])
def test_products_of_a_store_read_by_similarity(name, steps):
    memory = KeyValueMemory(8, 5, beta=20.0, separation=named(name))
    keys, values = drawn(5, 6, 8, "unit"), drawn(6, 6, 5, "unit")
    memory.write(keys, values)
    queries = drawn(7, 4, 8, "unit")
    found, count, exps = memory.read(queries, steps=steps), Counter(), 0
    weigh = memory.separation.weigh
    for row, q in enumerate(queries):
        state = q
        for step in range(int(found.info["iterations"][row])):
            scores = np.array(count.matrix(memory.slots[0], state))
            exps += len(scores)
            weights = weigh(20.0 * scores[None])[0]
            if step + 1 < steps:
                state = np.array(count.matrix(memory.slots[0].T, weights))
        count.matrix(memory.slots[1].T, weights)
    assert found.ops.dense == count.dense
    assert found.ops.mac == count.effective
    assert found.ops.exp == exps
    assert memory.state_bits() == 8 * (memory.slots[0].nbytes + memory.slots[1].nbytes)


def test_additions_of_a_hopfield_network():
    x = drawn(8, 3, 12, "bipolar")
    memory = HopfieldMemory(12, blocks=4)
    memory.reset(seed=5)
    written = memory.write(x, x)
    assert written.sign_flips == written.weight_updates == 3 * 12 * 11
    cues = x.copy()
    cues[:, :3] = 0.0
    found, count, updates = memory.read(cues), Counter(), 0
    blocks = blocks_of(12, 4, np.random.default_rng(5))
    for row, cue in enumerate(cues):
        state = cue.copy()
        for _ in range(int(found.info["iterations"][row])):
            for block in blocks:
                h = np.array(count.matrix(memory.couplings[block], state))
                updates += len(block)
                state[block] = np.where(h == 0, state[block], np.sign(h))
    assert (found.ops.dense, found.ops.sign_flips) == (count.dense, count.effective)
    assert found.ops.neuron_updates == updates
    assert memory.state_bits() == 8 * memory.couplings.nbytes


def test_accumulates_of_a_willshaw_matrix():
    keys, values = drawn(9, 4, 20, "ksparse"), drawn(10, 4, 15, "ksparse")
    memory, count = WillshawMemory(20, 15, 3, 3), Counter()
    written, read = memory.write(keys, values), memory.read(keys).ops
    for k in keys:
        count.matrix(np.ones((15, 20)), k)
    assert (read.dense, read.ac) == (count.dense, count.effective)
    assert written.ac == written.weight_updates == 4 * 9
    assert memory.state_bits() == 300
    assert memory.codings()["entropy"] < 300


def test_links_of_a_clique():
    x = drawn(11, 3, 12, "bipolar")
    memory = CliqueAssociator(12, 12, group=3, auto=True)
    written = memory.write(x, x)
    assert written.ac == 3 * 4 * 3, "each of 4 units with the 3 others"
    read = memory.read(x, steps=2).ops
    assert read.dense == 3 * 2 * memory.state_bits()
    assert read.ac == 3 * 2 * 4 * (3 * 8), "two iterations of four units to 24 others"
    linked = memory.network.density() * memory.state_bits()
    assert linked <= 3 * 4 * 3


def test_counters_of_a_sparse_distributed_memory():
    x, y = drawn(12, 3, 16, "bipolar"), drawn(13, 3, 10, "bipolar")
    memory = SparseDistributedMemory(16, 10, locations=30, reach=0.2)
    written, read = memory.write(x, y), memory.read(x).ops
    near = memory.active(x).sum()
    assert near > 3
    assert written.weight_updates == near * 10
    assert written.dense == read.dense == 3 * 30 * 16 + 3 * 30 * 10
    assert read.ac == near * 10
    assert memory.state_bits() == memory.counters.nbytes * 8


@pytest.mark.parametrize("zeros", [0, 3])
def test_products_of_maps(zeros):
    x = drawn(14, 2, 7, "real")
    x[:, :zeros] = 0.0
    cost = polynomial(7, 2).cost(x)
    features = polynomial(7, 2).apply(x)
    assert cost.dense == 2 * features.size
    assert cost.mac == 2 * np.count_nonzero(features)
    count = Counter()
    for row in x:
        count.matrix(np.ones((4, 7)), row)
    cost = projection(7, 4).cost(x)
    assert (cost.dense, cost.mac) == (count.dense, count.effective)
