"""Ordered sums: the fast versions against the naive one, to the bit, and their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engram.kernels import ordered_sum_torch
from engram.kernels.ordered_sum import Rows, ordered_add_reference
from engram.kernels.ordered_sum_torch import Table, _grouped, _product, ordered_add

HEIGHT, WIDTH = 7, 9


def rows(dense: bool) -> Rows:
    """All pairs, or some, several of one pair among them."""
    if dense:
        return Rows(np.arange(HEIGHT + 1) * WIDTH, np.tile(np.arange(WIDTH), HEIGHT), WIDTH, True)
    rng = np.random.default_rng(1)
    counts = rng.integers(0, 6, HEIGHT)
    post = np.concatenate([np.sort(rng.integers(0, WIDTH, n)) for n in counts])
    return Rows(np.concatenate([[0], np.cumsum(counts)]), post.astype(np.uint32), WIDTH)


def case(dense: bool, own: bool, copies: int = 3, dtype: Any = np.float64) -> tuple[Any, ...]:
    """Rows, and base, spikes and values of different size: their order shows in the sum."""
    rng, r = np.random.default_rng(2), rows(dense)
    shape = (copies, len(r.post)) if own else (len(r.post),)
    values = rng.normal(size=shape) * 10.0 ** rng.integers(-2, 3, shape)
    spikes = rng.random((copies, HEIGHT)) < 0.6
    base = rng.normal(size=(copies, WIDTH))
    return r, base.astype(dtype), spikes.astype(dtype), values.astype(dtype)


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("way", ["compiled", "in groups"])
def test_the_bits_of_the_naive_sum(dense: bool, own: bool, way: str) -> None:
    r, base, spikes, values = case(dense, own)
    truth = ordered_add_reference(base, spikes, values, r)
    add = ordered_add if way == "compiled" else _grouped
    got = add(*(torch.tensor(x) for x in (base, spikes, values)), Table(r))
    np.testing.assert_array_equal(got.numpy(), truth)
    backwards = ordered_add_reference(base, spikes[:, ::-1], values[..., ::-1], Rows(
        np.cumsum([0, *np.diff(r.indptr)[::-1]]), r.post[::-1], WIDTH))
    assert not np.array_equal(backwards, truth), "the order must show"


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_nothing(threads: int,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered_sum_torch, "SERIAL", -1)
    monkeypatch.setattr(ordered_sum_torch, "BLOCK_BYTES", 1)
    rng = np.random.default_rng(4)
    r = Rows(np.arange(21) * 300, np.tile(np.arange(300), 20), 300, True)
    base, spikes, values = (torch.tensor(x) for x in (
        rng.normal(size=(4, 300)), (rng.random((4, 20)) < 0.5)*1.0, rng.normal(size=6000)))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        got = ordered_add(base, spikes, values, Table(r))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_array_equal(got.numpy(), ordered_add_reference(
        base.numpy(), spikes.numpy(), values.numpy(), r))


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("own", [True, False])
def test_gradients(dense: bool, own: bool) -> None:
    r, base, _, values = case(dense, own)
    values = np.sign(values)  # finite differences need numbers of one size
    spikes = np.random.default_rng(3).random((3, HEIGHT))
    inputs = [torch.tensor(x, requires_grad=True) for x in (base, spikes, values)]
    assert torch.autograd.gradcheck(lambda *x: ordered_add(*x, Table(r)), inputs)


@pytest.mark.parametrize("part", [0.1, 1.0])  # few spikes are added, many multiplied
def test_single_precision_and_products(part: float) -> None:
    r, base, _, values = case(True, False, dtype=np.float32)
    values = np.sign(values) * 0.3
    spikes = (np.random.default_rng(5).random((3, HEIGHT)) < part).astype(np.float32)
    truth = ordered_add_reference(base.astype(np.float64), spikes, values.astype(np.float64), r)
    got = ordered_add(*(torch.tensor(x) for x in (base, spikes, values)), Table(r))
    assert got.dtype == torch.float32
    np.testing.assert_allclose(got.numpy(), truth, rtol=1e-5, atol=1e-6)  # 7 roundings of 6e-8


def test_half_precision_by_products() -> None:
    r, base, spikes, values = case(False, True)
    values = np.sign(values)
    got = ordered_add(*(torch.tensor(x, dtype=torch.bfloat16) for x in (base, spikes, values)),
                      Table(r))
    truth = ordered_add_reference(base, spikes, values, r)
    np.testing.assert_allclose(got.float().numpy(), truth, atol=0.1)  # 8 bits of at most 8
    with torch.no_grad():
        exact = _product(*(torch.tensor(x) for x in (spikes, values)), Table(r))
    np.testing.assert_allclose(exact.numpy(), truth - base, atol=1e-12)


def test_no_synapses() -> None:
    r = Rows(np.zeros(HEIGHT + 1, np.int64), np.zeros(0, np.uint32), WIDTH)
    base = torch.ones(2, WIDTH)
    got = ordered_add(base, torch.ones(2, HEIGHT), torch.zeros(0), Table(r))
    assert torch.equal(got, base)
