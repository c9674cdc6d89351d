"""What the device that was found holds, and what it refuses before a run begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...simulator.errors import DescriptionError
from ...simulator.gpu import DeviceError, require, simulated

__all__ = ["DeviceError", "check_blocks", "check_memory", "free_bytes", "processors", "require",
           "simulated", "uncontracted"]


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
