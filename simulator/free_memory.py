"""Say before the work starts that it does not fit into memory."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import DescriptionError

MEMINFO = Path("/proc/meminfo")
GIB = 2.0**30


def free_bytes() -> float:
    """Memory that can be had without swapping: the system's word for it, else all there is.

    Infinite where the system does not tell.
    """
    try:
        told = re.search(r"^MemAvailable:\s+(\d+) kB", MEMINFO.read_text(), re.M)
        if told:
            return float(told[1]) * 1024.0
        return float(os.sysconf("SC_PHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (OSError, ValueError, AttributeError):
        return float("inf")


def check_memory(needed: float, what: str) -> None:
    """DescriptionError if `needed` bytes are more than there are."""
    free = free_bytes()
    if needed > free:
        raise DescriptionError(f"{what} take {needed / GIB:.3g} GiB at once, and {free / GIB:.3g} "
                               "GiB are free; use fewer or smaller ones")
