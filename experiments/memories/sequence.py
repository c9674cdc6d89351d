"""Memories as sequence layers, and sequence layers as memories.

`AsSequence`: at each token an associative memory writes a pair and reads a cue, which are linear
maps of the token. `AsMemory`: a layer is written by the tokens [key; value; 1] and asked by
[cue; 0; 0] on a copy of its state, so that reading changes nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...models.ann.pairs import strengths
from ...models.memory import (
    NOTHING,
    Domain,
    MemorySpec,
    NotWritable,
    OpCount,
    ReadResult,
    check_cues,
    check_patterns,
    to_domain,
)
from ...simulator.errors import DescriptionError

Gate = Callable[[Any], Any]


class AsSequence:
    """An AssociativeMemory over (batch, time, width); no gradient flows through it.

    `wq`, `wk` (key_dim, width) and `wv` (value_dim, width) are brought into the memory's domain.
    `gate` of a token (width,) is the strength of its write: 0 writes nothing; every token is
    written if it is not given. Reads come after the token's write; y is (batch, time, value_dim).
    A state is a snapshot for each sequence. `ops` adds up what all calls cost.
    """

    alone = True

    def __init__(self, memory: Any, wq: Any, wk: Any, wv: Any, gate: Gate | None = None,
                 seed: int = 0) -> None:
        spec = memory.spec
        maps = {"wq": (wq, spec.key_dim), "wk": (wk, spec.key_dim), "wv": (wv, spec.value_dim)}
        self.maps = {name: np.asarray(given, np.float64) for name, (given, _) in maps.items()}
        for name, (_, size) in maps.items():
            if self.maps[name].ndim != 2 or len(self.maps[name]) != size:
                raise DescriptionError(f"AsSequence: {name} of shape {self.maps[name].shape}; the "
                                       f"memory takes ({size}, width)")
        widths = {held.shape[1] for held in self.maps.values()}
        if len(widths) != 1:
            raise DescriptionError(f"AsSequence: maps of tokens of widths {sorted(widths)}; it is "
                                   "one")
        self.width = widths.pop()
        self.memory, self.gate, self.seed = memory, gate, seed
        self.ops: OpCount = NOTHING

    @property
    def state_bits(self) -> int:
        """Of the memory as it stands."""
        return int(self.memory.state_bits())

    def init_state(self, batch: int) -> tuple[Any, ...]:
        """Empty memories, all from the same seed."""
        self.memory.reset(seed=self.seed)
        return tuple(self.memory.snapshot() for _ in range(batch))

    def step(self, x_t: Any, state: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """Write and read one token of every sequence."""
        tokens, out, after = np.asarray(x_t, np.float64), [], []
        for token, snapshot in zip(tokens, state, strict=True):
            self.memory.restore(copy.deepcopy(snapshot))
            out.append(self._turn(token))
            after.append(self.memory.snapshot())
        return _like(x_t, np.stack(out)), tuple(after)

    def forward(self, x: Any, state: tuple[Any, ...] | None = None
                ) -> tuple[Any, tuple[Any, ...]]:
        """A sequence after another, each token in turn."""
        if len(np.shape(x)) != 3 or not all(np.shape(x)) or np.shape(x)[2] != self.width:
            raise DescriptionError(f"AsSequence: tokens of shape {tuple(np.shape(x))}; it takes "
                                   f"(batch, time, {self.width}), a sequence and a token at least")
        state = self.init_state(len(x)) if state is None else state
        out, after = [], []
        for sequence, snapshot in zip(np.asarray(x, np.float64), state, strict=True):
            self.memory.restore(copy.deepcopy(snapshot))
            out.append(np.stack([self._turn(token) for token in sequence]))
            after.append(self.memory.snapshot())
        return _like(x, np.stack(out)), tuple(after)

    def _turn(self, token: Any) -> Any:
        spec = self.memory.spec
        strength = 1.0 if self.gate is None else float(self.gate(token))
        if strength != 0.0:
            key = _pattern(self.maps["wk"], token, spec.domain, spec.active)
            value = _pattern(self.maps["wv"], token, spec.domain, spec.ones_of_a_value())
            given = {} if strength == 1.0 else {"strength": strength}
            self.ops = self.ops + self.memory.write(key, value, **given)
        found = self.memory.read(_pattern(self.maps["wq"], token, spec.domain, spec.active))
        self.ops = self.ops + found.ops
        return found.info.get("graded", found.values)[0]


def _pattern(weights: Any, token: Any, domain: Domain, active: int | None) -> Any:
    return to_domain((weights @ token)[None], domain, active)


def _like(x: Any, found: Any) -> Any:
    if not isinstance(x, Tensor):
        return found
    return torch.as_tensor(found, dtype=x.dtype, device=x.device)


class AsMemory:
    """A SequenceMemory of width key_dim + value_dim + 1 as an AssociativeMemory.

    Keys and values are `domain` patterns; what is read is the value's part of y, and the score its
    norm. The parameters stay as they are: `reset` empties the state. Counted are the products of
    matrices that were computed, and the state as read and written once a token.
    """

    def __init__(self, layer: Any, key_dim: int, value_dim: int, domain: Domain = "unit",
                 active: int | None = None, value_active: int | None = None) -> None:
        writable = bool(getattr(layer, "writable", True))
        self.spec = MemorySpec(key_dim, value_dim, domain, active=active, value_active=value_active,
                               writable=writable, trainable=True)
        self.layer = layer
        self.reset()

    def reset(self, *, seed: int | None = None) -> None:
        """The layer's empty state. Draws nothing, so a seed changes nothing."""
        self.state = self.layer.init_state(1)

    def write(self, keys: Any, values: Any, *, strength: Any = None) -> OpCount:
        """Feed [key; value; strength], in order; the strength (P,) or one number is 1 by default.
        NotWritable where the layer's store is learnt."""
        if not self.spec.writable:
            raise NotWritable(f"{type(self.layer).__name__}: its store is learnt in training; "
                              "nothing can be written into it")
        k = check_patterns(keys, self.spec.key_dim, self.spec.domain, "keys")
        v = check_patterns(values, self.spec.value_dim, "real", "values")
        if len(k) != len(v):
            raise DescriptionError(f"{len(k)} keys and {len(v)} values; give pairs")
        if not len(k):
            return NOTHING
        flags = np.broadcast_to(strengths(1.0 if strength is None else strength, len(k)),
                                len(k))[:, None]
        (_, self.state), ops = self._fed(np.concatenate([k, v, flags], 1)[None], self.state)
        return ops

    def read(self, queries: Any, *, steps: int | None = None) -> ReadResult:
        """Feed [cue; 0; 0], each to a copy of the state. A layer has no `steps` to choose."""
        q = check_cues(queries, self.spec.key_dim, self.spec.domain)
        tokens = np.concatenate([q, np.zeros((len(q), self.spec.value_dim + 1))], 1)
        out, ops = np.zeros((len(q), self.spec.value_dim)), NOTHING
        for row, token in enumerate(tokens):
            (y, _), cost = self._fed(token[None, None], copy.deepcopy(self.state))
            out[row] = np.asarray(y)[0, 0, self.spec.key_dim:self.spec.key_dim
                                     + self.spec.value_dim]
            ops = ops + cost
        values = to_domain(out, self.spec.domain, self.spec.ones_of_a_value())
        return ReadResult(values, np.linalg.norm(out, axis=1), ops, {"graded": out})

    def forget(self, *, keys: Any = None, rate: float | None = None, steps: int = 1) -> OpCount:
        """DescriptionError: a layer forgets as its gates say, not when it is told."""
        raise DescriptionError(f"{type(self.layer).__name__} as a memory cannot be told to forget; "
                               "spec.supports_forget is empty")

    def state_bits(self) -> int:
        """The layer's."""
        return int(self.layer.state_bits)

    def snapshot(self) -> dict[str, Any]:
        """The state, copied: `state_0`, `state_1`... as arrays; `state` where a layer's is not of
        tensors."""
        if not all(isinstance(part, Tensor) for part in self.state):
            return {"state": copy.deepcopy(self.state)}
        return {f"state_{i}": part.numpy().copy() for i, part in enumerate(self.state)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back a snapshot."""
        if "state" in state:
            self.state = copy.deepcopy(state["state"])
        else:
            self.state = tuple(torch.from_numpy(np.array(state[f"state_{i}"]))
                               for i in range(len(state)))

    def _fed(self, tokens: Any, state: Any) -> tuple[Any, OpCount]:
        from torch.utils.flop_counter import FlopCounterMode
        layer, count = self.layer, tokens.shape[1]
        parameter = next(layer.parameters(), None) if hasattr(layer, "parameters") else None
        x = torch.as_tensor(tokens, dtype=torch.float64 if parameter is None else parameter.dtype)
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            found = layer.forward(x, state)
        macs = counter.get_total_flops() / 2
        return found, OpCount(dense=macs, mac=macs, timesteps=count,
                              bytes_rw=count * layer.state_bits / 4)


def unprojected(layer: Any, key_dim: int, value_dim: int) -> Any:
    """`layer` with its projections set, in place, so that [k; v; 1] stores k and v as they are and
    [q; 0; 0] asks with q: what an untrained LinearAttention, SoftmaxAttention, DeltaNet or Titans
    of one head and width key_dim + value_dim + 1 is as a memory.

    DeltaNet and Titans still take silu of keys; DeltaNet writes with b = 1 and, when read, nothing.
    """
    width, size = key_dim + value_dim + 1, layer.qkv.in_features
    if width != size or layer.heads != 1:
        raise DescriptionError(f"unprojected: keys of {key_dim} and values of {value_dim} take one "
                               f"head and a width of {width}, not {layer.heads} and {size}")
    keys, values = torch.zeros(2, width, width)
    keys[:key_dim, :key_dim] = torch.eye(key_dim)
    values[key_dim:-1, key_dim:-1] = torch.eye(value_dim)
    with torch.no_grad():
        layer.qkv.weight.copy_(torch.cat([keys * width ** 0.5, keys, values]))
        layer.out.weight.copy_(torch.eye(width))
        if hasattr(layer, "beta"):
            layer.beta.weight.zero_()[:, -1] = 80.0
            layer.beta.bias.fill_(-40.0)
    return layer
