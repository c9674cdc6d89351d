"""Where a Hebbian memory computes: the CPU, or a GPU, with the same bits."""

from __future__ import annotations

from ...simulator.errors import DescriptionError
from ...simulator.gpu import require

DEVICES = ("cpu", "cuda")


def on_gpu(device: str) -> bool:
    """Whether `device` is "cuda".

    Where that cannot be had: MissingPackageError without numba-cuda, DeviceError without a GPU.
    DescriptionError for a device of another name.
    """
    if device not in DEVICES:
        raise DescriptionError(f"device {device!r} is not known; there are {', '.join(DEVICES)}")
    if device == "cuda":
        require("device 'cuda'", "device='cpu'")
    return device == "cuda"
