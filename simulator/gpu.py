"""Finds a GPU, or says why there is none and what to do."""

from __future__ import annotations

import importlib.util
from typing import Any

from .errors import EngramError, MissingPackageError

LEAST = (6, 0)
"""Compute capability that waiting among blocks needs."""


class DeviceError(EngramError, RuntimeError):
    """A device is missing, or is not up to what was asked for."""


def simulated(who: str = "backend 'cuda'") -> bool:
    """Whether Numba plays the device, on the CPU. MissingPackageError without numba-cuda."""
    if importlib.util.find_spec("numba_cuda") is None:
        raise MissingPackageError(f"{who} needs numba-cuda, which is not installed: "
                                  "pip install 'engram[cuda]'")
    from numba import config as untyped
    config: Any = untyped
    return bool(config.ENABLE_CUDASIM)


def require(who: str = "backend 'cuda'", instead: str = "backend='numba'") -> None:
    """DeviceError unless there is a device that can run kernels, or Numba plays one.

    It names `who` asked, and what to use `instead`.
    """
    if simulated(who):
        return
    from numba import cuda as untyped
    from numba.cuda.cudadrv import driver as untyped_driver
    cuda: Any = untyped
    driver: Any = untyped_driver
    aside = (f"use {instead}, or set NUMBA_ENABLE_CUDASIM=1 before Python starts to try the "
             "code slowly on a CPU")
    try:
        found = cuda.current_context().device.compute_capability
    except driver.CudaSupportError as problem:
        text = " ".join(str(problem).split()).rstrip(": ")
        raise DeviceError(f"{who}: no CUDA device was found ({text}); {aside}") from problem
    except Exception as problem:  # the driver's own words for an old driver, a device in use, ...
        raise DeviceError(f"{who}: the CUDA device cannot be used: {problem}; if the driver is "
                          f"older than the CUDA of numba-cuda, update it; else {aside}"
                          ) from problem
    if tuple(found) < LEAST:
        raise DeviceError(f"{who} needs compute capability {LEAST[0]}.{LEAST[1]}, this device has "
                          f"{found[0]}.{found[1]}; {aside}")
