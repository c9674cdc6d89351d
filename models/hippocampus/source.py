"""Spike trains given by hand, for input populations made of several parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...simulator.clock import seconds
from ...simulator.errors import DescriptionError
from ...simulator.stimuli import SpikeTimes
from ...simulator.units import UNITS, split

ms = UNITS["ms"]


def spike_source(parts: Sequence[tuple[str, Mapping[int, Any], int]]) -> SpikeTimes:
    """One source from (name, {neuron: times}, size) of parts that lie one after the other.

    Times are quantities; plain numbers are ms. DescriptionError for a neuron that is not there.
    """
    trains: dict[int, Any] = {}
    first = 0
    for name, spikes, size in parts:
        for neuron, times in spikes.items():
            if isinstance(neuron, bool) or not isinstance(neuron, (int, np.integer)) or not (
                    0 <= neuron < size):
                raise DescriptionError(f"{name} neuron {neuron!r} does not exist; there are {size},"
                                       f" numbered 0 to {size - 1}")
            trains[first + int(neuron)] = _in_ms(times, f"{name} neuron {neuron}: spike times")
        first += size
    return SpikeTimes.of({n: np.sort(trains[n]) for n in sorted(trains)}, ms)


def _in_ms(times: Any, what: str) -> Any:
    number, dim = split(times)
    return np.atleast_1d(number if not any(dim) else seconds(times, what) / ms.value)
