"""PyNN's connectors, one of them mended."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import connectors as standard
from pyNN.connectors import (
    AllToAllConnector,
    ArrayConnector,
    CloneConnector,
    Connector,
    CSAConnector,
    DisplacementDependentProbabilityConnector,
    DistanceDependentProbabilityConnector,
    FixedNumberPostConnector,
    FixedNumberPreConnector,
    FixedProbabilityConnector,
    FixedTotalNumberConnector,
    FromFileConnector,
    FromListConnector,
    IndexBasedProbabilityConnector,
    MapConnector,
    SmallWorldConnector,
)

__all__ = [
    "AllToAllConnector",
    "ArrayConnector",
    "CSAConnector",
    "CloneConnector",
    "Connector",
    "DisplacementDependentProbabilityConnector",
    "DistanceDependentProbabilityConnector",
    "FixedNumberPostConnector",
    "FixedNumberPreConnector",
    "FixedProbabilityConnector",
    "FixedTotalNumberConnector",
    "FromFileConnector",
    "FromListConnector",
    "IndexBasedProbabilityConnector",
    "MapConnector",
    "OneToOneConnector",
    "SmallWorldConnector",
]


class OneToOneConnector(standard.OneToOneConnector):  # type: ignore[misc]
    """PyNN's OneToOneConnector, in n steps for n neurons, and right for one neuron."""

    def connect(self, projection: Any) -> None:
        """Connect neuron k with neuron k.

        PyNN's own evaluates a lazy array column by column, which fails for one neuron with NumPy
        2.1 and later and takes n*n steps for n.
        """
        post = projection.post.size

        def sources(mask: Any = None) -> Any:
            columns = np.arange(post) if mask is None else np.arange(post)[mask]
            return (np.array([j] if j < projection.pre.size else [], dtype=int) for j in columns)
        self._standard_connect(projection, sources)
