"""Learning one task after the other as if there had been none before: what forgets."""

from __future__ import annotations

from typing import Any


class Naive:
    """Does nothing, and says what a method may do."""

    bits = 0

    def mix(self, x: Any, y: Any) -> tuple[Any, Any]:
        """The batch to learn from."""
        return x, y

    def gradients(self, network: Any) -> None:
        """Change the gradients that the batch left."""

    def before(self, network: Any) -> None:
        """The step is about to be made."""

    def after(self, network: Any) -> None:
        """The step was made."""

    def end(self, network: Any, x: Any, y: Any) -> None:
        """A task with these training data was learnt."""
