"""What one run of a continual-learning method found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .metrics import Reals, accuracy, backward_transfer, forward_transfer


@dataclass(frozen=True)
class ContinualRecord:
    """`R` (T, T): accuracy on task k (column) after learning task t (row).

    `bits` is what the method keeps between tasks beside the network's own parameters. `note` says
    what of the data was not there.
    """

    method: str
    task: str
    network: str
    seed: int
    size: str
    R: Reals
    chance: float
    seconds: float
    bits: int
    note: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def acc(self) -> float:
        """Mean accuracy over all tasks at the end."""
        return accuracy(self.R)

    @property
    def bwt(self) -> float:
        """Mean change of earlier tasks since they were learnt."""
        return backward_transfer(self.R)

    @property
    def fwt(self) -> float:
        """Mean accuracy above chance on tasks not yet learnt."""
        return forward_transfer(self.R, self.chance)

    def to_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold, with the figures."""
        return {**asdict(self), "R": self.R.tolist(), "acc": self.acc, "bwt": self.bwt,
                "fwt": self.fwt}
