"""PyNN's connectors, one of them mended."""

from __future__ import annotations

from typing import Any

import numpy as np
from pyNN import connectors as standard
from pyNN.connectors import *  # noqa: F403


class OneToOneConnector(standard.OneToOneConnector):  # type: ignore[misc]
    __doc__ = standard.OneToOneConnector.__doc__

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
