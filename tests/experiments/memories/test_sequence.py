"""Memories as layers and layers as memories: what one can do, the other does too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engram.experiments.memories.rules import check
from engram.experiments.memories.sequence import AsMemory, AsSequence, unprojected
from engram.models import layers
from engram.models.ann.linear import LinearMemory
from engram.models.layers.heads import fold, seeded
from engram.models.memory import (
    AssociativeMemory,
    Need,
    NotWritable,
    SequenceMemory,
    random_patterns,
)
from engram.simulator.errors import DescriptionError

DIM = 16
WIDTH = 2 * DIM + 1


def pairs(count: int, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return tuple(random_patterns(rng, count, DIM, "unit") for _ in range(2))


def memory(kind: str) -> AsMemory:
    with seeded(0):
        layer = {"linear": lambda: layers.LinearAttention(WIDTH),
                 "attention": lambda: layers.SoftmaxAttention(WIDTH, length=40),
                 "delta": lambda: layers.DeltaNet(WIDTH, norm=False),
                 "titans": lambda: layers.Titans(WIDTH, norm=False),
                 "gru": lambda: layers.Recurrent(WIDTH)}[kind]()
        return AsMemory((layer if kind == "gru" else unprojected(layer, DIM, DIM)).double(), DIM,
                        DIM)


def test_unprojected_linear_attention_is_the_linear_memory() -> None:
    keys, values = pairs(20)
    mine, theirs = memory("linear"), LinearMemory(DIM, DIM)
    for each in (mine, theirs):
        each.write(keys, values)
    # theirs holds float32
    np.testing.assert_allclose(mine.read(keys).info["graded"], theirs.read(keys).info["graded"],
                               atol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "attention", "delta", "titans", "gru"])
def test_reads_are_pure_and_writes_one_by_one_are_writes_together(kind: str) -> None:
    keys, values = pairs(6)
    together, apart = memory(kind), memory(kind)
    assert isinstance(together, AssociativeMemory)
    written = together.write(keys, values)
    assert written.mac > 0
    assert written.timesteps == 6
    for key, value in zip(keys, values, strict=True):
        apart.write(key, value)
        apart.read(keys)
    first, again = together.read(keys), together.read(keys)
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_allclose(apart.read(keys).info["graded"], first.info["graded"], atol=1e-12)
    kept = together.snapshot()
    together.write(values, keys)
    assert np.abs(together.read(keys).info["graded"] - first.info["graded"]).max() > 1e-3
    together.restore(kept)
    np.testing.assert_array_equal(together.read(keys).values, first.values)
    together.reset()
    assert np.abs(together.read(keys).info["graded"]).max() < np.abs(first.info["graded"]).max()


@pytest.mark.parametrize(("kind", "recalled"), [("linear", 0.9), ("attention", 0.9),
                                                ("delta", 0.7), ("titans", 0.7)])
def test_untrained_layers_recall_pairs(kind: str, recalled: float) -> None:
    """Chance is 0.25. The delta rule overwrites a sixteenth of each pair with every other."""
    keys, values = pairs(4, seed=2)
    it = memory(kind)
    it.write(keys, values)
    found = it.read(keys).info["graded"]
    hits = float(((found @ values.T).argmax(1) == np.arange(4)).mean())
    assert hits >= recalled


@pytest.mark.parametrize(("name", "options"), [
    ("LinearAttention", {}), ("SoftmaxAttention", {"length": 12}), ("DeltaNet", {"norm": False}),
    ("Titans", {}), ("Titans", {"chunk": 8})])
def test_a_layer_as_a_memory_keeps_the_rules_of_comparison(name: str, options: Any) -> None:
    def built(need: Need) -> AsMemory:
        width = need.key_dim + need.value_dim + 1
        with seeded(need.seed):
            layer = getattr(layers, name)(width, **options)
        return AsMemory(unprojected(layer, need.key_dim, need.value_dim), need.key_dim,
                        need.value_dim, need.domain)
    verdicts = check(built, Need(16, 16, "unit", 12))
    assert [str(v) for v in verdicts if not v.ok] == []
    assert len(verdicts) == 7


def test_a_memory_as_a_layer_is_linear_attention() -> None:
    with seeded(1):
        layer, x = layers.LinearAttention(8).double(), torch.randn(3, 10, 8).double()
    q, k, v = layer.qkv.weight.detach().chunk(3)
    layer.out.weight.data = torch.eye(8).double()
    mine = AsSequence(LinearMemory(8, 8, "real"), q / 8 ** 0.5, k, v)
    assert isinstance(mine, SequenceMemory)
    y, state = mine.forward(x)
    # the memory holds float32
    torch.testing.assert_close(y, layer(x)[0].detach(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(fold(mine, x)[0], y)
    then, _ = mine.forward(x[:, 6:], mine.forward(x[:, :6])[1])
    torch.testing.assert_close(then, y[:, 6:])
    assert len(state) == 3
    assert mine.ops.weight_updates > 0


def test_a_gate_says_which_tokens_are_written_and_how_strongly() -> None:
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 3, 4)))
    one = np.eye(4)
    shut = AsSequence(LinearMemory(4, 4, "real"), one, one, one, gate=lambda token: 0.0)
    assert float(shut.forward(x)[0].abs().max()) == 0.0
    half = AsSequence(LinearMemory(4, 4, "real"), one, one, one, gate=lambda token: 0.5)
    full = AsSequence(LinearMemory(4, 4, "real"), one, one, one)
    torch.testing.assert_close(2 * half.forward(x)[0], full.forward(x)[0], rtol=1e-6, atol=1e-6)


def test_there_and_back_is_the_memory_itself() -> None:
    keys, values = pairs(9)
    pick_key, pick_value = np.eye(DIM, WIDTH), np.eye(WIDTH)[DIM:-1]
    plain = LinearMemory(DIM, DIM, "real")
    layer = AsSequence(LinearMemory(DIM, DIM, "real"), pick_key, pick_key, pick_value,
                       gate=lambda token: token[-1])
    plain.write(keys, values)
    state = layer.forward(np.concatenate([keys, values, np.ones((9, 1))], 1)[None])[1]
    asked = np.concatenate([keys[:1], np.zeros((1, DIM + 1))], 1)[None]
    # the store is float32, and pairs written together may be summed in another order
    np.testing.assert_allclose(layer.forward(asked, state)[0][0, 0], plain.read(keys[:1]).values[0],
                               atol=1e-6)


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(NotWritable, match="GAM: its store is learnt in training"):
        AsMemory(layers.GAM(WIDTH), DIM, DIM).write(*pairs(1))
    assert not AsMemory(layers.GAM(WIDTH), DIM, DIM).spec.writable
    with pytest.raises(DescriptionError, match="cannot be told to forget"):
        memory("linear").forget(rate=0.5)
    with pytest.raises(DescriptionError, match="2 keys and 1 values"):
        memory("linear").write(pairs(2)[0], pairs(1)[1])
    with pytest.raises(DescriptionError, match=r"wv of shape \(3, 5\); .* \(4, width\)"):
        AsSequence(LinearMemory(4, 4), np.zeros((4, 5)), np.zeros((4, 5)), np.zeros((3, 5)))
    with pytest.raises(DescriptionError, match=r"of widths \[5, 6\]"):
        AsSequence(LinearMemory(4, 4), np.zeros((4, 5)), np.zeros((4, 6)), np.zeros((4, 5)))
    layer = AsSequence(LinearMemory(4, 4), *np.zeros((3, 4, 5)))
    for tokens in (np.zeros((2, 3, 6)), np.zeros((2, 0, 5)), np.zeros((3, 5))):
        with pytest.raises(DescriptionError, match=r"\(batch, time, 5\)"):
            layer.forward(tokens)
    with pytest.raises(DescriptionError, match=r"strength of shape \(3,\)"):
        memory("linear").write(*pairs(2), strength=[1.0, 1.0, 1.0])
    with pytest.raises(DescriptionError, match="a width of 9, not 1 and 8"):
        unprojected(layers.LinearAttention(8), 4, 4)
