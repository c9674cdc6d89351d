"""Several reads in turn: what was found asks for more (memory networks, MEMO).

q_1 = q, o_h = read(q_h), q_{h+1} = o_h ("last"), and the answer is o_n; or, as in Sukhbaatar et al.
2015 (arXiv:1503.08895), the answer is the sum of all o_h ("sum").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ...simulator.errors import DescriptionError
from ..memory import ReadResult, to_domain
from .pairs import check_steps

Mode = Literal["sum", "last"]
DIGITS = 9
"""Of what is read, before it becomes a pattern of few letters: float64 rounds in the 16th"""


class Hops:
    """`inner` read `hops` times; its keys and values are of one size."""

    def __init__(self, inner: Any, hops: int = 2, mode: Mode = "sum") -> None:
        if inner.spec.key_dim != inner.spec.value_dim:
            raise DescriptionError(f"Hops: keys of {inner.spec.key_dim}, values of "
                                   f"{inner.spec.value_dim}; what is read is the next cue, so they "
                                   "are of one size")
        if mode not in ("sum", "last"):
            raise DescriptionError(f"Hops: mode {mode!r}; there are sum and last")
        self.spec = replace(inner.spec, iterative=True)
        self.inner, self.hops, self.mode = inner, check_steps(hops, 1), mode
        self.write, self.forget, self.reset = inner.write, inner.forget, inner.reset
        self.state_bits = inner.state_bits
        self.tolerance = getattr(inner, "tolerance", 1e-4)

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """`steps` hops (`hops` by default); info has `hops`, the graded answer of each.

        The score is that of the first hop.
        """
        found: ReadResult = self.inner.read(queries)
        score, ops, answers = found.score, found.ops, [found.info["graded"]]
        total = answers[0]
        for _ in range(check_steps(steps, self.hops) - 1):
            found = self.inner.read(self._cue(found.info["graded"]))
            ops += found.ops
            answers.append(found.info["graded"])
            total = total + answers[-1] if self.mode == "sum" else answers[-1]
        values = to_domain(total, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, score, ops, {"graded": total, "hops": answers})

    def _cue(self, graded: Any) -> Any:
        """What was read as a cue: a tie is not settled by the rounding of a sum."""
        domain = self.spec.domain
        if domain in ("real", "unit"):
            return graded
        return to_domain(np.round(graded, DIGITS), domain, self.spec.ones_of_a_value())

    def codings(self) -> dict[str, int]:
        """Those of the inner memory."""
        found: dict[str, int] = getattr(self.inner, "codings", dict)()
        return found

    def snapshot(self) -> dict[str, Any]:
        """The inner state."""
        found: dict[str, Any] = self.inner.snapshot()
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        self.inner.restore(state)
