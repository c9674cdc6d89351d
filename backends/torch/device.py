"""Which device and type a network is put on: checked before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ...simulator.errors import DescriptionError

FLOATS = {n: getattr(torch, n) for n in ("float64", "float32", "float16", "bfloat16")}


def place(device: Any, dtype: Any) -> Any:
    """The torch device; DescriptionError if it is not there or cannot hold `dtype`."""
    try:
        found = torch.device(device)
        torch.zeros(2, dtype=dtype, device=found).add(1)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as problem:
        kinds = [k for k in ("cuda", "mps", "xpu") if getattr(torch, k, None) is not None
                 and getattr(torch, k).is_available()]
        first = str(problem).splitlines()[0]
        raise DescriptionError(f"device={device!r} cannot hold {dtype}: {first}; devices here: "
                               f"{', '.join(['cpu', *kinds])}; float32 runs on all of them"
                               ) from None
    return found


@contextmanager
def naming_lacks(device: Any, dtype: Any) -> Iterator[None]:
    """Turn torch's word that an operation is not there into a DescriptionError with a way out."""
    try:
        yield
    except (NotImplementedError, RuntimeError) as problem:
        if "not implemented" not in str(problem) and "not support" not in str(problem):
            raise
        first = str(problem).splitlines()[0]
        raise DescriptionError(f"{device} lacks an operation in {dtype}: {first}; use "
                               "dtype='float32', or device='cpu'") from problem


def float_type(dtype: Any) -> Any:
    """A torch floating type from itself or its name; None is torch's default."""
    if dtype is None:
        return torch.get_default_dtype()
    found = FLOATS.get(dtype, dtype) if isinstance(dtype, str) else dtype
    if found not in FLOATS.values():
        raise DescriptionError(f"dtype={dtype!r}; there are {', '.join(FLOATS)}")
    return found
