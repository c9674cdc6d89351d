"""The functions of `elementary` as Numba-CUDA device functions, and how contraction is forbidden.

Numba-CUDA compiles functions of the CPU's `njit` for the device, so these are `elementary_numba`'s
own. NVVM fuses x*y + z to one operation, rounded once, unless it is given -fma=0; Numba-CUDA
0.30 has no option for that (`fastmath=False` does not do it), so `uncontracted` hands it through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from .elementary_numba import COMPILED, ceil, floor, trunc

FUNCTIONS: dict[str, Any] = {**COMPILED, "floor": floor, "ceil": ceil, "trunc": trunc}
"""Device functions by name."""


@contextmanager
def uncontracted(offline: tuple[int, int] | None = None) -> Iterator[None]:
    """Kernels compiled in this context hold no fused multiply-add.

    A kernel compiles at its first launch. `offline` names a compute capability for device
    functions where there is no device to ask, as in `compile_ptx`.
    """
    from numba.cuda import dispatcher as untyped_dispatcher
    from numba.cuda.cudadrv import nvvm as untyped_nvvm
    dispatcher: Any = untyped_dispatcher
    nvvm: Any = untyped_nvvm
    plain, ask = nvvm.compile_ir, dispatcher.get_current_device

    def compile_ir(code: Any, **options: Any) -> Any:
        return plain(code, **{**options, "fma": False})
    nvvm.compile_ir = compile_ir
    if offline is not None:
        dispatcher.get_current_device = lambda: SimpleNamespace(compute_capability=offline)
    try:
        yield
    finally:
        nvvm.compile_ir, dispatcher.get_current_device = plain, ask
