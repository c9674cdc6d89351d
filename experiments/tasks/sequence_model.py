"""What a layer is trained in: the same network around each, so that only the layer differs.

Tokens or numbers are mapped to the width; then blocks of
x <- x + layer(conv(norm x));  x <- x + mlp(norm x), with a depthwise causal convolution of 3 tokens
(Arora et al. 2023, Zoology); then a norm and a linear map to the classes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from ...models.layers import ShortConvolution

CONVOLUTION = 3


class Block(nn.Module):
    """A layer and an MLP of 2 times the width, each after a norm and beside a shortcut."""

    def __init__(self, layer: Any, width: int) -> None:
        super().__init__()
        self.layer, self.window = layer, ShortConvolution(width, CONVOLUTION)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(),
                                 nn.Linear(2 * width, width))

    @property
    def state_bits(self) -> int:
        """The layer's and the window's."""
        return int(self.layer.state_bits + self.window.state_bits)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, width), causal."""
        x = x + self.layer(self.window(self.before(x))[0])[0]
        return x + self.mlp(self.between(x))


class SequenceModel(nn.Module):
    """Classes of every token: (batch, time) whole numbers, or (batch, time, inputs), to
    (batch, time, classes). `layers` makes a block's layer, called once for each of `blocks`."""

    def __init__(self, layers: Callable[[], Any], width: int, classes: int, blocks: int = 2,
                 tokens: int | None = None, inputs: int = 1) -> None:
        super().__init__()
        self.into = nn.Embedding(tokens, width) if tokens else nn.Linear(inputs, width)
        self.blocks = nn.Sequential(*(Block(layers(), width) for _ in range(blocks)))
        self.out = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, classes))

    @property
    def state_bits(self) -> int:
        """Of one sequence, windows included."""
        return sum(block.state_bits for block in self.blocks)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        return self.out(self.blocks(self.into(x)))


class BareModel(nn.Module):
    """A layer that is a network by itself, with maps of its own in and out and no block around it.

    Of tokens each is one of its inputs (its width is their number), and its output is the logits.
    Numbers are the first of its inputs and the others 0; a linear map of its output is the logits.
    """

    def __init__(self, layer: Any, width: int, classes: int, tokens: int | None = None,
                 inputs: int = 1) -> None:
        super().__init__()
        self.tokens, self.layer, self.empty = tokens, layer, width - inputs
        self.out = nn.Identity() if classes == width else nn.Linear(width, classes)

    @property
    def state_bits(self) -> int:
        """The layer's."""
        return int(self.layer.state_bits)

    def forward(self, x: Tensor) -> Tensor:
        """Logits."""
        if self.tokens:
            x = nn.functional.one_hot(x, self.tokens).to(torch.get_default_dtype())
        else:
            x = nn.functional.pad(x, (0, self.empty))
        return self.out(self.layer(x)[0])
