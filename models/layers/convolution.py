"""A short causal convolution, a filter a channel: the window that fast-weight layers stand behind.

y_t = sum_i w_i x_{t - K + 1 + i} + b, channel by channel (Arora et al. 2023, Zoology, where K is 3;
Yang et al. 2024, where it is 4).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .heads import bits, check_sizes, check_tokens, zeros


class ShortConvolution(nn.Module):
    """Depthwise, `kernel` tokens wide, this token the last. State: the kernel - 1 tokens before."""

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        check_sizes("ShortConvolution", width=width, kernel=kernel)
        self.width, self.kernel = width, kernel
        self.conv = nn.Conv1d(width, width, kernel, groups=width)

    @property
    def state_bits(self) -> int:
        """The tokens before."""
        return bits(self, (self.kernel - 1) * self.width)

    def init_state(self, batch: int) -> tuple[Tensor]:
        """Zeros (batch, kernel - 1, width)."""
        return (zeros(self, batch, self.kernel - 1, self.width),)

    def step(self, x_t: Tensor, state: tuple[Tensor]) -> tuple[Tensor, tuple[Tensor]]:
        """The sum as it is written."""
        window = torch.cat([state[0], x_t[:, None]], 1)
        y = (window * self.conv.weight[:, 0].T).sum(1) + self.conv.bias
        return y, (window[:, 1:],)

    def forward(self, x: Tensor, state: tuple[Tensor] | None = None
                ) -> tuple[Tensor, tuple[Tensor]]:
        """One convolution over the sequence and what was before it."""
        check_tokens(self, x)
        before = self.init_state(len(x))[0] if state is None else state[0]
        padded = torch.cat([before, x], 1)
        y = F.conv1d(padded.transpose(1, 2), self.conv.weight, self.conv.bias, groups=self.width)
        return y.transpose(1, 2), (padded[:, x.shape[1]:],)
