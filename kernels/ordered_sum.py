"""Input of a batch of neurons through rows of synapses, added one spike after the other.

`base[b, post[s]] += spikes[b, pre[s]] * values[s]` in the order of the synapses (sorted by source,
then target), so that a float64 sum has the same bits on every machine. The naive version is here;
`ordered_sum_numba` and `ordered_sum_torch` hold the fast ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Rows:
    """Row i of the synapses is `post[indptr[i]:indptr[i + 1]]`, sorted; `width` columns.

    `dense`: every row holds every column once, in order.
    """

    indptr: NDArray[np.int64]
    post: NDArray[Any]
    width: int
    dense: bool = False

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @cached_property
    def pre(self) -> NDArray[np.int64]:
        """Row of each synapse."""
        return np.repeat(np.arange(self.height), np.diff(self.indptr))


def ordered_add_reference(base: Any, spikes: Any, values: Any, rows: Rows) -> Any:
    """`base` (B, width) plus what `spikes` (B, height) send; `values` (nnz,) or (B, nnz)."""
    out = np.array(base)
    for b, row in enumerate(spikes):
        own = values if values.ndim == 1 else values[b]
        for i in np.flatnonzero(row):
            part = slice(rows.indptr[i], rows.indptr[i + 1])
            np.add.at(out[b], rows.post[part], row[i] * own[part])
    return out
