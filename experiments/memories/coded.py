"""A memory of one domain for a task of another: codecs before and after it, counted apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...models.memory import (
    NOTHING,
    Domain,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    to_domain,
)
from ...simulator.errors import DescriptionError
from .codec import Codec
from .spiking.flags import most_said


class Coded:
    """`memory` behind codecs of its keys and of its values.

    Outside, patterns are of `domain`, inside they are codes. `codec_ops` is what encoding and
    decoding have cost since the last reset; what `write` and `read` tell is the memory's own.
    """

    def __init__(self, memory: Any, keys: Codec, values: Codec, domain: Domain,
                 active: int | None = None, value_active: int | None = None) -> None:
        inner = memory.spec
        fits = ((keys, inner.key_dim, "keys"), (values, inner.value_dim, "values"))
        for codec, size, what in fits:
            if codec.width != size or (codec.domain != inner.domain and inner.domain != "real"):
                raise DescriptionError(f"Coded: {what} are codes of {codec.width} in "
                                       f"{codec.domain!r}; the memory takes {size} in "
                                       f"{inner.domain!r}")
        if inner.auto and keys is not values:
            raise DescriptionError("Coded: the memory is auto-associative; give one codec twice")
        self.memory, self.keys, self.values = memory, keys, values
        self.spec = replace(
            inner, key_dim=keys.size, value_dim=values.size, domain=domain, active=active,
            value_active=value_active, timesteps_write=inner.timesteps_write + keys.latency,
            timesteps_read=inner.timesteps_read + keys.latency + values.latency)
        self.codec_ops: OpCount = NOTHING

    def reset(self, *, seed: int | None = None) -> None:
        """As the memory's; the codecs' count begins anew."""
        self.memory.reset(seed=seed)
        self.codec_ops = NOTHING

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Encode both sides and store the codes."""
        spec = self.spec
        k = check_patterns(keys, spec.key_dim, spec.domain, "keys")
        v = check_patterns(values, spec.value_dim, spec.domain, "values")
        if len(k) != len(v):
            raise DescriptionError(f"{len(k)} keys and {len(v)} values; give pairs")
        key_codes = self._encoded(self.keys, k)
        if spec.auto and not np.array_equal(k, v):
            raise DescriptionError("Coded: the memory is auto-associative; values are the keys")
        value_codes = key_codes if spec.auto else self._encoded(self.values, v)
        ops: OpCount = self.memory.write(key_codes, value_codes, strength=strength)
        return ops

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """What the codes of the cues recall, decoded; `graded` is what the decoder says."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        found = self.memory.read(self._encoded(self.keys, q), steps=steps)
        graded, ops = self.values.decode(found.values)
        self.codec_ops = self.codec_ops + ops
        info = {k: x for k, x in found.info.items() if k in ("iterations", "converged")}
        return ReadResult(self._patterns(graded), found.score, found.ops,
                          {**info, "graded": graded})

    def _patterns(self, graded: Any) -> Any:
        ones = self.spec.ones_of_a_value()
        if self.spec.domain == "ksparse":
            return most_said(graded, ones)
        return to_domain(graded, self.spec.domain, ones)

    def _encoded(self, codec: Codec, x: Any) -> Any:
        code, ops = codec.encode(x)
        self.codec_ops = self.codec_ops + ops
        return code

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """As the memory's, of codes."""
        codes = None
        if keys is not None:
            codes = self._encoded(self.keys, check_patterns(keys, self.spec.key_dim,
                                                            self.spec.domain, "keys"))
        ops: OpCount = self.memory.forget(keys=codes, rate=rate, steps=steps)
        return ops

    def state_bits(self) -> int:
        """Of the memory; codecs are fixed wiring."""
        bits: int = self.memory.state_bits()
        return bits

    def codings(self) -> dict[str, int]:
        """Of the memory's store."""
        return dict(getattr(self.memory, "codings", dict)())

    def snapshot(self) -> dict[str, Any]:
        """Of the memory."""
        state: dict[str, Any] = self.memory.snapshot()
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Of the memory."""
        self.memory.restore(state)
