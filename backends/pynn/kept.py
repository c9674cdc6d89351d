"""What a run has recorded of one population, in PyNN's units."""

from __future__ import annotations

from typing import Any

import numpy as np


class Kept:
    """Spikes and samples since the start or the last `clear`, added piece by piece.

    The first sample of a signal is the state at the beginning, so n steps make n + 1 samples.
    """

    def __init__(self) -> None:
        self._steps: list[Any] = []
        self._index: list[Any] = []
        self._signals: dict[str, list[tuple[Any, Any]]] = {}

    def add_spikes(self, step: Any, index: Any) -> None:
        """Add spikes by step (as labelled for PyNN) and neuron."""
        self._steps.append(step)
        self._index.append(index)

    def spikes(self) -> tuple[Any, Any]:
        """(step, neuron) of all spikes."""
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *self._steps]), np.concatenate([none, *self._index])

    def begins(self, name: str) -> bool:
        """Whether a signal has no sample yet."""
        return not self._signals.get(name)

    def add(self, name: str, neurons: Any, values: Any) -> None:
        """Add samples (times, neurons)."""
        if len(values):
            self._signals.setdefault(name, []).append((neurons, values))

    def signal(self, name: str, neurons: Any) -> Any:
        """Samples (times, neurons); NaN where a neuron was not recorded yet."""
        pieces = []
        for known, values in self._signals.get(name, []):
            out = np.full((len(values), len(neurons)), np.nan)
            mine = np.isin(neurons, known)
            out[:, mine] = values[:, np.searchsorted(known, neurons[mine])]
            pieces.append(out)
        return np.concatenate([np.zeros((0, len(neurons))), *pieces])

    def clear(self) -> None:
        """Forget all but the present sample of each signal, which begins the next piece."""
        self._steps, self._index = [], []
        self._signals = {name: [(known, values[-1:]) for known, values in pieces[-1:]]
                         for name, pieces in self._signals.items()}
