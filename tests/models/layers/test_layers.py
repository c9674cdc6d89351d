"""Every memory layer: forward is folded step, from any state, causal, with a gradient."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch

from engram.experiments.memories.entry import LayerNeed
from engram.experiments.memories.layer_entries import ENTRIES
from engram.models import layers
from engram.models.layers.heads import fold, seeded
from engram.models.memory import SequenceMemory
from engram.simulator.errors import DescriptionError, MissingPackageError

WIDTH, TIME = 12, 70
"""Longer than two chunks of any layer"""
VARIANTS: dict[str, Any] = {
    **{entry.name: lambda e=entry: e.build(LayerNeed(WIDTH, TIME, 3)) for entry in ENTRIES},
    "attention of 3 heads": lambda: layers.SoftmaxAttention(WIDTH, heads=3),
    "linear of 2 heads": lambda: layers.LinearAttention(WIDTH, heads=2, feature="elu"),
    "delta of 3 heads, to -1": lambda: layers.DeltaNet(WIDTH, heads=3, gated=True, negative=True),
    "hopfield of 2 heads, 3 steps": lambda: layers.Hopfield(WIDTH, heads=2, steps=3, beta=2.0),
    "pooling of 2 heads": lambda: layers.HopfieldPooling(WIDTH, heads=2),
    "titans a token at a time": lambda: layers.Titans(WIDTH, norm=False),
    "titans network a token at a time": lambda: layers.TitansMLP(WIDTH, chunk=1),
    "titans in chunks": lambda: layers.Titans(WIDTH, heads=2, chunk=8),
    "titans of 3 matrices": lambda: layers.TitansMLP(WIDTH, depth=3, chunk=5),
    "mosaic of 3 heads": lambda: layers.MemoryMosaic(WIDTH, heads=3),
    "window of 4": lambda: layers.ShortConvolution(WIDTH, kernel=4),
}
SMOOTH = sorted(set(VARIANTS) - {"associative-leaky", "state-leaky"})
"""Spikes have a surrogate gradient, which no difference of values agrees with"""
ROUNDING = 1e-9
"""Float64 keeps 1e-16; sums of 70 tokens and triangular systems lose some digits, 1e-13 measured"""


def made(name: str) -> Any:
    with seeded(0):
        return VARIANTS[name]().double()


def tokens(batch: int = 3, time: int = TIME, seed: int = 1) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((batch, time, WIDTH)))


def same(a: Any, b: Any) -> None:
    torch.testing.assert_close(a, b, rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize("name", VARIANTS)
def test_forward_is_folded_step_and_goes_on_from_any_state(name: str) -> None:
    layer, x = made(name), tokens()
    assert isinstance(layer, SequenceMemory)
    y, state = layer(x)
    assert y.shape == x.shape
    assert float(y.detach().std()) > 1e-3, "a layer that says nothing passes every test"
    same((y, state), fold(layer, x))
    said, now = [], None
    for piece in x.split([1, 1, 39, 29], 1):
        out, now = layer(piece, now)
        said.append(out)
    same((torch.cat(said, 1), now), (y, state))


@pytest.mark.parametrize("name", VARIANTS)
def test_what_comes_later_changes_nothing_before_and_sequences_are_apart(name: str) -> None:
    layer, x = made(name), tokens()
    changed = x.clone()
    changed[1, 50] += 5.0
    a, b = layer(x)[0].detach(), layer(changed)[0].detach()
    same(a[:, :50], b[:, :50])
    same(a[[0, 2]], b[[0, 2]])


@pytest.mark.parametrize("name", VARIANTS)
def test_step_leaves_the_state_that_it_was_given(name: str) -> None:
    layer, x = made(name), tokens(time=3)
    _, state = layer(x[:, :2])
    before = [part.clone() for part in state]
    once, again = layer.step(x[:, 2], state)[0], layer.step(x[:, 2], state)[0]
    for part, kept in zip(state, before, strict=True):
        assert torch.equal(part, kept)
    assert torch.equal(once, again)


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_are_the_slopes_of_the_values(name: str) -> None:
    layer, x = made(name), tokens(1, 5)
    weights = torch.from_numpy(np.random.default_rng(2).standard_normal(x.shape))
    parameters = [p for p in layer.parameters() if p.requires_grad]
    slopes = torch.autograd.grad((layer(x)[0] * weights).sum(), parameters, allow_unused=True)
    rng, step = np.random.default_rng(4), 1e-5
    with torch.no_grad():
        for parameter, slope in zip(parameters, slopes, strict=True):
            where = np.unravel_index(rng.integers(parameter.numel()), parameter.shape)
            values = []
            for shift in (step, -2 * step):
                parameter[where] += shift
                values.append(float((layer(x)[0] * weights).sum()))
            parameter[where] += step
            # second-order differences: an error of step^2 = 1e-10 times the third derivative
            wanted = (values[0] - values[1]) / (2 * step)
            found = 0.0 if slope is None else float(slope[where])
            assert found == pytest.approx(wanted, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", VARIANTS)
def test_state_bits_are_those_of_the_state(name: str) -> None:
    layer = made(name)
    numbers = sum(part.numel() for part in layer(tokens(1))[1])
    # the last key of a mosaic waits for its value
    spare = 64 * {"mosaic": WIDTH, "mosaic of 3 heads": WIDTH}.get(name, 0)
    # states that grow, of layers that were told of a length of 1
    grows = {"attention of 3 heads": 2 * WIDTH * 69, "hopfield of 2 heads, 3 steps":
             2 * WIDTH * 69, "mosaic of 3 heads": 2 * WIDTH * 69}.get(name, 0)
    assert layer.state_bits == 64 * (numbers - grows) + spare


def test_the_same_seed_makes_the_same_layer_and_leaves_torchs_generator_alone() -> None:
    before = torch.get_rng_state()
    for entry in ENTRIES:
        a, b, c = (entry.build(LayerNeed(8, 4, seed)).state_dict() for seed in (5, 5, 6))
        assert all(torch.equal(a[k], b[k]) for k in a), entry.name
        assert any(not torch.equal(a[k], c[k]) for k in a), entry.name
    assert torch.equal(torch.get_rng_state(), before)


def test_what_cannot_be_built_is_named() -> None:
    with pytest.raises(DescriptionError, match="width 10 with 3 heads; heads divide the width"):
        layers.SoftmaxAttention(10, heads=3)
    with pytest.raises(DescriptionError, match="kind 'mlp'; there are rnn, lstm, gru"):
        layers.Recurrent(4, kind="mlp")
    with pytest.raises(DescriptionError, match="chunk 0"):
        layers.Titans(4, chunk=0)
    with pytest.raises(AttributeError, match="has no 'Mamba'; it has AssociativeLeakyLayer"):
        _ = layers.Mamba


@pytest.mark.parametrize("shape", [(2, 0, WIDTH), (0, 3, WIDTH), (2, 3, WIDTH + 1), (3, WIDTH)])
@pytest.mark.parametrize("name", VARIANTS)
def test_what_are_no_tokens_is_named(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(DescriptionError, match=rf"{WIDTH}\), a sequence and a token at least"):
        made(name)(torch.zeros(shape, dtype=torch.float64))


@pytest.mark.parametrize(("name", "sizes"), [
    ("SoftmaxAttention", {"width": 0}), ("SoftmaxAttention", {"length": 0}),
    ("ShortConvolution", {"kernel": 0}), ("GAM", {"slots": 0}), ("LegS", {"order": 0}),
    ("LegT", {"channels": -1}), ("LegT", {"window": 0.0}), ("LegT", {"window": float("nan")}),
    ("Hopfield", {"steps": -1}), ("Hopfield", {"beta": 0.0}), ("HopfieldPooling", {"beta": -1.0}),
    ("HopfieldLayer", {"slots": 0}), ("MemoryMosaic", {"length": 0}), ("Recurrent", {"hidden": 0}),
    ("AssociativeLeakyLayer", {"size": 0}), ("StateLeakyLayer", {"neurons": 0}),
    ("Titans", {"chunk": 1.5}), ("TitansMLP", {"depth": 0}), ("WaveRNN", {"sites": 0}),
    ("IdentityRNN", {"hidden": 0}), ("DeltaNet", {"heads": 0})])
def test_sizes_that_make_no_layer_are_named(name: str, sizes: dict[str, Any]) -> None:
    with pytest.raises(DescriptionError, match=rf"{name}: .*{next(iter(sizes.values()))}"):
        getattr(layers, name)(**{"width": 4, **sizes})


def test_without_torch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r"need PyTorch: pip install 'engram\[torch\]'"):
        layers.require_torch()
