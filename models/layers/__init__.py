"""Memories as torch layers over (batch, time, width). Names load their module, and torch, on use.

Every layer is a `models.memory.SequenceMemory`: `step` says the equation, a token at a time;
`forward` is the fast form and equals `step` folded over the sequence. States are tuples of tensors
with the batch first, never changed in place. `writable` is False where the store is learnt in
training, so that nothing of a sequence is kept; `alone` is True where a layer is a network by
itself (nonlinear recurrence with input and output maps), which tasks use without a block around it.
"""

from __future__ import annotations

import importlib
from typing import Any

from ...simulator.errors import MissingPackageError

_NAMES = {
    "attention": ("SoftmaxAttention",),
    "convolution": ("ShortConvolution",),
    "delta": ("DeltaNet",),
    "gam": ("GAM",),
    "heads": ("fold", "seeded"),
    "hippo": ("LegS", "LegT"),
    "hopfield": ("Hopfield", "HopfieldLayer", "HopfieldPooling"),
    "linear": ("LinearAttention",),
    "mosaics": ("MemoryMosaic",),
    "recurrent": ("Recurrent",),
    "snntorch_layers": ("AssociativeLeakyLayer", "StateLeakyLayer"),
    "titans": ("Titans",),
    "titans_mlp": ("TitansMLP",),
    "wave": ("IdentityRNN", "WaveRNN"),
}
_HOME = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted([*_HOME, "require_torch"])


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"engram.models.layers has no {name!r}; it has {', '.join(__all__)}")
    require_torch()
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def require_torch() -> None:
    """MissingPackageError without torch."""
    try:
        importlib.import_module("torch")
    except ImportError as problem:
        raise MissingPackageError("memory layers need PyTorch: pip install 'engram[torch]' -c "
                                  f"constraints.txt ({problem})") from problem
