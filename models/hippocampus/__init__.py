"""Hippocampal memories: a content-addressable memory, a sparse one, and two models of CA3."""

from .ca3_oscillatory import OscillatoryCA3
from .ca3_regulated import RegulatedCA3
from .cam import HippocampalCAM, cam_network
from .decode import Record
from .protocol import Answer, Operation
from .sparse import SparseHippocampus

__all__ = ["Answer", "HippocampalCAM", "Operation", "OscillatoryCA3", "Record", "RegulatedCA3",
           "SparseHippocampus", "cam_network"]
