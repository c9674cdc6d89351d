from __future__ import annotations

import os
import subprocess
import sys

import pytest
from numba import cuda, float32, float64

from engram.kernels.elementary_cuda import FUNCTIONS, uncontracted

SIMULATED = """
import numpy as np
from numba import config, cuda
from engram.kernels.elementary import NUMPY
from engram.kernels.elementary_cuda import FUNCTIONS
assert config.ENABLE_CUDASIM
exp, power = FUNCTIONS["exp"], FUNCTIONS["power"]

@cuda.jit
def kernel(x, out):
    i = cuda.grid(1)
    if i < x.size:
        out[i] = power(exp(x[i]), x[i])

x = np.linspace(-9.0, 9.0, 12)
out = np.zeros(12)
kernel[3, 4](x, out)
assert (out == NUMPY["power"](NUMPY["exp"](x), x)).all()
print("same bits")
"""


def text_of(name, kind):
    f = FUNCTIONS[name]
    if name == "power":
        def kernel(x, y, out):
            i = cuda.grid(1)
            if i < out.size:
                out[i] = f(x[i], y[i])
    else:
        def kernel(x, out):
            i = cuda.grid(1)
            if i < out.size:
                out[i] = f(x[i])
    sizes = (kind[::1],) * (3 if name == "power" else 2)
    with uncontracted((9, 0)):
        return cuda.compile_ptx(kernel, sizes, cc=(9, 0))[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_device_code_has_no_fused_operation_call_or_branch(name):
    for kind in (float64, float32):
        text = text_of(name, kind)
        assert "fma." not in text
        assert "call" not in text
        assert text.count("bra") == 1  # the kernel's own test of the index


def test_without_the_context_there_are_fused_operations():
    f = FUNCTIONS["exp"]

    def kernel(out):
        out[0] = f(out[1]) * out[2] + out[3]
    with uncontracted((9, 0)):
        assert "fma." not in cuda.compile_ptx(kernel, (float64[::1],), cc=(9, 0))[0]

    def plain(out):
        out[0] = out[1] * out[2] + out[3]
    assert "fma." in cuda.compile_ptx(plain, (float64[::1],), cc=(9, 0))[0]


def test_simulator_gives_the_same_bits():
    done = subprocess.run([sys.executable, "-c", SIMULATED], capture_output=True, text=True,
                          check=False, env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"})
    assert done.stdout.strip() == "same bits", done.stderr
