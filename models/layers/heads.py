"""What layers with heads share: shapes, counts of bits, random numbers that are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...simulator.errors import DescriptionError


def split(x: Tensor, heads: int) -> Tensor:
    """(batch, time, heads * d) as (batch, heads, time, d)."""
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def merge(x: Tensor) -> Tensor:
    """(batch, heads, time, d) as (batch, time, heads * d)."""
    return x.transpose(-3, -2).flatten(-2)


def head_size(width: int, heads: int, what: str) -> int:
    """`width` / `heads`; DescriptionError where it is not whole."""
    if heads < 1 or width % heads:
        raise DescriptionError(f"{what}: width {width} with {heads} heads; heads divide the width")
    return width // heads


def bits(module: nn.Module, numbers: int) -> int:
    """Bits of so many numbers at the precision of the module's parameters."""
    return 8 * next(module.parameters()).element_size() * numbers


def zeros(module: nn.Module, *shape: int) -> Tensor:
    """Zeros of the parameters' type, on their device."""
    return next(module.parameters()).new_zeros(shape)


def fold(layer: Any, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
    """`step` over a sequence (batch, time, width): what `forward` must equal."""
    state = layer.init_state(len(x)) if state is None else state
    out = []
    for x_t in x.unbind(1):
        y, state = layer.step(x_t, state)
        out.append(y)
    return torch.stack(out, 1), state


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Torch draws from this seed inside; its global generator is as before afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
