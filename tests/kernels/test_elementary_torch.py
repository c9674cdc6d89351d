from __future__ import annotations

import numpy as np
import pytest
import torch

from engram.kernels import elementary_torch
from engram.kernels.elementary import NAMES, NUMPY

RNG = np.random.default_rng(6)
EDGES = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.5, 2, -3, 1e-310, 5e-324, 1e308,
                  709.79, -745.2, 1e16])
SPREAD = np.concatenate([EDGES, RNG.uniform(-750, 720, 500), RNG.uniform(-2, 2, 500),
                         RNG.integers(-2**62, 2**62, 500).view(np.float64)])
DOMAIN = {"log": (0.1, 3), "log10": (0.1, 3), "log1p": (-0.8, 3), "arcsin": (-0.9, 0.9),
          "arccos": (-0.9, 0.9), "cos_turns": (0.02, 0.98)}


def points(name):
    if name != "power":
        return (SPREAD,)
    return (np.concatenate([np.repeat(EDGES, EDGES.size), abs(SPREAD)]),
            np.concatenate([np.tile(EDGES, EDGES.size), RNG.uniform(-9, 9, SPREAD.size)]))


@pytest.mark.parametrize("name", NAMES)
def test_same_bits_as_numpy_by_either_way(name):
    args = points(name)
    tensors = [torch.tensor(a) for a in args]
    want = NUMPY[name](*args)
    got = getattr(elementary_torch, name)(*tensors)
    np.testing.assert_array_equal(got.numpy(), want)
    operations = elementary_torch._PARTS[name](*tensors)  # what other devices do
    np.testing.assert_array_equal(operations.numpy(), want)


@pytest.mark.parametrize("name", ["exp", "tanh", "power"])
def test_many_elements_have_the_same_bits(name):
    times = -(-elementary_torch.MANY // points(name)[0].size)
    args = [np.tile(a, 2 * times).reshape(2, -1).T for a in points(name)]  # not contiguous
    got = getattr(elementary_torch, name)(*(torch.tensor(a) for a in args))
    np.testing.assert_array_equal(got.numpy(), NUMPY[name](*args))
    few = getattr(elementary_torch, name)(*(torch.tensor(a)[:100] for a in args))
    assert torch.equal(few.nan_to_num(), got[:100].nan_to_num())


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"power"}))
def test_gradients_and_second_derivatives(name):
    x = RNG.uniform(*DOMAIN.get(name, (-2, 2)), 30)
    if name == "exprel":
        x = np.concatenate([x, [1e-9, -1e-5, 0.0999, 0.1001, 0.0]])
    f = getattr(elementary_torch, name)
    assert torch.autograd.gradcheck(f, (torch.tensor(x, requires_grad=True),))
    assert torch.autograd.gradgradcheck(f, (torch.tensor(x, requires_grad=True),))


def test_gradients_of_power_broadcast():
    x = torch.tensor(RNG.uniform(0.2, 3, (4, 1)), requires_grad=True)
    y = torch.tensor(RNG.uniform(-3, 3, 5), requires_grad=True)
    assert torch.autograd.gradcheck(elementary_torch.power, (x, y))
    zero = torch.tensor([0.0, -2.0], dtype=torch.float64, requires_grad=True)
    elementary_torch.power(zero, torch.tensor([2.0, 3.0], dtype=torch.float64)).sum().backward()
    assert zero.grad.tolist() == [0.0, 12.0]


def test_kinds_and_shapes():
    x = torch.linspace(-3, 3, 24, dtype=torch.float32).reshape(2, 3, 4)
    y = elementary_torch.exp(x.transpose(0, 2))
    assert y.dtype == torch.float32
    assert y.shape == (4, 3, 2)
    assert torch.equal(y, torch.exp(x.transpose(0, 2).double()).float())  # rounding hides 1 ulp
    assert elementary_torch.exp(torch.tensor(0.0)).shape == ()
    assert elementary_torch.log(torch.tensor([1, 2])).dtype == torch.float64
    assert elementary_torch.exp(torch.zeros(0, 3)).shape == (0, 3)
