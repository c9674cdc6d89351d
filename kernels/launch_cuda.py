"""What the CUDA twins of kernels share: how they are compiled, launched and given numbers.

Kernels take flat arrays and integers. Scalar functions of the CPU's twins are compiled for the
device as they are, so a decision has one text; what waits for other threads lies in the kernel's
own module, since Numba's simulator lends its `cuda` to that module alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
from numba import config as untyped_config
from numba import cuda as untyped_cuda
from numpy.typing import NDArray

from .elementary_cuda import uncontracted
from .philox import key

cuda: Any = untyped_cuda  # its types miss what is known on a device only
config: Any = untyped_config

LANES = 256
"""Most threads of a block; a power of two."""


def _as_it_is(f: Any) -> Any:
    """A device function in Numba's simulator, where device code is plain Python."""
    return f


kernel: Callable[[Any], Any] = cuda.jit
device: Callable[[Any], Any] = (_as_it_is if config.ENABLE_CUDASIM
                                else cuda.jit(device=True, forceinline=True))


@contextmanager
def launching() -> Iterator[None]:
    """Launches in here compile without fused operations, so float64 has the bits of the CPU."""
    fused = nullcontext() if config.ENABLE_CUDASIM else uncontracted()
    with warnings.catch_warnings(), fused:
        warnings.simplefilter("ignore")  # that few blocks leave much of the device idle
        yield


def lanes_for(width: int, lanes: int | None = None) -> int:
    """Threads of a block, a power of two: enough for work `width` wide, a warp to LANES.

    `lanes` says it otherwise; ValueError unless it is a power of two that a block has.
    """
    if lanes is None:
        few, most = (4, 4) if config.ENABLE_CUDASIM else (32, LANES)  # there lanes take turns
        return min(most, max(few, 1 << max(0, width - 1).bit_length()))
    if not 0 < lanes <= LANES or lanes & (lanes - 1):
        raise ValueError(f"{lanes} lanes of a block; use a power of two up to {LANES}")
    return lanes


def blocks_for(items: int, lanes: int) -> int:
    """Blocks in which each item has a thread; at least one."""
    return max(1, -(-items // lanes))


def put(values: Any, dtype: Any = None) -> Any:
    """`values`, flat and of a type, on the device."""
    flat = np.ascontiguousarray(values, dtype).ravel()
    _check(flat.nbytes)
    return cuda.to_device(flat)


def empty(size: int, dtype: Any) -> Any:
    """Room on the device; at least one element, since a device has no empty arrays."""
    _check(size * np.dtype(dtype).itemsize)
    return cuda.device_array(max(1, size), dtype)


def _check(needed: int) -> None:
    """MemoryError if `needed` bytes are more than the device has free."""
    if config.ENABLE_CUDASIM:
        return
    free = int(cuda.current_context().get_memory_info().free)
    if needed > free:
        raise MemoryError(f"{needed:,} bytes are needed on the device and {free:,} are free; ask "
                          "for fewer chains or cues at once")


def each(value: Any, chains: int, dtype: Any) -> Any:
    """One number a chain, on the device, from one or from as many."""
    return put(np.broadcast_to(np.asarray(value, dtype), (chains,)))


def keys(seed: int) -> tuple[np.uint64, np.uint64]:
    """The two words of a seed."""
    k0, k1 = key(seed)
    return np.uint64(k0), np.uint64(k1)


def alternate(sweep: Callable[[Any, Any, int], None], states: NDArray[np.int8], first: int,
              count: int, cold: bool) -> NDArray[np.int64]:
    """Parallel sweeps of `states` (R, N), in place; each chain's flips of the last one (R,).

    `sweep(before, after, k)` launches sweep k. Where all are `cold`, at T = 0, every sixteenth is
    looked at, and the rest is left out once nothing changes.
    """
    before, after = put(states, np.int8), put(states, np.int8)
    for k in range(first, first + count):
        sweep(before, after, k)
        before, after = after, before
        if cold and (k - first) % 16 == 15 and np.array_equal(
                before.copy_to_host(), after.copy_to_host()):
            break
    states[:] = before.copy_to_host().reshape(states.shape)
    flipped = states != after.copy_to_host().reshape(states.shape)
    return np.asarray(flipped.sum(axis=1), np.int64)
