"""Hippocampal memories."""

from .cam import HippocampalCAM, cam_network
from .decode import Record
from .protocol import Operation

__all__ = ["HippocampalCAM", "Operation", "Record", "cam_network"]
