"""What generated CPU loops need and Numba lacks: arrays at addresses, prefetch, a barrier.

Generated code receives one table of integers with the addresses of all arrays, so that its
signature, and with it the cached machine code, is the same for every network of one structure.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils as untyped_cgutils
from numba.extending import intrinsic as untyped_intrinsic
from numba.np import arrayobj as untyped_arrayobj

cgutils: Any = untyped_cgutils  # Numba's extension interface has no types
arrayobj: Any = untyped_arrayobj
intrinsic: Any = untyped_intrinsic

BYTE = ir.IntType(8)
LONG = ir.IntType(64)
_FAR = 1 << 60  # bounds are not checked; the length of an array at an address is not used


def _view(kind: Any, name: str) -> Any:
    """An intrinsic that makes an int64 address an array; built directly, it compiles quickly."""
    array = types.Array(kind, 1, "C")

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        made = arrayobj.make_array(array)(context, builder)
        size = context.get_constant(types.intp, kind.bitwidth // 8)
        length = context.get_constant(types.intp, _FAR)
        data = builder.inttoptr(args[0], context.get_data_type(kind).as_pointer())
        arrayobj.populate_array(made, data=data, shape=cgutils.pack_array(builder, [length]),
                                strides=cgutils.pack_array(builder, [size]), itemsize=size,
                                meminfo=None)
        return made._getvalue()

    def typed(typing: Any, address: Any) -> Any:
        return array(types.int64), build
    typed.__name__ = typed.__qualname__ = name
    typed.__doc__ = f"{kind} array at an address; its length is not checked."
    return intrinsic(typed)


f8 = _view(types.float64, "f8")
f4 = _view(types.float32, "f4")
i8 = _view(types.int64, "i8")
i4 = _view(types.int32, "i4")
u4 = _view(types.uint32, "u4")


@intrinsic
def prefetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at an address; never faults."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [BYTE.as_pointer(), *[ir.IntType(32)] * 3])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        number = ir.Constant
        builder.call(call, [builder.inttoptr(args[0], BYTE.as_pointer()),
                            number(ir.IntType(32), 0), number(ir.IntType(32), 3),
                            number(ir.IntType(32), 1)])
        return context.get_dummy_value()
    return types.void(types.int64), build


@intrinsic
def _atomic_add(typing: Any, address: Any, amount: Any) -> Any:
    """Add to an int64 in memory; returns what was there."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], LONG.as_pointer())
        return builder.atomic_rmw("add", place, args[1], "seq_cst")
    return types.int64(types.int64, types.int64), build


@intrinsic
def _atomic_load(typing: Any, address: Any) -> Any:
    """An int64 in memory, as other threads left it."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], LONG.as_pointer())
        return builder.load_atomic(place, "seq_cst", 8)
    return types.int64(types.int64), build


@intrinsic
def _yield_thread(typing: Any) -> Any:
    """Let another thread run on this core."""
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        name = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()
    return types.void(), build


SPINS = 4000  # a few microseconds; longer means the other thread has lost its core


@njit
def barrier(address: Any, threads: Any) -> None:
    """Wait until all threads have come here. `address` holds an int64 that only grows."""
    ticket = _atomic_add(address, 1)
    goal = (ticket // threads + 1) * threads
    spins = 0
    while _atomic_load(address) < goal:
        spins += 1
        if spins > SPINS:
            _yield_thread()


@njit(inline="always")
def lower_bound(post: Any, start: Any, stop: Any, value: Any) -> Any:
    """First position in the sorted post[start:stop] whose entry is at least `value`."""
    while start < stop:
        middle = (start + stop) >> 1
        if np.int64(post[np.uint64(middle)]) < value:
            start = middle + 1
        else:
            stop = middle
    return start
