"""Memories that hold a signal as coefficients of polynomials: the past, compressed.

LegS: dc/dt = (A c + B f) / t keeps all of the past, stretched over [0, now] (Gu et al. 2020), in
steps c_t = (1 - A/2t)^-1 ((1 + A/2t) c_{t-1} + B f_t / t).
LegT: dm/dt = A m + B u keeps a window of the last `window` steps (Voelker et al. 2019, the Legendre
memory unit); exact for a signal that is held during a step.

As layers a linear map reads the coefficients and the token: a memory without a recurrence through a
nonlinearity, so that a sequence is a convolution (Chilkuri & Eliasmith 2021).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .heads import bits, check_positive, check_sizes, check_tokens, zeros

Array = NDArray[np.float64]
State = tuple[Tensor, ...]
CHUNK = 32


def legs(order: int) -> tuple[Array, Array]:
    """A (order, order) and B (order,) of LegS."""
    n = np.arange(order)
    root = np.sqrt(2 * n + 1)
    return -np.tril(np.outer(root, root), -1) - np.diag(n + 1.0), root


def legt(order: int) -> tuple[Array, Array]:
    """A and B of LegT for a window of length 1."""
    n = np.arange(order)
    signs = np.where(n[:, None] < n, -1.0, (-1.0) ** (n[:, None] - n + 1))
    return (2 * n + 1)[:, None] * signs, (-1.0) ** n * (2 * n + 1)


def legs_step(order: int, step: int) -> tuple[Array, Array]:
    """The bilinear step number `step` >= 1 of LegS: c <- P c + p f."""
    a, b = legs(order)
    left, right = np.eye(order) - a / (2 * step), np.eye(order) + a / (2 * step)
    return np.linalg.solve(left, right), np.linalg.solve(left, b / step)


def legt_step(order: int, window: float) -> tuple[Array, Array]:
    """A step of LegT with a window of so many: m <- P m + p u, u held during the step."""
    from scipy.linalg import expm
    a, b = legt(order)
    both = np.zeros((order + 1, order + 1))
    both[:order, :order], both[:order, order] = a / window, b / window
    whole = expm(both)
    return whole[:order, :order], whole[:order, order]


def legs_recalled(coefficients: Array, points: int) -> Array:
    """The signal (..., points) at equal distances over all of the past, from (..., order): as many
    points as tokens are the tokens, each the value at the end of its step."""
    from scipy.special import eval_legendre
    n = np.arange(coefficients.shape[-1])
    at = 2 * (np.arange(points) + 1) / points - 1
    return coefficients @ (np.sqrt(2 * n + 1)[:, None] * eval_legendre(n[:, None], at))


def legt_recalled(coefficients: Array, points: int) -> Array:
    """The signal (..., points) over the window, the oldest first, from (..., order): as many points
    as tokens are the tokens, each in the middle of its step."""
    from scipy.special import eval_legendre
    n = np.arange(coefficients.shape[-1])
    ago = 1 - (np.arange(points) + 0.5) / points
    return coefficients @ eval_legendre(n[:, None], 2 * ago - 1)


class LegS(nn.Module):
    """State: coefficients (batch, channels, order) and the tokens so far (batch).

    Each channel is a linear map of the token; y is one of the coefficients and the token.
    """

    def __init__(self, width: int, order: int = 16, channels: int = 4) -> None:
        super().__init__()
        check_sizes("LegS", width=width, order=order, channels=channels)
        self.width, self.order, self.channels = width, order, channels
        self.into = nn.Linear(width, channels, bias=False)
        self.out = nn.Linear(channels * order + width, width)

    @property
    def state_bits(self) -> int:
        """The coefficients, and the count of tokens."""
        return bits(self, self.channels * self.order + 1)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return zeros(self, batch, self.channels, self.order), zeros(self, batch)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """Solves for the coefficients after this token."""
        time = int(state[1][0]) + 1
        a, b = (_like(x_t, m) for m in legs(self.order))
        one = torch.eye(self.order, dtype=x_t.dtype, device=x_t.device)
        wanted = (state[0] @ (one + a / (2 * time)).T
                  + self.into(x_t)[..., None] * b / time)
        c = torch.linalg.solve(one - a / (2 * time), wanted.mT).mT
        return _read(self.out, c, x_t), (c, state[1] + 1)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """In chunks: what each token leaves in each later c is worked out for all sequences at
        once. All sequences of a batch are equally long so far."""
        check_tokens(self, x)
        c, time = self.init_state(len(x)) if state is None else state
        out = []
        for piece in x.split(CHUNK, 1):
            kernel, left = _like(x, *_legs_kernel(self.order, int(time[0]), piece.shape[1]))
            each = (torch.einsum("tjn,bjc->btcn", kernel, self.into(piece))
                    + torch.einsum("tnm,bcm->btcn", left, c))
            out.append(_read(self.out, each, piece))
            c, time = each[:, -1], time + piece.shape[1]
        return torch.cat(out, 1), (c, time)


class LegT(nn.Module):
    """State: coefficients (batch, channels, order) of a window of `window` tokens."""

    def __init__(self, width: int, order: int = 16, channels: int = 4, window: float = 32.0
                 ) -> None:
        super().__init__()
        check_sizes("LegT", width=width, order=order, channels=channels)
        check_positive("LegT", window=window)
        self.width, self.order, self.channels, self.window = width, order, channels, window
        self.into = nn.Linear(width, channels, bias=False)
        self.out = nn.Linear(channels * order + width, width)
        self.transition, self.input = legt_step(order, window)

    @property
    def state_bits(self) -> int:
        """The coefficients."""
        return bits(self, self.channels * self.order)

    def init_state(self, batch: int) -> State:
        """Zeros."""
        return (zeros(self, batch, self.channels, self.order),)

    def step(self, x_t: Tensor, state: State) -> tuple[Tensor, State]:
        """The equation as it is written."""
        move, feed = _like(x_t, self.transition, self.input)
        m = state[0] @ move.T + self.into(x_t)[..., None] * feed
        return _read(self.out, m, x_t), (m,)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """In chunks: the response to a token is the same wherever it comes."""
        check_tokens(self, x)
        m, out = self.init_state(len(x))[0] if state is None else state[0], []
        kernel, left = _like(x, *_legt_kernel(self.transition, self.input, min(CHUNK, x.shape[1])))
        for piece in x.split(CHUNK, 1):
            size = piece.shape[1]
            each = (torch.einsum("tjn,bjc->btcn", kernel[:size, :size], self.into(piece))
                    + torch.einsum("tnm,bcm->btcn", left[:size], m))
            out.append(_read(self.out, each, piece))
            m = each[:, -1]
        return torch.cat(out, 1), (m,)


def _read(out: nn.Linear, coefficients: Tensor, x: Tensor) -> Tensor:
    return out(torch.cat([coefficients.flatten(-2), x], -1))


def _like(x: Tensor, *arrays: Array) -> Any:
    made = [torch.as_tensor(a, dtype=x.dtype, device=x.device) for a in arrays]
    return made if len(made) > 1 else made[0]


def _legs_kernel(order: int, time: int, size: int) -> tuple[Array, Array]:
    """Of tokens time + 1 .. time + size: what token j leaves in c_t (size, size, order), and what c
    before them does (size, order, order)."""
    kernel, left = np.zeros((size, size, order)), np.zeros((size, order, order))
    before = np.eye(order)
    for t in range(size):
        move, feed = legs_step(order, time + 1 + t)
        if t:
            kernel[t, :t] = kernel[t - 1, :t] @ move.T
        kernel[t, t] = feed
        before = left[t] = move @ before
    return kernel, left


def _legt_kernel(move: Array, feed: Array, size: int) -> tuple[Array, Array]:
    kernel, left = np.zeros((size, size, len(feed))), np.zeros((size, len(feed), len(feed)))
    response, before = feed, np.eye(len(feed))
    for ago in range(size):
        here = np.arange(size - ago)
        kernel[here + ago, here] = response
        response = move @ response
        before = left[ago] = move @ before
    return kernel, left
