"""Kernels with planted races in Numba's simulator: prints what is noticed of each, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import cuda

sys.path.insert(0, str(Path(__file__).parent))


def two_write(a: Any) -> None:
    a[0] = cuda.threadIdx.x


def write_read(a: Any) -> None:
    if cuda.threadIdx.x == 0:
        a[0] = 1
    else:
        a[1] = a[0]


def blocks(a: Any) -> None:
    if cuda.blockIdx.x == 0 and cuda.threadIdx.x == 0:
        a[0] = 1
    cuda.syncthreads()
    if cuda.blockIdx.x == 1 and cuda.threadIdx.x == 0:
        a[1] = a[0]


def other_lines(a: Any) -> None:
    if cuda.threadIdx.x == 0:
        cuda.syncthreads()
    else:
        cuda.syncthreads()


def ends(a: Any) -> None:
    if cuda.threadIdx.x == 0:
        cuda.syncthreads()


def fine(a: Any) -> None:
    a[2 + cuda.threadIdx.x + 2*cuda.blockIdx.x] = cuda.syncthreads_count(cuda.threadIdx.x)
    cuda.syncthreads()
    a[2 + 2*cuda.blockIdx.x + 1 - cuda.threadIdx.x] += 1


PLANTED: dict[str, Callable[[Any], None]] = {
    "two lanes write": two_write, "one writes, one reads": write_read,
    "one block writes, one reads": blocks, "lanes wait at different lines": other_lines,
    "a lane ends": ends, "with a barrier": fine}


def noticed(kernel: Callable[[Any], None]) -> str:
    """What running it on two blocks of two lanes says."""
    a = cuda.to_device(np.zeros(8))
    try:
        cuda.jit(kernel)[2, 2](a)
    except Exception as problem:
        return str(problem)
    return ""


if __name__ == "__main__":
    from cuda_turns import install
    install()
    print(json.dumps({name: noticed(kernel) for name, kernel in PLANTED.items()}))
