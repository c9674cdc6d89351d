"""What a run has recorded so far, kept in memory; `streaming.Stream` keeps it on disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...simulator.network import Network
from ...simulator.plan import Plan
from ...simulator.recorded import Recorded, join, nothing
from ..collect import results
from ..runner import Runner


class Records:
    """Pieces of a run, joined when asked for."""

    full = False

    def __init__(self, plan: Plan) -> None:
        self._pieces = [nothing(plan)]

    def begin(self, first: int, last: int) -> None:
        """Memory has no budget."""

    def most(self, pace: int | None) -> int | None:
        """Steps that may be run before the next `add`; None: any number.

        `pace` are those that fit into a moment; None: coming back is slow.
        """
        return None

    def add(self, recorded: Recorded) -> None:
        """Keep the next piece."""
        self._pieces.append(recorded)

    def column(self, n: int, name: str) -> Any:
        """What a WeightProbe's values are appended to."""
        return []

    @property
    def recorded(self) -> Recorded:
        """All pieces as one."""
        self._pieces = [join(self._pieces)]
        return self._pieces[0]

    def results(self, network: Network, runner: Runner, history: list[Any],
                provenance: Mapping[str, Any]) -> Any:
        """Everything since the start."""
        return results(network, runner, self.recorded, history, provenance)
