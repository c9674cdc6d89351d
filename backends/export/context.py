"""What a rule looks at: the network as PyNN would say it, and what the board makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...simulator.errors import EngramError
from .dialects import Dialect
from .findings import Finding
from .stand_in import stand_in
from .view import NetworkView

DOCS = "sPyNNaker 8.0.0 documentation, models and limitations"
TOOLS = "sPyNNaker 7.4.1"


@dataclass(frozen=True, eq=False)
class Context:
    """A network on its way to one simulator; `repair`: what can be mended is."""

    view: NetworkView
    dialect: Dialect
    repair: bool = False

    @property
    def target(self) -> str:
        """The simulator's name."""
        return self.dialect.target

    @property
    def board(self) -> bool:
        """Whether it is the board, with its 16-bit weights."""
        return self.target == "spinnaker"

    def finding(self, number: int, level: str, where: str, value: str, limit: str = "",
                source: str = "", repair: str = "", *, lossy: bool = False,
                fix: bool = False) -> Finding:
        """A finding of rule `number`: SPNnnn on the board, PYNnnn elsewhere."""
        code = f"{'SPN' if self.board else 'PYN'}{number:03d}"
        return Finding(code, level, where, value, limit, source, repair, lossy, fix)

    @cached_property
    def stored(self) -> dict[str, Any] | None:
        """The board's weights by projection, in PyNN's unit; None where they are not known."""
        from ..spinnaker.ring_buffer import quantised_weights
        try:
            return quantised_weights(stand_in(self.view))
        except EngramError:
            return None

    @cached_property
    def shifts(self) -> dict[str, tuple[int, int]] | None:
        """The shift of each receptor by population; None where they are not known."""
        from ..spinnaker.ring_buffer import shifts
        try:
            return shifts(stand_in(self.view))
        except EngramError:
            return None

    def shift(self, population: str, receptor: str) -> int | None:
        """One of the shifts."""
        found = self.shifts
        if found is None or population not in found:
            return None
        return found[population][int(receptor == "inhibitory")]
