"""Finds a device, or says why there is none and what to do."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

from ...simulator.errors import DescriptionError, EngramError, MissingPackageError

LEAST = (6, 0)
"""Compute capability that waiting among blocks needs."""


class DeviceError(EngramError, RuntimeError):
    """A device is missing, or is not up to what was asked for."""


def simulated() -> bool:
    """Whether Numba plays the device, on the CPU. MissingPackageError without numba-cuda."""
    if importlib.util.find_spec("numba_cuda") is None:
        raise MissingPackageError("backend 'cuda' needs numba-cuda, which is not installed: "
                                  "pip install 'engram[cuda]'")
    from numba import config
    return bool(config.ENABLE_CUDASIM)


def require() -> None:
    """DeviceError unless there is a device that can run kernels, or Numba plays one."""
    if simulated():
        return
    from numba import cuda
    from numba.cuda.cudadrv.driver import CudaSupportError
    aside = ("use backend='numba', or set NUMBA_ENABLE_CUDASIM=1 before Python starts to try the "
             "code slowly on a CPU")
    try:
        found = cuda.current_context().device.compute_capability
    except CudaSupportError as problem:
        text = " ".join(str(problem).split()).rstrip(": ")
        raise DeviceError(f"backend 'cuda': no CUDA device was found ({text}); {aside}"
                          ) from problem
    except Exception as problem:  # the driver's own words for an old driver, a device in use, ...
        raise DeviceError(f"backend 'cuda': the CUDA device cannot be used: {problem}; if the "
                          f"driver is older than the CUDA of numba-cuda, update it; else {aside}"
                          ) from problem
    if tuple(found) < LEAST:
        raise DeviceError(f"backend 'cuda' needs compute capability {LEAST[0]}.{LEAST[1]}, this "
                          f"device has {found[0]}.{found[1]}; {aside}")


def free_bytes() -> int | None:
    """Free memory of the device; None where Numba plays it."""
    if simulated():
        return None
    from numba import cuda
    return int(cuda.current_context().get_memory_info().free)


def processors() -> int:
    """Multiprocessors of the device."""
    if simulated():
        return 1
    from numba import cuda
    return int(cuda.get_current_device().MULTIPROCESSOR_COUNT)


def check_blocks(mode: str, blocks: int) -> None:
    """DescriptionError for more blocks than can wait for each other in one launch."""
    if mode == "grid" and blocks > processors():
        raise DescriptionError(f"backend 'cuda': {blocks} blocks (copies times workers) would wait "
                               f"for each other, and the device runs {processors()} at once; use "
                               "fewer workers, or workers=1")


def check_memory(needed: Mapping[str, int], free: int | None, copies: int) -> None:
    """DescriptionError where more bytes are `needed` (by what they are for) than are `free`."""
    total = sum(needed.values())
    if free is None or total <= free:
        return
    parts = ", ".join(f"{n:,} for {what}" for what, n in needed.items())
    batch = f"a batch smaller than {copies}, " if copies > 1 else ""
    raise DescriptionError(f"backend 'cuda': the run needs {total:,} bytes on the device ({parts})"
                           f" and {free:,} are free; use {batch}fewer or sparser probes, a smaller"
                           " record_bytes, or precision='float32'")


def uncontracted() -> Any:
    """A context in which kernels are compiled without fused multiply-adds."""
    if simulated():
        from contextlib import nullcontext
        return nullcontext()
    from ...kernels.elementary_cuda import uncontracted as context
    return context()
