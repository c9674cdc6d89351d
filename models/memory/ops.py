"""What a call of a memory cost, as counts that add up."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class OpCount:
    """Operations of a call; `+` adds calls, `*` repeats one.

    `dense`: multiply-accumulates (or accumulates) of a machine that skips no zero. `mac`, `ac`:
    what is left of them where zeros of the inputs are skipped: multiply-accumulates of real
    numbers, accumulates where one factor is 0 or 1. `sign_flips`: additions of a number times -1
    or 1. `neuron_updates`: neurons times time steps. `weight_updates`: weights written. `spikes`.
    `timesteps`: steps of a simulator or of a read's iteration, one after another. `bytes_rw`: bytes
    of state that were read or written. `exp`: exponentials and divisions of a softmax.
    """

    dense: float = 0.0
    mac: float = 0.0
    ac: float = 0.0
    sign_flips: float = 0.0
    neuron_updates: float = 0.0
    weight_updates: float = 0.0
    spikes: float = 0.0
    timesteps: float = 0.0
    bytes_rw: float = 0.0
    exp: float = 0.0

    def __add__(self, other: OpCount) -> OpCount:
        return OpCount(**{f.name: getattr(self, f.name) + getattr(other, f.name)
                          for f in fields(self)})

    def __sub__(self, other: OpCount) -> OpCount:
        return self + other * -1.0

    def __mul__(self, times: float) -> OpCount:
        return OpCount(**{f.name: getattr(self, f.name) * times for f in fields(self)})

    def as_dict(self) -> dict[str, float]:
        """The counts by name."""
        return {f.name: float(getattr(self, f.name)) for f in fields(self)}


NOTHING = OpCount()
