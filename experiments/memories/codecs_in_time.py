"""Codecs over time steps and over tuned units: rates, first spikes, populations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import Domain, OpCount
from .codec import Array, at_least, in_unit_interval, vectors
from .codecs import fired


class Rate:
    """A number from 0 to 1 as round(x T) spikes in T steps, evenly: an integrator that fires when
    it is full. Codes are flags (Q, T size), step after step. Decodes to the mean, within 1/(2 T).
    """

    def __init__(self, size: int, steps: int) -> None:
        self.domain: Domain = "binary"
        self.active: int | None = None
        self.size = at_least(size, 1, "Rate: size")
        self.latency = at_least(steps, 1, "Rate: steps")
        self.width = size * steps

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Flags (Q, T size)."""
        x = in_unit_interval(x, self.size, "Rate")
        full = np.floor(x[:, None] * np.arange(self.latency + 1)[:, None] + 0.5)
        code = np.diff(full, axis=1).reshape(len(x), self.width)
        return code, fired(code, self.latency)

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """Spikes over T."""
        code = vectors(code, self.width, "Rate")
        count = code.reshape(len(code), self.latency, self.size).sum(axis=1)
        return count / self.latency, OpCount(ac=float(np.count_nonzero(code)),
                                             dense=float(code.size), mac=float(count.size))


class TTFS:
    """A number from 0 to 1 as the time of one spike, the larger the sooner: step
    round((1 - x) (T - 1)). Codes are ksparse (Q, T size), step after step, a spike for each number.
    Decodes within 1/(2 (T - 1)); a number without a spike is 0, of several spikes the first counts.
    """

    def __init__(self, size: int, steps: int) -> None:
        self.domain: Domain = "ksparse"
        self.size = at_least(size, 1, "TTFS: size")
        self.active: int | None = size
        self.latency = at_least(steps, 2, "TTFS: steps")
        self.width = size * steps

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Flags (Q, T size)."""
        x = in_unit_interval(x, self.size, "TTFS")
        at = np.floor((1.0 - x) * (self.latency - 1) + 0.5).astype(np.int64)
        code = (np.arange(self.latency)[:, None] == at[:, None]).astype(np.float64)
        code = code.reshape(len(x), self.width)
        return code, fired(code, self.latency)

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """1 - t / (T - 1)."""
        code = vectors(code, self.width, "TTFS")
        fired = code.reshape(len(code), self.latency, self.size) > 0.0
        found = np.where(fired.any(axis=1), 1.0 - fired.argmax(axis=1) / (self.latency - 1.0), 0.0)
        return found, OpCount(ac=float(fired.sum()), dense=float(code.size))


class PopulationGauss:
    """A number from `low` to `high` as the activity of `units` units with Gaussian tuning.

    Centres are one tuning width apart and reach 3 beyond both ends, where decoding by the mean of
    the centres, weighted with activity, is within 1 % of that spacing.
    """

    def __init__(self, size: int, units: int, low: float = -1.0, high: float = 1.0) -> None:
        self.domain: Domain = "real"
        self.active: int | None = None
        self.latency = 1
        self.size = at_least(size, 1, "PopulationGauss: size")
        at_least(units, 8, "PopulationGauss: units")
        self.low, self.high, self.width = low, high, size * units
        self.spacing = (high - low) / (units - 7)
        self.centres = low + (np.arange(units) - 3.0) * self.spacing

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Activities (Q, size units), number after number."""
        x = vectors(x, self.size, "PopulationGauss")
        scaled = in_unit_interval((x - self.low) / (self.high - self.low), self.size,
                                  f"PopulationGauss from {self.low} to {self.high}, in units of it")
        x = self.low + scaled * (self.high - self.low)
        code = np.exp(-0.5 * ((x[:, :, None] - self.centres) / self.spacing)**2)
        return code.reshape(len(x), self.width), OpCount(
            exp=float(code.size), neuron_updates=float(code.size), timesteps=float(len(x)))

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """Mean of the centres, weighted with what is above 0; the middle where nothing is."""
        code = np.maximum(vectors(code, self.width, "PopulationGauss"), 0.0)
        code = code.reshape(len(code), self.size, -1)
        weight = code.sum(axis=2)
        mean = (code @ self.centres) / np.where(weight > 0.0, weight, 1.0)
        found = np.where(weight > 0.0, mean, (self.low + self.high) / 2.0)
        return found, OpCount(dense=2.0 * code.size, mac=float(np.count_nonzero(code)),
                              ac=float(np.count_nonzero(code)), exp=float(found.size))
