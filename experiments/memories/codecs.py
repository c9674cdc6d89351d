"""Codecs in one step: as it is, signs, winners, two rails."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...models.memory import NOTHING, Domain, OpCount, to_domain
from ...simulator.errors import DescriptionError
from .codec import Array, at_least, vectors


class Identity:
    """Vectors as they are, at no cost."""

    def __init__(self, size: int, domain: Domain, active: int | None = None) -> None:
        self.size = self.width = at_least(size, 1, "Identity: size")
        self.domain, self.active, self.latency = domain, active, 0

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """`x`."""
        return vectors(x, self.size, "Identity"), NOTHING

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """`code`."""
        return vectors(code, self.width, "Identity"), NOTHING


class Bipolar:
    """Signs; 0 counts as 1. A comparison each, which no view counts. Decodes to the signs."""

    def __init__(self, size: int) -> None:
        self.size = self.width = at_least(size, 1, "Bipolar: size")
        self.domain: Domain = "bipolar"
        self.active: int | None = None
        self.latency = 0

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """-1 and 1."""
        return to_domain(vectors(x, self.size, "Bipolar"), "bipolar"), NOTHING

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """`code`."""
        return vectors(code, self.width, "Bipolar"), NOTHING


class KWTA:
    """The k largest of a vector are 1, the others 0: a layer whose neurons compete, one update
    each. Decodes to the flags."""

    def __init__(self, size: int, k: int) -> None:
        if not 1 <= k <= size:
            raise DescriptionError(f"KWTA: k={k} winners of {size}; give 1 to {size}")
        self.size = self.width = size
        self.domain: Domain = "ksparse"
        self.active: int | None = k
        self.latency = 1

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """Exactly k ones a row; of equals, the first."""
        code = to_domain(vectors(x, self.size, "KWTA"), "ksparse", self.active)
        return code, fired(code)

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """`code`."""
        return vectors(code, self.width, "KWTA"), NOTHING


class TwoRails:
    """Two units an entry of signs or flags: one fires for 1, the other for -1 (or 0).

    Every pattern has `size` ones of 2 `size`. An entry of 0 among signs is not known, and fires
    neither. Decodes to what the first rail says beyond the second.
    """

    def __init__(self, size: int, signs: bool = True) -> None:
        self.size, self.width = at_least(size, 1, "TwoRails: size"), 2 * size
        self.domain: Domain = "ksparse"
        self.active: int | None = size
        self.latency, self.signs = 1, signs

    def encode(self, x: Any) -> tuple[Array, OpCount]:
        """(Q, 2 size) of 0 and 1."""
        x = vectors(x, self.size, "TwoRails")
        off = x < 0.0 if self.signs else x <= 0.0
        code = np.hstack([x > 0.0, off]).astype(np.float64)
        return code, fired(code)

    def decode(self, code: Any) -> tuple[Array, OpCount]:
        """From -1 to 1, or from 0 to 1, of codes of 0 and 1."""
        code = vectors(code, self.width, "TwoRails")
        apart = code[:, :self.size] - code[:, self.size:]
        return (apart if self.signs else (apart + 1.0) / 2.0), OpCount(ac=float(code.size))


def fired(code: Array, steps: int = 1) -> OpCount:
    """Of neurons that make a code: an update of each entry, the spikes, steps a row."""
    return OpCount(neuron_updates=float(code.size), spikes=float(code.sum()),
                   timesteps=float(len(code) * steps))
