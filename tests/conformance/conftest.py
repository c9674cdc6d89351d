"""Keep a run of hundreds of compiled and symbolic networks from slowing down as it goes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def settled_heap() -> Iterator[None]:
    """Take what a test leaves for good out of the garbage collector's sight.

    Compilers and symbolic algebra make so many objects that every full collection walks through
    all that earlier tests compiled: later Brian2 scenarios took three times as long.
    """
    yield
    gc.collect()
    gc.freeze()
