"""What layers with heads share: shapes, counts of bits, random numbers that are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
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
    check_sizes(what, width=width)
    if heads < 1 or width % heads:
        raise DescriptionError(f"{what}: width {width} with {heads} heads; heads divide the width")
    return width // heads


def check_sizes(what: str, **sizes: Any) -> None:
    """DescriptionError unless all are whole numbers of at least 1."""
    for name, size in sizes.items():
        if not isinstance(size, Integral) or size < 1:
            raise DescriptionError(f"{what}: {name} {size}; it is a whole number, at least 1")


def check_positive(what: str, **numbers: Any) -> None:
    """DescriptionError unless all are above 0 and finite."""
    for name, number in numbers.items():
        if not 0.0 < number < float("inf"):
            raise DescriptionError(f"{what}: {name} {number}; it is above 0 and finite")


def check_tokens(layer: Any, x: Tensor) -> None:
    """DescriptionError unless `x` is (batch, time, width) with a sequence and a token at least."""
    if x.ndim != 3 or not all(x.shape) or x.shape[2] != layer.width:
        raise DescriptionError(f"{type(layer).__name__}: tokens of shape {tuple(x.shape)}; it takes"
                               f" (batch, time, {layer.width}), a sequence and a token at least")


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
